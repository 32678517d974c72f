"""The legs of the circle, as people go them: from a letter or a start page, by what stands on the pages.

Each leg takes a visitor and leaves it on the last page. The number of pages loaded is what a test counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.clock import date_words, now, today
from app.discussions.sending_forms import NOBODY_KNOWN
from tests.journeys.town import NUMBERED
from tests.journeys.visitor import Visitor

ANSWERS = (
    "We began with fractures and bruising.\nNeglect to protect was new to some of us.",
    "Two of us have seen it used.",
    "We ring the mother first, out of habit. This stays between us.",
)
TO_DO = "Write to both parents"
TO_LEAD = "May we record a father who lives elsewhere?"
TO_PARTNERSHIP = "Who offers VIG in the county?"
MET = today(now()) - timedelta(days=4)
MEETING = "What kind of meeting was it?"
DECISION = "What should happen with these answers?"


@dataclass(frozen=True)
class Spoken:
    """What a team has to say."""

    answers: tuple[str, ...] = ANSWERS
    to_do: str = TO_DO
    to_lead: str = TO_LEAD
    to_partnership: str = TO_PARTNERSHIP


def circulate(officer: Visitor) -> None:
    """From the front page to “done”: everybody is asked about the one briefing. Counts loads from “Circulate” on."""
    sign_in(officer)
    officer.follow("Publish or circulate a briefing")
    officer.loads = 0
    officer.follow("Circulate")
    officer.press("Tick everybody")
    officer.fill("Cover note (optional)", "Please make time for this one.")
    officer.press("Continue")
    officer.reads("Check before you send", "5 teams")
    officer.press("Send 7 letters and ask 5 teams")
    officer.reads("5 teams asked")


def arrive(visitor: Visitor, about: str, part: str) -> None:
    """Read the newest letter about something, follow the link in it that holds these words, and sign in there."""
    visitor.open(visitor.mail.newest(visitor.address, about).link(part))
    visitor.sign_in()


def sign_in(visitor: Visitor) -> None:
    """From the front page to one's own page."""
    visitor.open("/")
    visitor.follow("Sign in")
    visitor.sign_in()
    assert visitor.heading == "Your page"


def the_meeting(leader: Visitor, present: str = "8", day: date = MET) -> None:
    """Page 1, filled in and sent on."""
    for label, text in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        leader.fill(label, str(text), group="When did the team meet?")
    leader.choose("Team meeting", group=MEETING)
    leader.fill("How many people were there?", present)
    leader.press("Continue")


def what_was_said(leader: Visitor, spoken: Spoken = Spoken()) -> None:
    """Page 2, filled in and sent on."""
    for number, answer in enumerate(spoken.answers, 1):
        leader.fill(f"What the team said about question {number}", answer)
    hands = "Show of hands on question 2 (optional)"
    for label, count in (("Yes", "2"), ("Partly", "1"), ("Not yet", "5")):
        leader.fill(label, count, group=hands)
    leader.fill("What", spoken.to_do, group="Action 1")
    leader.fill("Who (a role)", "Duty worker", group="Action 1")
    leader.fill("By when", date_words(MET + timedelta(weeks=9)), group="Action 1")
    leader.fill("A question for your safeguarding lead (optional)", spoken.to_lead)
    leader.fill("A question for the partnership (optional)", spoken.to_partnership)
    leader.press("Continue")


def record(leader: Visitor, to: str, present: str = "8") -> None:
    """The pages of recording, from the meeting to the confirmation. `to`: what the last button says."""
    assert leader.heading == "The meeting"
    the_meeting(leader, present)
    assert leader.heading == "What the team said"
    what_was_said(leader)
    assert leader.heading == "Check and send"
    leader.reads(*(answer.splitlines()[0] for answer in ANSWERS), TO_DO, TO_LEAD, TO_PARTNERSHIP)
    send(leader, to)


def send(leader: Visitor, to: str) -> None:
    """On the last page: the statement, and the button."""
    leader.choose(NOBODY_KNOWN)
    leader.press(to)


def share(lead: Visitor, sign: str, keep_back: int, quotable: int) -> None:
    """On the page of minutes: share all answers but one, one of them quotable (both by number), and confirm."""
    lead.choose("I have this. Share the answers with the ESSCP", group=DECISION)
    lead.untick(NUMBERED[keep_back - 1], group="Answers to share")
    lead.choose(NUMBERED[quotable - 1], group="May be quoted")
    lead.look()
    lead.press(f"Confirm as {sign}")
