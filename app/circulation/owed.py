"""Who is owed the asking letter.

Whoever holds a role at the launch or takes one up by the date to answer by, or leads a team when it is added later,
until 60 days after that date: a letter held up for so long is of no more use, and reminding is not its business.
Somebody who was written to in one role gets no second letter for another. The rule about who hears stands in `hearers`.
While recording is closed nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from sqlalchemy import CTE, ColumnElement, Select, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from app.circulation.closing import is_closed
from app.circulation.hearers import held, in_time, reaches_line, writes
from app.circulation.models import AnswerBy, Asked, Circulation
from app.circulation.queries import ASK
from app.clock import start_of, today
from app.organisations.models import Appointment, AppointmentTeam, Partnership, Person
from app.organisations.queries import in_dates
from app.packs.models import Edition
from app.packs.queries import is_current
from app.policy import Role
from app.post.models import Delivery, Owed

URGENCY = 5
OWED_FOR = timedelta(days=60)
AT_ONCE = 300


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Who is to get the asking letter and has none: at most `AT_ONCE`, those owed longest first. One statement."""
    return [
        Owed(kind=ASK, about=about, person=person, since=at, urgency=URGENCY, until=_until(on))
        for about, person, at, on in session.execute(_statement(today(now)))
    ]


def _until(answer_by: date) -> datetime:
    return start_of(answer_by + OWED_FOR + timedelta(days=1))


def number_owed(session: Session, about: str, now: datetime) -> int:
    """How many asking letters of a launch, by reference, are owed and not noted yet."""
    owed = _owed(today(now), Circulation.ref == about).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(owed)) or 0


@lru_cache(maxsize=2)
def _statement(day: date) -> Select[str, str, datetime, date]:
    """The statement for a day. A sender asks every second, and putting it together takes longer than its answer."""
    return _owed(day).limit(AT_ONCE)


def _owed(day: date, *only: ColumnElement[bool]) -> Select[str, str, datetime, date]:
    open_ = _open(day, *only)
    due = union_all(_of_teams(open_, day), _of_organisations(open_, day)).subquery("due")
    written = exists().where(
        Delivery.kind == ASK,
        Delivery.about == due.c.about,
        Delivery.role == "",
        Delivery.place == "",
        Delivery.person == Person.ref,
    )
    since = func.min(due.c.since)
    return (
        select(due.c.about, Person.ref, since, due.c.on)
        .join(Person, Person.id == due.c.person_id)
        .where(~written)
        .group_by(due.c.about, Person.ref, due.c.on)
        .order_by(since, due.c.about, Person.ref)
    )


def _open(day: date, *only: ColumnElement[bool]) -> CTE:
    """The launches about which letters may still be owed, with the date to answer by that was set last."""
    last = (
        select(func.max(AnswerBy.id))
        .where(AnswerBy.circulation_id == Circulation.id)
        .correlate(Circulation)
        .scalar_subquery()
    )
    return (
        select(Circulation.id, Circulation.ref.label("about"), AnswerBy.on, Partnership.letters_from)
        .join(AnswerBy, AnswerBy.id == last)
        .join(Edition, Edition.id == Circulation.edition_id)
        .join(Partnership, Partnership.id == Circulation.partnership_id)
        .where(AnswerBy.on >= day - OWED_FOR, ~is_closed(Circulation.id), is_current(Edition.pack_id), *only)
        .cte("open")
    )


def _of_teams(open_: CTE, day: date) -> Select[str, date, int, datetime]:
    """Leaders of asked teams; minute takers of those that have no leader."""
    return (
        _due(open_)
        .join(AppointmentTeam, AppointmentTeam.team_id == Asked.team_id)
        .join(Appointment, Appointment.id == AppointmentTeam.appointment_id)
        .where(writes(day), *_in_time(open_, day))
    )


def _of_organisations(open_: CTE, day: date) -> Select[str, date, int, datetime]:
    """Leads of what was asked; administrators where nobody else would hear."""
    nobody = and_(~held(day, Role.LEAD), ~held(day, Role.LEADER, Role.MINUTES))
    role = or_(Appointment.role == Role.LEAD, and_(Appointment.role == Role.ADMINISTRATOR, nobody))
    return (
        _due(open_)
        .join(Appointment, Appointment.organisation_id == Asked.organisation_id)
        # The roles once more, so that the index of roles is used.
        .where(Appointment.role.in_((Role.LEAD, Role.ADMINISTRATOR)), role, reaches_line(Appointment.id))
        .where(*_in_time(open_, day))
    )


def _due(open_: CTE) -> Select[str, date, int, datetime]:
    since = case((Appointment.counts_from > Asked.added_at, Appointment.counts_from), else_=Asked.added_at)
    return select(open_.c.about, open_.c.on, Appointment.person_id, since.label("since")).join(
        Asked, Asked.circulation_id == open_.c.id
    )


def _in_time(open_: CTE, day: date) -> tuple[ColumnElement[bool], ...]:
    """In dates today, in the role in time, and asked since letters are owed at all."""
    return in_dates(day), in_time(open_.c.on), Asked.added_at >= open_.c.letters_from
