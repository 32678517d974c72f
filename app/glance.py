"""A glance at the database: one row, without a session and outside every transaction of a request.

What answers before Flask does asks so whether what it keeps still stands. SQLAlchemy writes the statement, once for
each kind of database, and lends the connection; a session and its transaction take twenty times as long as the row.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect, Engine

Row = tuple[Any, ...]


class Glance:
    """A statement that finds one row at most. Its columns come as the driver gives them, its values are bound by name;
    only types that every driver knows by itself are good for either."""

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement
        self._written: dict[str, Any] = {}

    def __call__(self, engine: Engine, **values: Any) -> Row | None:
        """The row as it is at this moment. Raises `SQLAlchemyError`, as a session does."""
        written = self._in(engine.dialect)
        bound = {**written.params, **values}
        lent = engine.raw_connection()
        try:
            return self._read(lent.driver_connection, written, bound)
        except engine.dialect.loaded_dbapi.Error as fault:
            lent.invalidate()  # it may be broken, and whoever is lent it next would not know
            raise sa.exc.OperationalError(written.string, None, fault) from fault
        finally:
            lent.close()

    def _in(self, dialect: Dialect) -> Any:
        if dialect.name not in self._written:
            self._written[dialect.name] = self.statement.compile(dialect=dialect)
        return self._written[dialect.name]

    def _read(self, driver: Any, written: Any, bound: dict[str, Any]) -> Row | None:
        if written.positional:  # SQLite: a single statement is a transaction of its own
            found = driver.execute(written.string, [bound[name] for name in written.positiontup]).fetchall()
        else:
            driver.autocommit = True
            found = driver.execute(written.string, bound).fetchall()
            driver.autocommit = False
        return found[0] if found else None
