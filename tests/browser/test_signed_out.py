"""Signed out while something stands on a page that has no draft, and signing out on every computer: in Chromium, with
scripts and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.test_autosave import FIRST
from tests.browser.test_no_mouse import at_said
from tests.journeys import town
from tests.journeys.circle import NOBODY_KNOWN

pytestmark = [pytest.mark.browser, BOTH_WAYS]


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked; no sender runs."""
    with serves(sender=False) as made:
        town.circulate(made.app)
        yield made


def test_what_an_officer_typed_when_she_was_signed_out_is_offered_back_to_her(comes: Comes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/home")
    officer.follow(town.BRIEFING)
    officer.follow("What teams will do, what they ask you, and who has not responded")
    officer.go(officer.page.get_by_role("link", name="Enter answers").first)
    officer.fill("What the team said about question 1", "Half an hour of typing.")
    address = officer.page.url
    officer.page.context.clear_cookies()
    officer.press("Enter these answers")
    officer.reads("kept")
    officer.let_in()
    officer.open(address)
    assert officer.page.get_by_label("What the team said about question 1").input_value() == "Half an hour of typing."
    officer.press("Remove what I typed")
    officer.misses("Half an hour of typing.")


def test_whoever_lost_a_computer_signs_out_everywhere(comes: Comes) -> None:
    here, there = comes(town.HEAD, let_in=True), comes(town.HEAD, let_in=True)
    there.open("/home")
    here.open("/home")
    here.press("Sign out everywhere")
    there.open("/home")
    assert there.heading == here.heading == "Sign in"


def test_reasons_on_the_page_that_checks_are_offered_back_and_the_statement_is_not(comes: Comes) -> None:
    head = at_said(comes, town.HEAD, "Hill Road Primary School")
    head.fill(FIRST, "Ring the sitter on 07700 900123.")
    head.press("Continue")
    head.choose("another reason")
    head.fill("Which reason?", "She asked for it")
    statement = head.page.get_by_label(NOBODY_KNOWN)
    statement.check()
    address = head.page.url
    head.page.context.clear_cookies()
    head.press("Send")
    head.reads("kept")
    head.let_in()
    head.open(address)
    head.reads("is in the boxes below, and is not sent yet.")
    assert head.page.get_by_label("another reason").is_checked() and not statement.is_checked()
    assert head.page.get_by_label("Which reason?").input_value() == "She asked for it"
    assert head.page.get_by_label("Which reason?").is_visible()
    statement.check()
    head.press("Send")
    assert "/sent" in head.page.url
