"""Circulates.

One launch of a partnership waits for another, so that no list is confirmed that another launch has changed meanwhile.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.circulation import queries
from app.circulation.audience import Plan
from app.circulation.models import LONGEST_NOTE, AnswerBy, Asked, Circulation
from app.clock import date_words, today, working_days_after
from app.database import new_ref
from app.errors import Conflict, Invalid
from app.organisations.models import Partnership
from app.packs.models import Edition
from app.packs.queries import is_current
from app.policy import Actor, require
from app.trail.services import note

USUAL_WEEKS = 6
LONGEST_DAYS = 366


def usual_date(now: datetime) -> date:
    """The date to answer by that is offered: six weeks on, or the next working day."""
    return working_days_after(today(now) + timedelta(weeks=USUAL_WEEKS), 0)


def check_wishes(answer_by: date, cover_note: str, now: datetime, *, leaves: datetime | None = None) -> None:
    """Raise `Invalid`, naming the field, for a date that nobody could answer by or a note too long for a letter.
    `leaves` is when the letters go out, where that is later."""
    if answer_by <= today(now):
        raise Invalid("The date to answer by must be after today.", "answer_by")
    if leaves and answer_by <= today(leaves):
        raise Invalid("The date to answer by must be after the day on which the letters go out.", "answer_by")
    if answer_by > today(now) + timedelta(days=LONGEST_DAYS):
        raise Invalid("The date to answer by must be within a year from now.", "answer_by")
    if len(cover_note) > LONGEST_NOTE:
        raise Invalid(f"Keep the cover note to {LONGEST_NOTE:,} characters: this is {len(cover_note):,}.", "cover_note")


def circulate(
    session: Session,
    actor: Actor,
    partnership: Partnership,
    edition: Edition,
    plan: Plan,
    *,
    answer_by: date,
    cover_note: str,
    once: str,
    now: datetime,
    ref: str = "",
) -> Circulation:
    """Ask everybody on a confirmed plan; with the same `once` and the same list again, what was made the first time.
    The letters follow from the rows: see `emails.owed`. `ref` is that of what was scheduled.

    Raises `Invalid` for date, note or an empty list, `Conflict` where another launch came between or `once` was used.
    """
    require(actor, "circulate", partnership)
    if (plan.partnership_id, plan.edition.id) != (partnership.id, edition.id):
        raise ValueError("the plan is for another partnership or edition")
    if made := _made_before(session, partnership, once, plan.digest):
        return made
    check_wishes(answer_by, cover_note, now)
    check_list(session, plan)
    made = _rows(plan, actor, answer_by, now, cover_note=cover_note, once=once, ref=ref or new_ref())
    session.add(made)
    note(session, actor, "circulated", made.ref, now=now, partnership_id=partnership.id, detail=plan.counts)
    session.flush()
    return made


def check_standing(session: Session, edition: Edition) -> None:
    """Raises `Conflict` where a briefing was withdrawn or retired."""
    if session.scalar(select(is_current(edition.pack_id))):
        return
    if said := edition.pack.newest_standing:
        raise Conflict(
            f"This briefing was {said.standing.value} on {date_words(today(said.at))}: {said.because} "
            "It can be circulated once it is current again."
        )


def _made_before(session: Session, partnership: Partnership, once: str, digest: str) -> Circulation | None:
    """What this key has made already, once no other launch of the partnership is under way."""
    session.execute(select(Partnership.id).where(Partnership.id == partnership.id).with_for_update())
    made = queries.made_with(session, partnership, once)
    if made is not None and made.digest != digest:
        raise Conflict("Another list was circulated from this page already.")
    return made


def check_list(session: Session, plan: Plan) -> None:
    """Raise `Invalid` for a list with nobody on it, and `Conflict` where the briefing is no longer current or another
    launch has asked somebody on the list meanwhile."""
    check_standing(session, plan.edition)
    if not plan.lines:
        raise Invalid("Tick at least one organisation or team to ask.", "organisations")
    asked = queries.asked_before(session, plan.partnership_id, plan.edition.id)
    if any(asked.get(line.key) != plan.before.get(line.key) for line in plan.lines):
        raise Conflict("Some of these teams have just been asked by somebody else.")


def _rows(
    plan: Plan, actor: Actor, answer_by: date, now: datetime, *, cover_note: str, once: str, ref: str
) -> Circulation:
    asked = [
        Asked(
            partnership_id=plan.partnership_id,
            organisation_id=line.organisation_id,
            team_id=line.team_id,
            organisation_name=line.organisation_name,
            team_name=line.team_name,
            sector=line.sector,
            added_at=now,
        )
        for line in plan.lines
    ]
    return Circulation(
        partnership_id=plan.partnership_id,
        edition_id=plan.edition.id,
        cover_note=cover_note,
        circulated_at=now,
        by_id=actor.person,
        digest=plan.digest,
        once=once,
        ref=ref,
        asked=asked,
        dates=[AnswerBy(on=answer_by, set_at=now, by_id=actor.person)],
    )
