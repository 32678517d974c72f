"""The Word document of the longest minutes: ten answers of the most that one may have, made as the sender makes it."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.database import db
from app.discussions.record import LONGEST_ANSWER
from app.forwarding.making import make as made
from app.forwarding.models import Document
from tests import factories as make
from tests.base.test_boxed import grows_by_less_than

ANSWERS, WITHIN, MOST_GROWN = 10, 3, 200  # seconds of the processor, megabytes
SHAPES = {"one line": "word " * (LONGEST_ANSWER // 5), "50,000 lines": "a\n" * (LONGEST_ANSWER // 2)}
"""An answer of the greatest length, as one paragraph and as the most."""


def minutes_of(answers: int, text: str) -> str:
    """Minutes with so many answers of this text; their reference. One sending holds 300,000 characters at most, so that
    ten of the longest are more than anybody can send, and what was loaded may have them."""
    with db.writing() as session:
        circle = make.circle(session)
        edition = make.edition(session, circle.partnership, points=ANSWERS)
        (asked,) = make.circulate(session, circle.partnership, edition, [circle.teams[0]]).asked
        said = {point.key: text for point in edition.points[:answers]}
        return make.minutes(session, asked, circle.leader, answers=said).ref


def seconds(ref: str) -> float:
    """Of the processor, whatever else the machine does: to gather, to make and to keep."""
    began = time.process_time()
    made(db, ref, now())
    return time.process_time() - began


def written(text: str) -> int:
    """How many characters of a text, or lines of it, the newest document holds."""
    with db.reading() as session:
        body = session.scalars(sa.select(Document.body).order_by(Document.minutes_id.desc())).first()
    assert body
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return packed.read("word/document.xml").count(text.encode())


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_answers_of_100_000_characters_are_a_document_in_3_seconds_and_bounded_memory(
    app: Flask, shape: str
) -> None:
    text = SHAPES[shape]
    assert len(text) == LONGEST_ANSWER
    seconds(minutes_of(1, "Warm."))
    one = min(seconds(minutes_of(1, text)) for _ in range(2))
    refs = [minutes_of(ANSWERS, text) for _ in range(3)]
    took = []
    with grows_by_less_than(MOST_GROWN):
        while refs and min(took, default=WITHIN) >= WITHIN:
            took.append(seconds(refs.pop()))
    assert min(took) < WITHIN, took
    assert min(took) < max(0.2, 2 * ANSWERS * one), f"ten take as long as ten times one ({one:.2f} s), not more"
    part, times = (text.strip(), 1) if shape == "one line" else (">a<", LONGEST_ANSWER // 2)
    assert written(part) == times * ANSWERS, "as many lines as were typed, and all of each"
