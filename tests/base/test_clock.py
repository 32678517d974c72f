"""The clock: UTC inside, London at the edges, in winter, in summer and in the two nights between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import clock

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_this_instant_knows_its_time_zone() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (utc(2026, 1, 15, 14, 2), "15 January 2026 at 14:02"),
        (utc(2026, 7, 15, 14, 2), "15 July 2026 at 15:02"),
        (utc(2026, 7, 15, 23, 30), "16 July 2026 at 00:30"),
        (utc(2026, 3, 29, 0, 59), "29 March 2026 at 00:59"),
        (utc(2026, 3, 29, 1, 0), "29 March 2026 at 02:00"),
        (utc(2026, 10, 25, 0, 30), "25 October 2026 at 01:30"),
        (utc(2026, 10, 25, 1, 30), "25 October 2026 at 01:30"),
        (utc(2026, 12, 31, 23, 59), "31 December 2026 at 23:59"),
    ],
)
def test_people_read_the_time_of_london(moment: datetime, words: str) -> None:
    assert clock.moment_words(moment) == words


def test_today_is_the_date_in_london() -> None:
    assert clock.today(utc(2026, 7, 15, 22, 59)) == date(2026, 7, 15)
    assert clock.today(utc(2026, 7, 15, 23, 0)) == date(2026, 7, 16)
    assert clock.today(utc(2026, 1, 15, 23, 59)) == date(2026, 1, 15)


@given(DAYS)
def test_a_day_begins_at_the_instant_from_which_it_is_today(day: date) -> None:
    begins = clock.start_of(day)
    assert begins.utcoffset() == timedelta(0)
    assert clock.today(begins) == day
    assert clock.today(begins - timedelta(microseconds=1)) == day - timedelta(days=1)


@given(DAYS)
def test_days_follow_each_other_without_a_gap_also_in_the_nights_when_clocks_change(day: date) -> None:
    hours = (clock.start_of(day + timedelta(days=1)) - clock.start_of(day)) / timedelta(hours=1)
    assert hours in (23, 24, 25)


def test_the_clocks_change_twice_in_a_year() -> None:
    lengths = [clock.start_of(date(2026, 1, 1) + timedelta(days=n)) for n in range(366)]
    odd = [b - a for a, b in pairwise(lengths) if b - a != timedelta(days=1)]
    assert sorted(odd) == [timedelta(hours=23), timedelta(hours=25)]


def test_dates_and_months_are_written_without_zeros() -> None:
    assert clock.date_words(date(2026, 6, 2)) == "2 June 2026"
    assert clock.month_words(date(2026, 6, 2)) == "June 2026"
    assert clock.time_words(utc(2026, 1, 1, 9, 5)) == "09:05"


# As the government has published them for England, substitutes for a weekend among them.
BANK_HOLIDAYS = {
    2026: ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"],
    2027: ["01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-27", "12-28"],
    2028: ["01-03", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"],
}


@pytest.mark.parametrize(("year", "days"), BANK_HOLIDAYS.items())
def test_on_bank_holidays_in_england_and_on_no_other_days_of_a_week_no_work_is_done(year: int, days: list[str]) -> None:
    whole = [date(year, 1, 1) + timedelta(days=n) for n in range(365 + (year % 4 == 0))]
    off = [day for day in whole if day.weekday() < 5 and not clock.is_working_day(day)]
    assert off == [date.fromisoformat(f"{year}-{day}") for day in days]


@pytest.mark.parametrize("day", [date(2026, 1, 2), date(2026, 3, 17), date(2026, 11, 30), date(2026, 4, 7)])
def test_scottish_and_irish_holidays_are_working_days_here(day: date) -> None:
    assert clock.is_working_day(day)


def test_working_days_are_counted_over_weekends_and_holidays() -> None:
    thursday_before_easter = date(2026, 4, 2)
    assert clock.working_days_after(thursday_before_easter, 1) == date(2026, 4, 7)
    assert clock.working_days_after(date(2026, 12, 24), 2) == date(2026, 12, 30)
    assert clock.working_days_after(date(2026, 6, 5), 5) == date(2026, 6, 12)


def test_after_no_days_it_is_the_day_itself_or_the_next_working_day() -> None:
    assert clock.working_days_after(date(2026, 6, 5), 0) == date(2026, 6, 5)
    assert clock.working_days_after(date(2026, 6, 6), 0) == date(2026, 6, 8)
    assert clock.working_days_after(date(2026, 6, 6), 1) == date(2026, 6, 8)


@given(DAYS, st.integers(1, 30))
def test_the_day_after_so_many_working_days_has_so_many_before_it(day: date, count: int) -> None:
    end = clock.working_days_after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert clock.is_working_day(end)
    assert sum(map(clock.is_working_day, between)) == count


HALF_TERM, CHRISTMAS = (date(2026, 10, 26), date(2026, 10, 30)), (date(2026, 12, 21), date(2027, 1, 1))


def test_closed_days_are_no_working_days_from_the_first_to_the_last() -> None:
    assert not clock.is_working_day(date(2026, 10, 26), [HALF_TERM])
    assert not clock.is_working_day(date(2026, 10, 30), [HALF_TERM])
    assert clock.is_working_day(date(2026, 11, 2), [HALF_TERM])
    assert clock.working_days_after(date(2026, 10, 23), 1, [HALF_TERM]) == date(2026, 11, 2)
    assert clock.working_days_after(date(2026, 12, 18), 1, [HALF_TERM, CHRISTMAS]) == date(2027, 1, 4)


@given(DAYS, st.integers(0, 30), st.sampled_from([[], [HALF_TERM], [HALF_TERM, CHRISTMAS]]))
def test_whatever_began_by_the_day_before_so_many_working_days_is_so_old_and_nothing_later_is(
    day: date, count: int, closed: list[clock.Days]
) -> None:
    last = clock.working_days_before(day, count, closed)
    if count:
        assert clock.working_days_after(last, count, closed) <= day
        assert clock.working_days_after(last + timedelta(days=1), count, closed) > day
    else:
        assert last == day


def test_a_moment_lies_ahead_unless_it_lies_further_ahead_than_it_was_ever_set() -> None:
    at, longest = datetime(2026, 11, 23, 10, tzinfo=UTC), timedelta(seconds=60)
    assert clock.lies_ahead(at + longest, at, longest)
    assert not clock.lies_ahead(at, at, longest)
    assert not clock.lies_ahead(at + timedelta(hours=2), at, longest)  # the clock was set back
    assert not clock.lies_ahead(None, at, longest)
