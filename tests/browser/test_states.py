"""The states of pages that the circle does not pass when all goes well: faults, conflicts, emptiness, waiting.

Whatever is passed is looked at (tests/browser/eyes.py); the tests themselves say which states there are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
SIGNED = "Trust Named Nurse, Named Nurse"
NOTHING_NEW = "so nothing new can be sent about this briefing."


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> object:
    """Everybody has been asked."""
    with serves() as made:
        town.circulate(made.app)
        yield made


def test_signing_in_says_what_is_wrong(comes: Comes) -> None:
    person = comes(town.NORTH)
    person.open("/sign-in")
    person.press("Send me a code")
    assert person.faults == ["Write your work email address"]
    person.fill("Your work email address", "north at trust")
    person.press("Send me a code")
    assert person.faults
    person.fill("Your work email address", "stranger@elsewhere.example.gov.uk")
    person.press("Send me a code")
    person.press("Sign in")
    assert person.faults == ["Write the code of 8 digits from the email"]
    for left in ("4 tries are left", "3 tries are left", "2 tries are left", "1 try is left"):
        person.fill("The code from the email", "12345678")
        person.press("Sign in")
        assert left in person.faults[0]
    person.fill("The code from the email", "12345678")
    person.press("Sign in")
    assert person.heading == "Ask for a new code"
    person.press("Send me a new code")
    assert person.heading == "Check your email"


def test_signing_in_slows_down_whoever_asks_too_often(comes: Comes) -> None:
    person = comes()
    for number in range(11):
        person.open("/sign-in")
        person.fill("Your work email address", f"nobody{number}@elsewhere.example.gov.uk")
        person.press("Send me a code")
    assert person.heading == "Too many tries"


def test_a_code_page_of_another_browser_leads_back_to_the_start(comes: Comes) -> None:
    first, second = comes(), comes()
    first.open("/sign-in")
    first.fill("Your work email address", town.SOUTH)
    first.press("Send me a code")
    second.open(first.page.url)
    second.reads("A code works only in the browser where it was asked for.")


def test_circulating_says_what_is_wrong_and_what_has_changed(comes: Comes, service: Service, tmp_path: Path) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    officer.press("Continue")
    assert officer.faults == ["Tick at least one organisation or team to ask."]
    officer.press("Tick everybody")
    officer.press("Continue")
    assert "Everybody you ticked was asked about this briefing before." in officer.faults[0]
    by = "Date to answer by"
    officer.choose("Ask those too who were asked about this briefing before")
    officer.fill("Day", "31", by)
    officer.fill("Month", "2", by)
    officer.press("Continue")
    assert officer.faults
    officer.fill("Month", "3", by)
    officer.press("Continue")
    officer.press("Change something")
    officer.press("Continue")
    cells = {
        "organisation": "District Housing",
        "organisation_ref": "housing",
        "sector": "Housing",
        "name": "New Leader",
    }
    place = {"team": "Neighbourhoods", "team_ref": "near", "role": "team leader", "email": "new@housing.example.gov.uk"}
    town.appoint(service.app, tmp_path, **cells, **place)
    officer.press("Send 7 letters and ask 5 teams")
    officer.reads("The list has changed", "Nothing was sent.", "Neighbourhoods")


def test_recording_says_what_is_wrong_and_keeps_what_was_typed(comes: Comes) -> None:
    leader = comes(town.SOUTH, let_in=True)
    leader.open("/home")
    leader.follow("South Health Visiting: NAI under 5")
    leader.follow("Record your discussion")
    leader.press("Continue")
    assert len(leader.faults) == 3
    leader.fill("Which role chaired? (optional)", "Team manager")
    leader.press("Save and come back later")
    assert leader.heading == "Your draft is saved"
    leader.follow("Go on writing")
    leader.unfold("Note for whoever led the discussion")
    leader.fill("Yes", "many", group="Show of hands on question 2 (optional)")
    leader.fill("What the team said about question 1", "This must not be lost.")
    leader.press("Continue")
    assert leader.faults
    leader.fill("Yes", "2", group="Show of hands on question 2 (optional)")
    leader.press("Add another action")
    leader.press("Continue")
    leader.reads("Before this can be sent", "Everything you typed is kept.")
    leader.follow("Say on which day the team met.")
    circle.the_meeting(leader)
    leader.reads("What the team said")
    leader.press("Continue")
    leader.reads("This must not be lost.", "Team manager")
    leader.follow("Come back later")
    leader.follow("Throw this draft away")
    leader.press("Throw the draft away")
    leader.reads("Record your discussion")


def test_two_who_write_at_once_are_shown_both_texts(comes: Comes) -> None:
    leader, taker = comes(town.SOUTH, let_in=True), comes(town.MINUTE_TAKER, let_in=True)
    leader.open("/home")
    leader.follow("South Health Visiting: NAI under 5")
    leader.follow("Record your discussion")
    circle.the_meeting(leader)
    taker.open(leader.page.url)
    leader.fill("What the team said about question 1", "What the leader typed.")
    taker.fill("What the team said about question 1", "What the minute taker typed.")
    leader.press("Continue")
    taker.press("Continue")
    taker.reads("This was saved from somewhere else", "What the [removed: minute taker ] [added: leader ] typed.")
    taker.press("Save what I chose")
    taker.reads("What the minute taker typed.")
    leader.follow("What the team said")
    leader.follow("Look at earlier texts")
    leader.reads("as South Team Leader had it on", "What the leader typed.")


def test_deciding_says_what_is_wrong(comes: Comes, service: Service) -> None:
    ref = town.minutes(service.app, "North Health Visiting", town.NORTH)
    lead = comes(town.NURSE, let_in=True)
    lead.open(f"/minutes/{ref}")
    lead.press(f"Confirm as {SIGNED}")
    assert lead.faults == ["Choose what should happen with these answers."]
    lead.choose("I have this. Share the answers with the ESSCP", group=circle.DECISION)
    for point in town.NUMBERED:
        lead.untick(point, group="Answers to share")
    lead.press(f"Confirm as {SIGNED}")
    assert "Tick at least one answer to share" in lead.faults[0]
    lead.choose("Ask the team a question first", group=circle.DECISION)
    lead.press(f"Confirm as {SIGNED}")
    assert lead.faults == ["Write what you would like to ask the team."]
    lead.fill("Your question to the team", "Both parents?")
    lead.press(f"Confirm as {SIGNED}")
    lead.reads("asked the team", "Both parents?")
    lead.choose("I have this. Share the answers with the ESSCP", group=circle.DECISION)
    lead.press(f"Confirm as {SIGNED}")
    lead.follow("Stop sharing these answers")
    lead.press("Stop sharing")
    lead.reads("took back what was shared with the ESSCP.", "Not shared with the ESSCP now.")


def test_a_correction_waits_while_another_meeting_is_being_recorded(comes: Comes, service: Service) -> None:
    ref = town.minutes(service.app, "Housing Options", town.OPTIONS)
    leader = comes(town.OPTIONS, let_in=True)
    leader.open(f"/minutes/{ref}")
    leader.reads("District Housing has no safeguarding lead here at the moment.")
    leader.follow("Your page")
    leader.follow("Housing Options: NAI under 5")
    leader.follow("Record another meeting")
    leader.reads("There are minutes already of 1 meeting")
    circle.the_meeting(leader)
    leader.open(f"/minutes/{ref}")
    leader.press("Correct these minutes")
    assert leader.heading == "There is a draft open for this briefing"


def test_whoever_is_signed_out_while_typing_gets_the_text_back(comes: Comes) -> None:
    head = comes(town.HEAD, let_in=True)
    head.open("/home")
    head.follow("Hill Road Primary School: NAI under 5")
    head.follow("Record your discussion")
    circle.the_meeting(head)
    head.fill("What the team said about question 1", "An hour's work.")
    head.page.context.clear_cookies(name="signed-in")
    head.press("Continue")
    assert head.heading == "Sign in to go on"
    head.reads("What you typed is kept.")
    head.let_in()
    head.open("/home")
    head.follow("Hill Road Primary School: NAI under 5")
    head.follow("Go on writing")
    head.press("Continue")
    boxes = [box.input_value() for box in head.page.get_by_role("textbox").all()]
    assert "An hour's work." in boxes


def test_pages_with_nothing_on_them_say_why(comes: Comes, serves: Serves) -> None:
    with serves() as fresh:
        officer, leader = comes(town.OFFICER, fresh, let_in=True), comes(town.NORTH, fresh, let_in=True)
        officer.open("/home")
        officer.reads("Nothing has been circulated yet.")
        officer.open("/collation")
        officer.reads("Nothing has been circulated yet.")
        leader.open("/home")
        leader.reads("Nothing at the moment.")
        beside = [f"/packs/{town.SLUG}/{page}" for page in ("poster", "editions")]
        found = ["/packs?q=fathers&topic=engaging+fathers", "/packs?q=zebra", "/packs?q=the"]
        for path in ("/", "/packs", *found, f"/packs/{town.SLUG}", *beside, "/accessibility", "/nowhere"):
            comes("", fresh).open(path)


def test_what_waits_for_the_sender_says_that_it_waits(comes: Comes, serves: Serves) -> None:
    with serves(sender=False) as still:
        town.circulate(still.app)
        leader = comes(town.NORTH, still, let_in=True)
        leader.open("/home")
        leader.follow("North Health Visiting: NAI under 5")
        leader.follow("Record your discussion")
        circle.record(leader, "Send to Trust Named Nurse")
        leader.reads("The email to Trust Named Nurse is waiting to send.")
        leader.follow("Word copy for your own minutes")
        leader.reads("The Word copy is being made")


@BOTH_WAYS
def test_an_officer_changes_the_date_and_reads_that_nobody_is_written_to(comes: Comes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/home")
    officer.follow("NAI under 5")
    officer.follow("Change the date to answer by")
    officer.press("Change the date")
    assert officer.faults == ["Give the new date to answer by."]
    for part, typed in (("Day", "26"), ("Month", "2"), ("Year", "2027")):
        officer.fill(part, typed, "New date to answer by")
    officer.press("Change the date")
    officer.reads("Nobody is written to about it today.")


@BOTH_WAYS
def test_the_date_of_what_was_closed_or_changed_meanwhile_is_not_changed_unseen(comes: Comes, serves: Serves) -> None:
    with serves() as fresh:
        town.circulate(fresh.app)
        one, two = (comes(town.OFFICER, fresh, let_in=True) for _ in range(2))
        for officer in (one, two):
            officer.open("/home")
            officer.follow("NAI under 5")
            officer.follow("Change the date to answer by")
        for officer, day in ((one, "26"), (two, "25")):
            for part, typed in (("Day", day), ("Month", "2"), ("Year", "2027")):
                officer.fill(part, typed, "New date to answer by")
            officer.press("Change the date")
        assert len(two.faults) == 1 and "26 February 2027" in two.text
        assert two.page.get_by_label("Day").input_value() == "25"
        two.open(two.page.url.replace("/date", "/recording"))
        two.press("Close recording")
        one.open(one.page.url)
        one.reads("so nobody is reminded and the date cannot be changed.")
        one.follow("Open recording again")
        one.press("Open recording again")
        assert one.heading == "Recording is open"


@BOTH_WAYS
def test_where_recording_is_closed_the_team_reads_it_on_every_page(comes: Comes, serves: Serves) -> None:
    with serves() as fresh:
        town.circulate(fresh.app)
        officer, leader = comes(town.OFFICER, fresh, let_in=True), comes(town.NORTH, fresh, let_in=True)
        leader.open("/home")
        leader.follow("North Health Visiting: NAI under 5")
        leader.follow("Record your discussion")
        circle.the_meeting(leader)
        officer.open("/home")
        officer.follow("NAI under 5")
        officer.follow("Close recording")
        officer.press("Close recording")
        assert officer.heading == "Recording is closed"
        leader.fill("What the team said about question 1", "An hour's work.")
        leader.press("Continue")
        leader.reads(NOTHING_NEW)
        leader.follow("Where to find this draft again")
        leader.follow("the page of North Health Visiting")
        leader.follow("Read your draft, or go on writing")
        for beside in ("other", "upload", "own-minutes"):
            leader.open(f"/asked/{town.asked(fresh.app, 'North Health Visiting')}/{beside}")
            leader.reads(NOTHING_NEW)
        leader.open("/home")
        leader.reads("Recording closed on")
        officer.press("Open recording again")
        assert officer.heading == "Recording is open"
