"""Senders that are killed lose no letter. A modest number of kills; `python -m tests.faults` does it in full."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.killing import POINTS, at_once, kill_at
from tests.faults.lines import Ground
from tests.faults.toys import toys

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("point", POINTS)
def test_a_sender_killed_at_a_point_loses_nothing_and_doubles_only_what_may_have_been_sent(
    ground: Ground, point: str
) -> None:
    counted = kill_at(point, kills=3, letters=30, url=ground.fresh(), nursery=ground.senders)
    assert counted.kills == 3
    assert counted.holds, counted


def test_four_senders_at_once_send_every_letter_exactly_once(ground: Ground) -> None:
    (line,) = at_once(ground)
    assert line.well, line


def test_a_sender_that_was_left_running_holds_up_nobody(ground: Ground) -> None:
    with toys(ground) as world:
        (left,) = ground.senders.start(world.order(once=False))
        world.owe("n1")
        assert world.send() == [0]
        assert not Path(f"/proc/{left}").exists()
        assert world.arrived().copies == 1
