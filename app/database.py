"""The database: columns that keep rule 7 and rule 9, and the only place (with `post`) where anything is committed.

Statements that do not change are put together once (`cache`), and PostgreSQL keeps what it prepared: either takes
longer than to find a small answer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import wraps
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, Session
from sqlalchemy.types import TypeDecorator

from app.engines import make_engine
from app.text import clean

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
    """The same for a table that holds all words of a `StrEnum` but some."""

    impl = sa.Enum
    cache_ok = True

    def __init__(self, words: type[StrEnum], but: tuple[StrEnum, ...]) -> None:
        self.words, self.but = words, but
        super().__init__(*(word.value for word in words if word not in but), **_as_text(words))

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

    @staticmethod
    def when_changed(app: Flask, deed: Callable[[], None]) -> None:
        """Have `deed()` done whenever this process is about to keep what a transaction wrote."""

        def kept(connection: sa.Connection) -> None:
            if connection.get_execution_options().get("writes", True):
                deed()

        if "database_engine" in app.extensions:
            sa.event.listen(app.extensions["database_engine"], "commit", kept)

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
            g.database_session = self._open(writes=not self._only_reads())
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
    def beside(self) -> Iterator[Session]:
        """To read what every page needs, before its view and after it. A request that only reads does all of that in
        one transaction; beside one that may write it is another, which ends here and holds no lock."""
        if not self._only_reads():
            with self.reading() as session:
                yield session
            return
        try:
            yield self.session
        except BaseException:
            self.rollback()
            raise

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

    @staticmethod
    def _only_reads() -> bool:
        return request.method in ("GET", "HEAD", "OPTIONS")

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
