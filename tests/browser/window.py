"""A visitor with a real Chromium, who finds everything by what is written beside it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, Request, expect
from sqlalchemy import select

from app.accounts import guard, services
from app.clock import now
from app.database import db
from app.organisations.models import Address
from tests.browser.eyes import Eyes
from tests.browser.serving import Service
from tests.journeys.visitor import Visitor


class Window(Visitor):
    """A visitor at a window of Chromium. Every page that is loaded is looked at."""

    def __init__(self, page: Page, eyes: Eyes, service: Service, address: str, *, scripts: bool = True) -> None:
        super().__init__(address, service.mail)
        self.page, self.eyes, self.service, self.scripts = page, eyes, service, scripts
        page.on("request", self._count)
        eyes.watch(page)

    def let_in(self) -> None:
        """Sign in without a letter."""
        with self.service.app.app_context(), db.writing() as session:
            held = session.scalars(select(Address).where(Address.email == self.address)).one()
            token = services.begin(session, held.person, now=now())
        name = guard.cookie_name(self.service.app.config["SETTINGS"])
        self.page.context.add_cookies([{"name": name, "value": token, "url": self.service.origin}])

    def _count(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self.page.main_frame and not request.redirected_from:
            self.loads += 1

    def open(self, url: str) -> None:
        self.page.goto(url if url.startswith("http") else self.service.origin + url)
        self.look()

    def follow(self, words: str) -> None:
        self.go(self.page.get_by_role("link", name=words, exact=True).first)

    def press(self, words: str) -> None:
        button = self.page.get_by_role("button", name=words, exact=True)
        expect(button).to_have_count(1)
        self.go(button)

    def go(self, at: Locator) -> None:
        """Press what leads to another page, and look at that page once it is there."""
        with self.page.expect_navigation(wait_until="load"):
            at.click()
        self.look()

    def look(self) -> None:
        """Look at the page as it stands now."""
        self.eyes.look(self.page, self.scripts)

    def fill(self, label: str, text: str, group: str = "") -> None:
        self._place(group).get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, group: str = "") -> None:
        self._place(group).get_by_label(label, exact=True).check()

    def untick(self, label: str, group: str = "") -> None:
        box = self._place(group).get_by_label(label, exact=True)
        expect(box).to_be_checked()
        box.uncheck()

    def unfold(self, words: str) -> None:
        summary = self.page.locator("summary").filter(has_text=re.compile(f"^\\s*{re.escape(words)}\\s*$"))
        summary.first.click()
        self.look()

    def download(self, words: str) -> bytes:
        with self.page.expect_download() as coming:
            self.page.get_by_role("link", name=words, exact=True).click()
        return Path(coming.value.path()).read_bytes()

    @property
    def heading(self) -> str:
        return _folded(self.page.get_by_role("heading", level=1).inner_text())

    @property
    def text(self) -> str:
        return _folded(self.page.locator("main").inner_text())

    @property
    def faults(self) -> list[str]:
        return [_folded(line) for line in self.page.locator(".govuk-error-summary li").all_inner_texts()]

    def _place(self, group: str) -> Locator | Page:
        return self.page.get_by_role("group", name=group, exact=True) if group else self.page


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
