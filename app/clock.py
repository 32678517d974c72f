"""The only clock. Storage is UTC; people read Europe/London; a deadline is a date.

Everything else takes `now` as an argument, so that every rule about time can be tried at any instant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")
Days = tuple[date, date]
"""A first and a last day, both included."""
FIRST_HOUR, LAST_HOUR = 9, 18
"""People are reminded from the first of these hours of a working day until the last."""
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


@lru_cache(maxsize=10_000)  # a list says hundreds of them
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


def working_day_from(day: date, count: int, closed: Sequence[Days] = ()) -> date:
    """The working day that lies so many working days from a date: before it where `count` is negative, so that minus 1
    is the last working day before it; with 0, the date itself or the next working day."""
    if count >= 0:
        return working_days_after(day, count, closed)
    while count:
        day -= timedelta(days=1)
        count += is_working_day(day, closed)
    return day


def opens(day: date, hour: int = FIRST_HOUR) -> datetime:
    """The instant, in UTC, at which an hour of a day strikes in London: on a working day people are reminded from the
    first one on."""
    return datetime.combine(day, time(hour), LONDON).astimezone(UTC)


def is_time(now: datetime, hour: int = FIRST_HOUR) -> bool:
    """Whether people are reminded at this moment: at work, on a working day, from this hour on."""
    return is_working_day(today(now)) and hour <= london(now).hour < LAST_HOUR


def next_time(now: datetime, closed: Sequence[Days] = ()) -> datetime:
    """The first moment after this one at which the reminding of a working day begins."""
    day = today(now)
    while not (is_working_day(day, closed) and opens(day) > now):
        day += timedelta(days=1)
    return opens(day)
