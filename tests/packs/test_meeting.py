"""The meeting pack in Word, read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import pytest
from docx.oxml.ns import qn

from app.packs.meeting import NO_CASES, ONLY_THIS, MeetingFacts, meeting_pack
from tests.conftest import missing
from tests.packs.huge import huge, real
from tests.web.word_reading import as_pdf, body, faults, headings, pages, paragraphs, part, style, tables, words

LEADING = "For whoever leads the discussion"
FACTS = MeetingFacts(
    content=real(),
    edition=2,
    made_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    briefing="https://learning.example.org/packs/nai-under-5-2021/editions/2",
    write_up="https://learning.example.org/home",
    numbers_to_call=(("Single point of advice", "01234 567890"), ("Emergency", "999")),
)


@pytest.fixture(scope="module")
def file() -> bytes:
    return meeting_pack(FACTS)


def test_neither_the_first_pack_nor_the_largest_has_a_fault_for_eyes_or_ears(file: bytes) -> None:
    assert faults(file) == []
    assert faults(meeting_pack(replace(FACTS, content=huge()))) == []


def test_the_same_facts_give_the_same_bytes(file: bytes) -> None:
    assert meeting_pack(FACTS) == file


def test_it_says_what_is_asked_for_how_long_and_whom_to_call(file: bytes) -> None:
    text = "\n".join(paragraphs(file))
    assert paragraphs(file, "Title") == [real().title]
    assert "East Sussex Safeguarding Children Partnership (ESSCP), April 2021" in text
    assert "Allow 20 minutes to discuss it and 10 to write it up." in text
    assert "Single point of advice: 01234 567890" in text
    assert FACTS.briefing in text
    assert FACTS.write_up in text
    assert f"{ONLY_THIS} {NO_CASES}" in text


def test_without_numbers_it_says_whom_to_call_all_the_same() -> None:
    told = paragraphs(meeting_pack(replace(FACTS, numbers_to_call=())), "NoteTitle", "Note")
    assert told[0].endswith("call children’s social care.")
    assert told[1:] == ["If a child is in danger now, call 999."]


def test_sections_stand_in_order_then_the_words_then_what_whoever_leads_needs(file: bytes) -> None:
    first = [text for level, text in headings(file) if level == 1]
    titles = [section.title for section in real().sections]
    assert first == ["What your team is asked", *titles, "What the words mean", LEADING]


@pytest.mark.parametrize("content", [real(), huge()], ids=["real", "huge"])
def test_no_word_of_a_note_stands_before_the_pages_of_whoever_leads(content: object) -> None:
    made = meeting_pack(replace(FACTS, content=content))  # type: ignore[arg-type]
    text = paragraphs(made)
    begins = text.index(LEADING)
    last_question = max(i for i, line in enumerate(text[:begins]) if line == "What we will do")
    for number, point in enumerate(real().points if content == real() else huge().points, 1):
        opening = point.note.split("\n")[0].removeprefix("- ")[:40]
        assert not [line for line in text[:begins] if opening in line]
        assert text.index(f"{number}. {point.question}") < last_question < begins
        assert [line for line in text[begins:] if opening in line]


def test_the_pages_of_whoever_leads_begin_on_a_new_page(file: bytes) -> None:
    new = [
        words(p) for p in body(file).iter(qn("w:p")) if p.find(f"{qn('w:pPr')}/{qn('w:pageBreakBefore')}") is not None
    ]
    assert new == ["Points for discussion", LEADING]


def test_each_question_has_room_and_a_knowledge_check_three_boxes_before(file: bytes) -> None:
    found = tables(file)
    assert [rows[0] for rows in found[:4]] == [
        ["What we said"],
        ["Yes", "Partly", "Not yet"],
        ["What we said"],
        ["What we said"],
    ]
    assert found[1][1] == ["", "", ""]
    assert found[4][0] == ["What we will do", "Who (a role)", "By when"]


def test_the_plan_adds_up_to_twenty(file: bytes) -> None:
    plan = tables(file)[-1]
    assert plan[0] == ["Minute", "What", "Minutes"]
    assert sum(int(row[2]) for row in plan[1:] if row[2]) == 20
    assert plan[1] == ["Before", "Before the meeting: everybody reads the briefing", ""]


def test_lists_count_and_each_begins_where_it_says() -> None:
    made = meeting_pack(replace(FACTS, content=huge()))
    lists = [(p, p.find(f".//{qn('w:numId')}")) for p in body(made).iter(qn("w:p"))]
    numbers = {words(p): n.get(qn("w:val")) for p, n in lists if n is not None}
    starts = {
        one.get(qn("w:numId")): one.find(f".//{qn('w:startOverride')}")
        for one in part(made, "word/numbering.xml").iter(qn("w:num"))
    }
    assert starts[numbers["five"]].get(qn("w:val")) == "5"
    assert numbers["five"] == numbers["six"]
    assert numbers["one"] != numbers["five"]
    assert numbers["a"] == numbers["c"]


def test_a_link_can_be_followed_and_its_address_read() -> None:
    made = meeting_pack(replace(FACTS, content=huge()))
    one = next(p for p in body(made).iter(qn("w:p")) if "strength" in words(p))
    assert "a link (https://example.org/a?x=1&y=2)." in words(one)
    key = next(one.iter(qn("w:hyperlink"))).get(qn("r:id"))
    targets = {link.get("Id"): link.get("Target") for link in part(made, "word/_rels/document.xml.rels")}
    assert targets[key] == "https://example.org/a?x=1&y=2"
    assert style(next(p for p in body(made).iter(qn("w:p")) if words(p) == "quoted")) == "Quote"


def test_what_is_written_from_right_to_left_begins_at_the_right() -> None:
    made = meeting_pack(replace(FACTS, content=huge()))
    hebrew = next(p for p in body(made).iter(qn("w:p")) if words(p) == "אחת")
    assert hebrew.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is not None


def test_it_opens_elsewhere_and_has_as_many_pages_as_one_reads(file: bytes, tmp_path: Path) -> None:
    soffice = which("soffice") or missing("LibreOffice") or ""
    assert 6 <= pages(as_pdf(file, soffice, tmp_path)) <= 9
