"""The pages that few people meet, and what they say when something is missing: other answers, other people, questions,
decisions beforehand, files, earlier texts, answers from outside, letters.

Whatever is passed is looked at (tests/browser/eyes.py); the tests themselves say which states there are. Most are gone
through without scripts too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import now, today
from app.database import db
from app.post.models import Bounce, BounceKind, Delivery, State
from tests import factories
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.discussions.sheets import FACTS, response_sheet
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
SIGNED = "Trust Named Nurse, Named Nurse"
OPERATOR = "operator@partnership.example.gov.uk"
NAME, EMAIL = "Name", "Work email address"
TEAMS = (("North", town.NORTH), ("South", town.SOUTH))


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked."""
    with serves() as made:
        town.circulate(made.app)
        yield made


def at_team(comes: Comes, who: str, team: str) -> Window:
    """Somebody on the page of a team."""
    window = comes(who, let_in=True)
    window.open("/home")
    window.follow(f"{team}: NAI under 5")
    return window


def gives(window: Window, name: str, body: bytes) -> None:
    """Choose a file."""
    window.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "x/y", "buffer": body})


def names(window: Window, button: str, email: str) -> None:
    """Name somebody: without anything, with half an address, and rightly."""
    window.press(button)
    assert len(window.faults) >= 2
    window.fill(NAME, "Another Practitioner")
    window.fill(EMAIL, "another at trust")
    window.press(button)
    assert len(window.faults) == 1
    window.fill(EMAIL, email)
    window.press(button)


@BOTH_WAYS
def test_a_team_gives_another_answer(comes: Comes) -> None:
    manager = at_team(comes, town.MANAGER, "Harbour Centre")
    manager.follow("Not relevant to you, or discussed with another team?")
    manager.press("Give this answer")
    assert manager.faults == ["Choose one of the two answers."]
    manager.choose("We discussed it with another team, which records it")
    manager.press("Give this answer")
    assert len(manager.faults) == 1
    manager.choose("This briefing is not relevant to us")
    manager.press("Give this answer")
    assert len(manager.faults) == 1
    manager.fill("Why is it not relevant?", "Our children are all over eleven.")
    manager.press("Give this answer")
    manager.reads("Your answer is kept")
    manager.unfold("Give another answer")
    manager.follow("Back to your team’s page")
    manager.follow("Read your answer, or give another")
    manager.reads("Our children are all over eleven.")


@BOTH_WAYS
def test_somebody_else_writes_it_up(comes: Comes) -> None:
    leader = at_team(comes, town.SOUTH, "South Health Visiting")
    leader.follow("Somebody else will write it up")
    names(leader, "Let this person write it up", "another@trust.example.nhs.net")
    leader.reads("can write this up now")
    leader.press("Take it back from Another Practitioner")
    leader.reads("Taken back by South Team Leader")


@BOTH_WAYS
def test_somebody_else_leads_a_team(comes: Comes) -> None:
    leader = at_team(comes, town.NORTH, "North Health Visiting")
    leader.follow("Somebody else leads this team")
    leader.press("Say who leads it")
    assert leader.faults == ["Say who leads the team now, or that you do not know."]
    leader.choose("I do not know")
    leader.press("Say who leads it")
    leader.reads("who does not know who")
    lead = comes(town.NURSE, let_in=True)
    lead.open("/home")
    lead.follow("North Health Visiting: somebody else leads it now")
    lead.press("Leave everything as it is")
    lead.reads("Everything stayed as it was.")
    leader.choose("I know who")
    names(leader, "Say who leads it", "new@trust.example.nhs.net")
    leader.reads("Another Practitioner leads North Health Visiting now")
    lead.open("/home")
    lead.follow("North Health Visiting: Another Practitioner leads it now")
    lead.fill(NAME, "")
    lead.press("Confirm: this person leads the team from today")
    assert len(lead.faults) == 1
    lead.fill(NAME, "Another Practitioner")
    lead.press("Confirm: this person leads the team from today")
    lead.reads("Another Practitioner leads this team.")


@BOTH_WAYS
def test_a_lead_adds_a_team(comes: Comes) -> None:
    lead = comes(town.NURSE, let_in=True)
    lead.open("/home")
    lead.follow("Add a team")
    lead.press("Add this team")
    assert len(lead.faults) == 3
    lead.fill("What is the team called?", "South Health Visiting")
    lead.fill("Who leads it?", "Another Leader")
    lead.fill(EMAIL, "leader@trust.example.nhs.net")
    lead.press("Add this team")
    lead.reads("Open the page of South Health Visiting")
    lead.fill("What is the team called?", "East Health Visiting")
    lead.press("Add this team")
    lead.reads("East Health Visiting is on your list")


