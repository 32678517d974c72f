"""Letters: the sender beside the standard library, and how long minutes take from being sent to being taken.

The mail server is `smtp-sink`, which comes with Postfix, is written in C and throws everything away. The standard
library builds the same message, with the same Word document, and hands it over on one connection that stays open; it
keeps no account of it. Both take turns in one process.
"""

from __future__ import annotations

import getpass
import logging
import os
import shutil
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import now
from app.database import db
from app.discussions.models import Minutes
from app.forwarding import making
from app.forwarding.document import MinutesFacts, minutes_document
from app.organisations.models import Person
from app.post.models import Attachment, Delivery, Letter, Post
from app.post.sender import Sender
from app.upgrading import upgrade
from tests import factories, postgres
from tests.benchmarks.visiting import Visitor, sending, server
from tests.benchmarks.worlds import World, make
from tests.conftest import settings_for
from tests.ports import own_port
from tests.post.toy import Toy, owe, prepare, toy_app

ROUNDS, IN_A_ROUND = 8, 50
LARGER = 40_000  # bytes of a file, as many as in the figures that our goal for letters was taken from
SENDERS, MINUTES, A_SECOND = (1, 2, 4), 60, 5
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SUBJECT = "Health visiting North: minutes to read – NAI under 5"
BODY = "The minutes of a team are here for you to read.\n\n" * 12


