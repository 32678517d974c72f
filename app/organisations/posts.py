"""Who begins and who stops leading a team. Whoever decides it has asked the policy: it is about what they decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import start_of, today
from app.organisations.models import Address, Appointment, AppointmentTeam, Team
from app.organisations.queries import REACHES_BACK, in_dates
from app.policy import Actor, Role
from app.trail.services import note

DAY = timedelta(days=1)


def counts_from(recorded_at: datetime, starts_on: date) -> datetime:
    """From when letters are owed to the holder of an appointment: some hours before it is recorded, or before its first
    day begins, whichever is later. What was sent just before may be kept only after the handover letter went, or by a
    clock that was set back: about what was sent in those hours she gets a letter each, and none falls in between."""
    return max(recorded_at, start_of(starts_on)) - REACHES_BACK


def begin_leading(session: Session, by: Actor, team: Team, address: Address, at: datetime) -> Appointment:
    """Appoint a person to lead a team from today, written to at this address; who leads it already is not appointed
    twice."""
    held = (
        select(Appointment)
        .join(AppointmentTeam, AppointmentTeam.appointment_id == Appointment.id)
        .where(AppointmentTeam.team_id == team.id, Appointment.role == Role.LEADER, in_dates(today(at)))
        .where(Appointment.person_id == address.person_id)
    )
    return session.scalars(held.limit(1)).first() or _appoint(
        session, by, address.person_id, address.id, [team.id], team, at
    )


def stop_leading(session: Session, by: Actor, held: Appointment, team: Team, at: datetime) -> None:
    """End that somebody leads a team: yesterday was the last day, so that it counts from the next request on. Other
    teams of the same appointment go on under a new one."""
    others = [narrowed.team_id for narrowed in held.teams if narrowed.team_id != team.id]
    held.ends_on = max(held.starts_on, today(at) - DAY)
    session.flush()
    where = {"organisation_id": team.organisation_id, "detail": {"team": team.ref}}
    note(session, by, "appointment ended", held.ref, now=at, **where)
    if others:
        _appoint(session, by, held.person_id, held.address_id, others, team, at)


def _appoint(
    session: Session, by: Actor, person_id: int, address_id: int, team_ids: list[int], team: Team, at: datetime
) -> Appointment:
    place = team.organisation_id
    made = Appointment(
        person_id=person_id,
        address_id=address_id,
        role=Role.LEADER,
        starts_on=today(at),
        counts_from=counts_from(at, today(at)),
        organisation_id=place,
        teams=[AppointmentTeam(team_id=key, organisation_id=place) for key in team_ids],
    )
    session.add(made)
    session.flush()
    note(session, by, "appointed", made.ref, now=at, organisation_id=place, detail={"role": Role.LEADER.value})
    return made
