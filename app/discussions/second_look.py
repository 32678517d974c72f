"""What to look at once more before minutes are sent: pieces that look like somebody's, beside where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.discussions.record import Said
from app.identifying import WORDS, find


@dataclass(frozen=True)
class Look:
    """A piece of text to look at: the form field to change it in, where that is in words, and why."""

    field: str
    where: str
    text: str
    why: str


def second_look(said: Said, keys: Collection[str], public: Collection[str]) -> list[Look]:
    """What in a record looks like a number or an address of somebody, in the order of the form. `keys` are those of the
    edition's points in order; `public` are numbers and addresses that everybody may know."""
    return [
        Look(field, where, hit.text, WORDS[hit.mark])
        for field, where, text in _texts(said, list(keys))
        for hit in find(text, public=public)
    ]


def _texts(said: Said, keys: list[str]) -> Iterator[tuple[str, str, str]]:
    for answer in said.answers:
        yield f"points-{answer.key}-words", f"question {keys.index(answer.key) + 1}", answer.words
    for index, step in enumerate(said.actions):
        yield f"actions-{index}-what", f"action {index + 1}", step.what
        yield f"actions-{index}-who", f"action {index + 1}, who", step.who
    yield "question_to_lead", "the question for the lead", said.question_to_lead
    yield "question_to_partnership", "the question for the partnership", said.question_to_partnership
