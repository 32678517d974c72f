"""That minutes were kept because nobody could read them when they were sent, and who was told by email so that a lead
is named: lines of their dated list, from the appointments and letters that are kept. Two statements, mostly one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.circulation.models import Asked
from app.clock import moment_words, today
from app.discussions.models import Minutes, MinutesFor
from app.discussions.unled import NO_LEAD, RECEIVES, which_gap
from app.forwarding.letters import Line
from app.organisations.models import ROLE_WORDS, Appointment, Organisation, Partnership, Person
from app.organisations.queries import REACHES_BACK, reaches
from app.policy import Role
from app.post.models import Attempt, Delivery, Outcome

KEPT = "They are kept until there is a safeguarding lead: nobody could read them yet."


def kept(session: Session, minutes: Minutes) -> list[Line]:
    """That minutes are kept for a lead, and each who was told of it; nothing where somebody could read them."""
    covers = session.execute(_covers(minutes)).all()
    if not covers or any(row.read for row in covers):
        return []
    told = session.execute(_told(minutes, {row.place for row in covers}, {row.partnership_id for row in covers}))
    first: dict[str, datetime] = {}
    for row in told:
        first.setdefault(f"the {row.short_name}" if row.short_name else f"{row.name}, {row.title}", row.at)
    return [Line(minutes.sent_at, KEPT), *(_line(whom, at, minutes.sent_at) for whom, at in first.items())]


def _line(whom: str, at: datetime, sent_at: datetime) -> Line:
    what = f"the email to {whom} that there is no safeguarding lead to read what teams send"
    if at >= sent_at:
        return Line(at, f"The mail system took {what}.")
    return Line(sent_at, f"The mail system had taken {what}, on {moment_words(at)}.")


def _covers(minutes: Minutes) -> sa.Select[str, int, bool]:
    """What minutes answer that came by themselves: which gap there was, had there been one, and whether somebody could
    read for the team when they were sent."""
    held, day = aliased(Appointment), today(minutes.sent_at)
    read = sa.exists().where(
        held.organisation_id == Asked.organisation_id,
        held.role.in_(RECEIVES),
        sa.or_(held.role == Role.LEAD, held.person_id != minutes.recorded_by_id),
        held.counts_from <= minutes.sent_at - REACHES_BACK,  # she could read from then on, not from when letters count
        held.starts_on <= day,
        sa.or_(held.ends_on.is_(None), held.ends_on >= day),
        reaches(held.id, Asked.team_id),
    )
    return (
        sa.select(which_gap(day).label("place"), Asked.partnership_id, read.correlate_except(held).label("read"))
        .join(MinutesFor, MinutesFor.asked_id == Asked.id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .where(MinutesFor.minutes_id == minutes.id, Partnership.letters_from <= minutes.sent_at)
    )


def _told(minutes: Minutes, gaps: set[str], partnerships: set[int]) -> sa.Select[datetime, str, Any, str]:
    """Who was told of these gaps, and when the mail system took the letter: its partnership alone of an officer."""
    here = sa.and_(Appointment.role == Role.ADMINISTRATOR, Appointment.organisation_id == minutes.organisation_id)
    officers = sa.and_(Appointment.role == Role.OFFICER, Appointment.partnership_id.in_(partnerships))
    title = sa.func.coalesce(sa.func.nullif(Appointment.local_title, ""), ROLE_WORDS[Role.ADMINISTRATOR])
    return (
        sa.select(Attempt.at, Person.name, title.label("title"), Partnership.short_name)
        .select_from(Delivery)
        .join(Attempt, sa.and_(Attempt.delivery_id == Delivery.id, Attempt.outcome == Outcome.ACCEPTED))
        .join(Organisation, Organisation.ref == Delivery.about)
        .join(Person, Person.ref == Delivery.person)
        .join(Appointment, sa.and_(Appointment.person_id == Person.id, sa.or_(here, officers)))
        .outerjoin(Partnership, Partnership.id == Appointment.partnership_id)
        .where(Delivery.kind == NO_LEAD, Delivery.place.in_(gaps), Organisation.id == minutes.organisation_id)
        .order_by(Attempt.at, Appointment.role, Attempt.id, Appointment.id)
    )
