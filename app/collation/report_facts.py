"""What the report on one circulation is made from: plain values, and the figures worked out from them.

Figures of teams count each team once, however often it was asked and met. Only the shared part is ever given here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.packs.models import PointKind
from app.text import counted

COUNTED_TWICE = "Somebody who came to two meetings is counted in both."
Hands = tuple[int | None, int | None, int | None]  # people who said yes, partly, not yet; None where nobody counted


@dataclass(frozen=True)
class Coverage:
    """How far one organisation has come, in teams; an organisation asked with no team known counts as one.

    `discussed`, `outside` (no minutes here, but answers that the partnership entered), `other_reply` and what is left
    are apart and make up `asked`; the acknowledged and the shared are among the discussed. `passed_on` is among what is
    left: the organisation was asked as a whole and has added teams since, which are asked in its place.
    """

    organisation: str
    sector: str
    asked: int
    discussed: int = 0
    acknowledged: int = 0
    shared: int = 0
    other_reply: int = 0
    outside: int = 0
    passed_on: int = 0

    @property
    def no_response(self) -> int:
        """The teams asked of which nothing is known: neither minutes, nor answers from outside, nor a reply."""
        return self.asked - self.discussed - self.outside - self.other_reply


@dataclass(frozen=True)
class Answer:
    """One shared answer, from one set of minutes; or `entered` by the partnership, and from what. Of `held_on` only the
    month is shown."""

    organisation: str
    sector: str
    setting: str
    held_on: date
    present: int
    words: str
    quotable: bool
    hands: Hands = (None, None, None)
    did_not_count: bool = False
    entered: str = ""

    @property
    def counted(self) -> bool:
        """Whether people were counted by show of hands."""
        return any(count is not None for count in self.hands)


@dataclass(frozen=True)
class Launch:
    """Once the edition was circulated: when, to be answered by when, to how many teams; since when recording is closed,
    if it is, and by which reference its pages are found."""

    on: date
    answer_by: date
    teams: int
    closed_on: date | None = None
    ref: str = ""


@dataclass(frozen=True, kw_only=True)
class PointFacts:
    """One discussion point: how many teams met, how many of them shared an answer (`counted_in`: one with a count of
    hands), and the answers. A team that met twice may have shared two. `entered` are those from outside the service, in
    no figure of these."""

    question: str
    met: int
    teams: int
    answers: Sequence[Answer]
    counted_in: int = 0
    kind: PointKind = PointKind.OPEN
    entered: Sequence[Answer] = ()

    def meetings(self) -> tuple[int, int]:
        """At how many meetings hands were counted, and how many people were present at these in all."""
        present = [answer.present for answer in self.answers if answer.counted]
        return len(present), sum(present)

    def people(self) -> tuple[int, int, int]:
        """The people in the shared counts who said yes, partly and not yet."""
        hands = [answer.hands for answer in self.answers if answer.counted]
        yes, partly, not_yet = (sum(one[which] or 0 for one in hands) for which in range(3))
        return yes, partly, not_yet


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
class AddedLater:
    """A team that was asked after the launch: when, and why."""

    organisation: str
    team: str
    on: date
    why: str


@dataclass(frozen=True)
class Waiting:
    """A team that has not replied; `status` is "No response yet", "Started", or of an organisation asked as a whole
    that teams of it were asked since. `asked` is what to enter answers for."""

    organisation: str
    team: str
    status: str
    asked: str = ""


@dataclass(frozen=True)
class ReportFacts:
    """All that stands in the report on one circulation, as of one instant (aware).

    `added_later` counts the teams asked after the launch, which are in no row of `coverage`.
    """

    partnership: str
    briefing_title: str
    short_title: str
    edition: int
    launches: Sequence[Launch]
    as_of: datetime
    coverage: Sequence[Coverage]
    points: Sequence[PointFacts]
    actions: Sequence[Said] = ()
    questions: Sequence[Said] = ()
    other_replies: Sequence[OtherReply] = ()
    waiting: Sequence[Waiting] = ()
    added_later: int = 0
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
        heard = {row.sector for row in self.coverage if row.discussed or row.outside or row.other_reply}
        return sorted({row.sector for row in self.coverage if row.asked} - heard)

    def sectors_sharing_nothing(self) -> list[str]:
        """Sectors in which teams discussed it and no answer has been shared."""
        shared = {row.sector for row in self.coverage if row.shared}
        return sorted({row.sector for row in self.coverage if row.discussed} - shared)


def passed_on_words(rows: Sequence[Coverage]) -> str:
    """Of how many organisations without a response teams are asked in their place; empty where of none."""
    number = sum(row.passed_on for row in rows)
    if not number:
        return ""
    was = "organisation was asked as a whole and has", "organisations were asked as a whole and have"
    where = "its place" if number == 1 else "their place"
    return f"{counted(number, *was)} added teams since, asked in {where} and counted among those asked later."


def counted_at(meetings: int, teams: int, present: int) -> str:
    """Where hands were counted: "at 35 meetings of 19 teams, 323 people present in all"."""
    people = f"{counted(present, 'person', 'people')} present{' in all' if meetings > 1 else ''}"
    return f"at {counted(meetings, 'meeting')} of {counted(teams, 'team')}, {people}"


def _teams_and_organisations(numbers: list[int]) -> tuple[int, int]:
    return sum(numbers), sum(number > 0 for number in numbers)
