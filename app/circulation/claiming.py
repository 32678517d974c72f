"""Somebody whom nobody knew says which team she leads.

What each does, in order: the lead passes the asking letter on; a team leader opens its link, gives her work address and
types the code; one page asks her name and her team; she writes up the discussion and sends it. Her lead (or whoever
looks after the organisation's people; where there is neither, the partnership's officer) gets a letter, reads the
minutes as any others, sees who says so at which address, and confirms or declines with one press. Until then the team
is no team of the organisation's: no partnership sees it, its minutes cannot be shared, and she reads nothing else.
Confirmed, she leads it. Declined, she has no part in it any more; what she wrote stays with the lead and is never
shared, and she cannot say so again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.circulation import claims, leaders, openings
from app.circulation.adding import ask
from app.circulation.models import Asked, Circulation, Colleague, OtherLeader
from app.clock import today
from app.database import new_ref
from app.errors import Conflict, Denied, Invalid
from app.organisations.models import Address, Organisation, Person, Team
from app.organisations.proposed import TeamProposed
from app.policy import Actor
from app.text import is_blank, single_line
from app.trail.services import note

CLOSED = "Nothing that your organisation was asked can be recorded any more."
TAKEN = (
    "A team of this name is known here, or somebody has said already that she leads it. Ask your safeguarding lead to "
    "say who leads it. If yours is another team, give it the name that tells the two apart."
)


def claim_team(session: Session, actor: Actor, place: Organisation, called: str, name: str, *, now: datetime) -> Asked:
    """The actor, of this name, leads a team that nobody has named: she writes for it from now on, and whoever can
    settle it is asked. Returns what the team is asked, the newest; the same again is what is there.

    Raises `Invalid`, with the field, where the team cannot be named so or she has named another, `Conflict` where
    nothing can be recorded, `Denied` where it was declined meanwhile.
    """
    policy.require(actor, "claim_team", place)
    session.execute(select(Organisation.id).where(Organisation.id == place.id).with_for_update(key_share=True))
    person = session.get_one(Person, actor.person)
    if before := claims.said_by(session, person.id, place.id):
        return _as_it_is(session, before, called)
    sent = openings.recordable(session, place.id, today(now), whole=True)
    if not sent:
        raise Conflict(CLOSED)
    if is_blank(name):
        raise Invalid("Give your name.", "name")
    if openings.team_called(session, place.id, called) is not None:
        raise Invalid(TAKEN, "team")
    return _made(session, actor, person, place, called, name, sent, now)


def _as_it_is(session: Session, before: OtherLeader, called: str) -> Asked:
    if before.settled is not None:
        raise Denied("What you said of the team that you lead was looked at, and not confirmed.")
    if single_line(called).casefold() != single_line(before.team.name).casefold():
        raise Invalid(f"You have said that you lead {before.team.name}. Once that is confirmed, ask for more.", "team")
    return claims.asked_of(session, before.team_id)[0]


def _made(
    session: Session,
    actor: Actor,
    somebody: Person,
    place: Organisation,
    called: str,
    name: str,
    sent: Sequence[Circulation],
    now: datetime,
) -> Asked:
    if not session.scalar(select(OtherLeader.id).where(OtherLeader.by_id == somebody.id).limit(1)):
        somebody.name = name  # she is known by her address until she says this, and by this name from then on
    team = Team(organisation_id=place.id, code=f"proposed: {new_ref()}", name=called)
    session.add(team)
    session.flush()
    session.add(TeamProposed(team_id=team.id, organisation_id=place.id, by_id=somebody.id, at=now))
    ask(session, place, team, sent, f"{somebody.name} said that she leads the team.", now)
    asked, address = claims.asked_of(session, team.id), _address(session, somebody)
    session.add_all(_writes(one, address, now) for one in asked)
    said = _said(session, asked[0], team, address, now)
    note(session, actor, "said to lead a team", said.ref, now=now, organisation_id=place.id, detail={"team": team.ref})
    return asked[0]


def _said(session: Session, asked: Asked, team: Team, address: Address, now: datetime) -> OtherLeader:
    said = OtherLeader(
        organisation_id=team.organisation_id,
        asked_id=asked.id,
        team_id=team.id,
        by_id=address.person_id,
        at=now,
        to_officer=not leaders.settlers(session, team.organisation_id, team.id, now),
        name=address.person.name,
        email=address.email,
    )
    session.add(said)
    session.flush()
    return said


def _writes(asked: Asked, address: Address, now: datetime) -> Colleague:
    where: dict[str, Any] = {"organisation_id": asked.organisation_id, "asked_id": asked.id}
    return Colleague(**where, person_id=address.person_id, address_id=address.id, by_id=address.person_id, at=now)


def _address(session: Session, somebody: Person) -> Address:
    """The address by which she signed in: the first that was proved."""
    proved = select(Address).where(Address.person_id == somebody.id, Address.proved_at.is_not(None))
    return session.scalars(proved.order_by(Address.id).limit(1)).one()
