"""How far letters have come, as a bar for whoever watches a terminal: those dealt with, of those and what is due.

More may become due while it goes on, since a launch of thousands is noted a few hundred at a time: then the bar grows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import click

from app.clock import Clock
from app.database import Database
from app.post import queries
from app.post.transport import Witness, unwitnessed

COUNTED_EVERY = 100  # letters: to count what is due costs more than to send one


def is_watched(file: TextIO | None = None) -> bool:
    """Whether somebody sees on a terminal what is written there."""
    return (file or sys.stdout).isatty()


@contextmanager
def shown(database: Database, clock: Clock, file: TextIO | None = None) -> Iterator[Witness]:
    """A witness of a sender that draws the bar; where nobody watches it draws nothing and counts nothing."""
    if not is_watched(file):
        yield unwitnessed
        return
    with click.progressbar(length=1, label="Letters", file=file, show_pos=True, show_eta=False) as bar:
        yield _Drawn(database, clock, bar)


class _Drawn:
    """Counts the letters that were dealt with, and now and then those that are due."""

    def __init__(self, database: Database, clock: Clock, bar: Any) -> None:
        self.database, self.clock, self.bar, self.done = database, clock, bar, 0

    def __call__(self, point: str) -> None:
        if point != "after mark":
            return
        self.done += 1
        if self.done % COUNTED_EVERY == 1 or self.done >= self.bar.length:
            with self.database.reading() as session:
                self.bar.length = self.done + queries.number_due(session, self.clock())
            self.bar.finished = False
        self.bar.update(1)
