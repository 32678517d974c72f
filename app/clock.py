"""The only clock. Storage is UTC; people read Europe/London; a deadline is a date.

Everything else takes `now` as an argument, so that every rule about time can be tried at any instant.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
Clock = Callable[[], datetime]


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def london(moment: datetime) -> datetime:
    """The same instant on a clock in London."""
    return moment.astimezone(LONDON)


def today(moment: datetime) -> date:
    """The date in London at an instant."""
    return london(moment).date()


def start_of(day: date) -> datetime:
    """The instant, in UTC, at which a day begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def lies_ahead(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether a moment that was set at most `longest` ahead is yet to come. One further ahead is of a clock that was
    set back since: nobody waits for that hour to come again."""
    return moment is not None and timedelta() < moment - now <= longest


def date_words(day: date) -> str:
    """`12 June 2026`."""
    return f"{day.day} {day:%B %Y}"


def month_words(day: date) -> str:
    """`June 2026`."""
    return f"{day:%B %Y}"


def time_words(moment: datetime) -> str:
    """`14:02`, in London."""
    return f"{london(moment):%H:%M}"


def moment_words(moment: datetime) -> str:
    """`12 June 2026 at 14:02`, in London."""
    return f"{date_words(today(moment))} at {time_words(moment)}"


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday and not a bank holiday in England."""
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


def working_days_after(day: date, count: int) -> date:
    """The date `count` working days after a date; with 0, the date itself or the next working day."""
    while count or not is_working_day(day):
        day += timedelta(days=1)
        count -= is_working_day(day) and count > 0
    return day
