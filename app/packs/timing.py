"""How the minutes of a discussion are divided: the plan that whoever leads it takes into the room.

A plan adds up to exactly its minutes, whatever the number of points. It is made of half minutes: twenty points in
twenty minutes have no whole one each, and the plan says so and advises to choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.packs.content import PointKind

MINUTES = 20
LITTLE = 2  # fewer whole minutes for a point than this, and it is better to talk about some of them
_USUAL, _SHORT = (2, 3, 1), (1, 1, 1)  # minutes for the welcome, for what we will do, for the close
BEFORE = "Before the meeting: everybody reads the briefing"
WELCOME = "Welcome: what the briefing is about, and why we talk about it"
DOING = "What we will do: who does what, by when"
CLOSE = "Close: who writes up what was said"


@dataclass(frozen=True)
class Stretch:
    """A part of the meeting, in half minutes from its beginning. `point` counts from 1; 0 is no point. One that lasts
    no time comes before the meeting."""

    words: str
    begins: int
    lasts: int
    point: int = 0

    @property
    def when(self) -> str:
        """`2 to 6½`: from which minute to which."""
        return f"{halves(self.begins)} to {halves(self.begins + self.lasts)}" if self.lasts else "Before"

    @property
    def length(self) -> str:
        """`4½ minutes`; empty before the meeting."""
        return f"{self.long} minute{'s' if self.lasts > 2 else ''}" if self.lasts else ""

    @property
    def long(self) -> str:
        """`4½`: how many minutes; empty before the meeting."""
        return halves(self.lasts) if self.lasts else ""


@dataclass(frozen=True)
class Plan:
    """All stretches in order, with the whole number of minutes that they add up to."""

    minutes: int
    stretches: tuple[Stretch, ...]

    @property
    def advice(self) -> str:
        """What to do where the points are many for the time; empty where they are not."""
        if all(stretch.lasts >= 2 * LITTLE for stretch in self.stretches if stretch.point):
            return ""
        return (
            "That is little time for each question. You can choose those that matter most to your team: "
            "a question that you leave out is written up as “Not discussed”."
        )

    def of(self, point: int) -> Stretch:
        """The stretch of a point, counted from 1."""
        return next(stretch for stretch in self.stretches if stretch.point == point)


def plan(points: Sequence[tuple[str, PointKind]], minutes: int = MINUTES) -> Plan:
    """The plan for questions with their kinds, 1 to 20 of them, in 20 minutes or more."""
    welcome, doing, close = _USUAL if len(points) <= minutes - sum(_USUAL) else _SHORT
    shares = _shares([kind for _, kind in points], 2 * (minutes - welcome - doing - close))
    rows = [(BEFORE, 0, 0), (WELCOME, 2 * welcome, 0)]
    rows += [(f"{i}. {words}", share, i) for i, ((words, _), share) in enumerate(zip(points, shares, strict=True), 1)]
    rows += [(DOING, 2 * doing, 0), (CLOSE, 2 * close, 0)]
    begins, made = 0, []
    for words, lasts, point in rows:
        made.append(Stretch(words, begins, lasts, point))
        begins += lasts
    return Plan(minutes, tuple(made))


def _shares(kinds: Sequence[PointKind], time: int) -> list[int]:
    """Half minutes for each point: whole minutes where there are enough, and what is over to open questions first."""
    unit = 2 if time >= 2 * len(kinds) else 1
    each, over = divmod(time // unit, len(kinds))
    first = sorted(range(len(kinds)), key=lambda i: (kinds[i] is PointKind.KNOWLEDGE_CHECK, i))[:over]
    return [unit * (each + (i in first)) for i in range(len(kinds))]


def halves(number: int) -> str:
    """`4½` for nine half minutes."""
    return f"{number // 2 or ('' if number % 2 else '0')}{'½' if number % 2 else ''}"
