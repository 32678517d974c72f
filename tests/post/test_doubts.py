"""A letter that may be out is sent once more and never a third time by itself, whatever stops its sender or the mail
system; and what somebody has tried again begins anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app.database import Database
from app.post import ledger
from app.post.models import Outcome, State
from app.post.results import INTERRUPTED
from tests.conftest import NOW
from tests.post.conftest import Hands, Sending, attempts_about, delivery_about
from tests.post.smtp_stub import Drop, Stub
from tests.post.toy import Toy, change, owe

UNNOTED = "It could not be written down that the letter is on its way, so it was not sent."


class Killed(BaseException):
    """The sender dies here."""


@pytest.fixture
def dying(sending: Sending, stub: Stub, hands: Hands) -> Callable[[str], None]:
    """Has a sender die at a point, without a word more to the mail system, and its lease run out."""

    def die(at: str) -> None:
        before = len(stub.received)

        def witness(point: str) -> None:
            if point == at:
                while at == "after the dot" and len(stub.received) == before:
                    time.sleep(0.005)
                sender.transport._drop()
                raise Killed

        sender = sending(witness=witness)
        sender.transport.witness = witness
        with pytest.raises(Killed):
            sender.run(once=True)
        hands.move(hours=2)

    return die


def outcomes(about: str = "a") -> list[Outcome]:
    return [attempt.outcome for attempt in attempts_about(about)]


@pytest.mark.parametrize("point", ["after the dot", "after 250", "before mark"])
def test_a_letter_that_loses_its_sender_each_time_it_was_out_comes_twice_and_is_called_unconfirmed(
    point: str, database: Database, sending: Sending, stub: Stub, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    dying(point)
    dying(point)
    for _ in range(3):
        assert sending().run(once=True)
        hands.move(hours=2)
    found = delivery_about("a")
    assert list(stub.copies().values()) == [2]
    assert (found.state, found.next_try_at, found.last_reason) == (State.MAYBE_SENT, None, INTERRUPTED)
    assert outcomes() == [Outcome.STOPPED, Outcome.MAYBE]
    assert (found.address, attempts_about("a")[1].address) == ("a@trust.test", "a@trust.test")


@pytest.mark.parametrize("first", ["broken off", "killed"])
def test_a_connection_broken_off_and_a_sender_killed_are_two_doubts(
    first: str, database: Database, sending: Sending, stub: Stub, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    if first == "killed":
        dying("after the dot")
    stub.misbehave("dot", Drop(), times=1)
    assert sending().run(once=True)
    hands.move(hours=2)
    if first == "broken off":
        dying("after the dot")
    stub.misbehave("dot", Drop())
    for _ in range(3):
        assert sending().run(once=True)
        hands.move(hours=2)
    assert list(stub.copies().values()) == [2]
    assert (delivery_about("a").state, delivery_about("a").next_try_at) == (State.MAYBE_SENT, None)


@pytest.mark.parametrize("point", ["after claim", "after connect", "before the dot"])
def test_a_sender_that_dies_before_the_dot_of_a_letter_in_doubt_leaves_no_further_doubt(
    point: str, database: Database, sending: Sending, stub: Stub, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    for _ in range(ledger.STOPPED - 1):
        dying(point)
    assert sending().run(once=True)
    assert (delivery_about("a").state, list(stub.copies().values())) == (State.ACCEPTED, [1])
    assert outcomes() == [Outcome.STOPPED] * 4 + [Outcome.ACCEPTED]


def test_a_refusal_after_the_dot_is_no_doubt(
    database: Database, sending: Sending, stub: Stub, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    dying("after the dot")
    stub.misbehave("dot", "451 4.3.0 busy", times=3)
    for _ in range(4):
        assert delivery_about("a").doubts == (1 if attempts_about("a") else 0)
        sending().run(once=True)
        hands.move(hours=2)
    assert (delivery_about("a").state, list(stub.copies().values())) == (State.ACCEPTED, [2])


def test_only_a_letter_in_doubt_is_said_to_be_on_its_way(
    database: Database, sending: Sending, stub: Stub, monkeypatch: pytest.MonkeyPatch, dying: Callable[[str], None]
) -> None:
    real, said = ledger.hand_over, []

    def saying(session: Any, claim: ledger.Claim, *args: Any) -> bool:
        said.append(claim.ref)
        return real(session, claim, *args)

    monkeypatch.setattr(ledger, "hand_over", saying)
    owe(database, "a", since=NOW)
    dying("after claim")
    owe(database, *"bc", since=NOW)
    assert sending().run(once=True)
    assert (said, len(stub.received)) == ([delivery_about("a").ref], 3)


def test_what_cannot_be_written_down_to_be_on_its_way_is_not_sent(
    database: Database, sending: Sending, stub: Stub, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> bool:
        raise sa.exc.OperationalError("UPDATE", {}, Exception("gone"))

    owe(database, "a", since=NOW)
    stub.misbehave("dot", Drop(kept=False), times=1)
    sending().run(once=True)
    hands.move(minutes=2)
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "hand_over", failing)
        assert sending().run(once=True)
    assert (stub.received, delivery_about("a").last_reason, delivery_about("a").doubts) == ([], UNNOTED, 1)
    hands.move(hours=1)
    assert sending().run(once=True)
    assert (len(stub.received), outcomes()) == (1, [Outcome.MAYBE, Outcome.TEMP, Outcome.ACCEPTED])


def test_a_sender_that_lost_a_letter_in_doubt_does_not_hand_it_over(
    database: Database, sending: Sending, stub: Stub, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    dying("after claim")
    other = sending()

    def witness(point: str) -> None:
        if point == "before the dot":
            hands.move(hours=2)
            other.run(once=True)

    slow = sending()
    slow.transport.witness = witness
    slow.run(once=True)
    assert (len(stub.received), delivery_about("a").state) == (1, State.ACCEPTED)
    assert outcomes() == [Outcome.STOPPED, Outcome.STOPPED, Outcome.ACCEPTED, Outcome.TEMP]


def test_a_letter_in_doubt_has_a_whole_lease_from_when_it_is_handed_over(
    database: Database, sending: Sending, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    dying("after claim")
    leases = []

    def witness(point: str) -> None:
        if point == "before the dot":
            hands.move(seconds=50)
        if point == "after the dot":
            leases.append((delivery_about("a").lease_until, delivery_about("a").next_try_at))

    sender = sending()
    sender.transport.witness = witness
    assert sender.run(once=True)
    assert leases == [(hands.at + sender.lease, hands.at + sender.lease)]


def test_somebody_who_has_an_unconfirmed_letter_tried_again_brings_one_more_and_not_two(
    database: Database, sending: Sending, stub: Stub, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    dying("after the dot")
    dying("after the dot")
    sending().run(once=True)
    with database.writing() as session:
        assert ledger.retry_because(session, State.MAYBE_SENT, INTERRUPTED, hands.at) == 1
    dying("before the dot")  # nothing was out
    dying("after the dot")
    for _ in range(2):
        assert sending().run(once=True)
        hands.move(hours=2)
    assert (list(stub.copies().values()), delivery_about("a").state) == ([3], State.MAYBE_SENT)


def retried(database: Database, hands: Hands) -> None:
    assert delivery_about("a").state is State.QUARANTINED
    with database.writing() as session:
        assert ledger.retry(session, hands.at) == 1


def test_a_letter_that_could_not_be_written_has_five_tries_again_once_it_is_retried(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW, how="broken")

    def tried(times: int) -> list[timedelta | None]:
        pauses = []
        for _ in range(times):
            sending().run(once=True)
            due = delivery_about("a").next_try_at
            pauses.append(due and due - hands.at)
            hands.move(hours=1)
        return pauses

    first = tried(ledger.UNWRITTEN)
    retried(database, hands)
    assert tried(ledger.UNWRITTEN - 1) == first[:-1] == [timedelta(minutes=minutes) for minutes in (1, 2, 5, 10)]
    assert (delivery_about("a").state, first[-1]) == (State.RETRY, None)
    assert tried(1) == [None]
    retried(database, hands)
    change(database, "a", how="")
    assert tried(1) == [None]
    assert delivery_about("a").state is State.ACCEPTED


def test_a_letter_that_stopped_its_sender_has_five_tries_again_once_it_is_retried(
    database: Database, sending: Sending, stub: Stub, hands: Hands, dying: Callable[[str], None]
) -> None:
    owe(database, "a", since=NOW)
    for _ in range(ledger.STOPPED):
        dying("after connect")
    assert sending().run(once=True)
    retried(database, hands)
    for _ in range(ledger.STOPPED - 1):
        dying("after connect")
    assert sending().run(once=True)
    assert (delivery_about("a").state, len(stub.received)) == (State.ACCEPTED, 1)


def test_many_letters_that_were_out_when_their_senders_died_are_settled_at_once(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    sending().run(once=True)  # a sender was here before, and left its mark
    many = 1_200  # more than Python calls itself
    owe(database, *[f"n{i:04}" for i in range(many)], since=NOW)
    with database.writing() as session:
        while ledger.note(session, list(Toy().owed(session, NOW)), "localhost", NOW):
            pass
        letters = sa.update(ledger.Delivery).values(state=State.SENDING, doubts=2, lease_by="gone", address="x")
        session.execute(letters.values(next_try_at=NOW, lease_until=NOW))
    hands.move(minutes=1)
    assert sending().run(once=True)
    with database.reading() as session:
        states = session.execute(sa.select(ledger.Delivery.state, sa.func.count()).group_by("state")).all()
    assert (states, stub.received) == ([(State.MAYBE_SENT, many)], [])
