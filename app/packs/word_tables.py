"""Tables of a Word document as text. Many are there for their looks and hold whole sections; others hold figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.packs.blocks import Block, Kind
from app.packs.bullets import is_short
from app.packs.wordings import called

Cell = list[Block]
_TEXT = (Kind.PARAGRAPH, Kind.LIKE_HEADING)
_LONG = 200
BETWEEN = " | "


def laid_out(rows: Sequence[Sequence[Cell]]) -> Iterator[Block]:
    """The blocks of a table, in the order in which somebody reads it. Cells that hold headings, lists or much text are
    read one after another; columns that each begin with the heading of a section, down; others are lines of a list.
    Pictures stand below it."""
    yield from _read([[_said(cell) for cell in row] for row in rows])
    yield from (block for row in rows for cell in row for block in cell if block.kind is Kind.PICTURE)


def _read(rows: Sequence[Sequence[Cell]]) -> Iterator[Block]:
    filled = [row for row in rows if any(row)]
    if not filled:
        return
    if _by_column(filled):
        for column in range(max(map(len, filled))):
            for number, row in enumerate(filled):
                yield from _headed(row[column]) if not number and column < len(row) else _cell(row, column)
    elif _for_looks(filled):
        for row in filled:
            for number in range(len(row)):
                yield from _headed(row[number]) if _is_label(row, number) else row[number]
    else:
        for number, row in enumerate(filled):
            kind = Kind.PARAGRAPH if not number and len(filled) > 1 else Kind.ITEM
            yield _line(row, kind)


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
    return many or max(map(len, rows)) == 1 or any(_is_label(row, 0) and called(row[0][0].text) for row in rows)


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


def _line(row: Sequence[Cell], kind: Kind) -> Block:
    said = [block for cell in row for block in cell]
    text, markdown = (BETWEEN.join(parts) for parts in ([b.text for b in said], [b.markdown for b in said]))
    return Block(kind, text, markdown, place="in a table")
