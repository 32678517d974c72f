"""What is to be put right so that letters find somebody, on one page; and the page on which an address is put right."""

from __future__ import annotations

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from app.clock import now
from app.database import db
from app.errors import Conflict, NotFound
from app.organisations import mending, missing, readdressing
from app.organisations.forms import MendForm, Right
from app.organisations.mending import Unreached
from app.organisations.routes import organisations
from app.web import actor, back_to, page


@organisations.get("/mend")
def mend() -> ResponseReturnValue:
    """Addresses that letters do not reach, and places where somebody is missing, with what to do about each."""
    at = now()
    also = current_app.extensions["named"].written_to(at)
    numbers = mending.number(db.session, actor(), at, also)
    if numbers is None:
        raise NotFound
    lately, done = mending.lately(db.session, actor()), request.args.get("done", "")
    return page(
        "organisations/mend.html",
        numbers=numbers,
        addresses=mending.unreached(db.session, actor(), at, also, after=request.args.get("address", "")),
        places=missing.missing(db.session, actor(), at, after=request.args.get("place", "")),
        lately=lately,
        done=next((one for one in lately if one.appointment.ref == done), None),
        letters=request.args.get("letters", 0, type=int),
    )


@organisations.route("/mend/<ref:appointment>", methods=["GET", "POST"])
def mend_address(appointment: str) -> ResponseReturnValue:
    """Where somebody is written to whom letters do not reach."""
    found, form = mending.one(db.session, actor(), appointment, now()), MendForm()
    if not actor().may("readdress"):
        form.only_right_again()
    if form.validate():
        try:
            with form.refusals():
                letters = _mended(found, appointment, form)
                return back_to(".mend", done=appointment, letters=letters, _anchor="done")
        except Conflict as since:
            form.refuse(since.message)
            return _page(found, appointment, form, 409)
    return _page(found, appointment, form)


def _mended(found: Unreached, appointment: str, form: MendForm) -> int:
    held = next(one for one in found.held if one.ref == appointment)
    assert held.organisation is not None
    if form.decision.data is Right.OTHER:
        return readdressing.readdress(db.session, actor(), held.organisation, held, form.address, now=now())
    return readdressing.say_right(db.session, actor(), held.organisation, held, now=now())


def _page(found: Unreached, appointment: str, form: MendForm, status: int | None = None) -> Response:
    return page("organisations/mend_address.html", status, found=found, appointment=appointment, form=form)
