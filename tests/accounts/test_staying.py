"""For how long a session is still good is told to whoever asks, and staying signed in is a deed of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import guard, queries, routes
from app.accounts.models import SignedIn
from app.database import db
from tests import client as clients
from tests import factories
from tests.accounts.browsers import Clock
from tests.client import Client, parse
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
WARNED = 180  # seconds: what static/session.js has
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    for module in (guard, routes, clients):
        monkeypatch.setattr(module, "now", made)
    return made


@pytest.fixture
def lead(client: Client, clock: Clock) -> Client:
    with db.writing() as session:
        lead = factories.circle(session).lead.id
    return client.as_person(lead)


def good_for(client: Client) -> tuple[int, int]:
    told = client.get("/signed-in", headers=SCRIPT)
    assert told.headers["Cache-Control"] == "no-store"
    assert told.json is not None
    return told.json["rest"], told.json["whole"]


def token_of(client: Client) -> str:
    page = parse(client.get("/home"))
    return next(e.get("value") or "" for e in page.iter("input") if e.get("name") == "csrf_token")


def test_it_is_told_for_how_long_a_session_is_good_and_asking_does_not_use_it(lead: Client, clock: Clock) -> None:
    assert good_for(lead) == (30 * 60, 12 * 60 * 60)
    clock.shift(29 * MINUTE)
    assert good_for(lead) == (60, (12 * 60 - 29) * 60)
    clock.shift(MINUTE)
    assert good_for(lead) == (0, 0)
    assert lead.get("/home").status_code == 303, "asking has not kept it"


def test_staying_signed_in_begins_the_half_hour_anew(lead: Client, clock: Clock) -> None:
    token = token_of(lead)
    clock.shift(28 * MINUTE)
    told = lead.post("/signed-in", data={"csrf_token": token}, headers=SCRIPT)
    assert (told.status_code, told.json) == (200, {"rest": 30 * 60, "whole": (12 * 60 - 28) * 60})
    clock.shift(29 * MINUTE)
    assert lead.get("/home").status_code == 200


def test_nothing_keeps_a_session_beyond_twelve_hours(lead: Client, clock: Clock) -> None:
    token = token_of(lead)
    for _ in range(28):
        clock.shift(25 * MINUTE)
        assert lead.post("/signed-in", data={"csrf_token": token}, headers=SCRIPT).status_code == 200
    assert good_for(lead) == (20 * 60, 20 * 60), "the rest is never more than the whole"
    clock.shift(20 * MINUTE)
    assert lead.post("/signed-in", data={"csrf_token": token}, headers=SCRIPT).status_code == 403
    assert good_for(lead) == (0, 0)


def test_staying_wants_a_session_and_the_pages_token(client: Client, lead: Client) -> None:
    assert lead.post("/signed-in", headers=SCRIPT).status_code == 400
    lead.delete_cookie("signed-in", domain="localhost")
    assert lead.post("/signed-in", headers=SCRIPT).status_code == 403


def test_a_page_says_for_how_long_its_session_is_good_its_own_request_counted(lead: Client, clock: Clock) -> None:
    lead.get("/home")
    clock.shift(20 * MINUTE)
    dialog = next(parse(lead.get("/home")).iter("dialog"))
    assert (dialog.get("data-rest"), dialog.get("data-whole")) == ("1800", str((12 * 60 - 20) * 60))
    assert dialog.get("open") is None, "without scripts nothing is said"
    with db.reading() as session:
        assert session.scalars(select(SignedIn)).one().seen_at == clock()


def test_a_page_whose_request_was_not_noted_says_when_the_session_really_ends(lead: Client, clock: Clock) -> None:
    clock.shift(timedelta(seconds=59))  # less than a minute after the session was noted last
    dialog = next(parse(lead.get("/home")).iter("dialog"))
    assert dialog.get("data-rest") == str(30 * 60 - 59)
    clock.shift(timedelta(seconds=30 * 60 - 59))
    assert lead.get("/home").status_code == 303


def test_pages_for_whoever_is_not_signed_in_speak_of_no_end(app: Flask, client: Client) -> None:
    for page in ("/", "/sign-in", "/packs", "/no-such-page"):
        assert "data-session" not in client.get(page).text


def test_it_is_said_two_minutes_before_at_the_latest_even_by_a_timer_that_is_a_minute_late() -> None:
    script = (clients.__file__.rpartition("/tests/")[0]) + "/app/static/session.js"
    with open(script, encoding="utf-8") as file:
        assert f"const SAID_BEFORE = {WARNED};" in file.read()
    assert timedelta(seconds=WARNED) - MINUTE >= 2 * MINUTE
    assert timedelta(seconds=WARNED) < queries.IDLE
