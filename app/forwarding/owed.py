"""Which letters about minutes are owed: queries over what the data says, less what has a `Delivery`.

Each begins at what happened in the last days, by an index on its time, because the sender asks every second: what it
costs follows from how much was done of late, never from how much was ever recorded. A lead is owed a letter for minutes
sent while she held the role; whoever comes later is owed one handover letter, not one for each. A deputy is written to
where no lead is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.circulation.models import Asked
from app.clock import today
from app.discussions.models import Minutes, MinutesFor
from app.forwarding.models import Acknowledgement, Question, Share
from app.forwarding.queries import OF_USE, nobody_has
from app.organisations.models import Appointment, AppointmentTeam, Leave, Partnership, Person
from app.organisations.queries import in_dates
from app.policy import Role
from app.post.models import Delivery, Owed

AT_ONCE = 500
RECEIVES = (Role.LEAD, Role.DEPUTY)


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Letters owed about minutes that have no `Delivery`, oldest first, at most some hundreds of each kind."""
    yield from _minutes(session, now)
    yield from _handovers(session, now)
    yield from _heard(session, now)
    yield from _questions(session, now)


def _minutes(session: Session, now: datetime) -> Iterable[Owed]:
    """To the leads who held the role when the minutes were sent, and still do."""
    found = (
        sa.select(Minutes.id, Minutes.ref, Minutes.sent_at, Person.id, Person.ref.label("person"))
        .distinct()
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .join(Appointment, Appointment.organisation_id == Minutes.organisation_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Minutes.sent_at > now - OF_USE,
            Minutes.sent_at >= Partnership.letters_from,
            Minutes.newest,
            nobody_has(),
            Appointment.role.in_(RECEIVES),
            Appointment.counts_from <= Minutes.sent_at,
            Appointment.person_id != Minutes.recorded_by_id,
            in_dates(today(now)),
            _reaches(Appointment.id),
            sa.or_(Appointment.role == Role.LEAD, ~_a_lead(today(now), here=True)),
            _unless_written("minutes", Minutes.ref, Person.ref),
        )
        .order_by(Minutes.id, Person.id)
        .limit(AT_ONCE)
    )
    for row in session.execute(found):
        until = row.sent_at + OF_USE
        yield Owed(
            kind="minutes", about=row.ref, person=row.person, role="lead", urgency=2, since=row.sent_at, until=until
        )


def _handovers(session: Session, now: datetime) -> Iterable[Owed]:
    """To whoever came to the role after minutes were sent that still nobody has: one letter about all of them. To a
    deputy only where there is no lead at all."""
    waiting = (
        sa.exists()
        .where(
            Minutes.organisation_id == Appointment.organisation_id,
            Minutes.sent_at < Appointment.counts_from,
            Minutes.sent_at >= Partnership.letters_from,
            Minutes.recorded_by_id != Appointment.person_id,
            Minutes.newest,
            nobody_has(),
            MinutesFor.minutes_id == Minutes.id,
            Asked.id == MinutesFor.asked_id,
            Partnership.id == Asked.partnership_id,
            _reaches(Appointment.id),
            sa.or_(Appointment.role == Role.LEAD, ~_a_lead(today(now), here=False)),
            _unless_written("minutes", Minutes.ref, Person.ref),
        )
        .correlate(Appointment, Person)
    )
    found = (
        sa.select(Appointment.ref, Appointment.counts_from, Person.ref.label("person"))
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.role.in_(RECEIVES),
            Appointment.counts_from > now - OF_USE,
            Appointment.counts_from <= now,
            in_dates(today(now)),
            waiting,
            _unless_written("handover", Appointment.ref, Person.ref),
        )
        .order_by(Appointment.counts_from, Appointment.id)
        .limit(AT_ONCE)
    )
    for row in session.execute(found):
        until = row.counts_from + OF_USE
        yield Owed(
            kind="handover",
            about=row.ref,
            person=row.person,
            role="lead",
            urgency=2,
            since=row.counts_from,
            until=until,
        )


def unread(session: Session, held: Appointment) -> Sequence[Minutes]:
    """What a handover letter is about: what the holder of an appointment is to read and nobody has, oldest first."""
    covers = sa.exists().where(MinutesFor.minutes_id == Minutes.id, Asked.id == MinutesFor.asked_id, _reaches(held.id))
    return session.scalars(
        sa.select(Minutes)
        .where(
            Minutes.organisation_id == held.organisation_id,
            Minutes.recorded_by_id != held.person_id,
            Minutes.newest,
            nobody_has(),
            covers.correlate(Minutes),
        )
        .order_by(Minutes.id)
    ).all()


