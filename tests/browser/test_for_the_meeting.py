"""Slides and guide in a real browser: by keyboard alone, on every screen, on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.clock import now
from app.database import db
from app.packs.services import publish_edition
from app.policy import CONSOLE
from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import FOUR_TIMES
from tests.browser.serving import Service
from tests.browser.test_autosave import eventually
from tests.browser.window import Window
from tests.journeys import town
from tests.packs.huge import SLUG, huge

pytestmark = pytest.mark.browser
SLIDES = f"/packs/{town.SLUG}/slides"
SCREENS = [{"width": 1280, "height": 720}, {"width": 1920, "height": 1080}]
TELEPHONE = {"width": 375, "height": 667}
SHOWN = "() => [...document.querySelectorAll('[data-slide]')].filter(s => s.offsetParent !== null).map(s => s.id)"
EACH = """() => Array.from(document.querySelectorAll("[data-slide]"), slide => {
    for (const one of document.querySelectorAll(".app-slide--now")) one.classList.remove("app-slide--now");
    slide.classList.add("app-slide--now");
    return [slide.id, document.documentElement.scrollHeight - innerHeight,
        document.documentElement.scrollWidth - document.documentElement.clientWidth];
})"""


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """The pack of the town, and the largest there may be."""
    with serves(sender=False) as made:
        with made.app.app_context(), db.writing() as session:
            publish_edition(session, CONSOLE, huge(), now=now())
        yield made


def at_slides(comes: Comes, slug: str = town.SLUG) -> Window:
    reader = comes()
    reader.open(f"/packs/{slug}/slides")
    return reader


def shown(page: Page) -> list[int]:
    return [int(name.removeprefix("slide-")) for name in page.evaluate(SHOWN)]


def test_the_keyboard_alone_goes_through_all_slides(comes: Comes) -> None:
    page = at_slides(comes).page
    page.set_viewport_size(SCREENS[0])  # type: ignore[arg-type]
    last = page.locator("[data-slide]").count()
    assert shown(page) == [1]
    keys = [
        "ArrowRight",
        "ArrowDown",
        "PageDown",
        "Space",
        "ArrowLeft",
        "ArrowUp",
        "PageUp",
        "Shift+Space",
        "ArrowLeft",
    ]
    for key, slide in zip(keys, [2, 3, 4, 5, 4, 3, 2, 1, 1], strict=True):
        page.keyboard.press(key)
        assert shown(page) == [slide], key
    page.keyboard.press("End")
    assert shown(page) == [last]
    page.keyboard.press("ArrowRight")
    assert shown(page) == [last]
    page.keyboard.press("Home")
    assert shown(page) == [1]


def test_the_number_of_the_slide_is_seen_and_heard_and_the_focus_is_on_its_heading(comes: Comes) -> None:
    page = at_slides(comes).page
    last = page.locator("[data-slide]").count()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status")).to_have_text(f"Slide 2 of {last}")
    expect(page.get_by_text(f"2 of {last}", exact=True)).to_be_visible()
    expect(page.locator("#slide-2-heading")).to_be_focused()


def test_a_slide_can_be_passed_on_and_is_where_it_was_when_the_page_is_loaded_again(comes: Comes) -> None:
    reader = at_slides(comes)
    for _ in range(4):
        reader.page.keyboard.press("ArrowRight")
    reader.page.reload()
    assert shown(reader.page) == [5]
    reader.open(f"{SLIDES}#slide-7")
    assert shown(reader.page) == [7]


def test_links_and_escape_do_the_same(comes: Comes) -> None:
    page = at_slides(comes).page
    # A link changes the address, and the browser tells of that a moment later.
    page.get_by_role("link", name="Next slide").click()
    eventually(lambda: shown(page), [2], page)
    page.get_by_role("link", name="Previous slide").click()
    eventually(lambda: shown(page), [1], page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert len(shown(page)) == page.locator("[data-slide]").count()
    back = page.get_by_role("button", name="One slide at a time")
    expect(back).to_be_in_viewport()
    page.wait_for_timeout(200)  # a scroll is told of a moment later
    back.click()
    assert shown(page) == [2]


def test_the_whole_screen_can_be_had_and_left(comes: Comes) -> None:
    page = at_slides(comes).page
    page.get_by_role("button", name="Full screen").click()
    expect(page.get_by_role("button", name="Leave full screen")).to_be_visible()
    assert page.evaluate("document.fullscreenElement === document.documentElement")
    page.keyboard.press("ArrowRight")
    assert shown(page) == [2]
    page.get_by_role("button", name="Leave full screen").click()
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()


@pytest.mark.parametrize("slug", [town.SLUG, SLUG])
def test_no_slide_is_cut_off_on_a_screen_and_none_is_wider_than_a_telephone(slug: str, comes: Comes) -> None:
    page = at_slides(comes, slug).page
    for size in SCREENS:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert [slide for slide in page.evaluate(EACH) if slide[1] > 0 or slide[2] > 0] == []
    for size in (TELEPHONE, FOUR_TIMES):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert [slide for slide in page.evaluate(EACH) if slide[2] > 0] == []


def test_at_four_times_the_size_a_slide_is_read_to_its_end_before_the_next_comes(comes: Comes) -> None:
    page = at_slides(comes).page
    page.set_viewport_size(FOUR_TIMES)  # type: ignore[arg-type]
    page.keyboard.press("ArrowRight")
    assert shown(page) == [2]
    for scrolled in range(40):  # noqa: B007
        before = page.evaluate("scrollY")
        page.keyboard.press("PageDown")
        page.wait_for_timeout(250)
        if shown(page) != [2]:
            break
        assert page.evaluate("scrollY") > before, "it neither scrolls nor goes on"
    assert shown(page) == [3]
    assert scrolled > 1, "it goes on before the slide is read"
    assert page.evaluate("scrollY") == 0


def test_nothing_moves_by_itself(comes: Comes) -> None:
    page = at_slides(comes).page
    for wish in ("reduce", "no-preference"):
        page.emulate_media(reduced_motion=wish)  # type: ignore[arg-type]
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.getAnimations().length") == 0


def test_slides_in_every_state_have_no_fault(comes: Comes) -> None:
    reader = at_slides(comes)
    for _ in range(30):
        reader.page.keyboard.press("ArrowRight")
        reader.eyes.seen = set()
        reader.look()
    reader.page.keyboard.press("Escape")
    reader.eyes.seen = set()
    reader.look()
    at_slides(comes, SLUG)


def test_each_slide_is_printed_on_a_sheet_of_its_own(comes: Comes) -> None:
    page = at_slides(comes).page
    page.keyboard.press("ArrowRight")
    count = page.locator("[data-slide]").count()
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == count


def test_guide_and_briefing_have_no_fault_and_lead_to_each_other(comes: Comes) -> None:
    reader = comes()
    reader.open(f"/packs/{town.SLUG}")
    reader.follow("Guide for whoever leads")
    reader.reads("A plan for 20 minutes", "5 minutes")
    reader.follow("Slides")
    assert reader.page.url.endswith(f"/packs/{town.SLUG}/editions/1/slides")
    reader.follow("Back to the briefing")
    assert reader.download("Meeting pack (Word)").startswith(b"PK")
    reader.open(f"/packs/{SLUG}/guide")
