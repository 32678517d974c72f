"""Says who is asking, before any page, and closes every page that is not `@public` to whoever has not signed in.

Three cookies, none of which holds anything about a person: the session's token; the browser's token, to which a code is
bound and by which a browser that has signed in before is known again; and Flask's own, which holds the token of forms.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, request, session, url_for
from sqlalchemy import Select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.paths import page_asked_for
from app.accounts.queries import GoodFor
from app.clock import now, today
from app.database import REF_LENGTH, db
from app.organisations import queries as organisations
from app.organisations.models import Partnership
from app.policy import Actor
from app.settings import Settings
from app.trail import services as trail
from app.web import back_to, page
from app.web.errors import Words, by_script, error_page, signed_out_page
from app.web.keeping import rescued
from app.web.typed import typed_text

BROWSER_KEPT = timedelta(days=180)
_READING = ("GET", "HEAD")
UNAPPOINTED = Words(
    "You have no role here at the moment",
    "No role of yours is recorded here for today.",
    "Your team finds it beside its draft.",
)


def init_app(app: Flask) -> None:
    """Guard every route of an app."""
    app.before_request(_read_body)
    app.before_request(_let_in)
    app.after_request(_note_denial)
    app.after_request(_new_form_token)
    app.context_processor(_layout)


def cookie_name(settings: Settings) -> str:
    """The name of the cookie with the session's token: over TLS one that only this host can set."""
    return _cookie(settings, "signed-in")


def keep(response: Response, token: str) -> Response:
    """Sign the browser in: put the session's token in its cookie, with a new token for forms."""
    g.is_somebody_else = True
    return _set(response, "signed-in", token)


