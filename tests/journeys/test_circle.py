"""The circle, once round: from commands that make the world to the collation, through letters, pages and files."""

from __future__ import annotations

from app.clock import month_words
from tests.journeys import circle, town
from tests.journeys.circle import ANSWERS, TO_DO, TO_LEAD, TO_PARTNERSHIP
from tests.journeys.conftest import Comes
from tests.journeys.files import csv_rows, docx_words, xlsx_words
from tests.journeys.mailroom import Mailroom, words_of
from tests.journeys.visitor import Visitor

KEPT_BACK = 3
SIGNED = "Trust Named Nurse, Named Nurse"


def collated(reader: Visitor) -> str:
    """Everything that somebody in the partnership can get to see about the briefing: pages and files."""
    seen = [reader.text]
    for point in town.POINTS:
        reader.follow(point)
        seen.append(reader.text)
        reader.follow(town.BRIEFING)
    reader.follow("What teams will do, what they ask you, and who has not responded")
    seen.append(reader.text)
    reader.follow(town.BRIEFING)
    seen.append(docx_words(reader.download("Report in Word")))
    seen.append(xlsx_words(reader.download("Excel workbook")))
    seen.append(reader.download("CSV file").decode())
    return "\n".join(seen)


def test_the_circle_goes_round_once(comes: Comes, mail: Mailroom) -> None:
    officer, leader, lead = comes(town.OFFICER), comes(town.NORTH), comes(town.NURSE)
    circle.circulate(officer)
    assert officer.loads <= 5
    circle.sign_in(lead)
    lead.reads("Nothing waits for you", "North Health Visiting", "No response yet")

    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    assert leader.heading == f"Your minutes are with {SIGNED}"
    assert leader.loads <= 7

    officer.follow("See who has discussed it")
    officer.reads("Discussed", "4 teams have not responded yet")
    before = collated(officer)
    assert not any(words in before for words in (*ANSWERS, TO_DO, TO_LEAD, TO_PARTNERSHIP))

    letter = mail.newest(town.NURSE, "minutes to read")
    assert letter.subject == "OFFICIAL-SENSITIVE – North Health Visiting: minutes to read – NAI under 5"
    assert not any(words in letter.text for words in (*ANSWERS, TO_DO, TO_LEAD))
    document = words_of(letter.word)
    assert all(words in document for words in (*ANSWERS, TO_DO, TO_LEAD, TO_PARTNERSHIP))

    _lead_shares(lead, letter.link("/minutes/"))
    _team_hears(leader, mail)
    _readers_see_it(officer, comes(town.REVIEWER))


def _lead_shares(lead: Visitor, link: str) -> None:
    lead.loads = 0
    lead.open(link)
    circle.share(lead, SIGNED, keep_back=KEPT_BACK, quotable=1)
    lead.reads(f"{SIGNED}, said “I have this”", f"{SIGNED}, shared 2 answers")
    assert lead.loads <= 2


def _team_hears(leader: Visitor, mail: Mailroom) -> None:
    heard = mail.newest(town.NORTH, "has your minutes")
    assert mail.count(town.NORTH, "has your minutes") == 1
    assert not any(words in heard.text for words in (*ANSWERS, TO_DO, TO_LEAD))
    leader.open(heard.link("/minutes/"))
    leader.reads("Shared with the ESSCP", f"{SIGNED}, shared 2 answers on", ANSWERS[2])


def _readers_see_it(officer: Visitor, reviewer: Visitor) -> None:
    officer.follow("What teams said")
    officer.follow("Non-accidental injury in children under 5: what a deep dive found")
    _sees_what_is_shared(officer)
    circle.sign_in(reviewer)
    reviewer.follow(town.BRIEFING)
    _sees_what_is_shared(reviewer)


def _sees_what_is_shared(reader: Visitor) -> None:
    seen = collated(reader)
    shared = [words for answer in ANSWERS[:2] for words in answer.splitlines()]
    assert all(words in seen for words in (*shared, TO_DO, TO_PARTNERSHIP))
    assert not any(words in seen for words in (ANSWERS[KEPT_BACK - 1], TO_LEAD, "Duty worker", "North Team Leader"))
    reader.follow(town.POINTS[0])
    reader.reads(
        "Community Health Trust, Health", f"Team meeting, {month_words(circle.MET)}, 8 present", "May be quoted"
    )
    reader.follow(town.BRIEFING)
    reader.follow(town.POINTS[1])
    reader.reads("By show of hands: 2 yes, 1 partly, 5 not yet.", "Not for quoting", "1 team")
    reader.follow(town.BRIEFING)
    reader.follow(town.POINTS[KEPT_BACK - 1])
    reader.reads("No answer to this has been shared yet")
    reader.follow(town.BRIEFING)
    rows = csv_rows(reader.download("CSV file"))
    assert [row["Answer"] for row in rows[2:]] == [TO_DO, TO_PARTNERSHIP]
    assert {row["Sector"] for row in rows} == {"Health"}


def test_the_shared_older_version_stands_until_the_newer_one_is_shared(comes: Comes, mail: Mailroom) -> None:
    officer, leader, lead = comes(town.OFFICER), comes(town.NORTH), comes(town.NURSE)
    circle.circulate(officer)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    circle.arrive(lead, "minutes to read", "/minutes/")
    circle.share(lead, SIGNED, keep_back=KEPT_BACK, quotable=1)

    leader.press("Correct these minutes")
    leader.reads("You are correcting minutes that were sent.")
    leader.fill("What the team said about question 1", "Bruises on a baby who cannot move about yet.")
    leader.press("Continue")
    circle.send(leader, "Send to Trust Named Nurse")
    assert leader.heading == f"Your correction is with {SIGNED}"

    officer.follow("See who has discussed it")
    assert ANSWERS[0].splitlines()[0] in collated(officer)
    assert "Bruises on a baby" not in collated(officer)

    lead.open(mail.newest(town.NURSE, "minutes to read", more_than=1).link("/minutes/"))
    lead.reads("This is version 2", "from version 1, which stands until this one is shared", "Bruises on a baby")
    lead.choose("I have this. Share the answers of this version with the ESSCP", group=circle.DECISION)
    lead.press(f"Confirm as {SIGNED}")
    seen = collated(officer)
    assert "Bruises on a baby" in seen
    assert ANSWERS[0].splitlines()[0] not in seen


def test_a_team_may_say_that_a_briefing_is_not_relevant(comes: Comes, mail: Mailroom) -> None:
    officer, manager, lead = comes(town.OFFICER), comes(town.MANAGER), comes(town.HARBOUR_LEAD)
    circle.circulate(officer)
    circle.arrive(manager, "to discuss", "/other")
    manager.choose("This briefing is not relevant to us", group="What is your team’s answer?")
    manager.fill("Why is it not relevant?", "Our children are all over eleven.")
    manager.press("Give this answer")
    manager.reads("Your answer is kept", "Not relevant to us", "Our children are all over eleven.")
    circle.sign_in(lead)
    lead.reads("Not relevant to us: Our children are all over eleven.")
    officer.follow("See who has discussed it")
    officer.reads("1 team replied in another way", "4 teams have not responded yet")
    assert "Our children are all over eleven." in docx_words(officer.download("Report in Word"))
    assert mail.to(town.HARBOUR_LEAD, "minutes to read") == []
