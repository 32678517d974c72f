"""Slides where no script runs: one page, from one slide to the next by links."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Comes
from tests.browser.eyes import TOO_WIDE
from tests.journeys import town

pytestmark = pytest.mark.browser
SIZES = [(320, 640), (375, 667), (1280, 720), (1920, 1080)]


@pytest.fixture(scope="module")
def scripts() -> bool:
    return False


def test_all_slides_stand_on_one_page_with_links_from_one_to_the_next(comes: Comes) -> None:
    reader = comes()
    reader.open(f"/packs/{town.SLUG}/slides")
    page = reader.page
    slides = page.locator("[data-slide]")
    assert all(slide.is_visible() for slide in slides.all())
    assert not [button for button in page.locator("button").all() if button.is_visible()]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert not page.evaluate(TOO_WIDE), width
    page.set_viewport_size({"width": 1280, "height": 720})
    for number in (2, 3):
        slides.nth(number - 2).get_by_role("link", name="Next slide").click()
        assert page.url.endswith(f"#slide-{number}")
        assert abs(page.evaluate(f"document.querySelector('#slide-{number}').getBoundingClientRect().top")) < 2
    slides.nth(2).get_by_role("link", name="Previous slide").click()
    assert page.url.endswith("#slide-2")
