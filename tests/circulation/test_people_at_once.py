"""Ten at the same moment name the same colleague, add the same team, confirm the same leader: one of each is made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import adding, leaders, leading, naming
from app.circulation.models import Asked, Colleague, LeaderSettled, OtherLeader
from app.database import db
from app.organisations.models import Address, Appointment, Named, Organisation, Team
from app.organisations.queries import actor_for
from app.policy import Role
from tests.conftest import NOW
from tests.forwarding.scene import Scene

MANY = 10
WHO = Named("Night nurse", "night.nurse@example.gov.uk")
Deed = Callable[[Session, Any, int], Any]


@pytest.fixture
def place(app: Flask) -> dict[str, int]:
    with db.writing() as session:
        scene = Scene(session)
        said = leading.say_leader(session, scene.actor(scene.leader), scene.asked, WHO, now=NOW)
        people = {name: getattr(scene, name).id for name in ("leader", "lead")}
        where = {"asked": scene.asked.id, "south": scene.south.id, "organisation": scene.circle.organisation.id}
        return {**people, **where, "said": said.id}


def at_once(app: Flask, who: int, deed: Deed) -> list[Any]:
    start = threading.Barrier(MANY)

    def do(number: int) -> Any:
        with app.app_context():
            start.wait(60)
            with db.writing() as session:
                made = deed(session, actor_for(session, who, NOW), number)
                session.flush()
                return sa.inspect(made).identity

    with ThreadPoolExecutor(MANY) as pool:
        return [going.result() for going in [pool.submit(do, number) for number in range(MANY)]]


def count(model: type, *where: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


def test_one_colleague_is_named(app: Flask, place: dict[str, int]) -> None:
    def name(session: Session, actor: Any, number: int) -> Any:
        return naming.name_colleague(session, actor, session.get_one(Asked, place["asked"]), WHO, now=NOW)

    assert len(set(at_once(app, place["leader"], name))) == 1
    assert count(Colleague) == 1
    assert count(Address, Address.email == WHO.email) == 1


def test_one_person_is_made_though_she_is_named_for_two_teams(app: Flask, place: dict[str, int]) -> None:
    def name(session: Session, actor: Any, number: int) -> Any:
        asked = session.get_one(Asked, place["south" if number % 2 else "asked"])
        return naming.name_colleague(session, actor, asked, WHO, now=NOW)

    assert len(set(at_once(app, place["lead"], name))) == 2
    assert count(Address, Address.email == WHO.email) == 1


def test_one_team_is_added(app: Flask, place: dict[str, int]) -> None:
    def add(session: Session, actor: Any, number: int) -> Any:
        where = session.get_one(Organisation, place["organisation"])
        return adding.add_team(session, actor, where, "Nights" if number % 2 else "nights", WHO, now=NOW)

    assert len(set(at_once(app, place["lead"], add))) == 1
    assert count(Team, Team.organisation_id == place["organisation"]) == 3
    assert count(Asked, Asked.why != "") == 1


def test_one_leader_is_appointed(app: Flask, place: dict[str, int]) -> None:
    def confirm(session: Session, actor: Any, number: int) -> Any:
        said = session.get_one(OtherLeader, place["said"])
        return leading.confirm_leader(session, actor, said, WHO, now=NOW)

    assert len(set(at_once(app, place["lead"], confirm))) == 1
    assert count(LeaderSettled) == 1
    assert count(Appointment, Appointment.role == Role.LEADER, Appointment.starts_on == NOW.date()) == 1
    with db.reading() as session:
        team = session.get_one(Asked, place["asked"]).team_id or 0
        assert [held.address.email for held in leaders.leading(session, team, NOW.date())] == [WHO.email]
