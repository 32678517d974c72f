"""The journeys of a leader and of a lead with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.discussions.sending_forms import NOBODY_KNOWN
from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
CODE = "The code from the email"
SHARE = "I have this. Share the answers with the ESSCP"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked."""
    with serves() as made:
        town.circulate(made.app)
        yield made


def test_a_leader_and_a_lead_need_no_mouse(comes: Comes, eyes: Eyes) -> None:
    leader, lead = comes(town.NORTH), comes(town.NURSE)
    leader.open(leader.mail.newest(town.NORTH, "to discuss").link("/meeting"))
    keys = Keys(leader, eyes)
    _sign_in(keys)
    _record(keys)
    assert leader.heading == "Your minutes are with Trust Named Nurse, Named Nurse"
    assert leader.loads <= 7

    lead.open(lead.mail.newest(town.NURSE, "minutes to read").link("/minutes/"))
    keys = Keys(lead, eyes)
    _sign_in(keys)
    keys.choose(SHARE, first=SHARE, group=circle.DECISION)
    keys.to(town.NUMBERED[2], group="Answers to share")
    lead.page.keyboard.press("Space")
    keys.to(town.NUMBERED[0], group="May be quoted")
    lead.page.keyboard.press("Space")
    keys.press("Confirm as Trust Named Nurse, Named Nurse")
    assert lead.loads <= 5
    lead.reads("shared 2 answers", "Shared. May be quoted")


def _sign_in(keys: Keys) -> None:
    window = keys.window
    keys.type("Your work email address", window.address)
    keys.enter()
    keys.type(CODE, window.mail.newest(window.address, "is your code").code)
    keys.enter()


def _record(keys: Keys) -> None:
    met = circle.MET
    for label, text in (("Day", met.day), ("Month", met.month), ("Year", met.year)):
        keys.type(label, str(text), group="When did the team meet?")
    keys.choose("Group supervision", first="Team meeting", group=circle.MEETING)
    keys.type("How many people were there?", "8")
    keys.press("Continue")
    for number in (1, 2, 3):
        keys.type(f"What the team said about question {number}", f"We talked about question {number}.")
        if number == 2:
            keys.type("Not yet", "5", group="Show of hands on question 2")
    keys.type("What", "Write to both parents", group="Action 1")
    keys.press("Continue")
    keys.window.reads("Group supervision", "By show of hands: 5 not yet", "Write to both parents")
    keys.to(NOBODY_KNOWN)
    keys.page.keyboard.press("Space")
    keys.press("Send to Trust Named Nurse")


def test_the_skip_link_leads_to_what_the_page_is_about(comes: Comes, eyes: Eyes) -> None:
    leader = comes(town.SOUTH, let_in=True)
    leader.open("/home")
    leader.page.keyboard.press("Tab")
    leader.page.keyboard.press("Enter")
    leader.page.wait_for_url("**/home#main-content")
    keys = Keys(leader, eyes)
    keys.press("South Health Visiting: NAI under 5")
    assert leader.heading == "South Health Visiting"
