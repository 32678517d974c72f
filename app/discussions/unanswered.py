"""Who is to be reminded to answer what was circulated, on a day.

It goes by the frozen list, line by line, and nobody is reminded who would not have been asked (`circulation.hearers`):
who leads the team, or takes its minutes where nobody leads it; instead of them the colleagues who were named to write
that discussion up, while they are and letters reach one of them; for an organisation whose teams are not known, its
leads. Somebody who is away that day is not reminded, nor whoever has said that somebody else leads the team, while
nobody has settled that. Minutes, any other reply, what was entered from outside, and the closing of recording end it at
once; so does a team that an organisation asked as a whole has added, for the organisation. When it is due stands in
`circulation.steps`. Only that somebody answered is read, never what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation import colleagues, leaders
from app.circulation.closing import is_closed
from app.circulation.hearers import in_time, reaches_line, writes
from app.circulation.models import AnswerBy, Asked, Circulation, Colleague, OtherLeader
from app.circulation.openings import passed_on
from app.circulation.steps import Step, asked_by, step_on
from app.clock import is_working_day, opens, start_of, today
from app.discussions.models import MinutesFor, Reply
from app.discussions.one_a_day import TO_ANSWER
from app.discussions.outside import Outside
from app.organisations.models import Appointment, AppointmentTeam, Leave, Partnership, Person
from app.organisations.queries import in_dates
from app.organisations.schools import closed, in_a_school
from app.packs.models import Edition
from app.packs.queries import is_current
from app.policy import Role
from app.post import unreached
from app.post.models import Delivery

AT_ONCE = 500
_BACK, _AHEAD = timedelta(days=200), timedelta(days=150)
"""The furthest that a date to answer by can lie from a day on which a step of it is said: 45 working days after it or
20 before it, with two long holidays between."""
_SCHOOL: sa.ColumnElement[int] = sa.case((in_a_school(Asked.sector), 1), else_=0)
Current = dict[tuple[int, int], tuple[Step, date]]


@dataclass(frozen=True)
class Due:
    """That somebody is to be reminded of one line, by a step towards a date to answer by; `address_id` is where she is
    written to."""

    asked_id: int
    asked: str
    person: str
    address_id: int
    step: Step
    answer_by: date

    @property
    def key(self) -> tuple[str, str, str]:
        """Which reminder it is, for its person: about, role and place of its letter."""
        return self.asked, self.step.name, self.answer_by.isoformat()

    @property
    def until(self) -> datetime:
        """The moment from which it is of no more use."""
        return start_of(self.step.until + timedelta(days=1))


def due(session: Session, now: datetime) -> list[Due]:
    """The reminders that are due and were not noted: at most `AT_ONCE`. One statement where no step of any circulation
    is said today, two where one is, none where nobody is at work."""
    day = today(now)
    current = _current(session, day)
    if not current:
        return []
    noted = [(*key, step.name, on.isoformat()) for key, (step, on) in current.items()]
    return _found(session.execute(_lines(day), {**_given(now, current), "noted": noted}), current)


def due_to(session: Session, person: str, now: datetime) -> list[Due]:
    """All that one person (a reference) is to be reminded of today, noted or not, by the order of the list."""
    day = today(now)
    current = _current(session, day)
    if not current:
        return []
    return _found(session.execute(_lines(day, to_one=True), {**_given(now, current), "person": person}), current)


def untold(session: Session, person: str, now: datetime) -> list[Due]:
    """The same less what some letter has told of already, or was to tell of and was given up."""
    found = due_to(session, person, now)
    keys = sa.select(Delivery.about, Delivery.role, Delivery.place).where(
        Delivery.kind == TO_ANSWER, Delivery.person == person, Delivery.next_try_at.is_(None)
    )
    about = Delivery.about.in_([one.asked for one in found])
    over = {tuple(row) for row in session.execute(keys.where(about))} if found else set()
    return [one for one in found if one.key not in over]


def _found(rows: sa.Result[Any], current: Current) -> list[Due]:
    """Each line once for each person, though she may hold several roles for it."""
    found: dict[tuple[int, str], Due] = {}
    for row in rows:
        step, on = current[row.circulation_id, row.school]
        one = Due(row.id, row.asked, row.person, row.address_id, step, on)
        found.setdefault((row.id, row.person), one)
    return list(found.values())


def _given(now: datetime, current: Current) -> dict[str, Any]:
    launches = sorted({launch for launch, _ in current})
    before = start_of(asked_by(today(now)) + timedelta(days=1))
    return {"said": list(current), "launches": launches, "asked_by": before, **unreached.moments(now)}


def _current(session: Session, day: date) -> Current:
    """The step that is said on a day, with the date it leads to: by circulation and whether it is for schools."""
    if not is_working_day(day):
        return {}
    found: Current = {}
    near = {"first": day - _BACK, "last": day + _AHEAD}
    for row in session.execute(_launches(), near):
        for school, days in ((0, ()), (1, closed(row.school_holidays))):
            step = step_on(day, row.on, today(row.set_at), row.answer_reminder_days, days)
            if step is not None:
                found[row.id, school] = step, row.on
    return found


@lru_cache(maxsize=1)
def _launches() -> sa.Select[Any]:
    """The circulations whose date to answer by is near, of packs that are current, for which recording is open."""
    first, last = (sa.bindparam(name, type_=AnswerBy.on.type) for name in ("first", "last"))
    return (
        sa.select(Circulation.id, AnswerBy.on, AnswerBy.set_at)
        .add_columns(Partnership.answer_reminder_days, Partnership.school_holidays)
        .join(AnswerBy, AnswerBy.circulation_id == Circulation.id)
        .join(Partnership, Partnership.id == Circulation.partnership_id)
        .join(Edition, Edition.id == Circulation.edition_id)
        .where(AnswerBy.on.between(first, last), _is_last(), ~is_closed(Circulation.id), is_current(Edition.pack_id))
        .order_by(Circulation.id)
    )


def _is_last() -> sa.ColumnElement[bool]:
    """Whether a row of `AnswerBy` is the date set last for its `Circulation`."""
    every = sa.select(sa.func.max(AnswerBy.id)).where(AnswerBy.circulation_id == Circulation.id)
    return AnswerBy.id == every.correlate(Circulation).scalar_subquery()


@lru_cache(maxsize=4)
def _lines(day: date, *, to_one: bool = False) -> sa.Select[Any]:
    """A row for each line and each person who is to be reminded of it. `said`: which circulations, and for schools or
    not; `asked_by`: whoever was asked or came before this moment; `noted`: the steps of which letters may be noted."""
    mine = sa.select(Person.id).where(Person.ref == sa.bindparam("person")).scalar_subquery()
    whom = [part.where(*_open_lines()) for part in (_of_teams(day), _of_wholes(day), _of_colleagues(day))]
    only = [part.where(part.selected_columns.person_id == mine) for part in whom] if to_one else whom
    to = sa.union_all(*only).subquery("whom")
    away = sa.exists().where(Leave.person_id == to.c.person_id, Leave.starts_on <= day, Leave.ends_on >= day)
    found = (
        sa.select(Asked.id, Asked.ref.label("asked"), Asked.circulation_id, _SCHOOL.label("school"))
        .add_columns(Person.ref.label("person"), to.c.address_id)
        .join(to, to.c.asked_id == Asked.id)
        .join(Person, Person.id == to.c.person_id)
        .where(~away)
        .order_by(Asked.id, Person.id, to.c.address_id)
    )
    if to_one:
        return found
    step = sa.tuple_(Asked.circulation_id, _SCHOOL, Delivery.role, Delivery.place)
    written = (Delivery.kind == TO_ANSWER, Delivery.about == Asked.ref, Delivery.person == Person.ref)
    noted = sa.exists().where(*written, step.in_(sa.bindparam("noted", expanding=True)))
    return found.where(~noted).limit(AT_ONCE)


def _open_lines() -> tuple[sa.ColumnElement[bool], ...]:
    """Lines of these circulations that nothing answers, asked since letters are owed at all."""
    stands = sa.exists().where(Outside.asked_id == Asked.id, Outside.shared)
    return (
        # The circulations once more, so that their index is used.
        Asked.circulation_id.in_(sa.bindparam("launches", expanding=True)),
        sa.tuple_(Asked.circulation_id, _SCHOOL).in_(sa.bindparam("said", expanding=True)),
        Asked.added_at < _asked_by(),
        Asked.added_at >= Partnership.letters_from,
        ~sa.exists().where(MinutesFor.asked_id == Asked.id).correlate(Asked),
        ~sa.exists().where(Reply.asked_id == Asked.id).correlate(Asked),
        ~stands.correlate(Asked),
        ~passed_on(),
    )


def _asked_by() -> sa.BindParameter[datetime]:
    return sa.bindparam("asked_by", type_=Asked.added_at.type)


def _asked(person_id: Any, address_id: Any) -> sa.Select[Any]:
    return (
        sa.select(Asked.id.label("asked_id"), person_id.label("person_id"), address_id.label("address_id"))
        .join(Circulation, Circulation.id == Asked.circulation_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .join(AnswerBy, _is_last())
    )


def _appointed(day: date) -> tuple[sa.ColumnElement[bool], ...]:
    """In dates, in the role in time, and not only since these days."""
    return in_dates(day), in_time(AnswerBy.on), Appointment.counts_from < _asked_by()


def _of_teams(day: date) -> sa.Select[Any]:
    """Who is to hold the discussion, where no colleague whom letters reach was named to write it up."""
    said = (OtherLeader.team_id == Asked.team_id, OtherLeader.by_id == Appointment.person_id, leaders.is_open())
    return (
        _asked(Appointment.person_id, Appointment.address_id)
        .join(AppointmentTeam, AppointmentTeam.team_id == Asked.team_id)
        .join(Appointment, Appointment.id == AppointmentTeam.appointment_id)
        .where(writes(day), *_appointed(day), ~colleagues.is_any_reached(opens(day)))
        .where(~sa.exists().where(*said).correlate(Asked, Appointment))
    )


def _of_wholes(day: date) -> sa.Select[Any]:
    """The leads of an organisation whose teams are not known, where no such colleague was named either."""
    return (
        _asked(Appointment.person_id, Appointment.address_id)
        .join(Appointment, Appointment.organisation_id == Asked.organisation_id)
        .where(Asked.team_id.is_(None), Appointment.role == Role.LEAD, reaches_line(Appointment.id))
        .where(*_appointed(day), ~colleagues.is_any_reached(opens(day)))
    )


def _of_colleagues(day: date) -> sa.Select[Any]:
    """Who was named to write it up, and not only in these days."""
    return (
        _asked(Colleague.person_id, Colleague.address_id)
        .join(Colleague, Colleague.asked_id == Asked.id)
        .where(Colleague.at < _asked_by(), colleagues.stands(opens(day)))
    )
