"""Organisations in which somebody is missing: nobody is known there, no safeguarding lead reads what its teams send, or
a team has no leader. Teams that went over into another are not looked at, nor those that nobody has confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app import policy
from app.clock import today
from app.errors import NotFound
from app.organisations.models import Appointment, Organisation, Team, TeamSuccession
from app.organisations.queries import in_dates, reaches
from app.policy import Actor, Role

AT_ONCE, NAMED = 20, 12
NAMES_LEADERS = (Role.LEAD, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Place:
    """An organisation in which somebody is missing. `unled` are its teams without a leader, and `unread` those of which
    no lead reads what they send, by name; `no_lead`: it has none at all. `asks` are those there who can name a leader
    (`names`: the actor herself can)."""

    organisation: Organisation
    nobody: bool
    no_lead: bool
    unread: tuple[Team, ...]
    unled: tuple[Team, ...]
    asks: tuple[Appointment, ...]
    names: bool

    @property
    def shown(self) -> tuple[Team, ...]:
        """The first of the teams without a leader."""
        return self.unled[:NAMED]


@dataclass
class Places:
    """A page of organisations; the next begins after `more`, which is empty on the last."""

    lines: list[Place] = field(default_factory=list)
    more: str = ""


def missing(session: Session, actor: Actor, now: datetime, *, after: str = "") -> Places:
    """A page of the organisations that the actor looks after in which somebody is missing, by name. Raises `NotFound`
    where there is none of the reference `after`. Five statements at most."""
    ours = policy.within(actor, "mend", Organisation)
    found = sa.select(Organisation).where(ours, amiss(today(now)))
    if after:
        last = sa.select(Organisation.name, Organisation.id).where(Organisation.ref == after, ours)
        key = session.execute(last).first()
        if key is None:
            raise NotFound
        found = found.where(sa.tuple_(Organisation.name, Organisation.id) > sa.tuple_(*key))
    rows = session.scalars(found.order_by(Organisation.name, Organisation.id).limit(AT_ONCE + 1)).all()
    shown = _told(session, actor, rows[:AT_ONCE], today(now))
    return Places(shown, shown[-1].organisation.ref if len(rows) > AT_ONCE else "")


def amiss(day: date) -> sa.ColumnElement[bool]:
    """Whether somebody is missing in a row of `Organisation`."""
    here = (Team.organisation_id == Organisation.id, stands(day))
    team = sa.exists().where(*here).correlate(Organisation)
    unled = sa.exists().where(*here, ~_held(Role.LEADER, day, Team.id)).correlate(Organisation)
    unread = sa.exists().where(*here, ~_held(Role.LEAD, day, Team.id)).correlate(Organisation)
    return sa.or_(unled, unread, sa.and_(~team, ~_held(Role.LEAD, day, sa.null())))


def stands(day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `Team` is its organisation's own and has not gone over into another."""
    ended = sa.exists().where(TeamSuccession.from_team_id == Team.id, TeamSuccession.on <= day)
    return sa.and_(Team.confirmed, ~ended.correlate(Team))


def _held(role: Role, day: date, team_id: Any) -> sa.ColumnElement[bool]:
    """Whether somebody of the row of `Organisation` holds a role that reaches a team, or without one the whole."""
    held = aliased(Appointment)
    current = (held.starts_on <= day, sa.or_(held.ends_on.is_(None), held.ends_on >= day))
    there = (held.organisation_id == Organisation.id, held.role == role, *current)
    return sa.exists().where(*there, reaches(held.id, team_id)).correlate_except(held)


def _told(session: Session, actor: Actor, places: Sequence[Organisation], day: date) -> list[Place]:
    keys = [place.id for place in places]
    teams, held = defaultdict[int, list[Team]](list), defaultdict[int, list[Appointment]](list)
    if keys:
        for team in session.scalars(_teams(keys, day)):
            teams[team.organisation_id].append(team)
        for appointment in session.scalars(_appointments(keys, day)):
            held[appointment.organisation_id or 0].append(appointment)
    return [_place(actor, place, teams[place.id], held[place.id]) for place in places]


def _teams(keys: list[int], day: date) -> sa.Select[Team]:
    return sa.select(Team).where(Team.organisation_id.in_(keys), stands(day)).order_by(Team.name, Team.id)


def _appointments(keys: list[int], day: date) -> sa.Select[Appointment]:
    found = sa.select(Appointment).where(Appointment.organisation_id.in_(keys), in_dates(day))
    loaded = (joinedload(Appointment.person), joinedload(Appointment.address), selectinload(Appointment.teams))
    return found.options(*loaded).order_by(Appointment.role, Appointment.starts_on, Appointment.id)


def _place(actor: Actor, place: Organisation, teams: list[Team], held: list[Appointment]) -> Place:
    leads = [one for one in held if one.role is Role.LEAD]
    settles = {one.person_id: one for one in held if one.role in NAMES_LEADERS and not one.teams}
    return Place(
        organisation=place,
        nobody=not held,
        no_lead=not leads,
        unread=_without(teams, leads) if leads else (),
        unled=_without(teams, [one for one in held if one.role is Role.LEADER]),
        asks=tuple(settles.values()),
        names=policy.allows(actor, "add_team", place),  # who may add a team may name who leads one
    )


def _without(teams: list[Team], held: Iterable[Appointment]) -> tuple[Team, ...]:
    """The teams that none of these appointments reaches."""
    narrowed = [{one.team_id for one in appointment.teams} for appointment in held]
    if any(not those for those in narrowed):
        return ()
    return tuple(team for team in teams if not any(team.id in those for those in narrowed))