@BOTH_WAYS
def test_files_are_taken_or_it_is_said_why_not(comes: Comes) -> None:
    head = at_team(comes, town.HEAD, "Hill Road Primary School")
    head.follow("Record your discussion")
    meeting = head.page.url
    head.follow("upload it")
    head.press("Upload and look at it")
    assert head.faults == ["Choose the Word file that you filled in."]
    gives(head, "notes.docx", b"These are words and no Word file.")
    head.press("Upload and look at it")
    assert head.page.get_by_role("link", name="This is not a Word document.").count() == 1, "it leads to the file"
    head.open(meeting)
    head.follow("Attach your minutes (Word)")
    head.press("Attach it")
    assert head.faults == ["Choose the Word file with your minutes."]
    gives(head, "minutes.doc", b"These are words and no Word file.")
    head.press("Attach it")
    assert head.page.get_by_role("link", name="This is not a Word document.").count() == 1
    gives(head, "Team minutes.docx", response_sheet(FACTS))
    head.press("Attach it")
    head.reads("Your minutes are attached.")
    head.press("Take it away")
    head.misses("Attached now")


def test_what_was_written_over_is_put_back_and_a_draft_is_thrown_away(comes: Comes) -> None:
    head = at_team(comes, town.HEAD, "Hill Road Primary School")
    head.follow(head.page.locator("a[href$='/meeting']").first.inner_text())
    circle.the_meeting(head)
    said = head.page.url
    for words in ("This stood there first, and at some length.", ""):
        head.fill("What the team said about question 1", words)
        head.press("Save and come back later")
        head.open(said)
    head.follow("Look at earlier texts")
    head.go(head.page.get_by_role("button", name="Put this text back").first)
    head.open(said)
    head.press("Save and come back later")
    head.follow("Throw this draft away")
    head.press("Throw the draft away")


def test_a_lead_asks_and_a_team_answers_and_notes_what_it_was_told(comes: Comes, service: Service) -> None:
    ref = town.minutes(service.app, "South Health Visiting", town.SOUTH)
    leader, lead = comes(town.SOUTH, let_in=True), comes(town.NURSE, let_in=True)
    leader.open(f"/minutes/{ref}")
    leader.follow("Did somebody tell you that they have them? Note it here")
    leader.press("Note it")
    assert len(leader.faults) == 2
    leader.choose(SIGNED)
    day = today(now())
    for label, text in (("Day", day.day), ("Month", day.month), ("Year", day.year + 1)):
        leader.fill(label, str(text))
    leader.press("Note it")
    assert len(leader.faults) == 1
    leader.fill("Year", str(day.year))
    leader.press("Note it")
    leader.reads("is said to have these minutes")
    leader.open(f"/minutes/{ref}/told")
    leader.reads("There is nothing to note")
    lead.open(f"/minutes/{ref}")
    lead.choose("Ask the team a question first", group=circle.DECISION)
    lead.fill("Your question to the team", "Did you ring both parents?")
    lead.press(f"Confirm as {SIGNED}")
    leader.open(f"/minutes/{ref}")
    leader.follow("Answer the question")
    leader.press("Send to Trust Named Nurse")
    assert leader.faults
    leader.fill("Your answer", "Yes, both of them.")
    leader.press("Send to Trust Named Nurse")
    leader.reads("Your answer is sent.")


def test_a_lead_stops_sharing(comes: Comes, service: Service) -> None:
    ref = town.minutes(service.app, "South Health Visiting", town.SOUTH)
    lead = comes(town.NURSE, let_in=True)
    lead.open(f"/minutes/{ref}")
    lead.choose("I have this. Share the answers with the ESSCP", group=circle.DECISION)
    lead.press(f"Confirm as {SIGNED}")
    lead.follow("Stop sharing these answers")
    lead.press("Stop sharing")
    lead.reads("took back what was shared with the ESSCP.")


@BOTH_WAYS
def test_a_lead_decides_beforehand(comes: Comes) -> None:
    lead = comes(town.NURSE, let_in=True)
    lead.open("/inbox")
    lead.follow("Standing decisions: share answers at once, or read them first")
    lead.follow("Change it for Community Health Trust and the ESSCP")
    other = comes(town.NURSE, let_in=True)
    other.open(lead.page.url)
    lead.choose("Share at once when the check finds nothing")
    lead.look()
    lead.choose("They may be quoted without naming us")
    lead.press(f"Confirm as {SIGNED}")
    lead.reads("Your decision counts for minutes that teams send from now on.")
    other.choose("Share at once when the check finds nothing")
    other.press(f"Confirm as {SIGNED}")
    other.reads("changed this on another page", "Now: Shared at once")
    lead.follow("Change it for Community Health Trust and the ESSCP")
    lead.choose("I read each one first")
    lead.press(f"Confirm as {SIGNED}")
    lead.unfold("What you decided before for Community Health Trust and the ESSCP")


