"""What to look at once more before minutes are sent: pieces that look like somebody's, beside where they stand.

Each is changed, or left in for a reason. What no pattern finds is asked of the person instead, in one statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.discussions.record import Said
from app.identifying import WORDS, Mark, Why, find

WHY_WORDS = {
    Why.PUBLIC: "a number or an address that is public",
    Why.WORKER: "a worker’s own details",
    Why.OTHER: "another reason",
}
CHAIRED_BY = "chaired_by"
_NEAR = 60  # characters of a line on either side


@dataclass(frozen=True)
class Look:
    """A piece of text to look at, as what it looks like, and every place where it stands: form fields with words.
    `before` and `after` are the words beside it in the first of them."""

    text: str
    mark: Mark
    places: tuple[tuple[str, str], ...]
    before: str = ""
    after: str = ""

    @property
    def why(self) -> str:
        """What it looks like, in words."""
        return WORDS[self.mark]

    def may_be(self, why: Why) -> bool:
        """Whether it can stay for this reason: only what people are reached by can be a public number or address."""
        return why is not Why.PUBLIC or self.mark in (Mark.EMAIL, Mark.PHONE, Mark.POSTCODE)

    @property
    def fields(self) -> list[str]:
        """The form fields in which it stands."""
        return list(dict.fromkeys(field for field, _ in self.places))

    @property
    def key(self) -> str:
        """By what a form names it: the same for the same piece, and nothing of it can be read from that."""
        return hashlib.sha256(f"{self.mark} {self.text}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Left:
    """A piece that was left in: what it looked like, where it stood, and why; `words` only for another reason."""

    mark: Mark
    field: str
    why: Why
    words: str = ""


def second_look(
    said: Said, keys: Collection[str], public: Collection[str], watched: Collection[str] = (), chaired_by: str = ""
) -> list[Look]:
    """What in a record looks like a number or an address of somebody, or is a word to watch, each piece once, in the
    order of the form. `keys` are those of the edition's points in order; `public` is what everybody may know;
    `chaired_by` is the one thing about the meeting that is written freely."""
    found: dict[tuple[Mark, str], list[tuple[str, str]]] = {}
    beside: dict[tuple[Mark, str], tuple[str, str]] = {}
    for field, where, text in ((CHAIRED_BY, "“Which role chaired?”", chaired_by), *_texts(said, list(keys))):
        for hit in find(text, public=public, watched=watched):
            places = found.setdefault((hit.mark, hit.text), [])
            beside.setdefault((hit.mark, hit.text), _beside(text, hit.start, hit.end))
            if (field, where) not in places:
                places.append((field, where))
    return [Look(text, mark, tuple(places), *beside[mark, text]) for (mark, text), places in found.items()]


def _beside(text: str, start: int, end: int) -> tuple[str, str]:
    """The words of the line before and after a piece, cut between words where they are many."""
    before = text[max(0, start - _NEAR) : start].rpartition("\n")[2]
    after = text[end : end + _NEAR].partition("\n")[0]
    if len(before) == _NEAR:
        before = f"… {before.partition(' ')[2]}"
    if len(after) == _NEAR:
        after = f"{after.rpartition(' ')[0]} …"
    return before, after


def _texts(said: Said, keys: list[str]) -> Iterator[tuple[str, str, str]]:
    for answer in said.answers:
        yield f"points-{answer.key}-words", f"question {keys.index(answer.key) + 1}", answer.words
    for index, step in enumerate(said.actions):
        yield f"actions-{index}-what", f"action {index + 1}", step.what
        yield f"actions-{index}-who", f"action {index + 1}, who", step.who
    for one in said.news:
        yield f"news-{one.row}-because", f"what you say about earlier action {one.row + 1}", one.because
    yield "question_to_lead", "the question for the lead", said.question_to_lead
    yield "question_to_partnership", "the question for the partnership", said.question_to_partnership
