"""The plan of a discussion's minutes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.packs.content import PointKind
from app.packs.timing import BEFORE, MINUTES, Stretch, halves, plan

kinds = st.lists(st.sampled_from(list(PointKind)), min_size=1, max_size=20)


def of(*kinds: PointKind, minutes: int = MINUTES) -> tuple[Stretch, ...]:
    return plan([(f"Question {n}?", kind) for n, kind in enumerate(kinds, 1)], minutes).stretches


@settings(deadline=None)
@given(kinds)
def test_a_plan_adds_up_to_exactly_twenty_minutes_whatever_the_points(kinds: list[PointKind]) -> None:
    stretches = of(*kinds)
    assert sum(stretch.lasts for stretch in stretches) == 2 * MINUTES
    assert all(stretch.lasts > 0 for stretch in stretches if stretch.words != BEFORE)
    for before, after in itertools.pairwise(stretches):
        assert after.begins == before.begins + before.lasts
    assert [stretch.point for stretch in stretches if stretch.point] == list(range(1, len(kinds) + 1))


@settings(deadline=None)
@given(kinds)
def test_no_point_has_more_than_a_minute_more_than_another_and_open_questions_have_no_less(
    kinds: list[PointKind],
) -> None:
    given = {stretch.point: stretch.lasts for stretch in of(*kinds) if stretch.point}
    assert max(given.values()) - min(given.values()) <= 2
    opened = [given[n] for n, kind in enumerate(kinds, 1) if kind is PointKind.OPEN]
    checks = [given[n] for n, kind in enumerate(kinds, 1) if kind is not PointKind.OPEN]
    assert not opened or not checks or sum(opened) / len(opened) >= sum(checks) / len(checks)


@settings(deadline=None)
@given(kinds, st.integers(20, 120))
def test_so_does_a_plan_for_a_longer_meeting(kinds: list[PointKind], minutes: int) -> None:
    assert sum(stretch.lasts for stretch in of(*kinds, minutes=minutes)) == 2 * minutes


def test_up_to_seventeen_points_have_whole_minutes() -> None:
    for number in range(1, 18):
        assert all(stretch.lasts % 2 == 0 for stretch in of(*[PointKind.OPEN] * number)), number


@pytest.mark.parametrize(("points", "advised"), [(1, False), (7, False), (8, True), (20, True)])
def test_whoever_has_little_time_for_each_is_told_that_some_may_be_left_out(points: int, advised: bool) -> None:
    told = plan([("Question?", PointKind.OPEN)] * points).advice
    assert ("Not discussed" in told) is advised


def test_the_three_points_of_the_first_pack() -> None:
    check = PointKind.KNOWLEDGE_CHECK
    said = [(stretch.when, stretch.length) for stretch in of(PointKind.OPEN, check, PointKind.OPEN)]
    assert said == [
        ("Before", ""),
        ("0 to 2", "2 minutes"),
        ("2 to 7", "5 minutes"),
        ("7 to 11", "4 minutes"),
        ("11 to 16", "5 minutes"),
        ("16 to 19", "3 minutes"),
        ("19 to 20", "1 minute"),
    ]


def test_half_minutes_are_said_as_such() -> None:
    assert [halves(number) for number in range(5)] == ["0", "½", "1", "1½", "2"]
    assert of(*[PointKind.OPEN] * 20)[-3].length == "½ minute"
