"""People work, and at every turn something may break: senders and the web server are killed, the mail server
misbehaves, connections to the database end, it is locked, clocks are wrong. By chance from a seed; `invariants` says
what must be true in the end.

A letter is struck as often as it falls, the same one twice too.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import make_url

from app.database import db
from app.engines import BUSY_SECONDS, make_engine
from app.post.models import Delivery
from tests.faults.killing import POINTS
from tests.faults.nursery import COMMIT, DOCUMENT_POINTS, Nursery, Order
from tests.faults.over_http import OverHttp
from tests.faults.people import SKEW
from tests.faults.web_site import Site
from tests.post.smtp_stub import Deed, Drop, Received, Stall, Stub

LONG = (10.0, 10.0, 10.0, 6.0)
KILLED_AT = (*POINTS, *DOCUMENT_POINTS, COMMIT)
FAULTS: tuple[tuple[str, Deed, int], ...] = (
    ("connect", "421 4.3.2 closing", 2),
    ("connect", Drop(), 2),
    ("mail", "451 4.3.0 busy", 2),
    ("rcpt", "450 4.2.0 greylisted", 8),
    ("rcpt", "452 4.2.2 mailbox full", 4),
    ("rcpt", "550 5.1.1 no such user", 1),
    ("data", "451 4.3.0 busy", 3),
    ("dot", "451 4.3.0 busy", 3),
    ("dot", "554 5.7.1 refused", 2),
    ("dot", Drop(), 3),
    ("dot", Drop(kept=False), 3),
    ("dot", Stall(12), 1),
    ("quit", Drop(), 5),
)
DEEDS = {
    "send": 30,
    "correct": 9,
    "acknowledge": 13,
    "share": 6,
    "ask": 4,
    "answer": 3,
    "move_on": 3,
    "come_back": 4,
    "clear": 2,
    "save_over_http": 9,
    "send_over_http": 9,
    "acknowledge_over_http": 5,
    "kill_web": 2,
    "run_senders": 9,
    "misbehave": 9,
    "disconnect": 3,
    "lock": 1,
    "wait": 5,
}


class Server(Stub):
    """A mail server that keeps count of the letters it was given whole and did not keep, by Message-ID."""

    def __init__(self) -> None:
        super().__init__()
        self.thrown: Counter[str] = Counter()

    def after_dot(self, copy: Received) -> Deed | None:
        deed = super().after_dot(copy)
        if isinstance(deed, str) or deed == Drop(kept=False):
            self.thrown[copy.message_id] += 1
        return deed

    def quiet(self) -> None:
        """Wait until every conversation has ended, so that all that was said has arrived."""
        self.go_on.set()
        for thread in list(self._threads)[1:]:
            thread.join(30)
        self.go_on.clear()
        self._threads = self._threads[:1]
        self._open.clear()


class Nemesis(OverHttp):
    """One run: `run(turns)` works and breaks, `settle` lets everything be well again."""

    def __init__(
        self, url: str, folder: Path, stub: Server, senders: Nursery, site: Site, app: Flask, seed: int
    ) -> None:
        self.url, self.folder, self.senders = url, folder, senders
        self.server, self.running, self.breaking = stub, False, threading.Thread()
        self.faults: list[tuple[str, Deed, int]] = []  # each comes once before one comes again
        # A file is never out of reach: there are connections to end where the database is a server.
        reachable = url.startswith("postgresql")
        self.deeds = {deed: weight for deed, weight in DEEDS.items() if reachable or deed != "disconnect"}
        super().__init__(site, app, stub, seed)

    def run(self, turns: int) -> None:
        for self.turn in range(1, turns + 1):
            deed = self.chance.choices(list(self.deeds), list(self.deeds.values()))[0]
            self.does(deed if self.turn < turns else "kill_web")  # so that a short run has one too

    def run_senders(self) -> None:
        """Senders run beside whatever comes next: some well, one that is killed, one whose clock is wrong."""
        self.wait_for_senders()
        how, order = self.chance.random(), {}
        if how < 0.5:
            order = {"point": self.chance.choice(KILLED_AT), "nth": self.chance.randint(1, 4)}
        elif how < 0.65:
            order = {"ahead": self.ahead + self.chance.uniform(-SKEW, SKEW)}
        elif how < 0.75:
            order = {"point": self.chance.choice(POINTS), "jump": self.chance.choice([-SKEW, SKEW])}
        else:
            order = {"senders": self.chance.randint(1, 3)}
        self.senders.start(self.order(**order))
        self.running = True

    def order(self, **changes: object) -> Order:
        given = {"database_url": self.url, "mail_port": self.stub.port, "data_dir": str(self.folder), "service": True}
        given |= {"ahead": self.ahead, "timeouts": LONG, **changes}
        return Order(**given)  # type: ignore[arg-type]

    def wait_for_senders(self) -> None:
        if self.running:
            ends = self.senders.ends()
            self.account.done["killed"] += sum(end < 0 for end in ends)
            assert all(end in (0, 1, -9) for end in ends), f"a sender ended with {ends}"
            self.running = False

    def misbehave(self) -> None:
        """The mail server behaves, or does something to the next letters."""
        self.server.behave()
        if self.chance.random() < 0.8:
            self.faults = self.faults or self.chance.sample(FAULTS, len(FAULTS))
            step, deed, times = self.faults.pop()
            self.server.misbehave(step, deed, times=times)

    def disconnect(self) -> None:
        """Connections to the database end, a little later: those of senders, and our own."""
        self._break(_end_all, self.chance.uniform(0, 0.05))

    def lock(self) -> None:
        """Somebody writes and does not end for some seconds: whoever else writes waits, or is told that it failed."""
        self._break(_hold, self.chance.choice([0.5, 3.0, BUSY_SECONDS + 1.0]))

    def _break(self, deed: Callable[[str, float], None], seconds: float) -> None:
        if self.breaking.is_alive():
            self.breaking.join()
        self.breaking = threading.Thread(target=deed, args=(self.url, seconds))
        self.breaking.start()

    def wait(self) -> None:
        """Some minutes go by, in which leases run out and letters come due."""
        self.ahead += self.chance.choice([61.0, 130.0, 700.0, 1300.0])

    def move_on(self) -> None:
        """A place has no lead any more, or another one."""
        self._stand_still()
        place = self.chance.choice(self.places)
        if place.lead:
            self.end(place)
        if self.chance.random() < 0.8:
            self.appoint(place)

    def _stand_still(self) -> None:
        """No sender runs and nothing is on its way."""
        self.wait_for_senders()
        if self.breaking.is_alive():
            self.breaking.join()
        self.server.quiet()

    def settle(self) -> None:
        """Nothing breaks any more; all is sent that can be."""
        self._stand_still()
        self.server.behave()
        for place in self.places:
            if not place.lead:
                self.appoint(place)
        for _ in range(14):
            self.ahead += SKEW if _ < 2 else 4000
            self.clear()
            assert self.senders.run(self.order(says=True)) == [0]
            self.server.quiet()
            if not self._open_letters():
                return

    def _open_letters(self) -> int:
        """How many letters are noted and not settled."""
        with db.reading() as session:
            return session.scalar(sa.select(sa.func.count()).where(Delivery.next_try_at.is_not(None))) or 0


def _end_all(url: str, after: float) -> None:
    """End every connection to a database of PostgreSQL but the one that says so."""
    time.sleep(after)
    engine = sa.create_engine(make_url(url), isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    with suppress(sa.exc.DBAPIError), engine.connect() as connection:
        connection.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    engine.dispose()


def _hold(url: str, seconds: float) -> None:
    """Hold all of SQLite for so long, or of PostgreSQL what every draft and every letter needs."""
    engine = make_engine(url)
    with suppress(sa.exc.DBAPIError), engine.execution_options(writes=True).connect() as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("LOCK TABLE draft, delivery IN ACCESS EXCLUSIVE MODE"))
        time.sleep(seconds)
    engine.dispose()