def main(folder: Path) -> bool:
    """Measure and print; False where there is no `smtp-sink` to send to."""
    if not (program := shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")):
        return False
    print("\nMeasuring letters …", flush=True)
    with sink(program) as port, databases(folder) as urls:
        for kind, url in urls.items():
            world = make("small", folder, MINUTES * len(SENDERS) + 1, url, mail_port=port)
            told = _one_told(world)
            if kind == "SQLite":
                _document(told)
                made = minutes_document(told)
                for file in (made, made + os.urandom(max(0, LARGER - len(made)))):
                    _beside_the_library(folder, port, file)
                _real(world, port, made)
            _until_taken(kind, world)
            world.app.extensions["database_engine"].dispose()
    return True


@contextmanager
def sink(program: str) -> Iterator[int]:
    """A running `smtp-sink`; gives its port."""
    port = own_port()
    as_nobody = ["-u", "nobody"] if getpass.getuser() == "root" else []
    process = subprocess.Popen([program, *as_nobody, f"127.0.0.1:{port}", "256"], stdin=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                smtplib.SMTP("127.0.0.1", port, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """The URL of a new database of each kind that is here."""
    with ExitStack() as stack:
        urls = {"SQLite": f"sqlite:///{folder}/minutes.sqlite"}
        if postgres.is_here():
            running = stack.enter_context(postgres.server())
            postgres.run_statement(running, "CREATE DATABASE letters")
            urls["PostgreSQL"] = running.set(database="letters").render_as_string(hide_password=False)
        yield urls


def _one_told(world: World) -> MinutesFacts:
    with world.app.app_context(), db.reading() as session:
        ref = session.scalars(sa.select(Minutes.ref).order_by(Minutes.id)).first()
        assert ref
        return making.facts(session, ref)


def _document(told: MinutesFacts) -> None:
    taken = sorted(_timed(lambda: minutes_document(told)) * 1000 for _ in range(60))
    median, p95 = statistics.median(taken), taken[57]
    print(f"Word document of minutes ({len(minutes_document(told)):,} bytes): median {median:.1f} ms, p95 {p95:.1f} ms")


class _Minutes(Toy):
    """Letters with a Word document."""

    def __init__(self, word: bytes) -> None:
        self.word = word

    def letter(self, session: Session, delivery: Delivery, now: object) -> Letter:
        files = (Attachment("minutes.docx", WORD, self.word),)
        return Letter(to_address=f"{delivery.about}@trust.test", subject=SUBJECT, body=BODY, attachments=files)


def _beside_the_library(folder: Path, port: int, word: bytes) -> None:
    logging.disable(logging.INFO)
    url = f"sqlite:///{folder}/letters-{len(word)}.sqlite"
    upgrade(url)
    prepare(url)
    ours, theirs = [], []
    with toy_app(url).app_context():
        sender = Sender(
            database=db,
            settings=settings_for(url, folder, mail_port=port),
            post=Post(letters=(_Minutes(word),)),
        )
        for turn in range(ROUNDS):
            owe(db, *[f"n{turn}-{i}" for i in range(IN_A_ROUND)], since=now())
            ours.append(IN_A_ROUND / _timed(lambda: sender.run(once=True)))
            theirs.append(IN_A_ROUND / _timed(lambda: _by_the_library(port, word)))
        with db.reading() as session:
            taken = session.scalar(sa.select(sa.func.count()).where(Delivery.accepted_at.is_not(None)))
        assert taken == ROUNDS * IN_A_ROUND, "not every letter went"
        db.engine.dispose()
    share = statistics.median(mine / its for mine, its in zip(ours, theirs, strict=True))
    print(
        f"Letters with a file of {len(word):,} bytes a second, one sender: {statistics.median(ours):.0f}; the standard "
        f"library without any account of them: {statistics.median(theirs):.0f}; share {share:.0%} (median of {ROUNDS})"
    )


def _real(world: World, port: int, word: bytes) -> None:
    """Letters about minutes as they really go, with what is asked for each: who may read them today, whether somebody
    has them, what was shared, whether the document may go along."""
    sender = Sender(database=db, settings=world.app.config["SETTINGS"], post=world.app.extensions["post"])
    ours, theirs, went = [], [], 0
    with world.app.app_context():
        with db.writing() as session:
            asked = session.scalars(sa.select(Asked).where(Asked.team_id.is_not(None)).order_by(Asked.id)).first()
            assert asked
            asked_id, leader = asked.id, session.scalars(sa.select(Minutes.recorded_by_id).limit(1)).one()
        sender.run(once=True)
        for _ in range(ROUNDS):
            with db.writing() as session:
                there, person = session.get_one(Asked, asked_id), session.get_one(Person, leader)
                for _ in range(IN_A_ROUND):
                    factories.minutes(session, there, person, sent_at=now())
            while making.make_documents(db, now()):
                pass
            before, seconds = _accepted(), _timed(lambda: sender.run(once=True))
            went = _accepted() - before
            ours.append(went / seconds)
            theirs.append(IN_A_ROUND / _timed(lambda: _by_the_library(port, word)))
    share = statistics.median(mine / its for mine, its in zip(ours, theirs, strict=True))
    print(
        f"Letters about minutes a second, with all that is looked up for each, one sender: "
        f"{statistics.median(ours):.0f} ({went} in a round); share {share:.0%} (median of {ROUNDS})"
    )


def _accepted() -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).where(Delivery.accepted_at.is_not(None))) or 0


def _by_the_library(port: int, word: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as connection:
        for i in range(IN_A_ROUND):
            message = EmailMessage()
            message["From"], message["To"] = "circulation@service.test", f"n{i}@trust.test"
            message["Subject"], message["Message-ID"] = SUBJECT, f"<n{i}@service.test>"
            message.set_content(BODY)
            message.add_attachment(word, *WORD.split("/", 1), filename="minutes.docx")
            connection.send_message(message)


def _timed(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def _until_taken(kind: str, world: World) -> None:
    """Press "Send" so many times a second, while senders run; when the mail server has taken each letter."""
    drafts = list(world.drafts)
    for count in SENDERS:
        few = World(world.size, world.app, world.environ, world.pages, drafts[:MINUTES], world.leader)
        del drafts[:MINUTES]
        with server("app:serving()", world.environ) as web, senders(count, world.environ):
            began, press = now(), sending(few, Visitor(web))
            for number in range(MINUTES):
                time.sleep(max(0, number / A_SECOND - (now() - began).total_seconds()))
                press()
            taken = _taken(world, began)
        p50, p95 = statistics.median(taken), sorted(taken)[int(len(taken) * 0.95)]
        print(
            f"{kind}, senders: {count}. From “Send” to taken by the mail server, document made in between, "
            f"{A_SECOND} a second: p50 {p50:.2f} s, p95 {p95:.2f} s ({len(taken)} letters about {MINUTES} minutes)"
        )


@contextmanager
def senders(count: int, environ: dict[str, str]) -> Iterator[None]:
    """So many senders, each a process of its own."""
    command = [sys.executable, "-m", "flask", "--app", "app", "post", "send"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, env={**os.environ, **environ}, **quiet) for _ in range(count)]
    time.sleep(3)  # they load
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def _taken(world: World, began: object) -> list[float]:
    """The seconds of each letter, once the minutes sent since then have all gone; at most a minute later."""
    statement = (
        sa.select(Minutes.sent_at, Delivery.accepted_at)
        .join(Delivery, Delivery.about == Minutes.ref)
        .where(Delivery.kind == "minutes", Minutes.sent_at >= began)
    )
    for _ in range(120):
        with world.app.app_context(), db.reading() as session:
            rows = session.execute(statement).all()
            there = session.scalar(sa.select(sa.func.count()).where(Minutes.sent_at >= began))
        if len(rows) >= (there or 0) and all(row.accepted_at for row in rows):
            return [(row.accepted_at - row.sent_at).total_seconds() for row in rows]
        time.sleep(0.5)
    raise RuntimeError("not every letter was taken within a minute")
