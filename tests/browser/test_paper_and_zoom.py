"""On paper, and at four times the size (which is a window of 320 by 256 pixels)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import FOUR_TIMES, IN_SIGHT, TOO_WIDE
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
PAPER = {"width": 718, "height": 1000}  # A4 less its margins
MOST_STOPS = 80


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked, and one team has met."""
    with serves() as made:
        town.circulate(made.app)
        yield made


@pytest.fixture(scope="module")
def ref(service: Service) -> str:
    """The minutes of one team."""
    return town.minutes(service.app, "North Health Visiting", town.NORTH)


def pages_of(comes: Comes, ref: str) -> Iterator[Window]:
    """A window on each of the pages that people work on."""
    leader, lead, officer = (comes(who, let_in=True) for who in (town.SOUTH, town.NURSE, town.OFFICER))
    leader.open("/home")
    yield leader
    leader.open(f"/asked/{town.asked(leader.service.app, 'South Health Visiting')}/meeting")
    yield leader
    circle.the_meeting(leader)
    yield leader
    lead.open(f"/minutes/{ref}")
    lead.choose("I have this. Share the answers with the ESSCP")
    yield lead
    officer.open(f"/circulate/{town.SLUG}")
    yield officer
    officer.open("/home")
    officer.follow(town.BRIEFING)
    yield officer


def test_at_four_times_the_size_nothing_is_cut_off_and_the_focus_stays_in_sight(comes: Comes, ref: str) -> None:
    for window in pages_of(comes, ref):
        window.page.set_viewport_size(FOUR_TIMES)  # type: ignore[arg-type]
        assert not window.page.evaluate(TOO_WIDE), window.heading
        for _ in range(MOST_STOPS):
            window.page.keyboard.press("Tab")
            assert window.page.evaluate(IN_SIGHT) == "", window.heading


def on_paper(page: Page) -> Page:
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    return page


def test_on_paper_there_is_what_was_written_and_nothing_to_press(comes: Comes, ref: str) -> None:
    for window in pages_of(comes, ref):
        page = on_paper(window.page)
        assert not page.evaluate(TOO_WIDE), window.heading
        assert page.get_by_role("heading", level=1).is_visible()
        for gone in (".govuk-button", ".govuk-back-link", ".app-bar", ".govuk-skip-link"):
            assert not [at for at in page.locator(gone).all() if at.is_visible()], f"{gone} on {window.heading}"
        assert page.pdf().startswith(b"%PDF")
        page.emulate_media(media="screen")


def test_a_briefing_is_printed_for_the_team_with_no_note_but_one_that_was_opened(comes: Comes) -> None:
    reader = comes()
    reader.open(f"/packs/{town.SLUG}")
    notes = reader.page.locator(".govuk-details__text")
    reader.page.locator("summary").nth(1).click()
    page = on_paper(reader.page)
    assert [note.is_visible() for note in notes.all()] == [False, True, False]
    assert not page.locator("summary").first.is_visible()
    guide = page.get_by_text("A note on each question, for whoever leads the discussion, is in the guide: http")
    assert guide.is_visible()
    assert page.get_by_role("heading", name="What the words mean").is_visible()
    assert not page.get_by_role("navigation", name="Contents").is_visible()
    assert not page.get_by_role("heading", name="For your meeting").is_visible()


def test_a_printed_link_shows_where_it_leads(comes: Comes) -> None:
    reader = comes()
    reader.open(f"/packs/{town.SLUG}")
    page = on_paper(reader.page)
    link = page.get_by_role("link", name="About Video Interaction Guidance")
    shown = link.evaluate("a => getComputedStyle(a, '::after').content")
    assert str(link.get_attribute("href")) in shown
    glossary = page.locator("a.glossary").first.evaluate("a => getComputedStyle(a, '::after').content")
    assert glossary in ("none", "normal")
