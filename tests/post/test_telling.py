"""What a letter tells of is written down before it is handed over, and only where it is something new."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from app.database import Database, db
from app.engines import BUSY_SECONDS
from app.post import bounces
from app.post.models import Attempt, Bounce, BounceKind, Delivery, Outcome, State
from app.post.told import Telling, ToldOf
from tests.conftest import NOW
from tests.post.conftest import Hands, Sending, attempts_about, delivery_about
from tests.post.smtp_stub import Stub
from tests.post.toy import change, owe


class Killed(BaseException):
    """The sender dies here."""


def told_about(about: str) -> list[set[str]]:
    """What the letter about a thing told of each time that it was written anew, oldest first."""
    with db.reading() as session:
        of_it = sa.select(Telling.id).join(Delivery).where(Delivery.about == about).order_by(Telling.id)
        found = session.scalars(of_it).all()
        return [set(session.scalars(sa.select(ToldOf.about).where(ToldOf.telling_id == key))) for key in found]


def told_by_each_try(about: str) -> list[set[str]]:
    """What each try of it told of."""
    with db.reading() as session:
        of_it = sa.select(Attempt.telling_id).join(Delivery).where(Delivery.about == about).order_by(Attempt.id)
        keys = session.scalars(of_it).all()
        return [set(session.scalars(sa.select(ToldOf.about).where(ToldOf.telling_id == key))) for key in keys]


def dies(at: str) -> Callable[[str], None]:
    def witness(point: str) -> None:
        if point == at:
            raise Killed

    return witness


def test_a_letter_about_one_thing_writes_nothing_more(database: Database, sending: Sending) -> None:
    owe(database, "a", since=NOW)
    owe(database, "b", since=NOW, how="tells b")
    sending().run(once=True)
    assert told_about("a") == told_about("b") == []
    assert [one.telling_id for about in "ab" for one in attempts_about(about)] == [None, None]


def test_every_try_bears_what_it_told_of_and_the_same_is_written_once(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "week", since=NOW, how="tells x y")
    stub.misbehave("rcpt", "451 4.7.1 later")
    for _ in range(3):
        sending().run(once=True)
        hands.move(minutes=30)
    change(database, "week", how="tells y z")
    sending().run(once=True)
    hands.move(hours=1)
    change(database, "week", how="tells x y")
    sending().run(once=True)
    hands.move(hours=2)
    stub.behave()
    change(database, "week", how="tells week")
    sending().run(once=True)
    assert delivery_about("week").state is State.ACCEPTED
    assert told_about("week") == [{"x", "y"}, {"y", "z"}, {"x", "y"}, {"week"}]
    assert told_by_each_try("week") == [{"x", "y"}] * 3 + [{"y", "z"}, {"x", "y"}, {"week"}]


@pytest.mark.parametrize("at", ["after telling", "after connect", "after 250", "before mark"])
def test_a_sender_that_dies_has_written_it_down_before_the_letter_could_go(
    at: str, database: Database, sending: Sending, hands: Hands
) -> None:
    owe(database, "week", since=NOW, how="tells x y")
    sender = sending(witness=dies(at))
    sender.transport.witness = dies(at)
    with pytest.raises(Killed):
        sender.run(once=True)
    assert told_about("week") == [{"x", "y"}]
    change(database, "week", how="tells z")
    hands.move(minutes=30)
    sending().run(once=True)
    assert [one.outcome for one in attempts_about("week")] == [Outcome.STOPPED, Outcome.ACCEPTED]
    assert told_by_each_try("week") == [{"x", "y"}, {"z"}], "the try that was cut off told of what it told of"


@contextmanager
def locked(database: Database, seconds: float) -> Iterator[None]:
    """Nobody else may write for so long."""
    apart = sa.create_engine(database.engine.url)
    with apart.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE telling IN SHARE ROW EXCLUSIVE MODE")
        ends = threading.Timer(seconds, connection.rollback)
        ends.start()
        yield
        ends.join()
    apart.dispose()


def test_a_database_that_cannot_be_written_to_counts_against_no_letter(
    database: Database, sending: Sending, hands: Hands
) -> None:
    owe(database, "week", since=NOW, how="tells x y")
    held: list[Any] = []

    def witness(point: str) -> None:
        if point == "after claim" and not held:
            held.append(locked(database, BUSY_SECONDS + 2))
            held[0].__enter__()

    sending(witness=witness).run(once=True)
    held[0].__exit__(None, None, None)
    assert (delivery_about("week").state, attempts_about("week"), told_about("week")) == (State.HELD, [], [])
    hands.move(minutes=2)
    sending().run(once=True)
    assert (delivery_about("week").state, told_about("week")) == (State.ACCEPTED, [{"x", "y"}])


def test_what_a_letter_told_of_is_known_too_where_it_cannot_go_to_that_address(
    database: Database, sending: Sending, stub: Stub
) -> None:
    owe(database, "nowhere", since=NOW, address="no address", how="tells x y")
    owe(database, "flagged", since=NOW, address="flagged@trust.test")
    sending().run(once=True)
    with database.writing() as session:
        sent = session.scalars(sa.select(Delivery).where(Delivery.about == "flagged")).one()
        said = {"kind": BounceKind.FAILED, "status": "5.1.1", "reply": "550 no", "digest": "d", "flags": True}
        session.add(Bounce(delivery_id=sent.id, at=NOW, sent_at=NOW, address="flagged@trust.test", **said))
    owe(database, "held", since=NOW, address="flagged@trust.test", how="tells x z")
    sending().run(once=True)
    assert (delivery_about("nowhere").state, delivery_about("held").state) == (State.FAILED, State.HELD)
    assert told_by_each_try("nowhere") == [{"x", "y"}] and told_about("held") == [{"x", "z"}]
    with database.writing() as session:
        bounces.clear(session, "flagged@trust.test", "Office", NOW)
        session.execute(sa.update(Delivery).where(Delivery.about == "held").values(next_try_at=NOW))
    sending().run(once=True)
    assert told_by_each_try("held") == [{"x", "z"}] and len(stub.received) == 2
