"""`python -m tests.faults`: the kills in full, on both databases, as a table. Ends with 1 if a line does not hold.

Twenty kills at each of six points over 200 letters, then four senders at once over 1,000 letters.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.clock import now
from app.database import db
from app.upgrading import upgrade
from tests import postgres
from tests.faults.killing import POINTS, kill_at
from tests.faults.nursery import Nursery, Order, nursery
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare, toy_app

KILLS, LETTERS, SENDERS, AT_ONCE = 20, 200, 4, 1000
WIDTHS = (11, 16, 7, 5, 4, 12, 11, 16, 7, 5)
HEADINGS = (
    "database",
    "killed",
    "letters",
    "kills",
    "lost",
    "extra copies",
    "most of one",
    "more than one ID",
    "seconds",
    "holds",
)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, list[str]]]:
    """The URLs of as many new databases of each kind as are needed."""
    needed = len(POINTS) + 1
    with postgres.server() as server:
        urls = {"SQLite": [f"sqlite:///{folder}/{i}.sqlite" for i in range(needed)], "PostgreSQL": []}
        for i in range(needed):
            postgres.run_statement(server, f"CREATE DATABASE faults_{i}")
            urls["PostgreSQL"].append(server.set(database=f"faults_{i}").render_as_string(hide_password=False))
        for url in (url for kind in urls.values() for url in kind):
            upgrade(url)
        yield urls


def show(*cells: object) -> None:
    """One line of the table."""
    print("  ".join(str(cell).ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)), flush=True)


def killed(kind: str, urls: list[str], senders: Nursery) -> bool:
    """The lines of one database: whether all hold."""
    held = True
    for point, url in zip(POINTS, urls, strict=False):
        c = kill_at(point, kills=KILLS, letters=LETTERS, url=url, nursery=senders)
        holds = c.holds and c.kills == KILLS
        show(kind, point, c.letters, c.kills, c.lost, c.extra, c.most, c.many_ids, f"{c.seconds:.0f}", holds)
        held &= holds
    return held


def at_once(kind: str, url: str, senders: Nursery) -> bool:
    """The line of several senders at once: whether every letter arrived exactly once."""
    began = time.monotonic()
    prepare(url)
    with Stub() as stub, toy_app(url).app_context():
        owe(db, *[f"n{i:04}" for i in range(AT_ONCE)], since=now())
        ends = senders.run(Order(database_url=url, mail_port=stub.port, senders=SENDERS))
        copies = stub.copies()
        db.engine.dispose()
    lost, extra, most = AT_ONCE - len(copies), copies.total() - len(copies), max(copies.values())
    holds = (ends, lost, extra) == ([0] * SENDERS, 0, 0)
    seconds = f"{time.monotonic() - began:.0f}"
    show(kind, f"none, {SENDERS} at once", AT_ONCE, 0, lost, extra, most, 0, seconds, holds)
    return holds


def main() -> None:
    show(*HEADINGS)
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls, nursery() as senders:
        held = [killed(kind, some, senders) & at_once(kind, some[-1], senders) for kind, some in urls.items()]
    sys.exit(not all(held))


if __name__ == "__main__":
    main()
