"""Clocks that are wrong, set back or set forward, and the nights on which London changes its own (F20)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.clock import now
from app.post.models import State
from tests.faults.lines import Ground, Line
from tests.faults.nursery import nursery
from tests.faults.toys import HOUR, MINUTE, Toys, toys, until
from tests.post.smtp_stub import Drop, Stall

POINTS = ("after claim", "after connect", "after the dot", "before mark", "after mark")
PATIENCE = 30
NIGHTS = {
    "the night London's clocks go back": datetime(2026, 10, 25, 0, 59, 55, tzinfo=UTC),
    "the night London's clocks go forward": datetime(2027, 3, 28, 0, 59, 55, tzinfo=UTC),
}


def _line(world: Toys, what: str, *, most: int = 2, also: bool = True, besides: str = "") -> Line:
    came, states, letters = world.arrived(), world.states(), len(world.abouts)
    return Line(
        fault="F20",
        what=what,
        database=world.ground.kind,
        operations=letters,
        lost=came.lost,
        most=came.most,
        many_ids=came.many_ids,
        besides=f"{came.copies - letters + came.lost} came twice{besides}",
        holds=also
        and (came.lost, came.many_ids) == (0, 0)
        and came.most <= most
        and states == {State.ACCEPTED: letters},
    )


def jumping(ground: Ground) -> Iterator[Line]:
    """F20: a clock set two hours forward or back under a running sender, at each step of a letter."""
    for hours in (2, -2):
        with toys(ground) as world:
            for point in POINTS * ground.times(10, 1):
                first = len(world.abouts)
                world.owe(*[f"n{first + i}" for i in range(4)])
                world.send(2 * HOUR, point=point, nth=2, jump=hours * HOUR)
            world.send(5 * HOUR)
            yield _line(world, f"the clock jumps {hours:+} h while letters go", most=1)


def set_back_in_a_pause(ground: Ground) -> Iterator[Line]:
    """F20: a clock set back two hours while a sender pauses. What is owed then does not wait for two hours."""
    with toys(ground) as world:
        world.owe("before")
        world.stub.misbehave("connect", "421 away", times=1)
        order = world.order(2 * HOUR, point="after mark", jump=-2 * HOUR, once=False)
        (number,) = ground.senders.start(order)
        until(lambda: world.states()[State.RETRY] == 1)
        after = [f"after{i}" for i in range(ground.times(50, 3))]
        world.owe(*after)
        in_time = until(lambda: world.arrived().copies == len(after))
        os.kill(number, signal.SIGTERM)
        ground.senders.ends()
        world.send(3 * HOUR)
        yield _line(world, "the clock is set back 2 h in a pause", most=1, also=in_time)


def apart(ground: Ground) -> Iterator[Line]:
    """F20: two senders whose clocks are two hours apart: the one takes what the other has in hand for left behind."""
    with toys(ground) as world, nursery() as others:
        for _ in range(ground.times(20, 2)):
            first = len(world.abouts)
            world.owe(*[f"n{first + i}" for i in range(3)])
            world.stub.go_on.clear()
            world.stub.misbehave("dot", Stall(PATIENCE), times=1)
            before = world.arrived().copies
            ground.senders.start(world.order())
            until(lambda before=before: world.arrived().copies > before)  # type: ignore[misc]
            others.run(world.order(2 * HOUR))
            world.stub.go_on.set()
            ground.senders.ends()
        world.send(3 * HOUR)
        yield _line(world, "two senders, their clocks 2 h apart", also=world.arrived().most == 2)


def changing_nights(ground: Ground) -> Iterator[Line]:
    """F20: letters refused for now and left in doubt while London's clocks change, on a host that keeps London's time.
    They go when they are due by the clock that never changes."""
    for what, night in NIGHTS.items():
        with toys(ground) as world:
            letters = ground.times(50, 3)
            world.owe(*[f"n{i}" for i in range(letters)], since=min(now(), night) - timedelta(days=1))
            for i in range(letters):
                deed = "450 4.2.0 later" if i % 2 else Drop()
                world.stub.misbehave("dot", deed, recipient=f"n{i}@trust.test", times=1)
            started = (night - now()).total_seconds()
            for ahead in (0, MINUTE / 3):
                world.send(started + ahead, zone="Europe/London")
            early = world.arrived().copies - (letters + 1) // 2
            world.send(started + 2 * MINUTE, zone="Europe/London")
            yield _line(world, what, also=early == 0, besides=f", {early} before they were due")


LINES = (jumping, set_back_in_a_pause, apart, changing_nights)
