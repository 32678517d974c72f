"""The only clock. Storage is UTC; people read Europe/London; a deadline is a date.

Everything else takes `now` as an argument, so that every rule about time can be tried at any instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
Days = tuple[date, date]
"""A first and a last day, both included."""
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


def is_working_day(day: date, closed: Sequence[Days] = ()) -> bool:
    """Monday to Friday, not a bank holiday in England, and on none of the `closed` days (first and last included)."""
    return (
        day.weekday() < 5
        and day not in _bank_holidays(day.year)
        and not any(first <= day <= last for first, last in closed)
    )


def working_days_after(day: date, count: int, closed: Sequence[Days] = ()) -> date:
    """The date `count` working days after a date; with 0, the date itself or the next working day."""
    while count or not is_working_day(day, closed):
        day += timedelta(days=1)
        count -= is_working_day(day, closed) and count > 0
    return day


def working_days_before(day: date, count: int, closed: Sequence[Days] = ()) -> date:
    """The last date from which `count` working days have gone by on a date: whatever began on it or before it is that
    old, whatever began later is not. The day itself need not be a working day."""
    while count:
        count -= is_working_day(day, closed)
        day -= timedelta(days=1)
    return day
