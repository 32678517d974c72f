"""An officer who has no mouse: from a file to a briefing that is published, and from there to a launch that waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.test_making import READ_IT, REAL
from tests.journeys import town

pytestmark = pytest.mark.browser
WORD = "A Word document, or a text file"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """A partnership with its teams; no sender runs."""
    with serves(sender=False) as made:
        yield made


def test_a_briefing_is_made_published_and_withdrawn(comes: Comes, eyes: Eyes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish")
    keys = Keys(officer, eyes)
    keys.press("Make a briefing")
    keys.choose(WORD, first=WORD)
    keys.give("Choose the file", Path(REAL).name, Path(REAL).read_bytes())
    keys.press("Begin")
    keys.press("Go on")
    keys.press("Move down : question 1")
    for number in range(3):
        keys.type("Note for whoever leads the discussion", f"What the audit found, {number}.")
    keys.press("Save and go on")
    keys.press("Save and go on")
    keys.press("Save and see all its parts")
    keys.press("Check and publish")
    keys.tick(READ_IT)
    keys.press("Publish")
    officer.reads("The next step is to circulate it.")


def test_a_launch_is_put_down_for_later_and_cancelled(comes: Comes, eyes: Eyes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish")
    keys = Keys(officer, eyes)
    keys.press("Circulate")
    keys.press("Tick everybody")
    keys.choose("Later, on a day that I choose", first="As soon as I confirm")
    keys.press("Continue")
    keys.press("Change something")
    keys.press("Continue")
    keys.press("Schedule …")
    officer.reads("will be asked")
    keys.press("Cancel: ask nobody")
    assert officer.heading == "It was cancelled"
