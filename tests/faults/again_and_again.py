"""The same letter is struck again and again: its sender dies on every try, or its connection breaks off and then its
sender dies (F4 to F9, F14). It comes twice at most, whatever strikes it, and is not tried for ever."""

from __future__ import annotations

import itertools
import signal
from collections import Counter
from collections.abc import Iterator

from app.post.ledger import STOPPED
from app.post.models import State
from app.post.queries import SENT, UNCONFIRMED
from tests.faults.killing import FAULTS, MAYBE_SENT, NOT_SENT_YET, lease_of
from tests.faults.lines import Ground, Line
from tests.faults.toys import QUICK, Toys, toys
from tests.post.smtp_stub import Drop

MOST_KILLS = STOPPED + 1  # of one letter: a sender that never settles it would go on for ever


def killed_on_every_try(ground: Ground) -> Iterator[Line]:
    """F7-F9: the sender of each letter is killed after the dot on every try. Two copies, settled, and it says so."""
    for point in MAYBE_SENT:
        with toys(ground) as world:
            world.owe(*[f"n{i}" for i in range(ground.times(100, 2))])
            yield _line(world, FAULTS[point], f"kill -9 {point}, again and again", _struck(world, point, 0), 2, 2)


def dropped_and_killed(ground: Ground) -> Iterator[Line]:
    """F14: broken off after the dot, then the sender is killed after it on every try; and first the one killed."""
    letters = [f"n{i}" for i in range(ground.times(50, 2))]
    with toys(ground) as world:
        world.owe(*letters)
        world.stub.misbehave("dot", Drop(), times=len(letters))
        world.send(timeouts=QUICK)
        yield _line(world, "F14", "broken off, then kill -9 after the dot", _struck(world, "after the dot", 1), 2, 1)
    with toys(ground) as world:
        world.owe(*letters)
        kills = _struck(world, "after the dot", 0, at_most=len(letters))
        world.stub.misbehave("dot", Drop())
        ends = [end for since in range(1, 4) for end in world.send(_ahead(world, kills + since), timeouts=QUICK)]
        yield _line(world, "F14", "kill -9 after the dot, then broken off", kills + sum(map(abs, ends)), 2, 1)


def killed_before_the_dot(ground: Ground) -> Iterator[Line]:
    """F4-F6: the sender of each letter is killed before the dot on all tries but the last it has. One copy."""
    for point in NOT_SENT_YET:
        with toys(ground) as world:
            world.owe(*[f"n{i}" for i in range(ground.times(25, 2))])
            kills = _struck(world, point, 0, at_most=(STOPPED - 1) * len(world.abouts))
            ends = world.send(_ahead(world, kills))
            yield _line(world, FAULTS[point], f"kill -9 {point}, again and again", kills - sum(ends), 1, STOPPED - 1)


def killed_before_and_after_it(ground: Ground) -> Iterator[Line]:
    """F4-F9: the sender of each letter is killed once before the dot and from then on after it. It came, and twice at
    most: that the first was before it nobody knows."""
    with toys(ground) as world:
        world.owe(*[f"n{i}" for i in range(ground.times(50, 2))])
        before = _struck(world, "before the dot", 0, at_most=len(world.abouts))
        kills = before + _struck(world, "after 250", before)
        yield _line(world, "F4", "kill -9 before the dot, then after 250", kills, 1, 2, unconfirmed=True)


def _struck(world: Toys, point: str, before: int, at_most: int = 0) -> int:
    """Let senders die at a point, one after the other, each when the leases of those before have run out, until one
    finds nothing more to do; how many died."""
    most = at_most or MOST_KILLS * len(world.abouts)
    for kills in itertools.count():
        if kills == most or world.send(_ahead(world, before + kills), point=point) != [-signal.SIGKILL]:
            return kills
    raise AssertionError


def _ahead(world: Toys, kills: int) -> float:
    return kills * (lease_of(world.order()).total_seconds() + 1)


def _line(
    world: Toys, fault: str, what: str, kills: int, copies: int, kills_each: int, *, unconfirmed: bool = False
) -> Line:
    letters, came, states = len(world.abouts), world.arrived(), world.states()
    unconfirmed = unconfirmed or copies == 2
    told = Counter((one.words, one.twice) for one in world.progress().values())
    state, words = (State.MAYBE_SENT, UNCONFIRMED) if unconfirmed else (State.ACCEPTED, SENT)
    return Line(
        fault=fault,
        what=what,
        database=world.ground.kind,
        operations=kills,
        lost=came.lost,
        most=came.most,
        many_ids=came.many_ids,
        besides=f"{came.copies - letters} came twice, {told[words, True]} say so, {letters - states[state]} unsettled",
        holds=(kills, came.lost, came.most, came.many_ids) == (kills_each * letters, 0, copies, 0)
        and set(came.each.values()) == {copies}
        and (states, told) == ({state: letters}, {(words, True): letters}),
    )


LINES = (killed_before_the_dot, killed_on_every_try, killed_before_and_after_it, dropped_and_killed)
