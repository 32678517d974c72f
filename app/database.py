"""The database: columns that keep rule 7 and rule 9, and the only place (with `post`) where anything is committed.

Two ways to begin: whatever may write begins with the right to (`BEGIN IMMEDIATE` on SQLite, so that it waits for its
turn instead of failing); whatever only reads begins read-only, and the database itself refuses a write. SQLite is the
embedded default, PostgreSQL where it grows; the same code runs on both. Statements that do not change are put together
once (`cache`), and PostgreSQL keeps what it prepared: either takes longer than to find a small answer.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial, wraps
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session
from sqlalchemy.types import TypeDecorator

from app.settings import SettingsFault
from app.text import clean
from app.turns import Turns

BUSY_SECONDS = 10
REF_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
REF_LENGTH = 12

_UNIQUE, _INDEX = "%(table_name)s_%(column_0_N_name)s", "%(table_name)s_%(column_0_N_name)s"
NAMING = {
    "ix": f"ix_{_INDEX}",
    "uq": f"uq_{_UNIQUE}",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Uncleaned(ValueError):
    """Text reached the database that `text.clean` would change: it came in by a door without the text function."""


class Text(TypeDecorator[str]):
    """Text of any length that `text.clean` leaves as it is."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        _cleaned(value)
        return value


class Json(TypeDecorator[Any]):
    """JSON whose every string, keys too, `text.clean` leaves as it is."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return _cleaned(value)


class Instant(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in storage."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str) and clean(value) != value:
        raise Uncleaned
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return [_cleaned(item) for item in value] if isinstance(value, list | tuple) else value


def enum_column(words: type[StrEnum]) -> sa.Enum:
    """A column type for a `StrEnum`: its values as text, with a CHECK."""
    return sa.Enum(words, values_callable=lambda e: [m.value for m in e], **_as_text(words))


def _as_text(words: type[StrEnum]) -> dict[str, Any]:
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in words.__name__).lstrip("_")
    return {"native_enum": False, "create_constraint": True, "length": 40, "name": name}


class SomeOf(sa.TypeDecorator[StrEnum]):
    """The same for a table that holds all words of a `StrEnum` but one."""

    impl = sa.Enum
    cache_ok = True

    def __init__(self, words: type[StrEnum], but: StrEnum) -> None:
        self.words, self.but = words, but
        super().__init__(*(word.value for word in words if word is not but), **_as_text(words))

    def process_bind_param(self, value: StrEnum | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


def new_ref() -> str:
    """A random public reference: 12 characters, 60 bits, no letters that are taken for digits."""
    return "".join(secrets.choice(REF_ALPHABET) for _ in range(REF_LENGTH))


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False, repr=False):
    """Every table. Parents of composite references carry `UNIQUE (organisation_id, id)`; see `organisations.models`."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, datetime: Instant, dict[str, Any]: Json, list[Any]: Json}


Afterwards = Callable[[Session], None]


class Database:
    """The current app's engine, the session of a request and the few ways to open another."""

    def init_app(self, app: Flask, url: str) -> None:
        """Connect an app: makes the engine (no connection yet) and closes the request's session at its end."""
        app.extensions["database_engine"] = make_engine(url)
        app.after_request(self._finish)
        app.teardown_request(self._close)

    def wrap_views(self, app: Flask) -> None:
        """The unit of work: a view that answers under 400 is kept; any other answer or exception is rolled back."""
        app.view_functions = {name: self._unit_of_work(view) for name, view in app.view_functions.items()}

    @property
    def engine(self) -> Engine:
        """The current app's engine."""
        engine: Engine = current_app.extensions["database_engine"]
        return engine

    @property
    def session(self) -> Session:
        """The request's session: read-only for GET and HEAD, ready to write for the rest."""
        if "database_session" not in g:
            g.database_session = self._open(writes=request.method not in ("GET", "HEAD", "OPTIONS"))
        session: Session = g.database_session
        return session

    def rollback(self) -> None:
        """End the request's transaction and forget what it did."""
        if "database_session" in g:
            self.session.rollback()

    def release(self) -> None:
        """End the request's transaction before slow work (a document, an upload). Refuses if something was changed."""
        if self.session.new or self.session.dirty or self.session.deleted:
            raise RuntimeError("release() would lose changes: make the document before or after, not in the middle")
        self.session.rollback()

    def afterwards(self, deed: Afterwards, *, spare: bool = False) -> None:
        """Have `deed(session)` done in a transaction of its own when the request's has ended, however it ended. Where
        the database does not let it, the answer is a 503; but not for a `spare` deed, which nobody waits for."""
        g.setdefault("database_afterwards", []).append((deed, spare))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only transaction of its own, for streams, commands and senders."""
        with self._open(writes=False) as session:
            yield session
            if session.is_active:  # to roll back would have the driver of PostgreSQL forget what it has prepared
                session.commit()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction of its own that is kept if the block ends well. Never open one inside another."""
        with self._open(writes=True) as session, session.begin():
            yield session

    def _unit_of_work(self, view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            try:
                response = current_app.make_response(view(*args, **kwargs))
            except BaseException:
                self.rollback()
                raise
            if "database_session" in g:
                self.session.commit() if response.status_code < 400 else self.session.rollback()
            return response

        return wrapped

    def _open(self, *, writes: bool) -> Session:
        return Session(self.engine.execution_options(writes=writes), expire_on_commit=writes)

    def _finish(self, response: Any) -> Any:
        if "database_afterwards" not in g:
            return response
        self.rollback()
        for deed, spare in g.pop("database_afterwards"):
            with suppress(*([sa.exc.OperationalError] if spare else [])), self.writing() as session:
                deed(session)
        return response

    def _close(self, _error: BaseException | None) -> None:
        session = g.pop("database_session", None)
        if session is not None:
            session.close()


db = Database()


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
