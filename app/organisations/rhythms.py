"""How often readers chose to get letters about minutes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import policy
from app.clock import today
from app.errors import NotFound
from app.organisations.hearing import Rhythm
from app.organisations.models import Appointment, AppointmentTeam, Organisation
from app.organisations.queries import in_dates
from app.policy import Actor


def appointments(session: Session, actor: Actor, now: datetime) -> Sequence[Appointment]:
    """By what the actor receives minutes today, by organisation. Raises `NotFound` for whoever receives none."""
    found = session.scalars(
        select(Appointment)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .where(policy.within(actor, "choose_letters", Appointment), in_dates(today(now)))
        .options(joinedload(Appointment.organisation), selectinload(Appointment.teams).joinedload(AppointmentTeam.team))
        .order_by(Organisation.name, Appointment.id)
    ).all()
    if not found:
        raise NotFound
    return found


def chosen(session: Session, appointment_ids: Collection[int]) -> Sequence[Rhythm]:
    """Every choice that was made for these appointments, the last first."""
    return session.scalars(
        select(Rhythm).where(Rhythm.appointment_id.in_(appointment_ids)).order_by(Rhythm.id.desc()).limit(100)
    ).all()
