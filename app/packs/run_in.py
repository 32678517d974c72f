"""Headings that run in: “Background: Two babies were seen …”, on the line of the text that they stand over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.packs.blocks import Block, Kind
from app.packs.marking import escaped, words_of
from app.packs.wordings import called

_FEW = 1  # a briefing with more headings of their own says its sections by those
_LEAST = 2
_LOOKS = (re.compile(r"(\*{1,3})[^:]*:\1\s+"), re.compile(r"(\*{1,3})[^:]*\1:\s+"), re.compile(r"[^:]*:\s+"))


def under_own_lines(blocks: Sequence[Block]) -> tuple[list[Block], list[str]]:
    """The blocks with such headings on lines of their own, and the words of these: where a briefing names its sections
    so, by at least two."""
    alone = [called(block.text) for block in blocks if block.kind in (Kind.HEADING, Kind.LIKE_HEADING)]
    has = [known.type for known in alone if known and known.whole]
    found = {id(block): heading for block in blocks if (heading := _heading(block))}
    types = {known.type for heading in found.values() if (known := called(heading))} - set(has)
    if len(has) > _FEW or len(types) < _LEAST:
        return list(blocks), []
    return [part for block in blocks for part in _parted(block, found.get(id(block), ""))], list(found.values())


def _heading(block: Block) -> str:
    heading, colon, rest = block.text.partition(":")
    known = called(heading) if block.kind is Kind.PARAGRAPH and colon and rest.strip() else None
    return heading.strip() if known and known.whole else ""


def _parted(block: Block, heading: str) -> Iterator[Block]:
    if not heading:
        yield block
        return
    rest = block.text.partition(":")[2].strip()
    tried = (look.match(block.markdown) for look in _LOOKS)
    said = (block.markdown[found.end() :] for found in tried if found)
    markdown = next((one for one in said if words_of(one) == rest), escaped(rest))
    yield replace(block, kind=Kind.HEADING, text=heading, markdown=escaped(heading), level=2)
    yield replace(block, text=rest, markdown=markdown)
