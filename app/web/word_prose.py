"""Blocks of written text as the markup of a Word document: real lists that count, quotations, links with their address.

A link shows its address behind its words, because paper cannot be pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from docx.oxml.ns import nsdecls

from app.text import leftwards
from app.web.prose import Block, Kind, Nest, Piece
from app.web.word_markup import paragraph, run
from app.web.word_template import BULLETS

DEEPEST = 8
# Twips for a level, and for the mark before it: a number has two digits.
_ROOM = {Nest.BULLET: 340, Nest.NUMBER: 500, Nest.QUOTE: 284}
_MARK = {Nest.BULLET: 255, Nest.NUMBER: 420}
_STYLES = {Nest.BULLET: "ListBullet", Nest.NUMBER: "ListNumber", Nest.QUOTE: "Quote"}
_MONO = '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>'

Counting = Callable[[int, int], int]
"""Begins a numbered list at a level and a number, and gives the number of its definition."""
Linking = Callable[[str], str]
"""Notes an address, and gives the key under which it is noted."""


def prose(blocks: Sequence[Block], counting: Counting, linking: Linking) -> Iterator[str]:
    """The paragraphs of blocks that are not headings."""
    known: dict[int, int] = {}
    for block, after in zip_longest(blocks, blocks[1:]):
        lists = [step for step in block.steps if step.nest is not Nest.QUOTE]
        level = min(len(lists), DEEPEST) - 1
        if lists and lists[-1].nest is Nest.NUMBER and lists[-1].which not in known:
            known[lists[-1].which] = counting(level, lists[-1].item)
        number = known.get(lists[-1].which, BULLETS) if lists and block.begins else 0
        runs = (markup for piece in block.pieces for markup in _piece(piece, block.kind, linking))
        yield paragraph(
            _style(block), *runs, marks=_marks(block, number, level, ends=bool(lists) and not (after and after.steps))
        )


def _style(block: Block) -> str:
    if not block.steps:
        return "Normal"
    return _STYLES[block.steps[-1].nest] if block.begins or block.steps[-1].nest is Nest.QUOTE else "ListContinue"


def _marks(block: Block, number: int, level: int, *, ends: bool) -> str:
    marks = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    marks += "<w:bidi/>" if leftwards(block.words) else ""
    marks += '<w:spacing w:after="120"/>' if ends else ""  # the end of a list is told from its items
    if block.steps:
        hanging = f' w:hanging="{_MARK[block.steps[-1].nest]}"' if number else ""
        marks += f'<w:ind w:left="{sum(_ROOM[step.nest] for step in block.steps)}"{hanging}/>'
    return marks


def _piece(piece: Piece, kind: Kind, linking: Linking) -> Iterator[str]:
    marks = _MONO if piece.code or kind is Kind.CODE else ""
    marks += "<w:b/><w:bCs/>" if piece.strong else ""
    marks += "<w:i/><w:iCs/>" if piece.emphasis else ""
    if not piece.address:
        yield run(piece.words, marks)
        return
    shown = run(piece.words, f'<w:rStyle w:val="Hyperlink"/>{marks}')
    yield f'<w:hyperlink {nsdecls("r")} r:id="{linking(piece.address)}">{shown}</w:hyperlink>'
    if piece.words != piece.address:
        yield run(f" ({piece.address})")
