"""A disk without space, at each write: the page says so and still holds the text, and with space all goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import select

from app.database import Base, db
from app.engines import make_engine
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.small_disks import small_databases
from tests.faults.web_site import Answer, Site, serving
from tests.faults.web_writes import WRITES, Scene, Write
from tests.policy.world import World, build

FEW = ("accounts.sign_in", "discussions.said", "forwarding.answer")  # PostgreSQL goes down and up at each, in short


class Space(Protocol):
    """What may be without space: see `small_disks.Small`."""

    brief: str
    fits: bool

    def take(self) -> None: ...

    def give(self) -> None: ...

    def sound(self) -> bool: ...


def full_disk(ground: Ground) -> Iterator[Line]:
    """F17: no space at each write of the web server: for SQLite's file, for PostgreSQL's data, for its log too.

    SQLite is also tried with a limited file. Where no small disk can be mounted that line is left out."""
    with small_databases(ground) as found:
        if isinstance(found, str):
            yield Line.left_out("F17", "disk full at each write", ground.kind, found)
        for space in found if isinstance(found, list) else []:
            with scene(ground, space.url) as there:
                some = ground.full or space.url.startswith("sqlite")
                yield _each_write(ground, there, space, [one for one in WRITES if some or one.route in FEW])
    if ground.kind == "SQLite":
        # Of several, a later one may fit into what an earlier one has freed.
        said = [write for write in WRITES if write.route == "discussions.said"][:1]
        with scene(ground, ground.fresh()) as there:
            yield _each_write(ground, there, Pages(there.there), said)


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


class Pages:
    """Takes the space of a database by the number of its pages."""

    brief, fits = "max_page_count reached", False

    def __init__(self, there: Site) -> None:
        self.there = there

    def take(self) -> None:
        self.there.fill(1)

    def give(self) -> None:
        self.there.fill(None)

    def sound(self) -> bool:
        with self.there.app.app_context(), db.reading() as session:
            return session.scalars(sa.text("PRAGMA integrity_check")).all() == ["ok"]


@dataclass(frozen=True)
class Tried:
    """How one write went: how it was answered without space, whether that was as it should be, whether all that was
    typed came back with it, whether it left anything behind, and whether it was done once there was space. `fitted`: it
    found room all the same, and was done whole."""

    status: int
    told: bool
    held: bool
    half: bool
    done: bool
    fitted: bool = False


def _each_write(ground: Ground, there: Scene, space: Space, writes: Sequence[Write]) -> Line:
    tried = [(write, _tried(there, write, space)) for write in writes]
    sound, fitted = space.sound(), sum(how.fitted for _, how in tried)
    wrong = [f"{one.route}: {how}" for one, how in tried if not (how.told and how.held and how.done) or how.half]
    half, statuses = sum(how.half for _, how in tried), sorted({how.status for _, how in tried if not how.fitted})
    besides = f"answered {statuses}, {half} half done, integrity {'ok' if sound else 'not ok'}"
    besides += f", {fitted} found room" if space.fits else ""
    return Line(
        fault="F17",
        what=f"{space.brief} at each write",
        database=ground.kind,
        operations=len(writes),
        lost=sum(not (how.held and how.done) for _, how in tried),
        holds=sound and not wrong and len(writes) - fitted >= (len(writes) // 3 if ground.full else 1),
        besides="; ".join([besides, *wrong]),
    )


def _tried(there: Scene, write: Write, space: Space) -> Tried:
    press = write.filled_in(there, there.visitor(write.who))
    before = _rows(there.there)
    space.take()
    told = press()
    space.give()
    changed = _rows(there.there) != before
    if space.fits and changed and told.status == write.then:
        return Tried(told.status, told=True, held=True, half=False, done=True, fitted=True)
    again = press()
    done = again.status == write.then and _rows(there.there) != before
    return Tried(told.status, told.status == write.full, _given_back(write, told), changed, done)


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


LINES: tuple[LineMaker, ...] = (full_disk,)
