"""Written text as plain values: blocks in lists and quotations, made of pieces with one look each.

What Word documents and slides are both made of, so that a paragraph may be laid out, counted or divided without markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a block is."""

    TEXT = "text"
    HEADING = "heading"
    CODE = "code"
    PICTURE = "picture"


class Nest(Enum):
    """What a block stands in."""

    QUOTE = "quote"
    BULLET = "bullet"
    NUMBER = "number"


@dataclass(frozen=True)
class Piece:
    """Words with one look. A line break in them is one; `address` is where a link leads."""

    words: str
    strong: bool = False
    emphasis: bool = False
    code: bool = False
    address: str = ""


@dataclass(frozen=True)
class Step:
    """One level that a block is nested in: a quotation, or an item of a list. `which` tells it from its neighbours,
    `item` is the item's number."""

    nest: Nest
    which: int
    item: int = 0


@dataclass(frozen=True)
class Block:
    """A paragraph, heading or piece of code; or a picture: its name, and in the pieces the words that stand for it.
    `begins`: it is the first of its innermost item, which shows its mark. `level` is that of a heading, counted from 1
    within its text."""

    pieces: tuple[Piece, ...]
    kind: Kind = Kind.TEXT
    steps: tuple[Step, ...] = ()
    begins: bool = False
    level: int = 0
    picture: str = ""

    @property
    def words(self) -> str:
        """All its words."""
        return "".join(piece.words for piece in self.pieces)
