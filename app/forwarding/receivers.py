"""Who receives minutes in an organisation: the leads and deputies of a day, and to which teams each is narrowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.organisations.models import ROLE_WORDS, Address, Appointment, AppointmentTeam, Leave, Person
from app.organisations.queries import in_dates, weekly
from app.policy import Role
from app.text import words_joined

LEADS = (Role.LEAD, Role.DEPUTY)


@dataclass
class Receiver:
    """Somebody's appointment: to the whole organisation where no team is named. `weekly`: instead of a letter for each
    set of minutes the holder chose to get one a week."""

    person_id: int
    name: str
    role: Role
    title: str
    email: str
    away: bool
    teams: set[int]
    person_ref: str
    ref: str
    counts_from: datetime
    weekly: bool = False

    def covers(self, team_ids: Iterable[int | None]) -> bool:
        """Whether it reaches one of these teams (None: the whole organisation)."""
        return not self.teams or bool(self.teams & set(team_ids))


def with_whom(held: Iterable[Receiver], team_id: int | None, recorder_id: int) -> tuple[str, bool]:
    """Whom a team's minutes are with, by name: the leads of the team; where none is there, the deputies as well, as for
    every letter. And whether they stand as recorded by a lead herself, with nobody else to receive them."""
    here, reading = [one for one in held if one.covers([team_id])], readers(held, team_id, recorder_id)
    is_lead = any(lead.person_id == recorder_id and lead.role is Role.LEAD for lead in here)
    names = list(dict.fromkeys(lead.name for lead in reading))
    return words_joined(names) if names else "", is_lead and not reading


def readers(held: Iterable[Receiver], team_id: int | None, recorder_id: int) -> list[Receiver]:
    """By which appointments a team's minutes are read."""
    others = [one for one in held if one.covers([team_id]) and one.person_id != recorder_id]
    leads = [lead for lead in others if lead.role is Role.LEAD]
    return leads if any(not lead.away for lead in leads) else [*leads, *(o for o in others if o not in leads)]


def receivers(
    session: Session, organisation_ids: Iterable[int], day: date, roles: Iterable[Role] = LEADS
) -> dict[int, list[Receiver]]:
    """Who holds these roles in these organisations on a day, longest in the role first. One statement."""
    rows = session.execute(_held(), {"places": list(organisation_ids), "roles": list(roles), "day": day})
    held: dict[int, Receiver] = {}
    found: defaultdict[int, list[Receiver]] = defaultdict(list)
    for row in rows:
        if row.id not in held:
            title = row.local_title or ROLE_WORDS[row.role]
            held[row.id] = Receiver(
                *(row.person_id, row.name, row.role, title, row.email, row.away, set()),
                *(row.person_ref, row.ref, row.counts_from, bool(row.by_week)),
            )
            found[row.organisation_id].append(held[row.id])
        held[row.id].teams.update({row.team_id} - {None})
    return found


@cache
def _held() -> sa.Select[Any]:
    """Who holds one of `roles` in `places` on a `day`: a row for each team of an appointment."""
    day: Any = sa.bindparam("day", type_=sa.Date)
    places: Any = sa.bindparam("places", expanding=True)
    roles: Any = sa.bindparam("roles", expanding=True)
    away = sa.exists().where(Leave.person_id == Appointment.person_id, Leave.starts_on <= day, Leave.ends_on >= day)
    return (
        sa.select(Appointment.id, Appointment.organisation_id, Appointment.person_id, Appointment.role)
        .add_columns(Appointment.local_title, Person.name, Address.email, AppointmentTeam.team_id, away.label("away"))
        .add_columns(Person.ref.label("person_ref"), Appointment.ref, Appointment.counts_from)
        .add_columns(weekly(Appointment.id).label("by_week"))
        .join(Person, Person.id == Appointment.person_id)
        .join(Address, Address.id == Appointment.address_id)
        .outerjoin(AppointmentTeam, AppointmentTeam.appointment_id == Appointment.id)
        .where(Appointment.organisation_id.in_(places), Appointment.role.in_(roles), in_dates(day))
        .order_by(Appointment.starts_on, Appointment.id)
    )
