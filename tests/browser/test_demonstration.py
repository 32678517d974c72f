"""The demonstration as `make run` serves it: one click to be somebody, pages full of what has gone on, the mailbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from app import create_app
from app.settings import ROOT, Settings
from tests.browser.conftest import Comes
from tests.browser.serving import Service, stopped, wait_for
from tests.browser.window import Window
from tests.journeys.mailroom import Mailroom
from tests.ports import own_port
from tests.post.smtp_stub import Stub

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def service(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`flask demo run` in an empty folder. Its letters go to its own mailbox, so that ours stays empty."""
    folder, port = tmp_path_factory.mktemp("demonstration"), own_port()
    left_out = ("SECRET_KEY", "SERVICE_URL", "DATABASE_URL", "MAIL_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    environ |= {"DEMONSTRATION": "1", "DATA_DIR": str(folder), "PORT": str(port), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "flask", "--app", "app", "demo", "run"]
    with (folder / "log.txt").open("wb") as log, Stub() as unused:
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            origin = f"http://localhost:{port}"
            wait_for(f"{origin}/health", folder)
            app = create_app(Settings.from_environment({"DATA_DIR": str(folder)}))
            yield Service(origin, Mailroom(unused, bring=lambda: None), app, folder)
            app.extensions["database_engine"].dispose()
        finally:
            stopped(process)


def be(visitor: Window, name: str) -> None:
    visitor.open("/demonstration")
    visitor.press(name)
    assert visitor.heading == "Your page"


def first(visitor: Window, where: str) -> str:
    """The words of the first link of a list."""
    return visitor.page.locator(where).first.inner_text()


def test_whoever_one_is_there_is_something_to_see(comes: Comes) -> None:
    visitor = comes()
    visitor.open("/")
    visitor.follow("be somebody else")
    be(visitor, "Partnership officer, ESSCP")
    visitor.follow("NAI under 5")
    visitor.reads("Community Health Trust", "Primary School, Hill Road")
    visitor.follow(first(visitor, ".govuk-list--number a"))
    visitor.reads("May be quoted", "Not for quoting")
    be(visitor, "Reviewer, ESSCP quality assurance subgroup")
    be(visitor, "Lead for Community Health Trust")
    visitor.follow("Read minutes")
    visitor.follow(first(visitor, ".govuk-task-list__link"))
    visitor.reads("What should happen with these answers?")
    be(visitor, "Team leader, Health Visiting North")
    visitor.follow(first(visitor, ".govuk-task-list__link"))
    visitor.follow(visitor.page.locator("a", has_text="Read your minutes of").first.inner_text())
    visitor.reads("What the team said")


def test_a_letter_in_the_mailbox_leads_to_what_it_is_about(comes: Comes) -> None:
    visitor = comes()
    be(visitor, "Team leader, Volunteer Home Visiting")
    visitor.follow("local mailbox")
    letter = visitor.page.get_by_role("link", name="Volunteer Home Visiting: to discuss by").first
    letter.wait_for(timeout=60_000)
    visitor.follow(letter.inner_text())
    visitor.reads("What we ask of you", "Who reads the answers")
    visitor.follow(visitor.page.locator("a[href$='/meeting']").inner_text())
    assert visitor.heading == "The meeting"


def test_a_letter_with_minutes_brings_the_document(comes: Comes) -> None:
    visitor = comes()
    visitor.open("/demonstration/mailbox")
    visitor.follow(first(visitor, "a:has-text('minutes to read')"))
    assert visitor.download(first(visitor, "a[href*='/mailbox/'][href$='/0']")).startswith(b"PK")
