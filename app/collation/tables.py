"""The shared answers as CSV and XLSX: the same rows and words, whatever the file.

Text stays text: in CSV a cell that a spreadsheet would take for a formula gets an apostrophe (OWASP ASVS 5, 1.2.10), in
XLSX every string is written as a string. Numbers are numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from app import clock
from app.collation.report_facts import Answer, Coverage, OtherReply, Said
from app.text import is_blank

HEADINGS = (
    "Point",
    "Question",
    "Organisation",
    "Sector",
    "Setting",
    "Month",
    "People present at this meeting",
    "Of them yes",
    "Of them partly",
    "Of them not yet",
    "Did not count",
    "Answer",
    "May be quoted",
    "Came",
)
COVERAGE_HEADINGS = (
    "Organisation",
    "Sector",
    "Asked",
    "Discussed",
    "Acknowledged",
    "Shared",
    "Entered from outside",
    "Other reply",
    "No response yet",
    "Asked after the launch",
)
SAID_HEADINGS = ("Organisation", "Sector", "In their words")
REPLY_HEADINGS = ("Organisation", "Team", "Reply", "In their words")
DOING, ASKING = "What the team will do", "A question for the partnership"
# After whatever a program may drop from the beginning of a cell: quotes, every kind of space, what has no width.
_STARTS_FORMULA = re.compile(r"[\s\"'\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[ \"'\n]*[\t\r]")
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
        "yes" if answer.did_not_count else "",
        answer.words,
        "yes" if answer.quotable else "no",
        answer.entered or "In minutes recorded here",
    ]


def coverage_row(row: Coverage, *, later: bool = False) -> list[Cell]:
    """One organisation as cells, in the order of `COVERAGE_HEADINGS`. `later`: of teams asked only after the launch."""
    figures = (row.asked, row.discussed, row.acknowledged, row.shared, row.outside, row.other_reply, row.no_response)
    return [row.organisation, row.sector, *figures, "yes" if later else "no"]


def said_row(said: Said) -> list[Cell]:
    """Shared words of a team as cells, in the order of `SAID_HEADINGS`."""
    return [said.organisation, said.sector, said.words]


def said_as_answer(what: str, said: Said) -> list[Cell]:
    """The same in the order of `HEADINGS`: `what` stands in place of a question, and there is no point."""
    nothing: list[Cell] = [None] * 7
    return [None, what, said.organisation, said.sector, *nothing, said.words, "", "In minutes recorded here"]


def reply_row(reply: OtherReply) -> list[Cell]:
    """A reply without minutes as cells, in the order of `REPLY_HEADINGS`."""
    return [reply.organisation, reply.team, reply.kind, reply.words]


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A CSV file in pieces, UTF-8 with the mark by which Excel knows it, Windows line ends. Memory stays flat."""
    yield "\ufeff".encode() + _line(HEADINGS)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[Cell]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerow([inert(cell) for cell in cells])
    return held.getvalue().encode()


def inert(cell: Cell) -> Cell:
    """A cell that no spreadsheet runs: an apostrophe stands before what begins like a formula."""
    if isinstance(cell, str) and _STARTS_FORMULA.match(cell):
        return f"'{cell}"
    return cell


def fitting(text: str) -> str:
    """A text as it fits into a cell of a workbook; where it does not, it says so and where all of it is."""
    if len(text) <= _LONGEST_CELL:
        return text
    over = len(text) - _LONGEST_CELL
    return f"{text[:_LONGEST_CELL]}\n[{over:,} more characters do not fit into a cell: they are in the CSV file.]"


class Sheets(NamedTuple):
    """What stands in a workbook: the rows of each sheet. Those of `answers` may be many, and are taken as they come."""

    about: Sequence[tuple[str, str]]
    coverage: Sequence[Sequence[Cell]]
    answers: Iterable[Sequence[Cell]]
    doing: Sequence[Sequence[Cell]]
    questions: Sequence[Sequence[Cell]]
    replies: Sequence[Sequence[Cell]]


def workbook(path: Path, sheets: Sheets) -> None:
    """Write an .xlsx, a sheet for each kind of thing. Rows are written as they come; memory stays flat."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        _sheet(book, "About", ("", ""), sheets.about, (24, 80))
        _sheet(book, "Coverage", COVERAGE_HEADINGS, sheets.coverage, (40, 24))
        _sheet(book, "Answers", HEADINGS, sheets.answers, (7, 40, 32, 20, 22, 16, 28, 11, 13, 14, 14, 90, 14, 40))
        _sheet(book, "What teams will do", SAID_HEADINGS, sheets.doing, (40, 24, 90))
        _sheet(book, "Questions", SAID_HEADINGS, sheets.questions, (40, 24, 90))
        _sheet(book, "Other replies", REPLY_HEADINGS, sheets.replies, (40, 32, 24, 90))


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
                sheet.write_string(number, column, fitting(cell), wrapped)
            elif isinstance(cell, int):
                sheet.write_number(number, column, cell, wrapped)
