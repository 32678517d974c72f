"""The rows of the session matrix that are about the session itself; those about text are in tests/discussions.

Half an hour of rest, twelve hours in all and the warning: test_staying.py and tests/browser/test_session_end.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import commands, guard, routes, services
from app.database import db
from app.errors import Denied
from app.organisations import commands as who_is_who
from app.organisations.models import Appointment, Organisation, Partnership, Person
from app.policy import Role
from app.trail.models import Event
from tests import client as clients
from tests import factories
from tests.accounts.browsers import Apart, Clock, browser
from tests.client import filled, parse
from tests.conftest import NOW

COOKIE = "signed-in"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    for module in (guard, routes, clients, commands, who_is_who):
        monkeypatch.setattr(module, "now", made)
    return made


@pytest.fixture
def deputy(app: Flask, clock: Clock) -> int:
    with db.writing() as session:
        return factories.circle(session).deputy.id


def come(app: Flask, person: int) -> Apart:
    made = browser(app)
    made.as_person(person)
    return made


def token_of(who: Apart) -> str:
    cookie = who.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def is_in(app: Flask, token: str) -> bool:
    other = browser(app)
    other.set_cookie(COOKIE, token, domain="localhost")
    return other.get("/home").status_code == 200


def test_the_cookie_of_before_is_of_no_use_after_signing_out(app: Flask, deputy: int) -> None:
    who = come(app, deputy)
    old = token_of(who)
    assert is_in(app, old)
    answer = who.post_form("/home", at="/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_in(app, old) and who.get_cookie(COOKIE) is None
    assert who.get("/home").status_code == 303


def test_every_page_of_somebody_signed_in_says_that_it_is_not_to_be_stored(app: Flask, deputy: int) -> None:
    who = come(app, deputy)
    for page in ("/home", "/inbox", "/no-such-page", "/minutes/000000000000"):
        assert who.get(page).headers["Cache-Control"] == "no-store"


def test_a_token_that_was_planted_before_signing_in_is_never_taken_over(app: Flask, deputy: int) -> None:
    planted = "A" * 43
    victim = browser(app)
    victim.set_cookie(COOKIE, planted, domain="localhost")
    assert victim.get("/home").status_code == 303
    victim.as_person(deputy)
    assert token_of(victim) != planted and not is_in(app, planted)
    assert is_in(app, token_of(victim))


def test_a_fourth_browser_ends_the_first(app: Flask, deputy: int, clock: Clock) -> None:
    tokens = []
    for _ in range(4):
        clock.shift(timedelta(minutes=1))
        tokens.append(token_of(come(app, deputy)))
    assert [is_in(app, token) for token in tokens] == [False, True, True, True]


@pytest.mark.parametrize("month", [1, 7], ids=["in winter", "in summer"])
def test_a_deputy_is_refused_by_the_first_request_after_her_last_day(
    app: Flask, deputy: int, clock: Clock, month: int
) -> None:
    last = datetime(2027, month, 20, tzinfo=UTC)
    with db.writing() as session:
        session.execute(update(Appointment).where(Appointment.person_id == deputy).values(ends_on=last.date()))
    hours = timedelta(hours=23 if month == 7 else 24)  # midnight in London
    clock.at = last + hours - timedelta(minutes=2)
    who = come(app, deputy)
    assert who.get("/inbox").status_code == 200
    clock.shift(timedelta(minutes=2))
    assert who.get("/inbox").status_code == 403


def test_all_of_a_persons_sessions_can_be_ended_at_once_and_are_refused_by_the_next_request(
    app: Flask, deputy: int, clock: Clock
) -> None:
    people = [come(app, deputy) for _ in range(3)]
    tokens = [token_of(who) for who in people]
    answer = people[0].post_form("/home", at="/sign-out/everywhere")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    told = people[0].get(answer.location).text
    assert "You have signed out here and on every other computer and phone." in told
    assert [who.get("/home").status_code for who in people] == [303, 303, 303]
    assert not any(is_in(app, token) for token in tokens)
    assert is_in(app, token_of(come(app, deputy))), "and she signs in again"
    (event,) = told_of()
    assert (event.person_id, event.detail) == (deputy, {"sessions": 3})


def told_of() -> list[Event]:
    with db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == "signed out everywhere")))


def test_nobody_elses_session_ends_with_hers(app: Flask, deputy: int, clock: Clock) -> None:
    other, who = come(app, someone_else()), come(app, deputy)
    who.post_form("/home", at="/sign-out/everywhere")
    assert is_in(app, token_of(other))


def someone_else() -> int:
    with db.writing() as session:
        place = session.scalars(select(Organisation)).first()
        person = factories.person(session)
        factories.appoint(session, person, Role.LEAD, place)
        return person.id


def test_whoever_had_been_signed_out_already_is_told_that_the_others_still_run(
    app: Flask, deputy: int, clock: Clock
) -> None:
    old, lost = come(app, deputy), come(app, deputy)
    page = old.get("/home")
    clock.shift(timedelta(minutes=20))
    assert lost.get("/home").status_code == 200
    clock.shift(timedelta(minutes=15))
    token = filled(next(f for f in parse(page).iter("form") if f.get("action") == "/sign-out/everywhere"))
    answer = old.post("/sign-out/everywhere", data=token)
    assert "Sign in again, and press “Sign out everywhere”" in old.get(answer.location).text
    assert is_in(app, token_of(lost)) and told_of() == []


def test_without_the_token_of_a_form_nobody_can_be_signed_out_everywhere(app: Flask, deputy: int) -> None:
    who = come(app, deputy)
    assert who.post("/sign-out/everywhere").status_code == 400
    assert who.get("/sign-out/everywhere").status_code == 405
    assert is_in(app, token_of(who))


def test_an_operator_signs_somebody_out_everywhere_by_her_address(app: Flask, deputy: int, clock: Clock) -> None:
    people, other = [come(app, deputy) for _ in range(2)], come(app, someone_else())
    with db.reading() as session:
        name, address = session.get_one(Person, deputy).name, session.get_one(Person, deputy).addresses[0].email
    said = app.test_cli_runner().invoke(args=["accounts", "sign-out", address.upper()])
    assert said.output == f"{name} was signed in on 2 browsers and is signed out on all of them.\n"
    assert [who.get("/home").status_code for who in people] == [303, 303] and is_in(app, token_of(other))
    assert told_of()[0].by.endswith("the command line")
    unknown = app.test_cli_runner().invoke(args=["accounts", "sign-out", "nobody@example.org"])
    assert (unknown.exit_code, unknown.output) == (1, "Error: Nobody has the address nobody@example.org.\n")
    with db.reading() as session:
        boss = factories.actor_of(session, session.get_one(Person, deputy))
        with pytest.raises(Denied):
            services.end_all_of(session, boss, address, now=NOW)


def test_whoever_has_no_role_any_more_is_refused_by_the_next_request_in_every_browser(
    app: Flask, deputy: int, clock: Clock, tmp_path: Path
) -> None:
    people = [come(app, deputy) for _ in range(3)]
    assert [who.get("/inbox").status_code for who in people] == [200, 200, 200]
    with db.writing() as session:
        held = session.scalars(select(Appointment).where(Appointment.person_id == deputy)).one()
        place, email = session.get_one(Organisation, held.organisation_id), held.address.email
        place.code = "TR"
        partnership = session.get_one(Partnership, place.memberships[0].partnership_id).short_name
        where = f"{partnership},{place.name},TR,{place.sector},,,deputy,,{held.person.name},{email}"
    day = clock.at.date()
    for end, status in ((day, 200), (day - timedelta(days=1), 403)):
        file = tmp_path / f"{end}.csv"
        columns = "partnership,organisation,organisation_ref,sector,team,team_ref,role,local_title,name,email,from,to"
        file.write_text(f"{columns}\n{where},2026-01-01,{end}\n", encoding="utf-8")
        told = app.test_cli_runner().invoke(args=["organisations", "import", str(file)])
        assert told.exit_code == 0, told.output
        assert [who.get("/inbox").status_code for who in people] == [status] * 3
    assert all("You have no role here at the moment" in who.get("/home").text for who in people)
