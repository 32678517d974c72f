"""What fails around a sender holds no letter up that it does not concern, loses none, and is told in safe words."""

from __future__ import annotations

import logging
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import Database
from app.post import ledger
from app.post import sender as sending_module
from app.post.models import Outcome, Owed, Post, State
from app.post.sender import PAUSES, Sender
from app.post.transport import Timeouts, Transport
from tests.conftest import NOW, settings_for
from tests.post.conftest import Hands, Sending, attempts_about, delivery_about
from tests.post.smtp_stub import Certificates, Stall, Stub
from tests.post.toy import Toy, change, owe, toy


def test_a_letter_that_cannot_be_written_is_quarantined_after_five_tries_and_holds_no_other_up(
    database: Database, sending: Sending, stub: Stub, hands: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    owe(database, "poison", since=NOW - timedelta(days=1), how="broken", urgency=0)
    owe(database, "fine", since=NOW)
    sender = sending()
    for _ in range(7):
        assert not sender.run(once=True)
        hands.move(minutes=61)
    assert [copy.recipient for copy in stub.received] == ["fine@trust.test"]
    found = delivery_about("poison")
    assert (found.state, found.next_try_at, found.tries) == (State.QUARANTINED, None, 0)
    tries = attempts_about("poison")
    assert [attempt.outcome for attempt in tries] == [Outcome.UNWRITTEN] * 5
    assert tries[0].reply.startswith("KeyError at ")
    assert "poison@" not in caplog.text + tries[0].reply
    with database.writing() as session:
        assert ledger.retry(session, hands.at) == 1
    change(database, "poison", how="")
    sender.run(once=True)
    assert delivery_about("poison").state is State.ACCEPTED


def test_while_the_mail_system_is_away_one_letter_at_a_time_finds_out(
    database: Database, sending: Sending, stub: Stub, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(database, *[f"n{i}" for i in range(20)], since=NOW)
    stub.misbehave("connect", "421 away")
    let_go: list[Any] = []
    monkeypatch.setattr(ledger, "let_go", lambda *args: let_go.append(args))
    sender = sending()
    for seconds in (5, 10, 15, 15, 15, 15):
        assert not sender.run(once=True)
        assert sender.trouble == "The mail system takes no letters just now."
        hands.move(seconds=seconds - 1)
        sender.run(once=True)
        hands.move(seconds=1)
    assert stub.connections == 6
    assert let_go == []  # no letter was claimed in vain
    stub.behave()
    sender.run(once=True)
    assert len(stub.received) >= 14
    hands.move(hours=1)
    sending().run(once=True)
    assert sorted(stub.copies().values()) == [1] * 20


def test_a_pause_and_a_try_that_meets_silence_are_over_within_a_minute() -> None:
    patience = Timeouts()
    assert PAUSES[-1] + patience.connect + patience.command < 60 and list(PAUSES) == sorted(PAUSES)


def test_the_pauses_begin_anew_once_the_mail_system_was_back(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, *"ab", since=NOW)
    sender = sending()
    stub.misbehave("connect", "421 away", times=2)
    sender.run(once=True)
    hands.move(seconds=5)
    sender.run(once=True)
    hands.move(seconds=120)
    sender.run(once=True)
    assert len(stub.received) == 2
    owe(database, *"cd", since=NOW)
    stub.misbehave("connect", "421 away", times=1)
    sender.run(once=True)
    hands.move(seconds=5)
    sender.run(once=True)
    assert len(stub.received) == 3


def test_a_clock_that_is_set_back_in_a_pause_ends_the_pause(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "before", since=NOW)
    stub.misbehave("connect", "421 away", times=1)
    sender = sending()
    sender.run(once=True)
    hands.move(hours=-2)
    owe(database, "after", since=NOW)
    sender.run(once=True)
    assert [copy.recipient for copy in stub.received] == ["after@trust.test"]


def test_long_errands_between_letters_cost_no_lease(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, *"abc", since=NOW)

    def errand(_: Database, now: datetime) -> int:
        hands.move(seconds=90)
        return 0

    def witness(point: str) -> None:
        hands.move(seconds=2 * (point == "before mark"))

    assert sending(post=Post(letters=(Toy(),), errands=(errand,)), witness=witness).run(once=True)
    assert [len(attempts_about(about)) for about in "abc"] == [1, 1, 1]


class Failing:
    """A package whose letters cannot be looked up."""

    KINDS = frozenset({"failing"})

    def owed(self, session: Any, now: datetime) -> list[Owed]:
        raise RuntimeError("secret words")

    letter = Toy.letter


def test_a_package_or_an_errand_that_fails_stops_nobody_else(
    database: Database, sending: Sending, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    owe(database, "a", since=NOW)
    done = []

    def broken(_: Database, now: datetime) -> int:
        raise ValueError("secret words")

    def errand(given: Database, now: datetime) -> int:
        done.append((given, now))
        return len(done) == 1

    post = Post(letters=(Failing(), Toy()), errands=(broken, errand))
    assert not sending(post=post).run(once=True)
    assert len(stub.received) == 1
    assert done[0] == (database, NOW)
    assert caplog.text.count("An errand failed: ValueError at post/sender.py") == 1
    assert "could not be looked up (failing): RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_a_kind_that_nobody_writes_any_more_is_held(database: Database, sending: Sending, hands: Hands) -> None:
    owe(database, "a", since=NOW)
    with database.writing() as session:
        ledger.note(session, [Owed(kind="gone", about="x", since=NOW)], "localhost", NOW)
    assert sending().run(once=True)
    assert delivery_about("x").state is State.HELD


def test_a_lease_outlasts_the_longest_try_by_a_minute(tmp_path: Path, database: Database) -> None:
    for server, seconds in (("mail.example.org", 10 + 11 * 30 + 120 + 600), ("127.0.0.1", 10 + 11 * 30 + 120 + 60)):
        settings = settings_for("", tmp_path, mail_server=server)
        sender = Sender(database=database, settings=settings, post=Post())
        assert sender.lease == timedelta(seconds=seconds + 60)
        assert sender.transport.longest == seconds


def test_a_letter_is_only_sent_while_its_lease_still_outlasts_a_try(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW)
    sender = sending(witness=lambda point: hands.move(seconds=61) if point == "after claim" else None)
    sender.run(once=True)
    assert (stub.connections, attempts_about("a")[0].reply) == (0, "it took too long to write")


def test_a_lost_lease_leaves_the_letter_to_whoever_has_it_now(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW)
    other = sending()

    def witness(point: str) -> None:
        if point == "before mark":
            hands.move(hours=1)
            stub.misbehave("rcpt", "550 5.1.1 unknown", times=1)
            other.run(once=True)

    sending(witness=witness).run(once=True)
    assert delivery_about("a").state is State.FAILED
    outcomes = [attempt.outcome for attempt in attempts_about("a")]
    assert outcomes == [Outcome.STOPPED, Outcome.PERM, Outcome.ACCEPTED]


def test_a_letter_that_stops_its_sender_again_and_again_is_quarantined(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    sending().run(once=True)  # a sender was here before, and left its mark
    owe(database, "killer", since=NOW, urgency=0)
    owe(database, "fine", since=NOW)
    with database.writing() as session:
        ledger.note(session, list(Toy().owed(session, NOW)), "localhost", NOW)
    for _ in range(ledger.STOPPED):
        with database.writing() as session:
            claim = ledger.claim(session, hands.at, timedelta(minutes=5))
            assert claim
            assert claim.id == delivery_about("killer").id
        hands.move(minutes=6)
    sending().run(once=True)
    assert delivery_about("killer").state is State.QUARANTINED
    assert [copy.recipient for copy in stub.received] == ["fine@trust.test"]


def test_an_idle_sender_takes_no_right_to_write(database: Database, sending: Sending, hands: Hands) -> None:
    owe(database, "a", since=NOW)
    sending().run(once=True)
    with database.writing() as session:
        session.execute(toy.insert(), [{"about": "b", "address": "b", "since": NOW}])
        session.flush()
        began = time.monotonic()
        assert sending().run(once=True)  # would wait ten seconds for the lock and then fail
        assert time.monotonic() - began < 8
        session.rollback()


def test_no_transaction_is_open_while_the_mail_system_is_spoken_to(
    toys: Flask, database: Database, sending: Sending, stub: Stub
) -> None:
    owe(database, "a", since=NOW)
    stub.misbehave("dot", Stall(2))
    inside = threading.Event()
    stub.reached = lambda step: inside.set() if step == "dot" else None

    def run() -> None:
        with toys.app_context():
            sending().run(once=True)

    thread = threading.Thread(target=run)
    thread.start()
    assert inside.wait(5)
    began = time.monotonic()
    owe(database, "written meanwhile", since=NOW, address="b@trust.test")
    assert time.monotonic() - began < 1.5
    assert thread.is_alive()
    if database.engine.dialect.name == "postgresql":
        with database.reading() as session:
            idle = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
            assert session.scalar(sa.text(idle)) == 0
    thread.join()


def test_where_the_certificate_does_not_verify_nothing_is_sent_and_the_reason_is_kept(
    database: Database, sending: Sending, tmp_path: Path
) -> None:
    owe(database, "a", since=NOW)
    with Stub(context=Certificates(tmp_path / "other.pem").for_names("localhost")) as stub:
        settings = settings_for("", tmp_path, mail_server="localhost", mail_port=stub.port, mail_use_tls=True)
        assert not sending(settings=settings, transport=Transport(settings)).run(once=True)
        assert (stub.body_bytes, stub.received) == (0, [])
    found = delivery_about("a")
    assert found.state is State.RETRY
    assert found.last_reason == "The certificate of the mail system could not be verified, so nothing was sent."
    assert "self-signed" in attempts_about("a")[0].reply or "issuer" in attempts_about("a")[0].reply


def test_a_sender_that_is_stopped_ends_after_the_letter_in_hand(
    database: Database, sending: Sending, stub: Stub
) -> None:
    owe(database, *"abc", since=NOW)
    sender = sending(witness=lambda point: sender.stop() if point == "after claim" else None)
    sender.run()
    assert len(stub.received) == 1
    assert delivery_about("a").state is State.ACCEPTED
    assert delivery_about("b").state is State.QUEUED


def test_a_letter_claimed_just_before_the_stop_is_let_go(
    database: Database, sending: Sending, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(database, *"abc", since=NOW)
    real, claims = ledger.claim, []

    def claiming(*args: Any) -> Any:
        claims.append(real(*args))
        if len(claims) == 2:
            sender.stop()
        return claims[-1]

    monkeypatch.setattr(ledger, "claim", claiming)
    sender = sending()
    sender.run()
    assert (len(stub.received), len(claims)) == (1, 2)
    let_go = delivery_about("b")
    assert (let_go.state, let_go.lease_by, let_go.next_try_at) == (State.QUEUED, "", NOW)
    assert attempts_about("b") == []


def test_what_was_sent_is_written_down_once_the_database_is_back(
    database: Database, sending: Sending, stub: Stub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    owe(database, "a", since=NOW)
    naps: list[float] = []
    monkeypatch.setattr(sending_module, "sleep", naps.append)
    real, failures = ledger.settle, iter(range(3))

    def failing(*args: Any, **kwargs: Any) -> Any:
        if next(failures, None) is not None:
            raise sa.exc.OperationalError("INSERT a@trust.test", {}, Exception("gone"))
        return real(*args, **kwargs)

    monkeypatch.setattr(ledger, "settle", failing)
    sending().run(once=True)
    assert (delivery_about("a").state, naps, len(stub.received)) == (State.ACCEPTED, [1.0] * 3, 1)
    assert "a@trust.test" not in caplog.text


def test_a_database_that_fails_does_not_end_the_loop(
    database: Database, sending: Sending, stub: Stub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    owe(database, "a", since=NOW)
    monkeypatch.setattr(sending_module, "IDLE", 0.01)
    real, rounds = ledger.claim, iter(range(3))

    def failing(*args: Any) -> Any:
        if next(rounds, None) is not None:
            raise sa.exc.OperationalError("SELECT", {}, Exception("gone"))
        return real(*args)

    monkeypatch.setattr(ledger, "claim", failing)
    sender = sending(witness=lambda point: sender.stop() if point == "before mark" else None)
    sender.run()
    assert len(stub.received) == 1
    assert caplog.text.count("The sender met a fault and goes on: OperationalError") == 1


def test_nothing_in_the_log_says_who_was_written_to_or_what(
    database: Database, sending: Sending, stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    owe(database, *"ab", since=NOW)
    stub.misbehave("rcpt", "550 5.1.1 <b@trust.test> unknown", recipient="b@trust.test")
    sending().run(once=True)
    assert "trust.test" not in caplog.text
    assert "Hello" not in caplog.text
    assert caplog.text.count("Letter ") == 2


def test_default_timeouts_follow_the_mail_server(tmp_path: Path) -> None:
    assert Transport(settings_for("", tmp_path)).timeouts == Timeouts.towards("127.0.0.1")
