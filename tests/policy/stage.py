"""The application before the world of the policy tests, with everybody signed in, and a way to look at its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from app.accounts import guard
from app.database import Base
from app.engines import make_engine
from tests.conftest import settings_for
from tests.policy.matrix import FIXED
from tests.policy.world import World

ANONYMOUS = "anonymous"
MADE_UP = "zzzzzzzzzzzz"
LEFT_BEHIND = {"event", "signed_in"}
"""Tables that a refusal, or somebody's reading of minutes, may leave a row in."""


@dataclass
class Stage:
    """An application on a database that holds the world; everybody's session is in it already."""

    app: Flask
    world: World
    tokens: dict[str, str]
    browsers: dict[str, FlaskClient] = field(default_factory=dict)

    def browser(self, person: str) -> FlaskClient:
        """The browser of somebody, signed in unless anonymous."""
        if person not in self.browsers:
            self.browsers[person] = made = self.app.test_client()
            if person != ANONYMOUS:
                name = guard.cookie_name(self.app.config["SETTINGS"])
                made.set_cookie(name, self.tokens[person], domain="localhost")
        return self.browsers[person]

    def ask(self, person: str, method: str, url: str, sent: dict[str, Any] | None = None) -> TestResponse:
        """What somebody is answered."""
        answer = self.browser(person).open(url, method=method, data=sent if method == "POST" else None)
        answer.get_data()
        answer.close()
        return answer

    def seen(self, person: str, minutes: str) -> dict[str, str]:
        """What the page of minutes carries of what had been decided: a decision is made by it."""
        page = self.ask(person, "GET", self.address("forwarding.minutes", "GET", minutes)).get_data(as_text=True)
        found = re.search(r'name="seen"[^>]*value="(\w+)"', page)
        return {"seen": found[1]} if found else {}

    def rule(self, page: str, method: str) -> Rule:
        """The rule of a page."""
        found = [rule for rule in self.app.url_map.iter_rules(page) if method in (rule.methods or ())]
        assert len(found) == 1, f"{len(found)} rules for {method} {page}"
        return found[0]

    def address(self, page: str, method: str, thing: str) -> str:
        """The address of a page about a thing, which is a reference or a slug."""
        rule = self.rule(page, method)
        values = {name: FIXED.get(name, thing) for name in rule.arguments}
        with self.app.test_request_context():
            return str(self.app.url_map.bind("localhost").build(page, values, method=method))

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row there is, but those that a refusal may leave behind."""
        engine = self.app.extensions["database_engine"].execution_options(writes=False)
        with engine.connect() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
                for table in Base.metadata.sorted_tables
                if table.name not in LEFT_BEHIND
            }


@contextmanager
def staged(url: str, folder: Path, world: World, tokens: dict[str, str], **settings: Any) -> Iterator[Stage]:
    """An application on a database. Tokens of forms are looked at in another test, not here."""
    app = create_app(settings_for(url, folder, **settings))
    app.config["WTF_CSRF_ENABLED"] = False
    yield Stage(app, world, tokens)
    app.extensions["database_engine"].dispose()


@contextmanager
def moved_to(stage: Stage, url: str) -> Iterator[Stage]:
    """The same application, for a while on another copy of the database and with new browsers."""
    engine, browsers = stage.app.extensions["database_engine"], stage.browsers
    stage.browsers = {}
    stage.app.extensions["database_engine"] = make_engine(url)
    try:
        yield stage
    finally:
        stage.app.extensions["database_engine"].dispose()
        stage.app.extensions["database_engine"], stage.browsers = engine, browsers


_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="csrf_token"')


def without_what_differs(answer: TestResponse, ref: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers of an answer, without tokens and the reference that was asked for."""
    body = _TOKEN.sub(b"", answer.data).replace(ref.encode(), b"REF")
    skipped = {"Date", "Set-Cookie", "Content-Length"}
    headers = sorted((name, value.replace(ref, "REF")) for name, value in answer.headers if name not in skipped)
    return answer.status_code, body, headers


UNAPPOINTED = "You have no role here at the moment"
SIGN_IN = "Sign in to go on"


def told(answer: TestResponse) -> str:
    """What somebody was answered, in the words of the matrix."""
    reads = answer.request.method in ("GET", "HEAD")
    if answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in"):
        return "sign in" if reads else "sent to sign in, and what was typed is lost"
    if answer.status_code == 403:
        page = answer.get_data(as_text=True)
        if SIGN_IN in page:
            return "sign in" if not reads else "told to sign in, but not sent there"
        return "unappointed" if UNAPPOINTED in page else "no"
    return {404: "--"}.get(answer.status_code, "ok" if answer.status_code < 400 else str(answer.status_code))
