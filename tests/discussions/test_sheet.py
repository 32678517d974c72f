"""The response sheet: everything a team needs to fill it in, on screen or by hand, and to send it back."""

from __future__ import annotations

import shutil
import statistics
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.discussions import sheet_words
from app.discussions.forms import MeetingForm, said_form, said_pairs
from app.discussions.models import SETTING_WORDS
from app.discussions.record import MOST_ACTIONS
from app.discussions.sheet import SheetFacts, SheetPoint, response_sheet, told
from app.discussions.sheet_reading import read
from app.packs.models import PointKind
from app.text import clean
from tests.conftest import missing
from tests.discussions.sheets import FACTS, W, control
from tests.web.word_reading import as_pdf, body, faults, headings, pages, paragraphs, part, tables

KNOWLEDGE = PointKind.KNOWLEDGE_CHECK
BARE = replace(FACTS, team="", lead="", lead_title="", points=(), numbers_to_call=())
LONG = replace(
    FACTS,
    team="T" * 200,
    points=tuple(
        SheetPoint(number=n, key=f"p-{n}", question="Q" * 300, kind=KNOWLEDGE, note="N\n" * 30) for n in range(1, 13)
    ),
)
cleaned = st.text(st.characters(exclude_categories=["Cs"])).map(clean)


def controls(file: bytes) -> list[str]:
    """The tags of all controls, in order."""
    return [str(one.get(f"{W}val")) for one in body(file).iter(f"{W}tag")]


def properties(file: bytes, tag: str) -> list[str]:
    """What is said of a control."""
    return [str(etree.QName(one).localname) for one in control(body(file), tag).find(f"{W}sdtPr")]


@pytest.mark.parametrize("facts", [FACTS, BARE, LONG])
def test_every_sheet_is_a_document_without_faults(facts: SheetFacts) -> None:
    assert faults(response_sheet(facts)) == []


def test_it_says_what_it_is_for_and_what_it_is_not() -> None:
    file = response_sheet(FACTS)
    texts = " ".join(paragraphs(file))
    for said in (
        "Response sheet: Non-accidental injury in children under 5",
        "Hailsham health visiting",
        "East Downs Healthcare NHS Trust, for the East Sussex Safeguarding Children Partnership by 12 June 2026",
        "Only the part of your meeting about this briefing.",
        "No names of children or families.",
        "It goes to your safeguarding lead, Rosa Ames, Named Nurse, who decides what is shared.",
        "This is not a way to report a concern about a child. If a child may be at risk, call:",
        "Single Point of Advice: 01234 567890",
        "upload it at https://learning.example.org/asked/7k2m9qx4tz3d/sheet",
        "Briefing edition 1.",
    ):
        assert said in texts
    known = Document(BytesIO(file)).core_properties
    assert known.author == "East Sussex Safeguarding Children Partnership"
    assert known.title == "Response sheet: Non-accidental injury in children under 5, Hailsham health visiting"
    assert "your organisation’s safeguarding lead" in " ".join(paragraphs(response_sheet(BARE)))


def test_every_box_bears_the_name_of_the_field_of_the_pages() -> None:
    points = [
        *("points-injury-words", "points-vig-yes", "points-vig-partly", "points-vig-not_yet"),
        *("points-vig-not_counted", "points-vig-words", "points-fathers-words"),
    ]
    actions = [f"actions-{row}-{name}" for row in range(5) for name in ("what", "who", "by")]
    questions = ["question_to_lead", "question_to_partnership"]
    meeting = ["held_on", "setting", "present", "chaired_by", "no_notes"]
    assert controls(response_sheet(FACTS)) == [*meeting, *points, *actions, *questions, "identity"]
    numbers = [one.get(f"{W}val") for one in body(response_sheet(LONG)).iter(f"{W}id")]
    assert len(numbers) == len(set(numbers)), "Word wants a number of its own for each"


def test_the_sheet_asks_in_the_words_of_the_pages() -> None:
    points = [type("Point", (), {"key": p.key, "kind": p.kind}) for p in FACTS.points]
    said, meeting = said_form(points), MeetingForm  # type: ignore[arg-type]
    fields = {name: getattr(meeting, name).args[0] for name in ("held_on", "setting", "present", "chaired_by")}
    fields |= {
        name: getattr(said, name).args[0] for name in ("no_notes", "question_to_lead", "question_to_partnership")
    }
    labels = {field: label for label, field in sheet_words.labels([]).items()}
    labels |= {field: label for label, field in sheet_words.ticks([]).items()}
    assert labels == fields
    rows = [{"what": "", "who": "", "by": ""}] * sheet_words.ROWS_OF_ACTIONS
    names = {name for name, _ in said_pairs(read(response_sheet(FACTS), told(FACTS))["content"] | {"actions": rows})}  # type: ignore[arg-type]
    assert {tag for tag in controls(response_sheet(FACTS)) if tag.startswith("actions")} <= names
    assert sheet_words.ROWS_OF_ACTIONS <= MOST_ACTIONS


