"""Whose days away somebody may note, which are noted, and who is written to on those days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import policy
from app.clock import today
from app.errors import NotFound
from app.organisations.models import Appointment, Leave, Person
from app.organisations.queries import covering, held_to, in_dates
from app.policy import Actor, Role

HERE = (Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Cover:
    """An appointment by which somebody receives minutes, and who else there is: leads of all that it reaches (`leads`),
    deputies of any of it, and administrators."""

    held: Appointment
    leads: list[Appointment]
    deputies: list[Appointment]
    administrators: list[Appointment]


@dataclass(frozen=True)
class Away:
    """Somebody whose days away the actor may note: by which appointments, with who else is there; and what is noted of
    today and days to come, the soonest first."""

    person: Person
    covers: list[Cover]
    leave: list[Leave]

    @property
    def ref(self) -> str:
        """The appointment by which her page is known."""
        return self.covers[0].held.ref


def everybody(session: Session, actor: Actor, now: datetime) -> list[Away]:
    """Everybody whose days away the actor may note, herself first. Raises `NotFound` where there is nobody. Five
    statements."""
    found = held_to(session, policy.within(actor, "note_leave", Appointment), now)
    people = {held.person_id: held.person for held in found}
    beside = _beside(session, {held.organisation_id for held in found}, today(now))
    noted = _leave(session, people, today(now))
    return [
        Away(person, [_cover(held, beside) for held in found if held.person_id == key], noted.get(key, []))
        for key, person in sorted(people.items(), key=lambda one: (one[0] != actor.person, one[1].name, one[0]))
    ]


def of(session: Session, actor: Actor, appointment: str, now: datetime) -> Away:
    """One of them, by an appointment. Raises `NotFound`."""
    for one in everybody(session, actor, now):
        if appointment in {cover.held.ref for cover in one.covers}:
            return one
    raise NotFound


def leave(session: Session, actor: Actor, ref: str, now: datetime) -> tuple[Leave, Away]:
    """What is noted of one of them, called off or over as well. Raises `NotFound`."""
    found = session.scalar(select(Leave).where(Leave.ref == ref).options(joinedload(Leave.by)))
    for one in everybody(session, actor, now):
        if found is not None and one.person.id == found.person_id:
            return found, one
    raise NotFound


def _beside(session: Session, organisations: set[int | None], day: date) -> Sequence[Appointment]:
    """Who has to do with minutes in these organisations, longest in the role first."""
    return session.scalars(
        select(Appointment)
        .where(Appointment.organisation_id.in_(organisations), Appointment.role.in_(HERE), in_dates(day))
        .options(joinedload(Appointment.person), joinedload(Appointment.address), selectinload(Appointment.teams))
        .order_by(Appointment.starts_on, Appointment.id)
    ).all()


def _cover(held: Appointment, beside: Sequence[Appointment]) -> Cover:
    others = [one for one in beside if one.organisation_id == held.organisation_id and one.person_id != held.person_id]
    leads = [one for one in others if one.role is Role.LEAD and _reach(one, held) == {True}]
    deputies = [one for one in others if one.role is Role.DEPUTY and True in _reach(one, held)]
    return Cover(held, leads, deputies, [one for one in others if one.role is Role.ADMINISTRATOR])


def _reach(other: Appointment, held: Appointment) -> set[bool]:
    """Whether another appointment reaches what this one reaches: both answers where it reaches some of it."""
    if other.teams and not held.teams:
        return {True, False}
    return {bool(covering([other], narrowed.team_id)) for narrowed in held.teams} or {True}


def _leave(session: Session, people: Iterable[int], day: date) -> dict[int, list[Leave]]:
    found: dict[int, list[Leave]] = {}
    of_use = (Leave.person_id.in_(people), Leave.ends_on >= day, Leave.ends_on >= Leave.starts_on)
    wanted = select(Leave).where(*of_use).options(joinedload(Leave.by))
    for one in session.scalars(wanted.order_by(Leave.starts_on, Leave.id)):
        found.setdefault(one.person_id, []).append(one)
    return found
