"""What is drawn to another place with the mouse, and what the buttons and keys do to the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.test_making import REAL
from tests.browser.window import Window
from tests.journeys import town

pytestmark = pytest.mark.browser
TALL = {"width": 1280, "height": 6_000}


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """A partnership; no sender runs."""
    with serves(sender=False) as made:
        yield made


@pytest.fixture
def officer(comes: Comes) -> Window:
    """Somebody who has just had the real briefing read in."""
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish/new")
    officer.choose("A Word document, or a text file")
    officer.page.set_input_files("input[type=file]", str(REAL))
    officer.press("Begin")
    return officer


def drawn(officer: Window, row: str, to: str) -> None:
    """Take a row by its handle and let it go over another place."""
    officer.page.set_viewport_size(TALL)  # type: ignore[arg-type]
    officer.page.locator(f"{row} .app-handle").hover()
    officer.page.mouse.down()
    for _ in range(2):  # the first move only takes it up
        officer.page.locator(to).hover()
    officer.page.mouse.up()


def test_a_question_is_drawn_above_another_with_the_mouse(officer: Window) -> None:
    officer.open(f"{officer.page.url}/points")
    first, second, third = (officer.page.locator(f"#points-{n}-question").input_value() for n in range(3))
    officer.page.locator("#points-0-note").fill("Typed just before.")
    drawn(officer, "#points-2", "#points-0 > legend")
    expect(officer.page.locator("#points-0-question")).to_have_value(third, timeout=30_000)
    expect(officer.page.locator("#points-1-question")).to_have_value(first)
    expect(officer.page.locator("#points-1-note")).to_have_value("Typed just before.")
    expect(officer.page.locator("#points-2-question")).to_have_value(second)


def words_of(officer: Window, place: str) -> str:
    return officer.page.locator(f"label[for=piece-{place}]").inner_text()


def test_a_piece_is_drawn_to_another_section_with_the_mouse(officer: Window) -> None:
    officer.open(f"{officer.page.url}/sort")
    second, there = words_of(officer, "0-1"), words_of(officer, "1-0")
    drawn(officer, "[data-row='piece.0-1']", "label[for=piece-1-0]")
    expect(officer.page.locator("label[for=piece-1-0]")).to_have_text(second, timeout=30_000)
    expect(officer.page.locator("label[for=piece-1-1]")).to_have_text(there)


def test_a_piece_goes_up_and_down_by_keys_and_stays_where_the_eye_is(officer: Window, eyes: Eyes) -> None:
    officer.open(f"{officer.page.url}/sort")
    first, second = words_of(officer, "2-0"), words_of(officer, "2-1")
    officer.page.locator("#piece-2-0").focus()
    officer.page.keyboard.press("Shift+Tab")  # so that the way to it is short
    keys = Keys(officer, eyes)
    keys.tick(" ".join(first.split()))
    keys.press("Move down by one")
    assert (words_of(officer, "2-0"), words_of(officer, "2-1")) == (second, first)
    expect(officer.page.locator("#piece-2-1")).to_be_checked()
    expect(officer.page.locator("#piece-2-1")).to_be_in_viewport()
    expect(officer.page.get_by_role("button", name="Move up by one")).to_be_in_viewport()
    keys.press("Move up by one")
    assert (words_of(officer, "2-0"), words_of(officer, "2-1")) == (first, second)
