"""The date of a meeting as people write it: three boxes, month names allowed, and one sentence for each thing amiss.

The boxes may also take a whole date pasted into the first of them. Nothing that can be posted makes it fail.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date
from typing import Any, NamedTuple

from wtforms.utils import unset_value
from wtforms.validators import ValidationError

from app.text import is_blank, single_line, words_joined
from app.web import widgets
from app.web.fields import Entry

PARTS = ("day", "month", "year")
FIRST_YEAR, LAST_YEAR = 1900, 2200
_MONTHS = {name.casefold(): number for number, name in enumerate(month_name) if name}
_ONE_BOX = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s./-]+(\w+)[\s./,-]+(\d+)", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


class DateFault(ValidationError):
    """What is wrong with a date, and in which parts."""

    def __init__(self, message: str, *parts: str) -> None:
        super().__init__(message)
        self.parts = parts


class Written(NamedTuple):
    """A date as it was written, part by part."""

    day: str = ""
    month: str = ""
    year: str = ""


class GovDateField(Entry):
    """A date in three boxes (`NAME-day`, `NAME-month`, `NAME-year`). `data` is a date, or None."""

    widget = staticmethod(widgets.date_boxes)
    data: date | None
    written: Written = Written()
    wrong_parts: tuple[str, ...] = ()

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the three boxes; a missing box is an empty one, a second value of the same name is not looked at."""
        super().process(None, data, extra_filters)
        if formdata is None:
            return
        self.written = Written(*(_first(formdata, name) for name in self.part_names))
        self.raw_data = [" ".join(self.written).strip()]
        self.data = None
        try:
            self.data = read_date(self.written)
        except DateFault as fault:
            self.process_errors = [f"{self.called}: {fault}"]
            self.wrong_parts = fault.parts

    def process_data(self, value: date | None) -> None:
        self.data = value
        self.written = Written(str(value.day), str(value.month), str(value.year)) if value else Written()

    @property
    def part_names(self) -> tuple[str, ...]:
        """The names of the three inputs."""
        return tuple(f"{self.name}-{part}" for part in PARTS)

    @property
    def fault_id(self) -> str:
        """The id of the first box that needs changing."""
        return f"{self.id}-{next((part for part in PARTS if part in self.wrong_parts), 'day')}"


def _first(formdata: Any, name: str) -> str:
    return single_line(next((value for value in formdata.getlist(name) if isinstance(value, str)), ""))


def read_date(written: Written) -> date | None:
    """The date that was written, or None where all parts are blank. Raises `DateFault`."""
    written = _spread(Written(*(part.strip() for part in written)))
    blank = [part for part, text in zip(PARTS, written, strict=True) if is_blank(text)]
    if len(blank) == len(PARTS):
        return None
    if blank:
        raise DateFault(f"add the {words_joined(blank)}.", *blank)
    year = _year(written.year)
    month = _month(written.month)
    day = _day(written.day)
    if day > monthrange(year, month)[1]:
        raise DateFault(f"there is no {day} {month_name[month]} in {year}.", "day")
    return date(year, month, day)


def _spread(written: Written) -> Written:
    """A whole date written into the first box, taken apart."""
    if not is_blank(written.month) or not is_blank(written.year):
        return written
    if found := _ISO.fullmatch(written.day):
        return Written(found[3], found[2], found[1])
    if found := _ONE_BOX.fullmatch(written.day):
        return Written(*found.groups())
    return written


def _day(text: str) -> int:
    number = _number(re.sub(r"(?i)(st|nd|rd|th)$", "", text))
    if number is None or not 1 <= number <= 31:
        raise DateFault("the day must be a number from 1 to 31.", "day")
    return number


def _month(text: str) -> int:
    number = _number(text)
    word = text.casefold().rstrip(".")
    if number is None and len(word) >= 3:
        number = next((number for name, number in _MONTHS.items() if name.startswith(word)), None)
    if number is None or not 1 <= number <= 12:
        raise DateFault("the month must be a number from 1 to 12, or its name.", "month")
    return number


def _year(text: str) -> int:
    number = _number(text)
    if number is not None and len(text.strip()) == 2:
        raise DateFault("write the year with all four figures.", "year")
    if number is None or not FIRST_YEAR <= number <= LAST_YEAR:
        raise DateFault("the year must be four figures, and not long ago or far ahead.", "year")
    return number


def _number(text: str) -> int | None:
    """A small number written in decimal digits of any script; None for anything else, however long."""
    return int(text) if text.isdecimal() and len(text) <= 6 else None
