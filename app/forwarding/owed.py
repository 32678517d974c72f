"""Which letters about minutes are owed: queries over what the data says, less what has a `Delivery`.

A sender asks every second. So each query begins at what happened in the last days, by an index on its time, and costs
by how much was done of late, not by how much was ever recorded; and it is put together once a day, which takes longer
than its answer. A lead is owed a letter for minutes sent while she held the role, or in the hours before she came; of
what is older she is owed one handover letter, not one for each, and so is whoever wants a letter for each again after a
time of one a week (`weekly`). A deputy is written to where no lead is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.circulation.models import Asked
from app.clock import today
from app.discussions.models import Minutes, MinutesFor
from app.forwarding.models import Acknowledgement, Answer, How, Question, Share
from app.forwarding.queries import OF_USE, nobody_has
from app.organisations.hearing import Rhythm
from app.organisations.models import Appointment, AppointmentTeam, Leave, Partnership, Person
from app.organisations.queries import in_dates, reaches, weekly
from app.policy import Role
from app.post.models import Delivery, Owed, State
from app.post.told import Telling, ToldOf

AT_ONCE = 500
RECEIVES = (Role.LEAD, Role.DEPUTY)
_NOW = sa.bindparam("now", type_=Minutes.sent_at.type)
_OF_LATE = sa.bindparam("of_late", type_=Minutes.sent_at.type), _NOW


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Letters owed about minutes that have no `Delivery`, oldest first, at most some hundreds of each kind. Six
    statements."""
    moments = {"now": now, "of_late": now - OF_USE}
    for kind, role, urgency, statement in (
        ("minutes", "lead", 2, _minutes),
        ("handover", "lead", 2, _handovers),
        ("question", "", 3, _questions),
        ("answered", "", 3, _answers),
        ("heard", "", 5, _heard),
    ):
        for about, person, at in session.execute(statement(today(now)), moments):
            yield Owed(kind=kind, about=about, person=person, role=role, urgency=urgency, since=at, until=at + OF_USE)
    for about, place, person, at in session.execute(_for_each_again(today(now)), moments):
        key = {"kind": "handover", "about": about, "role": "lead", "place": place, "person": person}
        yield Owed(**key, urgency=2, since=at, until=at + OF_USE)


@lru_cache(maxsize=2)
def _minutes(day: date) -> sa.Select[str, str, datetime]:
    """To the leads who held the role when the minutes were sent, and still do. Not by an appointment for which one
    letter a week was chosen, or was until some time after the sending: then `_for_each_again` tells of them."""
    again = sa.exists().where(Rhythm.appointment_id == Appointment.id, ~Rhythm.weekly, Rhythm.at > Minutes.sent_at)
    return (
        sa.select(Minutes.ref, Person.ref, Minutes.sent_at)
        .distinct()
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .join(Appointment, Appointment.organisation_id == Minutes.organisation_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Minutes.sent_at.between(*_OF_LATE),
            Minutes.sent_at >= Partnership.letters_from,
            Minutes.newest,
            nobody_has(),
            Appointment.role.in_(RECEIVES),
            Appointment.counts_from <= Minutes.sent_at,
            Appointment.person_id != Minutes.recorded_by_id,
            in_dates(day),
            reaches(Appointment.id, Asked.team_id),
            sa.or_(Appointment.role == Role.LEAD, ~_a_lead(day)),
            ~weekly(Appointment.id),
            ~again.correlate_except(Rhythm),
            unless_written("minutes", Minutes.ref),
        )
        .order_by(Minutes.sent_at, Minutes.ref, Person.ref)
        .limit(AT_ONCE)
    )


@lru_cache(maxsize=2)
def _handovers(day: date) -> sa.Select[str, str, datetime]:
    """To whoever came to the role after minutes were sent that still nobody has: one letter about all of them. To a
    deputy on a day when no lead is there, as for every letter."""
    return (
        sa.select(Appointment.ref, Person.ref, Appointment.counts_from)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Appointment.counts_from.between(*_OF_LATE),
            Appointment.role.in_(RECEIVES),
            in_dates(day),
            _untold(day, Minutes.sent_at < Appointment.counts_from),
            unless_written("handover", Appointment.ref),
        )
        .order_by(Appointment.counts_from, Appointment.id)
        .limit(AT_ONCE)
    )


