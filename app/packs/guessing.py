"""What can be told about a briefing from its own words: when, by whom, of which kind, for whom. Each is a guess, to be
looked at; where there is nothing to go by, nothing is guessed."""

from __future__ import annotations

import itertools
import re
from calendar import monthrange
from collections.abc import Collection, Iterable
from typing import NamedTuple

from app.packs.content import KEY_LENGTH, PackType, PointKind, slugged

_LOOKED_AT = 1_000  # characters of a text: these patterns take the square of the time
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DATE = re.compile(
    rf"(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+)?({'|'.join(m[:3] for m in _MONTHS)})([a-z]*)\.?,?\s+((?:19|20)\d\d)",
    re.IGNORECASE,
)
_PARTNERSHIP = re.compile(
    r"((?:[A-Z][\w’'-]*,?\s+(?:(?:and|of|upon|with|the|&)\s+){0,2}){1,7}"
    r"(?:Safeguarding\s+)(?:Children(?:[’']s)?|Adults?)\s+(?:Partnership|Board)(?:\s+Board)?)(?:\s+\(([A-Z]{2,10})\))?"
)
_TYPES = (
    (PackType.SEVEN_MINUTE_BRIEFING, r"\b(?:7|seven)[- ]minute"),
    (PackType.RAPID_REVIEW, r"\brapid review"),
    (PackType.NATIONAL_REVIEW, r"\bnational (?:\w+ )?review|\bnational panel"),
    (PackType.LCSPR, r"\blcspr\b|\bpractice review|\bserious case review|\bscr\b"),
    (PackType.MULTI_AGENCY_AUDIT, r"\bdeep dive|\baudit"),
)
SAYS_WHEN = re.compile(r"\b(?:publi(?:shed|cation)|dated?|issued?|produced|updated|version)\b", re.IGNORECASE)
"""What stands beside a date that is the one of the document."""
_KNOWING = re.compile(
    r"(?:do|does|did|are|is|can|could|would)\s+(?:you|your\s+\w+|we|everyone|everybody|all|people|staff|practitioners)\b"
    r".{0,60}\b(?:know|aware|familiar|explain|understand|confident|heard)\b",
    re.IGNORECASE,
)
_NAME = r"[A-Z][\w’'-]*(?:(?:\s+(?:and|of|for|&)\s+|\s+|/)[A-Z][\w’'-]*)*"
_ADDRESSED = (
    re.compile(
        rf"(?:That\s+)?(?:(?:The|All)\s+)?({_NAME}(?:\s+(?:agencies|teams?|partners|staff|workers|professionals|services))?)\s+(?:to|should|must|will|needs?|are|is)\b"
    ),
    re.compile(rf"(?:To\s+)?[Ee]nsure\s+(?:that\s+)?(?:all\s+|the\s+)?({_NAME})\s+[a-z]"),
    re.compile(
        r"(?:in|for|by|within|across)\s+((?:[A-Z][\w’'-]*\s+)*(?:Services?|Teams?|Schools?|Police|Partnership|Trusts?))\b"
    ),
    re.compile(
        r"(?:^|\s)((?:[Aa]ll\s+)?(?:partner\s+)?(?:[Aa]gencies|[Pp]ractitioners|[Pp]rofessionals|[Mm]anagers|[Ss]chools))\s+(?:to|should|must|will|need)\b"
    ),
)
_FOR_WHOM = re.compile(
    r"(?:(?:key |our )?(?:recommendations?|actions?) )?for (?:the |all )?(\S[^.?!]{0,80}?)[ :]*", re.IGNORECASE
)
_SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "have",
        "how",
        "if",
        "in",
        "is",
        "it",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "their",
        "them",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "us",
        "was",
        "we",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)


class When(NamedTuple):
    """A month or a day as a pack writes it, and the words that said it."""

    written: str
    words: str


def date_in(text: str) -> When | None:
    """The first date in a text: `2021-04`, or `2021-04-30` where the day stands there."""
    for found in _DATE.finditer(text[:_LOOKED_AT]):
        month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(found[2].lower()))
        if not _MONTHS[month - 1].startswith((found[2] + found[3]).lower()) and found[3].lower() != "t":
            continue
        day, last = int(found[1] or 0), monthrange(int(found[4]), month)[1]
        return When(f"{found[4]}-{month:02}-{day:02}" if 0 < day <= last else f"{found[4]}-{month:02}", found[0])
    return None


def publisher(texts: Iterable[str]) -> tuple[str, str]:
    """The partnership that a text names first, and its short name where that stands beside it; or two empty strings."""
    for text in texts:
        if found := _PARTNERSHIP.search(text[:_LOOKED_AT]):
            name = " ".join(found[1].split()).removeprefix("The ")
            return (f"{name} ({found[2]})", found[2]) if found[2] else (name, "")
    return "", ""


def type_of(title: str, texts: Iterable[str]) -> PackType | None:
    """Where the learning comes from, by the title or else by the text."""
    for said in (title, *texts):
        for kind, words in _TYPES:
            if re.search(words, said, re.IGNORECASE):
                return kind
    return None


def shortened(title: str, longest: int = 40) -> str:
    """A title for a lock screen: what stands before a colon or a dash, cut between words."""
    first = re.split(r"\s*[:–—|]\s*|\s+-\s+", title.strip(), maxsplit=1)[0] or title.strip()
    if len(first) <= longest:
        return first
    cut = first[: longest + 1].rsplit(" ", 1)[0]
    return cut if len(cut) <= longest else first[:longest]


def kind_of(question: str) -> PointKind:
    """A question whether people know something is a knowledge check."""
    return PointKind.KNOWLEDGE_CHECK if _KNOWING.match(question) else PointKind.OPEN


def addressee(text: str) -> str:
    """Whom a recommendation is addressed to, as it says itself; or nothing."""
    for pattern in _ADDRESSED:
        place = pattern.match if pattern in _ADDRESSED[:2] else pattern.search
        if found := place(text[:_LOOKED_AT]):
            words = found[1].strip()
            return words[:1].upper() + words[1:]
    return ""


def whom(heading: str) -> str:
    """Whom the recommendations below a heading are for, where it says that and nothing else; or nothing."""
    found = _FOR_WHOM.fullmatch(heading.strip())
    return found[1][:1].upper() + found[1][1:] if found else ""


def key_for(words: str, taken: Collection[str]) -> str:
    """A key of a few words that say most, unlike those taken: `engage-fathers-non-birthing`."""
    said = [word for word in slugged(words).split("-") if word not in _SMALL and not word[:1].isdigit()]
    key = ""
    for word in said[:4]:
        key = f"{key}-{word}".strip("-") if len(key) + len(word) < KEY_LENGTH - 4 else key
    key = key or "point"
    return next(
        one
        for one in itertools.chain([key], (f"{key}-{n}" for n in itertools.count(len(taken) + 1)))
        if one not in taken
    )
