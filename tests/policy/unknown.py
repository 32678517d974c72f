"""Who comes unknown to the organisations of the policy tests, and says which team she leads."""

from __future__ import annotations

from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation import claiming, claims, leading
from app.organisations import newcomers
from app.organisations.models import Address, Organisation, Person
from app.policy import CONSOLE, Role
from tests.conftest import NOW
from tests.factories import actor_of, appoint, minutes, person, team


class Place(Protocol):
    """A side of the world, as far as it matters here."""

    organisation: Organisation


Sides = tuple[tuple[Any, dict[str, str]], ...]


def unknown(session: Session, people: dict[str, Person], sides: Sides, secret: str) -> None:
    """At each side somebody whom nobody knew; what she made is added to the references of that side."""
    for place, found in sides:
        found |= _claimed(session, people, place, secret)
    session.flush()


def _claimed(session: Session, people: dict[str, Person], side: Place, secret: str) -> dict[str, str]:
    """At an organisation somebody who may say which team she leads, one who has and sent minutes, and one whose word
    was declined; the references of what the second made. Called after what they are, and at the other place “there”."""
    place = side.organisation
    there = "" if place.name == "Trust" else " there"
    domain = f"{place.name.lower()}.example.org"
    written_to = person(session, email=f"minutes@{domain}")
    appoint(session, written_to, Role.MINUTES, place, (team(session, place),))
    for name in ("newcomer", "claimer", "newcomer declined"):
        people[name + there] = who = newcomers.take_in(
            session, CONSOLE, f"{name.replace(' ', '.')}@{domain}", domain, NOW
        )
        session.execute(sa.update(Address).where(Address.person_id == who.id).values(proved_at=NOW))
    declined = people[f"newcomer declined{there}"]
    claiming.claim_team(session, actor_of(session, declined), place, "Weekends", "Newcomer declined", now=NOW)
    said = claims.said_by(session, declined.id, place.id)
    lead = people[f"lead{there}"]
    assert said is not None
    leading.decline_leader(session, actor_of(session, lead), said, now=NOW)
    claimer = people[f"claimer{there}"]
    asked = claiming.claim_team(session, actor_of(session, claimer), place, "Early shift", "Claimer", now=NOW)
    sent = minutes(session, asked, claimer, answers={"point-0": secret})
    claim = claims.said_by(session, claimer.id, place.id)
    assert claim is not None
    made = {"claimed": asked, "claimed_minutes": sent, "claim": claim, "claimed_team": claim.team}
    return {name: row.ref for name, row in made.items()}
