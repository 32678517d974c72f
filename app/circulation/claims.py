"""Who may say which team she leads, and what that lets her do until somebody confirms it.

Whoever signed in by an address in an organisation's own domain, and whom nobody knew, may say so where the organisation
was asked without its teams. She then writes for that team as a colleague does who was named: for what was asked and
nothing else. Whoever holds or held a role here does not say it herself: her lead adds the team.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from app.circulation import colleagues, leaders, openings
from app.circulation.colleagues import LASTS, moments
from app.circulation.models import Asked, Circulation, Colleague, LeaderSettled, OtherLeader
from app.clock import today
from app.errors import NotFound
from app.organisations.models import Appointment, Organisation, Person
from app.organisations.own_domains import domain_of, is_at
from app.organisations.proposed import Newcomer, TeamProposed
from app.policy import Actor, Grant, Role, within

__all__ = ["begins_with", "grants", "is_named", "moments", "welcomes"]  # what signing in asks for


@cache
def is_named() -> ColumnElement[bool]:
    """Whether there may be more that lets a `Person` do things than her appointments, as SQL, by the `moments` of
    now."""
    return or_(colleagues.is_named(), exists().where(Newcomer.person_id == Person.id))


def grants(session: Session, person_id: int, now: datetime) -> tuple[Grant, ...]:
    """What a person was named for, and where she may say which team she leads. Two queries."""
    held = exists().where(Appointment.person_id == person_id)
    places = session.scalars(
        select(Organisation.id)
        .join(Newcomer, Newcomer.person_id == person_id)
        .where(is_at(Newcomer.domain, today(now)), _is_asked(today(now)), ~held, ~_is_declined(person_id))
        .order_by(Organisation.id)
    )
    may_say = tuple(Grant(Role.NEWCOMER, place) for place in places)
    return (*colleagues.grants(session, person_id, now), *may_say)


def welcomes(session: Session, address: str, now: datetime) -> str:
    """The domain of an address that nobody here has, where whoever has it may say which team she leads; else empty."""
    domain = domain_of(session, address, today(now))
    asked = exists().where(is_at(domain, today(now)), _is_asked(today(now)))
    return domain if domain and session.scalar(select(asked)) else ""


def begins_with(session: Session, person_id: int, now: datetime) -> bool:
    """Whether a person has not yet said which team she leads, and may."""
    said = exists().where(OtherLeader.by_id == person_id)
    may = any(grant.role is Role.NEWCOMER for grant in grants(session, person_id, now))
    return may and not session.scalar(select(said))


def _is_asked(day: date) -> ColumnElement[bool]:
    """Whether an organisation was asked without a team what can still be recorded: for as long after the date as
    whoever is named writes."""
    of_it = (Asked.organisation_id == Organisation.id, Asked.team_id.is_(None), Asked.circulation_id == Circulation.id)
    return exists().where(*of_it, openings.is_open(day - LASTS)).correlate(Organisation)


def _is_declined(person_id: int) -> ColumnElement[bool]:
    said = (OtherLeader.organisation_id == Organisation.id, OtherLeader.by_id == person_id)
    return exists().where(*said, LeaderSettled.other_leader_id == OtherLeader.id).correlate(Organisation)


def places(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Where the actor may say which team she leads, by name. Raises `NotFound` if there is no such organisation."""
    found = select(Organisation).where(within(actor, "claim_team", Organisation))
    if rows := session.scalars(found.order_by(Organisation.name, Organisation.id)).all():
        return rows
    raise NotFound


def said_by(session: Session, person_id: int, organisation_id: int) -> OtherLeader | None:
    """What a person said last of a team of an organisation that she says she leads, with what came of it."""
    found = leaders.whole_with_circulation().join(TeamProposed, TeamProposed.team_id == OtherLeader.team_id)
    return session.scalars(
        found.where(TeamProposed.by_id == person_id, OtherLeader.by_id == person_id)
        .where(OtherLeader.organisation_id == organisation_id)
        .order_by(OtherLeader.id.desc())
        .limit(1)
    ).first()


def asked_of(session: Session, team_id: int) -> Sequence[Asked]:
    """What a team that somebody named is asked, the last first."""
    return session.scalars(select(Asked).where(Asked.team_id == team_id).order_by(Asked.id.desc())).all()


def writing(session: Session, said: OtherLeader) -> Sequence[Colleague]:
    """By what somebody writes for the team that she says she leads; nothing where she did not say so of herself."""
    if said.claim is None:
        return []
    found = select(Colleague).join(Asked, Asked.id == Colleague.asked_id).where(Asked.team_id == said.team_id)
    mine = found.where(Colleague.person_id == said.by_id, Colleague.by_id == said.by_id)
    rows = session.scalars(mine.options(joinedload(Colleague.ended)).order_by(Colleague.id))
    return [one for one in rows if one.ended is None]
