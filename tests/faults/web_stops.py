"""Commands that are killed on their way: a migration is there whole or not at all, a file whole or as it was before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine

from app.clock import now
from app.database import Base, db
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile, MinutesFile
from app.engines import make_engine
from app.forwarding.models import FILE_LET_GO, LET_GO, Document
from app.records import services
from app.settings import ROOT
from app.trail.models import Event
from app.upgrading import upgrade
from tests import factories as make
from tests.conftest import settings_for
from tests.faults.apps import create_app
from tests.faults.lines import Ground, Line, LineMaker
from tests.faults.web_stopped import CHANGES
from tests.journeys import town

FROM = ("", "0009")  # an empty database, and an older one
FILES = (("csv", "line", 1), ("csv", "replace", 1), ("docx", "half", 1), ("docx", "replace", 1), ("xlsx", "replace", 1))
LINES_APART = 30  # a small partnership's answers fill more than a hundred lines


def killed(point: str, nth: int, command: list[str], url: str) -> bool:
    """Whether a command was killed at a point."""
    return run(point, nth, command, url) == -signal.SIGKILL


def run(point: str, nth: int, command: list[str], url: str) -> int:
    """What a command ended with, which may die at a point."""
    environ = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT), "DEMONSTRATION": ""}
    whole = [sys.executable, "-m", "tests.faults.web_stopped", point, str(nth), *command]
    return subprocess.run(whole, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def killed_migrations(ground: Ground) -> Iterator[Line]:
    """F11: kill -9 during all migrations of an empty database, and during the newest ones of an older one."""
    times, struck, half, whole = ground.times(20, 2), 0, 0, 0
    newest, changes = "", [_changes(_at(ground, revision)) for revision in FROM]
    for number in range(times):
        url = _at(ground, FROM[number % 2])
        engine = make_engine(url)
        before = _tables(engine)
        nth = 1 + (changes[number % 2] - 1) * number // max(1, times - 1)
        struck += killed("statement", nth, ["db", "upgrade"], url)
        half += _tables(engine) != before
        newest = upgrade(url)
        whole += set(Base.metadata.tables) < _tables(engine) and upgrade(url) == newest
        engine.dispose()
    yield Line(
        fault="F11",
        what="kill -9 during a migration",
        database=ground.kind,
        operations=times,
        lost=times - whole,
        holds=(struck, half, whole) == (times, 0, times),
        besides=f"{struck} kills, {half} half migrations, {whole} reached {newest} when run again",
    )


def _at(ground: Ground, revision: str) -> str:
    """The URL of a database at a migration; without one it has no table."""
    url = ground.fresh()
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink()
    else:
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
        engine.dispose()
    if revision:
        upgrade(url, revision)
    return url


def _changes(url: str) -> int:
    """How many statements of the migrations that a database lacks change it."""
    seen: list[str] = []

    def runs(connection: sa.Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if connection.engine.url.database == sa.make_url(url).database:
            seen.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", runs)
    try:
        upgrade(url)
    finally:
        sa.event.remove(Engine, "before_cursor_execute", runs)
    return sum(statement.lstrip().upper().startswith(CHANGES) for statement in seen)


def _tables(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def killed_exports(ground: Ground) -> Iterator[Line]:
    """F11: kill -9 during an export of the collation, over a file of before."""
    times, struck, half, done = ground.times(4, 1), 0, 0, Counter[str]()
    url = ground.fresh()
    app = create_app(settings_for(url, ground.folder))
    town.told(app, "demo", "load", "--size", "small")
    for number in range(times):
        for kind, point, nth in FILES:
            path = ground.folder / f"{number}-{point}.{kind}"
            path.write_bytes(b"as it was before")
            command = ["collation", "export", town.SLUG, "--format", kind, "--output", str(path)]
            struck += killed(point, nth + number * LINES_APART if point == "line" else nth, command, url)
            half += path.read_bytes() != b"as it was before"
            again = run("never", 1, command, url) == 0
            done[kind] += again and path.stat().st_size > 100 and not list(ground.folder.glob("*.part"))
    app.extensions["database_engine"].dispose()
    tried = times * len(FILES)
    yield Line(
        fault="F11",
        what="kill -9 during an export of the collation",
        database=ground.kind,
        operations=tried,
        lost=tried - done.total(),
        holds=(struck, half, done.total()) == (tried, 0, tried),
        besides=f"{struck} kills, {half} half files, {done.total()} whole when run again",
    )


def killed_disposals(ground: Ground) -> Iterator[Line]:
    """F11: kill -9 while documents and attached files are let go whose time is over, before each statement of the first
    two transactions of either kind."""
    times, struck, half, done, many = ground.times(20, 2), 0, 0, 0, services.AT_ONCE + 20
    url = ground.fresh()
    app = create_app(settings_for(url, ground.folder))
    for number in range(times):
        code = f"OLD{number}"
        _with_documents(app, code, many)
        town.told(app, "records", "keep", code, "3")
        struck += killed("statement", 1 + (number * 3) % 8, ["records", "dispose", "--as-listed", _mark(app)], url)
        half += _half_gone(app)
        town.told(app, "records", "dispose", "--as-listed", _mark(app))
        done += (_left(app), _half_gone(app)) == (0, 0)
    app.extensions["database_engine"].dispose()
    yield Line(
        fault="F11",
        what="kill -9 while documents and attached files are let go",
        database=ground.kind,
        operations=times * many * 2,
        lost=half,
        holds=(struck, half, done) == (times, 0, times),
        besides=f"{struck} kills, {half} half gone, {done} times all gone when run again",
    )


def _with_documents(app: Flask, code: str, many: int) -> None:
    """An organisation with so many minutes of four years ago, with its document and an attached file each."""
    long_ago = now() - timedelta(days=4 * 366)
    with app.app_context(), db.writing() as session:
        circle = make.circle(session)
        circle.organisation.code = code
        for _ in range(many):
            sent = make.minutes(session, circle.asked, circle.leader, sent_at=long_ago)
            where = {"minutes_id": sent.id, "organisation_id": sent.organisation_id}
            session.add(Document(**where, body=b"bytes", digest="0" * 64, made_at=long_ago))
            told = {"name": "ours.docx", "body": b"bytes", "size": 5, "digest": "0" * 64, "at": long_ago}
            whose = {"organisation_id": sent.organisation_id, "by_id": circle.leader.id}
            file = make.kept(session, AttachedFile(**whose, **told))
            session.add(MinutesFile(**where, file_id=file.id))


def _mark(app: Flask) -> str:
    """The mark of the list of what may go."""
    return town.told(app, "records", "dispose").split()[-1]


def _left(app: Flask) -> int:
    with app.app_context(), db.reading() as session:
        here = [sa.select(sa.func.count()).where(kind.body.is_not(None)) for kind in (Document, AttachedFile)]
        return sum(session.scalar(count) or 0 for count in here)


def _half_gone(app: Flask) -> int:
    """How many documents and files are gone of which no trail tells, or here though the trail tells that they went."""
    minutes = sa.select(Minutes.ref)
    documents = minutes.join(Document, Document.minutes_id == Minutes.id).where(Document.body.is_(None))
    linked = minutes.join(MinutesFile, MinutesFile.minutes_id == Minutes.id)
    files = linked.join(AttachedFile, AttachedFile.id == MinutesFile.file_id).where(AttachedFile.body.is_(None))
    with app.app_context(), db.reading() as session:
        return sum(
            len(set(session.scalars(gone)) ^ set(session.scalars(sa.select(Event.about).where(Event.kind == kind))))
            for gone, kind in ((documents, LET_GO), (files, FILE_LET_GO))
        )


LINES: tuple[LineMaker, ...] = (killed_migrations, killed_exports, killed_disposals)
