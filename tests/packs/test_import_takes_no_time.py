"""No text keeps an import or a page of a pack busy, however it is made: time grows with its length, not its square."""

from __future__ import annotations

import time
from datetime import date

import pytest

from app.packs.abbreviations import unexplained
from app.packs.drafted import shaped
from app.packs.placing import imported
from app.packs.sorting import split
from app.packs.text_reading import LARGEST, read_text

TODAY = date(2026, 11, 30)
HOSTILE = {
    "many lines": "a line of words that goes on\n" * 5_000,
    "a heading": "# a" + " " * 60_000 + "b",
    "capitals": "A" * 60_000,
    "names": "Ain " * 15_000,
    "months": "jan" * 20_000,
    "pictures": "![" * 4_000,
    "brackets": "[" * 15_000,
    "links": "[a](" * 15_000,
    "stars": "*a" * 6_000,
    "items": "Recommendations\n\n" + "- the same\n" * 2_000,
    "an abbreviation": "The CPN. Signed " + "-" * 20_000 + " MASH (" + "a" * 20_000,
    "pages": "3\n" * 3_000,
    "heads of mails": "From: a\nTo: b;\nSubject: c\n\nKind regards\n" * 3_000,
    "quotes": "> said\n" * 3_000 + ">" * 20_000,
    "gaps": ("a" + " " * 50) * 1_000,
    "numbers": "1. First\n\nText.\n\n" * 3_000,
}


@pytest.mark.usefixtures("nothing_else_in_memory")
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("is_markdown", [False, True])
def test_a_text_that_is_made_to_take_long_does_not(name: str, is_markdown: bool) -> None:
    began = time.process_time()
    found = imported(read_text(HOSTILE[name], is_markdown=is_markdown), TODAY)
    unexplained(found.drafted)
    split(shaped({"sections": [{"type": "other", "title": "x", "markdown": HOSTILE[name]}]}))
    assert time.process_time() - began < 40 * work()


def work() -> float:
    """How long this machine takes for a fixed piece of work of about a tenth of a second."""
    began = time.process_time()
    sum(len(str(number)) for number in range(500_000))
    return time.process_time() - began


def test_the_largest_text_is_longer_than_any_of_these() -> None:
    assert max(map(len, HOSTILE.values())) < LARGEST
