"""People are named by somebody who has no mouse: who else writes a discussion up, who leads a team, a team that is
missing, the leader of a team that has none; each first wrongly, then rightly. At every stop the focus is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.database import db
from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.test_mending_and_lists import make_amiss
from tests.browser.window import Window
from tests.journeys import town

pytestmark = pytest.mark.browser
NAME, EMAIL = "Name", "Work email address"
NEW = "Another Practitioner"
NIGHTS = "Night nursing – Hailsham, Seaford and Newhaven"
KNOWS, DOES_NOT = "I know who", "I do not know"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked, and a team has no leader. No sender runs."""
    with serves(sender=False) as made:
        with made.app.app_context(), db.writing() as session:
            make_amiss(session)
        town.circulate(made.app)
        yield made


def at(comes: Comes, eyes: Eyes, who: str, url: str) -> tuple[Window, Keys]:
    window = comes(who, let_in=True)
    window.open(url)
    return window, Keys(window, eyes)


def test_a_colleague_is_named_and_taken_back(comes: Comes, eyes: Eyes) -> None:
    leader, keys = at(comes, eyes, town.SOUTH, "/home")
    keys.press("South Health Visiting: NAI under 5")
    keys.press("Somebody else will write it up")
    keys.press("Let this person write it up")
    assert len(leader.faults) == 2
    keys.type(NAME, NEW)
    keys.type(EMAIL, "another@trust.example.nhs.net")
    keys.press("Let this person write it up")
    leader.reads(f"{NEW} can write this up now")
    keys.press(f"Take it back from {NEW}")
    leader.reads("Taken back by South Team Leader")


def test_who_leads_a_team_is_said_and_left_or_confirmed(comes: Comes, eyes: Eyes) -> None:
    leader, keys = at(comes, eyes, town.NORTH, "/home")
    keys.press("North Health Visiting: NAI under 5")
    keys.press("Somebody else leads this team")
    keys.press("Say who leads it")
    assert leader.faults == ["Say who leads the team now, or that you do not know."]
    keys.choose(DOES_NOT, first=KNOWS)
    keys.press("Say who leads it")
    leader.reads("who does not know who")
    lead, hers = at(comes, eyes, town.NURSE, "/home")
    hers.press("North Health Visiting: somebody else leads it now")
    hers.press("Leave everything as it is")
    lead.reads("Everything stayed as it was.")
    keys.choose(KNOWS, first=KNOWS)
    keys.type(NAME, NEW)
    keys.type(EMAIL, "new@trust.example.nhs.net")
    keys.press("Say who leads it")
    leader.reads(f"{NEW} leads North Health Visiting now")
    lead.open("/home")
    hers.press(f"North Health Visiting: {NEW} leads it now")
    hers.press("Confirm: this person leads the team from today")
    lead.reads(f"{NEW} leads this team.")


def test_a_team_that_is_missing_is_added(comes: Comes, eyes: Eyes) -> None:
    lead, keys = at(comes, eyes, town.NURSE, "/home")
    keys.press("Add a team")
    keys.press("Add this team")
    assert len(lead.faults) == 3
    keys.type("What is the team called?", "East Health Visiting")
    keys.type("Who leads it?", "East Leader")
    keys.type(EMAIL, "east@trust.example.nhs.net")
    keys.press("Add this team")
    lead.reads("East Health Visiting is on your list")


def test_the_leader_of_a_team_without_one_is_named(comes: Comes, eyes: Eyes, service: Service) -> None:
    lead, keys = at(comes, eyes, town.NURSE, "/mend")
    with_leader = comes(town.NURSE, let_in=True)
    keys.press(NIGHTS)
    address = lead.page.url
    keys.press("This person leads the team from today")
    assert len(lead.faults) == 2
    keys.type(NAME, "Night Leader")
    keys.type(EMAIL, "nights@trust.example.nhs.net")
    keys.press("This person leads the team from today")
    lead.reads("The team has a leader from today")
    with_leader.open(address)
    with_leader.reads("Night Leader leads this team here.")
