"""Whoever leaves a page with words that nobody has is asked first; whoever presses its button is not."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from playwright.sync_api import Dialog, Route, expect

from tests.browser.conftest import Comes
from tests.browser.serving import Service
from tests.browser.test_autosave import FIRST, eventually, shows, types, words_kept
from tests.browser.test_no_mouse import at_said
from tests.browser.window import Window
from tests.journeys import town

pytestmark = pytest.mark.browser
BY_HAND = "This page does not save itself: press “Save what I chose”."
SIGNED = "Trust Named Nurse, Named Nurse"


@pytest.fixture(scope="module", autouse=True)
def asked(service: Service) -> None:
    town.circulate(service.app)


def watched(window: Window) -> list[str]:
    """What the browser asks from now on. It is told yes."""
    kinds: list[str] = []

    def hear(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.accept()

    window.page.on("dialog", hear)
    return kinds


def leaves(window: Window) -> None:
    window.page.goto(f"{window.service.origin}/accessibility")


def types_in(window: Window, label: str, words: str) -> None:
    """Type as a person does: a browser asks nobody who has not touched the page."""
    window.page.get_by_label(label, exact=True).press_sequentially(words)


def test_leaving_is_asked_about_until_the_words_are_known_to_be_kept(comes: Comes, service: Service) -> None:
    window = at_said(comes, town.HEAD, "Hill Road Primary School")
    page, at, kinds = window.page, window.page.url, watched(window)
    types_in(window, FIRST, "Not saved yet.")
    leaves(window)
    assert kinds == ["beforeunload"]
    # It is saved on the way out. The page is gone by then, and a browser need not tell how its last request ended.
    eventually(lambda: words_kept(service), "Not saved yet.", page)
    window.open(at)
    held: list[Route] = []
    page.route("**/said", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    types_in(window, FIRST, "On its way.")
    page.get_by_label(FIRST).press("Tab")
    eventually(lambda: len(held), 1, page)
    leaves(window)
    assert kinds == ["beforeunload", "beforeunload"]
    held[0].abort()  # it would come in late, as from another window
    page.unroute_all()
    window.open(at)
    types_in(window, FIRST, "Saved.")
    page.get_by_label(FIRST).press("Tab")
    shows(page, "Saved at")
    leaves(window)
    window.open(at)
    window.page.get_by_label("Yes", exact=True).press_sequentially("3")
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")  # the box is not left, so nothing is saved before
    assert len(kinds) == 2, "whoever presses the button is not asked"


def test_the_page_with_two_texts_says_that_it_does_not_save_itself(comes: Comes, service: Service) -> None:
    mine = at_said(comes, town.SOUTH, "South Health Visiting")
    other = comes(town.SOUTH, let_in=True)
    other.open(mine.page.url)
    mine.fill(FIRST, "Mine.")
    types(other, "Theirs.")
    shows(other.page, "Saved at")
    mine.press("Continue")
    kinds = watched(mine)
    expect(mine.page.locator("[data-saving]")).to_have_text(BY_HAND)
    mine.page.get_by_role("radio", name="Both").first.check()
    mine.go(mine.page.get_by_role("link", name="Leave it as it was saved"))
    assert kinds == [], "nothing was typed there"


def test_the_first_page_says_so_too_and_asks(comes: Comes, service: Service) -> None:
    mine, other = comes(town.OPTIONS, let_in=True), comes(town.OPTIONS, let_in=True)
    for window in (mine, other):
        window.open(f"/asked/{town.asked(service.app, 'Housing Options')}/meeting")
        window.fill("Which role chaired? (optional)", "Chaired by theirs" if window is other else "Chaired by mine")
    other.press("Save and come back later")
    mine.press("Save and come back later")
    assert "This was saved from somewhere else" in mine.page.content()
    expect(mine.page.locator("[data-saving]")).to_have_text(BY_HAND)
    kinds = watched(mine)
    types_in(mine, "Which role chaired? (optional)", "!")
    leaves(mine)
    assert kinds == ["beforeunload"]


class Writes(NamedTuple):
    """A page with much to type and no draft: who writes there, where, in which box, and its button."""

    who: str
    at: str
    box: str
    button: str
    first: str = ""


PAGES = {
    "an officer's entry": Writes(town.OFFICER, "/asked/{asked}/outside", FIRST, "Enter these answers"),
    "another reply": Writes(
        town.MANAGER,
        "/asked/{asked}/other",
        "Why is it not relevant?",
        "Give this answer",
        "This briefing is not relevant to us",
    ),
    "a lead's question": Writes(
        town.NURSE,
        "/minutes/{minutes}",
        "Your question to the team",
        f"Confirm as {SIGNED}",
        "Ask the team a question first",
    ),
    "a team's answer": Writes(town.NORTH, "/minutes/{minutes}", "Your answer", "Send to Trust Named Nurse"),
}


@pytest.fixture(scope="module")
def minutes(service: Service) -> str:
    return town.minutes(service.app, "North Health Visiting", town.NORTH)


def opened(window: Window, there: Writes, minutes: str) -> None:
    """The page, with its box open."""
    team = "Harbour Centre" if there.who == town.MANAGER else "Hill Road Primary School"
    window.open(there.at.format(asked=town.asked(window.service.app, team), minutes=minutes))
    if there.box == "Your answer":
        window.follow("Answer the question")
    if there.first:
        window.choose(there.first)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_keeps_no_draft_asks_before_its_words_are_left(comes: Comes, minutes: str, name: str) -> None:
    there = PAGES[name]
    window = comes(there.who, let_in=True)
    kinds = watched(window)
    opened(window, there, minutes)
    leaves(window)
    assert kinds == [], "nothing was typed"
    opened(window, there, minutes)
    types_in(window, there.box, "Words that nobody has.")
    leaves(window)
    assert kinds == ["beforeunload"]
    opened(window, there, minutes)
    types_in(window, there.box, "Words that are sent.")
    window.press(there.button)
    assert kinds == ["beforeunload"]
    if window.faults:  # it came back to be mended
        window.page.get_by_label(there.box).click()
        leaves(window)
        assert kinds == ["beforeunload"] * 2


def test_the_last_page_asks_before_a_reason_is_left_and_not_otherwise(comes: Comes, service: Service) -> None:
    window = at_said(comes, town.HEAD, "Hill Road Primary School")
    window.fill(FIRST, "Ring the sitter on 07700 900123.")
    window.press("Continue")
    kinds, at = watched(window), window.page.url
    window.choose("another reason")
    leaves(window)
    assert kinds == [], "nothing was typed"
    window.open(at)
    window.choose("another reason")
    types_in(window, "Which reason?", "She asked for it")
    window.press("Send")
    assert kinds == [] and window.faults, "the statement is not ticked"
    expect(window.page.get_by_label("Which reason?")).to_have_value("She asked for it")
    window.page.get_by_label("Which reason?").click()
    window.page.get_by_role("link", name="Change it").first.click()
    assert kinds == ["beforeunload"]
