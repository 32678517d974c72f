"""A response sheet that was damaged, retyped or saved by another program: its labels say what its controls did."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from app.discussions.sheet import response_sheet, told
from app.discussions.sheet_reading import lines_of, read
from app.word_files import opened
from app.word_text import Row, text_of, words_of
from tests.base import word_made
from tests.conftest import missing
from tests.discussions.sheets import (
    EXPECTED,
    FACTS,
    FULL,
    IDENTITY,
    LINES,
    TICKS,
    WORDS,
    W,
    after,
    control,
    edited,
    filled,
    found,
    item,
    nodes,
    para,
    resaved,
    table,
    with_parts,
    without_controls,
)


def test_what_stands_in_a_cell_beside_its_control_belongs_to_it() -> None:
    def beside(root: etree._Element) -> None:
        control(root, "points-injury-words").addnext(nodes(para("Below."))[0])
        control(root, "present").addnext(nodes("<w:r><w:t> people</w:t></w:r>")[0])

    content = found(edited(filled({"points-injury-words": para("In it."), "present": "14"}), beside))["content"]
    assert (content["points"]["injury"]["words"], content["present"]) == ("In it.\nBelow.", "14 people")


TAGS = ["points-injury-words", "present", "setting", "points-vig-partly", "question_to_lead", "actions-0-who"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_cell_that_lost_its_control_is_found_by_its_label(tag: str) -> None:
    def unwrap(root: etree._Element) -> None:
        one = control(root, tag)
        place = one.getparent()
        at = place.index(one)
        place[at : at + 1] = list(one.find(f"{W}sdtContent"))

    assert found(edited(FULL, unwrap)) == found(FULL)


def test_rows_that_were_added_to_the_actions_are_read() -> None:
    def add(root: etree._Element) -> None:
        rows = next(control(root, "actions-4-what").iterancestors(f"{W}tr"))
        rows.addnext(
            nodes(f"<w:tr><w:tc>{para('Sixth')}</w:tc><w:tc>{para('Me')}</w:tc><w:tc>{para('Soon')}</w:tc></w:tr>")[0]
        )

    assert found(edited(FULL, add))["content"]["actions"] == [
        *EXPECTED["actions"],  # type: ignore[misc]
        {"what": "Sixth", "who": "Me", "by": "Soon"},
    ]


# Sheets without controls


def lines_of_document(file: bytes, between: str) -> bytes:
    """The text of a sheet pasted into a new document: tables are lines, cells set apart by line breaks or tabs."""
    lines: list[str] = []
    for one in words_of(opened(file)).body:
        cells = [[text_of(line) for line in cell] for cell in one.cells] if isinstance(one, Row) else [[text_of(one)]]
        lines += between.join("\n".join(cell) for cell in cells).split("\n")
    return new_document(*lines)


def new_document(*lines: str) -> bytes:
    paragraphs = "".join(para(escape(line)) for line in lines)
    return word_made.made(
        word__document_xml=f'<w:document xmlns:w="{word_made.W}"><w:body>{paragraphs}</w:body></w:document>'
    )


def test_a_sheet_whose_controls_a_program_dropped_is_read_by_its_labels() -> None:
    assert found(edited(FULL, without_controls)) == {**found(FULL), "how": "labels"}
    empty = found(edited(response_sheet(FACTS), without_controls))
    assert empty == {**found(response_sheet(FACTS)), "how": "labels"}


def test_what_stands_in_a_box_is_the_answer_whatever_it_says() -> None:
    said = para("When did the team meet?") + para("In an emergency: 999") + para("Yes")
    content = found(edited(filled({"points-injury-words": said, "held_on": "1 May 2026"}), without_controls))["content"]
    assert content["points"]["injury"]["words"] == "When did the team meet?\nIn an emergency: 999\nYes"
    assert content["held_on"]["day"] == "1 May 2026"


def test_what_stands_below_the_table_of_the_meeting_is_not_who_chaired() -> None:
    file = edited(after(response_sheet(FACTS), "When did the team meet?", para("We were few.")), without_controls)
    reading = found(file)
    assert reading["content"]["chaired_by"] == ""
    assert [one["text"] for one in reading["extra"]] == ["We were few."]


def test_a_sheet_pasted_into_a_new_document_is_read_by_its_labels() -> None:
    reading = found(lines_of_document(FULL, "\t"))
    rows = [*EXPECTED["actions"][:1], {"what": "Invite VIG", "who": "", "by": ""}]  # type: ignore[index]
    assert reading["how"] == "labels" and reading["identity"] == IDENTITY
    assert {**reading["content"], "actions": rows} == {**EXPECTED, "actions": rows}
    reading = found(lines_of_document(FULL, "\n"))
    assert {**reading["content"], "actions": []} == {**EXPECTED, "actions": []}
    done = "Add a prompt\nTeam manager\n31 July 2026\nInvite VIG\nto the meeting\nEverybody"
    assert [(one["where"], one["text"]) for one in reading["extra"]] == [("after “By when”", done)]


def test_a_document_that_is_no_sheet_is_given_whole() -> None:
    reading = found(new_document("Team meeting", "We talked about it.", "", "- and more"))
    assert reading["how"] == "none" and not any({**reading["content"], "held_on": ""}.values())
    assert reading["extra"] == [{"where": "", "text": "Team meeting\nWe talked about it.\n\n- and more"}]
    assert reading["identity"] == {"asked": "", "edition": "", "format": ""}
    assert found(new_document())["extra"] == []


RETYPED = {
    "as they stand": ["1. What is a non-accidental injury?", "3. How do you engage fathers and non-birthing partners?"],
    "without numbers": ["WHAT IS A  NON-ACCIDENTAL INJURY", "“How do you engage fathers and non-birthing partners?”"],
    "numbered otherwise": [
        "Question 1: What is a non-accidental injury?",
        "q2) How do you engage fathers and non-birthing partners?",
    ],
}


@pytest.mark.parametrize("how", RETYPED)
def test_a_sheet_typed_again_with_nothing_but_questions_is_read_by_them(how: str) -> None:
    first, last = RETYPED[how]
    reading = found(new_document("Dear all", first, "Somebody caused it.", "", "And hid it.", last, "Letters."))
    said = [point["words"] for point in reading["content"]["points"].values()]
    assert (reading["how"], said) == ("labels", ["Somebody caused it.\n\nAnd hid it.", "", "Letters."])
    assert reading["extra"] == [{"where": "at the beginning", "text": "Dear all"}]


def test_a_sheet_typed_again_as_a_table_is_read_by_its_questions() -> None:
    rows = table(("What is a non-accidental injury?", "One that was caused."), ("Other business", "None."))
    reading = found(edited(new_document(""), lambda root: root[0].extend(nodes(rows))))
    assert reading["content"]["points"]["injury"]["words"] == "One that was caused."
    assert [one["text"] for one in reading["extra"]] == ["Other business | None."]


def test_one_long_question_is_enough_and_one_that_is_short_or_continued_is_not() -> None:
    question, short = "How do you engage fathers and non-birthing partners?", "Do you know VIG?"
    assert found(new_document(question, "Letters."))["how"] == "labels"
    assert found(new_document(f"{question[:-1]} was discussed", "Letters."))["how"] == "none"
    facts = replace(FACTS, points=tuple(replace(point, question=short) for point in FACTS.points[:1]))
    assert read(new_document(short, "Yes."), told(facts))["how"] == "none"


def test_a_question_leads_to_no_answer_where_its_box_or_its_label_is_there() -> None:
    for file in (FULL, edited(FULL, without_controls)):
        again = after(file, "1. What is", para("Above the label."))
        assert found(again)["content"] == found(file)["content"]
        assert [one["text"] for one in found(again)["extra"]] == ["Above the label."]


def test_the_answers_to_twelve_questions_are_told_apart() -> None:
    points = tuple(replace(FACTS.points[0], number=n, key=f"p-{n}", question=f"Matter {n}") for n in range(1, 13))
    facts = replace(FACTS, points=points)
    file = filled({f"points-p-{n}-words": para(f"Said {n}") for n in range(1, 13)}, facts=facts)
    for one in (file, edited(file, without_controls)):
        reading = read(one, told(facts))
        said = [point["words"] for point in reading["content"]["points"].values()]
        assert (said, reading["extra"]) == ([f"Said {n}" for n in range(1, 13)], [])


@pytest.mark.parametrize("kept", ["docProps/custom.xml", "word/document.xml", "word/footer1.xml"])
def test_one_place_of_the_identity_is_enough(kept: str) -> None:
    file = response_sheet(FACTS)
    for part in ("word/document.xml", "word/footer1.xml"):
        if part != kept:
            file = edited(
                file, lambda root: [setattr(t, "text", "") for t in root.iter(f"{W}t") if "7k2m" in t.text], part
            )
    if kept != "docProps/custom.xml":
        file = with_parts(file, {"docProps/custom.xml": None})
    assert found(file)["identity"] == IDENTITY


# LibreOffice

RICH = (
    para("a ", "<w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r>", " “word” 👩‍👩‍👧")
    + item("one", of=1)
    + item("two", of=1)
    + table(("a", "b"), ("c", "d"))
    + para("<w:r><w:t>soft</w:t><w:br/><w:t>break</w:t><w:tab/><w:t>tab</w:t></w:r>")
    + para("<w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink>", "<w:ins><w:r><w:t>, inserted</w:t></w:r></w:ins>")
)
ON_IT = (
    '<w:commentRangeStart w:id="0"/><w:r><w:t>Said by all</w:t></w:r><w:commentRangeEnd w:id="0"/>'
    '<w:r><w:commentReference w:id="0"/></w:r>'
)
COMMENTED = {
    "within the first line": para("Before the comment ", ON_IT, " and after."),
    "at the beginning": para(ON_IT, " and after.") + para("More."),
    "at the end": para("Before the comment ", ON_IT) + RICH,
    "on a point": para("Before", '<w:r><w:commentReference w:id="0"/></w:r>', " and after."),
    "across lines": para('<w:commentRangeStart w:id="0"/>', "One")
    + para("two")
    + para(ON_IT.partition("/>")[2], "end"),
    "in a later line": para("We talked.") + para(ON_IT),
    "in a list": item("one", of=1) + item("two", of=1) + para(ON_IT),
}
COMMENT_READ = [{"where": "in a comment", "text": "Not quite by all."}]
COMMENT = (
    f'<w:comments xmlns:w="{W[1:-1]}"><w:comment w:id="0" w:author="Ann" w:date="2026-11-18T10:00:00Z">'
    f"{para('Not quite by all.')}</w:comment></w:comments>"
)


def commented(file: bytes) -> bytes:
    """The file with the comment to which `COMMENTED` refers."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.comments+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"

    def declare(root: etree._Element) -> None:
        etree.SubElement(root, f"{{{root.nsmap[None]}}}Override", PartName="/word/comments.xml", ContentType=kind)

    def relate(root: etree._Element) -> None:
        tag = f"{{{root.nsmap[None]}}}Relationship"
        etree.SubElement(root, tag, Id="rIdComments", Type=relation, Target="comments.xml")

    file = edited(file, declare, "[Content_Types].xml")
    return with_parts(edited(file, relate, "word/_rels/document.xml.rels"), {"word/comments.xml": COMMENT.encode()})


