"""A disk without space, at each write: the page says so and still holds the text, and with space all goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select

from app.database import Base, db, make_engine
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.web_site import Answer, Site, serving
from tests.faults.web_writes import WRITES, Scene, Write
from tests.policy.world import World, build

SIZE = 64 * 1024 * 1024
SMALL = "a disk of 64 MiB without space"


def full_disk(ground: Ground) -> Iterator[Line]:
    """F17: a small disk and a limited file without space, at each write; of SQLite, which the web server itself writes.

    Not of PostgreSQL: its disk is that of a server of its own, which refuses a statement or goes down when there is no
    space. To us that is an answer like any other of a database that fails, as F18 and F19 make them. Where no small
    disk can be mounted that line is left out."""
    if ground.kind != "SQLite":
        return
    with small_disk(ground.folder / "disk") as disk:
        if disk:
            shutil.copy(ground.fresh().removeprefix("sqlite:///"), disk / "full.sqlite")
            with scene(ground, f"sqlite:///{disk}/full.sqlite") as there:
                yield _each_write(ground, there, SMALL, Filler(disk, there.there), WRITES)
        else:
            yield Line.left_out("F17", SMALL, ground.kind, "a small disk (tmpfs) that may be mounted")
    # Of several, a later one may fit into what an earlier one has freed.
    said = [write for write in WRITES if write.route == "discussions.said"][:1]
    with scene(ground, ground.fresh()) as there:
        yield _each_write(ground, there, "max_page_count reached", Pages(there.there), said)


@contextmanager
def scene(ground: Ground, url: str) -> Iterator[Scene]:
    """A web server before the world of the policy."""
    world = _built(url)
    with serving(ground, url) as there:
        yield Scene(there, world)


def _built(url: str) -> World:
    engine = make_engine(url)
    with sa.orm.Session(engine) as session, session.begin():
        world = build(session)
    engine.dispose()
    return world


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk of its own in memory, where this process may have one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Pages:
    """Takes the space of a database by the number of its pages."""

    def __init__(self, there: Site) -> None:
        self.there = there

    def take(self) -> None:
        self.there.fill(1)

    def give(self) -> None:
        self.there.fill(None)


class Filler(Pages):
    """Takes all the space that is left on a disk, and what the log of the database holds in reserve."""

    def __init__(self, disk: Path, there: Site) -> None:
        super().__init__(there)
        self.path = disk / "filler"

    def take(self) -> None:
        """Every byte: what is left after large blocks goes in small ones."""
        with self.there.app.extensions["database_engine"].execution_options(writes=True).connect() as connection:
            driver = connection.connection.dbapi_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with self.path.open("wb", buffering=0) as file:
            for block in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(bytes(block)) == block:
                        pass

    def give(self) -> None:
        self.path.unlink()


@dataclass(frozen=True)
class Tried:
    """How one write went: how it was answered without space, whether that was as it should be, whether all that was
    typed came back with it, whether it left anything behind, and whether it was done once there was space."""

    status: int
    told: bool
    held: bool
    half: bool
    done: bool


def _each_write(ground: Ground, there: Scene, what: str, space: Pages, writes: Sequence[Write]) -> Line:
    tried = [(write, _tried(there, write, space)) for write in writes]
    sound = _sound(there.there)
    wrong = [f"{one.route}: {how}" for one, how in tried if not (how.told and how.held and how.done) or how.half]
    half, statuses = sum(how.half for _, how in tried), sorted({how.status for _, how in tried})
    besides = f"answered {statuses}, {half} half done, integrity_check {'ok' if sound else 'not ok'}"
    return Line(
        fault="F17",
        what=what,
        database=ground.kind,
        operations=len(writes),
        lost=sum(not (how.held and how.done) for _, how in tried),
        most=1,
        holds=sound and not wrong,
        besides="; ".join([besides, *wrong]),
    )


def _tried(there: Scene, write: Write, space: Pages) -> Tried:
    press = write.filled_in(there, there.visitor(write.who))
    before = _rows(there.there)
    space.take()
    told = press()
    space.give()
    half = _rows(there.there) != before
    again = press()
    done = again.status == write.then and _rows(there.there) != before
    return Tried(told.status, told.status == write.full, _given_back(write, told), half, done)


def _given_back(write: Write, told: Answer) -> bool:
    """Whether every text stands on the page, each in a box of its own; a script's page still has it, and is told so."""
    if write.script:
        return told.status == 200 or b'"kept":false' in told.body
    return all(text in told.boxes() for text in write.typed.values())


def _rows(there: Site) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is kept."""
    with there.app.app_context(), db.reading() as session:
        tables = Base.metadata.sorted_tables
        return {t.name: sorted(map(tuple, session.execute(select(t))), key=repr) for t in tables}


def _sound(there: Site) -> bool:
    with there.app.app_context(), db.reading() as session:
        return session.scalars(sa.text("PRAGMA integrity_check")).all() == ["ok"]


LINES: tuple[LineMaker, ...] = (full_disk,)
