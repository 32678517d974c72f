"""The date field: what it understands, what it says, and that nothing makes it fail."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.clock import date_words
from app.web.dates import FIRST_YEAR, LAST_YEAR, PARTS, DateFault, Written, read_date
from app.web.forms import Fault, FieldList, Form, GovDateField

PIECES = st.one_of(
    st.text(max_size=8),
    st.integers(-5, 40).map(str),
    st.integers(0, 10**30).map(str),
    st.sampled_from(["", " ", "31", "29", "2", "02", "Feb", "Sept.", "2026", "26", "0", "²", "٣", "12th", "9" * 5_000]),
)
DAYS = st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))


class Meeting(Form):
    held_on = GovDateField("When did the team meet?", needed="Write the date of the meeting")
    others = FieldList(GovDateField("Other date"))


def read(app: Flask, data: object) -> Meeting:
    with app.test_request_context("/", method="POST"):
        form = Meeting(MultiDict(data), meta={"csrf": False})
        form.validate()
        return form


def tried(written: Written) -> tuple[date | None, DateFault | None]:
    try:
        return read_date(written), None
    except DateFault as fault:
        return None, fault


@settings(max_examples=400, deadline=None)
@given(st.tuples(PIECES, PIECES, PIECES))
@example(("31", "2", "2026"))
@example(("", "", "9" * 5_000))
@example(("\ud800", "1", "2026"))
def test_whatever_is_written_is_a_date_or_nothing_or_one_sentence_about_some_parts(
    written: tuple[str, str, str],
) -> None:
    found, fault = tried(Written(*written))
    if fault is None:
        assert found is None or FIRST_YEAR <= found.year <= LAST_YEAR
    else:
        assert fault.parts
        assert set(fault.parts) <= set(PARTS)
        assert re.fullmatch(r"[a-z].*\.", str(fault))


@settings(max_examples=200, deadline=None)
@given(DAYS)
def test_every_date_is_understood_in_the_ways_people_write_it(day: date) -> None:
    year = str(day.year)
    ways = [
        (str(day.day), str(day.month), year),
        (f" {day:%d} ", f"{day:%m}", year),
        (f"{day.day}th", f"{day:%B}".upper(), year),
        (str(day.day), f"{day:%b}.", year),
        (date_words(day), "", ""),
        (f"{day:%d/%m/%Y}", "", ""),
        (f"{day:%d.%m.%Y}", " ", "\u200b"),
        (day.isoformat(), "", ""),
    ]
    for way in ways:
        assert read_date(Written(*way)) == day, way


@pytest.mark.parametrize(
    ("written", "message", "parts"),
    [
        (("31", "2", "2026"), "there is no 31 February in 2026.", ("day",)),
        (("29", "2", "2025"), "there is no 29 February in 2025.", ("day",)),
        (("12", "6", "26"), "write the year with all four figures.", ("year",)),
        (("12/6/26", "", ""), "write the year with all four figures.", ("year",)),
        (("12", "", "2026"), "add the month.", ("month",)),
        (("12", "", ""), "add the month and year.", ("month", "year")),
        (("", "6", "2026"), "add the day.", ("day",)),
        (("32", "6", "2026"), "the day must be a number from 1 to 31.", ("day",)),
        (("x", "6", "2026"), "the day must be a number from 1 to 31.", ("day",)),
        (("12", "13", "2026"), "the month must be a number from 1 to 12, or its name.", ("month",)),
        (("12", "Ju", "2026"), "the month must be a number from 1 to 12, or its name.", ("month",)),
        (("12", "6", "0202"), "the year must be four figures, and not long ago or far ahead.", ("year",)),
        (("12", "6", "20266"), "the year must be four figures, and not long ago or far ahead.", ("year",)),
    ],
)
def test_each_thing_amiss_has_its_own_sentence_and_names_the_part(
    written: tuple[str, str, str], message: str, parts: tuple[str, ...]
) -> None:
    with pytest.raises(DateFault) as fault:
        read_date(Written(*written))
    assert (str(fault.value), fault.value.parts) == (message, parts)


def test_the_twenty_ninth_of_february_of_a_leap_year_is_a_date() -> None:
    assert read_date(Written("29", "2", "2028")) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ([], Fault("held_on-day", "Write the date of the meeting")),
        ([("held_on", "12 June 2026")], Fault("held_on-day", "Write the date of the meeting")),
        ([("held_on-day", "12")], Fault("held_on-month", "When did the team meet: add the month and year.")),
        ([("held_on-day", "31"), ("held_on-month", "2"), ("held_on-year", "2026")],
         Fault("held_on-day", "When did the team meet: there is no 31 February in 2026.")),
        ([("held_on-day", "1"), ("held_on-month", "1"), ("held_on-year", "26")],
         Fault("held_on-year", "When did the team meet: write the year with all four figures.")),
    ],
)  # fmt: skip
def test_missing_parts_are_a_fault_that_leads_to_the_first_wrong_box(
    small: Flask, data: list[tuple[str, str]], fault: Fault
) -> None:
    assert read(small, data).faults == [fault]


def test_of_parts_sent_twice_the_first_counts(small: Flask) -> None:
    form = read(
        small, [(f"held_on-{p}", v) for p in PARTS for v in ({"day": "12", "month": "6", "year": "2026"}[p], "x")]
    )
    assert (form["held_on"].data, form.faults) == (date(2026, 6, 12), [])


def test_what_was_written_comes_back_as_it_was_written(small: Flask) -> None:
    form = read(small, {"held_on-day": "31st", "held_on-month": "Febuary", "held_on-year": "26"})
    assert form["held_on"].written == Written("31st", "Febuary", "26")


def test_a_date_that_was_given_before_stands_in_the_boxes(small: Flask) -> None:
    with small.test_request_context("/"):
        assert Meeting(data={"held_on": date(2026, 6, 2)})["held_on"].written == Written("2", "6", "2026")


def test_rows_of_dates_are_read_too(small: Flask) -> None:
    data = {
        f"others-{n}-{part}": value for n in (0, 4) for part, value in zip(PARTS, ("1", "May", "2026"), strict=True)
    }
    assert read(small, data)["others"].data == [date(2026, 5, 1)] * 2
