"""New databases to break things on, of each kind, copied from one that was migrated once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from app.upgrading import upgrade
from tests import postgres
from tests.faults.lines import Ground
from tests.faults.nursery import nursery

KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_numbers = itertools.count(1)


@contextmanager
def grounds(folder: Path) -> Iterator[list[Ground]]:
    """A ground of each kind, in full, with senders of its own. Where PostgreSQL is missing there is none of it."""
    with ExitStack() as stack:
        makers: dict[str, Callable[[], str]] = {"SQLite": _sqlite(folder)}
        if postgres.is_here():
            makers["PostgreSQL"] = _postgresql(stack.enter_context(postgres.server(tended=True)))
        made = []
        for kind, fresh in makers.items():
            own = folder / kind
            own.mkdir()
            senders = stack.enter_context(nursery())
            made.append(Ground(kind=kind, fresh=fresh, folder=own, senders=senders, full=True))
        yield made


def _sqlite(folder: Path) -> Callable[[], str]:
    template = folder / "template.sqlite"
    upgrade(f"sqlite:///{template}")

    def fresh() -> str:
        copy = folder / f"{next(_numbers)}.sqlite"
        shutil.copy(template, copy)
        return f"sqlite:///{copy}"

    return fresh


def _postgresql(server: URL) -> Callable[[], str]:
    postgres.run_statement(server, "CREATE DATABASE template_faults")
    upgrade(server.set(database="template_faults").render_as_string(hide_password=False))

    def fresh() -> str:
        copied = postgres.copy_of(server, "template_faults", f"faults_{next(_numbers)}")
        return copied.render_as_string(hide_password=False)

    return fresh


def backup(url: str) -> Callable[[], None]:
    """Copy a database that nobody uses; gives the deed that puts the copy in its place."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        shutil.copy(path, f"{path}.backup")

        def put_back() -> None:
            for rest in ("-wal", "-shm"):
                Path(f"{path}{rest}").unlink(missing_ok=True)
            shutil.copy(f"{path}.backup", path)

        return put_back
    parsed = make_url(url)
    server, name = parsed.set(database="postgres"), parsed.database or ""
    postgres.copy_of(server, name, f"{name}_backup")

    def rename() -> None:
        postgres.run_statement(server, f'DROP DATABASE "{name}" WITH (FORCE)')
        postgres.run_statement(server, f'ALTER DATABASE "{name}_backup" RENAME TO "{name}"')

    return rename
