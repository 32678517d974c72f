"""The shared answers as CSV and XLSX: the same rows and words, whatever the file.

Text stays text: in CSV a cell that a spreadsheet would take for a formula gets an apostrophe (OWASP ASVS 5, 1.2.10), in
XLSX every string is written as a string. Numbers are numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import xlsxwriter

from app import clock
from app.collation.report_facts import Answer, Coverage
from app.text import is_blank

HEADINGS = (
    "Point",
    "Question",
    "Organisation",
    "Sector",
    "Setting",
    "Month",
    "Present",
    "Yes",
    "Partly",
    "Not yet",
    "Answer",
    "May be quoted",
)
COVERAGE_HEADINGS = (
    "Organisation",
    "Sector",
    "Asked",
    "Discussed",
    "Acknowledged",
    "Shared",
    "Other reply",
    "No response yet",
)
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_LONGEST_CELL = 32_000  # a cell of a spreadsheet holds 32,767 characters
Cell = str | int | None
Numbered = tuple[int, str, Answer]


def answer_row(number: int, question: str, answer: Answer) -> list[Cell]:
    """One answer as cells, in the order of `HEADINGS`."""
    return [
        number,
        question,
        answer.organisation,
        answer.sector,
        answer.setting,
        clock.month_words(answer.held_on),
        answer.present,
        *answer.hands,
        answer.words,
        "yes" if answer.quotable else "no",
    ]


def coverage_row(row: Coverage) -> list[Cell]:
    """One organisation as cells, in the order of `COVERAGE_HEADINGS`."""
    figures = (row.asked, row.discussed, row.acknowledged, row.shared, row.other_reply, row.no_response)
    return [row.organisation, row.sector, *figures]


def csv_lines(rows: Iterable[Numbered]) -> Iterator[bytes]:
    """A CSV file in pieces, UTF-8 with the mark by which Excel knows it, Windows line ends. Memory stays flat."""
    yield "\ufeff".encode() + _line(HEADINGS)
    for row in rows:
        yield _line(answer_row(*row))


def _line(cells: Sequence[Cell]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerow([inert(cell) for cell in cells])
    return held.getvalue().encode()


def inert(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs: an apostrophe stands before what begins like a formula."""
    if isinstance(cell, str) and cell.lstrip(" \"'\n").startswith(_STARTS_FORMULA):
        return f"'{cell}"
    return cell


def workbook(
    path: Path, coverage: Iterable[Coverage], rows: Iterable[Numbered], about: Sequence[tuple[str, str]]
) -> None:
    """Write an .xlsx with three sheets: about, coverage, answers. Rows are written as they come; memory stays flat."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        _sheet(book, "About", ("", ""), about, (24, 80))
        _sheet(book, "Coverage", COVERAGE_HEADINGS, (coverage_row(row) for row in coverage), (40, 24))
        _sheet(
            book, "Answers", HEADINGS, (answer_row(*row) for row in rows), (7, 40, 32, 20, 22, 16, 9, 7, 7, 9, 90, 14)
        )


def _sheet(
    book: xlsxwriter.Workbook,
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    widths: Sequence[int],
) -> None:
    sheet = book.add_worksheet(name)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, wrapped)
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, headings, bold)
    for number, cells in enumerate(rows, 1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and not is_blank(cell):
                sheet.write_string(number, column, cell[:_LONGEST_CELL], wrapped)
            elif isinstance(cell, int):
                sheet.write_number(number, column, cell, wrapped)
