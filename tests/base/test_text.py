"""The one text function, for every text there is."""

from __future__ import annotations

import unicodedata
from time import monotonic

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import Invalid
from app.text import clean, counted, is_blank, single_line, words_joined

ANY = st.text(st.characters(codec="utf-8"))
ODD = st.text(
    st.sampled_from(
        "a \t\n\r\x00\x0b\x0c\x1b\x1f\x7f\x85\u2028\u2029\ufffe\uffff\u0301e\u00e9\u202e\u2066\u212b\uac00\u1112"
    )
)
EVERYTHING = ANY | ODD


@given(EVERYTHING)
@example("\r\r\n\n")
@example("e\x00\u0301")
@example("\u1112\x00\u1161\ufffe\u11ab")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(EVERYTHING)
def test_clean_text_holds_no_control_character_but_tab_and_line_feed(text: str) -> None:
    left = {c for c in clean(text) if unicodedata.category(c) == "Cc" or c in "\ufffe\uffff\u2028\u2029"}
    assert left <= {"\t", "\n"}


@given(EVERYTHING)
def test_clean_text_is_in_its_composed_form_and_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned.encode().decode() == cleaned


@given(EVERYTHING)
def test_nothing_but_control_characters_and_line_ends_is_changed(text: str) -> None:
    kept = "".join(c for c in text if unicodedata.category(c) != "Cc" and c not in "\ufffe\uffff\u2028\u2029")
    assert clean(kept) == unicodedata.normalize("NFC", kept)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_way_to_end_a_line_ends_it_once(end: str) -> None:
    assert clean(f"a{end}b{end}c") == "a\nb\nc"
    assert clean(end * 3).count("\n") == 3


@given(st.lists(st.sampled_from(["a", "b c", ""]), min_size=1), st.sampled_from(["\r\n", "\n", "\r", "\u2028"]))
def test_as_many_lines_come_out_as_go_in(lines: list[str], end: str) -> None:
    assert clean(end.join(lines)).split("\n") == lines


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud83d \ude00", "\udc00\ud800"])
def test_half_of_a_character_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid, match="arrived broken"):
        clean(text)
    with pytest.raises(Invalid):
        single_line(text)


@pytest.mark.parametrize(
    "text", ["“Smart” – dashes … • bullets", "non\u00a0breaking", "👩🏽‍⚕️👨‍👩‍👧", "Ŵyr Łukasz مرحبا", "\u202eabc\u202c"]
)
def test_what_people_paste_is_kept_exactly(text: str) -> None:
    assert clean(text) == text


@given(EVERYTHING)
def test_a_single_line_is_one_line_without_ends_or_overrides(text: str) -> None:
    line = single_line(text)
    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\r\n\t")
    assert "  " not in line
    assert single_line(line) == line
    assert clean(line) == line


def test_a_folded_header_comes_out_on_one_line() -> None:
    assert single_line("Team\r\nBcc: a@b.test\n  folded") == "Team Bcc: a@b.test folded"


@pytest.mark.parametrize("text", [None, "", " ", "\n\t", "\u200b", "\u2060\ufeff", "\u00a0", "\u0301", "\u202e"])
def test_nothing_to_read_is_blank(text: str | None) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", " a ", "0", "-", "👍", "ا", "\u200ba"])
def test_anything_to_read_is_not_blank(text: str) -> None:
    assert not is_blank(text)


def test_lists_are_said_as_people_say_them() -> None:
    assert [words_joined(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert words_joined(("a", "b")) == "a and b"


def test_numbers_go_with_their_nouns() -> None:
    assert counted(1, "team") == "1 team"
    assert counted(0, "team") == "0 teams"
    assert counted(1_200, "person", "people") == "1,200 people"


# Marks that NFC puts in order: it takes the square of the time for a long run of them.
HEAPS = ("\u0315" * 300_000 + "\u0316" * 300_000, "a" + "\u0344\u0316" * 200_000, "\u0f71\u0f73" * 200_000)


@pytest.mark.parametrize("heap", HEAPS, ids=["two marks", "marks that come apart", "marks of Tibetan"])
def test_marks_heaped_on_one_letter_hold_nobody_up_and_thirty_of_them_stay(heap: str) -> None:
    began = monotonic()
    kept = clean(f"x{heap}y")
    assert monotonic() - began < 5, "as they are, they take minutes"
    assert 25 <= len(kept) <= 62
    assert clean(kept) == kept
    assert clean(heap[:20]) == unicodedata.normalize("NFC", heap[:20])
