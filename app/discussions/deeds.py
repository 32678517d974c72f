"""What a team will do, and what it says about what it said before that it would do: the rules for both.

An action is known by the record that it stands in and by its words, so that it stays the same one where the record is
corrected beside it; where its own words are changed it is another action, and open.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from app.clock import date_words
from app.discussions.content import ActionTyped, DateTyped, NewsTyped
from app.discussions.news import Became, news_words
from app.text import is_blank
from app.web.dates import DateFault, Written, read_date

LONGEST_LINE, LONGEST_ACTION, LONGEST_BECAUSE = 300, 2_000, 2_000


class Amiss(NamedTuple):
    """What keeps a draft from being sent: the form field to change (empty for the whole), and what to do."""

    field: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something the team will do."""

    what: str
    who: str = ""
    by: date | None = None


@dataclass(frozen=True, kw_only=True)
class News:
    """What became of an action: `by` is a new date of one still to do, `because` why one is no longer needed. `row` is
    where it stands in the form."""

    key: str
    how: Became
    by: date | None = None
    because: str = ""
    row: int = field(default=0, compare=False)

    @property
    def words(self) -> str:
        """As it is read."""
        return news_words(self.how, self.by, self.because)


def keys_of(thread: str, actions: Iterable[str]) -> Iterator[str]:
    """By what the actions of a record are known, given their words in order: the same words twice are two actions."""
    seen: dict[str, int] = {}
    for what in actions:
        plain = " ".join(what.split()).casefold()
        seen[plain] = seen.get(plain, 0) + 1
        yield hashlib.sha256(f"{thread} {seen[plain]} {plain}".encode()).hexdigest()[:16]


def read_actions(rows: Iterable[ActionTyped], amiss: list[Amiss]) -> tuple[Step, ...]:
    """What the team will do."""
    steps = []
    for index, row in enumerate(rows):
        if all(is_blank(text) for text in (row["what"], row["who"], row["by"])):
            continue
        called, by = f"Action {index + 1}", day_of(row["by"])
        if is_blank(row["what"]):
            amiss.append(Amiss(f"actions-{index}-what", f"{called}: say what the team will do, or clear the row."))
        if by is None and not is_blank(row["by"]):
            amiss.append(Amiss(f"actions-{index}-by", f"{called}: {_not_a_date(row['by'])}"))
        amiss += too_long(f"actions-{index}-what", called, row["what"], LONGEST_ACTION)
        amiss += too_long(f"actions-{index}-who", f"{called}, who", row["who"], LONGEST_LINE)
        steps.append(Step(what=row["what"], who=kept(row["who"]), by=by))
    return tuple(steps)


def read_news(typed: Mapping[str, NewsTyped], amiss: list[Amiss]) -> tuple[News, ...]:
    """What the team says about earlier actions; nothing of those about which nothing was chosen or typed. What was
    typed under another choice than the one that stands is left where it was typed."""
    found = []
    for row, (key, said) in enumerate(typed.items()):
        where, called = f"news-{row}", f"Earlier action {row + 1}"
        how = next((how for how in Became if how.value == said["how"]), None)
        if how is None:
            if not (is_blank(said["because"]) and is_blank(said["by"])):
                amiss.append(Amiss(f"{where}-how", f"{called}: choose what became of it, or clear what you wrote."))
            continue
        by = day_of(said["by"]) if how is Became.STILL else None
        if how is Became.STILL and by is None and not is_blank(said["by"]):
            amiss.append(Amiss(f"{where}-by", f"{called}: {_not_a_date(said['by'])}"))
        because = kept(said["because"]) if how is Became.DROPPED else ""
        if how is Became.DROPPED and not because:
            amiss.append(Amiss(f"{where}-because", f"{called}: say in a few words why it is no longer needed."))
        amiss += too_long(f"{where}-because", called, because, LONGEST_BECAUSE)
        found.append(News(key=key, how=how, by=by, because=because, row=row))
    return tuple(found)


def typed_news(news: Iterable[News]) -> dict[str, NewsTyped]:
    """The same as it would have been typed."""
    return {
        one.key: NewsTyped(how=one.how.value, by=one.by.isoformat() if one.by else "", because=one.because)
        for one in news
    }


def day_of(written: str) -> date | None:
    """The day written as `2026-06-12`; None for anything else."""
    try:
        return date.fromisoformat(written) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written) else None
    except ValueError:
        return None


def day_met(boxes: DateTyped) -> date | None:
    """The day of a meeting as far as its three boxes say it; the rules of it are not asked here."""
    try:
        return read_date(Written(boxes["day"], boxes["month"], boxes["year"]))
    except DateFault:
        return None


def _not_a_date(written: str) -> str:
    try:
        read_date(Written(written))
    except DateFault as fault:
        if not set(fault.parts) >= {"month", "year"}:
            return str(fault)
    return "write a date such as 12 June 2027, or leave it empty and put the time under “What”."


def kept(text: str) -> str:
    """A text, or nothing where there is nothing to read in it."""
    return "" if is_blank(text) else text


def too_long(field_: str, called: str, text: str, limit: int) -> list[Amiss]:
    """What to say where a text is longer than it may be."""
    if len(text) <= limit:
        return []
    return [Amiss(field_, f"{called}: this is {len(text):,} characters long. Keep it to {limit:,} or fewer.")]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """An action of an earlier discussion: `by` is the date that stands now, `how` what was said about it last, if
    anything. `minutes` and `held_on` are of the record that it stands in, `action_id` the key of its row there,
    `team_id` that of the team, or of the first, that the record is of."""

    key: str
    what: str
    who: str
    by: date | None
    minutes: str
    held_on: date
    briefing: str
    action_id: int
    how: Became | None = None
    team_id: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to do."""
        return self.how in (None, Became.STILL)

    def overdue(self, today: date) -> bool:
        """Whether it was to be done before today."""
        return self.by is not None and self.by < today

    def due(self, today: date) -> str:
        """By when, in plain words; empty where no date was agreed."""
        if self.by is None:
            return ""
        return f"{'was due by' if self.overdue(today) else 'by'} {date_words(self.by)}"
