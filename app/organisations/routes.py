"""When leads and deputies are away: on a page of their own, and for whoever looks after the people of an
organisation."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.clock import now, today
from app.database import db
from app.errors import Conflict
from app.organisations import away as queries
from app.organisations.away import Away
from app.organisations.forms import Change, ChangeForm, LeaveForm
from app.organisations.leaving import change_leave as change
from app.organisations.leaving import note_leave as note
from app.organisations.models import Leave
from app.web import actor, back_to, page

organisations = Blueprint("organisations", __name__)


@organisations.get("/away")
def away() -> ResponseReturnValue:
    """Everybody whose days away this person may note, herself first, and what was just noted."""
    found, done = queries.everybody(db.session, actor(), now()), request.args.get("done", "")
    noted = [(one, leave) for one in found for leave in one.leave if leave.ref == done]
    return page("organisations/away.html", people=found, noted=noted, off=done == "off", day=today(now()))


@organisations.route("/away/note/<ref:appointment>", methods=["GET", "POST"])
def note_leave(appointment: str) -> ResponseReturnValue:
    """Note days on which whoever holds an appointment is away."""
    whose, form = queries.of(db.session, actor(), appointment, now()), LeaveForm()
    if form.validate() and form.starts_on.data and form.ends_on.data:
        with form.refusals():
            held, days = whose.covers[0].held, (form.starts_on.data, form.ends_on.data)
            leave = note(db.session, actor(), held, *days, now=now())
            return back_to(".away", done=leave.ref, _anchor="done")
    return page("organisations/note_leave.html", whose=whose, form=form)


@organisations.route("/away/<ref:leave>", methods=["GET", "POST"])
def change_leave(leave: str) -> ResponseReturnValue:
    """Move the last day away, or call the days off."""
    found, whose = queries.leave(db.session, actor(), leave, now())
    form = _form_for(found)
    if form.validate():
        last = form.ends_on.data if form.decision.data is Change.LAST else None
        try:
            with form.refusals():
                seen = form.seen.data or ""
                change(db.session, actor(), whose.covers[0].held, found, last, seen=seen, now=now())
                done = "off" if found.is_over(today(now())) else found.ref
                return back_to(".away", done=done, _anchor="done")
        except Conflict as since:
            form.refuse(since.message, "decision")
            form.seen.data = found.change
            return _change_page(found, whose, form, 409)
    return _change_page(found, whose, form)


def _form_for(leave: Leave) -> ChangeForm:
    """The form as things stand."""
    form = ChangeForm()
    begun = leave.starts_on < today(now())
    form.offer("It ends now|Today counts as a day here again." if begun else "It is called off|No day of it counts.")
    if not form.is_submitted():
        form.seen.data, form.ends_on.data = leave.change, None
    return form


def _change_page(leave: Leave, whose: Away, form: ChangeForm, status: int | None = None) -> Response:
    over = leave.is_over(today(now()))
    return page("organisations/change_leave.html", status, leave=leave, whose=whose, form=form, over=over)
