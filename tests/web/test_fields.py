"""Lines, counts, addresses, codes and choices: what each forgives and what each says."""

from __future__ import annotations

import enum
from time import process_time
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms.validators import DataRequired, Optional

from app.web.forms import (
    Choice,
    ChoiceField,
    CodeField,
    CountField,
    EmailField,
    Form,
    GovDateField,
    LineField,
    PickField,
    TickField,
    TicksField,
)


class Shade(enum.Enum):
    LIGHT = 1
    DARK = 2

    @property
    def words(self) -> str:
        return f"A {self.name.lower()} one"


class Answers(Form):
    line = LineField("Line")
    count = CountField("How many were present?", minimum=0, maximum=500)
    some = CountField("Some", minimum=1)
    email = EmailField("Email")
    code = CodeField("Code")
    shade = ChoiceField("Shade", choices=Shade)
    later = ChoiceField("Later")
    pick = PickField("Pick", choices=[("a", "A"), ("", "Nobody")])
    ticks = TicksField("Ticks", choices=["x", "y", "z"])
    tick = TickField("Tick")
    day = GovDateField("Day", validators=[Optional()])
    due = GovDateField("Due", validators=[Optional(), DataRequired("Write when")])


def read(app: Flask, data: object = (), **kwargs: Any) -> Answers:
    with app.test_request_context("/", method="POST"):
        form = Answers(MultiDict(data), meta={"csrf": False}, **kwargs)
        form.later.choices = [Choice(12, "Twelve")]
        form.validate()
        return form


def said(form: Form, name: str) -> str:
    return next((fault.message for fault in form.faults if fault.id.startswith(name)), "")


@pytest.mark.parametrize(
    ("typed", "number"),
    [("8", 8), (" 8 ", 8), ("1 2", 12), ("0", 0), ("007", 7), ("+8", 8), ("8.0", 8), ("8.", 8), ("\u00a08", 8),
     ("１２", 12), ("٣", 3), ("5,0", 50), ("500", 500), ("", None), ("  ", None), ("\u200b", None)],
)  # fmt: skip
def test_a_count_is_read_as_people_write_numbers(small: Flask, typed: str, number: int | None) -> None:
    form = read(small, {"count": typed})
    assert (form["count"].data, form.faults) == (number, [])


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("count", "501", "How many were present: the most that can be written here is 500."),
        ("count", "9" * 1_000_000, "How many were present: the most that can be written here is 500."),
        ("count", "-1", "How many were present: this cannot be less than 0."),
        ("count", "\u22123", "How many were present: this cannot be less than 0."),
        ("some", "0", "Some: this cannot be less than 1."),
        ("count", "2.5", "How many were present: write a whole number, without a fraction."),
        ("count", "eight", "How many were present: write a whole number in figures, such as 8."),
        ("count", "²", "How many were present: write a whole number in figures, such as 8."),
        ("count", "1e3", "How many were present: write a whole number in figures, such as 8."),
    ],
)
def test_a_count_that_cannot_be_used_has_a_sentence_and_comes_back(
    small: Flask, name: str, typed: str, sentence: str
) -> None:
    form = read(small, {name: typed})
    assert said(form, name) == sentence
    assert form[name].shown() == typed
    assert form[name].data is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=12), st.from_regex(r"[-+ ]?[0-9.,' ]{0,9}", fullmatch=True)))
def test_whatever_is_typed_for_a_count_is_a_number_in_range_or_nothing_or_one_sentence(
    small: Flask, typed: str
) -> None:
    form = read(small, {"count": typed})
    number = form["count"].data
    assert number is None or 0 <= number <= 500
    assert len(form.faults) <= 1
    assert form["count"].shown() or not form.faults


def test_a_count_that_was_given_before_is_shown_zero_too(small: Flask) -> None:
    with small.test_request_context("/"):
        assert Answers(data={"count": 0})["count"].shown() == "0"


def test_a_line_is_one_line(small: Flask) -> None:
    assert read(small, {"line": " Subject\r\nBcc: you \u202e x\n"})["line"].data == "Subject Bcc: you x"


def test_a_line_of_nothing_that_can_be_seen_is_empty(small: Flask) -> None:
    assert read(small, {"line": " \u200b\u2060 "})["line"].data == ""


