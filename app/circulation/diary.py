"""The date to answer by, as an entry for a calendar (RFC 5545).

A changed date is the same entry: its UID comes of the public reference alone, not of where the service is, and its
SEQUENCE counts the changes. No alarm and no METHOD: people decide when to be reminded, and nobody is invited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event
from icalendar.enums import TRANSP

from app.clock import date_words, today
from app.text import single_line

PRODUCT = "-//Learning circulation//Date to answer by//EN"


@dataclass(frozen=True, kw_only=True)
class DateFacts:
    """All that stands in an entry. `asked` is a public reference; `organisation` may be empty where `name` says it;
    `changes` is how often the date was changed, `changed_at`, aware, when it was last set. The others are addresses."""

    asked: str
    name: str
    organisation: str
    asker: str
    title: str
    short_title: str
    answer_by: date
    changes: int
    changed_at: datetime
    briefing: str
    pack: str
    write_up: str


def entry(facts: DateFacts, now: datetime) -> bytes:
    """The entry of one thing asked, as a file: all day on the date to answer by, free for anything else that day."""
    event = Event.new(
        uid=f"asked-{facts.asked}@learning-circulation",
        stamp=now,
        last_modified=facts.changed_at,
        sequence=facts.changes,
        start=facts.answer_by,
        end=facts.answer_by + timedelta(days=1),
        summary=summary(facts, now),
        description=_description(facts),
        url=facts.write_up,
        transparency=TRANSP.TRANSPARENT,
    )
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def summary(facts: DateFacts, now: datetime) -> str:
    """Team, task and short title, as the subject of the asking letter has them."""
    by = date_words(facts.answer_by).removesuffix(f" {today(now).year}")
    return single_line(f"{facts.name}: to discuss by {by} – {facts.short_title}")


def _description(facts: DateFacts) -> str:
    who = f"{facts.name} ({facts.organisation})" if facts.organisation else facts.name
    asks = f"{facts.asker} asks {who} to discuss a learning briefing by {date_words(facts.answer_by)}."
    return "\n".join(
        [
            single_line(asks),
            "Allow 20 minutes to discuss it, at a meeting that you hold anyway, and 10 to write it up.",
            "",
            single_line(facts.title),
            facts.briefing,
            "",
            "For the meeting (Word):",
            facts.pack,
            "",
            "Write up what was said:",
            facts.write_up,
            "",
            "Teams can still write up a discussion after this date.",
        ]
    )
