"""Takes down who leads a team now, and settles it. Until somebody has, nobody may do more or less than before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.circulation import claims, leaders
from app.circulation.models import Asked, ColleagueEnded, LeaderSettled, OtherLeader
from app.circulation.naming import hold
from app.clock import today
from app.errors import Conflict, Invalid
from app.organisations.models import Named, Organisation, Team
from app.organisations.newcomers import address_at, check_address
from app.organisations.posts import begin_leading, stop_leading
from app.policy import Actor
from app.text import words_joined
from app.trail.services import note

NOBODY = Named("", "")
SAID_SINCE = "Somebody has said since who leads this team. Open that on your page."


def say_leader(session: Session, actor: Actor, asked: Asked, named: Named, *, now: datetime) -> OtherLeader:
    """Somebody else leads the team that was asked: who, or `NOBODY` where that is not known. The same again is said
    once. Raises `Invalid`, with the field, where the address cannot be used or is that of somebody who leads it."""
    policy.require(actor, "say_leader", asked)
    if asked.team_id is None:
        raise Invalid("This was asked of the whole organisation, which has no team leader.")
    if named.email:
        check_address(session, session.get_one(Organisation, asked.organisation_id), named.email)
    _hold(session, asked.team_id)
    _not_leading(session, asked.team_id, named, now)
    last = leaders.last_said(session, asked.team_id)
    if last and not last.settled and (last.name, last.email, last.by_id) == (*named, actor.person):
        return last
    said = OtherLeader(
        organisation_id=asked.organisation_id,
        asked_id=asked.id,
        team_id=asked.team_id,
        by_id=_person(actor),
        at=now,
        to_officer=not leaders.settlers(session, asked.organisation_id, asked.team_id, now),
        name=named.name,
        email=named.email,
    )
    session.add(said)
    session.flush()
    where = {"organisation_id": asked.organisation_id, "detail": {"asked": asked.ref}}
    note(session, actor, "another leader named", said.ref, now=now, **where)
    return said


def _not_leading(session: Session, team_id: int, named: Named, now: datetime) -> None:
    for held in leaders.leading(session, team_id, today(now)):
        if named.email and held.address.email == named.email:
            raise Invalid(f"{held.person.name} leads this team here already.", "email")


def name_leader(session: Session, actor: Actor, team: Team, named: Named, *, now: datetime) -> None:
    """Whoever is named leads a team from today that nobody leads. The same person twice is appointed once. Raises
    `Conflict` where somebody else leads it by now, `Invalid` where the address cannot be used."""
    policy.require(actor, "name_leader", team)
    check_address(session, session.get_one(Organisation, team.organisation_id), named.email)
    _hold(session, team.id)
    held = leaders.leading(session, team.id, today(now))
    if held and all(appointment.address.email != named.email for appointment in held):
        names = words_joined([appointment.person.name for appointment in held])
        raise Conflict(f"{names} leads this team by now. Nothing was changed.")
    begin_leading(session, actor, team, address_at(session, named), now)


def confirm_leader(session: Session, actor: Actor, said: OtherLeader, named: Named, *, now: datetime) -> LeaderSettled:
    """Whoever is named leads the team from today, and whoever led it no longer does. Settled twice, the first stands.

    Raises `Conflict` where something else was said of the team since, `Invalid` where the address cannot be used.
    """
    policy.require(actor, "settle_leader", said)
    if said.claim is not None:  # whoever says it of herself is confirmed, or nobody is: she has written for the team
        named = Named(said.name, said.email)
    team = session.get_one(Team, said.team_id)
    check_address(session, session.get_one(Organisation, team.organisation_id), named.email)
    if done := _settled(session, said):
        return done
    address, stopping = address_at(session, named), leaders.stopping(session, said, today(now))
    begin_leading(session, actor, team, address, now)
    for held in stopping:
        if held.person_id != address.person_id:
            stop_leading(session, actor, held, team, now)
    return _settle(session, actor, said, "leader confirmed", address.person_id, now)


def decline_leader(session: Session, actor: Actor, said: OtherLeader, *, now: datetime) -> LeaderSettled:
    """Everything stays as it is. Settled twice, the first stands. Raises `Conflict` as above."""
    policy.require(actor, "settle_leader", said)
    return _settled(session, said) or _settle(session, actor, said, "leader declined", None, now)


def _settled(session: Session, said: OtherLeader) -> LeaderSettled | None:
    _hold(session, said.team_id)
    done = session.get(LeaderSettled, said.id)
    last = leaders.last_said(session, said.team_id)
    if done is None and last is not None and last.id != said.id:
        raise Conflict(SAID_SINCE)
    return done


def _settle(
    session: Session, actor: Actor, said: OtherLeader, what: str, leader_id: int | None, now: datetime
) -> LeaderSettled:
    title = leaders.title_in(session, actor, said.organisation_id, said.team_id, now)
    made = LeaderSettled(
        other_leader_id=said.id, by_id=_person(actor), name=actor.name, title=title, at=now, leader_id=leader_id
    )
    session.add(made)
    _end_writing(session, said, made)
    session.flush()
    note(session, actor, what, said.ref, now=now, organisation_id=said.organisation_id)
    return made


def _end_writing(session: Session, said: OtherLeader, settled: LeaderSettled) -> None:
    """Whoever said it of herself has written as somebody named: from now on as the leader, or not at all."""
    for asked in claims.asked_of(session, said.team_id) if said.claim else ():
        hold(session, asked)  # whoever takes back what a colleague was named for holds it too
    ended: dict[str, Any] = {"by_id": settled.by_id, "at": settled.at}
    session.add_all(ColleagueEnded(colleague_id=one.id, **ended) for one in claims.writing(session, said))


def _hold(session: Session, team_id: int) -> None:
    """Hold the team until the end of the transaction: of its leaders one thing is said or settled at a time."""
    session.execute(select(Team.id).where(Team.id == team_id).with_for_update(key_share=True))


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