@lru_cache(maxsize=2)
def _for_each_again(day: date) -> sa.Select[str, str, str, datetime]:
    """To whoever chose a letter for each set again, and has had none about some that came before that and still nobody
    has: one letter about all of them."""
    return (
        sa.select(Appointment.ref, Rhythm.ref, Person.ref, Rhythm.at)
        .join(Appointment, Appointment.id == Rhythm.appointment_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Rhythm.at.between(*_OF_LATE),
            ~Rhythm.weekly,
            last_chosen(),
            Appointment.role.in_(RECEIVES),
            in_dates(day),
            _untold(day, Minutes.sent_at.between(Appointment.counts_from, Rhythm.at)),
            unless_written("handover", Appointment.ref, place=Rhythm.ref),
        )
        .order_by(Rhythm.at, Rhythm.id)
        .limit(AT_ONCE)
    )


def last_chosen() -> sa.ColumnElement[bool]:
    """Whether no later choice was made for the appointment of a row of `Rhythm`."""
    later = aliased(Rhythm)
    newer = sa.exists().where(later.appointment_id == Rhythm.appointment_id, later.id > Rhythm.id)
    return ~newer.correlate_except(later)


def to_read(day: date, *only: sa.ColumnElement[bool]) -> tuple[Any, ...]:
    """That minutes which nobody has are there for an `Appointment` to read, of those for which `only` is so. A deputy
    has some to read where there is no lead who is not away."""
    return (
        Minutes.organisation_id == Appointment.organisation_id,
        *only,
        Minutes.sent_at >= Partnership.letters_from,
        Minutes.recorded_by_id != Appointment.person_id,
        Minutes.newest,
        nobody_has(),
        MinutesFor.minutes_id == Minutes.id,
        Asked.id == MinutesFor.asked_id,
        Partnership.id == Asked.partnership_id,
        reaches(Appointment.id, Asked.team_id),
        sa.or_(Appointment.role == Role.LEAD, ~_a_lead(day)),
    )


