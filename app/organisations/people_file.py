"""Who is who, read from a CSV file: each line by itself, as plain text, with everything that is wrong with it.

A line says at most one appointment. Lines with faults are kept, with their faults, so that whoever uses the lines can
tell these together with what only the database knows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from app.errors import Invalid
from app.organisations.files import FileFaults, email_address, text_of
from app.organisations.models import ROLE_WORDS
from app.policy import Role
from app.text import is_blank, single_line, words_joined

COLUMNS = (
    *("partnership", "organisation", "organisation_ref", "sector", "team", "team_ref"),
    *("role", "local_title", "name", "email", "from", "to"),
)
LONGEST_CELL = 300
_HOW_TO_SAVE = "In Excel, save the file as “CSV UTF-8 (Comma delimited)”."
_OF_THE_PARTNERSHIP = (Role.OFFICER, Role.REVIEWER)
_OF_A_TEAM = (Role.LEADER, Role.MINUTES)

MAILBOX = "shared mailbox"
_NOBODY_S = (Role.COLLEAGUE, Role.NEWCOMER, Role.CONSOLE)  # nobody is appointed to these
ROLES: dict[Role, str] = {role: words.lower() for role, words in ROLE_WORDS.items() if role not in _NOBODY_S}
_ROLE_OF = {
    **{words: role for role, words in ROLES.items()},
    **{role.value: role for role in ROLES},
    "deputy lead": Role.DEPUTY,
    "minutes taker": Role.MINUTES,
    "organization administrator": Role.ADMINISTRATOR,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the file: a place and, where `role` is given, who holds it from when to when (both days included).
    `mailbox`: it is no role that somebody holds, but an address of the organisation that several people read.

    `emails` are the person's addresses, the one written to first. `starts_on` None means from the day it is first taken
    in, `ends_on` None that no end is known. `faults` says what is wrong; a row with faults is never used.
    """

    line: int
    partnership: str = ""
    organisation: str = ""
    organisation_ref: str = ""
    sector: str = ""
    team: str = ""
    team_ref: str = ""
    role: Role | None = None
    mailbox: bool = False
    local_title: str = ""
    name: str = ""
    emails: tuple[str, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    faults: tuple[str, ...] = field(default=(), compare=False)


def read_people(content: bytes) -> list[Row]:
    """The rows of a CSV file, those with faults too. Raises `FileFaults` where no row can be made out at all."""
    text = text_of(content, _HOW_TO_SAVE)
    records = _records(text)
    _, header = next(records, (0, []))
    if not header:
        raise FileFaults([f"The file is empty. Its first line must name the columns: {', '.join(COLUMNS)}."])
    places = _places([_cell(cell).lower() for cell in header])
    rows = [_row(line, cells, places) for line, cells in records if any(not is_blank(cell) for cell in cells)]
    if not rows:
        raise FileFaults(["The file holds the names of the columns and nothing else."])
    return rows


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins; a quoted cell may run over several lines."""
    mark, first = re.match(r"sep=(.)\r?\n", text), 1
    if mark:
        text, first = text[mark.end() :], 2
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark[1] if mark else _delimiter(text), strict=True)
    while True:
        line = reader.line_num + first
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fault = f"Line {line}: a quotation mark opens here and is not closed as it should."
            raise FileFaults([f"{fault} {_HOW_TO_SAVE}"]) from None
        if cells:
            yield line, cells


def _delimiter(text: str) -> str:
    """Comma, semicolon (Excel in many countries) or tab: whichever makes most columns of the first line."""
    header = text.lstrip("\r\n").partition("\n")[0].replace('"', "").lower()
    return max(",;\t", key=lambda mark: sum(cell.strip() in COLUMNS for cell in header.split(mark)))


def _places(header: list[str]) -> dict[str, int]:
    """Where each column is. They are known by their names, in any order; nameless ones at the end are not columns."""
    while header and not header[-1]:
        header.pop()
    faults = []
    if missing := [name for name in COLUMNS if name not in header]:
        faults.append(f"The first line does not name {words_joined(missing)}. The columns are: {', '.join(COLUMNS)}.")
    if unknown := [name or "(no name)" for name in header if name not in COLUMNS]:
        faults.append(f"These columns are not known here: {', '.join(unknown)}. Take them out, or correct their names.")
    if twice := sorted({name for name in header if name in COLUMNS and header.count(name) > 1}):
        faults.append(f"The first line names {words_joined(twice)} more than once. Keep one of each.")
    if faults:
        raise FileFaults(faults)
    return {name: header.index(name) for name in COLUMNS}


@lru_cache(maxsize=65_536)
def _cell(text: str) -> str:
    line = single_line(text)
    return "" if is_blank(line) else line


class _Reading:
    """The cells of one record on their way to a row, and the faults found."""

    def __init__(self, cells: list[str], places: dict[str, int]) -> None:
        self.faults: list[str] = []
        self.cells = {name: _cell(cells[i]) if i < len(cells) else "" for name, i in places.items()}
        if len(cells) > len(places) and any(not is_blank(cell) for cell in cells[max(places.values()) + 1 :]):
            self.faults.append(
                "there are more cells than columns: put a cell that holds a separator in quotation marks"
            )
        for name, cell in self.cells.items():
            if len(cell) > LONGEST_CELL:
                self.faults.append(f"{name} is longer than {LONGEST_CELL} characters: shorten it")
                self.cells[name] = cell[:LONGEST_CELL]

    def has(self, *names: str) -> list[str]:
        """Those of the cells that are filled in."""
        return [name for name in names if self.cells[name]]

    def need(self, *names: str, because: str = "") -> None:
        """A fault unless each of the cells is filled in."""
        if empty := [name for name in names if not self.cells[name]]:
            self.faults.append(f"fill in {words_joined(empty)}{because}")

    def want_empty(self, *names: str, because: str) -> None:
        """A fault if one of the cells is filled in."""
        if filled := self.has(*names):
            self.faults.append(f"leave {words_joined(filled)} empty: {because}")

    def read(self, name: str, reader: Callable[[str], Role | date]) -> Role | date | None:
        """A cell through a reader that raises `Invalid`; None where it is empty or has a fault."""
        if not self.cells[name]:
            return None
        try:
            return reader(self.cells[name])
        except Invalid as fault:
            self.faults.append(fault.message)
            return None

    def emails(self) -> tuple[str, ...]:
        found = []
        for part in re.split(r"[;,\s]+", self.cells["email"].strip(" ;,")) if self.cells["email"] else []:
            try:
                found.append(email_address(part))
            except Invalid as fault:
                self.faults.append(fault.message.rstrip("."))
        return tuple(dict.fromkeys(found))


def _row(line: int, cells: list[str], places: dict[str, int]) -> Row:
    reading = _Reading(cells, places)
    mailbox = reading.cells["role"].lower() == MAILBOX
    role = None if mailbox else reading.read("role", _role)
    starts_on, ends_on = reading.read("from", _date), reading.read("to", _date)
    emails = reading.emails()
    _check_place(reading, role if isinstance(role, Role) else None)
    if mailbox:
        _check_mailbox(reading, emails)
    elif role:
        reading.need("name", "email", because=": a role is held by somebody")
    elif not reading.cells["role"]:
        because = "no role is given, or fill in the role"
        reading.want_empty("name", "email", "local_title", "from", "to", because=because)
    if isinstance(starts_on, date) and isinstance(ends_on, date) and ends_on < starts_on:
        reading.faults.append("“to” is before “from”: an appointment ends on or after the day it starts")
    texts = {name: reading.cells[name] for name in (*COLUMNS[:6], "local_title", "name")}
    return Row(
        line=line,
        role=role if isinstance(role, Role) else None,
        mailbox=mailbox,
        emails=emails,
        starts_on=starts_on if isinstance(starts_on, date) else None,
        ends_on=ends_on if isinstance(ends_on, date) else None,
        faults=tuple(reading.faults),
        **texts,
    )


def _check_place(reading: _Reading, role: Role | None) -> None:
    """Which cells a row of this role needs to say where it is held."""
    if role is Role.OPERATOR:
        reading.want_empty(*COLUMNS[1:6], because="an operator looks after the whole service")
        return
    reading.need("partnership")
    if role in _OF_THE_PARTNERSHIP:
        reading.want_empty(*COLUMNS[1:6], because=f"this role ({ROLES[role]}) is held in the partnership")
        return
    reading.need("organisation", "organisation_ref")
    if reading.has("team", "team_ref"):
        reading.need("team", "team_ref", because=": a team has a name and a reference of its own")
    elif role in _OF_A_TEAM:
        reading.need("team", "team_ref", because=f": this role ({ROLES[role]}) is held in a team")


def _check_mailbox(reading: _Reading, emails: tuple[str, ...]) -> None:
    reading.need("name", "email", because=": a shared mailbox has a name, such as Safeguarding team, and an address")
    reading.want_empty("team", "team_ref", because="a shared mailbox is told of all teams of its organisation")
    reading.want_empty("local_title", because="nobody holds a shared mailbox")
    reading.need("organisation_ref", because=": a shared mailbox is an organisation’s")
    if len(emails) > 1:
        reading.faults.append("give one address: each shared mailbox has a line of its own")


def _role(word: str) -> Role:
    role = _ROLE_OF.get(word.lower())
    if role is None:
        known = f"Roles are: {', '.join((*ROLES.values(), MAILBOX))}"
        raise Invalid(f"“{word}” is not a role. {known}. A title such as Named Nurse belongs into local_title")
    return role


def _date(text: str) -> date:
    written = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: 00:00(?::00)?)?", text, re.ASCII)
    parts = written and (written[1], written[2], written[3])
    if not parts:
        written = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text, re.ASCII)
        parts = written and (written[3], written[2], written[1])
    try:
        found = date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        raise Invalid(f"“{text}” is not a day of the calendar: write the day first, then the month") from None
    if found is None or not 1990 <= found.year <= 2100:
        raise Invalid(f"“{text}” is not a date that can be used: write it like 2026-06-12 or 12/06/2026")
    return found
