"""Pages for what went wrong: one plain sentence, what to do next, and everything that was typed.

They are made without the database, the session or the person's name, because any of these may be what is broken.
`signed_out_page` is for the guard of `accounts`: a form sent after the session ended keeps its text.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy.exc
from flask import Flask, Response, current_app, g, jsonify, make_response, request
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.exceptions import HTTPException

from app import errors as refusals
from app.web.incoming import brings_files
from app.web.keeping import rescued
from app.web.static import address
from app.web.typed import to_send_again, typed_text

_AGAIN_IN_SECONDS = 30
_LAST_RESORT = (
    "<!DOCTYPE html><html lang=en><title>Something went wrong</title>"
    "<h1>Something went wrong</h1><p>The service has a fault. Try again in a few minutes."
)


class Words(NamedTuple):
    """What an error page says: its heading, what happened, what to do next."""

    heading: str
    happened: str
    next: str


WORDS = {
    400: Words(
        "That did not arrive as it should", "The service could not make out what was sent.", "Go back and try again."
    ),
    403: Words("You cannot do that here", "Your role does not let you do that.", "Ask the person who asked you here."),
    404: Words(
        "There is nothing here",
        "There is no page at this address that you can see.",
        "If you typed the address, check it. If you followed a link, start from your own page.",
    ),
    405: Words(
        "That did not work", "This page cannot be used in that way.", "Go back and use the links and buttons shown."
    ),
    409: Words(
        "This has changed", "Somebody else changed this first.", "Open the page again to see how it stands now."
    ),
    413: Words(
        "That is too much at once",
        "What you sent is larger than the service can take in one go, so nothing was kept.",
        "Shorten it, or send it in parts.",
    ),
    422: Words(
        "Something needs to be changed", "What was sent cannot be used as it is.", "Go back, change it and try again."
    ),
    429: Words("Too many tries", "That was tried too often in a short time.", "Wait 15 minutes, then try again."),
    500: Words(
        "Something went wrong",
        "The service has a fault, and nothing was kept from this page.",
        "Try again in a few minutes. If it happens again, tell the person who runs the service.",
    ),
    503: Words(
        "The service cannot do that just now",
        "It is busy or being looked after, and nothing was kept from this page.",
        "Try again in a few minutes.",
    ),
}
_COME_BACK = (
    "Sign in in a new tab, come back to this page and press the button below. You are asked once more then, so that "
    "nothing is sent that somebody else began."
)
_PRESS = "Press the button below to send it now."
_OPEN = "Open the page and look through it once more."
KEPT = "What you typed is kept."
_FILE = "A file is not kept here: choose it again then."
_OFFERED = "It is offered back to you on its page."
FORGED = Words(
    "Send that again, please",
    "You have signed in or out since this page was opened, or it had been open for a long time. Nothing has been sent.",
    "Open the page again and send it from there.",
)
SIGNED_OUT = Words(
    "Sign in to go on",
    "You have been signed out. Nothing has been sent.",
    "Sign in and open the page again.",
)
SIGN_IN = Words(
    "Sign in to go on", "This page is for people who have signed in.", "Sign in with your work email address."
)

_STATUS: dict[type[refusals.Refusal], int] = {
    refusals.Invalid: 422,
    refusals.NotFound: 404,
    refusals.Denied: 403,
    refusals.Conflict: 409,
    refusals.Unavailable: 503,
    refusals.TooMany: 429,
}


_OF_THE_DATABASE = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError)


def init_app(app: Flask) -> None:
    """Have every fault answered by a page. A handler that `accounts` registered for `NotSignedIn` stays."""
    app.register_error_handler(HTTPException, _for_http)
    app.register_error_handler(CSRFError, lambda _: _again_page(400, FORGED))
    app.register_error_handler(refusals.Refusal, _for_refusal)
    if refusals.NotSignedIn not in app.error_handler_spec[None][None]:
        app.register_error_handler(refusals.NotSignedIn, lambda _: signed_out_page(address("accounts.sign_in")))
    for kind in _OF_THE_DATABASE:
        app.register_error_handler(kind, _for_database)
    # In its place Flask would log the fault's message, and that may quote what was typed.
    setattr(app, "log_exception", _log_fault)  # noqa: B010 - mypy takes a plain assignment for a mistake


def signed_out_page(sign_in_url: str = "") -> Response:
    """For somebody who is not signed in: what they typed is kept or given back, and the way to sign in. Status 403."""
    link = (sign_in_url, "Sign in") if sign_in_url else None
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return error_page(403, SIGN_IN, link=link)
    if rescued():
        words = Words(SIGNED_OUT.heading, "You have been signed out.", "Sign in, and it is there again.")
        return error_page(403, words, link, kept=True)
    again = to_send_again(request)
    return error_page(403, SIGNED_OUT._replace(next=_COME_BACK) if again else SIGNED_OUT, link, again=again)


def _again_page(status: int, words: Words) -> Response:
    """For a form that was refused although its sender may be the right one: it is kept, or can be sent once more."""
    if offered := rescued():
        words = Words(words.heading, "", f"{_OFFERED} {_OPEN}")
        return error_page(status, words, (offered, "Open the page"), kept=True)
    again = to_send_again(request)
    return error_page(status, words._replace(next=_PRESS) if again else words, again=again)


def error_page(
    status: int,
    words: Words | None = None,
    link: tuple[str, str] | None = None,
    *,
    kept: bool = False,
    again: Sequence[tuple[str, str]] = (),
) -> Response:
    """An error page with everything that was typed, unless it is `kept`. `link` is an address and its text; otherwise
    the way home. `again` is what a button sends once more. A script is answered with the same as JSON; that the text is
    kept it says itself, because more may be typed since."""
    said = words or WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    said = said._replace(happened=f"{said.happened} {g.pop('not_kept', '')}".strip())
    said = said._replace(next=f"{said.next} {_FILE}") if _brought_a_file() else said
    link = link or _way_on()
    if by_script():
        return make_response(jsonify(message=f"{said.happened} {said.next}".strip(), kept=kept, link=link), status)
    said = said._replace(happened=f"{said.happened} {KEPT}".strip()) if kept else said
    try:
        template = current_app.jinja_env.get_template("errors/error.html")
        who = getattr(g.get("actor"), "name", "") if status in (403, 404) else ""
        typed = [] if kept else typed_text(request)
        body = template.render(words=said, typed=typed, link=link, who=who, again=again, token=_token(again))
    except Exception:
        current_app.logger.exception("an error page could not be made")
        body = _LAST_RESORT
    response = make_response(body, status)
    if status == 503:
        response.headers["Retry-After"] = str(_AGAIN_IN_SECONDS)
    return response


def _brought_a_file() -> bool:
    with suppress(HTTPException):  # larger than anything that is taken
        return brings_files(request)
    return False


def by_script() -> bool:
    """Whether a script asks, which can make nothing of a page."""
    return request.accept_mimetypes.best == "application/json"


def _token(again: Sequence[tuple[str, str]]) -> str:
    return generate_csrf() if again else ""


def _way_on() -> tuple[str, str]:
    """Back to the page a form was sent from, where that was one of ours; otherwise to the start."""
    came_from = urlsplit(request.referrer or "")
    if request.method == "POST" and came_from.netloc == request.host and came_from.path.startswith("/"):
        return "/" + came_from.path.lstrip("/") + (
            "?" + came_from.query if came_from.query else ""
        ), "Open the page again"
    return (address("home.mine"), "Go to your page") if g.get("actor") else ("/", "Go to the start page")


def _for_http(fault: HTTPException) -> Response:
    if fault.code is None or fault.response is not None or fault.code < 400:
        return fault.get_response()  # type: ignore[return-value]
    # What the database refused when the view had ended comes as a fault of ours, with its own as the origin.
    origin = getattr(fault, "original_exception", None)
    if isinstance(origin, _OF_THE_DATABASE):
        return _for_database(origin)
    response = error_page(fault.code)
    for name, value in fault.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _for_refusal(refusal: refusals.Refusal) -> Response:
    status = next((code for kind, code in _STATUS.items() if isinstance(refusal, kind)), 400)
    if status in (403, 404) and (offered := rescued()):
        return error_page(status, WORDS[status]._replace(next=_OFFERED), (offered, "Open the page"), kept=True)
    # What is foreign and what is made up answer alike, to the letter, so a 404 never says more.
    return error_page(status, None if status == 404 else WORDS[status]._replace(happened=refusal.message))


def _for_database(fault: sqlalchemy.exc.SQLAlchemyError) -> Response:
    # The driver's own words only: SQLAlchemy's message repeats the statement with what was typed.
    current_app.logger.error("the database did not answer: %s", getattr(fault, "orig", None) or type(fault).__name__)
    return error_page(503)


def _log_fault(exc_info: Any) -> None:
    kind, _, trace = exc_info
    where = "".join(traceback.format_tb(trace))
    current_app.logger.error("a fault in %s %s: %s\n%s", request.method, request.endpoint, kind.__name__, where)
