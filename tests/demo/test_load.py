"""Data sets: of the stated size, only into an empty database, the same every time, and owing no letter for history."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import emails as circulation_letters
from app.database import db
from app.demo.models import Demonstration
from app.demo.services import SIZES, load
from app.discussions.models import Minutes, Response
from app.errors import Conflict
from app.forwarding import emails as forwarding_letters
from app.organisations.models import Appointment, Organisation, Partnership, Person, Team
from app.policy import Role
from tests import factories as make


def count(session: Session, model: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_the_small_set_has_the_stated_size(session: Session, now: datetime) -> None:
    load(session, "small", now=now)
    size = SIZES["small"]
    found = [count(session, model) for model in (Partnership, Organisation, Team, Person, Minutes)]
    assert found == [size.partnerships, size.organisations, size.teams, size.people, size.minutes]
    assert session.get(Demonstration, 1)


def test_everybody_in_it_is_a_role_and_nobody_has_a_name(session: Session, now: datetime) -> None:
    load(session, "small", now=now)
    roles = (
        "Team leader",
        "Lead for",
        "Deputy",
        "Administrator",
        "Minute taker",
        "Partnership officer",
        "Reviewer",
        "Operator",
    )
    assert [name for name in session.scalars(sa.select(Person.name)) if not name.startswith(roles)] == []


def test_what_is_history_in_it_owes_no_letter_and_what_began_today_does(session: Session, now: datetime) -> None:
    load(session, "small", now=now)
    minutes = [owed for owed in forwarding_letters.owed(session, now) if owed.kind == "minutes"]
    asks = list(circulation_letters.owed(session, now))
    assert len(minutes) == 1
    assert {owed.kind for owed in forwarding_letters.owed(session, now)} == {"minutes"}
    assert 0 < len(asks) <= 10
    assert {owed.since for owed in asks} == {now}


def test_it_is_the_same_every_time(session: Session, now: datetime) -> None:
    def loaded() -> list[tuple[object, ...]]:
        savepoint = session.begin_nested()
        load(session, "small", now=now)
        answers = sa.select(Response.words, Response.yes, Minutes.ref).join(Minutes).order_by(Response.id)
        found = [tuple(row) for row in session.execute(answers)]
        savepoint.rollback()
        return found

    first = loaded()
    assert len(first) > 200
    assert loaded() == first


def test_keys_go_on_after_a_load(session: Session, now: datetime) -> None:
    load(session, "small", now=now)
    before = session.scalar(sa.select(sa.func.max(Person.id))) or 0
    assert make.person(session).id > before


def test_a_database_with_people_of_its_own_is_refused(session: Session, now: datetime) -> None:
    make.person(session)
    with pytest.raises(Conflict, match="did not make"):
        load(session, "small", now=now)


def test_a_second_load_is_refused(session: Session, now: datetime) -> None:
    load(session, "small", now=now)
    with pytest.raises(Conflict, match="already"):
        load(session, "partnership", now=now)


def test_every_team_has_a_leader_and_every_organisation_a_lead(session: Session, now: datetime) -> None:
    load(session, "small", now=now)
    leads = set(session.scalars(sa.select(Appointment.organisation_id).where(Appointment.role == Role.LEAD)))
    assert leads == set(session.scalars(sa.select(Organisation.id)))


def test_the_command_loads_and_refuses_in_words(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    first = run(args=["demo", "load", "--size", "small"])
    assert first.exit_code == 0, first.output
    assert "No letters are owed for what is history" in first.output
    again = run(args=["demo", "load", "--size", "small"])
    assert again.exit_code == 1
    assert "holds a demonstration already" in again.output
    with db.reading() as session:
        assert count(session, Partnership) == 1
