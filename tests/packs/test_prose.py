"""Markdown as plain blocks."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.packs.briefing import written
from app.packs.prose import blocks
from app.text import clean
from app.web.prose import Block, Kind, Nest, Piece
from tests.packs.huge import NESTED, real


def shape(block: Block) -> tuple[str, str, bool]:
    marks = {Nest.QUOTE: ">", Nest.BULLET: "-", Nest.NUMBER: "#"}
    where = " ".join(f"{marks[step.nest]}{step.item or ''}" for step in block.steps)
    return where, block.words, block.begins


def test_lists_quotations_and_headings_are_known_by_where_they_stand() -> None:
    found = blocks(NESTED)
    assert [shape(block) for block in found[1:]] == [
        ("", "A heading", False),
        ("-1", "a", True),
        ("-2", "b", True),
        ("-2 #1", "one", True),
        ("-2 #2", "two", True),
        ("-2 #2", "goes on", False),
        ("-3", "c", True),
        (">", "quoted", False),
        ("> #5", "five", True),
        ("> #6", "six", True),
        ("", "if this:\n    that", False),
        ("", "first line\nsecond line", False),
    ]
    assert [block.kind for block in found if block.kind is not Kind.TEXT] == [Kind.HEADING, Kind.CODE]


def test_each_piece_has_its_own_look() -> None:
    looked = {piece.words: piece for piece in blocks(NESTED)[0].pieces}
    assert looked["emphasis"] == Piece("emphasis", emphasis=True)
    assert looked["strength"] == Piece("strength", strong=True)
    assert looked["code"] == Piece("code", code=True)
    assert looked["a link"] == Piece("a link", address="https://example.org/a?x=1&y=2")


def test_headings_are_counted_without_gaps() -> None:
    assert [block.level for block in blocks("#### low\n\n### high\n\n##### lowest")] == [2, 1, 3]


def test_no_word_of_the_first_pack_is_lost_on_the_way() -> None:
    for text in [*(s.markdown for s in real().sections), *(p.note for p in real().points)]:
        there = [word for block in blocks(text) for word in block.words.split()]
        meant = re.sub(r"(?m)^\s*(- |\d+\. |#+ )", "", text).split()
        assert there == meant


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text().map(clean)
    | st.lists(st.sampled_from(["- ", "1. ", "> ", "x", "\n", "  ", "*", "**", "`", "[a](http://b)"])).map("".join)
)
def test_whatever_is_written_becomes_html_that_holds_no_more_than_it(text: str) -> None:
    html = str(written(blocks(text)))
    assert not re.sub(r"</?(p|ul|ol|li|blockquote|strong|em|code|pre|a|br|h[3-6])\b[^<>]*>", "", html).count("<")
    assert html.count("<li") == html.count("</li>")


def test_html_is_words_and_no_markup_of_its_own() -> None:
    html = str(written(blocks('<script>alert(1)</script> & [x](javascript:alert(1)) [y](http://a.example/?a=1&b="2)')))
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "&lt;script&gt;" in html


def test_the_rest_of_an_item_stands_in_its_list_without_a_mark() -> None:
    first, second, third = blocks("3. three\n\n   goes on\n4. four")
    assert written([first]) == '<ol start="3"><li><p>three</p></li></ol>'
    rest = '<ol start="3"><li class="app-goes-on"><p>goes on</p></li><li><p>four</p></li></ol>'
    assert written([second, third], goes_on=first) == rest


def test_a_list_in_a_script_from_right_to_left_has_its_marks_at_the_right() -> None:
    assert written(blocks("- שלום")) == '<ul dir="rtl"><li dir="rtl"><p dir="rtl">שלום</p></li></ul>'
