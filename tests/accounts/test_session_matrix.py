"""The rows of the session matrix that are about the session itself; those about text are in tests/discussions.

Half an hour of rest, twelve hours in all and the warning: test_staying.py and tests/browser/test_session_end.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import guard, routes
from app.accounts.models import SignedIn
from app.database import db
from app.organisations.models import Appointment
from tests import client as clients
from tests import factories
from tests.accounts.browsers import Apart, Clock, browser
from tests.conftest import NOW

COOKIE = "signed-in"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    for module in (guard, routes, clients):
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
    with db.writing() as session:
        session.execute(update(SignedIn).where(SignedIn.person_id == deputy).values(ended_at=clock()))
        assert session.scalars(select(SignedIn.ended_at)).all() == [clock()] * 3
    assert [who.get("/home").status_code for who in people] == [303, 303, 303]
