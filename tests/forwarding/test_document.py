"""The Word document of a set of minutes: everything that was recorded is in it, in order, and reads well."""

from __future__ import annotations

import shutil
import statistics
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forwarding.document import ActionFacts, MinutesFacts, PointFacts, minutes_document
from app.packs.models import PointKind
from app.text import clean, is_blank, single_line
from tests.conftest import missing
from tests.web.word_reading import as_pdf, faults, headings, pages, paragraphs, tables

KNOWLEDGE = PointKind.KNOWLEDGE_CHECK
FACTS = MinutesFacts(
    reference="7k2m9qx4tz3d",
    organisation="East Downs Healthcare NHS Trust",
    teams=("Hailsham health visiting",),
    briefing_title="Non-accidental injury in children under 5",
    short_title="NAI under 5",
    edition=1,
    source="The partnership’s quality assurance subgroup",
    partnerships=("East Sussex Safeguarding Children Partnership",),
    held_on=date(2026, 6, 12),
    setting="Team meeting",
    present=14,
    recorded_by="A minute taker, health visiting",
    chaired_by="Team leader",
    received="Typed into the service",
    sent_at=datetime(2026, 6, 12, 13, 2, tzinfo=UTC),
    points=(
        PointFacts("What is a non-accidental injury?", answer="An injury somebody caused.\n\n- a story that changes"),
        PointFacts("Do you know what VIG is?", KNOWLEDGE, answer="Most do.", yes=5, partly=6, not_yet=3),
        PointFacts("How do you engage fathers?"),
    ),
    actions=(ActionFacts("Add a prompt", "Team leader", date(2026, 7, 31)), ActionFacts("Invite VIG")),
    question_to_lead="Can we have a reminder?",
    numbers_to_call=(("Single Point of Advice", "01234 567890"), ("In an emergency", "999")),
    address="https://learning.example.org/minutes/7k2m9qx4tz3d",
)
ABOUT = (1, "About the meeting")
SAID = (1, "What the team said")
DO, ASKED, CLOSING = (1, "What the team will do"), (1, "Questions from the team"), (1, "About this document")
cleaned = st.text(st.characters(exclude_categories=["Cs"])).map(clean)


@pytest.fixture
def soffice() -> str:
    """The path of LibreOffice."""
    return shutil.which("soffice") or missing("LibreOffice") or ""


def made(**changes: object) -> bytes:
    return minutes_document(replace(FACTS, **changes))  # type: ignore[arg-type]


def point(**changes: object) -> bytes:
    """Minutes with one point and no question, so that the only answer is the point's."""
    return made(points=(PointFacts("Q", **changes),), question_to_lead="")  # type: ignore[arg-type]


def facts_of(file: bytes) -> dict[str, str]:
    return dict(fact.split("\t", 1) for fact in paragraphs(file, "Fact"))  # type: ignore[misc]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"version": 2, "corrects": 1},
        {"took_no_notes": True, "points": (PointFacts("Q"),), "actions": (), "question_to_lead": ""},
        {"points": (), "actions": (), "numbers_to_call": ()},
        {"teams": ("T" * 200, "فريق", "Tîm ŵyl"), "partnerships": ("One", "Two"), "present": 1_000},
    ],
)
def test_every_shape_of_minutes_makes_a_document_without_faults(changes: dict[str, object]) -> None:
    assert faults(made(**changes)) == []


def test_the_headings_follow_the_record() -> None:
    questions = [
        (2, "1. What is a non-accidental injury?"),
        (2, "2. Do you know what VIG is?"),
        (2, "3. How do you engage fathers?"),
    ]
    assert headings(made()) == [ABOUT, SAID, *questions, DO, ASKED, (2, "For the safeguarding lead"), CLOSING]


def test_the_document_is_named_after_the_briefing_and_is_the_organisations() -> None:
    known = Document(BytesIO(made(version=3))).core_properties
    assert known.title == "Minutes: NAI under 5, Hailsham health visiting, 12 June 2026"
    assert (known.author, known.revision) == ("East Downs Healthcare NHS Trust", 3)
    assert known.created == known.modified == FACTS.sent_at
    assert paragraphs(made(), "Title") == ["Minutes: Non-accidental injury in children under 5"]
    assert paragraphs(made(), "Subtitle") == ["Hailsham health visiting", "East Downs Healthcare NHS Trust"]


def test_the_marking_is_official_sensitive_unless_it_was_lowered() -> None:
    for changes, marking in ({}, "OFFICIAL-SENSITIVE"), ({"marking": "OFFICIAL"}, "OFFICIAL"):
        section = Document(BytesIO(made(**changes))).sections[0]
        assert section.header.paragraphs[0].text == section.footer.paragraphs[1].text == marking
        assert section.footer.paragraphs[0].text.startswith("Minutes 7k2m9qx4tz3d, version 1")


def test_everything_about_the_meeting_is_told() -> None:
    assert facts_of(made()) == {
        "Date": "12 June 2026",
        "Team": "Hailsham health visiting",
        "Organisation": "East Downs Healthcare NHS Trust",
        "Setting": "Team meeting",
        "Number present": "14",
        "Chaired by": "Team leader",
        "Recorded by": "A minute taker, health visiting",
        "How recorded": "Typed into the service",
        "Sent": "12 June 2026 at 14:02",
        "Reference": "7k2m9qx4tz3d, version 1",
        "Briefing": "Non-accidental injury in children under 5, edition 1",
        "Source": "The partnership’s quality assurance subgroup",
        "Asked by": "East Sussex Safeguarding Children Partnership",
    }


