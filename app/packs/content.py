"""What a pack says, as values, in one canonical form with one digest.

Everything a person wrote is text and is read as text, dates too: what YAML makes of `2021-04` or `NO` never matters.
Questions, recommendations and the glossary are plain text; a note and a section are Markdown.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.clock import date_words, month_words
from app.text import is_blank, single_line

KEY = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")
KEY_LENGTH = 40
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class PackType(StrEnum):
    """Where the learning comes from."""

    MULTI_AGENCY_AUDIT = "multi_agency_audit"
    LCSPR = "lcspr"
    RAPID_REVIEW = "rapid_review"
    NATIONAL_REVIEW = "national_review"
    THEMATIC = "thematic"
    SEVEN_MINUTE_BRIEFING = "seven_minute_briefing"

    @property
    def words(self) -> str:
        """As a reader knows it: `Multi-agency audit (deep dive)`."""
        return _TYPE_WORDS[self]


_TYPE_WORDS = {
    PackType.MULTI_AGENCY_AUDIT: "Multi-agency audit (deep dive)",
    PackType.LCSPR: "Local child safeguarding practice review (LCSPR)",
    PackType.RAPID_REVIEW: "Rapid review",
    PackType.NATIONAL_REVIEW: "National review",
    PackType.THEMATIC: "Thematic briefing",
    PackType.SEVEN_MINUTE_BRIEFING: "7-minute briefing",
}


class PointKind(StrEnum):
    """What a discussion point asks for: words, or also three counts by show of hands."""

    OPEN = "open"
    KNOWLEDGE_CHECK = "knowledge_check"


class SectionType(StrEnum):
    """The sections of a briefing, in the order in which they stand; other sections may stand anywhere."""

    BACKGROUND = "background"
    METHOD = "method"
    KEY_THEMES = "key_themes"
    KEY_CHALLENGES = "key_challenges"
    LEARNING_IDENTIFIED = "learning_identified"
    RECOMMENDATIONS = "recommendations"
    POINTS_FOR_DISCUSSION = "points_for_discussion"
    OTHER = "other"

    @property
    def heading(self) -> str:
        """The heading of level 2 in briefing.md: `Key themes (good practice)`."""
        return "Key themes (good practice)" if self is SectionType.KEY_THEMES else self.replace("_", " ").capitalize()


def slugged(words: str) -> str:
    """Lower-case ASCII words with hyphens, for an id: `Section 47` becomes `section-47`. May be empty."""
    return "-".join(re.findall("[a-z0-9]+", words.lower()))


def is_web_address(address: str) -> bool:
    """Whether this is a whole address of a page: http or https, with a host and no spaces."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", address)


def first_day(written: str) -> date:
    """The day meant by `2021-04-30`, or the first of the month meant by `2021-04`. Raises ValueError."""
    month = _MONTH.fullmatch(written)
    day = date(int(month[1]), int(month[2]), 1) if month else _whole_day(written)
    if not 1900 <= day.year <= 2100:
        raise ValueError("year")
    return day


