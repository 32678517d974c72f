"""The Word documents' furniture: what `app.web.word` writes, read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text import clean, single_line
from app.web import pictures
from app.web.word import About, Column, Paper
from app.web.word_markup import escaped
from tests.web.word_reading import body, faults, paragraphs, part, tables, words

ABOUT = About(
    title="Minutes: a briefing",
    author="East Downs Healthcare NHS Trust",
    subject="A briefing",
    marking="OFFICIAL-SENSITIVE",
    footer="Minutes 7k2m",
    moment=datetime(2026, 6, 12, 13, 2, 40, tzinfo=UTC),
)
COLUMNS = (Column("Who", 2), Column("How many", 1, numbers=True))
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 40"><title>Teams</title><desc>Asked: 3; met: 2.</desc>'
    '<text x="5" y="20" font-family="sans-serif" fill="#000000">Asked 3</text></svg>'
)
ARABIC, HEBREW = "إصابة غير عرضية", "שלום"
cleaned = st.text(st.characters(exclude_categories=["Cs"])).map(clean)


def paper(about: About = ABOUT) -> Paper:
    made = Paper(about)
    made.title("Minutes: a briefing", "A team")
    made.heading("What the team said", 1)
    return made


def full() -> Paper:
    made = paper()
    made.text("One line\nand another")
    made.bullets([("Sectors: ", "none"), ("", "a second\nwith two lines")])
    made.note("Not a way to report a concern.", "Call: 01234 567890")
    made.facts([("Date", "12 June 2026"), ("Teams", "one\ntwo")])
    made.link("The record is at", "https://learning.example.org/minutes/7k2m?a=1&b=2")
    made.table("Two teams", COLUMNS, [("a <b> & c", 1_234), ([("x", "CellStrong"), ("y", "CellQuiet")], None)])
    drawn = pictures.picture(DRAWING)
    assert drawn is not None, "no font is installed: install fonts-dejavu-core"
    made.picture(drawn)
    return made


def test_a_document_with_everything_in_it_has_no_faults() -> None:
    assert faults(full().file()) == []


def test_the_check_finds_what_is_wrong_with_a_document_as_the_library_makes_it() -> None:
    plain, file = Document(), BytesIO()
    plain.add_heading("A heading too deep", 2)
    plain.add_table(1, 2)
    plain.add_picture(BytesIO(pictures.picture(DRAWING).png))  # type: ignore[union-attr]
    plain.save(file)
    found = faults(file.getvalue())
    assert {"no title", "says python-docx", "says 2013-12", "language en-US", "not one title, at the beginning"} <= set(
        found
    )
    assert {"heading 2 under 0", "a table without a caption", "an empty column heading", "no page numbers"} <= set(
        found
    )
    assert {"a picture without words", "an empty page header", "a table with uneven rows, or none"} <= set(found)
    assert "a table whose first row alone is not its header" in found


def test_what_a_document_says_of_itself_is_ours() -> None:
    known = Document(BytesIO(paper(replace(ABOUT, revision=2)).file())).core_properties
    assert (known.title, known.author, known.last_modified_by) == (ABOUT.title, ABOUT.author, ABOUT.author)
    assert (known.subject, known.language, known.comments) == ("A briefing", "en-GB", "")
    assert known.created == known.modified == datetime(2026, 6, 12, 13, 2, 40, tzinfo=UTC)
    assert known.revision == 2


def test_a_moment_in_summer_time_is_written_in_utc() -> None:
    summer = timezone(timedelta(hours=1))
    known = Document(BytesIO(paper(replace(ABOUT, moment=datetime(2026, 6, 12, 0, 30, tzinfo=summer))).file()))
    assert known.core_properties.created == datetime(2026, 6, 11, 23, 30, tzinfo=UTC)


def test_a_title_longer_than_a_property_may_be_is_cut_there_and_whole_on_the_page() -> None:
    long = "a long title " * 40
    made = Paper(replace(ABOUT, title=long))
    made.title(long)
    assert Document(BytesIO(made.file())).core_properties.title == long[:255]
    assert paragraphs(made.file(), "Title") == [long.strip()]


def test_the_marking_stands_in_the_header_and_the_footer_of_every_page() -> None:
    section = Document(BytesIO(paper().file())).sections[0]
    assert [p.text for p in section.header.paragraphs] == ["OFFICIAL-SENSITIVE"]
    assert section.footer.paragraphs[0].text.startswith("Minutes 7k2m\tPage ")
    assert section.footer.paragraphs[1].text == "OFFICIAL-SENSITIVE"
    assert not section.different_first_page_header_footer


def test_the_page_is_a4() -> None:
    section = Document(BytesIO(paper().file())).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)


def test_the_same_calls_give_the_same_bytes_and_no_part_bears_the_time_of_writing() -> None:
    file = full().file()
    assert file == full().file()
    with ZipFile(BytesIO(file)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2026, 6, 12, 13, 2, 40)}


def test_another_moment_gives_other_bytes() -> None:
    assert paper().file() != paper(replace(ABOUT, moment=ABOUT.moment + timedelta(days=1))).file()


def test_documents_made_one_after_the_other_share_nothing() -> None:
    first = full()
    Paper(replace(ABOUT, marking="OFFICIAL", title="Another"))
    assert Document(BytesIO(first.file())).sections[0].header.paragraphs[0].text == "OFFICIAL-SENSITIVE"


def test_a_table_has_a_repeated_header_row_that_does_not_break_and_says_its_caption() -> None:
    file = full().file()
    table = next(body(file).iter(qn("w:tbl")))
    first, *others = table.findall(qn("w:tr"))
    assert [mark.tag for mark in first.find(qn("w:trPr"))] == [qn("w:cantSplit"), qn("w:tblHeader")]
    assert all(row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None for row in others)
    assert table.find(f"{qn('w:tblPr')}/{qn('w:tblCaption')}").get(qn("w:val")) == "Two teams"
    assert paragraphs(file, "Caption") == ["Two teams"]
    assert tables(file) == [[["Who", "How many"], ["a <b> & c", "1,234"], ["x\ny", "–"]]]


def test_a_table_without_a_shown_caption_still_bears_one() -> None:
    made = paper()
    made.table('A “quoted” & "marked" caption', COLUMNS, [("a", 1)], shown=False)
    assert paragraphs(made.file(), "Caption") == []
    assert faults(made.file()) == []


def test_a_short_row_stays_together_and_one_longer_than_a_page_may_break() -> None:
    made = paper()
    made.table("Rows", COLUMNS, [("short", 1), ("long " * 1_000, 2), ("line\n" * 100, 3)])
    rows = body(made.file()).findall(f".//{qn('w:tbl')}/{qn('w:tr')}")[1:]
    assert [row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in rows] == [True, False, False]


def test_the_columns_of_a_table_fill_the_page_and_no_more() -> None:
    made = paper()
    made.table("Thirds", (Column("a", 1), Column("b", 1), Column("c", 1)), [("x", "y", "z")])
    widths = [int(one.get(qn("w:w"))) for one in body(made.file()).iter(qn("w:gridCol"))]
    assert len(set(widths)) == 1
    assert 9_290 < sum(widths) <= 9_298


def test_two_tables_in_a_row_stay_two() -> None:
    made = paper()
    for caption in ("One", "Two"):
        made.table(caption, COLUMNS, [("a", 1)], shown=False)
    assert len(Document(BytesIO(made.file())).tables) == 2
    assert all(one.getnext().tag == qn("w:p") for one in body(made.file()).iter(qn("w:tbl")))


def test_a_link_goes_where_it_says() -> None:
    file = full().file()
    link = next(body(file).iter(qn("w:hyperlink")))
    targets = {one.get("Id"): one for one in part(file, "word/_rels/document.xml.rels")}
    target = targets[link.get(qn("r:id"))]
    assert (target.get("Target"), target.get("TargetMode")) == (words(link), "External")
    assert words(link) == "https://learning.example.org/minutes/7k2m?a=1&b=2"


@pytest.mark.parametrize(
    "text", ["one", "one\ntwo", "\n", "one\n\n\ntwo\n", "", "\ttab\n  two spaces \n\u00a0nbsp\u00a0"]
)
def test_every_line_of_a_text_is_a_line_of_the_document(text: str) -> None:
    made = paper()
    made.text(text, "Answer")
    assert paragraphs(made.file(), "Answer", "AnswerRightToLeft") == text.split("\n")


def test_a_line_in_arabic_or_hebrew_begins_at_the_right_and_its_neighbours_do_not() -> None:
    made = paper()
    made.text(
        "\n".join((ARABIC, "plain", HEBREW, f"English with {ARABIC}", f"{ARABIC} (NAI)", "– “dash” 12")), "Answer"
    )
    lines = [p for p in body(made.file()).iter(qn("w:p")) if p.find(f"{qn('w:pPr')}/{qn('w:bidi')}") is not None]
    assert [words(one) for one in lines] == [ARABIC, HEBREW, f"{ARABIC} (NAI)"]
    marked = [
        words(run) for run in body(made.file()).iter(qn("w:r")) if run.find(f"{qn('w:rPr')}/{qn('w:rtl')}") is not None
    ]
    assert marked == [ARABIC, HEBREW]
    assert faults(made.file()) == []


@settings(max_examples=150, deadline=None)
@given(cleaned)
def test_any_cleaned_text_makes_a_document_that_opens_and_carries_it_everywhere(text: str) -> None:
    made = Paper(replace(ABOUT, title=text, author=text, subject=text, marking=text, footer=text))
    made.title(text, text)
    made.heading(text, 1)
    made.text(text, "Answer")
    made.bullets([(text, text)])
    made.facts([(text, text)])
    made.note(text, text)
    made.link(text, "https://learning.example.org")
    made.table(text, (Column(text, 1), Column(text, 1)), [(text, [(text, "CellStrong")])])
    file = made.file()
    section = Document(BytesIO(file)).sections[0]
    line, lines = single_line(text), text.split("\n")
    assert section.header.paragraphs[0].text == line
    assert section.footer.paragraphs[1].text == line
    assert paragraphs(file, "Answer", "AnswerRightToLeft") == lines
    assert paragraphs(file, "Heading1") == paragraphs(file, "Title") == [line]
    assert paragraphs(file, "ListBullet") == [text + text]
    assert paragraphs(file, "Fact") == [f"{text}\t{text}"]
    assert paragraphs(file, "Note") == lines
    assert tables(file)[0][1] == [text, text]


@pytest.mark.parametrize("bad", ["\x00", "a\x0bb", "\x1b", "\ufffe", "\uffff", "\ud800", "\r"])
def test_text_that_was_never_cleaned_is_refused_and_does_not_spoil_the_file(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot"):
        escaped(bad)
    with pytest.raises(ValueError, match="cannot"):
        paper().text(bad)


def test_a_picture_bears_the_words_of_the_drawing() -> None:
    drawn = pictures.picture(DRAWING)
    assert drawn is not None
    assert drawn.words == "Teams. Asked: 3; met: 2."
    described = [one.get("descr") for one in body(full().file()).iter() if one.tag.endswith("}docPr")]
    assert described == ["Teams. Asked: 3; met: 2."]


def test_two_pictures_are_two_and_begin_at_the_margin() -> None:
    made = full()
    made.picture(pictures.Picture(pictures._png(DRAWING, pictures.font_family() or ""), "Another."))
    assert faults(made.file()) == []
    inlines = [one for one in body(made.file()).iter() if one.tag.endswith("}inline")]
    assert [[one.get(f"dist{side}") for side in "TBLR"] for one in inlines] == [["0"] * 4] * 2


def test_the_letters_of_a_drawing_are_really_drawn() -> None:
    drawn, blank = pictures.picture(DRAWING), pictures.picture(DRAWING.replace("Asked 3</text>", "</text>"))
    assert drawn is not None
    assert blank is not None
    assert len(drawn.png) > len(blank.png)


def test_without_any_font_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_png", lambda svg, family: b"as blank as every other")
    pictures.font_family.cache_clear()
    try:
        assert pictures.picture(DRAWING) is None
    finally:
        pictures.font_family.cache_clear()


def test_a_drawing_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="neither a title nor a description"):
        pictures.picture('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>')
