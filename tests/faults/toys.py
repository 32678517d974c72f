"""Toy letters on a new database, a mail server that can be told to misbehave, and senders that are processes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.database import db
from app.post import queries
from app.post.models import Attempt, Delivery, State
from app.post.queries import Progress
from tests.faults.lines import Ground
from tests.faults.nursery import Order
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare, toy_app

QUICK = (3.0, 3.0, 3.0, 1.5)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass
class Toys:
    """The letters, by what they are about; `send` runs senders whose clock is so many seconds ahead."""

    ground: Ground
    url: str
    stub: Stub
    app: Flask
    abouts: list[str] = field(default_factory=list)

    def owe(self, *abouts: str, **values: Any) -> None:
        self.abouts += abouts
        owe(db, *abouts, **{"since": now(), **values})

    def order(self, ahead: float = 0, **changes: Any) -> Order:
        return Order(**{"database_url": self.url, "mail_port": self.stub.port, "ahead": ahead, **changes})

    def send(self, ahead: float = 0, **changes: Any) -> list[int]:
        return self.ground.senders.run(self.order(ahead, **changes))

    def rows(self) -> dict[str, Delivery]:
        with db.reading() as session:
            return {row.about: row for row in session.scalars(sa.select(Delivery))}

    def states(self, abouts: Sequence[str] = ()) -> Counter[State]:
        return Counter(row.state for about, row in self.rows().items() if about in (abouts or self.abouts))

    def tries(self) -> Counter[str]:
        """How many attempts there are of each letter."""
        about = sa.select(Delivery.about).join(Attempt, Attempt.delivery_id == Delivery.id)
        with db.reading() as session:
            return Counter(session.scalars(about))

    def progress(self) -> dict[str, Progress]:
        with db.reading() as session:
            return {about: told[-1] for about, told in queries.progress_of_many(session, "toy", self.abouts).items()}

    def arrived(self) -> Arrived:
        return Arrived.of(self)


@dataclass(frozen=True)
class Arrived:
    """How many letters never came, the most copies of one, and how many bore another Message-ID than their own."""

    lost: int
    most: int
    many_ids: int
    copies: int
    each: Counter[str]

    @classmethod
    def of(cls, toys: Toys) -> Arrived:
        came = [(copy.recipient.partition("@")[0], copy.message_id) for copy in list(toys.stub.received)]
        each, own = Counter(about for about, _ in came), toys.rows()
        strange = {about for about, message_id in came if about not in own or own[about].message_id != message_id}
        lost = sum(about not in each for about in toys.abouts)
        return cls(lost, max(each.values(), default=0), len(strange), len(came), each)


@contextmanager
def toys(ground: Ground, url: str = "", **stub: Any) -> Iterator[Toys]:
    """On a new database, unless told on which."""
    url = url or ground.fresh()
    prepare(url)
    app = toy_app(url)
    with Stub(**stub) as made, app.app_context():
        yield Toys(ground, url, made, app)
        db.engine.dispose()


def until(so: Callable[[], bool], patience: float = 30) -> bool:
    """Wait for something, so many seconds at most; whether it came."""
    last = time.monotonic() + patience
    while time.monotonic() < last:
        if so():
            return True
        time.sleep(0.1)
    return so()
