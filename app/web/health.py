"""Whether the service is well: a list of checks that other packages add to (`post`: how old the oldest owed letter is).

A check takes a read session and the time and returns a `Finding` under its own name. One that fails counts as not well.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy.exc
from flask import current_app
from sqlalchemy import literal, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.database import db
from app.settings import Settings

LEAST_ROOM = 1_000_000_000  # bytes


class Finding(NamedTuple):
    """What a check found: its name, whether all is well, and a few words for an operator (nobody's data)."""

    name: str
    well: bool
    words: str


Check = Callable[[Session, datetime], Finding]


def database(session: Session, now: datetime) -> Finding:
    """Whether the database answers at all."""
    session.execute(select(literal(1)))
    return Finding("database", True, "reachable")


def disk(session: Session, now: datetime) -> Finding:
    """Whether there is room on the disk of the data folder, and on that of a database which is a file."""
    settings: Settings = current_app.config["SETTINGS"]
    url = make_url(settings.database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return room(_room(settings.data_dir), _room(Path(url.database or "").absolute().parent) if is_file else None)


def room(data: int, kept: int | None) -> Finding:
    """What so many bytes that are free say: for the data folder, and for the database (None: it is no file)."""
    parts = [f"{_gigabytes(data)} free"]
    if kept is not None and kept != data:
        parts.append(f"{_gigabytes(kept)} where the database is")
    well = min(data, data if kept is None else kept) >= LEAST_ROOM
    return Finding("disk", well, ", ".join(parts) if well else f"{', '.join(parts)}: make room, or nothing can be kept")


def _gigabytes(free: int) -> str:
    return f"{free / 1_000_000_000:,.1f} GB"


def _room(folder: Path) -> int:
    """How many bytes are free for us where a folder is, or will be made."""
    return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free


health_checks: list[Check] = [database]


def findings(now: datetime) -> list[Finding]:
    """What every check finds now."""
    return [_found(check, now) for check in (*health_checks, *current_app.extensions.get("health_checks", ()))]


def _found(check: Check, now: datetime) -> Finding:
    try:
        with db.reading() as session:
            return check(session, now)
    except (sqlalchemy.exc.SQLAlchemyError, OSError) as fault:
        current_app.logger.error(
            "health check %s: %s", check.__name__, getattr(fault, "orig", None) or type(fault).__name__
        )
        return Finding(check.__name__, False, "no answer")
