"""Finds in a text what could say who a child, a family or a worker is: a hint for whoever wrote it, never a wall.

Only what can be found reliably is looked for: numbers, addresses for mail and post, dates of birth that are called so.
Names are not: every pattern for them finds more words than names. What no pattern finds is asked of the person instead.
Every pattern is bounded, so that no text however made holds a processor up. Nothing leaves this machine.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

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


class Hit(NamedTuple):
    """A piece of a text that looks like something: from `start` up to `end`, in code points."""

    start: int
    end: int
    mark: Mark
    text: str


_DASH = "\\u2010-\\u2015-"
_GAP = rf"[ \u00a0\u2009\u202f.{_DASH}]?"
_ANY_GAP = rf"[ \u00a0\u2009\u202f./{_DASH}]{{0,3}}"
# In any groups where it is called so, else in those of the NHS.
_NHS = re.compile(
    rf"(?<![\d+/-])(?<!\d\.)\d{{3}}(?:{_GAP}|  |/)\d{{3}}(?:{_GAP}|  |/)\d{{4}}(?!\d|[./{_DASH}]\d)"
    rf"|(?<=\bnhs)[a-z .:#=()]{{0,20}}?(?P<called>\d(?:{_ANY_GAP}\d){{9}})(?!\d|[./{_DASH}]\d)",
    re.IGNORECASE,
)
# HMRC, NIM39110: letters that are never used, pairs that are never given; QQ is the official example.
_PREFIX = "(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_NINO = re.compile(rf"(?<![A-Z0-9]){_PREFIX}{_ANY_GAP}(?:\d{_ANY_GAP}){{6}}[A-D](?![A-Z0-9])", re.IGNORECASE)
# Numbers of things: an ISBN passes the check of NHS numbers always, since it is the same check.
_OTHERWISE = re.compile(
    r"\b(?:isbn(?:[ -]?10)?|(?:parcel|licence key|invoice)(?: (?:number|no\.?|ref\.?))?"
    r"|(?:part|order|serial|model) (?:number|no\.?))[ \u00a0:#=]{0,3}\Z",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+'%-])[\w+%-](?:[\w.+'%-]{0,62}[\w+%-])?@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}(?![\w-])"
)
# As dictation writes it, and as people write it to keep it from machines. What ends in none of these is a sentence.
_END = "(?:com|org|net|uk|ie|eu|info|wales|cymru|scot|example)"
_DOT = r"(?:\.| dot | ?\(dot\) ?| ?\[dot\] ?)"
_SPELT = re.compile(
    rf"(?<![\w.+'%-])[\w+'%-]{{1,40}}(?:{_DOT}[\w+'%-]{{1,40}}){{0,3}}(?: @ |@ | at | ?\(at\) ?| ?\[at\] ?)"
    rf"[a-z0-9-]{{1,63}}(?:{_DOT}[a-z0-9-]{{1,63}}){{0,3}}{_DOT}{_END}(?![\w-])",
    re.IGNORECASE,
)
_BETWEEN = rf"[)( \u00a0\u2009\u202f.{_DASH}]{{0,2}}"
_PHONE = re.compile(
    rf"(?<![\w+/-])(?<!\d\.)0\d{{2,4}} ?[/{_DASH}] ?\d{{3,4}} ?[/{_DASH}]? ?\d{{3,4}}(?!\d|[/.-]\d)"
    rf"|(?<![\w+/-])(?<!\d\.)(?:\(?(?:\+|00)44\)?{_GAP}(?:\(0\){_GAP})?|44[ .-](?=7)|\(?0)(?:{_BETWEEN}\d){{9,10}}"
    r"(?!\d|[/.-]\d)"
    r"|(?<![\w+/.-])(?<!\d )7[1-9]\d\d \d{3} ?\d{3}(?! ?\d|[/.-]\d)"  # a spreadsheet took the nought away
)
_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY"
    "|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR"
    "|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA"
    "|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
# Both look first whether a letter stands there at all: elsewhere none of so many areas needs to be tried.
_POSTCODE = re.compile(
    rf"(?<![A-Za-z0-9])(?=[A-Z])(?:{_AREAS})\d[A-Z\d]?"
    r"[ \u00a0-]{0,2}(?P<inward>\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
# The letter O typed for nought, or the second half torn apart: only where all is in capitals, and no part is a word.
_MISTYPED = re.compile(
    rf"(?<![A-Za-z0-9])(?=[A-Z])(?:(?:{_AREAS})\d[A-Z\d]?[ \u00a0-]{{0,2}}(?!O(?:AP|DD|FF|LD|NE|PT|UR|UT|WL|WN))"
    rf"(?P<inward>O[ABD-HJLNP-UW-Z]{{2}})|(?!TWO|PRO)(?=[A-Z]{{3}})(?:{_AREAS})O[ \u00a0-]{{0,2}}"
    r"(?P<nought>\d[ABD-HJLNP-UW-Z]{2})"
    rf"|(?:{_AREAS})\d[A-Z\d]? \d (?!A[NST]|B[EY]|DR|HE|ND|RD|ST|TH|U[PS]|WE)[ABD-HJLNP-UW-Z]{{2}})(?![A-Za-z0-9])"
)
_NO_INWARD = re.compile(r"\d(?:st|nd|rd|th|yr|hr|lb)", re.IGNORECASE)
_MONTH = (
    "(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
    "|ionawr|chwefror|mawrth|ebrill|mai|mehefin|gorffennaf|awst|medi|hydref|tachwedd|rhagfyr)"
)
_S = "[ \u00a0]"
_TO = rf"(?:{_S}?[/.{_DASH}]{_S}?|{_S})"
_DATE = re.compile(
    rf"(?<![\d/])(?<!\d\.)(?:\d{{1,2}}{_TO}\d{{1,2}}{_TO}['’]?\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{6}}|\d{{8}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?:{_S}?(?:of{_S})?|[-./]){_MONTH}(?![a-z])(?:(?:,?{_S}?|[-./])['’]?\d{{2,4}})?"
    rf"|\b{_MONTH}{_S}\d{{1,2}}(?:st|nd|rd|th)?(?:,?{_S}\d{{4}})?"
    rf"|\b(?:christmas{_S}(?:day|eve)|boxing{_S}day|new{_S}year['’]?s{_S}(?:day|eve))\b(?:,?{_S}\d{{4}})?)(?!\d)",
    re.IGNORECASE,
)
# `b[irth]{3,4}`: the letters of "birth" in whatever order they were typed. Welsh and Polish are the two languages after
# English that most homes here speak (census of 2021). What says that a date comes may stand further from it.
_CALLED = re.compile(
    r"\b(?:(?P<date>(?:d\.?o\.?b\.?s?|d[ /]o[ /]b|dates? of b[irth]{3,4}|b[irth]{3,4} ?dates?|dyddiad(?:au)? geni"
    rf"|data urodzenia)(?![a-z]))|(?P<born>(?:b(?:irth|/)?days?|born|ganwyd|ganed)(?![a-z]))|(?:b|ur)\.(?={_S}?\d))",
    re.IGNORECASE,
)
_UP_TO = {
    "date": re.compile(r"[^\n\d;!?]{0,45}"),
    "born": re.compile(
        rf"(?:{_S}at{_S}(?:\d\d(?:\+\d)?{_S}?w(?:ee)?ks?|\d\d?[.:]?\d\d))?"
        rf"(?:[^\n\d;!?]{{0,20}}|{_S}(?:at|in){_S}[^\n\d;!?]{{0,40}}{_S}on{_S})"
    ),
    None: re.compile(f"{_S}?"),
}
_IS = re.compile(rf"{_S}?(?:[(:=]{_S}?|(?:is|was|as){_S}(?:(?:the|her|his|their|its){_S})?)?", re.IGNORECASE)
# Between the name and the date: the date is of something else, or bounds a group of people.
_NOT_THAT = re.compile(
    r"\b(?:blank|missing|unknown|unrecorded|not|never|without|party|cake|cards?|presents?|and|when|who"
    r"|columns?|fields?|since|before|after|between|until|out of|tbc|chase|checked|seen"
    r"|visited|reviewed|met|discharged)\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(rf"{_S}?(?:[,;&]|and){_S}?(?:and{_S})?", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\b\.?[ \u00a0](?:[A-Z]\.? ){0,2}(?:(?:de|van|von|der|le|la|du|Mc|Mac|St\.?) ?)?"
    r"(?:[A-Z]['’])?[A-Z][a-z]{1,30}(?:['’-][A-Z]?[a-z]{1,30})*"
    r"|(?:MRS?|DR|PROF)\.? (?!AND\b|OR\b)[A-Z]{3,30}\b|mrs? (?!and\b|or\b)[a-z]{3,30}\b)"
)

Finder = Callable[[str], Iterable[tuple[int, int]]]


def _all(pattern: re.Pattern[str]) -> Finder:
    return lambda text: [found.span() for found in pattern.finditer(text)]


def _nhs(text: str) -> Iterable[tuple[int, int]]:
    """Ten digits whose last is the right check digit, as is one in eleven of any ten: so it only looks like one."""
    found = (one for one in _NHS.finditer(text) if nhs.is_valid(re.sub(r"\D", "", one[0])))
    return [one.span(one.lastgroup or 0) for one in found if not _is_called_otherwise(text, one.start())]


def _insurance(text: str) -> Iterable[tuple[int, int]]:
    return [one.span() for one in _NINO.finditer(text) if not _is_called_otherwise(text, one.start())]


def _is_called_otherwise(text: str, start: int) -> bool:
    return bool(_OTHERWISE.search(text, max(0, start - 40), start))


def _phones(text: str) -> Iterable[tuple[int, int]]:
    return [found.span() for found in _PHONE.finditer(text) if _is_phone(re.sub(r"\D", "", found[0]))]


def _is_phone(digits: str) -> bool:
    """Ten digits after the 0 or +44, or nine for the old numbers 0500 and 0800, in a range that is used."""
    national = re.sub("^(?:0044|44|0)0?", "", digits)
    old = len(national) == 9 and national[:3] in ("500", "800")
    return national[:1] in tuple("1235789") and (len(national) == 10 or old)


def _emails(text: str) -> Iterable[tuple[int, int]]:
    return [found.span() for pattern in (_EMAIL, _SPELT) for found in pattern.finditer(text)]


def _born(text: str) -> Iterable[tuple[int, int]]:
    """A date with what calls it so, before or after it; after "DOBs" those that follow it too."""
    calls = list(_CALLED.finditer(text))
    ends, end, many = [call.end() for call in calls], 0, False
    for date in _DATE.finditer(text) if calls else ():
        start, at = date.start(), bisect_right(ends, date.start())
        if at and _reaches(calls[at - 1], text, start):
            end, many = date.end(), "s" in calls[at - 1][0].casefold()  # no name for one date has an s
            yield calls[at - 1].start(), end
        elif many and _ANOTHER.fullmatch(text, end, start):
            end = date.end()
            yield start, end
        elif at < len(calls) and _IS.fullmatch(text, date.end(), calls[at].start()):
            yield start, ends[at]


def _reaches(call: re.Match[str], text: str, start: int) -> bool:
    """Whether the date that begins here is the one that is called so."""
    between = _UP_TO[call.lastgroup].fullmatch(text, call.end(), start)
    return bool(between) and not _NOT_THAT.search(text, call.end(), start)


def _postcodes(text: str) -> Iterable[tuple[int, int]]:
    """Not an ordinal or a unit (`B1 2nd floor`, `W3 5yr plan`), unless the whole is written in capitals."""
    found = [one for one in _POSTCODE.finditer(text) if not _NO_INWARD.fullmatch(one["inward"]) or one[0].isupper()]
    typed = [one for one in _MISTYPED.finditer(text) if not _NO_INWARD.fullmatch(one["nought"] or "")]
    return [one.span() for one in (*found, *typed)]


_FINDERS: dict[Mark, Finder] = {
    Mark.NHS_NUMBER: _nhs,
    Mark.INSURANCE_NUMBER: _insurance,
    Mark.EMAIL: _emails,
    Mark.PHONE: _phones,
    Mark.POSTCODE: _postcodes,
    Mark.BORN: _born,
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
            if not any(taken[start:end]) and not (known and _bare(text[start:end]) in known):
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
