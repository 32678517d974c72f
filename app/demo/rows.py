"""Gathers rows with keys of their own and inserts them in bulk, parents first.

Only a data set is made this way: everything else goes through services, one flush for each deed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import Base
from app.demo.chance import Chance

IN_ONE_INSERT = 1_000


class Rows:
    """Rows waiting to be inserted. `add` gives a row its key, so that others can refer to it before it is there."""

    def __init__(self, session: Session, chance: Chance) -> None:
        self.session, self.chance = session, chance
        self.waiting: dict[type[Base], list[dict[str, Any]]] = {}
        self.last: dict[type[Base], int] = {}

    def add(self, model: type[Base], **values: Any) -> int:
        """Keep a row for the next insert; returns its key (0 for a table without one)."""
        key = 0
        columns = model.__table__.columns
        if "id" in columns:
            key = values["id"] = self._next(model)
        if "ref" in columns:
            values.setdefault("ref", self.chance.ref())
        self.waiting.setdefault(model, []).append(values)
        return key

    def insert(self) -> None:
        """Insert all that waits, parents before children."""
        order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
        for model in sorted(self.waiting, key=lambda m: order[m.__tablename__]):
            for part in _parts(self.waiting[model]):
                self.session.execute(sa.insert(model), part)
        self.waiting.clear()

    def finish(self) -> None:
        """Insert what is left and tell PostgreSQL where its own keys go on."""
        self.insert()
        if self.session.get_bind().dialect.name != "postgresql":
            return
        for model in self.last:
            name = model.__tablename__
            highest = sa.select(sa.func.max(model.__table__.c.id)).scalar_subquery()
            self.session.execute(sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "id"), highest)))

    def _next(self, model: type[Base]) -> int:
        if model not in self.last:
            self.last[model] = self.session.scalar(sa.select(sa.func.max(model.__table__.c.id))) or 0
        self.last[model] += 1
        return self.last[model]


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Runs of rows that fill the same columns."""
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(frozenset(row), []).append(row)
    for alike in by_columns.values():
        yield from (alike[at : at + IN_ONE_INSERT] for at in range(0, len(alike), IN_ONE_INSERT))
