"""The markup of a Word document's body: paragraphs, runs, tables, as text.

Text and not a tree, because a tree of ten thousand answers takes 120 MB and a second, and their markup a third of the
time and a fifth of the memory. What a tree would check is checked here: `escaped` refuses whatever XML cannot hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from app.text import leftwards
from app.web.word_template import TEXT_WIDTH

Block = tuple[str, str]  # text, and the id of a paragraph style of word_styles.xml
NEW_PAGE = "<w:pageBreakBefore/>"


@dataclass(frozen=True)
class Place:
    """The finished markup of a cell's content that is more than text, the least height of its row (twips), and whether
    the row stays on one page as long as it fits there."""

    markup: str
    height: int = 0
    whole: bool = False


Cell = str | int | Sequence[Block] | Place | None

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PIECES = re.compile("([\t\n])")
_BREAKS = {"\t": "<w:tab/>", "\n": "<w:br/>"}
_WITH_NEXT = "<w:keepNext/>"
_LEFTWARDS = {"Answer": "AnswerRightToLeft"}  # its bar stands where the text begins
_ONE_PAGE = 1_500  # characters; a row longer than this may break across pages


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the page's width and whether it holds numbers."""

    heading: str
    share: int
    numbers: bool = False


def escaped(words: str) -> str:
    """Words as they stand in markup, in an attribute too. Raises ValueError for what `text.clean` would not return."""
    if _NOT_XML.search(words):
        raise ValueError("The text holds a character that a Word document cannot")
    return escape(words, {'"': "&quot;"})


def paragraph(style: str, *runs: str, marks: str = "") -> str:
    """A paragraph of finished runs in a style; `marks` is the markup of what the style does not say."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{marks}</w:pPr>{"".join(runs)}</w:p>'


def line(words: str, style: str, marks: str = "") -> str:
    """A paragraph of one text, which begins at the right where its first letter belongs to such a script."""
    if leftwards(words):
        return paragraph(_LEFTWARDS.get(style, style), run(words), marks=f"{marks}<w:bidi/>")
    return paragraph(style, run(words), marks=marks)


def lines(words: str, style: str) -> str:
    """A paragraph for every line of a text."""
    return "".join(line(words, style) for words in words.split("\n"))


def run(words: str, marks: str = "") -> str:
    """Words with one look (`marks` is the markup of it); a tab and a line break in them are kept."""
    if not words:
        return ""
    if leftwards(words) and not any(unicodedata.bidirectional(letter) == "L" for letter in words):
        marks += "<w:rtl/>"  # only where no letter of the other direction is: Word does not say what it does with those
    look = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    pieces = (_BREAKS.get(piece) or _text(piece) for piece in _PIECES.split(escaped(words)) if piece)
    return f"<w:r>{look}{''.join(pieces)}</w:r>"


def bold(words: str) -> str:
    """Words in bold."""
    return run(words, "<w:b/><w:bCs/>")


def _text(piece: str) -> str:
    spaced = piece[0].isspace() or piece[-1].isspace() or "  " in piece
    return f'<w:t xml:space="preserve">{piece}</w:t>' if spaced else f"<w:t>{piece}</w:t>"


def table_start(caption: str, columns: Sequence[Column], style: str = "Record") -> str:
    """The beginning of a table in a table style, its header row included; rows and `table_end` follow."""
    whole = sum(column.share for column in columns)
    widths = [TEXT_WIDTH.twips * column.share // whole for column in columns]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    headings = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f"{line(column.heading, 'CellNumberStrong' if column.numbers else 'CellStrong', _WITH_NEXT)}</w:tc>"
        for column, width in zip(columns, widths, strict=True)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{TEXT_WIDTH.twips}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="06A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1"'
        f' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val="{escaped(caption)}"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{headings}</w:tr>"
    )


def table_row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    """A row; one that fits on a page is kept together, and one with a place to fill in is as high as that wants."""
    filled = [
        cell if isinstance(cell, Place) else _blocks(cell, column) for cell, column in zip(row, columns, strict=True)
    ]
    blocks = [block for cell in filled if not isinstance(cell, Place) for block in cell]
    size = sum(len(words) + 60 * words.count("\n") for words, _ in blocks)
    height = max((cell.height for cell in filled if isinstance(cell, Place)), default=0)
    # A row to be filled in may grow longer than a page, so it may break unless it is told not to.
    whole = all(cell.whole for cell in filled if isinstance(cell, Place)) if height else size < _ONE_PAGE
    marks = "<w:cantSplit/>" if whole else ""
    marks += f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else ""
    return f"<w:tr>{f'<w:trPr>{marks}</w:trPr>' if marks else ''}{''.join(map(_cell, filled))}</w:tr>"


def table_end() -> str:
    """The end of a table, and the small paragraph without which Word would join it to a table that follows."""
    return "</w:tbl>" + paragraph("Gap")


def _cell(content: Place | Iterable[Block]) -> str:
    if isinstance(content, Place):
        return f"<w:tc>{content.markup}</w:tc>"
    return f"<w:tc>{''.join(lines(words, style) for words, style in content)}</w:tc>"


def _blocks(cell: str | int | Sequence[Block] | None, column: Column) -> Sequence[Block]:
    style = "CellNumber" if column.numbers else "Cell"
    if cell is None:
        return [("–", style)]
    if isinstance(cell, int):
        return [(f"{cell:,}", style)]
    return [(cell, style)] if isinstance(cell, str) else cell
