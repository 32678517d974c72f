"""Which letters about minutes are owed: queries over what the data says, less what has a `Delivery`.

A lead is owed a letter for minutes sent while she held the role. Whoever is appointed later is owed one handover letter
about all that nobody has acknowledged, not one for each. A deputy is written to where every lead is away or there is
none. The team is owed one letter when its minutes were first acknowledged or shared, and one for each question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app import clock
from app.circulation.models import Asked
from app.discussions.models import Minutes, MinutesFor
from app.forwarding.models import Acknowledgement, Question, Share
from app.organisations.models import Appointment, AppointmentTeam, Leave, Partnership, Person
from app.organisations.queries import in_dates
from app.policy import Role
from app.post.models import Delivery, Owed

OF_USE = timedelta(days=30)
AT_ONCE = 500


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Letters owed about minutes that have no `Delivery`, oldest first, at most some hundreds of each kind."""
    yield from _owed_minutes(session, now)
    yield from _owed_handovers(session, now)
    yield from _owed_answers(session, now)
    yield from _owed_questions(session, now)


def _unless_written(kind: str, about: sa.ColumnElement[str], person: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(Delivery.kind == kind, Delivery.about == about, Delivery.person == person)


def _covers(held: type[Appointment]) -> sa.ColumnElement[bool]:
    """Whether an appointment covers minutes: the whole organisation, or one of the teams that they are for."""
    narrowed = sa.exists().where(AppointmentTeam.appointment_id == held.id)
    same_team = sa.exists().where(
        AppointmentTeam.appointment_id == held.id,
        AppointmentTeam.team_id == Asked.team_id,
        Asked.id == MinutesFor.asked_id,
        MinutesFor.minutes_id == Minutes.id,
    )
    return (held.organisation_id == Minutes.organisation_id) & (~narrowed | same_team)


def _nobody_has() -> sa.ColumnElement[bool]:
    return ~sa.exists().where(Acknowledgement.minutes_id == Minutes.id)


def _letters_from() -> sa.ScalarSelect[datetime]:
    """From when the partnership that asked for the minutes owes letters."""
    return (
        sa.select(sa.func.min(Partnership.letters_from))
        .join(Asked, Asked.partnership_id == Partnership.id)
        .join(MinutesFor, MinutesFor.asked_id == Asked.id)
        .where(MinutesFor.minutes_id == Minutes.id)
        .correlate(Minutes)
        .scalar_subquery()
    )


def _owed_minutes(session: Session, now: datetime) -> Iterable[Owed]:
    rows = session.execute(
        sa.select(Minutes.ref, Minutes.sent_at, Person.ref.label("person"))
        .select_from(Minutes)
        .join(Appointment, _covers(Appointment))
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Minutes.sent_at > now - OF_USE,
            Minutes.sent_at >= _letters_from(),
            Minutes.newest,
            _nobody_has(),
            Appointment.counts_from <= Minutes.sent_at,
            Appointment.person_id != Minutes.recorded_by_id,
            in_dates(clock.today(now)),
            _is_written_to(clock.today(now)),
            _unless_written("minutes", Minutes.ref, Person.ref),
        )
        .order_by(Minutes.id, Appointment.id)
        .limit(AT_ONCE)
    )
    for row in rows:
        until = row.sent_at + OF_USE
        yield Owed(
            kind="minutes", about=row.ref, person=row.person, role="lead", urgency=2, since=row.sent_at, until=until
        )


def _is_written_to(day: date) -> sa.ColumnElement[bool]:
    """A lead is; a deputy is where no lead of the organisation that covers the minutes is there today."""
    lead = aliased(Appointment)
    there = sa.exists().where(
        lead.role == Role.LEAD,
        lead.person_id != Minutes.recorded_by_id,
        lead.starts_on <= day,
        sa.or_(lead.ends_on.is_(None), lead.ends_on >= day),
        ~sa.exists().where(Leave.person_id == lead.person_id, Leave.starts_on <= day, Leave.ends_on >= day),
        _covers(lead),
    )
    return sa.or_(Appointment.role == Role.LEAD, sa.and_(Appointment.role == Role.DEPUTY, ~there))


