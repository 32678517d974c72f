"""The furniture in a real browser: the policy blocks nothing we need, faults take the focus, axe finds nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.web.small import small_app

pytestmark = pytest.mark.browser
STANDARDS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
WIDTHS = (1280, 320)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The small app, served."""
    server = make_server("127.0.0.1", 0, small_app(PROPAGATE_EXCEPTIONS=False), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request: pytest.FixtureRequest, chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page of a browser with scripts and of one without; both fail on anything the content policy blocks."""
    yield from opened(chromium, complaints, scripts=request.param)


@pytest.fixture
def scripted(chromium: Browser, complaints: list[str]) -> Iterator[Page]:
    """A page of a browser with scripts: axe is one."""
    yield from opened(chromium, complaints, scripts=True)


def opened(chromium: Browser, complaints: list[str], *, scripts: bool) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=scripts)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield page
    context.close()
    assert [c for c in complaints if "the server responded with a status of" not in c] == []


def look(page: Page) -> list[Any]:
    """What axe finds, and how far the page is wider than the screen, at both widths."""
    found: list[Any] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [(fault["id"], width) for fault in Axe().run(page, options=STANDARDS).response["violations"]]
        found += [width] * page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return found


def test_axe_finds_nothing_and_nothing_is_wider_than_a_telephone(scripted: Page, origin: str) -> None:
    for at in ("/", "/parts", "/accessibility", "/nowhere"):
        scripted.goto(origin + at)
        assert look(scripted) == [], at
    scripted.goto(origin)
    scripted.get_by_role("button", name="Send").click()
    assert scripted.title().startswith("Error: ")
    assert look(scripted) == []


def test_a_line_of_the_summary_moves_the_focus_to_the_input_it_speaks_of(page: Page, origin: str) -> None:
    page.goto(origin)
    page.get_by_label("Day").fill("12")
    page.get_by_label("Month").fill("June")
    page.get_by_role("button", name="Send").click()
    for text, name in (
        ("add the year", "held_on-year"),
        ("Choose the setting", "setting"),
        ("Tick to go on", "agreed"),
    ):
        page.get_by_role("link", name=text).click()
        assert page.evaluate("document.activeElement.name") == name
    assert page.get_by_label("Month").input_value() == "June"


def test_what_an_answer_asks_for_is_shown_once_it_is_chosen(page: Page, origin: str) -> None:
    page.goto(origin)
    page.get_by_label("Team meeting").check()
    assert not page.get_by_label("What was it?").is_visible()
    page.get_by_label("Other").check()
    assert page.get_by_label("What was it?").is_visible()
    page.get_by_label("What was it?").fill("\n one\n\n  two")
    page.get_by_role("button", name="Send").click()
    assert page.get_by_label("What was it?").input_value() == "\n one\n\n  two"


def test_a_form_with_a_dead_token_is_given_back_on_the_page_that_refuses_it(page: Page, origin: str) -> None:
    page.goto(origin)
    page.get_by_label("What did the team say?").fill("\nfirst\n second")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Send that again, please"
    assert page.get_by_label("Words").input_value() == "\nfirst\n second"
    page.get_by_role("link", name="Open the page again").click()
    assert page.url == origin + "/"


def test_the_first_stop_of_the_keyboard_leads_past_the_header(page: Page, origin: str) -> None:
    page.goto(origin)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.keyboard.press("Enter")  # a key waits for nothing, unlike a click: the address changes a moment later
    page.wait_for_url("**/#main-content")


def test_with_scripts_the_summary_of_faults_has_the_focus(scripted: Page, origin: str) -> None:
    scripted.goto(origin)
    scripted.get_by_role("button", name="Send").click()
    # The components are fetched once the page stands, so the focus comes a moment later.
    scripted.wait_for_function("document.activeElement.className === 'govuk-error-summary'")
