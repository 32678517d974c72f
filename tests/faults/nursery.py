"""Runs senders as processes of their own and kills them: `python -m tests.faults.nursery`, spoken to in lines of JSON.

It imports everything once and forks a process for each sender, so that a hundred kills take seconds. An order names the
database, the mail server, how far off the clock is (instead of waiting for a lease to run out), how many senders, and
the point at which, passed so many times, a sender kills itself. The first answer is the number of each process, the
second what each ended with.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import sqlalchemy as sa
from flask import Flask

from app import clock, create_app
from app.database import db
from app.forwarding import making
from app.post.models import Post
from app.post.sender import Sender
from app.post.transport import Timeouts, Transport, Witness
from app.settings import ROOT, Settings
from tests.post.toy import Toy, toy_app

DOCUMENT_POINTS = ("before a document", "half a document", "after a document")
COMMIT = "before a commit"


@dataclass(frozen=True, kw_only=True)
class Order:
    """Start so many senders. With `point`, each kills itself when it passes that point for the nth time (with `by`,
    gives itself another signal), or with `jump` has its clock set by so many seconds there. `service` sends what the
    whole service owes instead of toy letters. With `says`, what troubled it goes to our own standard error, with
    `tells` to that file as soon as it is met."""

    database_url: str
    mail_port: int
    data_dir: str = ""
    ahead: float = 0
    senders: int = 1
    once: bool = True
    service: bool = False
    point: str = ""
    nth: int = 1
    by: int = signal.SIGKILL
    jump: float = 0
    timeouts: tuple[float, ...] = ()
    zone: str = "UTC"
    says: bool = False
    tells: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


class Nursery:
    """The other side: gives orders and waits for how they end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin
        assert process.stdout
        self._orders: IO[str] = process.stdin
        self._answers: IO[str] = process.stdout
        self._running: list[int] = []

    def run(self, order: Order) -> list[int]:
        """Each sender's end: 0, or less than 0 for the signal that killed it."""
        self.start(order)
        return self.ends()

    def start(self, order: Order) -> list[int]:
        """The numbers of the processes, once they run. Ask `ends` before the next order, or they are killed for it."""
        self.clear()
        self._orders.write(json.dumps(asdict(order)) + "\n")
        self._orders.flush()
        self._running = self._answer()
        return self._running

    def ends(self) -> list[int]:
        """Wait until all of an order have ended: each one's end."""
        ends, self._running = self._answer(), []
        return ends

    def clear(self) -> None:
        """Kill what was started and never asked about: whoever failed meanwhile left it, and would wait for ever."""
        for number in self._running:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        if self._running:
            self.ends()

    def _answer(self) -> list[int]:
        answer: list[int] = json.loads(self._answers.readline())
        return answer


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A running nursery, with nothing of our environment."""
    command = [sys.executable, "-W", "error", "-m", "tests.faults.nursery"]
    environment = {"PATH": os.environ.get("PATH", "")}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        made = Nursery(process)
        try:
            yield made
        finally:
            made.clear()


def settings_towards(order: Order) -> Settings:
    """Settings for the service of an order."""
    values: dict[str, Any] = {
        "secret_key": "for tests only, 32 characters or more",
        "service_url": "http://localhost",
        "database_url": order.database_url,
        "data_dir": Path(order.data_dir or "/nowhere"),
        "mail_server": "127.0.0.1",
        "mail_port": order.mail_port,
        "mail_default_sender": "circulation@service.test",
        "mail_bounce_address": "bounce@service.test",
    }
    return Settings(**{**values, **order.settings})


class Clock:
    """A clock that is off by so many seconds, and can be set."""

    def __init__(self, ahead: float) -> None:
        self.ahead = timedelta(seconds=ahead)

    def __call__(self) -> Any:
        return clock.now() + self.ahead


class Passing:
    """The witness of a sender: does what is ordered at a point."""

    def __init__(self, order: Order, hands: Clock) -> None:
        self.order, self.hands, self.left = order, hands, order.nth

    def __call__(self, point: str) -> None:
        if point != self.order.point:
            return
        self.left -= 1
        if self.left == 0 and self.order.jump:
            self.hands.ahead += timedelta(seconds=self.order.jump)
        elif self.left == 0:
            os.kill(os.getpid(), self.order.by)


def send(order: Order) -> int:
    """Be one sender, until nothing is due or the point is reached."""
    os.environ["TZ"] = order.zone
    time.tzset()
    hands = Clock(order.ahead)
    witness = Passing(order, hands)
    logging.disable(logging.WARNING if order.tells else logging.ERROR)
    if order.tells:
        logging.getLogger("post").addHandler(logging.FileHandler(order.tells, delay=True))
    settings = settings_towards(order)
    app = create_app(settings) if order.service else toy_app(order.database_url)
    post: Post = app.extensions["post"] if order.service else Post(letters=(Toy(),))
    timeouts = Timeouts(*order.timeouts) if order.timeouts else None
    transport = Transport(settings, timeouts=timeouts, witness=witness)
    _watch(order, app, witness)
    with app.app_context():
        sender = Sender(database=db, settings=settings, post=post, transport=transport, clock=hands, witness=witness)
        signal.signal(signal.SIGTERM, lambda *_: sender.stop())
        well = sender.run(once=order.once)
        if order.says and not well:
            print(sender.trouble, file=sys.stderr)
        return int(not well)


def _watch(order: Order, app: Flask, witness: Witness) -> None:
    """Have the points passed that are not the sender's own."""
    if order.point == COMMIT:
        sa.event.listen(app.extensions["database_engine"], "commit", lambda _connection: witness(COMMIT))
    if order.point in DOCUMENT_POINTS:
        making.minutes_document = _watched(making.minutes_document, witness)


def _watched(make: Callable[..., bytes], witness: Witness) -> Callable[..., bytes]:
    import zipfile

    write = zipfile.ZipFile.writestr

    def writestr(*args: Any, **kwargs: Any) -> None:
        witness("half a document")
        write(*args, **kwargs)

    def watched(*args: Any) -> bytes:
        witness("before a document")
        zipfile.ZipFile.writestr = writestr  # type: ignore[method-assign]
        body = make(*args)
        zipfile.ZipFile.writestr = write  # type: ignore[method-assign]
        witness("after a document")
        return body

    return watched


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
        create_app(settings_towards(Order(database_url=f"sqlite:///{folder}/none.sqlite", mail_port=9)))  # imports all
        for line in sys.stdin:
            order = Order(**json.loads(line))
            order = replace(order, data_dir=order.data_dir or folder)
            started = [fork(order) for _ in range(order.senders)]
            print(json.dumps(started), flush=True)
            print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) for number in started]), flush=True)


if __name__ == "__main__":
    main()
