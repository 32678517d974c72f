"""What the steps of an import share: the rows, the faults found so far, and writing many rows with few statements.

An import has two passes. The first only reads, so that every fault of the whole file is told at once; the second
writes. Each step (places, then people, then appointments) has both and looks up what it needs of the steps before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.database import Base
from app.organisations.files import FileFaults
from app.organisations.people_file import Row
from app.policy import Actor
from app.trail.models import Event

AT_ONCE = 1_000
Item = TypeVar("Item")


@dataclass(frozen=True)
class Counts:
    """What an import did: for each noun (`organisation`, `team`, `person`, `address`, `appointment`) how many it added
    and how many it changed. What was so already is in neither."""

    added: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    rows: int = 0


class Work:
    """One import under way."""

    def __init__(self, session: Session, actor: Actor, rows: Sequence[Row], now: datetime) -> None:
        self.session, self.actor, self.now = session, actor, now
        self.rows = [row for row in rows if not row.faults]
        self.counts = Counts(rows=len(rows))
        self._faults = [(row.line, fault) for row in rows for fault in row.faults]
        self._events: list[dict[str, Any]] = []

    def refuse(self, row: Row, fault: str) -> None:
        """Note what is wrong with a row."""
        self._faults.append((row.line, fault))

    def stop_at_faults(self) -> None:
        """Raise `FileFaults` naming every bad row in the order of the file, if there is one."""
        if self._faults:
            told = dict.fromkeys(sorted(self._faults, key=lambda fault: fault[0]))
            raise FileFaults([f"Line {line}: {fault}." for line, fault in told])

    def add(
        self, model: type[Base], noun: str, values: Sequence[dict[str, Any]], *, known_by: str = "ref"
    ) -> list[int]:
        """Insert rows, every column given, and return their keys in the same order.

        `known_by` is a unique column: rows come back in any order, and SQLite would insert one at a time to keep it.
        """
        self.counts.added[noun] += len(values)
        if not values:
            return []
        columns = model.__table__.c
        made = self.session.execute(insert(model).returning(columns[known_by], columns["id"]), list(values))
        keys: dict[Any, int] = {known: key for known, key in made}  # noqa: C416 - rows are not typed as pairs
        return [keys[row[known_by]] for row in values]

    def link(self, model: type[Base], values: Sequence[dict[str, Any]]) -> None:
        """Insert rows that have no key of their own."""
        if values:
            self.session.execute(insert(model), list(values))

    def change(self, model: type[Base], noun: str, values: Sequence[dict[str, Any]]) -> None:
        """Update rows by their `id`; each mapping has the same keys."""
        self.counts.changed[noun] += len(values)
        if values:
            self.session.execute(update(model), list(values))

    def note(self, kind: str, about: str, **where: Any) -> None:
        """Have an event added to the trail with all others at the end."""
        known: dict[str, Any] = {
            "person_id": self.actor.person,
            "organisation_id": None,
            "partnership_id": None,
            "detail": {},
        }
        self._events.append({"at": self.now, "kind": kind, "about": about, "by": self.actor.name, **known, **where})

    def write_events(self) -> None:
        """Add the events to the trail."""
        self.link(Event, self._events)


def chunks(items: Iterable[Item], size: int = AT_ONCE) -> Iterator[list[Item]]:
    """Items in lists that are short enough for one `IN (…)`."""
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
