"""The world of the policy tests: made once for each kind of database, and only read by whoever shares it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.database import make_engine
from tests.conftest import fresh
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
def world(peopled: tuple[str, World]) -> World:
    return peopled[1]


@pytest.fixture(scope="session")
def world_engine(peopled: tuple[str, World]) -> Iterator[Engine]:
    engine = make_engine(peopled[0])
    yield engine
    engine.dispose()


@pytest.fixture
def standing(world_engine: Engine) -> Iterator[Session]:
    """A session that reads the world."""
    with Session(world_engine.execution_options(writes=False)) as session:
        yield session
