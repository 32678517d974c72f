"""One launch of twenty thousand letters: found, noted and sent by a sender that is interrupted again and again, in
memory that does not grow with the launch."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from app.circulation import queries, services
from app.circulation.owed import number_owed
from app.circulation.queries import ASK
from app.clock import now
from app.database import db, new_ref
from app.post.models import Delivery, State
from tests import factories as make
from tests.circulation.worlds import big_world
from tests.faults.lines import Ground, Line
from tests.faults.service import Service, service

WARM = 20  # letters after which a sender holds what it always does
MOST_GROWN = 24  # MB: what a sender may hold more in the end than after its first letters
SEED = 20_000
LEASE = 300  # seconds, and more than a lease has


def launched(ground: Ground) -> Iterator[Line]:
    """Launch: twenty thousand letters, the sender stopped or killed at any instant and started again."""
    chance = random.Random(SEED)
    with service(ground) as world:
        about, letters = _launch(ground)
        memory, kills, stops, ahead = _Memory(), 0, 0, 0
        while not _is_over(about, letters):
            ahead += LEASE  # what a killed sender had in hand is due again
            (number,) = world.ground.senders.start(world.order(ahead))
            ending = signal.SIGKILL if chance.random() < 0.5 else signal.SIGTERM
            begun = len(world.stub.received) + WARM
            with memory.watching(number, lambda begun=begun: len(world.stub.received) >= begun):  # type: ignore[misc]
                ended = _interrupted(world, number, ending, chance.randint(1, ground.times(4_000, 150)))
            (code,) = world.ground.senders.ends()
            kills, stops = kills + (code < 0), stops + (ended and code >= 0)
        came, each = _came(about), world.stub.copies()
        twice = sum(each[message_id] > 1 for message_id in came)
        yield world.line(
            fault="Launch",
            what=f"{letters:,} letters, the sender interrupted and begun anew",
            operations=letters,
            lost=sum(not each[message_id] for message_id in came) + letters - len(came),
            besides=f"{kills} kills, {stops} stops, {twice} twice, grown {memory.grown:.0f} MB",
            holds=len(came) == letters
            and all(1 <= each[message_id] <= 2 for message_id in came)
            and twice <= kills
            and kills + stops > 0
            and memory.looks > 0
            and memory.grown < MOST_GROWN,
        )


def _launch(ground: Ground) -> tuple[str, int]:
    """A partnership asks all its teams; the reference of that, and how many letters are to go."""
    with db.writing() as session:
        there = big_world(session, ground.times(2_500, 40), ground.times(20_000, 300))
        officer = make.actor_of(session, there.officer)
        plan = queries.plan(session, officer, there.partnership, there.everybody(), now())
        day = services.usual_date(now())
        what = (officer, there.partnership, there.edition, plan)
        sent = services.circulate(session, *what, answer_by=day, cover_note="", once=new_ref(), now=now())
        session.flush()
        letters = number_owed(session, sent.ref, now())
        assert letters == plan.letters
        return sent.ref, letters


def _is_over(about: str, letters: int) -> bool:
    with db.reading() as session:
        sent = sa.select(sa.func.count()).where(Delivery.about == about, Delivery.state == State.ACCEPTED)
        return session.scalar(sent) == letters


def _interrupted(world: Service, number: int, ending: signal.Signals, after: int) -> bool:
    """Stop a sender once so many more letters have arrived; whether it was still there."""
    until = len(world.stub.received) + after
    while len(world.stub.received) < until:
        time.sleep(0.01)
        if _has_ended(number):
            return False
    with suppress(ProcessLookupError):
        os.kill(number, ending)
    return True


def _has_ended(number: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def _came(about: str) -> list[str]:
    """The Message-IDs of the letters of a launch."""
    with db.reading() as session:
        ours = sa.select(Delivery.message_id).where(Delivery.kind == ASK, Delivery.about == about)
        return list(session.scalars(ours))


class _Memory:
    """How much more a sender held at any time than when it had just begun to send: of all senders the worst, in MB; and
    how often that was looked at."""

    def __init__(self) -> None:
        self.grown, self.looks = 0.0, 0

    def watching(self, number: int, is_warm: Callable[[], bool]) -> _Watch:
        return _Watch(self, number, is_warm)


class _Watch:
    def __init__(self, memory: _Memory, number: int, is_warm: Callable[[], bool]) -> None:
        self.memory, self.number, self.is_warm, self.over = memory, number, is_warm, threading.Event()
        self.thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        first = 0.0
        while not self.over.wait(0.1):
            held = _held(self.number)
            if held and not first and self.is_warm():
                first = held
            elif first and held:
                self.memory.looks += 1
                self.memory.grown = max(self.memory.grown, held - first)


def _held(number: int) -> float:
    """MB of a process in memory; 0 where it has ended."""
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1]) / 1024
    return 0.0


LINES = (launched,)
