"""An officer, a lead and an operator who have no mouse: who is asked and until when, what is to be mended, how letters
stand; and the bar that shows how far the letters are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.circulation.models import Circulation
from app.database import db
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.test_mending_and_lists import SAVE, TO_MEND, make_amiss
from tests.browser.test_seldom_seen import OPERATOR, letters_in_trouble
from tests.browser.window import Window
from tests.journeys import town
from tests.journeys.conftest import send

pytestmark = pytest.mark.browser
SCHOOLS = "Schools of the county"


@pytest.fixture
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """A partnership with its teams; no sender runs."""
    with serves(sender=False) as made:
        yield made


def at(comes: Comes, eyes: Eyes, who: str, url: str) -> tuple[Window, Keys]:
    window = comes(who, let_in=True)
    window.open(url)
    return window, Keys(window, eyes)


def test_a_list_is_saved_and_asked_and_the_date_is_changed(comes: Comes, eyes: Eyes, service: Service) -> None:
    officer, keys = at(comes, eyes, town.OFFICER, "/publish")
    keys.press("Circulate")
    keys.type("Cover note (optional)", "Please talk about this.")
    keys.to("School: 1 organisation, 1 team")
    keys.page.keyboard.press("Enter")
    keys.tick("Hill Road Primary School")
    keys.to(SAVE)
    keys.page.keyboard.press("Enter")
    keys.type("Name of the list", SCHOOLS)
    keys.press("Save this list")
    officer.reads(f"Saved as “{SCHOOLS}”. Nothing was sent.")
    keys.press("Continue")
    assert officer.heading == "Check before you send"
    keys.press("Send 1 letter and ask 1 team")
    officer.reads("1 team asked", "0 of 1 letter dealt with")
    keys.press("See who has discussed it")
    keys.press("Change the date to answer by")
    for part, typed in (("Day", "26"), ("Month", "2"), ("Year", "2027")):
        keys.type(part, typed, "New date to answer by")
    keys.press("Change the date")
    officer.reads("Nobody is written to about it today.")


def test_recording_is_closed_and_opened_again(comes: Comes, eyes: Eyes, service: Service) -> None:
    town.circulate(service.app)
    officer, keys = at(comes, eyes, town.OFFICER, "/home")
    keys.press(town.BRIEFING)
    keys.press("Close recording")
    keys.press("Close recording")
    assert officer.heading == "Recording is closed"
    keys.press("Open recording again")
    assert officer.heading == "Recording is open"


def test_what_is_to_be_mended_is_mended(comes: Comes, eyes: Eyes, service: Service) -> None:
    with service.app.app_context(), db.writing() as session:
        make_amiss(session)
    officer, keys = at(comes, eyes, town.OFFICER, "/home")
    keys.press(TO_MEND)
    keys.press("have letters to Trust Named Nurse sent again")
    keys.press("Put it right and send again")
    assert officer.faults == ["Choose what is right."]
    nurse, hers = at(comes, eyes, town.NURSE, "/mend")
    hers.press("put the address of Trust Named Nurse right")
    hers.choose("It is another address", first="It is another address")
    hers.type("Work email address", "named.nurse@trust.example.nhs.net")
    hers.press("Put it right and send again")
    nurse.reads("Trust Named Nurse is written to at named.nurse@trust.example.nhs.net")


def test_letters_are_held_tried_again_and_let_go(comes: Comes, eyes: Eyes, service: Service, tmp_path: Path) -> None:
    town.appoint(service.app, tmp_path, name="Service Operator", email=OPERATOR, role="operator")
    letters_in_trouble(service)
    operator, keys = at(comes, eyes, OPERATOR, "/home")
    keys.press("Look after letters")
    keys.press("Hold all letters")
    assert operator.faults == ["Write why letters are held, for whoever looks next."]
    keys.type("Why?", "A rehearsal.")
    keys.press("Hold all letters")
    operator.reads("A rehearsal.")
    keys.press("Try all of these again")
    keys.press("Clear gone@trust.example.nhs.net")
    keys.press("Let 4 letters go")
    operator.reads("Letters go out again.")


def test_the_bar_goes_on_by_itself_until_the_last_letter_is_sent(comes: Comes, service: Service) -> None:
    town.circulate(service.app)
    with service.app.app_context(), db.reading() as session:
        circulation = session.scalars(select(Circulation.ref)).one()
    officer = comes(town.OFFICER, let_in=True)
    officer.open(f"/circulations/{circulation}/done")
    letters, bar = officer.page.locator("[data-progress]"), officer.page.locator("progress")
    expect(letters).to_contain_text(re.compile("0 of [0-9]+ letters dealt with"))
    expect(bar).to_have_js_property("value", 0)
    expect(officer.page.locator("[data-by-hand]")).to_be_hidden()
    officer.page.evaluate("window.same = true")
    assert send(service.app)
    expect(letters).to_contain_text("were sent to the mail system.", timeout=30_000)
    expect(bar).to_have_count(0)
    assert officer.page.evaluate("window.same"), "the page was not loaded again"


@BOTH_WAYS
def test_without_scripts_the_page_says_how_to_see_more(comes: Comes, service: Service, scripts: bool) -> None:
    officer, _ = comes(town.OFFICER, let_in=True), town.circulate(service.app)
    with service.app.app_context(), db.reading() as session:
        circulation = session.scalars(select(Circulation.ref)).one()
    officer.open(f"/circulations/{circulation}/done")
    said = officer.page.locator("[data-by-hand]")
    (expect(said).to_be_hidden if scripts else expect(said).to_be_visible)()
