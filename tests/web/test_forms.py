"""The form base: what enters, what is said about it, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.errors import Conflict, Invalid
from app.text import clean, is_blank
from app.web.forms import MOST_CHARACTERS, Fault, FieldList, Form, FormField, LineField, Part, TickField, WordsField
from tests.web.small import GOOD, EveryField, by_id, tree, with_class, words

Send = Callable[..., TestResponse]


class Row(Part):
    what = LineField("What")


class Rows(Form):
    title = LineField("Title", max_length=5)
    ticked = TickField("Tick", default=True)
    words = WordsField("Words")
    rows = FieldList(FormField(Row))
    lines = FieldList(LineField("Line", needed="Write a line"))


def posted(app: Flask, kind: type[Form] = Rows, **request: Any) -> Form:
    with app.test_request_context("/", method="POST", **request):
        form = kind(meta={"csrf": False})
        form.validate()
        return form


def test_a_form_with_every_answer_given_is_taken(send: Send) -> None:
    assert send(GOOD).text == "sent"


def test_nobody_present_is_an_answer(send: Send) -> None:
    assert send({**GOOD, "present": "0"}).text == "sent"


def test_an_empty_form_says_once_for_each_field_what_is_needed_and_answers_422(send: Send) -> None:
    answer = send({})
    summary = with_class(tree(answer), "govuk-error-summary__list")[0]
    said = [(link.get("href"), words(link)) for link in summary.iter("a")]
    assert answer.status_code == 422
    assert said == [
        ("#title", "Write a title"),
        ("#email", "Write your email address"),
        ("#code", "Write the code"),
        ("#held_on-day", "Write the date"),
        ("#present", "Write how many were present"),
        ("#words", "Write what the team said"),
        ("#setting", "Choose the setting"),
        ("#agreed", "Tick to go on"),
        ("#pick", "Choose an organisation"),
        ("#actions-0-what", "Write what will be done"),
        ("#actions-1-what", "Write what will be done"),
    ]


def test_every_line_of_the_summary_leads_to_something_that_takes_focus(send: Send) -> None:
    page = tree(send({}))
    for link in with_class(page, "govuk-error-summary__list")[0].iter("a"):
        assert by_id(page, (link.get("href") or "")[1:]).tag in ("input", "textarea", "select")


def test_the_title_of_a_page_with_faults_begins_with_error(send: Send) -> None:
    assert [words(t) for t in tree(send({})).iter("title")] == ["Error: Record – Learning circulation"]


def test_a_refusal_of_a_service_stands_on_the_field_it_names(send: Send) -> None:
    answer = send({**GOOD, "title": "refuse"})
    assert answer.status_code == 422
    assert words(by_id(tree(answer), "held_on-error")) == "Error: The meeting was on another day."


def test_a_refusal_without_a_field_or_with_an_unknown_one_stands_on_the_form(small: Flask) -> None:
    with small.test_request_context("/", method="POST"):
        for name in (None, "nothing", "csrf_token_"):
            form = Rows(meta={"csrf": False})
            with form.refusals():
                raise Invalid("Not like that.", name)
            assert form.faults == [Fault("", "Not like that.")]


def test_a_refusal_can_name_a_field_of_a_row(small: Flask) -> None:
    with small.test_request_context("/", method="POST", data={"rows-0-what": "a", "rows-1-what": "b"}):
        for name in ("rows-1-what", "rows.1.what"):
            form = Rows(meta={"csrf": False})
            form.refuse("Not that.", name)
            assert form.faults == [Fault("rows-1-what", "Not that.")]


def test_a_refusal_of_the_rows_themselves_leads_to_the_first_of_them(small: Flask) -> None:
    with small.test_request_context("/", method="POST", data={"rows-0-what": "a"}):
        form = Rows(meta={"csrf": False})
        form.refuse("Too many of these.", "rows")
        assert form.faults == [Fault("rows-0-what", "Too many of these.")]


def test_other_refusals_go_on_to_their_own_page(small: Flask) -> None:
    with small.test_request_context("/", method="POST"):
        form = Rows(meta={"csrf": False})
        with pytest.raises(Conflict), form.refusals():
            raise Conflict


def test_rows_with_a_fault_show_the_fault_and_no_empty_line(small: Flask) -> None:
    form = posted(small, data={"lines-0": "good", "lines-1": ""})
    assert form.faults == [Fault("lines-1", "Write a line")]


def test_an_empty_body_is_an_empty_form_and_not_the_defaults(small: Flask) -> None:
    assert posted(small)["ticked"].data is False


def test_a_form_that_is_only_shown_has_its_defaults_and_no_faults(small: Flask) -> None:
    with small.test_request_context("/?title=typed"):
        form = EveryField()
        assert not form.validate()
        assert form.faults == []
        assert form["title"].data == ""


def test_of_two_answers_under_one_name_the_first_counts_and_unknown_names_are_ignored(small: Flask) -> None:
    form = posted(small, data={"title": ["one", "two"], "is_admin": "1", "title ": "x"})
    assert form["title"].data == "one"
    assert "is_admin" not in form.data


@pytest.mark.parametrize("key", ["rows-²-what", "rows-\u0663-what", "rows-" + "9" * 5_000 + "-what", "rows-\ud800"])
def test_a_key_that_no_page_of_ours_makes_is_dropped(small: Flask, key: str) -> None:
    assert posted(small, json={key: "x"})["rows"].data == []


def test_a_lone_surrogate_is_a_fault_on_its_field_and_the_rest_of_the_text_stays(small: Flask) -> None:
    form = posted(small, json={"words": "before \ud800 after\x00", "title": "kept"})
    assert form.faults == [
        Fault("words", "Part of this text arrived broken and cannot be kept. Type or paste it again.")
    ]
    assert form["words"].shown() == "before \ufffd after"
    assert form["title"].data == "kept"


def test_a_lone_surrogate_in_a_part_of_a_date_is_a_fault_of_the_date(small: Flask) -> None:
    date = {"held_on-day": "\ud800", "held_on-month": "6", "held_on-year": "2026"}
    fault = next(fault for fault in posted(small, EveryField, json=date).faults if fault.id == "held_on-day")
    assert fault.message.startswith("Part of this text arrived broken")


def test_json_that_is_no_object_of_strings_is_an_empty_form(small: Flask) -> None:
    for body in ([1], "text", 5, None, {"title": 5, "ticked": True}, {"title": {"a": "b"}, "ticked": [1]}):
        form = posted(small, json=body)
        assert (form["title"].data, form["ticked"].data) == ("", False)


def test_text_that_is_too_long_is_counted_in_the_sentence_and_stays(small: Flask) -> None:
    form = posted(small, data={"title": "sixsix"})
    assert form.faults == [Fault("title", "Title: this is 6 characters long. Keep it to 5 or fewer.")]
    assert form["title"].shown() == "sixsix"


def test_an_answer_of_one_hundred_thousand_characters_is_taken_and_one_more_is_not(small: Flask) -> None:
    assert posted(small, data={"words": "é" * 100_000}).faults == []
    assert posted(small, data={"words": "é" * 100_001}).faults[0].id == "words"


def test_line_ends_are_counted_as_one_character_each(small: Flask) -> None:
    assert posted(small, data={"words": "\r\n" * 50_000 + "x"})["words"].data == "\n" * 50_000 + "x"


def test_all_answers_together_have_a_limit_of_their_own(small: Flask) -> None:
    data = {f"rows-{n}-what": "x" * 1_000 for n in range(MOST_CHARACTERS // 1_000)}
    assert [fault.id for fault in posted(small, data=data).faults if not fault.id] == []
    form = posted(small, data={**data, "title": "x"})
    assert form.faults[0].message.startswith("This is 300,001 characters altogether.")


def test_a_body_of_four_megabytes_is_taken(small: Flask) -> None:
    with small.test_request_context("/", method="POST", data={"words": "\N{GRINNING FACE}" * 100_000}):
        form = Rows(meta={"csrf": False})
        form.validate()
        assert len(form["words"].data) == 100_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_every_text_a_browser_can_send_is_kept_as_the_text_function_has_it(small: Flask, text: str) -> None:
    kept = posted(small, data={"words": text})["words"].data
    sent = text.encode("utf-8", "replace").decode()
    assert kept == ("" if is_blank(clean(sent)) else clean(sent))
