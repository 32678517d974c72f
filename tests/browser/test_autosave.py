"""The page saves itself while somebody writes, says honestly how the text stands, and two browsers write one draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from app.database import db
from app.discussions.drafts import Draft
from app.web.incoming import LEFT_OUT
from tests.browser.conftest import Comes
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
FIRST = "What the team said about question 1"
STORED = """async () => [
    Object.entries(localStorage),
    Object.entries(sessionStorage),
    await caches.keys(),
    await indexedDB.databases(),
    await navigator.serviceWorker.getRegistrations(),
]"""
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


@pytest.fixture(scope="module")
def ref(service: Service) -> list[str]:
    """Where the one draft of these tests is, once it is begun."""
    return []


def said_at(ref: list[str]) -> str:
    return f"/drafts/{ref[0]}/said"


def types(window: Window, words: str) -> None:
    """Write under the first question and go on to the next box."""
    box = window.page.get_by_label(FIRST)
    box.fill(words)
    box.press("Tab")


def test_a_page_saves_itself_when_a_box_is_left(writer: Window, service: Service, ref: list[str]) -> None:
    ref.append(writer.page.url.split("/")[-2])
    writer.page.get_by_label(FIRST).fill(WORDS)
    assert words_kept(service) == ""
    writer.page.get_by_label(FIRST).press("Tab")
    shows(writer.page, "Saved at")
    assert words_kept(service) == WORDS
    writer.look()


def test_a_page_saves_itself_ten_seconds_after_a_change_though_the_box_is_not_left(
    comes: Comes, service: Service, ref: list[str]
) -> None:
    window = comes(town.NORTH, let_in=True)
    window.page.clock.install()
    window.open(said_at(ref))
    box = window.page.get_by_label(FIRST)
    box.fill(f"{WORDS} Still writing.")
    window.page.clock.fast_forward(9_000)
    window.page.wait_for_timeout(300)  # what would be sent too soon has the time to arrive
    assert words_kept(service) == WORDS
    window.page.clock.fast_forward(1_000)
    shows(window.page, "Saved at")
    assert words_kept(service) == f"{WORDS} Still writing."
    expect(box).to_be_focused()
    types(window, WORDS)
    eventually(lambda: words_kept(service), WORDS, window.page)


def test_the_line_about_saving_says_where_a_sign_was_left_out(comes: Comes, service: Service, ref: list[str]) -> None:
    window = comes(town.NORTH, let_in=True)
    window.open(said_at(ref))
    types(window, f"{WORDS}\x07")
    shows(window.page, LEFT_OUT)
    assert words_kept(service) == WORDS
    types(window, f"{WORDS} ")
    eventually(lambda: LEFT_OUT in window.page.locator("[data-saving]").inner_text(), False, window.page)


def test_a_button_waits_for_what_is_on_its_way_so_that_older_text_never_comes_in_last(
    comes: Comes, service: Service, ref: list[str]
) -> None:
    window = comes(town.NORTH, let_in=True)
    window.open(said_at(ref))
    held: list[Route] = []
    window.page.route("**/said", lambda route: route.continue_() if held else held.append(route))
    types(window, "An older text.")
    eventually(lambda: len(held), 1, window.page)
    window.page.get_by_label(FIRST).fill(WORDS)
    window.page.get_by_role("button", name="Continue").click(no_wait_after=True)
    window.page.wait_for_timeout(500)
    assert window.page.url.endswith("/said")
    held[0].continue_()
    window.page.wait_for_url("**/check")
    assert words_kept(service) == WORDS


def test_a_failure_is_told_and_made_good(comes: Comes, service: Service, ref: list[str]) -> None:
    window = comes(town.NORTH, let_in=True)
    window.open(said_at(ref))

    def fail(route: Route) -> None:
        route.abort()

    window.eyes.forgives = "net::ERR_FAILED"
    window.page.route("**/said", fail)
    types(window, f"{WORDS} More.")
    shows(window.page, "Keep this page open")
    shows(window.page, "Not saved since ")
    window.look()
    assert words_kept(service) == WORDS
    window.page.unroute("**/said", fail)
    window.page.wait_for_timeout(5_500)
    shows(window.page, "Saved at")
    assert words_kept(service) == f"{WORDS} More."


def test_without_a_connection_the_button_leads_nowhere_and_the_text_stays(
    comes: Comes, service: Service, ref: list[str]
) -> None:
    window = comes(town.NORTH, let_in=True)
    window.open(said_at(ref))
    window.eyes.forgives = "net::ERR_INTERNET_DISCONNECTED"
    window.page.context.set_offline(True)
    types(window, f"{WORDS} On the train.")
    window.page.get_by_role("button", name="Continue").click()
    shows(window.page, "The service cannot be reached just now: keep this page open, and press again")
    window.page.context.set_offline(False)
    window.page.wait_for_timeout(1_100)  # a button takes two presses within a second for one
    window.page.get_by_role("button", name="Continue").click()
    eventually(lambda: words_kept(service), f"{WORDS} On the train.", window.page)
    window.page.wait_for_url(lambda url: not url.endswith("/said"))


def test_a_browser_that_calls_itself_offline_goes_on_where_the_service_answers(
    comes: Comes, service: Service, ref: list[str]
) -> None:
    window = comes(town.NORTH, let_in=True)
    window.page.add_init_script("Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false })")
    window.open(said_at(ref))
    assert window.page.evaluate("navigator.onLine") is False
    types(window, f"{WORDS} On a machine without a network.")
    window.press("Continue")
    assert not window.page.url.endswith("/said")
    assert words_kept(service) == f"{WORDS} On a machine without a network."


def test_two_browsers_type_into_one_draft(comes: Comes, service: Service, ref: list[str]) -> None:
    mine, other = comes(town.NORTH, let_in=True), comes(town.NORTH, let_in=True)
    mine.open(said_at(ref))
    other.open(said_at(ref))
    types(other, "Theirs instead.")
    shows(other.page, "Saved at")
    types(mine, f"{WORDS} Mine.")
    shows(mine.page, "Press Continue to see both texts.")
    shows(mine.page, "What you had typed by ")
    mine.look()
    assert words_kept(service) == "Theirs instead."
    mine.press("Continue")
    assert "This was saved from somewhere else" in mine.page.content()
    mine.page.get_by_role("group", name="What is to stay: the words under question 1").get_by_label("Both").check()
    mine.press("Save what I chose")
    assert words_kept(service) == f"{WORDS} Mine.\n\nTheirs instead."


def test_whoever_is_signed_out_finds_the_text_in_the_boxes(comes: Comes, ref: list[str]) -> None:
    window = comes(town.NORTH, let_in=True)
    window.open(said_at(ref))
    window.page.context.clear_cookies(name="signed-in")
    types(window, "After the session ended.")
    shows(window.page, "is kept. You have been signed out.")
    window.look()
    back = comes(town.NORTH, let_in=True)
    back.open(said_at(ref))
    assert back.page.get_by_label(FIRST).input_value() == "After the session ended."


def test_nothing_that_was_typed_is_stored_in_the_browser(comes: Comes, service: Service) -> None:
    window = comes(town.NORTH, let_in=True)
    with service.app.app_context(), db.reading() as session:
        ref = session.scalars(select(Draft.ref)).first()
    window.open(f"/drafts/{ref}/said")
    window.page.get_by_label(FIRST).fill("canary-in-the-browser")
    window.page.get_by_label(FIRST).press("Tab")
    shows(window.page, "Saved at")
    assert window.page.evaluate(STORED) == [[], [], [], [], []]
    assert "canary" not in str(window.page.context.cookies())


def test_words_typed_just_before_a_reload_are_there_after_it(comes: Comes, service: Service, ref: list[str]) -> None:
    window = comes(town.NORTH, let_in=True)
    window.open(said_at(ref))
    typed = "Typed just before the page was loaded anew."
    window.page.get_by_label(FIRST).fill(typed)
    window.page.reload()
    expect(window.page.get_by_label(FIRST)).to_have_value(typed)
    types(window, f"{typed} And on.")
    shows(window.page, "Saved at")
    assert words_kept(service) == f"{typed} And on."
