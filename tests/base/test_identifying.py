"""What is found in a text, measured on lines that were labelled by somebody who had not seen the patterns.

`labelled-lines.tsv` holds 562 lines: the labels of what stands in each, a tab, the line; about half are near-misses.
The patterns were mended on them. `held-out-lines.tsv` holds 510 lines of the same kind that were labelled afterwards by
somebody else; nothing was mended on those, so what is measured there is what a new text meets.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identifying import Mark, find
from app.text import clean

HERE = Path(__file__).parent
LINES, HELD_OUT = (
    [line for line in (HERE / f"{name}-lines.tsv").read_text(encoding="utf-8").split("\n") if line]
    for name in ("labelled", "held-out")
)
# Recall and precision at least, as measured. Of ten digits that pass the check nobody can say what they are not.
MEASURED = {
    Mark.NHS_NUMBER: (1.00, 0.88),
    Mark.INSURANCE_NUMBER: (1.00, 1.00),
    Mark.EMAIL: (0.97, 1.00),
    Mark.PHONE: (0.98, 1.00),
    Mark.POSTCODE: (0.97, 1.00),
    Mark.BORN: (0.93, 0.97),
    Mark.TITLE: (0.87, 0.86),
}


# The figures of README.
HELD_OUT_MEASURED = {
    Mark.NHS_NUMBER: (1.00, 0.97),
    Mark.INSURANCE_NUMBER: (1.00, 0.97),
    Mark.EMAIL: (0.97, 1.00),
    Mark.PHONE: (0.97, 1.00),
    Mark.POSTCODE: (1.00, 1.00),
    Mark.BORN: (0.79, 0.97),
    Mark.TITLE: (0.74, 0.92),
}


def measured(lines: list[str], mark: Mark) -> tuple[float, float]:
    """Recall and precision of one kind."""
    right = found = there = 0
    for line in lines:
        labels, _, text = line.partition("\t")
        wanted, got = Counter(labels.split(","))[mark], sum(hit.mark is mark for hit in find(text))
        right, found, there = right + min(wanted, got), found + got, there + wanted
    assert there >= 22
    return right / there, right / found


@pytest.mark.parametrize("mark", MEASURED)
@pytest.mark.parametrize(
    ("lines", "figures"), [(LINES, MEASURED), (HELD_OUT, HELD_OUT_MEASURED)], ids=["mended on", "held out"]
)
def test_each_kind_is_found_as_well_as_was_measured(
    lines: list[str], figures: dict[Mark, tuple[float, float]], mark: Mark
) -> None:
    got = measured(lines, mark)
    assert all(now >= then for now, then in zip(got, figures[mark], strict=True)), got


@pytest.mark.parametrize("lines", [LINES, HELD_OUT], ids=["mended on", "held out"])
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


@pytest.mark.parametrize("piece", ["a", "0", "0 ", "1-", "a@", "a.", "Mr ", "dob ", "B1 ", "AB12", "(0", "\u00a0"])
def test_no_text_holds_a_processor_up(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = monotonic()
    find(text, watched=["seaview court"])
    assert monotonic() - began < 2
