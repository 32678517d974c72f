"""The officer's two pages about the date: the date to answer by, and whether recording is open."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.typing import ResponseReturnValue

from app import policy
from app.circulation import dating, queries
from app.circulation.date_forms import AnswerByForm, RecordingForm
from app.circulation.models import Circulation
from app.circulation.routes import circulation
from app.circulation.steps import steps
from app.clock import now, today
from app.database import db
from app.errors import Conflict
from app.packs.standing import Standing
from app.web import actor, back_to, page


@circulation.route("/circulations/<ref:circulation>/date", methods=["GET", "POST"])
def answer_by(circulation: str) -> ResponseReturnValue:
    """The date to answer by: what it was, and another one."""
    sent, form = queries.circulation(db.session, actor(), circulation), AnswerByForm()
    policy.require(actor(), "change_date", sent)
    if form.validate():
        try:
            with form.refusals("answer_by"):
                dating.change_date(db.session, actor(), sent, form.day, shown=form.seen.data or "", now=now())
                return back_to(".answer_by", circulation=circulation, done=1)
        except Conflict as since:
            form.refuse(since.message)
            return _date_page(sent, form, 409)
    return _date_page(sent, form)


@circulation.get("/circulations/<ref:circulation>/recording")
def recording(circulation: str) -> ResponseReturnValue:
    """Whether recording is open, and the button that closes it or opens it again."""
    sent = queries.circulation(db.session, actor(), circulation)
    policy.require(actor(), "close_recording", sent)
    return page(
        "circulation/recording.html",
        form=RecordingForm(),
        date_to_come=sent.answer_by >= today(now()),
        **_about(sent),
    )


@circulation.post("/circulations/<ref:circulation>/recording/close")
def close_recording(circulation: str) -> ResponseReturnValue:
    """Close it."""
    dating.close_recording(db.session, actor(), queries.circulation(db.session, actor(), circulation), now=now())
    return back_to(".recording", circulation=circulation, done=1)


@circulation.post("/circulations/<ref:circulation>/recording/open")
def reopen_recording(circulation: str) -> ResponseReturnValue:
    """Open it again."""
    dating.reopen_recording(db.session, actor(), queries.circulation(db.session, actor(), circulation), now=now())
    return back_to(".recording", circulation=circulation, done=1)


def _date_page(sent: Circulation, form: AnswerByForm, status: int | None = None) -> ResponseReturnValue:
    form.seen.data = dating.seen(sent)
    return page(
        "circulation/answer_by.html",
        status,
        form=form,
        reminding=_still_to_come(sent, today(now())),
        **_about(sent),
    )


def _still_to_come(sent: Circulation, day: date) -> list[date]:
    """The days on which people are reminded by the date that stands."""
    if sent.closed is not None or sent.edition.pack.standing is not Standing.CURRENT:
        return []
    set_on, days = today(sent.dates[-1].set_at), sent.partnership.answer_reminder_days
    return [step.on for step in steps(sent.answer_by, set_on, days) if step.on > day]


def _about(sent: Circulation) -> dict[str, Any]:
    partnership = sent.partnership
    return {"circulation": sent, "partnership": partnership, "numbers_to_call": partnership.numbers_to_call}
