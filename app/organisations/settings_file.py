"""A partnership's own settings, read from a YAML file and checked whole.

Every value arrives as the text that stands in the file, never as what YAML makes of it: a telephone number keeps its
leading nought, and “no” stays a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from app.errors import Invalid
from app.organisations.files import FileFaults, email_address, text_of
from app.organisations.models import ANSWER_REMINDER_DAYS, REMINDER_DAYS, SECURE_DOMAINS
from app.text import is_blank, single_line
from app.web.appearance import contrast

LEAST_CONTRAST = 4.5
STEPS = 4
LONGEST_HOLIDAY, MOST_HOLIDAYS = 70, 60
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOW_TO_SAVE = "Save it as plain text in UTF-8."

WANTED = {
    "slug": "a short name for addresses, in small letters, figures and hyphens, such as esscp",
    "name": "the partnership's full name",
    "short_name": "what people call it, such as ESSCP",
    "numbers_to_call": "a list, each with a label and a number: whom to call about a child at risk",
    "numbers_to_call.label": "whose number it is",
    "numbers_to_call.number": "the telephone number",
    "reply_name": "who answers questions, such as Partnership office",
    "reply_to": "the email address that answers questions",
    "colour": "a colour such as #1d70b8",
    "secure_domains": "a list of domains to which documents may be attached, such as gov.uk",
    "marking": "the marking on documents, such as OFFICIAL-SENSITIVE",
    "reminder_days": "up to four numbers of working days, such as 5, 10, 15, 20: when a lead is reminded of minutes, "
    "when the deputy is, when the organisation's administrator is, and when the partnership sees it",
    "two_publish": "yes or no: whether a briefing is published by somebody who wrote none of it",
    "answer_reminder_days": "up to four numbers of working days, such as -5, 1, 10: when teams are reminded to answer, "
    "counted from the date to answer by, with a minus before it",
    "school_holidays": "a list, each with a first and a last day: days that do not count for schools",
    "school_holidays.first": "the first day of the holidays, such as 2026-12-21",
    "school_holidays.last": "the last day of the holidays, such as 2027-01-01",
    "officer_name": "the first officer's name",
}


def _line(value: str) -> str:
    try:
        line = single_line(value)
    except Invalid as fault:
        raise ValueError("an escape (\\u) here makes no letter. Take it out") from fault
    if is_blank(line):
        raise ValueError("this is empty")
    if len(line) > 200:
        raise ValueError("this is longer than 200 characters")
    return line


def _slug(value: str) -> str:
    if len(value) > 60 or not _SLUG.fullmatch(value):
        raise ValueError("use small letters, figures and single hyphens only, 60 at most")
    return value


def _number(value: str) -> str:
    if sum(c.isdigit() for c in value) < 3:
        raise ValueError(f"“{value}” is not a telephone number")
    return value


def _address(value: str) -> str:
    try:
        return email_address(value)
    except Invalid as fault:
        raise ValueError(fault.message.rstrip(".")) from None


def _colour(value: str) -> str:
    colour = value.lower()
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"“{value}” is not a colour. Write # and six hexadecimal digits, in quotation marks")
    if (found := contrast("ffffff", colour[1:])) < LEAST_CONTRAST:
        fault = f"white words on {colour} have a contrast of {int(found * 100) / 100}; {LEAST_CONTRAST} is needed"
        raise ValueError(f"{fault}. Choose a darker colour")
    return colour


def _domain(value: str) -> str:
    domain = value.lower().removeprefix("*.").lstrip("@.")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"“{value}” is not a domain. Write it like nhs.net")
    return domain


def _day(value: Any) -> Any:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]{1,3}", value) else value


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("each day must be later than the one before it")
    if len(days) > STEPS:
        raise ValueError(f"give {STEPS} numbers at most")
    return days


def _yes_or_no(value: Any) -> Any:
    return {"yes": True, "no": False}.get(value.lower(), value) if isinstance(value, str) else value


def _date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if _ISO.fullmatch(value) else value
    except ValueError:
        raise ValueError(f"there is no day {value}") from None


Line = Annotated[str, AfterValidator(_line)]
Domain = Annotated[Line, AfterValidator(_domain)]
Day = Annotated[int, Field(ge=1, le=60), BeforeValidator(_day)]
DayFromDate = Annotated[int, Field(ge=-20, le=40), BeforeValidator(_day)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NumberToCall(_Strict):
    """A telephone number about a child at risk, and whose it is."""

    label: Line
    number: Annotated[Line, AfterValidator(_number)]


class SchoolHoliday(_Strict):
    """Days, both included, on which schools are closed."""

    first: Annotated[date, BeforeValidator(_date)]
    last: Annotated[date, BeforeValidator(_date)]

    @model_validator(mode="after")
    def _in_order(self) -> SchoolHoliday:
        if not 0 <= (self.last - self.first).days < LONGEST_HOLIDAY:
            raise ValueError(f"the last day must come after the first, by less than {LONGEST_HOLIDAY} days")
        return self


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class PartnershipSettings(_Strict):
    """The settings of one partnership. `slug` is how it is known for good: another slug is another partnership."""

    slug: Annotated[Line, AfterValidator(_slug)]
    name: Line
    short_name: Line
    numbers_to_call: Annotated[tuple[NumberToCall, ...], BeforeValidator(_listed), Field(min_length=1)]
    reply_name: Line
    reply_to: Annotated[Line, AfterValidator(_address)]
    colour: Annotated[Line, AfterValidator(_colour)] = "#1d70b8"
    secure_domains: Annotated[tuple[Domain, ...], BeforeValidator(_listed)] = tuple(SECURE_DOMAINS)
    marking: Line = "OFFICIAL-SENSITIVE"
    reminder_days: Annotated[tuple[Day, ...], BeforeValidator(_listed), AfterValidator(_rising)] = tuple(REMINDER_DAYS)
    answer_reminder_days: Annotated[tuple[DayFromDate, ...], BeforeValidator(_listed), AfterValidator(_rising)] = tuple(
        ANSWER_REMINDER_DAYS
    )
    school_holidays: Annotated[
        tuple[SchoolHoliday, ...], BeforeValidator(_listed), Field(max_length=MOST_HOLIDAYS)
    ] = ()
    two_publish: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    officer_name: Line = ""

    def columns(self) -> dict[str, Any]:
        """The same as values of the partnership's columns."""
        return {
            **self.model_dump(exclude={"numbers_to_call", "school_holidays", "officer_name"}),
            "secure_domains": list(self.secure_domains),
            "reminder_days": list(self.reminder_days),
            "answer_reminder_days": list(self.answer_reminder_days),
            "numbers_to_call": [[each.label, each.number] for each in self.numbers_to_call],
            "school_holidays": [[each.first.isoformat(), each.last.isoformat()] for each in self.school_holidays],
        }