def test_a_box_holds_a_prompt_until_something_is_written_and_cannot_be_deleted() -> None:
    file = response_sheet(FACTS)
    for tag in controls(file):
        inside = properties(file, tag)
        assert "lock" in inside and inside[0] == "alias"
        assert ("showingPlcHdr" in inside) == (tag not in ("identity", "no_notes", "points-vig-not_counted"))
    assert "date" in properties(file, "held_on") and "checkbox" in properties(file, "no_notes")
    assert "text" in properties(file, "present") and "text" not in properties(file, "points-injury-words")
    offered = [one.get(f"{W}displayText") for one in control(body(file), "setting").iter(f"{W}listItem")]
    assert offered == list(SETTING_WORDS.values())


def test_what_a_knowledge_check_is_about_is_explained_after_its_boxes() -> None:
    texts = paragraphs(response_sheet(FACTS))
    asked, answered, explained = (
        texts.index("2. Do you know what Video Interaction Guidance (VIG) is?"),
        texts.index("What the team said about question 2"),
        next(n for n, text in enumerate(texts) if text.startswith("A practitioner films")),
    )
    assert asked < answered < explained
    assert ["Show of hands", "How many people"] in [table[0] for table in tables(response_sheet(FACTS))]
    assert "Show of hands" not in paragraphs(response_sheet(replace(FACTS, points=FACTS.points[:1])))


def test_the_headings_follow_the_pages() -> None:
    questions = [(2, f"{point.number}. {point.question}") for point in FACTS.points]
    after = (3, "When you have talked about it")
    expected = [(1, "The meeting"), (1, "What the team said"), questions[0], after, questions[1], after, questions[2]]
    last = [(1, "What the team will do"), (1, "Questions from the team"), (1, "Sending it back")]
    assert headings(response_sheet(FACTS)) == [*expected, *last]


def test_it_says_which_sheet_it_is_in_three_places() -> None:
    file = response_sheet(FACTS)
    identity = "7k2m9qx4tz3d-a1b2c3d4e5f6-1"
    own = part(file, "docProps/custom.xml")
    assert "".join(own.itertext()) == f"{identity} injury vig fathers"
    shown = control(body(file), "identity")
    assert identity in "".join(shown.itertext())
    assert shown.find(f"{W}sdtPr/{W}lock").get(f"{W}val") == "sdtContentLocked"
    assert identity in Document(BytesIO(file)).sections[0].footer.paragraphs[0].text


def test_boxes_are_high_enough_to_write_in_by_hand() -> None:
    millimetres = [int(one.get(f"{W}val")) * 25.4 / 1440 for one in body(response_sheet(FACTS)).iter(f"{W}trHeight")]
    assert min(millimetres) >= 8.9 and max(millimetres) >= 40 and len(millimetres) == 4 + 3 + 3 + 5 + 2


@settings(max_examples=60, deadline=None)
@given(cleaned, cleaned)
def test_any_cleaned_text_makes_a_sheet_that_reads_as_empty(one: str, other: str) -> None:
    points = (SheetPoint(number=1, key="a-1", question=one, kind=KNOWLEDGE, note=other),)
    facts = replace(FACTS, briefing_title=other, team=one, partnership=other, lead=one, points=points)
    file = response_sheet(facts)
    found = read(file, told(facts))
    assert found["extra"] == [] and found["how"] == "controls"
    assert found["content"]["points"]["a-1"]["words"] == "" and found["content"]["actions"] == []


def test_the_same_facts_give_the_same_bytes_and_other_facts_others() -> None:
    assert response_sheet(FACTS) == response_sheet(FACTS)
    assert response_sheet(FACTS) != response_sheet(replace(FACTS, edition=2))


def test_a_sheet_is_made_in_a_blink() -> None:
    response_sheet(LONG)
    taken = []
    for _ in range(30):
        start = time.process_time()
        response_sheet(FACTS)
        taken.append(time.process_time() - start)
    assert statistics.median(taken) <= 0.1, "of the processor; `make bench` says how long it takes"


def test_libreoffice_prints_it_on_four_pages(tmp_path: Path) -> None:
    soffice = shutil.which("soffice") or missing("LibreOffice") or ""
    assert pages(as_pdf(response_sheet(FACTS), soffice, tmp_path)) == 4