@BOTH_WAYS
def test_a_lead_notes_that_she_is_away(comes: Comes) -> None:
    lead = comes(town.NURSE, let_in=True)
    lead.open("/inbox")
    lead.follow("When you are away: days on which your deputy is written to")
    lead.reads("the deputy is written to at once while you are away")
    lead.follow("Note days away")
    lead.press("Note these days")
    assert len(lead.faults) == 2
    _gives_days(lead, first=5, last=3)
    lead.press("Note these days")
    assert len(lead.faults) == 1
    _gives_days(lead, last=9)
    lead.press("Note these days")
    lead.reads("You are away from")
    lead.go(lead.page.get_by_role("link", name="Change or call off"))
    address = lead.page.url
    lead.press("Confirm")
    assert lead.faults == ["Choose what has changed."]
    lead.choose("The last day away")
    lead.look()
    lead.press("Confirm")
    assert lead.faults == ["Give the last day away."]
    lead.choose("It is called off")
    lead.press("Confirm")
    lead.reads("Those days no longer count as days away.")
    lead.open(address)
    lead.reads("They were called off by Trust Named Nurse")


def _gives_days(window: Window, **days: int) -> None:
    for name, number in days.items():
        day = today(now()) + timedelta(days=number)
        for label in ("Day", "Month", "Year"):
            window.fill(label, str(getattr(day, label.lower())), group=f"{name.capitalize()} day away")


def test_several_are_confirmed_at_once_and_what_moved_on_is_told(comes: Comes, service: Service) -> None:
    refs = [town.minutes(service.app, f"{name} Health Visiting", who) for name, who in TEAMS]
    lead, deputy = comes(town.NURSE, let_in=True), comes(town.DEPUTY, let_in=True)
    for ref in refs:
        lead.open(f"/minutes/{ref}")
        deputy.open(f"/minutes/{ref}")
    lead.open(f"/inbox/had?of={refs[0]}")
    lead.reads("Nothing was confirmed")
    lead.open("/inbox")
    deputy.open("/inbox")
    lead.press("I have these")
    assert lead.faults == ["Tick the minutes that you have."]
    for window, first in ((deputy, 1), (lead, 0)):
        boxes = window.page.get_by_role("group", name="Opened and not confirmed yet").get_by_role("checkbox")
        for number in range(first, boxes.count()):
            boxes.nth(number).check()
        window.press("I have these")
    lead.reads("Not shared so far", "Left out", "Trust Deputy said “I have this” on")


@BOTH_WAYS
def test_an_officer_enters_what_came_outside(comes: Comes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/home")
    officer.follow(town.BRIEFING)
    officer.follow("Where each team stands")
    officer.follow("North Health Visiting")
    officer.open("/home")
    officer.follow(town.BRIEFING)
    officer.follow("What teams will do, what they ask you, and who has not responded")
    officer.go(officer.page.get_by_role("link", name="Enter answers").first)
    officer.press("Enter these answers")
    assert len(officer.faults) == 4
    officer.choose("On paper")
    officer.page.get_by_label("In which month did the team meet?").select_option(index=1)
    officer.choose("Team meeting")
    officer.fill("How many people were there?", "6")
    officer.press("Enter these answers")
    assert officer.faults
    officer.fill("What the team said about question 1", "A fracture in a baby who cannot roll.")
    officer.fill("Yes", "many")
    officer.press("Enter these answers")
    assert officer.faults
    officer.fill("Yes", "4")
    officer.press("Enter these answers")
    officer.reads("The answers stand in the collation")
    officer.press("Take it back")
    officer.reads("What was entered is taken back")


@BOTH_WAYS
def test_an_operator_looks_after_letters(comes: Comes, service: Service, tmp_path: Path) -> None:
    town.appoint(service.app, tmp_path, name="Service Operator", email=OPERATOR, role="operator")
    operator = comes(OPERATOR, let_in=True)
    operator.open("/home")
    operator.follow("Look after letters")
    operator.press("Hold all letters")
    assert operator.faults == ["Write why letters are held, for whoever looks next."]
    operator.fill("Why?", "A rehearsal.")
    operator.press("Hold all letters")
    operator.reads("A rehearsal.")
    letters_in_trouble(service)
    operator.open("/home")
    operator.open("/post")
    operator.press("Try all of these again")
    operator.press("Clear gone@trust.example.nhs.net")
    operator.go(operator.page.get_by_role("button", name="Let 4 letters go"))
    operator.reads("Letters go out again.")


def letters_in_trouble(service: Service) -> None:
    """A letter for each thing that goes wrong, one of them come back from an address."""
    at = now() - timedelta(hours=3)
    reasons = (
        (State.FAILED, "There is no such address."),
        (State.BOUNCED, "There is no such address."),
        (State.RETRY, "The mail system did not answer."),
        (State.QUEUED, ""),
    )
    with service.app.app_context(), db.writing() as session:
        for number, (state, why) in enumerate(reasons):
            waits = state in (State.RETRY, State.QUEUED)
            letter = Delivery(
                state=state,
                last_reason=why,
                kind="minutes",
                about=f"none{number}",
                owed_since=at,
                message_id=f"<{number}@service.test>",
                next_try_at=at if waits else None,
                address="gone@trust.example.nhs.net",
            )
            factories.kept(session, letter)
            if state is State.BOUNCED:
                values = {"kind": BounceKind.FAILED, "status": "5.1.1", "reply": "550 no", "flags": True}
                where = {"delivery_id": letter.id, "at": at, "sent_at": at, "digest": "1", "address": letter.address}
                factories.kept(session, Bounce(**values, **where))
