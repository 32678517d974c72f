"""A test client that reads every page it gets as strictly as a browser's developer would.

Each HTML answer is parsed and checked: language, title, one h1, a label for every field, ids used once, a token in
every form that posts. `post_form` fills the form that is on the page, so a test cannot send what it does not offer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask, current_app
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.database import db
from app.organisations.models import Person

NAMELESS = {"hidden", "submit", "button", "reset", "image"}


class Client(FlaskClient):
    """A browser without a window."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():  # a request of its own: nothing of the one before is left
            response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.data:
            check(parse(response))
        return response

    def as_person(self, person: Person | int) -> Client:
        """Sign in as a person, without the letter."""
        from app.accounts import guard, services

        key = person if isinstance(person, int) else person.id
        with db.writing() as session:
            found = session.get_one(Person, key)
            token = services.begin(session, found, now=now())
        name = guard.cookie_name(current_app.config["SETTINGS"])
        self.set_cookie(name, token, domain="localhost")
        return self

    def post_form(
        self, url: str, answers: dict[str, Any] | None = None, *, at: str = "", **kwargs: Any
    ) -> TestResponse:
        """Get a page, fill its form (the one whose action ends with `at`, else the first that posts) and post it."""
        page = parse(self.get(url))
        form = next(
            f for f in page.iter("form") if f.get("method", "").lower() == "post" and f.get("action", "").endswith(at)
        )
        values = {**filled(form), **(answers or {})}
        data = {name: value for name, value in values.items() if value is not None}
        with nothing_unasked(self.application):
            return self.post(form.get("action") or url, data=data, **kwargs)


@contextmanager
def nothing_unasked(app: Flask) -> Iterator[None]:
    """Fail where the log says that a form brought what its page does not ask for: the page itself must not."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    app.logger.addHandler(handler)
    try:
        yield
    finally:
        app.logger.removeHandler(handler)
    assert not [line for line in told if "does not ask for" in line], told


def parse(response: TestResponse) -> Element:
    """The page as a tree, to read, not to change; raises where it is not HTML that a strict parser takes."""
    read: Element | None = getattr(response, "read", None)
    if read is None:
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        read = response.read = parser.parse(response.get_data(as_text=True))
    return read


def filled(form: Element) -> dict[str, Any]:
    """What a browser would send of a form as it stands, without its buttons."""
    values: dict[str, Any] = {}
    for field in form.iter():
        name, kind = field.get("name"), field.get("type", "text")
        if not name or field.get("disabled") is not None:
            continue
        if field.tag == "textarea":
            values[name] = (field.text or "").removeprefix("\n")
        elif field.tag == "select":
            options = list(field.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            values[name] = [o.get("value", o.text) for o in chosen]
        elif field.tag == "input" and kind in ("checkbox", "radio"):
            if field.get("checked") is not None:
                values.setdefault(name, []).append(field.get("value", "on"))
        elif field.tag == "input" and kind not in ("submit", "button", "image", "file"):
            values[name] = field.get("value", "")
    return values


def check(page: Element) -> None:
    """Fail unless the page keeps the rules that every page keeps."""
    root = page if page.tag == "html" else page.find("html")
    assert root is not None and root.get("lang", "").startswith("en"), "the page does not say its language"
    title = root.find("head/title")
    assert title is not None and (title.text or "").strip(), "the page has no title"
    assert len(list(root.iter("h1"))) == 1, "a page has one h1"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids)), f"ids used twice: {sorted(i for i in set(ids) if ids.count(i) > 1)}"
    labelled = {label.get("for") for label in root.iter("label")}
    for field in root.iter():
        if field.tag in ("input", "select", "textarea") and field.get("type", "text") not in NAMELESS:
            named = field.get("id") in labelled or field.get("aria-label") or field.get("aria-labelledby")
            assert named, f"the field {field.get('name')} has no label"
    for form in root.iter("form"):
        if form.get("method", "get").lower() == "post":
            assert any(e.get("name") == "csrf_token" for e in form.iter("input")), "a form that posts has no token"
