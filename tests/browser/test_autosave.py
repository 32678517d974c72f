"""The page saves itself while somebody writes, says honestly how the text stands, and two browsers write one draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from app.database import db
from app.discussions.drafts import Draft
from tests.browser.conftest import Comes
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
FIRST = "What the team said about question 1"
WORDS = "Bruises on babies who do not crawl yet need explaining."


def content(service: Service) -> dict[str, Any]:
    with service.app.app_context(), db.reading() as session:
        draft = session.scalars(select(Draft).order_by(Draft.id.desc())).first()
        return draft.content if draft else {}


def words_kept(service: Service) -> str:
    points = content(service).get("points", {})
    return next((point["words"] for point in points.values() if point["words"]), "")


def writes(comes: Comes, service: Service, who: str) -> Window:
    """Somebody on the second page of a new draft."""
    window = comes(who, let_in=True)
    window.open("/home")
    window.follow("North Health Visiting: NAI under 5")
    window.follow("Record your discussion")
    circle.the_meeting(window)
    return window


@pytest.fixture(scope="module", autouse=True)
def asked(service: Service) -> None:
    town.circulate(service.app)


@pytest.fixture
def writer(comes: Comes, service: Service) -> Window:
    return writes(comes, service, town.NORTH)


def shows(page: Page, words: str) -> None:
    expect(page.locator("[data-saving]")).to_contain_text(words)
    expect(page.locator("[data-saving-said]")).to_contain_text(words)


def eventually(said: Callable[[], object], wanted: object, page: Page) -> None:
    for _ in range(50):
        if said() == wanted:
            return
        page.wait_for_timeout(100)
    assert said() == wanted


def test_a_page_saves_itself_tells_of_failure_and_is_used_by_two(
    comes: Comes, service: Service, writer: Window
) -> None:
    page = writer.page
    box = page.get_by_label(FIRST)
    box.fill(WORDS)
    assert words_kept(service) == ""
    box.press("Tab")
    shows(page, "Saved at")
    assert words_kept(service) == WORDS
    writer.look()

    def fail(route: Route) -> None:
        route.abort()

    writer.eyes.forgives = "net::ERR_FAILED"
    page.route("**/said", fail)
    box.fill(f"{WORDS} More.")
    box.press("Tab")
    shows(page, "Not saved yet, keep this page open")
    writer.look()
    assert words_kept(service) == WORDS
    page.unroute("**/said", fail)
    page.wait_for_timeout(5_500)
    shows(page, "Saved at")
    assert words_kept(service) == f"{WORDS} More."

    # A second browser opens the draft, writes and saves; the first goes on and is told, with both texts kept.
    other = comes(town.NORTH, let_in=True)
    other.open(page.url)
    other.page.get_by_label(FIRST).fill("Theirs instead.")
    other.page.get_by_label(FIRST).press("Tab")
    shows(other.page, "Saved at")
    box.fill(f"{WORDS} Mine.")
    box.press("Tab")
    shows(page, "What you type is kept. Press Continue to see both texts.")
    assert words_kept(service) == "Theirs instead."
    writer.press("Continue")
    assert "This was saved from somewhere else" in page.content()
    writer.look()
    page.get_by_role("group", name="What is to stay: the words under question 1").get_by_label("Both").check()
    writer.press("Save what I chose")
    assert words_kept(service) == f"{WORDS} Mine.\n\nTheirs instead."

    # Signed out while writing: the script says so, and after signing in everything stands in the boxes.
    writer.open(other.page.url)
    page.context.clear_cookies(name="signed-in")
    box.fill("After the session ended.")
    box.press("Tab")
    shows(page, "You have been signed out. What you typed is kept.")
    writer.look()
    back = comes(town.NORTH, let_in=True)
    back.open(other.page.url)
    assert back.page.get_by_label(FIRST).input_value() == "After the session ended."
    back.look()


def test_nothing_that_was_typed_is_stored_in_the_browser(comes: Comes, service: Service) -> None:
    window = comes(town.NORTH, let_in=True)
    with service.app.app_context(), db.reading() as session:
        ref = session.scalars(select(Draft.ref)).first()
    window.open(f"/drafts/{ref}/said")
    window.page.get_by_label(FIRST).fill("canary-in-the-browser")
    window.page.get_by_label(FIRST).press("Tab")
    shows(window.page, "Saved at")
    stored = window.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "canary" not in stored
    assert window.page.evaluate("indexedDB.databases().then((found) => found.length)") == 0
