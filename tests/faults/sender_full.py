"""A disk without space under a sender: what it cannot write down it does not do, or does again once there is room."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post import ledger
from app.post.health import letters_go_out
from app.post.models import Post, State
from tests.faults.killing import lease_of
from tests.faults.lines import Ground, Line
from tests.faults.small_disks import Small, small_databases
from tests.faults.toys import MINUTE, Toys, toys, until
from tests.post.toy import Toy

LETTERS = 20
PATIENCE = 60  # seconds at most that a sender takes to meet the full disk, and to send all, on a busy machine
SENT, HANDING_OVER = "after 250", "before the dot"


@dataclass
class Sending:
    """Rounds on one database: letters are owed, the disk is full for a while, and a sender that was never stopped for
    it sends them all. Its clock goes ahead by more than a lease with each."""

    world: Toys
    space: Small
    ahead: float = 0
    ends: list[int] = field(default_factory=list)
    silent: int = 0
    early: int = 0
    met: int = 0
    running: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(17))

    def notes(self) -> None:
        """There is no space from before it looks for what is owed."""
        self._owe()
        self.space.take()
        self._goes_on(self._start())

    def claims(self) -> None:
        """The same, but that the letters were noted."""
        self._owe()
        with db.writing() as session:
            at = now() + timedelta(seconds=self.ahead)
            ledger.note(session, list(Toy().owed(session, at)), "trust.test", at)
        self.space.take()
        self._goes_on(self._start())

    def marks(self) -> None:
        """There is no space once the mail system has a letter that is not marked yet."""
        self._owe()
        self._goes_on(self._stopped_at(SENT, self.chance.randint(1, LETTERS // 2)))

    def marks_and_dies(self) -> None:
        """The same, and the sender is killed; another begins, when the lease is over, on the full disk."""
        self._owe()
        number = self._stopped_at(SENT, self.chance.randint(1, LETTERS // 2))
        self._is_met()
        os.kill(number, signal.SIGKILL)
        self.world.ground.senders.ends()
        self._later()
        self._goes_on(self._start())

    def hands_over_again(self) -> None:
        """There is no space when it is to say that a letter which may be out is handed over again: it waits."""
        self._owe()
        self.world.send(self.ahead, point=SENT)
        self._later()
        out = len(self.world.stub.received) + LETTERS - 1
        self._goes_on(self._stopped_at(HANDING_OVER, LETTERS), settled=False)  # those that nobody had in hand go first
        self.early += len(self.world.stub.received) - out
        self._later()
        self.ends += self.world.send(self.ahead)

    def all_of(self, deed: Callable[[Sending], None], rounds: int) -> None:
        """So many rounds, and a sender once more: where PostgreSQL went down before it said that a claim was written,
        that letter waits for its lease."""
        try:
            for _ in range(rounds):
                deed(self)
            self._later()
            self.ends += self.world.send(self.ahead)
        except BaseException:
            self.end()
            raise

    def _owe(self) -> None:
        self._later()
        first = len(self.world.abouts)
        at = now() + timedelta(seconds=self.ahead)
        self.world.owe(*[f"n{first + i:04}" for i in range(LETTERS)], since=at)

    def _later(self) -> None:
        self.ahead += lease_of(self.world.order()).total_seconds() + 2 * MINUTE

    def _start(self, point: str = "", nth: int = 1) -> int:
        self._tells.unlink(missing_ok=True)
        stops = {"point": point, "nth": nth, "by": signal.SIGSTOP}
        order = self.world.order(self.ahead, once=False, tells=str(self._tells), **stops)
        (self.running,) = self.world.ground.senders.start(order)
        return self.running

    def end(self) -> None:
        """Leave no sender behind that was never told to end: the nursery would wait for it."""
        with suppress(ProcessLookupError):
            os.kill(self.running, signal.SIGKILL)

    @property
    def _tells(self) -> Path:
        return self.world.ground.folder / "trouble"

    def _is_met(self) -> bool:
        """Whether the sender has said that something went wrong, and a second later still runs."""
        met = until(self._tells.exists, PATIENCE)
        time.sleep(1)
        return met

    def _stopped_at(self, point: str, nth: int) -> int:
        """A sender that finds no space from this point on."""
        number = self._start(point, nth)
        assert until(lambda: _is_stopped(number), PATIENCE), "the sender did not come so far"
        self.space.take()
        os.kill(number, signal.SIGCONT)
        return number

    def _goes_on(self, number: int, settled: bool = True) -> None:
        """The sender meets the full disk, `/health` says so in time, and the same sender goes on when there is room."""
        self.met += self._is_met()
        self.silent += not self._is_told()
        self.space.give()
        wanted = {State.ACCEPTED} if settled else {State.ACCEPTED, State.RETRY}
        until(lambda: set(self.world.states()) <= wanted and len(self.world.rows()) == len(self.world.abouts), PATIENCE)
        os.kill(number, signal.SIGTERM)
        self.ends += self.world.ground.senders.ends()

    def _is_told(self) -> bool:
        """What /health says five minutes after the letters are due, or a lease is over: a database that gives no answer
        is not well either."""
        at = now() + timedelta(seconds=self.ahead + 6 * MINUTE) + lease_of(self.world.order())
        try:
            with db.reading() as session:
                return not letters_go_out(session, at).well
        except sa.exc.OperationalError:
            return True


def _is_stopped(number: int) -> bool:
    return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "T"


DEEDS: dict[str, tuple[Callable[[Sending], None], int]] = {
    "notes": (Sending.notes, 1),
    "claims": (Sending.claims, 1),
    "marks": (Sending.marks, 1),
    "marks, and dies": (Sending.marks_and_dies, 2),
    "hands over again": (Sending.hands_over_again, 2),
}


def full_for_a_sender(ground: Ground) -> Iterator[Line]:
    """F17: a disk without space when a sender notes, claims, marks or hands over again: nothing is lost, it goes on."""
    with small_databases(ground) as found:
        if isinstance(found, str):
            yield Line.left_out("F17", "a sender without space", ground.kind, found)
        for space in found if isinstance(found, list) else []:
            with toys(ground, space.url) as world:
                world.app.extensions["post"] = Post(letters=(Toy(),))
                for what, (deed, most) in DEEDS.items():
                    yield _line(ground, Sending(world, space, 86_400.0 * len(world.abouts)), what, deed, most)


def _line(ground: Ground, sending: Sending, what: str, deed: Callable[[Sending], None], most: int) -> Line:
    world, first, rounds = sending.world, len(sending.world.abouts), ground.times(5, 1)
    sending.all_of(deed, rounds)
    abouts, came, states = world.abouts[first:], world.arrived(), world.states(world.abouts[first:])
    copies = [came.each[about] for about in abouts]
    twice = sum(number > 1 for number in copies)
    crashed = len(set(sending.ends) - {0, 1})
    return Line(
        fault="F17",
        what=f"{sending.space.brief} when a sender {what}",
        database=ground.kind,
        operations=rounds,
        lost=copies.count(0),
        most=max(copies),
        many_ids=came.many_ids,
        besides=f"{len(abouts)} letters, {twice} twice; "
        f"said by the sender {sending.met} and by /health {rounds - sending.silent} times",
        holds=states == {State.ACCEPTED: len(abouts)}
        and (copies.count(0), came.many_ids, sending.silent) == (0, 0, 0)
        and (sending.early == 0 or sending.space.fits)
        and (sending.met, crashed) == (rounds, 0)
        and sending.space.sound()
        and max(copies) == most
        and twice <= (rounds if most > 1 else 0),
    )


LINES = (full_for_a_sender,)
