"""What differs between two texts, by words, whatever the texts are and however long."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.differences import ALIKE, MOST_CHANGES, Difference, Mark, beside, difference

LONG = 100_000
rows = random.Random(7)


def told(found: Difference) -> list[tuple[str, str]]:
    return [(str(stretch.mark), stretch.words) for stretch in found.stretches]


def text_of(found: Difference, *marks: Mark) -> list[str]:
    return "".join(stretch.text for stretch in found.stretches if stretch.mark in marks).split()


def test_words_are_removed_and_added_in_their_place() -> None:
    found = difference(
        "Some staff knew the pathway, but two did not. We will ask.",
        "Most staff knew the pathway, but three did not. We will ask again.",
    )
    assert told(found) == [
        ("removed", "Some"),
        ("added", "Most"),
        ("same", "staff knew the pathway, but"),
        ("removed", "two"),
        ("added", "three"),
        ("same", "did not. We will"),
        ("removed", "ask."),
        ("added", "ask again."),
    ]
    assert not found.altogether and not found.spacing


def test_a_text_that_comes_or_goes_is_one_stretch() -> None:
    assert told(difference("", "All of it new.")) == [("added", "All of it new.")]
    assert told(difference("All of it gone. ", "")) == [("removed", "All of it gone.")]


def test_only_spaces_and_line_breaks_are_said_to_differ_where_only_they_do() -> None:
    found = difference("One paragraph. Another.", "One paragraph.\n\nAnother.")
    assert found.spacing and text_of(found, Mark.SAME) == ["One", "paragraph.", "Another."]


def test_a_line_break_before_a_changed_word_stays_outside_the_mark() -> None:
    (_, removed, added) = difference("First line.\nSecond", "First line.\nThird").stretches
    assert (removed.space, removed.words, added.words) == ("\n", "Second", "Third")


def test_the_middle_of_what_stayed_is_left_out_and_counted() -> None:
    middle = " ".join(f"word{n}" for n in range(200))
    found = difference(f"Start {middle} end.", f"Begin {middle} finish.")
    assert [mark for mark, _ in told(found)][:2] == ["removed", "added"]
    assert ("left out", "176 words unchanged") in told(found)
    first = difference(f"{middle} end.", f"{middle} finish.")
    assert told(first)[0] == ("left out", "188 words unchanged"), "nothing before it is needed"


def test_where_too_little_stayed_the_whole_is_shown_and_said_to_be() -> None:
    old, new = (" ".join(f"{letter}{n}" for n in range(40)) for letter in "ab")
    found = difference(old, new)
    assert found.altogether and told(found) == [("removed", old), ("added", new)]


def test_more_changes_than_anybody_reads_are_shown_as_the_whole() -> None:
    words = [f"word{n}" for n in range(4 * MOST_CHANGES)]
    changed = [f"new{n}" if n % 3 == 0 else word for n, word in enumerate(words)]
    assert difference(" ".join(words), " ".join(changed)).altogether


@given(st.text("ab c\n", max_size=80), st.text("ab c\n", max_size=80))
def test_both_texts_can_be_read_out_of_the_difference(old: str, new: str) -> None:
    found = difference(old, new)
    if not any(stretch.mark is Mark.LEFT_OUT for stretch in found.stretches) and not found.spacing:
        assert text_of(found, Mark.SAME, Mark.REMOVED) == old.split()
        assert text_of(found, Mark.SAME, Mark.ADDED) == new.split()


def natural() -> list[str]:
    return [f"w{min(int(rows.paretovariate(0.9)), 5000)}" for _ in range(18_000)]


def adversaries() -> dict[str, tuple[str, str]]:
    text, numbers = natural(), [str(n) for n in range(15_000)]
    other = [f"new{n}" if n % 2 else word for n, word in enumerate(text)]
    gaps = [
        " ".join(f"u{n}" if n % 51 == 0 else rows.choice("ab") for n in range(40_000)),
        " ".join(f"u{n}" if n % 51 == 0 else rows.choice("ab") for n in range(40_000)),
    ]
    return {
        "half of it new": (" ".join(text), " ".join(other)),
        "shuffled": (" ".join(text), " ".join(rows.sample(text, len(text)))),
        "backwards": (" ".join(numbers), " ".join(numbers[::-1])),
        "one word again and again": ("a " * 50_000, "a x " * 25_000),
        "two words": ("a b " * 25_000, "b a " * 25_000),
        "no space": ("x" * LONG, "y" * LONG),
        "only space": (" " * LONG, "\n" * LONG + "a"),
        "space at the end": ("a" + " " * LONG, "b" + " " * LONG),
        "short gaps of two words": (gaps[0], gaps[1]),
    }


@pytest.mark.parametrize("name", adversaries())
def test_a_hundred_thousand_characters_take_no_longer_than_a_page_may(name: str) -> None:
    old, new = (text[:LONG] for text in adversaries()[name])
    began = time.process_time()
    difference(old, new)
    assert time.process_time() - began < 2, "about a tenth of a second on a slow machine"


def test_a_few_changes_in_a_long_text_are_found_word_by_word() -> None:
    text = natural()
    changed = list(text)
    for place in (10, 9_000, 17_990):
        changed[place] = "changed"
    found = difference(" ".join(text), " ".join(changed))
    assert [words for mark, words in told(found) if mark == "added"] == ["changed"] * 3
    assert len(" ".join(words for _, words in told(found))) < 2_000
    assert ALIKE < 1


def test_beside_each_other_the_whole_of_the_other_text_is_read_and_marked_only_where_something_is_shared() -> None:
    middle = " ".join(f"word{number}" for number in range(300))
    found = beside(f"We asked. {middle} And then.", f"They asked. {middle} And now.")
    assert found is not None and text_of(found, Mark.SAME, Mark.ADDED) == f"They asked. {middle} And now.".split()
    assert text_of(found, Mark.REMOVED) == ["We", "then."]
    for one, other in (
        ("", "Something."),
        ("Something.", ""),
        ("8", "9"),
        ("The first wrote that.", "The second wrote this."),
        ("Team meeting", "INSET day"),
    ):
        assert beside(one, other) is None
    assert beside(" ".join("abcdefghijklmnopqrst"), " ".join("ABCDEFGHIJKLMNOPQRSt")) is None
    spaced = beside("Only  spaces.", "Only spaces.")
    assert spaced is not None and spaced.spacing
