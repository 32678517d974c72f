"""A briefing as slides for the room: what stands on each, so that nothing runs off a screen.

A section goes on over as many slides as it needs, divided between paragraphs and items; a paragraph longer than a slide
is divided between sentences. The note on a point is a slide of its own after its question, never before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.packs.content import GlossaryTerm, PackContent, Point, Section, SectionType
from app.packs.prose import blocks
from app.web.prose import Block, Kind, Nest, Piece, Step

LINES, WIDTH = 12.0, 70  # what fits below a heading of one line at 1280 by 720: lines of so many letters
HEADING = 36  # letters of a heading on one line
_GAP = 0.4  # of a line, below each block
_PICTURE = 7.0  # lines: as high as the style sheet lets one be
_FIRST_WIDE = "\u1100"
_ENDS = re.compile(r"[.!?…:;][”’)\]]*\s")


class Shows(StrEnum):
    """What a slide is there for."""

    TEXT = "text"
    QUESTION = "question"
    NOTE = "note"
    DOING = "doing"
    CALLS = "calls"


@dataclass(frozen=True)
class Slide:
    """One slide. `part` of `parts`: of those with the same heading. `goes_on`: the last block of the slide before,
    where this one is the rest of it. `point` is a question, counted from 1 as `number`."""

    shows: Shows
    heading: str
    blocks: tuple[Block, ...] = ()
    goes_on: Block | None = None
    part: int = 1
    parts: int = 1
    number: int = 0
    point: Point | None = None


def slides(content: PackContent) -> tuple[Slide, ...]:
    """Every slide after the first, which bears the title."""
    made: list[Slide] = []
    for section in content.sections:
        made += _of(section.title, _section(content, section))
        if section.type is SectionType.POINTS_FOR_DISCUSSION:
            for number, point in enumerate(content.points, 1):
                made += _point(number, point)
    made += [Slide(Shows.DOING, "What will we do?"), Slide(Shows.CALLS, "If you are worried about a child")]
    return (*made, *_of("What the words mean", _glossary(content.glossary)))


def _section(content: PackContent, section: Section) -> Iterable[Block]:
    said = content.recommendations if section.type is SectionType.RECOMMENDATIONS else ()
    yield from blocks(section.markdown)
    for number, one in enumerate(said, 1):
        pieces = (Piece(one.text), Piece(f"\nFor: {one.audience}", emphasis=True))
        yield Block(pieces, steps=(Step(Nest.NUMBER, -1, number),), begins=True)


def _point(number: int, point: Point) -> Iterator[Slide]:
    yield Slide(Shows.QUESTION, point.question, number=number, point=point)
    for slide in _of(f"Question {number}: when you have talked", blocks(point.note)):
        yield replace(slide, shows=Shows.NOTE, number=number, point=point)


def _glossary(glossary: Sequence[GlossaryTerm]) -> Iterator[Block]:
    for number, entry in enumerate(glossary, 1):
        name = f"{entry.term}{f' ({entry.full})' if entry.full else ''}: "
        yield Block(
            (Piece(name, strong=True), Piece(entry.meaning)), steps=(Step(Nest.BULLET, -1, number),), begins=True
        )


def _of(heading: str, text: Iterable[Block]) -> list[Slide]:
    taken = -(-_size(f"{heading} (10 of 10)") // HEADING) - 1
    groups = divided(tuple(text), LINES - 1.5 * min(taken, 4))
    before = [None, *(group[-1] for group in groups)]
    return [
        Slide(Shows.TEXT, heading, group, goes_on, part, len(groups))
        for part, (group, goes_on) in enumerate(zip(groups, before, strict=False), 1)
    ]


def divided(text: Sequence[Block], room: float = LINES) -> list[tuple[Block, ...]]:
    """Blocks in groups that fit on a slide each: as few as can be, and then as even as can be."""
    bundles = [(bundle, _taken(bundle)) for bundle in _bundles(text, room)]
    found = _filled(bundles, room)
    for less in range(1, 20):
        tried = _filled(bundles, room * (1 - less / 40))
        if len(tried) > len(found):
            break
        found = tried
    return found


def _bundles(text: Iterable[Block], room: float) -> Iterator[tuple[Block, ...]]:
    """What is not parted: a block, or as much of it as fits, with the headings right above it."""
    above: tuple[Block, ...] = ()
    for block in text:
        *whole, last = _cut(block, room / 2 if block.kind is Kind.HEADING else room - _taken(above))
        for one in whole:
            yield (*above, one)
            above = ()
        if block.kind is Kind.HEADING and _taken((*above, last)) < room / 2:
            above = (*above, last)
            continue
        yield (*above, last)
        above = ()
    if above:
        yield above


def _filled(bundles: Iterable[tuple[tuple[Block, ...], float]], room: float) -> list[tuple[Block, ...]]:
    groups: list[tuple[Block, ...]] = []
    left = 0.0
    for bundle, taken in bundles:
        if not groups or taken > left:
            groups.append(())
            left = room
        groups[-1] += bundle
        left -= taken
    return groups


def _taken(text: Iterable[Block]) -> float:
    return sum(map(lines, text))


def lines(block: Block) -> float:
    """How many lines of a slide a block takes, rather more than fewer."""
    if block.kind is Kind.PICTURE:
        return _PICTURE
    taken = sum(max(1, -(-_size(line) // _width(block))) for line in block.words.split("\n"))
    return taken + (1 if block.kind is Kind.HEADING else _GAP)


def _width(block: Block) -> int:
    return max(10, WIDTH - 3 * len(block.steps))


def _size(words: str) -> int:
    """How wide words are, in common letters."""
    if max(words, default="") < _FIRST_WIDE:
        return len(words)
    return len(words) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)


def _cut(block: Block, room: float) -> Iterator[Block]:
    """A block that is longer than a slide as several, the later ones without a mark of their own."""
    rest = block
    while block.kind is not Kind.PICTURE and lines(rest) > room:
        at = _end(rest, room)
        yield replace(rest, pieces=tuple(_pieces(rest.pieces, 0, at)))
        rest = replace(rest, pieces=tuple(_pieces(rest.pieces, at, len(rest.words))), begins=False)
    yield rest


def _end(block: Block, room: float) -> int:
    """Where to divide a block that is too long: behind a sentence, else at a space, else anywhere."""
    words, width = block.words, _width(block)
    left, most = (room - 2) * width, 0
    for most, letter in enumerate(words):  # noqa: B007
        left -= width if letter == "\n" else _size(letter)
        if left < 0:
            break
    sentences = [found.end() for found in _ENDS.finditer(words, most // 2, most)]
    return sentences[-1] if sentences else words.rfind(" ", most // 2, most) + 1 or most


def _pieces(pieces: Iterable[Piece], start: int, stop: int) -> Iterator[Piece]:
    """The pieces that stand between two places of a text."""
    at = 0
    for piece in pieces:
        words = piece.words[max(0, start - at) : max(0, stop - at)]
        if words:
            yield replace(piece, words=words)
        at += len(piece.words)
