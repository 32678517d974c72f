"""Pages of `accounts`: the address, the code, and out again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import guard, queries, services
from app.accounts.forms import AddressForm, CodeForm
from app.accounts.models import CodeAsked
from app.accounts.paths import safe_path
from app.accounts.queries import GoodFor
from app.clock import now
from app.database import db
from app.errors import Invalid, NotFound
from app.text import counted
from app.web import back_to, page, public

accounts = Blueprint("accounts", __name__)

_WRONG = "That was not the code. Look at the newest email and type its 8 digits again: {} left."


@accounts.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for an address and have a code sent there."""
    wanted = _wanted()
    if request.method == "GET" and _is_signed_in():
        return _onwards(wanted)
    form = AddressForm()
    if form.validate():
        return _asked(form.address.data, wanted)
    return page("accounts/sign_in.html", form=form, wanted=wanted)


@accounts.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """Take the code and sign in."""
    wanted, browser = _wanted(), queries.digest_of(guard.browser_token())
    if request.method == "GET" and _is_signed_in():
        return _onwards(wanted)
    form, ref = CodeForm(), request.args.get("asked", "")
    try:
        row = queries.asked(db.session, ref, browser)
    except NotFound:
        return back_to(".sign_in", next=wanted or None, lost=1)
    if form.validate():
        return _tried(row, form.code.data, browser, wanted)
    return _code_page(form, row, wanted)


@accounts.post("/sign-in/code/again")
@public
def again() -> ResponseReturnValue:
    """Send the code again, or another one where it can no longer be used."""
    browser = queries.digest_of(guard.browser_token())
    row = queries.asked(db.session, request.args.get("asked", ""), browser)
    return _asked(row.address, _wanted())


@accounts.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session; done as well where it has ended already."""
    services.end(db.session, guard.signed_in_token(), now=now())
    return guard.forget(back_to(".sign_in", out=1))


@accounts.post("/sign-out/everywhere")
@public
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person: of a computer that was lost, or left open somewhere."""
    done = services.end_everywhere(db.session, guard.signed_in_token(), now=now())
    return guard.forget(back_to(".sign_in", out="everywhere" if done else "here"))


@accounts.get("/signed-in")
@public
def how_long() -> ResponseReturnValue:
    """For how long the session is still good. Asking does not count as using it: a page left open asks too."""
    at = now()
    running = queries.signed_in(db.session, guard.signed_in_token(), at)
    return _told(queries.good_for(running, at) if running else None)


@accounts.post("/signed-in")
def stay() -> ResponseReturnValue:
    """Somebody is still there. The guard notes it, as for every page."""
    return _told(guard.good_for())


def _told(good_for: GoodFor | None) -> Response:
    rest, whole = good_for or (0, 0)
    return jsonify(rest=rest, whole=whole)


def _wanted() -> str:
    return safe_path(request.args.get("next"))


def _is_signed_in() -> bool:
    token = guard.signed_in_token()
    return bool(token) and queries.signed_in(db.session, token, now()) is not None


def _onwards(wanted: str) -> Response:
    """To the page that was asked for before signing in, or to one's own page."""
    response = make_response(redirect(wanted or url_for("home.mine"), 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(address: str, wanted: str) -> Response:
    """Have a code sent, and go on to the page that takes it."""
    browser = guard.browser_token()
    row = services.ask_code(db.session, address, queries.digest_of(browser), network=guard.network(), now=now())
    return guard.keep_browser(back_to(".code", asked=row.ref, next=wanted or None), browser)


def _tried(row: CodeAsked, typed: str, browser: str, wanted: str) -> Response:
    """Signed in, or back to the page that takes the code: an answer that is kept, so that the try stays counted."""
    key = current_app.config["SETTINGS"].secret_key
    further, where = current_app.extensions["grants"], {"network": guard.network(), "key": key}
    try:
        made, token = services.sign_in(db.session, row, typed, browser, **where, now=now(), welcomes=further.welcomes)
    except Invalid:
        return back_to(".code", asked=row.ref, next=wanted or None)
    if further.begins_with(db.session, made.person_id, now()):
        wanted = url_for("circulation.claim")
    return guard.keep_browser(guard.keep(_onwards(wanted), token), guard.browser_token())


def _code_page(form: CodeForm, row: CodeAsked, wanted: str) -> Response:
    """The page that takes the code. What it says of the letter is the same for a known and an unknown address."""
    at, status = now(), None
    is_late = at - row.asked_at >= queries.PATIENCE
    spent = queries.why_spent(row, at)
    if row.wrong and not spent and not form.faults:
        form.refuse(_WRONG.format(counted(queries.MOST_TRIES - row.wrong, "try is", "tries are")), "code")
        status = 200
    if spent and form.faults:  # the box that they are about is gone
        return back_to(".code", asked=row.ref, next=wanted or None)
    told: dict[str, Any] = {
        "sent_to": row.address,
        "spent": spent,
        "is_late": is_late,
        "is_waiting": is_late and queries.mail_is_waiting(db.session, at),
    }
    return page("accounts/code.html", status, form=form, wanted=wanted, row=row, **told)