def _whole_day(written: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
        raise ValueError("form")
    return date.fromisoformat(written)


def _checked(good: Callable[[str], object], message: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            fine = good(value)
        except ValueError:
            fine = False
        if not fine:
            raise PydanticCustomError("wording", "{message}", {"message": message})
        return value

    return AfterValidator(check)


def _on_one_line(value: object) -> object:
    return single_line("" if is_blank(value) else value) if isinstance(value, str) else value


def _trimmed(value: object) -> object:
    return ("" if is_blank(value) else value.strip("\n").rstrip()) if isinstance(value, str) else value


def _upto(limit: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=limit)


# What stands last is applied first: text is folded, then measured, then checked.
_Line = BeforeValidator(_on_one_line)
_Key = Annotated[
    str,
    _upto(KEY_LENGTH),
    _checked(KEY.fullmatch, "use lower-case words with hyphens between them, such as “engaging-fathers”"),
    _Line,
]
_When = Annotated[str, _upto(10), _checked(first_day, "write a date as 2021-04-30, or a month as 2021-04"), _Line]
_Day = Annotated[
    str,
    _upto(10),
    _checked(lambda value: len(value) == 10 and first_day(value), "write a date as 2027-04-30"),
    _Line,
]
_Address = Annotated[
    str, _upto(500), _checked(is_web_address, "write the whole address, beginning with https:// or http://"), _Line
]


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Source(_Value):
    """Who first said it, and where. `partnership` is the short name a partnership has in this service."""

    name: Annotated[str, _upto(150), _Line]
    partnership: _Key
    title: Annotated[str, _upto(250), _Line]
    date: _When | None = None
    url: _Address | None = None


class Point(_Value):
    """A question put to teams, and what whoever leads the discussion says after it (Markdown)."""

    key: _Key
    kind: PointKind
    question: Annotated[str, _upto(300), _Line]
    note: Annotated[str, _upto(5_000), BeforeValidator(_trimmed)]


class PackRecommendation(_Value):
    """What should change, and whom it is addressed to."""

    key: _Key
    audience: Annotated[str, _upto(150), _Line]
    text: Annotated[str, _upto(1_000), _Line]


class GlossaryTerm(_Value):
    """A term, its long form or other name where it has one (`full`), and what it means."""

    term: Annotated[str, _upto(80), _checked(slugged, "use letters from a to z"), _Line]
    full: Annotated[str, _upto(120), _Line] | None = None
    meaning: Annotated[str, _upto(600), _Line]

    @property
    def slug(self) -> str:
        """The end of the entry's id on a page: `glossary-` and this."""
        return slugged(self.term)


class Link(_Value):
    """Something to read beside the briefing."""

    title: Annotated[str, _upto(150), _Line]
    url: _Address


_CAME_LATER = {
    "topics",
    "audience",
    "watch",
    "pictures",
}  # absent where empty, so that packs without them keep their digest


class PackFacts(_Value):
    """What pack.yaml holds. `published` is when the source first published it: a day, or a month."""

    title: Annotated[str, _upto(150), _Line]
    short_title: Annotated[str, _upto(40), _Line]
    type: PackType
    source: Source
    published: _When
    review: _Day
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=20)]
    recommendations: Annotated[tuple[PackRecommendation, ...], Field(max_length=50)] = ()
    glossary: Annotated[tuple[GlossaryTerm, ...], Field(max_length=100)] = ()
    links: Annotated[tuple[Link, ...], Field(max_length=50)] = ()
    topics: Annotated[tuple[Annotated[str, _upto(40), _Line], ...], Field(max_length=10)] = ()
    """What it is about, as somebody would look for it: “engaging fathers”."""
    audience: Annotated[tuple[Annotated[str, _upto(60), _Line], ...], Field(max_length=10)] = ()
    """Whom it is for, by sector or role: “Health visitors”."""
    watch: Annotated[tuple[Annotated[str, _upto(60), _Line], ...], Field(max_length=50)] = ()
    """Words that a team is asked to look at once more in what it wrote: a place or a name by which it was known."""


class Section(_Value):
    """A section of the briefing. `items` counts its list; recommendations and points are counted in pack.yaml."""

    type: SectionType
    title: str
    markdown: str
    items: int


class Picture(_Value):
    """A picture that the sections show by its name: `digest` is the SHA-256 of its bytes, which are kept elsewhere."""

    name: str
    media_type: str
    width: int
    height: int
    digest: str


class PackContent(PackFacts):
    """A whole pack, found good. `sections` stand in order; those of recommendations and points are always there."""

    slug: str
    sections: tuple[Section, ...]
    pictures: tuple[Picture, ...] = ()

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """The pack that `as_dict` gave. Raises pydantic's ValidationError for anything else."""
        return cls.model_validate_json(json.dumps(content))

    def as_dict(self) -> dict[str, Any]:
        """All that the pack says, as plain JSON values; what was left out is absent."""
        said = self.model_dump(mode="json", exclude_none=True)
        return {key: value for key, value in said.items() if value != [] or key not in _CAME_LATER}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal: the same text always has the same one."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def published_words(self) -> str:
        """`April 2021`, or `30 April 2021` where the day is known."""
        return when_words(self.published)

    @property
    def review_on(self) -> date:
        """The day by which the pack is to be looked at again."""
        return first_day(self.review)


def when_words(written: str) -> str:
    """A month or a day, as it was written in pack.yaml, in words."""
    return (month_words if _MONTH.fullmatch(written) else date_words)(first_day(written))