def _owed_handovers(session: Session, now: datetime) -> Iterable[Owed]:
    waiting = sa.exists().where(
        Minutes.organisation_id == Appointment.organisation_id,
        Minutes.sent_at < Appointment.counts_from,
        Minutes.recorded_by_id != Appointment.person_id,
        Minutes.newest,
        _nobody_has(),
        _covers(Appointment),
    )
    rows = session.execute(
        sa.select(Appointment.ref, Appointment.counts_from, Person.ref.label("person"))
        .select_from(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.role == Role.LEAD,
            Appointment.counts_from > now - OF_USE,
            Appointment.counts_from <= now,
            in_dates(clock.today(now)),
            waiting,
            _unless_written("handover", Appointment.ref, Person.ref),
        )
        .order_by(Appointment.id)
        .limit(AT_ONCE)
    )
    for row in rows:
        yield Owed(kind="handover", about=row.ref, person=row.person, role="lead", urgency=2, since=row.counts_from)


def unread(session: Session, held: Appointment) -> Sequence[Minutes]:
    """What a handover letter is about: what the holder of an appointment is to read and nobody has acknowledged."""
    return session.scalars(
        sa.select(Minutes)
        .select_from(Minutes)
        .join(Appointment, _covers(Appointment))
        .where(Appointment.id == held.id, Minutes.recorded_by_id != held.person_id, Minutes.newest, _nobody_has())
        .order_by(Minutes.id)
    ).all()


def _owed_answers(session: Session, now: datetime) -> Iterable[Owed]:
    """To the recorder, once: somebody has the minutes, or shared their answers."""
    said = sa.select(sa.func.min(Acknowledgement.at)).where(
        Acknowledgement.minutes_id == Minutes.id, Acknowledgement.person_id != Minutes.recorded_by_id
    )
    given = sa.select(sa.func.min(Share.at)).where(
        Share.minutes_id == Minutes.id, Share.by_id != Minutes.recorded_by_id
    )
    first = sa.func.coalesce(said.scalar_subquery(), given.scalar_subquery(), type_=Minutes.sent_at.type)
    rows = session.execute(
        sa.select(Minutes.ref, first.label("since"), Person.ref.label("person"))
        .select_from(Minutes)
        .join(Person, Person.id == Minutes.recorded_by_id)
        .where(
            first > now - OF_USE,
            first >= _letters_from(),
            _unless_written("heard", Minutes.ref, Person.ref),
        )
        .order_by(Minutes.id)
        .limit(AT_ONCE)
    )
    for row in rows:
        yield Owed(kind="heard", about=row.ref, person=row.person, urgency=5, since=row.since, until=row.since + OF_USE)


def _owed_questions(session: Session, now: datetime) -> Iterable[Owed]:
    """To the recorder and to whoever leads one of the teams, for each question."""
    leads_team = sa.exists().where(
        Appointment.person_id == Person.id,
        Appointment.role == Role.LEADER,
        in_dates(clock.today(now)),
        _covers(Appointment),
    )
    rows = session.execute(
        sa.select(Question.ref, Question.at, Person.ref.label("person"))
        .select_from(Question)
        .join(Minutes, Minutes.id == Question.minutes_id)
        .join(Person, sa.or_(Person.id == Minutes.recorded_by_id, leads_team))
        .where(
            Question.at > now - OF_USE,
            Question.at >= _letters_from(),
            Person.id != Question.by_id,
            _unless_written("question", Question.ref, Person.ref),
        )
        .order_by(Question.id, Person.id)
        .limit(AT_ONCE)
    )
    for row in rows:
        yield Owed(kind="question", about=row.ref, person=row.person, urgency=3, since=row.at, until=row.at + OF_USE)
