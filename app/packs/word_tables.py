"""Tables of a Word document as text. Many are there for their looks and hold whole sections; others hold figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from app.packs.blocks import Block, Kind, LeftOver
from app.packs.bullets import is_short
from app.packs.content import SectionType
from app.packs.marking import escaped
from app.packs.sections import INTRODUCED
from app.packs.wordings import called

Cell = list[Block]
_TEXT = (Kind.PARAGRAPH, Kind.LIKE_HEADING)
_LONG = 200
BETWEEN = " | "
_IN_TABLE = "in a table"
_BEGINS = "the beginning of a table"  # the place of a heading that no words of the document made
_WHO = re.compile(
    r"(?:by |for )?whom?|(?:action |responsible |lead )?(?:leads?|owners?|agency|agencies|officers?|person)"
    r"|(?:person |agency )?responsib(?:le|ility)|audience|assigned to",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:by )?when|(?:target |due |completion |review )?dates?|due(?: by)?|deadlines?|time ?(?:scales?|frames?)",
    re.IGNORECASE,
)
_ROW_NUMBER = re.compile(r"[(#]?[A-Za-z]{0,3}\.?\s?\d{1,2}(?:\.\d{1,2})?[.):]?")


class _Columns(NamedTuple):
    """What a table lists, in which of its columns, and in which it says for whom (-1: in none)."""

    type: SectionType
    of: int
    who: int = -1


def laid_out(rows: Sequence[Sequence[Cell]]) -> Iterator[Block | LeftOver]:
    """The blocks of a table, in the order in which somebody reads it. Cells that hold headings, lists or much text are
    read one after another; columns that each begin with the heading of a section, down; a column of recommendations or
    questions, row by row; others are lines of a list. Pictures stand below it."""
    yield from _read([[_said(cell) for cell in row] for row in rows])
    yield from (block for row in rows for cell in row for block in cell if block.kind is Kind.PICTURE)


def under_headings(blocks: Iterable[Block]) -> Iterator[Block]:
    """What a table lists begins a section of that type, unless the table stands in one."""
    current, level = None, 0
    for block in blocks:
        known = called(block.text) if block.kind in (Kind.HEADING, Kind.LIKE_HEADING) else None
        if block.place.endswith(_BEGINS) and known:
            if current is not known.type:
                yield replace(block, place=block.place.replace(_BEGINS, _IN_TABLE))
            continue
        if known and (known.whole or block.kind is Kind.HEADING):
            current, level = known.type, block.level
        elif block.kind is Kind.HEADING and block.level <= level:
            current = None
        yield block


def _read(rows: Sequence[Sequence[Cell]]) -> Iterator[Block | LeftOver]:
    filled = [row for row in rows if any(row)]
    if len(filled) > 2 and sum(map(bool, filled[0])) == 1 and _columns(filled[1]):
        yield from (block for cell in filled.pop(0) for block in _headed(cell))  # the name of the whole table
    if not filled:
        return
    if not _by_column(filled) and len(filled) > 1 and (columns := _columns(filled[0])):
        yield from _in_rows(filled, columns)
    elif _by_column(filled):
        for column in range(max(map(len, filled))):
            for number, row in enumerate(filled):
                yield from _headed(row[column]) if not number and column < len(row) else _cell(row, column)
    elif _for_looks(filled):
        for row in filled:
            if row is filled[0] and _names_columns(row):
                yield _line(row, Kind.PARAGRAPH)
                continue
            for number in range(len(row)):
                yield from _headed(row[number]) if _is_label(row, number) else row[number]
    else:
        for number, row in enumerate(filled):
            kind = Kind.PARAGRAPH if not number and len(filled) > 1 else Kind.ITEM
            yield _line(row, kind)


def _columns(row: Sequence[Cell]) -> _Columns | None:
    """What a table with these words at the head of its columns lists, if it is recommendations or questions."""
    names = [cell[0].text.strip(" .:?*") if len(cell) == 1 else "" for cell in row]
    means = [(name and (called(name) or called(f"{name}s"))) or None for name in names]
    of = next((i for i, one in enumerate(means) if one and one.whole and one.type in INTRODUCED), -1)
    known = means[of]
    if of < 0 or not known or len(row) < 2:
        return None
    if known.type is SectionType.POINTS_FOR_DISCUSSION:
        return _Columns(known.type, of)
    who = next((i for i, name in enumerate(names) if _WHO.fullmatch(name)), -1)
    return _Columns(known.type, of, who) if who >= 0 or any(map(_WHEN.fullmatch, names)) else None


def _in_rows(rows: Sequence[Sequence[Cell]], columns: _Columns) -> Iterator[Block | LeftOver]:
    """Each row as one recommendation or question, under a heading of its own."""
    heading = columns.type.heading
    yield LeftOver(_line(rows[0], Kind.ITEM).text, "the names of the columns of a table")
    yield Block(Kind.LIKE_HEADING, heading, escaped(heading), 1, place=_BEGINS)
    for row in rows[1:]:
        if not _cell(row, columns.of):
            alone = [cell for cell in row if cell]
            yield from _headed(alone[0]) if len(alone) == 1 and len(alone[0]) == 1 else [_line(row, Kind.ITEM)]
            continue
        number = row[0][0].text if columns.of and len(row[0]) == 1 else ""
        first = int(bool(_ROW_NUMBER.fullmatch(number)))
        if first:
            yield LeftOver(number, "the number of a row of a table")
        rest = [c for i, c in enumerate(row) if c and i >= first and i not in (columns.of, columns.who)]
        yield from _row(row, columns, rest)


def _row(row: Sequence[Cell], columns: _Columns, rest: Sequence[Cell]) -> Iterator[Block]:
    said = _line([row[columns.of]], Kind.ITEM, " ")
    if columns.type is SectionType.RECOMMENDATIONS:
        who = _cell(row, columns.who) if columns.who >= 0 else []
        beside = _line(rest, Kind.ITEM, "; ")
        text, markdown = (
            f"{one} ({other})" if other else one
            for one, other in ((said.text, beside.text), (said.markdown, beside.markdown))
        )
        yield replace(said, text=text, markdown=markdown, audience=", ".join(block.text for block in who))
    else:
        yield said
        yield from (replace(block, kind=Kind.PARAGRAPH, place=_IN_TABLE) for cell in rest for block in cell)


def _names_columns(row: Sequence[Cell]) -> bool:
    """Whether the first row of a table says what stands in each of its columns, and holds nothing by itself."""
    return len(row) > 2 and all(len(c) == 1 and c[0].kind in _TEXT and is_short(c[0].text) for c in row if c)


def _said(cell: Cell) -> Cell:
    return [block for block in cell if block.kind not in (Kind.BREAK, Kind.PICTURE)]


def _cell(row: Sequence[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else []


def _by_column(rows: Sequence[Sequence[Cell]]) -> bool:
    first = rows[0]
    return len(rows) > 1 and len(first) > 1 and all(len(cell) == 1 and called(cell[0].text) for cell in first)


def _for_looks(rows: Sequence[Sequence[Cell]]) -> bool:
    cells = [cell for row in rows for cell in row if cell]
    many = any(
        len(cell) > 1 or cell[0].kind in (Kind.ITEM, Kind.HEADING) or len(cell[0].text) > _LONG for cell in cells
    )
    return (
        many
        or max(map(len, rows)) == 1
        or any(
            _is_label(row, 0) and called(row[0][0].text)
            for row in rows
            if row is not rows[0] or not _names_columns(row)
        )
    )


def _is_label(row: Sequence[Cell], number: int) -> bool:
    """Whether a cell is what the next one is about."""
    cell = row[number]
    if len(cell) != 1 or cell[0].kind not in (*_TEXT, Kind.HEADING) or not is_short(cell[0].text):
        return False
    known = called(cell[0].text)
    return bool(known and known.whole) or (number == 0 and len(row) == 2 and bool(row[1]))


def _headed(cell: Cell) -> Iterator[Block]:
    for block in cell:
        yield replace(block, kind=Kind.LIKE_HEADING, level=1) if block.kind in _TEXT else block


def _line(row: Sequence[Cell], kind: Kind, between: str = BETWEEN) -> Block:
    said = [block for cell in row for block in cell]
    text, markdown = (between.join(parts) for parts in ([b.text for b in said], [b.markdown for b in said]))
    return Block(kind, text, markdown, place=_IN_TABLE)
