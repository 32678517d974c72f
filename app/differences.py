"""What differs between two texts, by words: what was removed, what was added, and what stayed around it.

Words that stand once in either text hold the two together, and only the short gaps between them are compared word by
word with the standard library. So the time grows with the length and not with its square, whatever the texts are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

from app.text import counted

AROUND, WORTH_LEAVING_OUT = 12, 40
"""So many unchanged words are shown on either side of a change; where more than the second stand together, the middle
is left out."""
SMALL_GAP, DEEPEST = 50, 12
ALIKE, SHORT, MOST_CHANGES = 0.2, 12, 300
"""A text of more than a few words of which a smaller part than this stayed, or with more changes than anybody could
read one by one, is shown as changed altogether."""

_WORD = re.compile(r"\s*\S+")
Match = tuple[int, int, int]
Block = tuple[int, int, int, int]


class Mark(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    LEFT_OUT = "left out"


class Stretch(NamedTuple):
    """Words that stand together and share one fate. Of what is left out `text` says how much it is."""

    mark: Mark
    text: str

    @property
    def words(self) -> str:
        """The words alone."""
        return self.text.lstrip()

    @property
    def space(self) -> str:
        """The space before the words, which nothing became of."""
        return self.text[: len(self.text) - len(self.words)]


class Difference(NamedTuple):
    """From one text to another. `altogether`: too little stayed to be shown word by word, so that the whole old text
    and the whole new one follow one another; `spacing`: only spaces or line breaks differ."""

    stretches: tuple[Stretch, ...]
    altogether: bool = False
    spacing: bool = False


def beside(one: str, other: str) -> Difference | None:
    """The whole of the other of two texts that stand beside each other, marked where it differs from the one; None
    where not even half of the shorter one is the same in both: marks would only be in the way then."""
    found = difference(one, other, whole=True)
    same = sum(len(stretch.text.split()) for stretch in found.stretches if stretch.mark is Mark.SAME)
    shorter = min(len(one.split()), len(other.split()))
    return found if same and 2 * same >= shorter and not found.altogether else None


def difference(old: str, new: str, *, whole: bool = False) -> Difference:
    """What differs between two texts that are not the same; with the `whole` of what stayed, however long."""
    before, after = _words(old), _words(new)
    one, other = [word.strip() for word in before], [word.strip() for word in after]
    if one == other:
        return Difference((Stretch(Mark.SAME, new),), spacing=True)
    matches = _swept(sorted(_matches(one, other, (0, len(one), 0, len(other)), 0)), len(one), len(other))
    stayed = sum(length for _, _, length in matches)
    shorter = min(len(one), len(other))
    if not shorter or len(matches) > MOST_CHANGES or (shorter > SHORT and stayed < ALIKE * shorter):
        stretches = (Stretch(Mark.REMOVED, old.strip()), Stretch(Mark.ADDED, new.strip()))
        return Difference(tuple(stretch for stretch in stretches if stretch.text), altogether=bool(shorter))
    return Difference(tuple(_apart(_stretches(before, after, matches, whole=whole))))


def _words(text: str) -> list[str]:
    """The words of a text, each with the space before it."""
    return _WORD.findall(text.rstrip())  # with space at its end the pattern would take the square of its length


def _matches(one: Sequence[str], other: Sequence[str], block: Block, depth: int) -> Iterator[Match]:
    """Where the words of both are the same, within a block of each: what both begin and end with, then what lies
    between words that stand once in each."""
    a, a_end, b, b_end = block
    ahead = _ahead(one, other, block)
    if ahead:
        yield a, b, ahead
    a, b = a + ahead, b + ahead
    behind = 0
    while a < a_end - behind and b < b_end - behind and one[a_end - behind - 1] == other[b_end - behind - 1]:
        behind += 1
    if behind:
        yield a_end - behind, b_end - behind, behind
    rest = (a, a_end - behind, b, b_end - behind)
    if rest[0] < rest[1] and rest[2] < rest[3]:
        yield from _between(one, other, rest, depth)


def _ahead(one: Sequence[str], other: Sequence[str], block: Block) -> int:
    a, a_end, b, b_end = block
    most = min(a_end - a, b_end - b)
    return next((i for i in range(most) if one[a + i] != other[b + i]), most)


def _between(one: Sequence[str], other: Sequence[str], block: Block, depth: int) -> Iterator[Match]:
    a, a_end, b, b_end = block
    if max(a_end - a, b_end - b) <= SMALL_GAP:
        found = SequenceMatcher(None, one[a:a_end], other[b:b_end], autojunk=False).get_matching_blocks()
        yield from ((a + m.a, b + m.b, m.size) for m in found if m.size)
        return
    held = _held(one, other, block) if depth < DEEPEST else []
    for here, there in [*held, (a_end, b_end)] if held else []:
        yield from _matches(one, other, (a, here, b, there), depth + 1)
        if here < a_end:
            yield here, there, 1
        a, b = here + 1, there + 1


def _held(one: Sequence[str], other: Sequence[str], block: Block) -> list[tuple[int, int]]:
    """The longest row of words that stand once in each block and in the same order in both."""
    a, a_end, b, b_end = block
    first, second = Counter(one[a:a_end]), Counter(other[b:b_end])
    there = {word: b + i for i, word in enumerate(other[b:b_end]) if second[word] == 1}
    pairs = [(a + i, there[word]) for i, word in enumerate(one[a:a_end]) if first[word] == 1 and word in there]
    ends: list[int] = []
    last: list[int] = []
    came_from: list[int] = []
    for number, (_, place) in enumerate(pairs):
        at = bisect_left(ends, place)
        ends[at : at + 1], last[at : at + 1] = [place], [number]
        came_from.append(last[at - 1] if at else -1)
    row, number = [], last[-1] if last else -1
    while number >= 0:
        row.append(pairs[number])
        number = came_from[number]
    return row[::-1]


def _swept(matches: Sequence[Match], length: int, other_length: int) -> list[Match]:
    """The matches joined where they touch, and without single words between two changes, which would tear a sentence
    into pieces that nobody can read."""
    joined: list[Match] = []
    for a, b, size in matches:
        if joined and (a, b) == (joined[-1][0] + joined[-1][2], joined[-1][1] + joined[-1][2]):
            joined[-1] = (*joined[-1][:2], joined[-1][2] + size)
        else:
            joined.append((a, b, size))
    edges = {(0, 0), (length - 1, other_length - 1)}
    return [(a, b, size) for a, b, size in joined if size > 1 or (a, b) in edges]


def _stretches(
    before: Sequence[str], after: Sequence[str], matches: Sequence[Match], *, whole: bool
) -> Iterator[Stretch]:
    a = b = 0
    for here, there, size in [*matches, (len(before), len(after), 0)]:
        for mark, words in ((Mark.REMOVED, before[a:here]), (Mark.ADDED, after[b:there])):
            if words:
                yield Stretch(mark, "".join(words))
        a, b = here + size, there + size
        if size and whole:
            yield Stretch(Mark.SAME, "".join(after[there:b]))
        elif size:
            yield from _shortened(after[there:b], first=not there, last=b == len(after) and a == len(before))


def _apart(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    """The same, with a space before what began one of the texts where it does not begin the whole."""
    for number, stretch in enumerate(stretches):
        yield stretch if not number or stretch.space else Stretch(stretch.mark, f" {stretch.text}")


def _shortened(words: Sequence[str], *, first: bool, last: bool) -> Iterator[Stretch]:
    """What stayed, without the middle of a long stretch; of what stands first or last, only what is by the change."""
    ahead, behind = 0 if first else AROUND, 0 if last else AROUND
    out = len(words) - ahead - behind
    if out <= WORTH_LEAVING_OUT:
        yield Stretch(Mark.SAME, "".join(words))
        return
    told = (
        (Mark.SAME, "".join(words[:ahead])),
        (Mark.LEFT_OUT, f"{counted(out, 'word')} unchanged"),
        (Mark.SAME, "".join(words[len(words) - behind :])),
    )
    yield from (Stretch(mark, text) for mark, text in told if text)
