"""What one fault came to on one database: a line of the table of `python -m tests.faults`, and what making one takes.

A module with faults has `LINES`, a tuple of functions; each is given a `Ground` and yields its lines. Its tests call
the same functions with a ground of few rounds, so that the table and the tests never speak of different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.nursery import Nursery

MOST_COPIES = 2


@dataclass(frozen=True, kw_only=True)
class Line:
    """`fault` is its number in the matrix (F4). `operations` is how many kills, letters or messages were tried, `lost`
    how many of what should be there are not, `most` the most copies of one thing, `many_ids` how many letters came with
    more than one Message-ID or under one that is no letter's. `besides` says in words and figures what else is
    demanded, `holds` judges that; whether the whole line is `well` is judged here, alike for all.
    `missing` says what is not here, so that the fault could not be made: such a line neither holds nor fails."""

    fault: str
    what: str
    database: str
    operations: int
    lost: int
    holds: bool
    most: int = 0
    many_ids: int = 0
    besides: str = ""
    missing: str = ""

    @property
    def well(self) -> bool:
        """Nothing lost, two copies at most, one Message-ID for each letter, and what else is demanded."""
        return self.holds and (self.lost, self.many_ids) == (0, 0) and self.most <= MOST_COPIES

    @classmethod
    def left_out(cls, fault: str, what: str, database: str, missing: str) -> Line:
        """The line of a fault that cannot be made here: it is shown, or nobody would see that it was not tried."""
        return cls(
            fault=fault,
            what=what,
            database=database,
            operations=0,
            lost=0,
            holds=False,
            besides=f"not here: {missing}",
            missing=missing,
        )


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where a line is made: on which `kind` of database (SQLite or PostgreSQL). `fresh()` is the URL of a new one,
    migrated and empty; `folder` is of this ground alone; `full` asks for the repetitions of the matrix."""

    kind: str
    fresh: Callable[[], str]
    folder: Path
    senders: Nursery
    full: bool = False

    def times(self, in_full: int, in_short: int) -> int:
        """How often, in full or in short."""
        return in_full if self.full else in_short


LineMaker = Callable[[Ground], Iterator[Line]]