@pytest.fixture
def soffice() -> str:
    """The path of LibreOffice."""
    return shutil.which("soffice") or missing("LibreOffice") or ""


def test_a_sheet_that_libreoffice_saved_is_read_as_before(soffice: str, tmp_path: Path) -> None:
    rich = dict.fromkeys(("points-injury-words", "points-fathers-words", "question_to_lead", "actions-2-what"), RICH)
    rich["points-vig-words"] = COMMENTED["within the first line"]
    file = commented(filled({**LINES, **WORDS, **rich, "actions-2-by": "soon"}, *TICKS))
    before, again = found(file), found(resaved(file, soffice, tmp_path))
    assert again["content"] == before["content"]
    assert "- one\n- two\na | b\nc | d\nsoft\nbreak\ttab\na link, inserted" in before["content"]["question_to_lead"]
    assert (again["how"], again["identity"]) == ("labels", IDENTITY)
    assert again["extra"] == before["extra"] == COMMENT_READ
    assert again["content"]["points"]["vig"]["words"] == "Before the comment Said by all and after."


@pytest.mark.parametrize("where", COMMENTED)
def test_libreoffice_loses_no_comment_in_a_large_box_and_no_word_beside_it(
    where: str, soffice: str, tmp_path: Path
) -> None:
    file = commented(filled({"points-injury-words": COMMENTED[where], "present": "14"}))
    before, again = found(file), found(resaved(file, soffice, tmp_path))
    assert again["content"] == before["content"] and again["extra"] == before["extra"] == COMMENT_READ


