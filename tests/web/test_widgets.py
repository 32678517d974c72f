"""Fields as they stand on a page: whole components, valid HTML, and what was typed given back to the letter."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.test import TestResponse

from app.text import clean, is_blank
from app.web import widgets
from app.web.forms import Choice, ChoiceField, CountField, Form, GovDateField, LineField, TicksField, WordsField
from tests.web.small import EveryField, by_id, tree, with_class, words

Send = Callable[..., TestResponse]
NASTY = "<script>alert(1)</script> {{7*7}} \"quoted\" 'single' & &amp; typed-"


class Looks(Form):
    line = LineField("Line")
    count = CountField("Count")
    words = WordsField("Words", rows=3)
    day = GovDateField("Day")
    one = ChoiceField("One", choices=[Choice("a", "A", ""), Choice("b", "B")])
    many = TicksField("Many", choices=[("a", "A"), ("b", "B")])
    inner = WordsField("Inner")


def piece(markup: object) -> Element:
    found: Element = html5lib.parseFragment(str(markup), namespaceHTMLElements=False)
    return found


def test_the_page_with_every_field_is_html_in_every_state(browser: FlaskClient, send: Send) -> None:
    for answer in (
        browser.get("/"),
        send({}),
        send({"title": NASTY, "words": NASTY, "held_on-day": NASTY, "other": NASTY}),
    ):
        page = tree(answer)
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert "style" not in {name for element in page.iter() for name in element.attrib}


def test_whatever_describes_a_field_is_there_and_says_something(browser: FlaskClient, send: Send) -> None:
    for answer in (browser.get("/"), send({})):
        page = tree(answer)
        described = [element.get("aria-describedby") for element in page.iter() if element.get("aria-describedby")]
        assert described
        for name in " ".join(filter(None, described)).split():
            assert words(by_id(page, name))


def test_a_field_without_a_description_has_no_hint(browser: FlaskClient) -> None:
    page = tree(browser.get("/"))
    assert {hint.get("id") for hint in with_class(page, "govuk-hint")} == {
        "title-hint",
        "held_on-hint",
        "teams-item-hint",
    }


def test_every_input_has_a_label_and_every_group_a_legend(browser: FlaskClient) -> None:
    page = tree(browser.get("/"))
    labelled = {label.get("for") for label in page.iter("label")}
    for element in page.iter():
        if element.tag in ("input", "textarea", "select") and element.get("type") not in ("hidden", "submit"):
            assert element.get("id") in labelled, element.attrib
    for group in page.iter("fieldset"):
        assert words(next(iter(group.iter("legend"))))


def test_a_browser_is_told_how_to_help(browser: FlaskClient) -> None:
    page = tree(browser.get("/"))
    found = {name: by_id(page, name) for name in ("email", "code", "present", "held_on-day", "held_on-month")}
    assert (found["email"].get("type"), found["email"].get("autocomplete"), found["email"].get("spellcheck")) == (
        "email",
        "email",
        "false",
    )
    assert (found["code"].get("autocomplete"), found["code"].get("inputmode")) == ("one-time-code", "numeric")
    assert found["present"].get("inputmode") == found["held_on-day"].get("inputmode") == "numeric"
    assert found["held_on-month"].get("inputmode") == "text"


def test_only_the_wrong_part_of_a_date_is_marked(send: Send) -> None:
    page = tree(send({"held_on-day": "12", "held_on-month": "6", "held_on-year": "26"}))
    marked = [
        p for p in ("day", "month", "year") if "govuk-input--error" in (by_id(page, f"held_on-{p}").get("class") or "")
    ]
    assert marked == ["year"]


def test_everything_typed_comes_back_beside_the_faults(send: Send) -> None:
    typed = {
        "title": NASTY,
        "present": "many",
        "held_on-day": "<b>",
        "words": "\n\n" + NASTY,
        "setting": "other",
        "other": "one\n  two\n\tthree",
        "teams": ["8"],
        "agreed": "yes",
        "pick": "y",
        "actions-1-what": NASTY,
    }
    page = tree(send(typed))
    values = {name: by_id(page, name).get("value") for name in ("title", "present", "held_on-day", "actions-1-what")}
    assert values == {"title": NASTY, "present": "many", "held_on-day": "<b>", "actions-1-what": NASTY}
    assert by_id(page, "words").text == "\n\n" + NASTY
    assert by_id(page, "other").text == "one\n  two\n\tthree"
    chosen = {e.get("id") for e in page.iter() if e.get("checked") is not None or e.get("selected") is not None}
    assert {"setting-2", "teams-2", "agreed"} <= chosen
    assert [option.get("value") for option in page.iter("option") if option.get("selected") is not None] == ["y"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(codec="utf-8")))
@example("\n")
@example("\n\n x")
@example("a\n    b\n\tc ")
@example("</textarea><script>")
def test_a_text_box_gives_back_every_text_even_inside_a_choice(small: Flask, text: str) -> None:
    kept = clean(text)
    with small.test_request_context("/", method="POST", data={"inner": text, "words": text}):
        form = Looks(meta={"csrf": False})
        alone, within = piece(form.words()), piece(form.one(reveals={"b": form.inner}))
    expected = "" if is_blank(kept) else kept
    assert (by_id(alone, "words").text or "") == expected
    assert (by_id(within, "inner").text or "") == expected


def test_a_text_box_may_stand_inside_a_template_that_indents_it(small: Flask) -> None:
    with small.test_request_context("/", method="POST", data={"words": "one\n two\n\nthree"}):
        shown = str(Looks(meta={"csrf": False}).words()).replace("\n", "\n    ")
    assert by_id(piece(shown), "words").text == "one\n two\n\nthree"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(codec="utf-8")))
@example('" onfocus="x')
def test_a_line_gives_back_every_text_within_its_own_quotes(small: Flask, text: str) -> None:
    with small.test_request_context("/", method="POST", data={"line": text}):
        form = Looks(meta={"csrf": False})
        box = by_id(piece(form.line()), "line")
        assert (box.get("value") or "") == form.line.data
        assert set(box.attrib) <= {"class", "id", "name", "type", "value"}


def test_what_a_component_remembers_never_mixes_people_up(small: Flask) -> None:
    shown = []
    for text in ("first person", "", "second person", "first person"):
        with small.test_request_context("/", method="POST", data={"line": text, "words": text, "day-day": text[:5]}):
            form = Looks(meta={"csrf": False})
            shown.append(str(form.line()) + str(form.words()) + str(form.day()))
    assert ["first" in one for one in shown] == [True, False, False, True]
    assert ["second" in one for one in shown] == [False, False, True, False]
    assert shown[0] == shown[3]


def test_what_was_typed_and_what_is_wrong_with_it_are_not_remembered(small: Flask) -> None:
    with small.test_request_context("/", method="POST", data={"line": "canary", "words": "canary", "count": "canary"}):
        form = Looks(meta={"csrf": False})
        form.validate()
        form.refuse("canary in a refusal", "many")
        for field in form:
            assert str(field())
        assert str(form.one(reveals={"a": form.words}))
    assert "canary" not in repr(widgets._remembered)


def test_text_and_markup_of_the_same_letters_are_remembered_apart(small: Flask) -> None:
    with small.test_request_context("/"):
        as_markup = widgets.component("tag", {"text": Markup("<b>x</b>")})
        as_text = widgets.component("tag", {"text": "<b>x</b>"})
    assert "<b>x</b>" in as_markup
    assert "<b>" not in as_text


def test_the_memory_of_components_has_an_end(small: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widgets, "_MOST_REMEMBERED", 20)
    with small.test_request_context("/"):
        for number in range(100):
            assert str(number) in widgets.component("tag", {"text": str(number)})
    assert len(widgets._remembered) <= 20


def test_a_size_and_a_heading_can_be_asked_for(small: Flask) -> None:
    with small.test_request_context("/"):
        form = Looks(meta={"csrf": False})
        line, one = piece(form.line(size="l", heading=True)), piece(form.one(size="m", heading=True))
    assert "govuk-label--l" in (next(iter(line.iter("label"))).get("class") or "")
    assert words(next(iter(line.iter("h1")))) == "Line"
    assert "govuk-fieldset__legend--m" in (next(iter(one.iter("legend"))).get("class") or "")
    assert words(next(iter(one.iter("h1")))) == "One"


def test_rows_classes_hints_and_attributes_can_be_changed_in_the_template(small: Flask) -> None:
    with small.test_request_context("/"):
        form = Looks(meta={"csrf": False})
        box = by_id(piece(form.words(rows=9, hint="How?", data_x="1")), "words")
        line = by_id(piece(form.count(class_="wide", autocomplete="on")), "count")
    assert (box.get("rows"), box.get("aria-describedby"), box.get("data-x")) == ("9", "words-hint", "1")
    assert {"govuk-input--width-4", "wide"} <= set((line.get("class") or "").split())
    assert line.get("autocomplete") == "on"


def test_what_an_answer_reveals_puts_no_attribute_on_the_radio_that_it_may_not_have(small: Flask) -> None:
    with small.test_request_context("/"):
        form = Looks(meta={"csrf": False})
        shown = str(form.one(reveals={"b": form.inner})) + str(form.many(reveals={"a": form.words}))
    assert "aria-controls" not in shown
    assert "--hidden" not in shown
    assert words(by_id(piece(shown), "conditional-one-2")) == "Inner"


def test_the_token_has_no_id_so_that_a_page_may_hold_several(browser: FlaskClient) -> None:
    (field,) = (e for e in tree(browser.get("/")).iter("input") if e.get("name") == "csrf_token")
    assert field.get("id") is None


def test_every_field_has_its_component(small: Flask) -> None:
    with small.test_request_context("/"):
        form = EveryField()
        for field in form:
            if field.name not in ("csrf_token", "actions"):
                assert "govuk-form-group" in str(field())