def _heard(session: Session, now: datetime) -> Iterable[Owed]:
    """To the recorder, once: somebody has the minutes, or shared their answers."""
    deeds = sa.union_all(
        _since(now, Acknowledgement.at, Acknowledgement.minutes_id, Acknowledgement.person_id),
        _since(now, Share.at, Share.minutes_id, Share.by_id),
    ).subquery()
    first = sa.func.min(deeds.c.at, type_=Minutes.sent_at.type)
    found = (
        sa.select(Minutes.ref, first.label("since"), Person.ref.label("person"))
        .join(deeds, deeds.c.minutes_id == Minutes.id)
        .join(Person, Person.id == Minutes.recorded_by_id)
        .where(
            deeds.c.by_id != Minutes.recorded_by_id,
            _owed_from(Minutes.id, deeds.c.at),
            _unless_written("heard", Minutes.ref, Person.ref),
        )
        .group_by(Minutes.id, Minutes.ref, Person.ref)
        .order_by(Minutes.id)
        .limit(AT_ONCE)
    )
    for row in session.execute(found):
        yield Owed(kind="heard", about=row.ref, person=row.person, urgency=5, since=row.since, until=row.since + OF_USE)


def _since(now: datetime, at: Any, minutes_id: Any, by_id: Any) -> sa.Select[Any]:
    return sa.select(minutes_id.label("minutes_id"), by_id.label("by_id"), at.label("at")).where(at > now - OF_USE)


def _questions(session: Session, now: datetime) -> Iterable[Owed]:
    """To the recorder and to whoever leads one of the teams, for each question."""
    asked = sa.select(Question.id, Minutes.recorded_by_id.label("to_id")).join(
        Minutes, Minutes.id == Question.minutes_id
    )
    leaders = (
        sa.select(Question.id, Appointment.person_id)
        .join(MinutesFor, MinutesFor.minutes_id == Question.minutes_id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(AppointmentTeam, AppointmentTeam.team_id == Asked.team_id)
        .join(Appointment, Appointment.id == AppointmentTeam.appointment_id)
        .where(Appointment.role == Role.LEADER, in_dates(today(now)))
    )
    recent = Question.at > now - OF_USE
    to = sa.union(asked.where(recent), leaders.where(recent)).subquery()
    found = (
        sa.select(Question.ref, Question.at, Person.ref.label("person"))
        .join(to, to.c.id == Question.id)
        .join(Person, Person.id == to.c.to_id)
        .where(
            Person.id != Question.by_id,
            _owed_from(Question.minutes_id, Question.at),
            _unless_written("question", Question.ref, Person.ref),
        )
        .order_by(Question.id, Person.id)
        .limit(AT_ONCE)
    )
    for row in session.execute(found):
        yield Owed(kind="question", about=row.ref, person=row.person, urgency=3, since=row.at, until=row.at + OF_USE)


def _unless_written(kind: str, about: sa.ColumnElement[str], person: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    written = sa.exists().where(Delivery.kind == kind, Delivery.about == about, Delivery.person == person)
    return ~written.correlate_except(Delivery)


def _owed_from(minutes_id: sa.ColumnElement[int], at: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Whether a partnership that asked for the minutes owed letters by then."""
    return (
        sa.exists()
        .where(
            MinutesFor.minutes_id == minutes_id,
            Asked.id == MinutesFor.asked_id,
            Partnership.id == Asked.partnership_id,
            Partnership.letters_from <= at,
        )
        .correlate_except(MinutesFor, Asked, Partnership)
    )


def _reaches(appointment_id: Any) -> sa.ColumnElement[bool]:
    """Whether a lead's or deputy's appointment reaches what was asked: the whole organisation, or its team by name."""
    any_, this = aliased(AppointmentTeam), aliased(AppointmentTeam)
    narrowed = sa.exists().where(any_.appointment_id == appointment_id)
    named = sa.exists().where(this.appointment_id == appointment_id, this.team_id == Asked.team_id)
    return sa.or_(~narrowed.correlate_except(any_), named.correlate_except(this))


def _a_lead(day: date, *, here: bool) -> sa.ColumnElement[bool]:
    """Whether what was asked has a lead who did not record the minutes herself; `here`: who is not away that day."""
    lead, away = aliased(Appointment), aliased(Leave)
    absent = sa.exists().where(away.person_id == lead.person_id, away.starts_on <= day, away.ends_on >= day)
    return (
        sa.exists()
        .where(
            lead.organisation_id == Asked.organisation_id,
            lead.role == Role.LEAD,
            lead.person_id != Minutes.recorded_by_id,
            lead.starts_on <= day,
            sa.or_(lead.ends_on.is_(None), lead.ends_on >= day),
            _reaches(lead.id),
            *([~absent.correlate_except(away)] if here else []),
        )
        .correlate_except(lead)
    )
