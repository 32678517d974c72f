"""A committed scene and people who visit its pages; moments are those of the real clock, because pages ask it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app import clock
from app.database import Base, db
from app.organisations.models import Partnership, Person
from tests.client import Client, filled, parse
from tests.forwarding.scene import Scene

HOUR = timedelta(hours=1)


class Visits:
    """The app with a scene in it. `people` are those of the circle by name; `refs` what a test made."""

    def __init__(self, app: Flask, arrange: Callable[[Scene], dict[str, Any]] | None = None) -> None:
        self.app = app
        with db.writing() as session:
            scene = Scene(session)
            circle = scene.circle
            names = ("leader", "lead", "deputy", "officer", "reviewer", "noise_leader", "noise_lead", "noise_officer")
            self.people = {name: getattr(circle, name).id for name in names}
            for name, value in {"leader": "Leader", "lead": "Lead", "deputy": "Deputy"}.items():
                getattr(circle, name).name = value
            self.refs: dict[str, Any] = {"edition": circle.edition.ref, **(arrange(scene) if arrange else {})}
            self.short_name, self.partnership = circle.partnership.short_name, circle.partnership.id

    def browser(self, who: str | int) -> Client:
        """Somebody's browser, signed in."""
        made = Client(self.app, self.app.response_class)
        return made.as_person(self.people[who] if isinstance(who, str) else who)

    def page(self, who: str, url: str) -> TestResponse:
        return self.browser(who).get(url)

    def refs_of_people(self) -> dict[str, str]:
        """The public references of the people."""
        with db.reading() as session:
            return {name: session.get_one(Person, key).ref for name, key in self.people.items()}

    def does(self, deed: Callable[[Scene], Any]) -> None:
        """Something happens to the rows meanwhile: `deed` is given a bare scene over what there is."""
        with db.writing() as session:
            scene = Scene.__new__(Scene)
            scene.session = session
            scene.circle = SimpleNamespace(partnership=session.get_one(Partnership, self.partnership))  # type: ignore[assignment]
            for name in ("leader", "lead", "deputy"):
                setattr(scene, name, session.get_one(Person, self.people[name]))
            deed(scene)


def earlier(hours: int = 1) -> Any:
    """So many hours ago."""
    return clock.now() - hours * HOUR


def words(response: TestResponse) -> str:
    """What a page says, without its markup, on one line."""
    body = next(parse(response).iter("main"))
    return " ".join("".join(body.itertext()).split())


def form_at(response: TestResponse, end: str) -> dict[str, Any]:
    """What a browser would send of the form whose action ends so."""
    return filled(form_of(response, end))


def form_of(response: TestResponse, end: str) -> Element:
    return next(form for form in parse(response).iter("form") if form.get("action", "").endswith(end))


def has_form(response: TestResponse, end: str) -> bool:
    return any(form.get("action", "").endswith(end) for form in parse(response).iter("form"))


def faults(response: TestResponse) -> dict[str, str]:
    """The lines of the error summary: where each leads, and what it says."""
    summary = next(e for e in parse(response).iter("ul") if "govuk-error-summary__list" in e.get("class", ""))
    return {(a.get("href") or "").partition("#")[2]: "".join(a.itertext()) for a in summary.iter("a")}


def tables() -> dict[str, int]:
    """How many rows each table has."""
    with db.reading() as session:
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def change(before: dict[str, int]) -> dict[str, int]:
    """How many rows were added since, by table."""
    now = tables()
    return {name: now[name] - count for name, count in before.items() if now[name] != count}


def statements(app: Flask, browser: Client, path: str) -> int:
    """How many statements a page takes, once everything is warm."""
    browser.get(path)
    engine = app.extensions["database_engine"]
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.extend([statement] if statement.startswith(("SELECT", "WITH")) else [])

    sa.event.listen(engine, "before_cursor_execute", note)
    assert browser.get(path).status_code == 200
    sa.event.remove(engine, "before_cursor_execute", note)
    return len(said)
