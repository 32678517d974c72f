"""Looks at every page and every state that a test passes: axe, both widths, what the browser complains of, pictures.

A state is known by its address without references, its title, heading, buttons and faults, how what is typed is saved,
and which kinds of elements there are. A page seen before in the same state is not looked at again. Axe is a script: a
page of a browser without scripts is looked at in a mirror, which gets the same page without ours.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Page, Route

STANDARDS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
PICTURES = "BROWSER_PICTURES"
REFERENCE = re.compile(r"(?<=/)[0-9a-z]{12}(?=[/?#]|$)")
SCRIPTS = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL)
FOUR_TIMES = {"width": 320, "height": 256}  # a window of 1280 by 1024, at 400 %
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

IN_SIGHT = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return "";
    const label = ["radio", "checkbox"].includes(at.type) ? at.labels[0] : at;
    const box = label.getBoundingClientRect();
    const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 2);
    const y = Math.min(Math.max(box.y + Math.min(box.height, 20) / 2, 1), innerHeight - 2);
    const there = document.elementFromPoint(x, y);
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    const itself = there && (label.contains(there) || at.contains(there) || there.contains(at));
    return inside && itself ? "" : at.outerHTML.slice(0, 120);
}"""


class Eyes:
    """What was seen in a run. `faults` is empty where everything is as it should be."""

    def __init__(self, browser: Browser, name: str, seen: set[tuple[str, ...]]) -> None:
        self.browser, self.folder, self.seen = browser, _emptied(name), seen
        self.faults: list[str] = []
        self.forgives = ""  # what a test has gone wrong on purpose, in the console's words
        self.pages = 0
        self._mirror: Page | None = None

    def watch(self, page: Page) -> None:
        """Note whatever the browser complains of: scripts that fail, and what the content policy blocks."""
        page.on("console", lambda message: self._heard(page, message))
        page.on("pageerror", lambda fault: self.faults.append(f"{page.url}: {fault}"))

    def _heard(self, page: Page, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning", "assert") or (self.forgives and self.forgives in message.text):
            return
        # A page that says what is wrong has the status that says so, and Chromium writes that down.
        said = re.match(
            r"Failed to load resource: the server responded with a status of (403|404|409|410|422|429)\b", message.text
        )
        if not (said and message.location.get("url", "").split("#")[0] == page.url.split("#")[0]):
            self.faults.append(f"{page.url}: the console says: {message.text}")

    def look(self, page: Page, scripts: bool = True) -> None:
        """Look at the page as it stands, at both widths, unless it was seen in this state."""
        state = _state(page)
        if state in self.seen:
            return
        self.seen.add(state)
        self.pages += 1
        with self._shown(page, scripts) as shown:
            for size in (NARROW, WIDE):
                shown.set_viewport_size(size)  # type: ignore[arg-type]
                self._look_at(shown, f"{state[0]} “{state[2]}” at {size['width']} px")
                self._keep_picture(shown, state, size["width"])

    @contextmanager
    def _shown(self, page: Page, scripts: bool) -> Iterator[Page]:
        if scripts:
            yield page
            return
        self._mirror = self._mirror or self.browser.new_page()
        body = SCRIPTS.sub("", page.content())

        def answer(route: Route) -> None:
            if route.request.is_navigation_request():
                route.fulfill(body=body, content_type="text/html; charset=utf-8")
            else:
                route.continue_()

        self._mirror.route("**/*", answer)
        self._mirror.goto(page.url)
        yield self._mirror
        self._mirror.unroute("**/*")

    def _look_at(self, page: Page, what: str) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        # What passed is left in the browser: it would be most of what is carried over.
        for fault in page.evaluate(f"axe.run({json.dumps(STANDARDS)}).then(found => found.violations)"):
            places = ", ".join(" ".join(node["target"]) for node in fault["nodes"][:3])
            self.faults.append(f"{what}: {fault['id']}: {fault['help']} ({places})")
        if page.evaluate(TOO_WIDE):
            self.faults.append(f"{what}: wider than the screen")

    def _keep_picture(self, page: Page, state: tuple[str, ...], width: int) -> None:
        if self.folder:
            name = re.sub(r"[^a-z0-9]+", "-", " ".join(state[:2]).lower()).strip("-")[:80]
            page.screenshot(path=self.folder / f"{self.pages:03}-{name}-{width}.png", full_page=True)


def _emptied(name: str) -> Path | None:
    """The folder for the pictures of this run, where pictures are wanted."""
    if PICTURES not in os.environ:
        return None
    folder = Path(os.environ[PICTURES]) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


TELLING = """() => [
    document.title,
    document.querySelector("h1").innerText,
    document.querySelector("[data-saving]:not([hidden])")?.dataset.saving || "",
    ...Array.from(document.querySelectorAll(
        "main h2, main form button, dialog[open] p, .govuk-tag, [class*=error], .govuk-inset-text, " +
        "details[open] > summary, input:checked + label",
    ), e => e.innerText),
    Array.from(new Set(Array.from(
        document.querySelectorAll("main *"), e => `${e.localName}.${e.classList[0] || ""}`,
    ))).sort().join(" "),
]"""


def _state(page: Page) -> tuple[str, ...]:
    path = REFERENCE.sub("…", page.url.split("/", 3)[-1].split("?")[0].split("#")[0])
    return (path or "front", *page.evaluate(TELLING))
