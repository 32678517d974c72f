"""What every test can ask for: a migrated database of each kind, a session that is rolled back, an app and a client.

`session` is for services: one transaction, undone at the end. `app` and `client` have a database of their own, a copy
of a migrated one, because what goes through HTTP commits.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import URL, Engine
from sqlalchemy.orm import Session

from app import create_app
from app.engines import make_engine
from app.settings import Settings
from app.upgrading import upgrade
from tests import postgres, quicker
from tests.browser import chromium as browsers
from tests.client import Client
from tests.shape import facts

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KINDS = ["sqlite", "postgresql"]
NOT_THERE = " is not installed"
# One for each process that runs tests, where they share a server that was given to them.
TEMPLATE = f"template_circle_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def pytest_configure() -> None:
    facts.watch()  # code of ours that edits a fact fails whichever test runs it
    quicker.keep_files_in_memory()
    quicker.lend_what_follows_from_the_code()
    # How long an example takes tells how busy the machine is.
    hypothesis.settings.register_profile("unhurried", hypothesis.settings(deadline=None))
    hypothesis.settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    quicker.leave_alone_what_stays()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """A PostgreSQL server for the whole run."""
    if not postgres.is_here():
        missing("PostgreSQL")
    with postgres.server() as url:
        yield url


@pytest.fixture
def nothing_else_in_memory() -> Iterator[None]:
    """What is timed does not pay for whatever else a long run holds, which the garbage collector would look through
    again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def missing(what: str) -> None:
    """Leave a test out because something is not installed; an error where CI is set."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}{NOT_THERE}, and CI is set")
    pytest.skip(f"{what}{NOT_THERE}")


@pytest.fixture(scope="session")
def browser_binary() -> str:
    """The path of Chromium."""
    if not browsers.driver_runs():
        missing("libatomic1, which the driver of Chromium wants")
    return browsers.path() or missing("Chromium") or ""


@pytest.fixture(scope="session")
def chromium(browser_binary: str) -> Iterator[Browser]:
    """One real Chromium for the whole run: the library that drives it can be started once in a process."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=browser_binary, args=browsers.ARGUMENTS)
        yield made
        made.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = {str(left.longrepr[2]) for left in terminalreporter.stats.get("skipped", ())}
    missed = {said.removeprefix("Skipped: ").removesuffix(NOT_THERE) for said in reasons if said.endswith(NOT_THERE)}
    if missed:
        terminalreporter.write_line(f"Not run, because not installed: {', '.join(sorted(missed))}.")


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database: a test that asks for it, or for anything made of it, runs on both."""
    return str(request.param)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The URLs of migrated databases to copy from, made when first wanted."""
    return {"folder": str(tmp_path_factory.mktemp("templates"))}


def migrated(kind: str, templates: dict[str, str], request: pytest.FixtureRequest) -> str:
    """The URL of the migrated database of a kind."""
    if kind not in templates:
        if kind == "sqlite":
            templates[kind] = f"sqlite:///{templates['folder']}/template.sqlite"
        else:
            server_url: URL = request.getfixturevalue("server")
            postgres.run_statement(server_url, f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
            postgres.run_statement(server_url, f"CREATE DATABASE {TEMPLATE}")
            templates[kind] = server_url.set(database=TEMPLATE).render_as_string(hide_password=False)
        upgrade(templates[kind])
    return templates[kind]


def fresh(kind: str, templates: dict[str, str], folder: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database that begins as a copy of the migrated one."""
    template = migrated(kind, templates, request)
    if kind == "sqlite":
        target = folder / f"{secrets.token_hex(4)}.sqlite"
        shutil.copy(template.removeprefix("sqlite:///"), target)
        return f"sqlite:///{target}"
    copied = postgres.copy_of(request.getfixturevalue("server"), TEMPLATE, f"t{secrets.token_hex(6)}")
    return copied.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def shared_engine(
    kind: str, templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Engine]:
    """One engine on one migrated database for all tests that roll back."""
    engine = make_engine(fresh(kind, templates, tmp_path_factory.mktemp("shared"), request))
    yield engine
    engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose every change, commits included, is undone at the end of the test."""
    with shared_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as made:
            yield made
        outer.rollback()


@pytest.fixture
def database_url(kind: str, templates: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    url = fresh(kind, templates, tmp_path, request)
    yield url
    if kind == "postgresql":
        name = url.rsplit("/", 1)[1]
        postgres.run_statement(request.getfixturevalue("server"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def settings_for(url: str, folder: Path, **changes: object) -> Settings:
    """Complete settings for a test."""
    values: dict[str, object] = {
        "secret_key": "for tests only, 32 characters or more",
        "service_url": "http://localhost",
        "database_url": url,
        "data_dir": folder,
        "mail_server": "127.0.0.1",
        "mail_port": 9,
        "mail_default_sender": "circulation@service.test",
    }
    return Settings(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own."""
    made = create_app(settings_for(database_url, tmp_path))
    made.test_client_class = Client
    with made.app_context():
        yield made
        made.extensions["database_engine"].dispose()


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without a window: checks every page it gets; `as_person` signs in."""
    made = app.test_client()
    assert isinstance(made, Client)
    return made
