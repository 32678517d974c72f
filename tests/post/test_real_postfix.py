"""A letter through a real Postfix comes back through its pipe, and the letter says so in plain words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post.models import Bounce, Delivery, State
from app.settings import ROOT
from tests.conftest import missing, settings_for
from tests.post import postfix as mail
from tests.post.conftest import delivery_about
from tests.post.postfix import Command, Postfix
from tests.post.toy import owe, prepare
from tests.post.toy_command import toy_command_app

BOUNCES = "bounce@service.test"


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    if not mail.is_here():
        missing("Postfix (or the right to start it)")
    with mail.postfix() as running:
        yield running


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Command:
    """The script that README gives for the pipe of a mail server, which has no environment of its own."""
    kept = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": settings_for("", tmp_path).secret_key,
        "MAIL_BOUNCE_ADDRESS": BOUNCES,
    }
    (tmp_path / "environment").write_text("".join(f"{name}='{value}'\n" for name, value in kept.items()))
    found = re.search(r"```sh\n(\s*#!/bin/sh\n.+?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found
    told = textwrap.dedent(found[1])
    for written, here in {
        "/etc/circulation.env": str(tmp_path / "environment"),
        "/srv/circulation": str(ROOT),
        ".venv/bin/flask": f"{sys.executable} -W error -m flask",
    }.items():
        assert written in told
        told = told.replace(written, here)
    script = tmp_path / "bounce"
    script.write_text(told)
    script.chmod(0o700)

    def run(to: str, message: bytes) -> int:
        return subprocess.run([str(script), to], env={"PATH": os.defpath}, input=message).returncode

    return run


def comes_back(postfix: Postfix, fact: Callable[[], bool], command: Command) -> list[int]:
    """Serve the pipe until something is true; what the commands ended with."""
    codes: list[int] = []
    end = time.monotonic() + 30
    while not fact():
        codes += postfix.piped(command)
        assert time.monotonic() < end, postfix.log
        time.sleep(0.05)
    return codes


def test_a_letter_to_nobody_comes_back_through_the_pipe_of_a_real_postfix(
    database_url: str, tmp_path: Path, postfix: Postfix, command: Command
) -> None:
    prepare(database_url)
    app = toy_command_app(database_url, postfix.port, data_dir=tmp_path, mail_bounce_address=BOUNCES)
    with app.app_context():
        owe(db, "no-such-person", since=now())
        assert app.test_cli_runner().invoke(args=["post", "send", "--once"]).exit_code == 0
        letter = delivery_about("no-such-person")
        assert letter.state is State.ACCEPTED
        _in_hand(letter.id, State.SENDING)
        assert comes_back(postfix, lambda: "status=deferred" in postfix.log, command) == [75]
        _in_hand(letter.id, State.ACCEPTED)
        assert comes_back(postfix, lambda: delivery_about("no-such-person").state is State.BOUNCED, command) == [0]
        assert delivery_about("no-such-person").last_reason == "There is no such address."
        with db.reading() as session:
            row = session.scalars(sa.select(Bounce)).one()
            assert (row.status, row.address, row.flags) == ("5.1.1", "no-such-person@trust.test", True)
            assert row.reply == 'unknown user: "no-such-person"'
        db.engine.dispose()


def _in_hand(number: int, state: State) -> None:
    """Let a sender have the letter still, or no more."""
    with db.writing() as session:
        session.execute(sa.update(Delivery).where(Delivery.id == number).values(state=state))
