"""Whoever was away is told in good time that she will be signed out, and stays by a key; whoever types is not asked.

Time passes twice: the page's clock is put forward, and the session's last use is put back by as much in the database.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from app.accounts.models import SignedIn
from app.database import db
from tests.browser.conftest import Comes
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.discussions.test_twenty_of_twenty import PIECES
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
FIRST = "What the team said about question 1"
WARNING, OVER = "You will be signed out soon", "You have been signed out"


@pytest.fixture(scope="module", autouse=True)
def asked(service: Service) -> None:
    town.circulate(service.app)


@pytest.fixture
def nurse(comes: Comes, service: Service) -> Window:
    """A lead on her own page, alone in being signed in."""
    return on_home(comes, service, town.NURSE)


def on_home(comes: Comes, service: Service, who: str) -> Window:
    with service.app.app_context(), db.writing() as session:
        session.execute(sa.delete(SignedIn))
    window = comes(who, let_in=True)
    window.page.clock.install()
    window.open("/home")
    return window


def passes(window: Window, service: Service, minutes: float, *, begun: bool = False) -> None:
    """So many minutes go by in which nothing is opened; with `begun`, they count for the twelve hours too."""
    by = timedelta(minutes=minutes)
    with service.app.app_context(), db.writing() as session:
        for running in session.scalars(sa.select(SignedIn)):
            running.seen_at -= by
            running.begun_at -= by if begun else timedelta(0)
    window.page.clock.fast_forward(int(minutes * 60_000))


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name=WARNING)


def test_it_is_said_in_time_heard_and_undone_by_one_key(nurse: Window, service: Service) -> None:
    page = nurse.page
    passes(nurse, service, 26.5)
    expect(dialog(page)).to_have_count(0)
    passes(nurse, service, 0.7)
    expect(dialog(page)).to_be_visible()
    expect(dialog(page)).to_contain_text("You will be signed out in 2 minutes.")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert page.title().startswith("Signed out in 2 minutes – ")
    described = dialog(page).evaluate("d => document.getElementById(d.getAttribute('aria-describedby')).innerText")
    assert "You will be signed out in 2 minutes." in described, "a screen reader says it with the dialog"
    nurse.look()
    passes(nurse, service, 1)
    expect(dialog(page).get_by_role("status")).to_have_text("You will be signed out in 1 minute")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_have_count(0)
    assert not page.title().startswith("Signed out")
    passes(nurse, service, 26)
    nurse.open("/home")
    assert nurse.heading != "Sign in", "the half hour began anew"


def test_the_key_that_closes_things_stays_too(nurse: Window, service: Service) -> None:
    passes(nurse, service, 27.5)
    expect(dialog(nurse.page)).to_be_visible()
    nurse.page.keyboard.press("Escape")
    expect(dialog(nurse.page)).to_have_count(0)
    passes(nurse, service, 26)
    expect(dialog(nurse.page)).to_have_count(0)
    nurse.open("/home")
    assert nurse.heading != "Sign in"


def test_one_window_is_not_told_while_another_is_used(comes: Comes, service: Service) -> None:
    first = on_home(comes, service, town.DEPUTY)
    passes(first, service, 20)
    second = first.page.context.new_page()
    second.goto(f"{service.origin}/home")
    passes(first, service, 7.5)
    expect(dialog(first.page)).to_have_count(0)
    passes(first, service, 20)
    expect(dialog(first.page)).to_be_visible()
    second.goto(f"{service.origin}/home")
    first.page.clock.fast_forward(20_000)
    expect(dialog(first.page)).to_have_count(0)


def test_whoever_goes_on_typing_is_not_asked_and_stays(comes: Comes, service: Service) -> None:
    lead = on_home(comes, service, town.NURSE)
    ref = town.minutes(service.app, "North Health Visiting", town.NORTH)
    lead.open(f"/minutes/{ref}")
    lead.choose("Ask the team a question first", group=circle.DECISION)
    box = lead.page.get_by_label("Your question to the team")
    for number in range(8):
        passes(lead, service, 6)
        with lead.page.expect_response("**/signed-in"):
            box.press_sequentially(f"{number}")
        expect(dialog(lead.page)).to_have_count(0)
    lead.press("Confirm as Trust Named Nurse, Named Nurse")
    lead.reads("asked the team", "01234567")


def test_after_twelve_hours_it_is_said_that_nothing_helps(nurse: Window, service: Service) -> None:
    for _ in range(28):
        passes(nurse, service, 25, begun=True)
        nurse.page.reload()
    passes(nurse, service, 17.5, begun=True)
    page = nurse.page
    expect(dialog(page)).to_contain_text("sign in again after 12 hours. That will be in 2 minutes.")
    expect(page.get_by_role("button", name="Stay signed in")).to_have_count(0)
    nurse.look()
    page.get_by_role("button", name="Close this and go on").click()
    expect(dialog(page)).to_have_count(0)
    with page.expect_response("**/signed-in"):
        page.clock.fast_forward(70_000)
    page.wait_for_timeout(200)
    expect(dialog(page)).to_have_count(0)


def test_every_character_is_there_after_the_session_ended_twenty_times_of_twenty(
    comes: Comes, service: Service
) -> None:
    leader = on_home(comes, service, town.SOUTH)
    leader.follow("South Health Visiting: NAI under 5")
    leader.follow("Record your discussion")
    circle.the_meeting(leader)
    at, chance = leader.page.url, random.Random("twenty")
    leader.eyes.forgives = "net::ERR_FAILED"
    for number in range(20):
        text = f"{number}: {''.join(chance.choices(PIECES, k=chance.choice((3, 30, 300))))}."
        types_until_signed_out(leader, service, (61, 120, 480)[number % 3], text)
        if number < 3:
            leader.follow("Sign in")
            leader.sign_in()
        else:
            leader.let_in()
            leader.open(at)
        assert (leader.page.url, leader.heading) == (at, "What the team said")
        assert leader.page.get_by_label(FIRST).input_value() == text
        leader.press("Save and come back later")
        leader.open(at)


def types_until_signed_out(leader: Window, service: Service, minutes: int, text: str) -> None:
    """Type on page 2, with nothing of it saved by itself; be away for so long, lose the cookie and press the button."""
    page = leader.page
    page.get_by_label(FIRST).fill(text)
    page.route("**/said", lambda route: route.abort() if autosaves(route.request.post_data) else route.continue_())
    passes(leader, service, minutes)
    expect(page.get_by_role("dialog", name=OVER)).to_be_visible()
    leader.look()
    page.get_by_role("button", name="Close this and go on").click()
    page.context.clear_cookies(name="signed-in")
    page.once("dialog", lambda asks: asks.accept())
    leader.press("Continue")
    assert leader.heading == "Sign in to go on"
    leader.reads("What you typed is kept.")
    page.unroute_all()


def autosaves(body: str | None) -> bool:
    return "do=autosave" in (body or "")


def test_after_signing_out_going_back_shows_nothing(comes: Comes, service: Service) -> None:
    lead = on_home(comes, service, town.DEPUTY)
    ref = town.minutes(service.app, "South Health Visiting", town.SOUTH)
    lead.open(f"/minutes/{ref}")
    lead.reads("What the team said")
    lead.press("Sign out")
    lead.page.go_back()
    assert lead.heading == "Sign in"
    assert "What the team said" not in lead.page.content()
