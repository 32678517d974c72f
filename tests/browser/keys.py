"""Somebody who has no mouse: Tab to get about, Space to choose, Enter to press, and always a focus that can be seen.

Each stop is looked at twice, with the focus and without: if no pixel around it differs, the focus is invisible.
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.eyes import Eyes
from tests.browser.window import Window

MOST_STOPS = 120
AROUND = 12
WHAT = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const said = at.labels && at.labels.length ? at.labels[0].innerText : at.innerText;
    const set = at.closest("fieldset");
    const shown = at.labels && at.labels.length && ["radio", "checkbox"].includes(at.type) ? at.labels[0] : at;
    shown.scrollIntoViewIfNeeded();
    const box = shown.getBoundingClientRect();
    return {
        said: said.trim(), group: set ? set.querySelector("legend").innerText.trim() : "",
        box: [box.x, box.y, box.width, box.height],
    };
}"""


class Keys:
    """The keyboard of a window."""

    def __init__(self, window: Window, eyes: Eyes) -> None:
        self.window, self.page, self.eyes = window, window.page, eyes

    def to(self, said: str, group: str = "") -> None:
        """Go on with Tab until the focus is on what has these words, or begins with them: `Schedule …`."""
        passed = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(WHAT)
            if at is None:
                continue
            self._is_seen(at["box"], at["said"])
            here = _folded(at["said"])
            if (here.startswith(said[:-1]) if said.endswith("…") else here == said) and _folded(at["group"]).startswith(
                group
            ):
                return
            passed.append(here[:40])
        raise AssertionError(f"the keyboard does not get to “{said}” {group}; it passes {passed}")

    def type(self, said: str, text: str, group: str = "") -> None:
        """Go to a box and type."""
        self.to(said, group)
        self.page.keyboard.type(text)

    def choose(self, said: str, first: str, group: str = "") -> None:
        """Go to the first of some radio buttons, to the wanted one by the arrows, and choose it with Space."""
        self.to(first, group)
        for _ in range(MOST_STOPS):
            if _folded(self.page.evaluate(WHAT)["said"]) == said:
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not get to “{said}”")

    def tick(self, said: str, group: str = "") -> None:
        """Go to a box and tick it, or take its tick away."""
        self.to(said, group)
        self.page.keyboard.press("Space")

    def press(self, said: str) -> None:
        """Go to a link or button and press Enter."""
        self.to(said)
        self._enter()

    def download(self, said: str) -> bytes:
        """Go to a link, press Enter and get a file."""
        self.to(said)
        with self.page.expect_download() as coming:
            self.page.keyboard.press("Enter")
        return Path(coming.value.path()).read_bytes()

    def give(self, said: str, name: str, body: bytes) -> None:
        """Go to where a file is chosen, press Enter and choose one."""
        with self.page.expect_file_chooser() as choosing:  # the driver takes a moment until it minds choosers
            self.to(said)
            self.page.keyboard.press("Enter")
        choosing.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": body})

    def enter(self) -> None:
        """Press Enter where the focus is: a box sends its form."""
        self._enter()

    def _enter(self) -> None:
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")
        self.window.look()

    def _is_seen(self, box: list[float], said: str) -> None:
        size = self.page.viewport_size
        assert size
        left, top = max(0.0, box[0] - AROUND), max(0.0, box[1] - AROUND)
        right, bottom = min(size["width"], box[0] + box[2] + AROUND), min(size["height"], box[1] + box[3] + AROUND)
        clip = {"x": left, "y": top, "width": max(1.0, right - left), "height": max(1.0, bottom - top)}
        if not _differs(self.page, clip):
            self.eyes.faults.append(f"{self.page.url}: the focus on “{_folded(said)}” cannot be seen")


def _differs(page: Page, clip: dict[str, float]) -> bool:
    """Whether a part of the page looks different without the focus, which comes back to where it was."""
    with_focus = page.screenshot(clip=clip)  # type: ignore[arg-type]
    page.evaluate("window.was = document.activeElement; window.was.blur()")
    without = page.screenshot(clip=clip)  # type: ignore[arg-type]
    page.evaluate("window.was.focus({preventScroll: true, focusVisible: true})")
    return with_focus != without


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
