"""Runs senders as processes of their own and kills them: `python -m tests.faults.nursery`, spoken to in lines of JSON.

It imports everything once and forks a process for each sender, so that a hundred kills take seconds. An order names the
database, the mail server, how far ahead the clock is (instead of waiting for a lease to run out), how many senders, and
the point at which, passed so many times, a sender kills itself. The answer is what each process ended with.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from app import clock
from app.database import db
from app.post.models import Post
from app.post.sender import Sender
from app.settings import ROOT, Settings
from tests.post.toy import Toy, toy_app


@dataclass(frozen=True, kw_only=True)
class Order:
    """Start so many senders. With `point`, each kills itself when it passes that point for the nth time."""

    database_url: str
    mail_port: int
    data_dir: str = "/nowhere"
    ahead: float = 0
    senders: int = 1
    point: str = ""
    nth: int = 1


class Nursery:
    """The other side: gives orders and waits for how they end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._orders: IO[str] = process.stdin
        self._answers: IO[str] = process.stdout

    def run(self, order: Order) -> list[int]:
        """Each sender's end: 0, or less than 0 for the signal that killed it."""
        self._orders.write(json.dumps(asdict(order)) + "\n")
        self._orders.flush()
        ends: list[int] = json.loads(self._answers.readline())
        return ends


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A running nursery, with nothing of our environment."""
    command = [sys.executable, "-W", "error", "-m", "tests.faults.nursery"]
    environment = {"PATH": os.environ.get("PATH", "")}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        yield Nursery(process)


def settings_towards(order: Order) -> Settings:
    """Settings for the toy service of an order."""
    return Settings(
        service_url="http://localhost",
        database_url=order.database_url,
        data_dir=Path(order.data_dir),
        mail_server="127.0.0.1",
        mail_port=order.mail_port,
        mail_default_sender="circulation@service.test",
    )


def send(order: Order) -> int:
    """Be one sender, until nothing is due or the point is reached."""
    left = order.nth

    def witness(point: str) -> None:
        nonlocal left
        left -= point == order.point
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    logging.disable(logging.INFO)
    with toy_app(order.database_url).app_context():
        ahead = timedelta(seconds=order.ahead)
        sender = Sender(
            database=db,
            settings=settings_towards(order),
            post=Post(letters=(Toy(),)),
            clock=lambda: clock.now() + ahead,
            witness=witness,
        )
        return int(not sender.run(once=True))


def fork(order: Order) -> int:
    """A process of its own for one sender; its number."""
    number = os.fork()
    if number == 0:
        end = 70
        try:
            end = send(order)
        finally:
            sys.stderr.flush()
            os._exit(end)
    return number


def main() -> None:
    with TemporaryDirectory() as folder:
        for line in sys.stdin:
            order = replace(Order(**json.loads(line)), data_dir=folder)
            started = [fork(order) for _ in range(order.senders)]
            print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) for number in started]), flush=True)


if __name__ == "__main__":
    main()
