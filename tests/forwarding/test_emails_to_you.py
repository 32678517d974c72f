"""Choosing how often emails about minutes come, on a lead's own page; and what teams then read of mail."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.database import db
from app.organisations.hearing import Rhythm
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World
from tests.forwarding.visits import faults, words

PAGE = "/emails-to-you"


def link(browser: Client) -> str:
    found = browser.get(PAGE).text.split('href="')[1:]
    return next(part.split('"')[0] for part in found if part.startswith(f"{PAGE}/"))


def chooses(lead: Client, often: str | None) -> Any:
    at = link(lead)
    return lead.post_form(at, {"often": often}, at=at)


def rows() -> list[bool]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Rhythm.weekly).order_by(Rhythm.id)))


def test_a_lead_chooses_finds_it_dated_and_changes_it(lead: Client) -> None:
    assert "Emails to you: for each set of minutes, or one a week" in words(lead.get("/inbox"))
    page = words(lead.get(PAGE))
    assert "Community Trust, as Named Nurse You get a letter for each set of minutes." in page
    answer = chooses(lead, "weekly")
    assert answer.status_code == 303
    page = words(lead.get(answer.location))
    assert page.startswith("Done From now on you get one letter a week, on Monday.")
    assert "You get one letter a week, on Monday, since " in page
    chooses(lead, "weekly")
    assert rows() == [True], "what stands is not chosen again"
    page = words(lead.get(chooses(lead, "each").location))
    assert "From now on you get a letter for each set of minutes." in page and "What you chose before" in page
    assert rows() == [True, False]


def test_nothing_chosen_is_told_on_the_page_and_opening_it_changes_nothing(lead: Client) -> None:
    page = chooses(lead, None)
    assert page.status_code == 422 and next(iter(faults(page).values())).startswith("Choose how often you want")
    lead.get(link(lead))
    assert rows() == []


def test_who_receives_no_minutes_has_no_such_page(lead: Client, leader: Client) -> None:
    assert leader.get(PAGE).status_code == 404
    assert leader.get(link(lead)).status_code == 404
    assert leader.post(link(lead), data={"often": "weekly"}).status_code in (400, 404) and rows() == []


def test_the_team_reads_that_its_lead_gets_one_email_a_week(place: World, lead: Client, leader: Client) -> None:
    chooses(lead, "weekly")
    check = worlds.write(leader, place)
    receipt = words(leader.get(leader.post_form(check, {"nobody_known": "yes"}, at="/check").location))
    assert "Lead gets one email a week about minutes: the next says that yours wait." in receipt
    assert "waiting to send" not in receipt
    team = words(leader.get(f"/teams/{place.team}"))
    assert "With Lead" in team and "waiting to send" not in team
    chooses(lead, "each")
    assert "The email: waiting to send" in words(leader.get(f"/teams/{place.team}"))
