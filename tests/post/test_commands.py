"""`flask post` as an operator meets it, and what `/health` says of letters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import create_app
from app.clock import moment_words, now
from app.database import db
from app.post import holding, ledger
from app.post.commands import STEPS
from app.post.health import letters_go_out, mailbox_is_read
from app.post.models import Delivery, State
from app.post.results import Phase
from app.post.status import STATES
from app.settings import ROOT, SettingsFault
from tests.conftest import settings_for
from tests.post.conftest import delivery_about
from tests.post.smtp_stub import Stub
from tests.post.toy import change, owe, prepare
from tests.post.toy_command import toy_command_app


@pytest.fixture
def owing(database_url: str, stub: Stub, tmp_path: Path) -> Iterator[Flask]:
    prepare(database_url)
    made = toy_command_app(database_url, stub.port, data_dir=tmp_path)
    with made.app_context():
        yield made
        db.engine.dispose()


def said(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["post", *arguments])


def test_sending_once_ends_well_when_nothing_is_due_any_more(owing: Flask, stub: Stub) -> None:
    owe(db, *"ab", since=now())
    result = said(owing, "send", "--once")
    assert result.exit_code == 0
    assert len(stub.received) == 2


def test_sending_once_ends_with_a_fault_where_the_mail_system_is_away(owing: Flask, stub: Stub) -> None:
    owe(db, "a", since=now())
    stub.misbehave("connect", "421 away")
    result = said(owing, "send", "--once")
    assert result.exit_code == 1
    assert "Error: The mail system takes no letters just now." in result.output


@contextmanager
def running(url: str, port: int, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`post send` for ever, in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "tests.post.toy_command", url, str(port), "post", "send"]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until(fact: Any) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sender_that_is_told_to_end_finishes_the_letter_in_hand_and_ends_well(
    owing: Flask, stub: Stub, database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    owe(db, *"abc", since=now())

    def told(step: str) -> None:
        if step == "dot" and not stub.received:
            process.send_signal(number)
            time.sleep(0.3)

    stub.reached = told
    with running(database_url, stub.port, tmp_path) as process:
        assert process.wait(20) == 0
        assert process.stderr
        assert "Traceback" not in process.stderr.read()
    assert len(stub.received) == 1
    assert [delivery_about(about).state for about in "abc"] == [State.ACCEPTED, State.QUEUED, State.QUEUED]


def test_a_running_sender_sends_what_comes_to_be_owed_within_moments(
    owing: Flask, stub: Stub, database_url: str, tmp_path: Path
) -> None:
    owe(db, "a", since=now())
    with running(database_url, stub.port, tmp_path):
        until(lambda: len(stub.received) == 1)
        began = time.monotonic()
        owe(db, "b", since=now())
        until(lambda: len(stub.received) == 2)
        assert time.monotonic() - began < 10
        until(lambda: "QUIT" in stub.said)


def test_the_status_says_how_many_how_old_and_why(owing: Flask, stub: Stub) -> None:
    assert said(owing, "status").output == "No letter is owed, and none was ever sent.\n"
    long_ago = now() - timedelta(days=3)
    owe(db, *"abcd", since=long_ago)
    owe(db, "e", since=now() - timedelta(minutes=7), how="held")
    owe(db, "f", since=now(), how="broken")
    stub.misbehave("rcpt", "550 5.1.1 unknown", recipient="b@trust.test")
    stub.misbehave("rcpt", "451 4.7.1 later", recipient="c@trust.test")
    said(owing, "send", "--once")
    owe(db, "g", since=now() - timedelta(minutes=1, seconds=5))
    result = said(owing, "status")
    ago = f"since {moment_words(long_ago)}"
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Owed, and not seen by the sender yet: 1 letter, the oldest owed 1 minute ago.",
        f"Sent to mail system: 2 letters, the oldest owed {ago}.",
        f"Waiting to be tried again: 2 letters, the oldest owed {ago}.",
        "  1 letter: The mail system asked us to try again later.",
        "  1 letter: This letter could not be written, through a fault of ours.",
        f"Could not be sent: 1 letter, the oldest owed {ago}.",
        "  1 letter: There is no such address.",
        "Held back for now: 1 letter, the oldest owed 7 minutes ago.",
        "  1 letter: Nobody holds the role yet.",
        "Delayed by more than 15 minutes: 1 letter; late by more than 1 hour: 1.",
        "A sender was last there less than a minute ago.",
    ]  # fmt: skip


def test_every_state_and_every_step_has_its_words_for_an_operator() -> None:
    assert set(STATES) == set(State)
    assert set(STEPS) == set(Phase) - {Phase.ADDRESS}


def test_letters_set_aside_are_tried_again_once_retried(owing: Flask, stub: Stub) -> None:
    owe(db, "a", since=now(), how="broken")
    owe(db, "b", since=now(), how="superseded")
    owe(db, "c", since=now(), address="nobody")
    said(owing, "send", "--once")
    for _ in range(ledger.UNWRITTEN):
        with db.writing() as session:
            later = now() + timedelta(days=1)
            claim = ledger.claim(session, later, timedelta(0))
            if claim:
                ledger.unwritten(session, claim, "x", now() - timedelta(days=1))
    assert delivery_about("a").state is State.QUARANTINED
    change(db, "a", how="")
    assert said(owing, "retry").output == "1 letter will be tried again.\n"
    assert said(owing, "send", "--once").exit_code == 0
    assert len(stub.received) == 1


def test_a_test_letter_says_how_each_step_went(owing: Flask, stub: Stub) -> None:
    result = said(owing, "test", "operator@council.test")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"Connected to 127.0.0.1 on port {stub.port}.",
        "Our address was accepted.",
        "The address of the letter was accepted.",
        "The letter was handed over.",
        "The mail system has the letter.",
        "It answered: 250 2.0.0 taken",
    ]
    assert stub.received[0].message["Subject"] == "Test letter"


def test_a_test_letter_that_is_refused_says_at_which_step_and_in_whose_words(owing: Flask, stub: Stub) -> None:
    stub.misbehave("rcpt", "550 5.1.1 nobody here")
    result = said(owing, "test", "operator@council.test")
    assert result.exit_code == 1
    assert (
        "Our address was accepted.\nError: There is no such address. (step: recipient; 550 5.1.1 nobody here)"
        in result.output
    )


def test_a_test_letter_to_no_address_is_refused_before_anything_is_sent(owing: Flask, stub: Stub) -> None:
    result = said(owing, "test", "operator")
    assert (result.exit_code, stub.connections) == (1, 0)
    assert "Error: That letter cannot be sent: that is not an address." in result.output


@pytest.mark.parametrize("arguments", [["send", "--once"], ["test", "a@b.test"]])
@pytest.mark.parametrize("fault", [{"mail_server": ""}, {"secret_key": ""}, {"mail_default_sender": "a, b@c.test"}])
def test_nothing_is_sent_with_settings_that_are_not_complete(
    database_url: str, stub: Stub, arguments: list[str], fault: dict[str, str]
) -> None:
    app = toy_command_app(database_url, stub.port, **fault)
    result = said(app, *arguments)
    assert isinstance(result.exception, SettingsFault)
    assert stub.connections == 0


def test_health_is_bad_once_a_letter_was_left_for_five_minutes(owing: Flask, stub: Stub) -> None:
    at = now()
    owe(db, "a", since=at)

    def found(minutes: float) -> Any:
        with db.reading() as session:
            return letters_go_out(session, at + timedelta(minutes=minutes))

    assert found(5).well
    assert not found(6).well
    assert found(6).words == "a letter has been due for 6 minutes and was not tried: see flask post status"
    said(owing, "send", "--once")
    assert found(60) == ("letters", True, "letters go out in time")


def test_health_is_bad_once_the_mailbox_was_not_looked_into_for_an_hour(owing: Flask) -> None:
    at = now()

    def found(minutes: float) -> Any:
        with db.reading() as session:
            return mailbox_is_read(session, at + timedelta(minutes=minutes))

    well, see = ("mailbox", True, "looked into in time"), ": see flask post status"
    assert found(1_000) == well, "nothing went out that could come back"
    owe(db, "a", since=at)
    said(owing, "send", "--once")
    assert found(59) == well
    assert found(62) == ("mailbox", False, f"nobody has looked into the mailbox yet{see}")
    with db.writing() as session:
        holding.looked(session, at + timedelta(minutes=60), "")
        holding.looked(session, at + timedelta(minutes=90), "The server of the mailbox could not be reached.")
    assert found(120) == well
    assert found(121) == ("mailbox", False, f"nobody has looked into the mailbox for 61 minutes{see}")


def test_only_a_service_with_a_mailbox_is_asked_whether_it_is_read(database_url: str, tmp_path: Path) -> None:
    for server, asked in (("", False), ("imap.council.test", True)):
        app = create_app(settings_for(database_url, tmp_path, bounce_imap_server=server))
        assert (mailbox_is_read in app.extensions["health_checks"]) is asked
        app.extensions["database_engine"].dispose()


@pytest.mark.parametrize("fault", [{"secret_key": ""}, {"mail_bounce_address": ""}, {"bounce_imap_server": ""}])
def test_no_mailbox_is_looked_into_with_settings_that_are_not_complete(
    database_url: str, stub: Stub, fault: dict[str, str]
) -> None:
    whole = {"mail_bounce_address": "bounce@service.test", "bounce_imap_server": "127.0.0.1"}
    signs_in = {"bounce_imap_username": "us", "bounce_imap_password": "word", "bounce_imap_port": stub.port}
    result = said(toy_command_app(database_url, 9, **{**whole, **signs_in, **fault}), "mailbox", "--once")
    assert isinstance(result.exception, SettingsFault)
    assert stub.connections == 0


def test_health_is_bad_while_a_letter_is_set_aside_and_names_those_that_were_never_confirmed(owing: Flask) -> None:
    def found(**counts: int) -> Any:
        with db.writing() as session:
            session.execute(sa.delete(Delivery))
            for name, number in counts.items():
                rows = [{"kind": "toy", "about": f"{name}{i}", "owed_since": now()} for i in range(number)]
                named = [{**row, "ref": row["about"], "message_id": row["about"], "state": State(name)} for row in rows]
                session.execute(sa.insert(Delivery), named)
            return letters_go_out(session, now())

    see = ": see flask post status"
    assert found(maybe_sent=2, failed=1, bounced=1) == (
        "letters",
        True,
        f"2 letters not confirmed by the mail system{see}",
    )
    words = "1 letter set aside through a fault of ours, 1 letter not confirmed by the mail system"
    assert found(quarantined=1, maybe_sent=1) == ("letters", False, f"{words}{see}")
    with db.writing() as session:
        session.execute(sa.update(Delivery).values(send_until=now()))
        told = letters_go_out(session, now() + timedelta(minutes=1))
    assert told.well and "set aside" not in told.words, "what is of no more use keeps nothing from being well"


def test_health_says_what_is_delayed_and_is_bad_once_something_is_late(owing: Flask, stub: Stub) -> None:
    at = now()

    def found(minutes: float) -> Any:
        with db.writing() as session:  # as if it had been tried all the time
            waiting = sa.update(Delivery).where(Delivery.state == State.RETRY)
            session.execute(waiting.values(next_try_at=at + timedelta(minutes=minutes)))
        with db.reading() as session:
            return letters_go_out(session, at + timedelta(minutes=minutes))

    owe(db, "full", since=at)
    stub.misbehave("rcpt", "452 4.2.2 full")
    said(owing, "send", "--once")
    assert found(14) == ("letters", True, "letters go out in time")
    assert found(16) == ("letters", True, "1 letter delayed: see flask post status")
    assert found(61) == ("letters", True, "1 letter late: see flask post status")
    stub.misbehave("connect", "421 away")
    owe(db, "any", since=at + timedelta(minutes=30))
    said(owing, "send", "--once")
    assert found(61).words == "1 letter delayed, 1 letter late: see flask post status"
    assert not found(91).well
