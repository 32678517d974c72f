"""Somebody whom nobody knew says which team she leads, with the keyboard alone, and her lead confirms it; with scripts
and without. Every page that is passed is looked at, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.journeys import circle, newcomer

pytestmark = [pytest.mark.browser, BOTH_WAYS]


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The library was asked as everybody was."""
    with serves() as made:
        newcomer.found(made.app, tmp_path_factory.mktemp("library"))
        yield made


def test_from_the_letter_that_was_passed_on_to_what_is_shared(comes: Comes, eyes: Eyes) -> None:
    somebody, lead = comes(newcomer.NEW), comes(newcomer.LEAD)
    newcomer.arrive(somebody)
    keys = Keys(somebody, eyes)
    keys.press("Go on to the meeting")
    assert somebody.faults == ["Give your name.", "Say which team you lead."]
    keys.type("Your name", newcomer.NAME)
    keys.type("Which team do you lead?", newcomer.TEAM)
    keys.press("Go on to the meeting")
    newcomer.sends(somebody)
    assert somebody.loads <= 9
    newcomer.reads_first(lead)
    lead.open(lead.mail.newest(newcomer.LEAD, "please confirm who leads it").link("/leaders/"))
    Keys(lead, eyes).press(f"Confirm: {newcomer.NAME} leads this team")
    lead.reads(f"{newcomer.NAME} leads this team.")
    lead.open(lead.mail.newest(newcomer.LEAD, "minutes to read").link("/minutes/"))
    circle.share(lead, newcomer.SIGNED, keep_back=3, quotable=1)
    lead.reads("Shared. May be quoted")
