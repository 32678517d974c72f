"""What tests of faults ask for: a nursery of senders, and a ground of each database, in short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.conftest import fresh
from tests.faults.grounds import KINDS
from tests.faults.lines import Ground
from tests.faults.nursery import Nursery, nursery


@pytest.fixture(scope="session")
def senders() -> Iterator[Nursery]:
    with nursery() as running:
        yield running


@pytest.fixture
def ground(
    kind: str, templates: dict[str, str], senders: Nursery, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Ground]:
    made: list[str] = []

    def new() -> str:
        made.append(fresh(kind, templates, tmp_path, request))
        return made[-1]

    yield Ground(kind=KINDS[kind], fresh=new, folder=tmp_path, senders=senders)
    if kind == "postgresql":
        for url in made:
            name = url.rsplit("/", 1)[1]
            postgres.run_statement(request.getfixturevalue("server"), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
