"""Kills senders at a named point, over and over, lets the last one finish, and counts what arrived (F4 to F10); and has
several at once (F21)."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post import queries
from app.post.models import Attempt, Delivery, Outcome, Post, State
from app.post.sender import Sender
from tests.faults.lines import Ground, Line
from tests.faults.nursery import Nursery, Order, settings_towards
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare, toy_app

NOT_SENT_YET = ("after claim", "after connect", "before the dot")
MAYBE_SENT = ("after the dot", "after 250", "before mark")
SETTLED = "after mark"
POINTS = (*NOT_SENT_YET, *MAYBE_SENT, SETTLED)
FAULTS = dict(zip(POINTS, ("F4", "F5", "F6", "F7", "F8", "F9", "F10"), strict=True))
SENDERS = 4


@dataclass(frozen=True)
class Counted:
    """What came of it: letters owed, kills that struck, letters lost, copies beyond the first, the most of one letter,
    letters whose copies bore more than one Message-ID, letters not settled, letters whose attempts tell of a stop,
    letters that came twice and do not say so."""

    point: str
    letters: int
    kills: int
    lost: int
    extra: int
    most: int
    many_ids: int
    unsettled: int
    told: int
    unsaid: int

    @property
    def holds(self) -> bool:
        """None lost, at most two copies and only of what may have been sent, one Message-ID each, every stop told.
        After the mark there is none to tell, unless of the next letter, which the sender had in hand already."""
        extra = self.kills if self.point in MAYBE_SENT else 0
        most = 2 if extra else 1
        clean = (self.lost, self.many_ids, self.unsettled, self.unsaid) == (0, 0, 0, 0)
        told = self.told <= self.kills if self.point == SETTLED else self.told == self.kills
        return clean and told and (self.most, self.extra) == (most, extra)


def kill_at(point: str, *, kills: int, letters: int, url: str, nursery: Nursery, seed: int = 1) -> Counted:
    """Owe letters, kill so many senders one after another at a point, each at a letter of its own, and count."""
    chance, ahead = random.Random(f"{point} {seed}"), 0.0
    prepare(url)
    with Stub() as stub, toy_app(url).app_context():
        owe(db, *[f"n{i:04}" for i in range(letters)], since=now())
        lease = lease_of(Order(database_url=url, mail_port=stub.port))
        struck = 0
        for _ in range(kills):
            nth = chance.randint(1, letters // kills)  # so that letters last for all the kills
            struck += nursery.run(_order(url, stub, ahead, point, nth)) == [-signal.SIGKILL]
            ahead += lease.total_seconds() + 1
        ends = nursery.run(Order(database_url=url, mail_port=stub.port, ahead=ahead))
        counted = _count(point, letters, struck, stub, ends)
        db.engine.dispose()
    return counted


def _order(url: str, stub: Stub, ahead: float, point: str, nth: int) -> Order:
    return Order(database_url=url, mail_port=stub.port, ahead=ahead, point=point, nth=nth)


def lease_of(order: Order) -> timedelta:
    """How long a sender of an order has a letter to itself."""
    return Sender(database=db, settings=settings_towards(order), post=Post()).lease


def _count(point: str, letters: int, kills: int, stub: Stub, ends: list[int]) -> Counted:
    assert ends == [0], "the last sender did not end well"
    copies = copies_of(stub)
    with db.reading() as session:
        rows = session.execute(sa.select(Delivery.about, Delivery.message_id, Delivery.state)).all()
        stopped = sa.select(sa.func.count(Attempt.delivery_id.distinct())).where(Attempt.outcome == Outcome.STOPPED)
        told = session.scalar(stopped) or 0
        progress = queries.progress_of_many(session, "toy", [row.about for row in rows])
    ours = {f"{row.about}@trust.test": row.message_id for row in rows}
    twice = {f"{about}@trust.test" for about, (one,) in progress.items() if one.twice}
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
        unsaid=sum(len(ids) > 1 and recipient not in twice for recipient, ids in copies.items()),
    )


def copies_of(stub: Stub) -> dict[str, list[str]]:
    """The Message-ID of each copy that arrived, by recipient."""
    copies: dict[str, list[str]] = {}
    for copy in list(stub.received):
        copies.setdefault(copy.recipient, []).append(copy.message_id)
    return copies


def killed(ground: Ground) -> Iterator[Line]:
    """F4-F10: kills at each point, 200 in full, over 600 letters."""
    kills = ground.times(200, 3)
    for point in POINTS:
        c = kill_at(point, kills=kills, letters=3 * kills, url=ground.fresh(), nursery=ground.senders)
        yield Line(
            fault=FAULTS[point],
            what=f"kill -9 of a sender {point}",
            database=ground.kind,
            operations=c.kills,
            lost=c.lost,
            most=c.most,
            many_ids=c.many_ids,
            besides=f"{c.extra} came twice, {c.unsaid} without saying so, {c.unsettled} unsettled",
            holds=c.holds and c.kills == kills,
        )


def at_once(ground: Ground) -> Iterator[Line]:
    """F21: four senders at once. Whether every letter came exactly once, and more than one of them took part."""
    url, letters = ground.fresh(), ground.times(1_000, 600)
    prepare(url)
    with Stub() as stub, toy_app(url).app_context():
        owe(db, *[f"n{i:04}" for i in range(letters)], since=now())
        ends = ground.senders.run(Order(database_url=url, mail_port=stub.port, senders=SENDERS))
        copies, connections = copies_of(stub), stub.connections
        with db.reading() as session:
            accepted = session.scalar(sa.select(sa.func.count()).where(Delivery.state == State.ACCEPTED))
        db.engine.dispose()
    lost, most = letters - len(copies), max(map(len, copies.values()))
    yield Line(
        fault="F21",
        what=f"{SENDERS} senders at once",
        database=ground.kind,
        operations=letters,
        lost=lost,
        most=most,
        many_ids=sum(len(set(ids)) > 1 for ids in copies.values()),
        besides=f"{sum(map(len, copies.values()))} copies in all, {accepted} settled",
        holds=(ends, lost, most, accepted) == ([0] * SENDERS, 0, 1, letters) and connections >= 2,
    )


LINES = (killed, at_once)
