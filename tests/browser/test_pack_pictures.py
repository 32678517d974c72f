"""Pictures of a briefing in Chromium: from an officer's file to the page, the slides and paper, at every width."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import NARROW, WIDE
from tests.browser.window import Window
from tests.journeys import town
from tests.packs.briefings import pictures

pytestmark = pytest.mark.browser
WORDS = "A chart of falls: spring three, summer four, autumn five, winter two"
SHOWN = """() => Array.from(document.querySelectorAll("main img"), one =>
    [one.alt, one.complete && one.naturalWidth > 0, Math.round(one.getBoundingClientRect().right) <= innerWidth])"""
TOO_HIGH = """() => Array.from(document.querySelectorAll("[data-slide]:has(img)"), slide => {
    for (const one of document.querySelectorAll(".app-slide--now")) one.classList.remove("app-slide--now");
    slide.classList.add("app-slide--now");
    return document.documentElement.scrollHeight - innerHeight;
})"""


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> object:
    """The town, with nobody sending."""
    with serves(sender=False) as made:
        yield made


def chart() -> bytes:
    """A chart, wider than a page is."""
    made, file = Image.new("RGB", (2_000, 1_100), "white"), BytesIO()
    for number, high in enumerate((3, 4, 5, 2)):
        at = 200 + 420 * number
        ImageDraw.Draw(made).rectangle((at, 1_050 - 180 * high, at + 300, 1_050), fill="teal")
    made.save(file, "PNG")
    return file.getvalue()


def seen(window: Window) -> list[tuple[str, bool, bool]]:
    """The words of each picture on a page, whether it was loaded, and whether it is on the screen."""
    found = []
    for size in (NARROW, WIDE):
        window.page.set_viewport_size(size)  # type: ignore[arg-type]
        for one in window.page.locator("main img").all():
            one.scroll_into_view_if_needed()
        window.page.wait_for_function("() => [...document.querySelectorAll('main img')].every(one => one.complete)")
        found = [tuple(one) for one in window.page.evaluate(SHOWN)]
        assert all(loaded and inside for _, loaded, inside in found), (size, found)
    return found


def test_from_a_file_to_the_page_the_slides_and_the_word_file(comes: Comes, tmp_path: Path) -> None:
    (tmp_path / "stairs.docx").write_bytes(pictures())
    (tmp_path / "chart.png").write_bytes(chart())
    (tmp_path / "no.png").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish/new")
    officer.choose("A Word document, or a text file")
    officer.page.set_input_files("input[type=file]", str(tmp_path / "stairs.docx"))
    officer.press("Begin")
    officer.reads("A picture in “Background” has no words. Write what it shows.")
    officer.follow("The briefing")
    officer.reads("The picture “picture-1.png” has no words.")
    text = officer.page.locator("#sections-0-markdown")
    text.fill(text.input_value().replace("![](", "![The same dot again]("))
    officer.press("Add a picture")
    officer.page.set_input_files("input[type=file]", str(tmp_path / "no.png"))
    officer.fill("What does it show?", WORDS)
    officer.press("Add this picture")
    assert officer.faults == ["This is a drawing in SVG, which can hold programs. Save it as PNG."]
    officer.page.set_input_files("input[type=file]", str(tmp_path / "chart.png"))
    officer.page.locator("select").select_option(label="Background")
    officer.press("Add this picture")
    assert [words for words, _, _ in seen(officer)] == ["The same dot again", WORDS]
    officer.open(officer.page.url.partition("/pictures")[0])
    officer.reads("2 pictures")
    assert "has no words" not in officer.page.locator(".govuk-task-list").inner_text()


def test_what_everybody_reads(comes: Comes, service: object, tmp_path: Path) -> None:
    publish(service, tmp_path)
    reader = comes()
    reader.open("/packs/falls-2025")
    assert [words for words, _, _ in seen(reader)] == [WORDS]
    reader.page.emulate_media(media="print")
    assert reader.page.locator("main img").is_visible()
    reader.page.emulate_media(media="screen")
    reader.open("/packs/falls-2025/slides")
    for size in ({"width": 1280, "height": 720}, {"width": 1920, "height": 1080}):
        reader.page.set_viewport_size(size)  # type: ignore[arg-type]
        reader.page.wait_for_function(
            "() => [...document.querySelectorAll('main img')].every(one => one.naturalHeight)"
        )
        assert max(reader.page.evaluate(TOO_HIGH)) <= 0, size


def publish(service: object, tmp_path: Path) -> None:
    """An edition that shows the chart between two paragraphs."""
    from app.clock import now
    from app.database import db
    from app.packs.services import publish_edition
    from app.policy import CONSOLE
    from tests.packs.samples import BRIEFING
    from tests.packs.test_picture_pages import whole

    text = BRIEFING.replace("Two babies fell.", f"Two babies fell.\n\n![{WORDS}](chart.png)\n\nBoth are well.")
    content, bodies = whole(tmp_path, text, chart=chart())
    with service.app.app_context(), db.writing() as session:  # type: ignore[attr-defined]
        publish_edition(session, CONSOLE, content, bodies, now=now())
