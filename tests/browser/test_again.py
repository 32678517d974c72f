"""Impatient hands: a double click, Back and once more, a reload. One set of minutes, one share, one launch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect
from sqlalchemy import func, select

from app.circulation.models import Circulation
from app.database import db
from app.discussions.models import Minutes
from app.discussions.sending_forms import NOBODY_KNOWN
from app.forwarding.models import Acknowledgement, Share
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import circle, town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
SIGNED = "Trust Named Nurse, Named Nurse"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked."""
    with serves() as made:
        town.circulate(made.app)
        yield made


def count(service: Service, model: Any) -> int:
    with service.app.app_context(), db.reading() as session:
        return session.scalars(select(func.count()).select_from(model)).one()


def twice(window: Window, words: str) -> None:
    """Click a button twice, as fast as hands can. The second click may break off where the first was leading."""
    before = window.page.url
    window.page.get_by_role("button", name=words, exact=True).dblclick(no_wait_after=True)
    expect(window.page).not_to_have_url(before)
    window.page.wait_for_load_state("load")


def back_and_again(page: Page) -> None:
    """Go back to a page that was the answer to a form: the browser wants to be told to send the form again."""
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    page.wait_for_url("chrome-error://**")
    page.reload()


def test_minutes_are_sent_once_however_often_it_is_tried(comes: Comes, service: Service) -> None:
    leader = comes(town.NORTH, let_in=True)
    leader.open("/home")
    leader.follow("North Health Visiting: NAI under 5")
    leader.follow("Record your discussion")
    circle.the_meeting(leader)
    circle.what_was_said(leader)
    leader.choose(NOBODY_KNOWN)
    twice(leader, "Send to Trust Named Nurse")
    leader.page.wait_for_url("**/sent")
    receipt = leader.page.url
    leader.page.reload()
    assert leader.heading == f"Your minutes are with {SIGNED}"
    leader.page.go_back()
    if leader.heading == "Check and send":
        circle.send(leader, "Send to Trust Named Nurse")
    assert leader.page.url == receipt
    assert count(service, Minutes) == 1


def test_a_share_is_made_once_however_often_it_is_tried(comes: Comes, service: Service) -> None:
    ref = town.minutes(service.app, "South Health Visiting", town.SOUTH)
    lead = comes(town.NURSE, let_in=True)
    lead.open(f"/minutes/{ref}")
    lead.choose("I have this. Share the answers with the ESSCP", group=circle.DECISION)
    before = count(service, Share), count(service, Acknowledgement)
    twice(lead, f"Confirm as {SIGNED}")
    lead.page.wait_for_url("**#decided")
    lead.page.reload()
    lead.reads(f"{SIGNED}, shared 3 answers")
    assert (count(service, Share), count(service, Acknowledgement)) == (before[0] + 1, before[1] + 1)


def test_a_launch_is_made_once_however_often_it_is_tried(comes: Comes, service: Service) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    officer.press("Tick everybody")
    officer.choose("Ask those too who were asked about this briefing before")
    officer.press("Continue")
    before = count(service, Circulation)
    twice(officer, "Send 7 letters and ask 5 teams")
    officer.page.wait_for_url("**/done")
    receipt = officer.page.url
    back_and_again(officer.page)
    officer.reads("You sent a list from the page before already")
    officer.follow("what was sent then")
    assert officer.page.url == receipt
    assert count(service, Circulation) == before + 1


def test_the_way_back_keeps_the_date_that_was_written(comes: Comes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    for summary in officer.page.locator("details summary").all():
        summary.click()
    officer.page.locator("input[name=organisations]").first.check()
    officer.choose("Ask those too who were asked about this briefing before")
    date = {"Day": "17", "Month": "2", "Year": str(circle.MET.year + 1)}
    for part, written in date.items():
        officer.fill(part, written, group="Date to answer by")
    officer.press("Continue")
    officer.page.go_back()
    boxes = officer.page.get_by_role("group", name="Date to answer by")
    assert {part: boxes.get_by_label(part).input_value() for part in date} == date
