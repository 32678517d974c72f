"""The world of the policy tests: made once for each kind of database, and only read by whoever shares it."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.accounts import services
from app.clock import now
from app.engines import make_engine
from app.organisations.models import Person
from tests import postgres
from tests.conftest import fresh
from tests.policy.stage import Stage, staged
from tests.policy.world import World, build


@pytest.fixture(scope="session")
def peopled(
    kind: str, templates: dict[str, str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[str, World]:
    """The URL of a database that holds the world, and what is in it."""
    url = fresh(kind, templates, tmp_path_factory.mktemp("world"), request)
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        world = build(session)
    engine.dispose()
    return url, world


@pytest.fixture(scope="session")
def tokens(peopled: tuple[str, World]) -> dict[str, str]:
    """Everybody's session in the world's database, by their cookies."""
    url, world = peopled
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        found = {
            name: services.begin(session, session.get_one(Person, key), now=now()) for name, key in world.people.items()
        }
    engine.dispose()
    return found


@pytest.fixture(scope="session")
def copies(
    kind: str,
    peopled: tuple[str, World],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[], str]]:
    """A function that copies the database of the world, sessions included, and gives the URL of the copy."""
    folder, made = tmp_path_factory.mktemp("copies"), []

    def another() -> str:
        name = f"world{secrets.token_hex(4)}"
        if kind == "sqlite":
            made.append(f"sqlite:///{folder / name}.sqlite")
            shutil.copy(peopled[0].removeprefix("sqlite:///"), made[-1].removeprefix("sqlite:///"))
        else:
            copied = postgres.copy_of(request.getfixturevalue("server"), peopled[0].rsplit("/", 1)[1], name)
            made.append(copied.render_as_string(hide_password=False))
        return made[-1]

    yield another
    # A server that was made for the tests goes as a whole, which is much quicker.
    for url in made if kind == "postgresql" and "TEST_DATABASE_URL" in os.environ else []:
        name = url.rsplit("/", 1)[1]
        postgres.run_statement(request.getfixturevalue("server"), f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def stage(
    copies: Callable[[], str],
    peopled: tuple[str, World],
    tokens: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """The application on a copy that nothing is meant to change."""
    with staged(copies(), tmp_path_factory.mktemp("stage"), peopled[1], tokens) as made:
        yield made


@pytest.fixture(scope="session")
def world(peopled: tuple[str, World]) -> World:
    return peopled[1]


@pytest.fixture(scope="session")
def world_engine(copies: Callable[[], str]) -> Iterator[Engine]:
    engine = make_engine(copies())
    yield engine
    engine.dispose()


@pytest.fixture
def standing(world_engine: Engine) -> Iterator[Session]:
    """A session that reads the world."""
    with Session(world_engine.execution_options(writes=False)) as session:
        yield session
