"""A disk without space, at each write: the page says so and still holds the text, and with space all goes on."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select

from app.database import Base, db
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.web_site import SHARED, TWO, Answer, Site, Visitor, site
from tests.journeys import town

SIZE = 64 * 1024 * 1024
LONG = "“Ça va?” – naïve 🧑🏽‍🍼 <b>&amp;</b> {{7*7}}\n\n   indented\ttabbed\n" * 300
SHORT = "“Not ours” – <b>adults</b> only"


@dataclass(frozen=True)
class Write:
    """A form on a page: who sends it, where it is, where it goes (the end of its action), and what is typed there."""

    who: str
    page: str
    action: str
    typed: dict[str, Any]


def full_disk(ground: Ground) -> Iterator[Line]:
    """F17: a small disk and a limited file without space, at each write; SQLite, whose disk is the web server's."""
    if ground.kind != "SQLite":
        return
    with small_disk(ground.folder / "disk") as disk:
        if disk:
            shutil.copy(ground.fresh().removeprefix("sqlite:///"), disk / "full.sqlite")
            with site(ground, url=f"sqlite:///{disk}/full.sqlite") as there:
                yield _each_write(ground, there, "a disk of 64 MiB without space", Filler(disk, there))
    with site(ground) as there:
        yield _each_write(ground, there, "max_page_count reached", Pages(there), only=("said",))


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


def _each_write(ground: Ground, there: Site, what: str, space: Pages, only: tuple[str, ...] = ()) -> Line:
    held, statuses, half, done = 0, [], 0, 0
    writes = [write for write in _writes(there) if not only or write.action.endswith(only)]
    for write in writes:
        who = there.visitor(write.who) if write.who else Visitor(there.port)
        address, form = _form(who.get(write.page), write)
        before = _rows(there)
        space.take()
        told = who.post(address, form)
        space.give()
        statuses.append(told.status)
        held += all(text in unescape(told.body.decode()) for text in write.typed.values() if len(text) > 9)
        half += told.status >= 400 and _rows(there) != before
        done += who.post(address, form).status in (200, 303)
    sound = _sound(there)
    return Line(
        fault="F17",
        what=what,
        database=ground.kind,
        operations=len(writes),
        lost=len(writes) - min(held, done),
        most=1,
        holds=set(statuses) == {503} and (half, sound) == (0, True) and held == done == len(writes),
        besides=f"answered {sorted(set(statuses))}, {half} half done, integrity_check {'ok' if sound else 'not ok'}",
    )


def _form(page: Answer, write: Write) -> tuple[str, dict[str, Any]]:
    """Where the form goes, and what a browser would send of it."""
    actions = [unescape(action) for action in re.findall(r'<form[^>]*action="([^"]*)"', page.body.decode())]
    address = next(action for action in actions if action.partition("?")[0].endswith(write.action))
    form = page.form(address)
    words = [name for name in form if name.startswith("points-") and name.endswith("-words")]
    typed = {name if name != "words of a point" else words[0]: text for name, text in write.typed.items()}
    return address, {**form, **typed}


def _writes(there: Site) -> Iterator[Write]:
    """The forms with which something is written, each made ready when its turn comes."""
    south = town.asked(there.app, SHARED)
    meeting = {"chaired_by": SHORT, "do": "later"}
    yield Write(TWO[0], f"/asked/{south}/meeting", "/meeting", meeting)
    draft = there.draft("Before")
    yield Write(town.NORTH, f"/drafts/{draft}/said", "/said", {"words of a point": LONG, "do": "continue"})
    yield Write(town.NORTH, f"/drafts/{draft}/check", "/check", {"nobody_known": "yes"})
    yield Write(town.SOUTH, f"/asked/{south}/other", "/other", {"kind": "not_relevant", "because": SHORT})
    sent = town.minutes(there.app, "North Health Visiting", town.NORTH)
    ask = {"decision": "ask", "question": SHORT}
    yield Write(town.NURSE, f"/minutes/{sent}", "/decision", ask)
    yield Write("", "/sign-in", "/sign-in", {"address": "somebody.else@trust.example.nhs.net"})


def _rows(there: Site) -> dict[str, int]:
    """How many rows each table has, but those of what is noted of every visit."""
    with there.app.app_context(), db.reading() as session:
        tables = [t for t in Base.metadata.sorted_tables if t.name not in ("signed_in", "event")]
        return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def _sound(there: Site) -> bool:
    with there.app.app_context(), db.reading() as session:
        return session.scalars(sa.text("PRAGMA integrity_check")).all() == ["ok"]


LINES: tuple[LineMaker, ...] = (full_disk,)