def test_libreoffice_loses_a_comment_in_a_small_box_and_the_sheet_says_so(soffice: str, tmp_path: Path) -> None:
    """A plain line of Word is a field to LibreOffice, in which no comment can stand."""
    file = commented(
        filled(
            {"chaired_by": f'<w:r><w:t xml:space="preserve">Before </w:t></w:r>{ON_IT}<w:r><w:t>and after</w:t></w:r>'}
        )
    )
    again = found(resaved(file, soffice, tmp_path))
    assert (again["content"]["chaired_by"], again["extra"]) == ("and after", [])
    assert "Put comments into the large boxes only" in " ".join(lines_of(file))


def test_an_empty_sheet_that_libreoffice_saved_is_empty(soffice: str, tmp_path: Path) -> None:
    before, again = found(response_sheet(FACTS)), found(resaved(response_sheet(FACTS), soffice, tmp_path))
    assert {**again, "how": ""} == {**before, "how": ""}


def test_libreoffice_leaves_a_soft_break_of_a_first_paragraph_where_it_is(soffice: str, tmp_path: Path) -> None:
    file = filled({"points-injury-words": para("<w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r>")})
    again = found(resaved(file, soffice, tmp_path))["content"]["points"]["injury"]["words"]
    assert again == "one\ntwo"


def test_what_was_written_outside_a_sheet_that_libreoffice_saved_is_kept(soffice: str, tmp_path: Path) -> None:
    file = after(after(FULL, "about question 2", para("Also this.")), "3. How do you", para("And this."))
    reading = found(resaved(file, soffice, tmp_path))
    assert reading["content"]["points"]["vig"]["words"] == "Most do.\nAlso this.", "it stands under its label"
    assert [one["text"] for one in reading["extra"]] == ["And this."]
