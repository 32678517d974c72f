"""What somebody's briefing is made of once it was read from Word or from text: headings, paragraphs, items, in order.

Every word of the source is in a block or in a `LeftOver`; nothing else is ever done with one. Readers make blocks,
`arranging` makes sections of them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.packs.pictures import Taken

SHORT = 30
"""What is left over and longer is shown by itself."""


class Kind(StrEnum):
    """A heading that its document marks as one; a short line that looks like one; a paragraph; an item of a list; a
    picture, whose text is how it is described; and where a page ends, which says nothing."""

    HEADING = "heading"
    LIKE_HEADING = "like_heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    PICTURE = "picture"
    BREAK = "break"


BOXED = "in a text box"
"""The place of what stood in one, or the beginning of it: tables stand in boxes too."""


@dataclass(frozen=True)
class Block:
    """One piece of a document. `text` is what is read, `markdown` the same with emphasis and links: one line each.
    `level` is a heading's (0 for a title) or how deep an item stands (0 outermost). `place` says where it stood, where
    that was not the flow of the text: `in a table`; `audience` whom it is for, where a column of that table said so.
    `start` is the number that was typed before an item."""

    kind: Kind
    text: str = ""
    markdown: str = ""
    level: int = 0
    ordered: bool = False
    place: str = ""
    audience: str = ""
    start: int = 1


@dataclass(frozen=True)
class LeftOver:
    """Text that is put nowhere, and why: `a page number`."""

    text: str
    why: str


@dataclass
class Pieces:
    """A whole document. `called` is the title in its properties; `doubts` are sentences for whoever checks it.
    `pictures` are files by the names by which blocks show them, as they stood in the document; once they were read they
    are `taken`."""

    blocks: list[Block] = field(default_factory=list)
    left_over: list[LeftOver] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    called: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As plain values, for the way out of the process that reads uploads."""
        return {
            "blocks": [
                [b.kind.value, b.text, b.markdown, b.level, b.ordered, b.place, b.audience, b.start]
                for b in self.blocks
            ],
            "left_over": [[one.text, one.why] for one in self.left_over],
            "doubts": self.doubts,
            "called": self.called,
            "pictures": {name: b64encode(body).decode() for name, body in self.pictures.items()},
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Pieces:
        """What `as_json` gave."""
        return cls(
            blocks=[Block(Kind(kind), *rest) for kind, *rest in told["blocks"]],
            left_over=[LeftOver(text, why) for text, why in told["left_over"]],
            doubts=list(told["doubts"]),
            called=told["called"],
            pictures={name: b64decode(body) for name, body in told["pictures"].items()},
        )


def by_reason(left: Sequence[LeftOver]) -> list[tuple[str, list[str]]]:
    """What is left over by the reason, in order; long pieces each by itself."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in left:
        reasons.setdefault((one.why, one.text if len(one.text) > SHORT else ""), []).append(one.text)
    return [(why, texts) for (why, _), texts in reasons.items()]


def markdown_of(blocks: Sequence[Block]) -> str:
    """Blocks as Markdown: a blank line between them, none between the items of a list."""
    made, before = "", None
    marks: list[int] = []  # how far the text of each open item is from the edge
    count = 0
    for block in blocks:
        if block.kind is Kind.ITEM:
            depth = min(block.level, len(marks))
            first = 1 if before is Kind.ITEM else block.start  # a list within one may begin with 1 only
            count = count + 1 if before is Kind.ITEM and depth == len(marks) - 1 else first
            sign = f"{count}. " if block.ordered else "- "
            indent = marks[depth - 1] if depth else 0
            marks = [*marks[:depth], indent + len(sign)]
            made += ("\n" if before is Kind.ITEM else "\n\n") + " " * indent + sign + block.markdown
        else:
            marks.clear()
            made += "\n\n" + "### " * (block.kind is Kind.HEADING) + block.markdown
        before = block.kind
    return made.strip("\n")
