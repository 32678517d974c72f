"""Kills senders at a named point, over and over, lets the last one finish, and counts what arrived."""

from __future__ import annotations

import random
import signal
import time
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post.models import Attempt, Delivery, Outcome, Post, State
from app.post.sender import Sender
from tests.faults.nursery import Nursery, Order, settings_towards
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare, toy_app

NOT_SENT_YET = ("after claim", "after connect", "before the dot")
MAYBE_SENT = ("after the dot", "after 250", "before mark")
POINTS = (*NOT_SENT_YET, *MAYBE_SENT)


@dataclass(frozen=True)
class Counted:
    """What came of it: letters owed, kills that struck, letters lost, copies beyond the first, the most of one letter,
    letters whose copies bore more than one Message-ID, letters not settled, letters whose attempts tell of a stop."""

    point: str
    letters: int
    kills: int
    lost: int
    extra: int
    most: int
    many_ids: int
    unsettled: int
    told: int
    seconds: float

    @property
    def holds(self) -> bool:
        """None lost, at most two copies and only of what may have been sent, one Message-ID each, every stop told."""
        extra = self.kills if self.point in MAYBE_SENT else 0
        most = 2 if extra else 1
        clean = (self.lost, self.many_ids, self.unsettled) == (0, 0, 0)
        return clean and self.most == most and self.extra == extra and self.told == self.kills


def kill_at(point: str, *, kills: int, letters: int, url: str, nursery: Nursery, seed: int = 1) -> Counted:
    """Owe letters, kill so many senders one after another at a point, each at a letter of its own, and count."""
    chance, began, ahead = random.Random(f"{point} {seed}"), time.monotonic(), 0.0
    prepare(url)
    with Stub() as stub, toy_app(url).app_context():
        owe(db, *[f"n{i:04}" for i in range(letters)], since=now())
        lease = _lease(url, stub.port)
        struck = 0
        for _ in range(kills):
            nth = chance.randint(1, letters // kills)  # so that letters last for all the kills
            struck += nursery.run(_order(url, stub, ahead, point, nth)) == [-signal.SIGKILL]
            ahead += lease.total_seconds() + 1
        ends = nursery.run(Order(database_url=url, mail_port=stub.port, ahead=ahead))
        counted = _count(point, letters, struck, stub, time.monotonic() - began, ends)
        db.engine.dispose()
    return counted


def _order(url: str, stub: Stub, ahead: float, point: str, nth: int) -> Order:
    return Order(database_url=url, mail_port=stub.port, ahead=ahead, point=point, nth=nth)


def _lease(url: str, port: int) -> timedelta:
    settings = settings_towards(Order(database_url=url, mail_port=port))
    return Sender(database=db, settings=settings, post=Post()).lease


def _count(point: str, letters: int, kills: int, stub: Stub, seconds: float, ends: list[int]) -> Counted:
    assert ends == [0], "the last sender did not end well"
    copies: dict[str, list[str]] = {}
    for copy in stub.received:
        copies.setdefault(copy.recipient, []).append(copy.message_id)
    with db.reading() as session:
        rows = session.execute(sa.select(Delivery.about, Delivery.message_id, Delivery.state)).all()
        stopped = sa.select(sa.func.count(Attempt.delivery_id.distinct())).where(Attempt.outcome == Outcome.STOPPED)
        told = session.scalar(stopped) or 0
    ours = {f"{row.about}@trust.test": row.message_id for row in rows}
    return Counted(
        point=point,
        letters=letters,
        kills=kills,
        lost=letters - len(copies),
        extra=sum(len(ids) - 1 for ids in copies.values()),
        most=max(map(len, copies.values())),
        many_ids=sum(set(ids) != {ours[recipient]} for recipient, ids in copies.items()),
        unsettled=sum(row.state is not State.ACCEPTED for row in rows) + letters - len(rows),
        told=told,
        seconds=seconds,
    )
