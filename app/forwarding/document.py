"""The Word document of a set of minutes, from plain values: what a safeguarding lead is sent and keeps.

It says everything that the record says, blank points included, so that it stands alone when it is read beside other
files. The same facts always give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app import clock
from app.packs.models import PointKind
from app.text import counted, is_blank, words_joined
from app.web.word import About, Column, Paper

NOT_DISCUSSED = "Not discussed"
ATTACHED = "The team’s own minutes in Word are kept with the record and are not part of this document."
ONLY_THIS_PART = "Only the part of the meeting about this briefing."

_HANDS = (Column("Show of hands", 7), *(Column(word, 3, numbers=True) for word in ("Yes", "Partly", "Not yet")))
_EARLIER = (Column("What the team had said it would do", 9), Column("What became of it", 7))
_ACTIONS = (Column("What", 8), Column("Who", 4), Column("By when", 4))


@dataclass(frozen=True)
class PointFacts:
    """One discussion point and what the team said. Counts are people, None where nobody counted them."""

    question: str
    kind: PointKind = PointKind.OPEN
    answer: str | None = None
    yes: int | None = None
    partly: int | None = None
    not_yet: int | None = None
    did_not_count: bool = False

    @property
    def counts(self) -> tuple[int | None, int | None, int | None]:
        """Yes, partly, not yet."""
        return self.yes, self.partly, self.not_yet


@dataclass(frozen=True)
class ActionFacts:
    """What the team will do; who and by when may be empty."""

    what: str
    who: str = ""
    by: date | None = None


@dataclass(frozen=True)
class MinutesFacts:
    """All that stands in the document of one version of a set of minutes.

    `sent_at` is aware. `setting`, `received`, `recorded_by` and `chaired_by` are words as people read them, and
    `recorded_by` is a name with a role title. `corrects` is the number of the version that this one corrects.
    `earlier` are actions of earlier discussions, each with what became of it. `numbers_to_call` are pairs of label and
    number. `attached` is the digest of the team's own minutes, if it attached any. `address` is where the record is in
    the service.
    """

    reference: str
    organisation: str
    teams: tuple[str, ...]
    briefing_title: str
    short_title: str
    edition: int
    source: str
    partnerships: tuple[str, ...]
    held_on: date
    setting: str
    present: int
    recorded_by: str
    received: str
    sent_at: datetime
    points: tuple[PointFacts, ...]
    numbers_to_call: tuple[tuple[str, str], ...]
    address: str
    version: int = 1
    marking: str = "OFFICIAL-SENSITIVE"
    chaired_by: str = ""
    took_no_notes: bool = False
    actions: tuple[ActionFacts, ...] = ()
    earlier: tuple[tuple[str, str], ...] = ()
    question_to_lead: str = ""
    question_to_partnership: str = ""
    corrects: int | None = None
    attached: str = ""


def minutes_document(facts: MinutesFacts) -> bytes:
    """The .docx of one version of a set of minutes."""
    paper = Paper(_about(facts))
    paper.title(f"Minutes: {facts.briefing_title}", words_joined(facts.teams), facts.organisation)
    if facts.corrects is not None:
        _correction(paper, facts.corrects)
    paper.heading("About the meeting", 1)
    paper.facts(_meeting(facts))
    paper.heading("What the team said", 1)
    paper.text(ONLY_THIS_PART, "Quiet")
    if facts.attached:
        paper.text(f"{ATTACHED} Their fingerprint (SHA-256) is {facts.attached}.")
    if facts.took_no_notes:
        paper.text("The team discussed this briefing but took no notes.")
    for number, point in enumerate(facts.points, 1):
        _point(paper, number, point, facts)
    if facts.earlier:
        paper.heading("What became of earlier actions", 1)
        paper.table(counted(len(facts.earlier), "action"), _EARLIER, list(facts.earlier))
    _actions(paper, facts.actions)
    _questions(paper, facts)
    _closing(paper, facts)
    return paper.file()


def _about(facts: MinutesFacts) -> About:
    teams, day = words_joined(facts.teams), clock.date_words(facts.held_on)
    return About(
        title=f"Minutes: {facts.short_title}, {teams}, {day}",
        author=facts.organisation,
        subject=facts.briefing_title,
        marking=facts.marking,
        footer=f"Minutes {facts.reference}, version {facts.version}",
        moment=facts.sent_at,
        revision=facts.version,
    )


def _correction(paper: Paper, corrects: int) -> None:
    paper.note(
        f"These minutes correct version {corrects}.",
        f"Version {corrects} stays on record. What was shared from it stays shared until this version is shared.",
    )


def _meeting(facts: MinutesFacts) -> list[tuple[str, str]]:
    pairs = [
        ("Date", clock.date_words(facts.held_on)),
        ("Team" if len(facts.teams) == 1 else "Teams", "\n".join(facts.teams)),
        ("Organisation", facts.organisation),
        ("Setting", facts.setting),
        ("Number present", f"{facts.present:,}"),
        ("Chaired by", facts.chaired_by),
        ("Recorded by", facts.recorded_by),
        ("How recorded", facts.received),
        ("Sent", clock.moment_words(facts.sent_at)),
        ("Reference", f"{facts.reference}, version {facts.version}"),
        ("Briefing", f"{facts.briefing_title}, edition {facts.edition}"),
        ("Source", facts.source),
        ("Asked by", "\n".join(facts.partnerships)),
    ]
    return [(name, value) for name, value in pairs if not is_blank(value)]


def _point(paper: Paper, number: int, point: PointFacts, facts: MinutesFacts) -> None:
    paper.heading(f"{number}. {point.question}", 2)
    hands = any(count is not None for count in point.counts)
    if hands:
        paper.table(f"People, of {facts.present:,} present", _HANDS, [("People", *point.counts)])
    elif point.did_not_count:
        paper.text("The team did not count hands.", "Quiet")
    if point.answer is not None and not is_blank(point.answer):
        paper.text(point.answer, "Answer")
    elif not (hands or point.did_not_count):
        paper.text(_blank(facts), "Quiet")


def _blank(facts: MinutesFacts) -> str:
    if facts.attached:
        return "Nothing is written here. See the team’s own minutes."
    return "No notes were taken" if facts.took_no_notes else NOT_DISCUSSED


def _actions(paper: Paper, actions: tuple[ActionFacts, ...]) -> None:
    paper.heading("What the team will do", 1)
    if not actions:
        paper.text("The team recorded no actions.", "Quiet")
        return
    rows = [(a.what, a.who or "Not said", clock.date_words(a.by) if a.by else "No date set") for a in actions]
    paper.table(counted(len(actions), "action"), _ACTIONS, rows)


def _questions(paper: Paper, facts: MinutesFacts) -> None:
    paper.heading("Questions from the team", 1)
    asked = [
        ("For the safeguarding lead", facts.question_to_lead),
        (f"For the {'partnership' if len(facts.partnerships) == 1 else 'partnerships'}", facts.question_to_partnership),
    ]
    for heading, question in asked:
        if not is_blank(question):
            paper.heading(heading, 2)
            paper.text(question, "Answer")
    if all(is_blank(question) for _, question in asked):
        paper.text("The team asked no questions.", "Quiet")


def _closing(paper: Paper, facts: MinutesFacts) -> None:
    paper.heading("About this document", 1)
    sent = clock.moment_words(facts.sent_at)
    paper.text(f"This is a copy of minutes sent on {sent}. Share it only with people who need it for their work.")
    paper.link("The record, with what has happened to it since, is at", facts.address)
    calls = (f"{label}: {number}" for label, number in facts.numbers_to_call)
    paper.note("This is not a way to report a concern about a child. If a child may be at risk, call:", *calls)