def test_several_teams_and_partnerships_are_each_named() -> None:
    file = made(teams=("North", "South", "West"), partnerships=("One SCP", "Two SCP"), question_to_partnership="When?")
    assert facts_of(file)["Teams"] == "North\nSouth\nWest"
    assert facts_of(file)["Asked by"] == "One SCP\nTwo SCP"
    assert paragraphs(file, "Subtitle")[0] == "North, South and West"
    assert (2, "For the partnerships") in headings(file)


def test_an_unknown_chair_is_left_out() -> None:
    assert "Chaired by" not in facts_of(made(chaired_by=""))


def test_only_the_part_about_the_briefing_is_announced() -> None:
    assert "Only the part of the meeting about this briefing." in paragraphs(made(), "Quiet")


@pytest.mark.parametrize("blank", [None, "", "  \n ", "\u200b"])
def test_a_blank_point_reads_not_discussed(blank: str | None) -> None:
    file = point(answer=blank)
    assert "Not discussed" in paragraphs(file, "Quiet")
    assert "Not discussed" not in paragraphs(point(answer="x"))


def test_a_discussion_without_notes_is_not_called_not_discussed() -> None:
    texts = paragraphs(made(took_no_notes=True, points=(PointFacts("Q"),)))
    assert "The team discussed this briefing but took no notes." in texts
    assert "No notes were taken" in texts
    assert "Not discussed" not in texts


def test_a_show_of_hands_is_a_table_and_a_count_that_is_missing_is_a_dash() -> None:
    heading = ["Show of hands", "Yes", "Partly", "Not yet"]
    assert tables(made())[0] == [heading, ["People", "5", "6", "3"]]
    file = point(kind=KNOWLEDGE, yes=0)
    assert tables(file)[0] == [heading, ["People", "0", "–", "–"]]
    assert "People, of 14 present" in paragraphs(file, "Caption")
    assert "Not discussed" not in paragraphs(file)


def test_a_team_that_did_not_count_is_told_apart_from_one_that_did_not_discuss() -> None:
    texts = paragraphs(point(kind=KNOWLEDGE, did_not_count=True))
    assert "The team did not count hands." in texts
    assert "Not discussed" not in texts


def test_actions_are_a_table_of_what_who_and_by_when() -> None:
    expected = [["What", "Who", "By when"], ["Add a prompt", "Team leader", "31 July 2026"]]
    assert tables(made())[1] == [*expected, ["Invite VIG", "Not said", "No date set"]]
    assert "The team recorded no actions." in paragraphs(made(actions=()))


def test_questions_go_to_whom_they_were_asked() -> None:
    file = made(question_to_partnership="Will there be training?\nWhen?")
    assert paragraphs(file, "Answer")[-3:] == ["Can we have a reminder?", "Will there be training?", "When?"]
    assert [text for level, text in headings(file) if text.startswith("For")] == [
        "For the safeguarding lead",
        "For the partnership",
    ]
    assert "The team asked no questions." in paragraphs(made(question_to_lead=""))


def test_a_correction_says_which_version_it_corrects() -> None:
    assert paragraphs(made(version=2, corrects=1), "NoteTitle")[0] == "These minutes correct version 1."
    assert not any("correct" in text for text in paragraphs(made()))


def test_the_document_ends_with_where_the_record_is_and_whom_to_call() -> None:
    texts = paragraphs(made())
    assert (
        "The record, with what has happened to it since, is at https://learning.example.org/minutes/7k2m9qx4tz3d"
        in texts
    )
    assert texts[-2:] == ["Single Point of Advice: 01234 567890", "In an emergency: 999"]


@settings(max_examples=100, deadline=None)
@given(cleaned, st.tuples(cleaned, cleaned, cleaned))
def test_any_cleaned_answer_keeps_every_line_and_never_stops_the_document(
    answer: str, others: tuple[str, str, str]
) -> None:
    first, second, third = others
    file = made(
        points=(PointFacts(first, answer=answer),),
        teams=(second,),
        organisation=third,
        actions=(ActionFacts(answer, first),),
        question_to_lead="",
        recorded_by=second,
        numbers_to_call=((third, first),),
    )
    expected = [] if is_blank(answer) else answer.split("\n")
    assert paragraphs(file, "Answer", "AnswerRightToLeft") == expected
    assert (2, f"1. {single_line(first)}".strip()) in headings(file)
    assert tables(file)[-1][1] == [answer, first or "Not said", "No date set"]


PASTED = [
    "‘smart’ “quotes” – dash\u00a0nbsp •",
    "👩‍👩‍👧 Łódź ŵyl",
    "=cmd() {{7*7}} <script>",
    "\u0641\u0631\u064a\u0642\nx",
]


@pytest.mark.parametrize("text", PASTED)
def test_what_people_paste_is_kept_exactly(text: str) -> None:
    assert paragraphs(point(answer=text), "Answer", "AnswerRightToLeft") == text.split("\n")


def test_the_same_facts_give_the_same_bytes_and_other_facts_others() -> None:
    assert made() == made()
    assert made() != made(present=15)


def test_a_document_is_made_in_a_blink() -> None:
    made()
    taken = []
    for _ in range(30):
        start = time.process_time()
        made()
        taken.append(time.process_time() - start)
    assert statistics.median(taken) <= 0.1, "of the processor; `make bench` says how long it takes"


def test_100_000_characters_on_50_000_lines_take_less_than_3_seconds_and_lose_none() -> None:
    start = time.process_time()
    file = point(answer="a\n" * 50_000)
    assert time.process_time() - start < 3
    assert len(paragraphs(file, "Answer")) == 50_001


def test_libreoffice_opens_it(soffice: str, tmp_path: Path) -> None:
    assert pages(as_pdf(made(), soffice, tmp_path)) == 2