def forget(response: Response) -> Response:
    """Sign the browser out: drop the token and the form's token, and whatever the browser kept of our pages."""
    g.is_somebody_else = True
    settings: Settings = current_app.config["SETTINGS"]
    response.delete_cookie(cookie_name(settings), secure=settings.is_https, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def signed_in_token() -> str:
    """The token in the session's cookie; empty where there is none."""
    return request.cookies.get(cookie_name(current_app.config["SETTINGS"]), "")


def browser_token() -> str:
    """The browser's token from its cookie, or a new one, which `keep_browser` must be given."""
    return request.cookies.get(_cookie(current_app.config["SETTINGS"], "browser"), "") or secrets.token_urlsafe(32)


def keep_browser(response: Response, token: str) -> Response:
    """Put the browser's token in its cookie, for half a year from now."""
    return _set(response, "browser", token, max_age=BROWSER_KEPT)


def good_for() -> GoodFor | None:
    """How long the session of whoever asks is still good, this request counted; None on a page that does not ask."""
    found: GoodFor | None = g.get("good_for")
    return found


def network() -> str:
    """A keyed digest of the network that asks: of an IPv4 address or the first half of an IPv6 address.

    Empty for an address that is not on the internet: behind a proxy it would be the same for everybody.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    half = ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address
    key = current_app.config["SETTINGS"].secret_key
    return hmac.digest(key.encode(), f"network {half}".encode(), "sha256").hex()[:32]


def _cookie(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.is_https else name


def _set(response: Response, name: str, token: str, **options: Any) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    response.set_cookie(
        _cookie(settings, name), token, secure=settings.is_https, httponly=True, samesite="Lax", **options
    )
    return response


def _read_body() -> None:
    """Read the whole request before the first statement, so that a slow upload holds no lock. Only a page that takes
    files takes a large one."""
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "largest_body", request.max_content_length)
    request.get_data(cache=True, parse_form_data=True)


def _let_in() -> Response | None:
    """Fill `g.actor`, or answer in place of the page. Public pages are answered without looking at who asks."""
    if request.endpoint is None or _is_public(request.endpoint):
        return None
    at = now()
    g.actor = _who(at)
    if g.actor is None:
        return _to_sign_in()
    return None if g.actor.grants else _unappointed(g.actor, at)


def _is_public(endpoint: str) -> bool:
    view = current_app.view_functions[endpoint]
    return endpoint.rpartition(".")[2] == "static" or getattr(view, "is_public", False)


def _who(at: datetime) -> Actor | None:
    """The person of a good session, with the roles in dates and those that a later package knows of (`grants`): one
    query, and another for the few who have such."""
    token = signed_in_token()
    if not token:
        return None
    further = current_app.extensions["grants"]
    with db.beside() as reading:
        found = queries.who(reading, _whose(), token, at, **further.moments(at))
        if found is None:
            return None
        running, acting, has_more, speaks_for = found
        is_noted = at - running.seen_at >= services.SEEN_EVERY
        if is_noted:
            db.afterwards(partial(services.seen, signed_in=running.id, now=at), spare=True)
        g.good_for = queries.good_for(running, at, seen_at=at if is_noted else None)
        more = further.grants(reading, acting.person, at) if has_more else ()
        if not more:
            g.found_with_actor = _kept_apart(reading, speaks_for)
        return replace(acting, grants=acting.grants + more)


def _kept_apart(reading: Session, found: Partnership | None) -> Partnership | None:
    """The same out of the session: the page of an error must not look for it again when that was rolled back."""
    if found is not None:
        reading.expunge(found)
    return found


@cache
def _whose() -> Select[Any]:
    return queries.who_is_it(current_app.extensions["grants"].is_named())


def _to_sign_in() -> Response:
    """Whoever has not signed in is sent there and comes back; a form that was sent is shown again with its text."""
    wanted = page_asked_for() or None
    if request.method in _READING:
        return back_to("accounts.sign_in", next=wanted)
    return signed_out_page(url_for("accounts.sign_in", next=wanted))


def _unappointed(actor: Actor, at: datetime) -> Response:
    assert actor.person is not None
    if by_script():
        kept = bool(rescued())
        words = UNAPPOINTED._replace(
            next=UNAPPOINTED.next if kept else "Copy what you typed before you leave this page."
        )
        return error_page(403, words, (url_for("home.mine"), "See whom to ask"), kept=kept)
    with db.reading() as reading:
        whom = queries.whom_to_ask(reading, actor.person, today(at))
    kept = bool(rescued())
    return page("accounts/unappointed.html", 403, whom=whom, kept=kept, typed=() if kept else typed_text(request))


def _new_form_token(response: Response) -> Response:
    """Drop the token of forms where somebody signed in or out, once that is kept: if it could not be, the form that was
    sent is still good."""
    if g.get("is_somebody_else") and response.status_code < 400:
        session.clear()
    return response


def _note_denial(response: Response) -> Response:
    """What somebody who is signed in may not do goes into the trail, and what is not theirs to see (or not there)."""
    actor: Actor | None = g.get("actor")
    if actor and (response.status_code == 403 or (response.status_code == 404 and request.view_args)):
        given = (request.view_args or {}).values()
        refs = [v for v in given if isinstance(v, str) and re.fullmatch(f"[0-9a-z]{{{REF_LENGTH}}}", v)]
        detail = {"page": request.endpoint, "method": request.method}
        about = refs[0] if refs else str(request.endpoint)
        db.afterwards(partial(trail.note, actor=actor, kind="denied", about=about, now=now(), detail=detail))
    return response


def _layout() -> dict[str, Any]:
    """What every page's frame shows: the partnership with its numbers to call, and the way to one's own page."""
    if not has_request_context():
        return {}
    if "frame" not in g:
        g.frame = _frame()
    frame: dict[str, Any] = g.frame
    return frame


def _frame() -> dict[str, Any]:
    actor: Actor | None = g.get("actor")
    home: dict[str, Any] = {"home_url": url_for("home.mine")} if actor else {}
    if actor and actor.grants:
        home["good_for"] = good_for()
    if "speaks_for" in g:
        return home  # the page itself brings the rest
    try:
        found = g.found_with_actor if "found_with_actor" in g else _look_up(actor)
    except SQLAlchemyError:
        return home  # a page that says what is broken must not fail for want of a name
    if found is None:
        return home
    return {**home, "partnership": found, "numbers_to_call": found.numbers_to_call}


def _look_up(actor: Actor | None) -> Partnership | None:
    with db.beside() as reading:
        return organisations.partnership_for(reading, actor)
