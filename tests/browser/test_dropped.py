"""A file that is dragged onto the box does what the button does: real drags, through Chromium's own door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import expect

from tests.base import word_made
from tests.browser.conftest import Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.discussions.sheets import edited, fill
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
ZONE = ".govuk-file-upload-wrapper"
FIRST = "What the team said about question 1"
SAYS = "Said on paper and typed into the sheet."
HERE = "What your Word sheet says is in the boxes below"
OWN = word_made.made(word__document_xml=word_made.body("The whole meeting"))


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked."""
    with serves() as made:
        town.circulate(made.app)
        yield made


def drag(window: Window, *files: Path, drop: bool = True) -> None:
    """Drag files from the desk into the middle of the box, and let them go there."""
    zone = window.page.locator(ZONE)
    zone.scroll_into_view_if_needed()
    box = zone.bounding_box()
    assert box
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    browser = window.page.context.new_cdp_session(window.page)
    for step in ("dragEnter", "dragOver", *(("drop",) if drop else ())):
        browser.send("Input.dispatchDragEvent", {"type": step, **at, "data": data})


def at_upload(comes: Comes, who: str, team: str) -> tuple[Window, bytes]:
    """Somebody where sheets come back, on a new draft; and the sheet of the team, filled in."""
    window = comes(who, let_in=True)
    window.open(f"/asked/{town.asked(window.service.app, team)}/meeting")
    sheet = window.download("Take the response sheet (Word)")
    window.follow("upload it")
    return window, edited(sheet, lambda root: _written(root))


def _written(root: etree._Element) -> None:
    fill(root, "points-what-is-nai-words", SAYS)


def came(window: Window) -> tuple[str, str, str]:
    """Where an upload led, what stood there, and what is in the box of the first question."""
    heading, text = window.heading, window.text
    if "meeting" in window.page.url:
        circle.the_meeting(window)
    return heading, text, window.page.get_by_label(FIRST).input_value()


def test_a_sheet_that_is_dropped_is_taken_like_one_that_was_chosen(comes: Comes, tmp_path: Path) -> None:
    dropping, sheet = at_upload(comes, town.NORTH, "North Health Visiting")
    (tmp_path / "sheet.docx").write_bytes(sheet)
    before = dropping.page.url
    drag(dropping, tmp_path / "sheet.docx", drop=False)
    expect(dropping.page.locator(f"{ZONE} .govuk-file-upload-button--dragging")).to_be_visible()
    dropping.look()
    drag(dropping, tmp_path / "sheet.docx")
    expect(dropping.page.locator(".govuk-file-upload-button__status")).to_have_text("sheet.docx")
    assert dropping.page.url == before and "dragging" not in dropping.page.locator(ZONE).inner_html()
    dropping.look()
    dropping.press("Upload and look at it")
    dropped = came(dropping)
    choosing, sheet = at_upload(comes, town.SOUTH, "South Health Visiting")
    with choosing.page.expect_file_chooser() as coming:
        choosing.page.get_by_role("button", name="The Word file that you filled in").click()
    coming.value.set_files({"name": "sheet.docx", "mimeType": "application/octet-stream", "buffer": sheet})
    choosing.press("Upload and look at it")
    chosen = came(choosing)
    assert HERE in dropped[1] and dropped[2] == SAYS
    assert (dropped[0], dropped[2]) == (chosen[0], chosen[2])
    assert dropped[1].replace("North", "South") == chosen[1]


def test_minutes_that_are_dropped_are_attached_byte_for_byte(comes: Comes, tmp_path: Path) -> None:
    head = comes(town.HEAD, let_in=True)
    head.open(f"/asked/{town.asked(head.service.app, 'Hill Road Primary School')}/own-minutes")
    (tmp_path / "Ours.docx").write_bytes(OWN)
    drag(head, tmp_path / "Ours.docx")
    head.press("Attach it")
    head.reads("Your minutes are attached.", "Ours.docx")
    assert head.download("Ours.docx") == OWN


def test_two_files_at_once_are_not_taken(comes: Comes, tmp_path: Path) -> None:
    manager, sheet = at_upload(comes, town.MANAGER, "Harbour Centre")
    both = [tmp_path / name for name in ("one.docx", "two.docx")]
    for file in both:
        file.write_bytes(sheet)
    drag(manager, *both)
    expect(manager.page.locator(".govuk-file-upload-button__status")).to_have_text("No file chosen")
    manager.press("Upload and look at it")
    assert "Choose the Word file" in " ".join(manager.faults)
