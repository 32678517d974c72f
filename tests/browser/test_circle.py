"""The whole circle in a real Chromium, with each role, by what stands on the pages; with scripts and without."""

from __future__ import annotations

import pytest

from tests.browser.conftest import BOTH_WAYS, Comes
from tests.browser.window import Window
from tests.journeys import circle, town
from tests.journeys.files import csv_rows, docx_words, xlsx_words
from tests.journeys.mailroom import words_of

pytestmark = [pytest.mark.browser, BOTH_WAYS]
SIGNED = "Trust Named Nurse, Named Nurse"
NORTH, SOUTH = "North Health Visiting: NAI under 5", "South Health Visiting: NAI under 5"


def test_everybody_goes_round_the_circle(comes: Comes) -> None:
    officer, lead = comes(town.OFFICER), comes(town.NURSE)
    circle.circulate(officer)
    assert officer.loads <= 5
    _the_lead_looks_in_early(lead)
    leader = _the_leader_records(comes)
    _the_minute_taker_records(comes)
    _the_lead_shares(lead)
    _the_lead_keeps_to_herself_on_another_device(comes)
    _the_leader_hears(leader)
    _another_team_answers_otherwise(comes)
    _the_partnership_collates(officer)
    reviewer = comes(town.REVIEWER, let_in=True)
    reviewer.open("/home")
    reviewer.misses("Publish or circulate a briefing")
    _the_partnership_collates(reviewer)
    _others_see_what_is_theirs(comes)


def _the_lead_looks_in_early(lead: Window) -> None:
    circle.sign_in(lead)
    lead.reads("Nothing waits for you", "No response yet")
    lead.follow("All minutes from your teams")
    lead.reads("No minutes have come in yet.")


def _the_leader_records(comes: Comes) -> Window:
    leader = comes(town.NORTH)
    letter = leader.mail.newest(town.NORTH, "to discuss")
    leader.open(letter.link("/editions/1"))
    leader.reads("Points for discussion", *town.POINTS)
    leader.loads = 0
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    assert leader.loads <= 7
    assert leader.heading == f"Your minutes are with {SIGNED}"
    leader.follow("Read your minutes and what happens to them")
    leader.reads(*(words for answer in circle.ANSWERS for words in answer.splitlines()))
    return leader


def _the_minute_taker_records(comes: Comes) -> None:
    taker = comes(town.MINUTE_TAKER, let_in=True)
    taker.open("/home")
    taker.follow(SOUTH)
    taker.follow("Record your discussion")
    circle.record(taker, "Send to Trust Named Nurse", present="12")
    taker.follow("Your team’s page")
    taker.reads("With Trust Named Nurse")


def _the_lead_shares(lead: Window) -> None:
    letter = lead.mail.newest(town.NURSE, "North Health Visiting: minutes to read")
    assert circle.ANSWERS[2] in words_of(letter.word)
    lead.loads = 0
    lead.open(letter.link("/minutes/"))
    circle.share(lead, SIGNED, keep_back=3, quotable=1)
    assert lead.loads <= 2
    lead.reads(f"{SIGNED}, said “I have this”", f"{SIGNED}, shared 2 answers")


def _the_lead_keeps_to_herself_on_another_device(comes: Comes) -> None:
    lead = comes(town.NURSE)
    circle.arrive(lead, "South Health Visiting: minutes to read", "/minutes/")
    lead.choose("I have this. Do not share for now", group=circle.DECISION)
    lead.press(f"Confirm as {SIGNED}")
    assert lead.loads <= 5
    lead.reads(f"{SIGNED}, said “I have this”", "Nothing of it has been shared.")
    lead.follow("Minutes from your teams")
    lead.reads(NORTH, "Shared", SOUTH, "Read, not shared")


def _the_leader_hears(leader: Window) -> None:
    leader.open(leader.mail.newest(town.NORTH, "has your minutes").link("/minutes/"))
    leader.reads("Shared with the ESSCP", f"{SIGNED}, shared 2 answers on")
    assert circle.TO_LEAD in docx_words(leader.download("Word copy of these minutes"))


def _another_team_answers_otherwise(comes: Comes) -> None:
    manager = comes(town.MANAGER, let_in=True)
    manager.open(manager.mail.newest(town.MANAGER, "to discuss").link("/other"))
    manager.choose("This briefing is not relevant to us", group="What is your team’s answer?")
    manager.look()
    manager.fill("Why is it not relevant?", "Our children are all over eleven.")
    manager.press("Give this answer")
    manager.reads("Your answer is kept")


def _the_partnership_collates(reader: Window) -> None:
    reader.follow("Your page")
    reader.follow(town.BRIEFING)
    reader.reads("1 team replied in another way", "2 teams have not responded yet")
    reader.unfold("The same figures in a table")
    for number, words in (
        (1, "Neglect to protect was new"),
        (2, "5 not yet"),
        (3, "No answer to this has been shared"),
    ):
        reader.follow(town.POINTS[number - 1])
        reader.reads(words)
        reader.misses(circle.ANSWERS[2])
        reader.follow(town.BRIEFING)
    files = [docx_words(reader.download("Report in Word")), xlsx_words(reader.download("Excel workbook"))]
    assert all("Two of us have seen it used." in words and circle.ANSWERS[2] not in words for words in files)
    rows = csv_rows(reader.download("CSV file"))
    asked = ["What the team will do", "A question for the partnership"]
    assert [row["Question"] for row in rows if row["Question"] not in town.POINTS] == asked and len(rows) == 4
    reader.follow("What teams will do, what they ask you, and who has not responded")
    reader.reads(circle.TO_DO, circle.TO_PARTNERSHIP, "Not relevant to us", "Hill Road Primary School")
    reader.misses(circle.TO_LEAD)


def _others_see_what_is_theirs(comes: Comes) -> None:
    people = (town.ADMINISTRATOR, town.DEPUTY, town.FORMER)
    administrator, deputy, former = (comes(address, let_in=True) for address in people)
    administrator.open("/home")
    administrator.reads("Where your teams stand", "North Health Visiting", "Read, not shared")
    administrator.press("Sign out")
    administrator.reads("You have signed out.")
    deputy.open("/home")
    deputy.follow("All minutes from your teams")
    deputy.follow(NORTH)
    deputy.reads("Shared with the ESSCP")
    former.open("/home")
    former.reads("You have no role here at the moment", "Trust Administrator")
