"""Briefings whose sections are not said by headings of their own, and those with boxes beside the text."""

from __future__ import annotations

import pytest
from docx import Document
from docx.document import Document as Docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.packs.placing import Imported
from tests.packs.briefings import BOX, LEARNING, QUESTIONS, THEMES, saved, words, words_in
from tests.packs.test_importing import listed, nothing_lost, of_text, of_word

RUN_IN = """Sleeping safely

Background: Two babies were found cold in the morning. Both were known to us.

Method: Case files were read, and practitioners were asked.

{learning}

Points for discussion: talk about these in your next meeting.

{questions}
""".format(
    learning="Learning: what we take from it.\n\n" + "\n".join(f"- {one}" for one in LEARNING),
    questions="\n".join(f"- {one}" for one in QUESTIONS),
)
CELL = (
    "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc><w:p><w:r><w:t>Ring</w:t></w:r></w:p></w:tc>"
    "<w:tc><w:p><w:r><w:t>999</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)


def said(found: Imported, kind: str) -> str:
    """What stands in the section of a type."""
    return next(one["markdown"] for one in found.drafted["sections"] if one["type"] == kind)


def boxed(document: Docx, *inside: str) -> None:
    """A text box with this in it, anchored in a paragraph of its own."""
    within = "".join(inside)
    document.add_paragraph()._p.append(parse_xml(BOX % (nsdecls("w"), 1, within, within)))


def paragraph(text: str, bold: bool = False) -> str:
    return f"<w:p><w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}<w:t>{text}</w:t></w:r></w:p>"


def test_headings_on_the_line_of_their_text_are_headings() -> None:
    found = of_text(RUN_IN)
    assert nothing_lost(found, words(RUN_IN))
    assert found.drafted["title"] == "Sleeping safely"
    assert said(found, "background") == "Two babies were found cold in the morning. Both were known to us."
    assert said(found, "method") == "Case files were read, and practitioners were asked."
    assert listed(found, "learning_identified") == list(LEARNING)
    assert [point["question"] for point in found.drafted["points"]] == list(QUESTIONS)
    assert any("Background, Method, Learning" in doubt.what for doubt in found.doubts)


@pytest.mark.parametrize("colon_too", [True, False])
def test_headings_in_bold_before_their_text_keep_what_is_emphasised_after_them(colon_too: bool) -> None:
    document = Document()
    document.add_paragraph("Sleeping safely", style="Title")
    for heading, text in (("Background", "Two babies were found "), ("Learning", "Ask where the baby sleeps, ")):
        line = document.add_paragraph()
        line.add_run(heading + ":" * colon_too).bold = True
        line.add_run(("" if colon_too else ":") + " " + text)
        line.add_run("cold").bold = True
        line.add_run(" or warm.")
    file = saved(document)
    found = of_word(file)
    assert nothing_lost(found, words_in(file))
    assert said(found, "background") == "Two babies were found **cold** or warm."
    assert said(found, "learning_identified") == "- Ask where the baby sleeps, **cold** or warm."


def test_a_line_that_begins_like_a_heading_is_text_where_sections_have_headings() -> None:
    text = "# Safe sleep\n\n## Background\n\nLearning: slowly.\n\nConcerns: few.\n\n## Questions\n\n- Who asks?\n"
    found = of_text(text, is_markdown=True)
    assert said(found, "background") == "Learning: slowly.\n\nConcerns: few."
    alone = of_text("Safe sleep\n\nBackground: one only, and then more text without any heading, on and on.\n")
    assert "Background: one only" in said(alone, "background")


def test_what_comes_after_a_text_box_goes_on_with_what_stood_before_it() -> None:
    document = Document()
    document.add_heading("Hidden harm", 0)
    document.add_heading("Background", 1)
    document.add_paragraph("Parents spoke openly once they were asked.")
    boxed(document, paragraph("Strengths", bold=True), *(paragraph(f"• {one}") for one in THEMES), CELL)
    document.add_paragraph("They had never been asked before that day.")
    document.add_heading("Discussion questions", 1)
    for question in QUESTIONS:
        document.add_paragraph(question, style="List Bullet")
    file = saved(document)
    found = of_word(file)
    assert nothing_lost(found, words_in(file))
    background = said(found, "background")
    assert background == "Parents spoke openly once they were asked.\n\nThey had never been asked before that day."
    assert listed(found, "key_themes")[: len(THEMES)] == list(THEMES) and "999" in said(found, "key_themes")
    assert any("“Strengths” stood in a text box" in doubt.what for doubt in found.doubts)


def test_where_every_heading_stands_in_a_box_text_belongs_to_the_box_before_it() -> None:
    document = Document()
    document.add_heading("Hidden harm", 0)
    for heading, text in (("Background", "Parents spoke."), ("Strengths", "Workers asked.")):
        boxed(document, paragraph(heading, bold=True), paragraph(f"{text} They had time for it, every single time."))
        document.add_paragraph(f"More about it: {text.lower()} And more still.")
    found = of_word(saved(document))
    assert "parents spoke" in said(found, "background") and "workers asked" in said(found, "key_themes")
    assert not any("text box:" in doubt.what for doubt in found.doubts)


def test_for_whom_something_is_divides_a_section_and_is_none() -> None:
    document = Document()
    for heading in ("Hidden harm", "Recommendations", "For schools", "For health visitors", "Questions"):
        document.add_paragraph().add_run(heading).bold = True
        if heading.startswith("For"):
            document.add_paragraph("Ask every parent what they drink.", style="List Bullet")
        if heading == "Questions":
            for question in QUESTIONS:
                document.add_paragraph(question, style="List Bullet")
    file = saved(document)
    found = of_word(file)
    assert nothing_lost(found, words_in(file))
    assert not [one["title"] for one in found.drafted["sections"] if one["type"] == "other"]
    assert len(found.drafted["recommendations"]) == 2
