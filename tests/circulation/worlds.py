"""Worlds for the tests of `circulation`: random ones, a partnership at full size, and a count of statements."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from app.circulation.audience import Chosen
from app.clock import start_of
from app.database import new_ref
from app.organisations.models import (
    Address,
    Appointment,
    AppointmentTeam,
    Membership,
    Organisation,
    Partnership,
    Person,
    Team,
)
from app.packs.models import Edition
from app.policy import Role
from tests import factories as make
from tests.conftest import NOW

ROLES = [Role.LEADER, Role.LEADER, Role.LEADER, Role.MINUTES, Role.LEAD, Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR]


@dataclass
class World:
    """A partnership with organisations, teams, people and an edition; another one beside it as noise."""

    partnership: Partnership
    edition: Edition
    organisations: list[Organisation]
    teams: list[Team]
    people: list[Person]
    officer: Person
    noise: list[Organisation]

    def some(self, seed: int) -> Chosen:
        """The choice of some organisations and of some single teams."""
        chance = random.Random(seed)
        places = chance.sample(self.organisations, chance.randint(0, len(self.organisations)))
        teams = chance.sample(self.teams, chance.randint(0, len(self.teams)))
        return Chosen(self.edition, frozenset(o.ref for o in places), frozenset(t.ref for t in teams))

    def everybody(self, **values: Any) -> Chosen:
        """The choice of every organisation, the noise too: it is not this partnership's, so it must fall out."""
        return Chosen(self.edition, frozenset(o.ref for o in [*self.organisations, *self.noise]), **values)


def random_world(session: Session, seed: int) -> World:
    """A small world in which anything may be missing, narrowed, over, yet to come or held twice."""
    chance = random.Random(seed)
    ours, theirs = make.partnership(session), make.partnership(session)
    organisations = [make.organisation(session, ours) for _ in range(chance.randint(1, 4))]
    noise = [make.organisation(session, theirs) for _ in range(2)]
    teams = [make.team(session, o) for o in [*organisations, *noise] for _ in range(chance.randint(0, 3))]
    people = [make.person(session) for _ in range(8)]
    for _ in range(chance.randint(0, 14)):
        _appoint(session, chance, chance.choice([*organisations, *noise]), teams, chance.choice(people))
    officer = make.person(session)
    make.appoint(session, officer, Role.OFFICER, ours)
    ours_only = [t for t in teams if t.organisation_id in {o.id for o in organisations}]
    return World(ours, make.edition(session, ours), organisations, ours_only, people, officer, noise)


def _appoint(session: Session, chance: random.Random, place: Organisation, teams: list[Team], who: Person) -> None:
    here = [t for t in teams if t.organisation_id == place.id]
    role = chance.choice(ROLES)
    narrowed = chance.sample(here, chance.randint(0, len(here)))
    if role not in (Role.LEADER, Role.MINUTES) and chance.random() < 0.4:
        narrowed = []
    days = [(date(2026, 1, 1), None), (date(2026, 1, 1), date(2026, 11, 22)), (date(2026, 11, 24), None)]
    starts_on, ends_on = chance.choices(days, [8, 1, 1])[0]
    make.appoint(session, who, role, place, tuple(narrowed), starts_on=starts_on, ends_on=ends_on)


def big_world(session: Session, organisations: int = 300, teams: int = 600) -> World:
    """A partnership at a size: nine teams of ten have a leader, most organisations a lead, one of ten no known team."""
    ours = make.partnership(session)
    officer = make.person(session)
    make.appoint(session, officer, Role.OFFICER, ours)
    sectors = ["School", "School", "School", "Health", "Early years", "Voluntary"]
    places = [
        Organisation(
            code=new_ref(),
            name=f"Place {i:03}",
            sector=sectors[i % 6],
            memberships=[Membership(partnership_id=ours.id)],
        )
        for i in range(organisations)
    ]
    session.add_all(places)
    session.flush()
    with_teams = [place for i, place in enumerate(places) if i % 10 != 9] or places
    made = [
        Team(organisation_id=with_teams[i % len(with_teams)].id, code=new_ref(), name=f"Team {i:03}")
        for i in range(teams)
    ]
    people = [
        Person(name=f"Person {i:04}", addresses=[Address(email=f"{new_ref()}@example.gov.uk", proved_at=NOW)])
        for i in range(teams + organisations)
    ]
    session.add_all([*made, *people])
    session.flush()
    _hold(session, people, places, made)
    return World(ours, make.edition(session, ours), places, made, people, officer, [])


def _hold(session: Session, people: list[Person], places: list[Organisation], teams: list[Team]) -> None:
    begun: dict[str, Any] = {"starts_on": date(2026, 1, 1), "counts_from": start_of(date(2026, 1, 1))}
    held = [
        Appointment(
            person_id=who.id,
            address_id=who.addresses[0].id,
            role=Role.LEADER,
            organisation_id=team.organisation_id,
            teams=[AppointmentTeam(team_id=team.id, organisation_id=team.organisation_id)],
            **begun,
        )
        for i, (who, team) in enumerate(zip(people, teams, strict=False))
        if i % 10
    ]
    leads = zip(people[len(teams) :], places, strict=False)
    session.add_all(held)
    session.execute(
        insert(Appointment),
        [
            {"person_id": who.id, "address_id": who.addresses[0].id, "role": Role.LEAD, "organisation_id": place.id}
            | {"local_title": "Named Nurse", "ref": new_ref(), "ends_on": None, "partnership_id": None}
            | begun
            for i, (who, place) in enumerate(leads)
            if i % 20
        ],
    )
    session.flush()


@contextmanager
def statements(where: Session | Engine) -> Iterator[list[str]]:
    """The SQL statements that a session, or anybody on an engine, sends meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = where if isinstance(where, Engine) else where.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
