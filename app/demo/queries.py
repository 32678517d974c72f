"""Whom a visitor of the demonstration can be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.clock import today
from app.demo.models import Demonstration
from app.errors import NotFound
from app.organisations.models import Address, Appointment, Person
from app.organisations.queries import in_dates
from app.policy import Role

DOMAIN = "demonstration.gov.uk"
"""Of every address that the demonstration makes, and of no real one."""
SHOWN = {
    Role.OFFICER: 1,
    Role.REVIEWER: 1,
    Role.LEAD: 12,
    Role.DEPUTY: 1,
    Role.LEADER: 30,
    Role.MINUTES: 1,
    Role.ADMINISTRATOR: 1,
    Role.OPERATOR: 1,
}


def is_demonstration(session: Session) -> bool:
    """Whether the database is marked as a demonstration."""
    return session.get(Demonstration, 1) is not None


def roles(session: Session, now: datetime) -> dict[Role, Sequence[Person]]:
    """People to play, by role: a few of each, and every team leader of a small data set. Raises `NotFound` where the
    database is no demonstration."""
    if not is_demonstration(session):
        raise NotFound
    return {role: _holders(session, role, number, now) for role, number in SHOWN.items()}


def _holders(session: Session, role: Role, number: int, now: datetime) -> Sequence[Person]:
    held = (
        sa.select(Appointment)
        .where(Appointment.role == role, in_dates(today(now)))
        .where(Appointment.address.has(Address.email.endswith(f"@{DOMAIN}", autoescape=True)))
        .options(joinedload(Appointment.person))
        .order_by(Appointment.id)
        .limit(number)
    )
    return list({a.person_id: a.person for a in session.scalars(held)}.values())


def person(session: Session, ref: str) -> Person:
    """A person of a demonstration. Raises `NotFound`, also for anybody in a database that is none."""
    found = session.scalars(sa.select(Person).where(Person.ref == ref)).first()
    if found is None or not is_demonstration(session):
        raise NotFound
    if not any(address.email.endswith(f"@{DOMAIN}") for address in found.addresses):
        raise NotFound  # somebody whom the demonstration did not make, imported into it
    return found