def read_settings(content: bytes) -> PartnershipSettings:
    """A partnership's settings from the bytes of a YAML file. Raises `FileFaults` with every fault at once."""
    try:
        # "base" makes text of every value; a tag cannot make anything else of it.
        found = YAML(typ="base", pure=True).load(text_of(content, _HOW_TO_SAVE))
    except MarkedYAMLError as fault:
        raise FileFaults([_unread(fault)]) from None
    except (YAMLError, RecursionError, ValueError):
        raise FileFaults(["This cannot be read as YAML. Write one setting on each line, as “name: value”."]) from None
    if not isinstance(found, dict):
        raise FileFaults(["There are no settings here. Write one on each line, as “name: value”."])
    given = {key: value for key, value in found.items() if value != ""}
    try:
        return PartnershipSettings.model_validate(given)
    except ValidationError as fault:
        raise FileFaults([_sentence(each) for each in fault.errors()]) from None


def _unread(fault: MarkedYAMLError) -> str:
    at_the_end = "stream" in str(fault.problem)
    mark = (fault.context_mark if at_the_end else fault.problem_mark) or fault.problem_mark
    where = f"Line {mark.line + 1}: " if mark else ""
    if "duplicate key" in str(fault.problem):
        return f"{where}this setting is in the file twice. Keep one."
    return f"{where}this cannot be read as YAML. Check the indentation, colons and quotation marks here and just above."


def _sentence(fault: ErrorDetails) -> str:
    """One fault: where it is, what is wrong, what is wanted."""
    parts = fault["loc"]
    if not parts:
        return "The name of a setting holds a letter that cannot be shown. Take it out."
    where = ", ".join(f"entry {part + 1}" if isinstance(part, int) else part for part in parts)
    if fault["type"] == "extra_forbidden":
        inner = [name.partition(".")[2] for name in WANTED if name.startswith(f"{parts[0]}.")]
        known = WANTED if len(parts) == 1 else inner
        return f"{where}: there is no such setting. The settings are: {_names(known)}."
    wanted = WANTED.get(".".join(part for part in parts if isinstance(part, str)), "text")
    if isinstance(parts[-1], int):
        wanted = f"one entry of {wanted}"
    if fault["type"] == "missing":
        return f"{where}: this is missing. Add {wanted}."
    if fault["type"] == "value_error":
        return f"{where}: {str(fault['ctx']['error']).rstrip('.')}."
    return f"{where}: this cannot be used. Write {wanted}."


def _names(settings: Iterable[str]) -> str:
    return ", ".join(name for name in settings if "." not in name)
