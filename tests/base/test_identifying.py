"""What is found in a text, measured on six sets of labelled lines; about half of each set are near-misses.

The patterns were mended on the first five, each labelled by somebody who had not seen them, but for
`second-held-out-lines.tsv`. `fifth-held-out-lines.tsv` was written by somebody who had seen neither patterns nor other
lines, after the last mending, and nothing was mended on it: what is measured there is nearest to what a new text meets.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identifying import Mark, find
from app.text import clean

HERE = Path(__file__).parent
SETS = {
    name: [line for line in (HERE / f"{name}-lines.tsv").read_text(encoding="utf-8").split("\n") if line]
    for name in ("labelled", "held-out", "second-held-out", "third-held-out", "fourth-held-out", "fifth-held-out")
}
LINES = SETS["labelled"]
RECALL, PRECISION = 0.98, 0.90
RELIABLE = [mark for mark in Mark if mark not in (Mark.TITLE, Mark.WATCHED)]
# What is missed by one line of about fifty, and why.
NOT_REACHED = {
    ("held-out", Mark.PHONE): "0800 1111 is everybody's: asking about it would be a false alarm to whoever wrote it",
}
# Recall and precision at least, as measured: a hint has no gate, but it does not get worse unseen.
HINTS = {
    "labelled": (0.95, 0.87),
    "held-out": (0.86, 0.93),
    "second-held-out": (0.82, 0.92),
    "third-held-out": (0.72, 0.97),
    "fourth-held-out": (0.95, 0.91),
    "fifth-held-out": (0.94, 0.95),
}


def measured(name: str, mark: Mark) -> tuple[float, float]:
    """Recall and precision of one kind in one set."""
    right = found = there = 0
    for line in SETS[name]:
        labels, _, text = line.partition("\t")
        wanted, got = Counter(labels.split(","))[mark], sum(hit.mark is mark for hit in find(text))
        right, found, there = right + min(wanted, got), found + got, there + wanted
    assert there >= 22
    return right / there, right / found


@pytest.mark.parametrize("mark", RELIABLE)
@pytest.mark.parametrize("name", SETS)
def test_each_kind_that_is_called_reliable_reaches_the_gate_or_misses_it_by_one_line_that_is_explained(
    name: str, mark: Mark
) -> None:
    recall, precision = measured(name, mark)
    assert precision >= PRECISION, precision
    if (name, mark) in NOT_REACHED:
        assert 0.97 <= recall < RECALL, f"{recall}: take the exception away where the gate is reached"
    else:
        assert recall >= RECALL, recall


@pytest.mark.parametrize("name", SETS)
def test_titles_are_found_as_well_as_was_measured(name: str) -> None:
    got = measured(name, Mark.TITLE)
    assert all(now >= then for now, then in zip(got, HINTS[name], strict=True)), got


@pytest.mark.parametrize("lines", SETS.values(), ids=SETS)
def test_about_half_of_the_lines_hold_nothing(lines: list[str]) -> None:
    assert len(lines) >= 300
    assert 0.4 < sum(line.startswith("\t") for line in lines) / len(lines) < 0.6


def test_a_hit_is_the_very_piece_of_the_text_and_public_ones_are_none() -> None:
    text = "Ring 07700 900123 or the SPOA (01323 464222), or spoa@example.gov.uk."
    hits = find(text, public=["01323 464222", "SPOA@example.gov.uk"])
    assert [(hit.mark, hit.text) for hit in hits] == [(Mark.PHONE, "07700 900123")]
    assert all(text[hit.start : hit.end] == hit.text for hit in hits)
    assert find("+44 1323 464222", public=["01323 464222"]) == []


def test_watched_words_are_found_as_words_whatever_their_capitals() -> None:
    text = "At Seaview Court, not seaview courts."
    assert [hit.text for hit in find(text, watched=["seaview court"])] == ["Seaview Court"]


@given(st.text(st.characters(exclude_categories=["Cs"])).map(clean), st.lists(st.sampled_from(LINES), max_size=3))
def test_any_text_is_looked_through_and_hits_never_overlap(text: str, lines: list[str]) -> None:
    hits = find(text.join(lines))
    assert all(one.end <= other.start for one, other in pairwise(hits))


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("DOBs 05/06/2018, 12/11/2020 and 1 May 2022", [Mark.BORN] * 3),
        ("DOB 05/06/2018, 12/11/2020", [Mark.BORN]),
        ("01632/960654 on 01/02/2024 10:30", [Mark.PHONE]),
        ("children born since 1 April 2020", []),
        ("DOB missing on 12/03/2021", []),
        ("the plan was born out of a review on 3/4/2021", []),
        ("they looked at a red dot chart", []),
        ("BN1 OLD ROAD, NO 2ND floor, TWO 3BE", []),
        ("ISBN 1890000124, invoice no 1890000124", []),
        ("an NHS invoice for 1890000124", [Mark.NHS_NUMBER]),
        ("ticket 94 34 76 59 19", []),
        ("NHS no. 94 34 76 59 19", [Mark.NHS_NUMBER]),
        ("LEVEL B1 2 UP AND M1 3 AT NIGHT", []),
        ("44 7700 900123, parcel 447700900123", [Mark.PHONE]),
        ("born in hospital, seen on 3 April 2025", []),
        ("born on Christmas Day, and Boxing Day is a holiday", [Mark.BORN]),
        ("mr and mrs to be asked", []),
        ("mob.07700 900123, ref 1.07700 900123", [Mark.PHONE]),
        ("7700 900123, account 12 7700 900123 and 7700 900123 4", [Mark.PHONE]),
        ("born at 23:58 on 31/12/24", [Mark.BORN]),
    ],
)
def test_what_stands_beside_a_number_or_a_date_says_what_it_is(text: str, marks: list[Mark]) -> None:
    assert [hit.mark for hit in find(text)] == marks


PIECES = ["a", "0", "0 ", "1-", "a@", "a.", "Mr ", "dob ", "B1 ", "AB12", "(0", "\u00a0", "1/1/11 ", "DOBs 1/1/11, "]
PIECES += ["a dot ", "a @ ", "may 1", "0121/", "BN1 O", "invoice 943 476 5919 "]
PIECES += [
    "nhs ",
    "nhs no ",
    "nhs 1",
    "born at home ",
    "born in 1 on ",
    "BN1 1 ",
    "mr ",
    "MR A",
    "AB1 2",
    "44 7",
    "0121 – ",
]


def plain_matching() -> float:
    """Seconds of the processor for a piece of work that stays the same: 0.03 on the machine on which the limit of 0.2
    was set, more on a slower one, or where two processes share a core."""
    text, began = "the team met on 3 May and rang 01273 " * 8_000, process_time()
    assert sum(1 for _ in re.finditer(r"[a-z]+|\d+|\s", text)) > 100_000
    return process_time() - began


@pytest.mark.usefixtures("nothing_else_in_memory")
@pytest.mark.parametrize("piece", PIECES)
def test_no_text_of_100_000_characters_takes_longer_than_two_tenths_of_a_second(piece: str) -> None:
    text, took, shares = piece * (100_000 // len(piece)), [], []
    for _ in range(5):
        same = plain_matching()
        began = process_time()  # of the processor: whatever else the machine does costs nothing here
        find(text, watched=["seaview court"])
        took.append(process_time() - began)
        shares.append(took[-1] / same)
    assert min(took) < 0.2 or min(shares) < 0.2 / 0.03, (took, shares)
