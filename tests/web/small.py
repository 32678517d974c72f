"""A small app of web furniture alone: a form with every kind of field, and views that fail in every way."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import sqlalchemy.exc
from flask import Flask, abort, request
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.test import TestResponse

from app import errors
from app.settings import ROOT, Settings
from app.web import page, public
from app.web.forms import (
    Choice,
    ChoiceField,
    CodeField,
    CountField,
    EmailField,
    FieldList,
    Form,
    FormField,
    GovDateField,
    LineField,
    Part,
    PickField,
    TickField,
    TicksField,
    WordsField,
)
from app.web.setup import init_app
from app.web.typed import typed_text

GOOD = {
    "title": "A title",
    "email": "leader@example.org",
    "code": "1234 5678",
    "held_on-day": "12",
    "held_on-month": "June",
    "held_on-year": "2026",
    "present": "8",
    "words": "They said this.",
    "setting": "other",
    "agreed": "yes",
    "pick": "y",
    "actions-0-what": "Read it",
    "actions-1-what": "Read it again",
}
"""Good answers to `EveryField`."""


class Setting(enum.StrEnum):
    TEAM = "team_meeting"
    OTHER = "other"


class Action(Part):
    what = LineField("What will be done", needed="Write what will be done")


class EveryField(Form):
    title = LineField("Short title", description="A few words.", needed="Write a title")
    email = EmailField("Email address", needed="Write your email address")
    code = CodeField("Code", needed="Write the code")
    held_on = GovDateField("When did the team meet?", description="For example, 12 6 2026.", needed="Write the date")
    present = CountField("How many were present", needed="Write how many were present")
    words = WordsField("What did the team say?", needed="Write what the team said")
    setting = ChoiceField("Setting", choices=Setting, needed="Choose the setting")
    other = WordsField("What was it?")
    teams = TicksField("Teams", choices=[Choice(7, "Health visiting", "The first one"), (8, "School nursing")])
    agreed = TickField("We agree", needed="Tick to go on")
    pick = PickField("Organisation", choices={"x": "A trust", "y": "A school"}, needed="Choose an organisation")
    actions = FieldList(FormField(Action), min_entries=2)


PAGES = {
    "form.html": """{% extends "layout/base.html" %}
        {% from "layout/parts.html" import button, back_link %}
        {% block title %}Record{% endblock %}
        {% block before_content %}{{ back_link("/") }}{% endblock %}
        {% block content %}<h1>Record</h1><form method="post" novalidate>{{ form.csrf_token }}
        {% for field in form if field.name not in ("csrf_token", "actions", "other", "setting") %}
        {{ field }}{% endfor %}
        {{ form.setting(reveals={"other": form.other}) }}
        {% for action in form.actions %}{{ action.form.what }}{% endfor %}
        {{ button("Send") }}</form>{% endblock %}""",
    "parts.html": """{% extends "layout/public.html" %}
        {% from "layout/parts.html" import status, typed, summary, scroll, link_button %}
        {% from "layout/charts.html" import funnel, bars %}
        {% block title %}Parts{% endblock %}
        {% block content %}<h1>Parts</h1>{{ status("Started", "blue") }}{{ typed(words) }}{{ typed("", "None") }}
        {{ summary([("Date", "12 June 2026", "/change", "the date"), ("Words", words), ("Nobody", none)]) }}
        {% call scroll("Wide") %}<table><caption>Wide</caption><tr><th scope="col">A</th></tr></table>{% endcall %}
        {{ funnel("From asked to shared", [("Asked", 30), ("Shared", 7)]) }}
        {{ bars("Who knows", [("A thing", [3, 0])], ["Yes", "Not yet"], "Question") }}
        {{ link_button("On", "/") }}{% endblock %}""",
}


class Whole(FlaskClient):
    """A client that reads every answer to its end, so that no file stays open."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


def small_app(form: type[Form] = EveryField, *, service_url: str = "http://localhost", **config: Any) -> Flask:
    """An app with the furniture, a page with a form at `/` and views under `/fail/` that end in every way."""
    app = Flask("small", static_folder=str(ROOT / "app/static"), static_url_path="/static")
    app.secret_key = "for tests only, 32 characters or more"
    app.config.update(SETTINGS=Settings(service_url=service_url, data_dir=Path("unused")))
    init_app(app)
    app.config.update(TESTING=True, **config)
    app.test_client_class = Whole
    assert app.jinja_env.loader is not None
    app.jinja_env.loader = ChoiceLoader([DictLoader(PAGES), app.jinja_env.loader])
    _form_page(app, form)
    _failing_pages(app)
    return app


def _form_page(app: Flask, kind: type[Form]) -> None:
    @app.route("/", methods=["GET", "POST"])
    @public
    def show() -> Any:
        form = kind()
        if form.validate():
            with form.refusals():
                if request.form.get("title") == "refuse":
                    raise errors.Invalid("The meeting was on another day.", "held_on")
                return "sent"
        return page("form.html", form=form)

    @app.get("/parts")
    def parts() -> Any:
        return page("parts.html", words="one\n  two <b>\u202e")


def _failing_pages(app: Flask) -> None:
    def fail(how: str) -> Any:
        FAILURES[how]()
        return "not reached"

    app.add_url_rule("/fail/<how>", "fail", fail, methods=["GET", "POST"])


def _raise(fault: Exception) -> Callable[[], None]:
    def act() -> None:
        raise fault

    return act


FAILURES: dict[str, Callable[[], Any]] = {
    "403": _raise(errors.Denied("Only the safeguarding lead can do that.")),
    "404": _raise(errors.NotFound("There is a secret here.")),
    "409": _raise(errors.Conflict()),
    "422": _raise(errors.Invalid("That day has not come yet.")),
    "429": _raise(errors.TooMany()),
    "500": _raise(ZeroDivisionError("canary in a message")),
    "503": _raise(errors.Unavailable()),
    "signed-out": _raise(errors.NotSignedIn()),
    "locked": _raise(sqlalchemy.exc.OperationalError("INSERT canary", {"words": "canary"}, Exception("it is locked"))),
    "pool": _raise(sqlalchemy.exc.TimeoutError("canary")),
    "400": lambda: abort(400),
    "418": lambda: abort(418),
    "typed": lambda: abort(400) if typed_text(request) else abort(404),
}


def tree(response: TestResponse) -> Element:
    """The page as a tree; raises where it is not HTML that a strict parser takes."""
    parsed: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.text)
    return parsed


def by_id(root: Element, name: str) -> Element:
    """The one element with an id."""
    (found,) = (element for element in root.iter() if element.get("id") == name)
    return found


def with_class(root: Element, name: str) -> list[Element]:
    """The elements that have a class."""
    return [element for element in root.iter() if name in (element.get("class") or "").split()]


def words(element: Element) -> str:
    """The text of an element and all in it, white space folded."""
    return " ".join("".join(element.itertext()).split())


def token(response: TestResponse) -> str:
    """The token of the form on a page."""
    return next(e.get("value", "") for e in tree(response).iter("input") if e.get("name") == "csrf_token")
