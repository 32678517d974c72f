"""On which days people are reminded to answer: a pure rule of dates.

A partnership says so many working days from the date to answer by (`answer_reminder_days`, before it where negative):
one while there is time to meet, one when the date has gone by, one more a fortnight later, then none. Nobody is called
late in any. What is counted from:

- The date that was set last. A change re-bases every step; those that lie on the day of the change or before it are
  past, so that nothing is said on that day.
- Of the steps that are due only the last is ever said, and only for `CATCH_UP` working days: after that the next one
  says it, or none does.
- Whoever has just been asked, or has just come to the role, has the letter that asks: nothing more for `QUIET` working
  days.
- For a school none of it lies in the holidays that its partnership has set, and they count as no working days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.clock import Days, is_working_day, working_day_from, working_days_after, working_days_before

CATCH_UP = 5
QUIET = 3


@dataclass(frozen=True)
class Step:
    """One reminder: `number` working days from the date to answer by, due from the day `on` until the day `until`."""

    number: int
    on: date
    until: date

    @property
    def name(self) -> str:
        """`-5`, `+1`: which step it is in the books."""
        return f"{self.number:+d}"


def steps(answer_by: date, set_on: date, days: Iterable[int], closed: Sequence[Days] = ()) -> list[Step]:
    """Every step towards a date that was set on a day, in their order. `closed` are days on which nobody is there."""
    return list(_steps(answer_by, set_on, tuple(days), tuple(closed)))


@lru_cache(maxsize=4_096)
def _steps(answer_by: date, set_on: date, days: tuple[int, ...], closed: tuple[Days, ...]) -> tuple[Step, ...]:
    found = [(number, working_day_from(answer_by, number, closed)) for number in days]
    return tuple(Step(n, on, working_days_after(on, CATCH_UP, closed)) for n, on in found if on > set_on)


def step_on(day: date, answer_by: date, set_on: date, days: Iterable[int], closed: Sequence[Days] = ()) -> Step | None:
    """The step that is said on a day, to whoever has not answered by then and was not asked just now (`asked_by`)."""
    if not is_working_day(day, closed):
        return None
    last = next((step for step in reversed(steps(answer_by, set_on, days, closed)) if step.on <= day), None)
    return last if last is not None and day <= last.until else None


@lru_cache(maxsize=64)
def asked_by(day: date) -> date:
    """Whoever was asked, or came to the role, on this date or before it has had so many quiet working days."""
    return working_days_before(day, QUIET)
