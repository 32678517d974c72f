"""What an officer does about the date: changes it, closes recording and opens it again.

A changed date is a new row. Nobody is written to about the change: the pages say the new date at once and reminders go
by it, none of them on the day of the change. So no letter crosses another that says something else. One change waits
for another of the same circulation, and whoever did not see the one before is told of it first.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.circulation.closing import RecordingClosed, RecordingReopened
from app.circulation.models import AnswerBy, Circulation
from app.clock import date_words, moment_words, today
from app.errors import Conflict, Invalid
from app.policy import Actor, require
from app.trail.services import note

LONGEST = timedelta(days=731)
CLOSED = "Recording is closed for this briefing, so nothing new can be sent. What you have written is kept."


def seen(circulation: Circulation) -> str:
    """Which date a page shows, so that a later one is not changed unseen."""
    return str(len(circulation.dates))


def change_date(
    session: Session, actor: Actor, circulation: Circulation, on: date, *, shown: str, now: datetime
) -> AnswerBy:
    """Have teams answer by another day; the same day once more changes nothing. `shown` is what `seen` said on the
    page.

    Raises `Invalid` for a day that is past, today or more than two years ahead, and `Conflict` where somebody else
    changed the date since the page was opened, or recording is closed.
    """
    require(actor, "change_date", circulation)
    _hold(session, circulation)
    last = circulation.dates[-1]
    if last.on == on:
        return last
    _check_nothing_came_between(circulation, shown)
    check_date(on, now)
    made = AnswerBy(on=on, set_at=now, by_id=actor.person)
    circulation.dates.append(made)
    detail = {"on": on.isoformat(), "before": last.on.isoformat()}
    note(
        session,
        actor,
        "date changed",
        circulation.ref,
        now=now,
        partnership_id=circulation.partnership_id,
        detail=detail,
    )
    session.flush()
    return made


def _check_nothing_came_between(circulation: Circulation, shown: str) -> None:
    last = circulation.dates[-1]
    if shown != seen(circulation):
        who = last.by.name if last.by else "Somebody"
        raise Conflict(f"{who} changed the date to {date_words(last.on)} on {moment_words(last.set_at)}. Look again.")
    if circulation.closed is not None:
        raise Conflict("Recording is closed. Open it again before you change the date.")


def check_date(on: date, now: datetime) -> None:
    """Raise `Invalid` for a day by which nobody could answer."""
    if on <= today(now):
        raise Invalid("The date to answer by must be after today.", "answer_by")
    if on > today(now) + LONGEST:
        raise Invalid("The date to answer by must be within two years from now.", "answer_by")


def close_recording(session: Session, actor: Actor, circulation: Circulation, *, now: datetime) -> RecordingClosed:
    """From now on nothing new is sent for what was asked. Done twice, the first stands."""
    require(actor, "close_recording", circulation)
    _hold(session, circulation)
    if circulation.closed is not None:
        return circulation.closed
    made = RecordingClosed(circulation_id=circulation.id, by_id=actor.person, at=now)
    session.add(made)
    note(session, actor, "recording closed", circulation.ref, now=now, partnership_id=circulation.partnership_id)
    session.flush()
    session.expire(circulation, ["closings"])
    return made


def reopen_recording(session: Session, actor: Actor, circulation: Circulation, *, now: datetime) -> None:
    """Open again what was closed. Where it is open nothing is done."""
    require(actor, "close_recording", circulation)
    _hold(session, circulation)
    closed = circulation.closed
    if closed is None:
        return
    session.add(RecordingReopened(closed_id=closed.id, by_id=actor.person, at=now))
    note(session, actor, "recording opened", circulation.ref, now=now, partnership_id=circulation.partnership_id)
    session.flush()
    session.expire(closed)
    session.expire(circulation, ["closings"])


def hold_open(session: Session, circulation: Circulation) -> None:
    """Keep a circulation from being closed until the end of the transaction; raise `Conflict` where it is closed. What
    is sent and what is closed at one moment are so done in turn."""
    session.execute(select(Circulation.id).where(Circulation.id == circulation.id).with_for_update(read=True))
    session.expire(circulation, ["closings"])
    if circulation.closed is not None:
        raise Conflict(
            "Recording is closed for this briefing, so nothing new can be sent. What is written here is kept."
        )


def _hold(session: Session, circulation: Circulation) -> None:
    """Hold a circulation, and see its dates and closings as they are by then."""
    session.execute(select(Circulation.id).where(Circulation.id == circulation.id).with_for_update(key_share=True))
    session.expire(circulation, ["dates", "closings"])
