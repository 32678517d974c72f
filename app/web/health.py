"""Whether the service is well: a list of checks that other packages add to (`post`: how old the oldest owed letter is).

A check takes a read session and the time and returns a `Finding` under its own name. One that fails counts as not well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy.exc
from flask import current_app
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.database import db


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
