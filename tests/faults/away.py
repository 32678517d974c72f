"""A mail system that is away: nobody who sends minutes notices, every try ends in time, and letters go once it is back
(F12). And a letter to the lead that is refused for good: she reads the minutes in the service (F15)."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from app.database import db
from app.policy import Role
from app.post.models import Attempt, Outcome, State
from app.post.queries import WAITING
from app.post.sender import PAUSES
from app.post.transport import Timeouts
from tests.discussions import worlds
from tests.faults.lines import Ground, Line
from tests.faults.service import Service, service
from tests.faults.toys import DAY, MINUTE, QUICK, until
from tests.post.smtp_stub import Stall, Stub

STARTING = 30  # seconds at most that a sender takes before and after a try, on a busy machine
LATE = 60  # seconds that letters may take once the mail system is back


@contextmanager
def refusing() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    yield port


@contextmanager
def swallowing() -> Iterator[int]:
    """A port that answers nothing at all, not even that it is there: its queue is full."""
    with ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(deaf.getsockname())
        yield deaf.getsockname()[1]


@contextmanager
def silent() -> Iterator[int]:
    """A mail server that takes the connection and says nothing."""
    with Stub() as stub:
        stub.misbehave("connect", Stall(600))
        yield stub.port


AWAY = {"refuses connections": refusing, "answers nothing": swallowing, "says nothing": silent}


def away(ground: Ground) -> Iterator[Line]:
    """F12: refused, swallowed or silent. Sending minutes is unaffected, tries end in time, all letters go after."""
    most = _longest(patience := () if ground.full else QUICK)  # in full: as senders have it in service
    for what, port in AWAY.items():
        with service(ground) as world, port() as there:
            (sender,) = ground.senders.start(world.order(once=False, mail_port=there, timeouts=patience))
            refs, p95, soon = _submitted(world, world.world(), ground)
            tried = until(lambda world=world: bool(_tries(world)), most)  # type: ignore[misc]
            os.kill(sender, signal.SIGTERM)
            ground.senders.ends()
            waiting = sum(world.progress(ref).words == WAITING for ref in refs)
            began = time.monotonic()
            world.send(2 * MINUTE, mail_port=there, timeouts=patience)
            longest, outcomes = time.monotonic() - began, set(_tries(world))
            ends = world.send(6 * MINUTE) + world.send(9 * MINUTE)
            copies = [world.stub.copies()[row.message_id] for row in world.letters().values()]
            yield world.line(
                fault="F12",
                what=f"the mail system {what}",
                operations=len(refs),
                lost=len(refs) - sum(map(bool, copies)),
                besides=f"submit p95 {p95:.2f} s; {waiting} waiting to send; a try took {longest:.1f} s",
                holds=tried
                and (waiting, outcomes, ends) == (len(refs), {Outcome.TEMP}, [0, 0])
                and longest < most
                and copies == [1] * len(refs)
                and soon,
            )


def _longest(patience: tuple[float, ...]) -> float:
    """Seconds that a try may take which comes no further than the first word of the server."""
    times = Timeouts(*patience)
    return times.connect + times.command + STARTING


def _submitted(world: Service, place: worlds.World, ground: Ground) -> tuple[list[str], float, bool]:
    """Minutes sent through the pages: their references, in how many seconds 95 of 100 last clicks were answered, and if
    that is soon. In short the quickest of four tells whether sending waits for the mail system, which all would:
    the slowest tells how busy the machine is."""
    leader, refs, times = world.browser(place.leader), [], []
    for i in range(ground.times(40, 4)):
        check = worlds.write(leader, place, **{"points-point-0-words": f"What we said the {i}th time."})
        form = worlds.to_send(leader, check)
        began = time.monotonic()
        answer = leader.post(check, data=form)
        times.append(time.monotonic() - began)
        assert answer.status_code == 303, answer.text
        refs.append(answer.location.split("/minutes/")[1].partition("/")[0])
    p95 = sorted(times)[int(len(times) * 0.95)]
    return refs, p95, p95 < 1 if ground.full else min(times) < QUICK[0]


def _tries(world: Service) -> list[Outcome]:
    """How each try ended."""
    with db.reading() as session:
        return list(session.scalars(sa.select(Attempt.outcome).order_by(Attempt.id)))


def back_again(ground: Ground) -> Iterator[Line]:
    """F12: a mail system that was away comes back under a running sender. What others are owed goes within a minute: in
    full after so many tries that the sender pauses for as long as it ever does."""
    with service(ground) as world:
        place, letters, tries = world.world(), ground.times(40, 4), ground.times(len(PAUSES), 2)
        world.stub.misbehave("connect", Stall(6))
        (sender,) = ground.senders.start(world.order(once=False, timeouts=QUICK))
        refs = world.sent(place, letters)
        until(lambda: len(_tries(world)) >= tries, 2 * LATE)
        world.stub.behave()
        began = time.monotonic()
        mine = lambda: {row.message_id for row in world.letters().values()}  # noqa: E731
        in_time = until(lambda: len(mine() & set(world.stub.copies())) >= letters - tries, LATE)
        spent = time.monotonic() - began
        os.kill(sender, signal.SIGTERM)
        ground.senders.ends()
        world.send(5 * MINUTE)
        copies = [world.stub.copies()[row.message_id] for row in world.letters().values()]
        yield world.line(
            fault="F12",
            what="the mail system comes back",
            operations=letters,
            lost=len(refs) - sum(map(bool, copies)),
            besides=f"the others' letters {spent:.0f} s later",
            holds=in_time and copies == [1] * letters,
        )


def refused_but_readable(ground: Ground) -> Iterator[Line]:
    """F15: the lead's address is refused for good. She reads the minutes in the service; the team sees what became, and
    it and whoever looks after the people are written to."""
    with service(ground) as world:
        place = world.world()
        administrator = world.appointed(place, Role.ADMINISTRATOR)
        refs = world.sent(place, ground.times(20, 2))
        world.stub.misbehave("rcpt", "550 5.1.1 no such user here", recipient=world.address(place.lead))
        ends = world.send() + world.send(2 * MINUTE) + world.send(6 * DAY)
        lead, leader = world.browser(place.lead), world.browser(place.leader)
        read = sum("We talked about point-0." in lead.get(f"/minutes/{ref}").text for ref in refs)
        told = sum("ould not be sent" in leader.get(f"/minutes/{ref}").text for ref in refs)
        failed = sum(row.state is State.FAILED and row.tries == 1 for row in world.letters().values())
        alerts = _alerts(world, place.leader, administrator)
        yield world.line(
            fault="F15",
            what="the lead's address is refused",
            operations=len(refs),
            lost=len(refs) - read,
            besides=f"{failed} failed after one try, {read} read by the lead, {told} told to the team; "
            f"{len(alerts)} told in letters {max(alerts, default=0):.0f} s later",
            holds=ends == [0] * 3
            and (failed, read, told) == (len(refs),) * 3
            and not world.letters_to(place.lead)
            and len(alerts) == len(refs) + 1
            and max(alerts) <= 5 * MINUTE,
        )


def _alerts(world: Service, leader: int, administrator: int) -> list[float]:
    """After how many seconds the sender heard of each refused letter, and whoever looks after the people of them."""
    with db.reading() as session:
        first = sa.func.min(Attempt.at, type_=Attempt.at.type)
        since = session.scalars(sa.select(first).where(Attempt.outcome == Outcome.PERM)).one()
    told = world.heard("unsent", leader, since), world.heard("address", administrator, since)
    return [seconds for one in told for seconds in one.values()]


LINES = (away, back_again, refused_but_readable)
