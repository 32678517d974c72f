"""What the report on one circulation is made from: plain values, and the figures worked out from them.

Every figure comes from the same rows that the tables show, so that the first page and the tables cannot disagree. Only
the shared part is ever given here; who may read which breakdown is settled before, `withheld` says what was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.packs.models import PointKind

Hands = tuple[int | None, int | None, int | None]  # people who said yes, partly, not yet; None where nobody counted


@dataclass(frozen=True)
class Coverage:
    """How far one organisation has come, in teams; an organisation asked with no team known counts as one.

    `discussed`, `other_reply` and what is left are apart and make up `asked`; the acknowledged and the shared are among
    the discussed.
    """

    organisation: str
    sector: str
    asked: int
    discussed: int = 0
    acknowledged: int = 0
    shared: int = 0
    other_reply: int = 0

    @property
    def no_response(self) -> int:
        """The teams asked that have neither discussed nor replied."""
        return self.asked - self.discussed - self.other_reply


@dataclass(frozen=True)
class Answer:
    """One shared answer, from one set of minutes. Of `held_on` only the month is shown."""

    organisation: str
    sector: str
    setting: str
    held_on: date
    present: int
    words: str
    quotable: bool
    hands: Hands = (None, None, None)

    @property
    def counted(self) -> bool:
        """Whether people were counted by show of hands."""
        return any(count is not None for count in self.hands)


@dataclass(frozen=True)
class PointFacts:
    """One discussion point: how many of the teams that met discussed it, and what was shared.

    Where shared answers are left out of `answers`, `withheld` says why and `left_out` how many they are.
    """

    question: str
    discussed: int
    met: int
    answers: Sequence[Answer]
    kind: PointKind = PointKind.OPEN
    withheld: str = ""
    left_out: int = 0

    @property
    def shared(self) -> int:
        """How many answers were shared, those that are left out included."""
        return len(self.answers) + self.left_out

    def hands(self) -> tuple[int, tuple[int, int, int]]:
        """How many shared answers hold a count, and the people in them who said yes, partly and not yet."""
        counted = [answer.hands for answer in self.answers if answer.counted]
        yes, partly, not_yet = (sum(hands[which] or 0 for hands in counted) for which in range(3))
        return len(counted), (yes, partly, not_yet)


@dataclass(frozen=True)
class Said:
    """Shared words of a team: what it will do, or a question addressed to the partnership."""

    organisation: str
    sector: str
    words: str


@dataclass(frozen=True)
class OtherReply:
    """A reply without minutes: `kind` as people read it ("Not relevant to us"), `words` the reason."""

    organisation: str
    team: str
    kind: str
    words: str


@dataclass(frozen=True)
class Waiting:
    """A team that has not replied; `status` is "No response yet" or "Started"."""

    organisation: str
    team: str
    status: str


@dataclass(frozen=True)
class ReportFacts:
    """All that stands in the report on one circulation, as of one instant (aware).

    `added_later` counts the teams asked after the launch, which are in no row of `coverage`. `limits` and `withheld`
    are sentences to put beside the ones the report always says.
    """

    partnership: str
    briefing_title: str
    short_title: str
    edition: int
    circulated_on: date
    answer_by: date
    as_of: datetime
    coverage: Sequence[Coverage]
    points: Sequence[PointFacts]
    actions: Sequence[Said] = ()
    questions: Sequence[Said] = ()
    other_replies: Sequence[OtherReply] = ()
    waiting: Sequence[Waiting] = ()
    added_later: int = 0
    limits: Sequence[str] = ()
    withheld: Sequence[str] = ()
    marking: str = "OFFICIAL-SENSITIVE"

    def steps(self) -> list[tuple[str, int, int]]:
        """Asked, discussed and shared: the step, its teams and the organisations with at least one of them."""
        return [
            ("Asked", *_teams_and_organisations([row.asked for row in self.coverage])),
            ("Discussed", *_teams_and_organisations([row.discussed for row in self.coverage])),
            ("Shared", *_teams_and_organisations([row.shared for row in self.coverage])),
        ]

    def sectors_not_heard_from(self) -> list[str]:
        """Sectors that were asked and in which no team discussed it or replied."""
        heard = {row.sector for row in self.coverage if row.discussed or row.other_reply}
        return sorted({row.sector for row in self.coverage if row.asked} - heard)

    def sectors_sharing_nothing(self) -> list[str]:
        """Sectors in which teams discussed it and no answer has been shared."""
        shared = {row.sector for row in self.coverage if row.shared}
        return sorted({row.sector for row in self.coverage if row.discussed} - shared)


def _teams_and_organisations(numbers: list[int]) -> tuple[int, int]:
    return sum(numbers), sum(number > 0 for number in numbers)