@pytest.mark.parametrize(
    "typed",
    ["a@example.org", " a.b+c@sub.example.nhs.net ", "mailto:a@example.org", "o'neil@example.org", "é@exämple.org"],
)
def test_an_address_in_full_is_taken(small: Flask, typed: str) -> None:
    form = read(small, {"email": typed})
    assert form.faults == []
    assert form["email"].data == typed.strip().removeprefix("mailto:")


@pytest.mark.parametrize(
    "typed", ["a", "a@b", "a@@example.org", "@example.org", "a@example.", "a@.org", "<a@example.org>"]
)
def test_an_address_that_is_not_one_has_a_sentence(small: Flask, typed: str) -> None:
    assert said(read(small, {"email": typed}), "email") == "Write the email address in full, like name@example.org"


def test_two_addresses_are_not_one(small: Flask) -> None:
    assert said(read(small, {"email": "a@example.org,b@example.org"}), "email")


@pytest.mark.parametrize("typed", ["0" * 100_000 + "x", "1" * 100_000 + "x", "." * 100_000, "0" * 100_000])
def test_an_adversarial_count_takes_no_time(small: Flask, typed: str) -> None:
    began = process_time()
    read(small, {"count": typed})
    assert process_time() - began < 2, "minutes, while it holds the right to write"


def test_an_adversarial_address_takes_no_time(small: Flask) -> None:
    assert said(read(small, {"email": "a@" + "a." * 120}), "email")
    assert said(read(small, {"email": "a" * 100_000}), "email")


@pytest.mark.parametrize(
    "typed", ["12345678", "1234 5678", "1234-5678", "12 34 56 78", "１２３４５６７８", "1234\u20115678"]
)
def test_a_code_is_read_with_spaces_and_hyphens(small: Flask, typed: str) -> None:
    form = read(small, {"code": typed})
    assert (form["code"].data, form.faults) == ("12345678", [])


def test_a_code_of_another_length_or_with_letters_has_a_sentence(small: Flask) -> None:
    assert said(read(small, {"code": "1234567"}), "code") == (
        "The code has 8 digits, and this has 7. Look at the email again."
    )
    assert said(read(small, {"code": "1234567a"}), "code").startswith("The code is 8 digits and nothing else.")


def test_a_choice_of_an_enumeration_comes_back_as_its_member_with_its_words(small: Flask) -> None:
    form = read(small, {"shade": "2"})
    assert form["shade"].data is Shade.DARK
    assert [choice.label for choice in form["shade"].choices] == ["A light one", "A dark one"]


def test_choices_set_after_the_form_was_made_count(small: Flask) -> None:
    assert read(small, {"later": "12"})["later"].data == 12


def test_an_answer_that_is_not_offered_is_a_fault_and_not_the_data(small: Flask) -> None:
    form = read(small, [("shade", "3"), ("later", "13"), ("pick", "b"), ("ticks", "x"), ("ticks", "w")])
    assert [fault.id for fault in form.faults] == ["shade", "later", "pick", "ticks"]
    assert (form["shade"].data, form["later"].data, form["pick"].data, form["ticks"].data) == (None, None, None, ["x"])


def test_nothing_chosen_is_no_fault_where_nothing_is_needed(small: Flask) -> None:
    form = read(small)
    assert form.faults == []
    assert (form["shade"].data, form["pick"].data, form["ticks"].data, form["tick"].data) == (None, None, [], False)


def test_ticks_come_back_in_the_order_shown(small: Flask) -> None:
    assert read(small, [("ticks", "z"), ("ticks", "x"), ("ticks", "z")])["ticks"].data == ["x", "z"]


def test_of_two_answers_to_a_choice_the_first_counts(small: Flask) -> None:
    assert read(small, [("shade", "2"), ("shade", "1")])["shade"].data is Shade.DARK


def test_defaults_of_choices_are_values(small: Flask) -> None:
    with small.test_request_context("/"):
        form = Answers(data={"shade": Shade.DARK, "ticks": ["y"], "tick": True, "pick": "a"})
        assert (form["shade"].data, form["ticks"].data, form["tick"].data, form["pick"].data) == (
            Shade.DARK,
            ["y"],
            True,
            "a",
        )


def test_the_validators_of_wtforms_neither_hide_nor_replace_what_is_said_of_unreadable_text(small: Flask) -> None:
    half = {"due-day": "", "due-month": "2", "due-year": "2026", "day-month": "x"}
    form = read(small, half)
    assert said(form, "due") == "Due: add the day."
    assert said(form, "day") == "Day: add the day and year."
