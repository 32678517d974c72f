"""Markdown of a pack as plain blocks, for whatever is no page: Word documents and slides.

The same reader as `briefing` has: HTML switched off, CommonMark and nothing besides. Rules are not taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.packs.pictures import alone, words_for
from app.web.prose import Block, Kind, Nest, Piece, Step

_READER = MarkdownIt("commonmark", {"html": False})
_NESTS = {"bullet_list": Nest.BULLET, "ordered_list": Nest.NUMBER, "blockquote": Nest.QUOTE}
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}


@dataclass
class _Place:
    """Where the reader stands: in which lists and quotations, how many there were, and whether an item has begun."""

    steps: list[Step] = field(default_factory=list)
    seen: int = 0
    fresh: bool = False
    heading: int = 0


def blocks(markdown: str) -> tuple[Block, ...]:
    """The blocks of a text in order. The levels of its headings are counted from 1, without gaps between those used."""
    tokens = _READER.parse(markdown)
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    return tuple(_blocks(tokens, {tag: level for level, tag in enumerate(used, 1)}))


def _blocks(tokens: Sequence[Token], levels: dict[str, int]) -> Iterator[Block]:
    place = _Place()
    for token in tokens:
        name, _, end = token.type.rpartition("_")
        if name in _NESTS:
            _nest(place, token, end)
        elif token.type == "list_item_open":
            place.steps[-1] = replace(place.steps[-1], item=place.steps[-1].item + 1)
            place.fresh = True
        elif name == "heading":
            place.heading = levels[token.tag] if end == "open" else 0
        elif token.type in ("inline", "fence", "code_block"):
            yield _block(place, token)
            place.fresh = False


def _nest(place: _Place, token: Token, end: str) -> None:
    if end == "close":
        place.steps.pop()
        return
    place.seen += 1
    first = int(token.attrs.get("start", 1))
    place.steps.append(Step(_NESTS[token.type.removesuffix("_open")], place.seen, first - 1))


def _block(place: _Place, token: Token) -> Block:
    if picture := alone(token):
        return Block((Piece(words_for(picture)),), Kind.PICTURE, picture=str(picture.attrs.get("src", "")))
    pieces = tuple(_pieces(token.children or ())) if token.type == "inline" else (Piece(token.content.rstrip("\n")),)
    kind = Kind.HEADING if place.heading else Kind.TEXT if token.type == "inline" else Kind.CODE
    return Block(pieces, kind, tuple(place.steps), begins=place.fresh, level=place.heading)


def _pieces(children: Sequence[Token]) -> Iterator[Piece]:
    look = Piece("")
    depth = {"strong": 0, "em": 0}
    for child in children:
        if child.type == "link_open":
            look = replace(look, address=str(child.attrs.get("href", "")))
        elif child.type == "link_close":
            look = replace(look, address="")
        elif child.tag in depth:
            depth[child.tag] += child.nesting
            look = replace(look, strong=depth["strong"] > 0, emphasis=depth["em"] > 0)
        elif words := _BREAKS.get(child.type, child.content):
            yield replace(look, words=words, code=child.type == "code_inline")
