"""The service as gunicorn serves it, but for what files in DATA_DIR say: it kills its own process where one says so.

`gunicorn "tests.faults.web_doomed:doomed()"`. The file `doom` holds one of `POINTS`; it is taken away before the kill,
so that the process which takes the dead one's place lives. `full` holds how many pages SQLite may have, as on a disk
without space; `ahead` by how many seconds the clock is ahead.
"""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app import clock, serving
from app.discussions.models import Minutes

AFTER_INSERT, BEFORE_COMMIT, AFTER_COMMIT = "after insert", "before commit", "after commit"
POINTS = (AFTER_INSERT, BEFORE_COMMIT, AFTER_COMMIT)
DOOM, FULL, AHEAD = "doom", "full", "ahead"
UNLIMITED = 1_073_741_823  # pages; what SQLite takes for the most there can be


def doomed() -> Flask:
    """The service, with what kills it. Nothing of a connection goes from the process that forks to those that serve."""
    app = serving()
    folder: Path = app.config["SETTINGS"].data_dir
    engine: Engine = app.extensions["database_engine"]
    engine.dispose()
    _watch_sends(folder)
    _set_clock(folder / AHEAD)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", lambda connection: _limit(folder, connection))
    return app


def _set_clock(ahead: Path) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            seconds = float(ahead.read_text()) if ahead.exists() else 0.0
            return datetime.now(tz) + timedelta(seconds=seconds)

    setattr(clock, "datetime", Ahead)  # noqa: B010 - every page has `now` itself by its name already


def _watch_sends(folder: Path) -> None:
    def flushed(session: Session, _context: object) -> None:
        if any(isinstance(row, Minutes) for row in session.new):
            session.info["sends"] = True
            _pass(folder, AFTER_INSERT)

    def commits(session: Session) -> None:
        if session.info.get("sends"):
            _pass(folder, BEFORE_COMMIT)

    def committed(session: Session) -> None:
        if session.info.pop("sends", False):
            _pass(folder, AFTER_COMMIT)

    event.listen(Session, "after_flush", flushed)
    event.listen(Session, "before_commit", commits)
    event.listen(Session, "after_commit", committed)


def _pass(folder: Path, point: str) -> None:
    doom = folder / DOOM
    if doom.exists() and doom.read_text() == point:
        doom.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _limit(folder: Path, connection: Any) -> None:
    """As many pages as the file says, or as many as there are where it says fewer; as many as one likes without it."""
    full = folder / FULL
    most = int(full.read_text()) if full.exists() else UNLIMITED
    connection.connection.dbapi_connection.execute(f"PRAGMA max_page_count={most}")
