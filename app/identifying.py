"""Finds in a text what could say who a child, a family or a worker is: a hint for whoever wrote it, never a wall.

Only what can be found reliably is looked for: numbers, addresses for mail and post, dates of birth that are called so.
Names are not: every pattern for them finds more words than names. What no pattern finds is asked of the person instead.
Every pattern is bounded, so that no text however made holds a processor up. Nothing leaves this machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from stdnum.gb import nhs


class Mark(StrEnum):
    """What a piece of text looks like. `TITLE` and `WATCHED` are hints: they are as often harmless."""

    NHS_NUMBER = "nhs"
    INSURANCE_NUMBER = "nino"
    EMAIL = "email"
    PHONE = "phone"
    POSTCODE = "postcode"
    BORN = "born"
    TITLE = "title"
    WATCHED = "watched"


class Why(StrEnum):
    """Why a piece is left in."""

    PUBLIC = "public"
    WORKER = "worker"
    OTHER = "other"


WORDS = {
    Mark.NHS_NUMBER: "looks like an NHS number",
    Mark.INSURANCE_NUMBER: "looks like a National Insurance number",
    Mark.EMAIL: "is an email address",
    Mark.PHONE: "looks like a telephone number",
    Mark.POSTCODE: "looks like a postcode",
    Mark.BORN: "looks like a date of birth",
    Mark.TITLE: "looks like somebody’s name",
    Mark.WATCHED: "is a word this briefing asks you to look at again",
}


@dataclass(frozen=True, order=True)
class Hit:
    """A piece of a text that looks like something: from `start` up to `end`, in code points."""

    start: int
    end: int
    mark: Mark
    text: str


_DASH = "\\u2010-\\u2015-"
_GAP = rf"[ \u00a0\u2009\u202f.{_DASH}]?"
_NHS = re.compile(rf"(?<![\d+/-])(?<!\d\.)\d{{3}}(?:{_GAP}|  )\d{{3}}(?:{_GAP}|  )\d{{4}}(?!\d|[./{_DASH}]\d)")
# HMRC, NIM39110: letters that are never used, pairs that are never given; QQ is the official example.
_PREFIX = "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_NINO = re.compile(rf"(?<![A-Z0-9]){_PREFIX}{_GAP}(?:\d{{2}}{_GAP}){{3}}[A-D](?![A-Z0-9])", re.IGNORECASE)
_EMAIL = re.compile(
    r"(?<![\w.+'%-])[\w+%-](?:[\w.+'%-]{0,62}[\w+%-])?@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}(?![\w-])"
)
_BETWEEN = rf"[)( \u00a0\u2009\u202f.{_DASH}]{{0,2}}"
_PHONE = re.compile(
    rf"(?<![\d\w+/.-])(?:\(?(?:\+|00)44\)?{_GAP}(?:\(0\){_GAP})?|\(?0)(?:{_BETWEEN}\d){{9,10}}(?!\d|[/.-]\d)"
)
_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY"
    "|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR"
    "|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA"
    "|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_POSTCODE = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_AREAS})\d[A-Z\d]?[ \u00a0-]{{0,2}}(?P<inward>\d[ABD-HJLNP-UW-Z]{{2}})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NO_INWARD = re.compile(r"\d(?:st|nd|rd|th|yr|hr|lb)", re.IGNORECASE)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_S = "[ \u00a0]"
_DATE = (
    rf"(?:\d{{1,2}}[/. {_DASH}]\d{{1,2}}[/. {_DASH}]\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{6}}|\d{{8}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?{_S}(?:of{_S})?{_MONTH},?{_S}\d{{2,4}}|{_MONTH}{_S}\d{{1,2}}(?:st|nd|rd|th)?,?{_S}\d{{4}})"
)
_CALLED = r"(?:d\.?o\.?b\.?s?|dates? of birth|birth ?dates?|birthdays?|born)(?![a-z])"
_BORN = re.compile(
    rf"\b{_CALLED}[^\n\d]{{0,15}}?{_DATE}(?!\d)|(?<!\d){_DATE}{_S}?(?:\(|is the {_S}?|{_S}as {_S}?)?{_CALLED}",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\b\.?[ \u00a0](?:(?:de|van|von|der|le|la|du|Mc|Mac|St\.?) ?)?"
    r"(?:[A-Z]['’])?[A-Z][a-z]{1,30}(?:['’-][A-Z]?[a-z]{1,30})*"
)

Finder = Callable[[str], Iterable[tuple[int, int]]]


def _all(pattern: re.Pattern[str]) -> Finder:
    return lambda text: [found.span() for found in pattern.finditer(text)]


def _nhs(text: str) -> Iterable[tuple[int, int]]:
    """Ten digits whose last is the right check digit, as is one in eleven of any ten: so it only looks like one."""
    return [found.span() for found in _NHS.finditer(text) if nhs.is_valid(re.sub(r"\D", "", found[0]))]


def _phones(text: str) -> Iterable[tuple[int, int]]:
    return [found.span() for found in _PHONE.finditer(text) if _is_phone(re.sub(r"\D", "", found[0]))]


def _is_phone(digits: str) -> bool:
    """Ten digits after the 0 or +44, or nine for the old numbers 0500 and 0800, in a range that is used."""
    national = re.sub("^(?:0044|44|0)0?", "", digits)
    old = len(national) == 9 and national[:3] in ("500", "800")
    return national[:1] in tuple("1235789") and (len(national) == 10 or old)


def _postcodes(text: str) -> Iterable[tuple[int, int]]:
    """Not an ordinal or a unit (`B1 2nd floor`, `W3 5yr plan`), unless the whole is written in capitals."""
    found = _POSTCODE.finditer(text)
    return [one.span() for one in found if not _NO_INWARD.fullmatch(one["inward"]) or one[0].isupper()]


_FINDERS: dict[Mark, Finder] = {
    Mark.NHS_NUMBER: _nhs,
    Mark.INSURANCE_NUMBER: _all(_NINO),
    Mark.EMAIL: _all(_EMAIL),
    Mark.PHONE: _phones,
    Mark.POSTCODE: _postcodes,
    Mark.BORN: _all(_BORN),
    Mark.TITLE: _all(_TITLE),
}


def find(text: str, *, public: Collection[str] = (), watched: Collection[str] = ()) -> list[Hit]:
    """What in a clean text looks like somebody's, in the order of the text; where two overlap, the one found first.

    `public` are numbers and addresses that everybody may know (a partnership's numbers to call): never found.
    `watched` are words to look at again, found as whole words whatever their capitals.
    """
    known, taken, hits = {_bare(one) for one in public}, bytearray(len(text)), []
    for mark, finder in {**_FINDERS, Mark.WATCHED: _watching(watched)}.items():
        for start, end in finder(text):
            if not any(taken[start:end]) and _bare(text[start:end]) not in known:
                taken[start:end] = b"\x01" * (end - start)
                hits.append(Hit(start, end, mark, text[start:end]))
    return sorted(hits)


def _bare(text: str) -> str:
    """A number or address by which it is known again: digits only where it is made of digits."""
    digits = re.sub(r"\D", "", text)
    return re.sub("^(?:0044|44)0?", "0", digits) if digits else text.casefold()


def _watching(words: Collection[str]) -> Finder:
    """Finds these words as whole words; none of them where there are none."""
    any_of = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"
    return _all(re.compile(rf"(?<!\w)(?:{any_of})(?!\w)", re.IGNORECASE))
