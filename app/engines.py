"""Engines for the two databases, with the settings that keep data safe, and the two ways to begin.

Whatever may write begins with the right to (`BEGIN IMMEDIATE` on SQLite, so that it waits for its turn instead of
failing); whatever only reads begins read-only, and the database itself refuses a write. SQLite is the embedded default,
PostgreSQL where it grows; the same code runs on both.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from app.settings import SettingsFault
from app.turns import Turns

BUSY_SECONDS = 10


def make_engine(url: str, *, foreign_keys: bool = True) -> Engine:
    """An engine for SQLite or PostgreSQL with the settings that keep data safe. Raises `SettingsFault` for others.

    Only a migration runs without `foreign_keys`: on SQLite a rebuilt parent table would take its children with it.
    """
    kind, parsed = url.partition(":")[0].partition("+")[0], None
    with suppress(sa.exc.ArgumentError):
        parsed = make_url(url)
    if parsed is None or kind not in ("sqlite", "postgresql"):
        raise SettingsFault(["DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://."])
    return _sqlite(parsed, foreign_keys) if kind == "sqlite" else _postgresql(parsed)


def _sqlite(url: URL, foreign_keys: bool) -> Engine:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise SettingsFault([f"The folder {folder} cannot be used: {fault.strerror}."]) from None
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=16)
    event.listen(engine, "connect", partial(_prepare_sqlite, int(foreign_keys)))
    event.listen(engine, "begin", partial(_begin_sqlite, Turns()))
    return engine


def _prepare_sqlite(foreign_keys: int, connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late and loses updates silently; we say BEGIN ourselves.
    connection.isolation_level = None
    _write_ahead(connection)
    for pragma in ("synchronous=FULL", "secure_delete=ON", f"foreign_keys={foreign_keys}"):
        connection.execute(f"PRAGMA {pragma}")
    named = ("journal_mode", "synchronous", "foreign_keys")
    kept = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in named]
    if kept != ["wal", 2, foreign_keys]:
        raise RuntimeError(f"SQLite did not take its settings: {kept}")


def _write_ahead(connection: Any) -> None:
    """Have the file keep a write-ahead log: of two processes that ask for it at once, SQLite refuses one outright."""
    patience = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > patience:
                raise
            sleep(0.02)


def _begin_sqlite(turns: Turns, connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", True)
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    with turns.taken(BUSY_SECONDS if writes else 0):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    waits = f"-c lock_timeout={BUSY_SECONDS}s -c statement_timeout=60s -c timezone=UTC"
    engine = sa.create_engine(
        url, pool_pre_ping=True, pool_size=16, connect_args={"options": waits, "connect_timeout": 10}
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get("writes", True):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
