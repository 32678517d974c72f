"""Where nobody may read what a team sends: who is told that a safeguarding lead is to be named.

What stands here once is read by the receipt of the team and by the letters: to whom, and which gap it is. A gap begins
when the last who could read ended, or was there from the beginning; it ends when somebody is appointed. So a gap is
known by the appointment that ended last, and each person hears of each gap once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.circulation.models import Asked
from app.clock import today
from app.organisations.models import ROLE_WORDS, Appointment, Organisation, Partnership, Person
from app.organisations.queries import reaches
from app.policy import Role
from app.post.queries import NOT_SENT, SENT, UNCONFIRMED, WAITING, progress_of_many
from app.text import words_joined

NO_LEAD = "no_lead"
RECEIVES = (Role.LEAD, Role.DEPUTY)


def which_gap(day: date) -> sa.ColumnElement[str]:
    """Where nobody may read for a row of `Asked`, which gap this is: the reference of the appointment by which somebody
    last could; empty where nobody ever could."""
    return sa.func.coalesce(last_held(day, "ref"), "")


def last_held(day: date, column: str) -> sa.ScalarSelect[Any]:
    """A column of the appointment, ended by now, by which somebody could last read for a row of `Asked`."""
    held = aliased(Appointment)
    return (
        sa.select(getattr(held, column))
        .where(
            held.organisation_id == Asked.organisation_id,
            held.role.in_(RECEIVES),
            held.ends_on < day,
            reaches(held.id, Asked.team_id),
        )
        .order_by(held.ends_on.desc(), held.id.desc())
        .limit(1)
        .correlate(Asked)
        .scalar_subquery()
    )


def is_told(day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `Appointment` is of somebody who is told of a gap for a row of `Asked`: who looks after the
    people of the organisation, and the officers of the partnership that asked."""
    here = sa.and_(
        Appointment.role == Role.ADMINISTRATOR,
        Appointment.organisation_id == Asked.organisation_id,
        reaches(Appointment.id, Asked.team_id),
    )
    officers = sa.and_(Appointment.role == Role.OFFICER, Appointment.partnership_id == Asked.partnership_id)
    officers &= Asked.confirmed
    current = sa.and_(Appointment.starts_on <= day, sa.or_(Appointment.ends_on.is_(None), Appointment.ends_on >= day))
    return sa.and_(sa.or_(here, officers), current)


@dataclass(frozen=True)
class Told:
    """Who is told that nobody may read some minutes, as they are spoken, by what mail has done about it: their letters
    went to the mail system, wait, were never confirmed by it, or could not be sent."""

    sent: str = ""
    waiting: str = ""
    unconfirmed: str = ""
    unsent: str = ""


def told(session: Session, asks: Collection[Asked], now: datetime) -> Told:
    """Who is told about minutes that answer these requests and that nobody may read. Two statements."""
    rows = session.execute(_told(asks, today(now))).all()
    letters = progress_of_many(session, NO_LEAD, {row.about for row in rows})
    noted = {(one.person, one.place): one.words for about in letters.values() for one in about}
    by_name: dict[str, set[str]] = {}
    for row in rows:
        called = f"the {row.short_name}" if row.role is Role.OFFICER else f"{row.name}, {row.title}"
        by_name.setdefault(called, set()).add(noted.get((row.ref, row.place), WAITING))
    best: dict[str, list[str]] = {words: [] for words in (SENT, WAITING, UNCONFIRMED, NOT_SENT)}
    for name, words in by_name.items():
        best[next(known for known in best if known in words or known == NOT_SENT)].append(name)
    return Told(*(words_joined(names) if names else "" for names in best.values()))


def _told(asks: Collection[Asked], day: date) -> sa.Select[Any]:
    """A row for each request and person, administrators first."""
    title = sa.func.coalesce(sa.func.nullif(Appointment.local_title, ""), ROLE_WORDS[Role.ADMINISTRATOR])
    return (
        sa.select(Person.ref, Person.name, Appointment.role, title.label("title"), Partnership.short_name)
        .add_columns(Organisation.ref.label("about"), which_gap(day).label("place"))
        .select_from(Asked)
        .join(Organisation, Organisation.id == Asked.organisation_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .join(Appointment, is_told(day))
        .join(Person, Person.id == Appointment.person_id)
        .where(Asked.id.in_([asked.id for asked in asks]))
        .order_by(Appointment.role, Person.name, Person.id, Partnership.short_name)
    )
