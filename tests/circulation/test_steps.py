"""The rule of when people are reminded to answer, over dates alone."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from app.circulation.steps import CATCH_UP, QUIET, asked_by, step_on, steps
from app.clock import Days, is_working_day, working_days_after
from app.organisations.models import ANSWER_REMINDER_DAYS

DAY = timedelta(days=1)
FRIDAY = date(2026, 6, 26)
dates = st.dates(date(2025, 1, 1), date(2028, 12, 31))
settings = st.lists(st.integers(-20, 40), max_size=4, unique=True).map(sorted)


@st.composite
def holidays(draw: st.DrawFn) -> tuple[Days, ...]:
    """Some times in which schools are closed."""
    firsts = draw(st.lists(dates, max_size=4))
    return tuple((first, first + draw(st.integers(0, 45)) * DAY) for first in firsts)


def test_by_default_one_comes_a_week_before_one_on_the_day_after_and_one_a_fortnight_later() -> None:
    found = steps(FRIDAY, date(2026, 6, 1), ANSWER_REMINDER_DAYS)
    assert [(one.name, one.on) for one in found] == [
        ("-5", date(2026, 6, 19)),
        ("+1", date(2026, 6, 29)),
        ("+10", date(2026, 7, 10)),
    ]


def test_easter_and_christmas_are_no_working_days_of_it() -> None:
    assert steps(date(2026, 4, 2), date(2026, 3, 1), [1])[0].on == date(2026, 4, 7)
    assert steps(date(2026, 12, 24), date(2026, 11, 1), [1])[0].on == date(2026, 12, 29)
    assert steps(date(2027, 1, 4), date(2026, 11, 1), [-5])[0].on == date(2026, 12, 23)


def test_on_the_date_itself_or_the_next_working_day_where_a_partnership_set_nought() -> None:
    assert steps(FRIDAY, date(2026, 6, 1), [0])[0].on == FRIDAY
    assert steps(FRIDAY + DAY, date(2026, 6, 1), [0])[0].on == date(2026, 6, 29)


def test_for_a_school_no_step_lies_in_its_holidays_and_they_are_not_counted() -> None:
    closed = ((date(2026, 6, 29), date(2026, 7, 5)),)
    assert [one.on for one in steps(FRIDAY, date(2026, 6, 1), [1, 10], closed)] == [date(2026, 7, 6), date(2026, 7, 17)]


@limits(deadline=None)
@given(answer_by=dates, ahead=st.integers(1, 120), days=settings, closed=holidays())
def test_a_step_is_said_only_on_a_working_day_once_it_is_due_and_for_a_few_days(
    answer_by: date, ahead: int, days: list[int], closed: tuple[Days, ...]
) -> None:
    set_on = answer_by - ahead * DAY
    for number in range(ahead + 100):
        day = set_on + number * DAY
        found = step_on(day, answer_by, set_on, days, closed)
        if found is None:
            continue
        assert is_working_day(day, closed) and is_working_day(found.on, closed)
        assert set_on < found.on <= day <= found.until == working_days_after(found.on, CATCH_UP, closed)
        assert found.on < answer_by if found.number < 0 else found.on >= answer_by


@limits(deadline=None)
@given(answer_by=dates, set_on=dates, days=settings, closed=holidays())
def test_on_the_day_on_which_a_date_is_set_nothing_is_said_whatever_it_is(
    answer_by: date, set_on: date, days: list[int], closed: tuple[Days, ...]
) -> None:
    assert step_on(set_on, answer_by, set_on, days, closed) is None
    assert all(one.on > set_on for one in steps(answer_by, set_on, days, closed))


@limits(deadline=None)
@given(answer_by=dates, ahead=st.integers(1, 120), days=settings, closed=holidays())
def test_every_step_ahead_is_said_on_its_own_day_and_steps_follow_each_other(
    answer_by: date, ahead: int, days: list[int], closed: tuple[Days, ...]
) -> None:
    set_on = answer_by - ahead * DAY
    found = steps(answer_by, set_on, days, closed)
    assert [one.number for one in found] == sorted(one.number for one in found)
    for one, later in zip(found, [*found, None][1:], strict=True):
        if later is None or later.on > one.on:
            assert step_on(one.on, answer_by, set_on, days, closed) == one
            assert step_on(one.on - DAY, answer_by, set_on, days, closed) != one


@limits(deadline=None)
@given(day=dates)
def test_whoever_was_asked_is_left_alone_for_three_working_days(day: date) -> None:
    last = asked_by(day)
    between = [last + n * DAY for n in range(1, (day - last).days + 1)]
    assert sum(is_working_day(one) for one in between) == QUIET
    assert is_working_day(last + DAY), "it is the last such date"