def _untold(day: date, *only: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether there are minutes to read, of those for which `only` is so, of which the `Person` has had no letter."""
    untold = _unless_told(Delivery.state != State.SUPERSEDED)
    return sa.exists().where(*to_read(day, *only, untold)).correlate(Appointment, Person, Rhythm)


def unread(session: Session, held: Appointment, before: datetime, letter: int = 0) -> Sequence[str]:
    """What a handover letter, by its key, is about: references of what was sent before a moment, the holder of an
    appointment is to read and nobody has, oldest first. Not what another letter that may have gone told her of."""
    covers = sa.exists().where(
        MinutesFor.minutes_id == Minutes.id, Asked.id == MinutesFor.asked_id, reaches(held.id, Asked.team_id)
    )
    return session.scalars(
        sa.select(Minutes.ref)
        .join(Person, Person.id == held.person_id)
        .where(
            Minutes.organisation_id == held.organisation_id,
            Minutes.recorded_by_id != held.person_id,
            Minutes.sent_at < before,
            Minutes.newest,
            nobody_has(),
            covers.correlate(Minutes),
            _unless_told(Delivery.state.not_in((State.SUPERSEDED, State.FAILED)), Delivery.id != letter),
        )
        .order_by(Minutes.id)
    ).all()


@lru_cache(maxsize=2)
def _questions(day: date) -> sa.Select[str, str, datetime]:
    """To the recorder and to whoever leads one of the teams, for each question."""
    recorder = sa.select(Question.id, Minutes.recorded_by_id.label("to_id")).join(
        Minutes, Minutes.id == Question.minutes_id
    )
    leaders = (
        sa.select(Question.id, Appointment.person_id)
        .join(MinutesFor, MinutesFor.minutes_id == Question.minutes_id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(AppointmentTeam, AppointmentTeam.team_id == Asked.team_id)
        .join(Appointment, Appointment.id == AppointmentTeam.appointment_id)
        .where(Appointment.role == Role.LEADER, in_dates(day))
    )
    of_late = Question.at.between(*_OF_LATE)
    to = sa.union(recorder.where(of_late), leaders.where(of_late)).subquery()
    return (
        sa.select(Question.ref, Person.ref, Question.at)
        .join(to, to.c.id == Question.id)
        .join(Person, Person.id == to.c.to_id)
        .where(
            Person.id != Question.by_id,
            _owed_from(Question.minutes_id, Question.at),
            unless_written("question", Question.ref),
        )
        .order_by(Question.at, Question.id, Person.id)
        .limit(AT_ONCE)
    )


@lru_cache(maxsize=2)
def _answers(_day: date) -> sa.Select[str, str, datetime]:
    """To whoever asked, for each answer of the team."""
    return (
        sa.select(Answer.ref, Person.ref, Answer.at)
        .join(Question, Question.id == Answer.question_id)
        .join(Person, Person.id == Question.by_id)
        .where(
            Answer.at.between(*_OF_LATE),
            Person.id != Answer.by_id,
            _owed_from(Question.minutes_id, Answer.at),
            unless_written("answered", Answer.ref),
        )
        .order_by(Answer.at, Answer.id)
        .limit(AT_ONCE)
    )


@lru_cache(maxsize=2)
def _heard(_day: date) -> sa.Select[str, str, datetime]:
    """To the recorder, once: somebody has the minutes, or shared their answers. Not what went by a decision taken
    beforehand: of that the team was told before it sent, and nobody has read the minutes by then."""
    deeds = sa.union_all(
        sa.select(Acknowledgement.minutes_id, Acknowledgement.person_id.label("by_id"), Acknowledgement.at).where(
            Acknowledgement.at.between(*_OF_LATE), Acknowledgement.how == How.HERE
        ),
        sa.select(Share.minutes_id, Share.by_id, Share.at).where(Share.at.between(*_OF_LATE), Share.under_id.is_(None)),
    ).subquery()
    first = sa.func.min(deeds.c.at, type_=Minutes.sent_at.type)
    return (
        sa.select(Minutes.ref, Person.ref, first)
        .join(deeds, deeds.c.minutes_id == Minutes.id)
        .join(Person, Person.id == Minutes.recorded_by_id)
        .where(
            deeds.c.by_id != Minutes.recorded_by_id,
            _owed_from(Minutes.id, deeds.c.at),
            unless_written("heard", Minutes.ref),
        )
        .group_by(Minutes.id, Minutes.ref, Person.ref)
        .order_by(first, Minutes.id)
        .limit(AT_ONCE)
    )


def unless_written(kind: str, about: Any, *more: sa.ColumnElement[bool], place: Any = "") -> sa.ColumnElement[bool]:
    """Unless this letter to this `Person` has been noted."""
    key = (Delivery.kind == kind, Delivery.about == about, Delivery.place == place, Delivery.person == Person.ref)
    return ~sa.exists().where(*key, *more).correlate_except(Delivery)


def _unless_told(*only: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Unless a letter to this `Person`, of those for which `only` is so, was about `Minutes` or handed them over."""
    told = (ToldOf.about == Minutes.ref, Telling.id == ToldOf.telling_id, Delivery.id == Telling.delivery_id)
    handed_over = sa.exists().where(*told, Delivery.kind == "handover", Delivery.person == Person.ref, *only)
    return unless_written("minutes", Minutes.ref, *only) & ~handed_over.correlate_except(ToldOf, Telling, Delivery)


def _owed_from(minutes_id: Any, at: Any) -> sa.ColumnElement[bool]:
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


def _a_lead(day: date) -> sa.ColumnElement[bool]:
    """Whether what was asked has a lead who is not away that day, and who did not record the minutes herself."""
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
            reaches(lead.id, Asked.team_id),
            ~absent.correlate_except(away),
        )
        .correlate_except(lead)
    )
