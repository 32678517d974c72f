"""The meeting pack: the Word file that a team leader takes into the room, of one edition, the same for everybody.

What whoever leads needs (the plan of the minutes and a note on each question) stands on the last pages and in no other
place. So one file is printed for all, the last pages are kept back, and no explanation is read before its question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.packs.content import GlossaryTerm, PackContent, Point, PointKind, Section, SectionType
from app.packs.prose import blocks
from app.packs.timing import MINUTES, Plan, plan
from app.text import counted
from app.web.prose import Block, Nest, Piece, Step
from app.web.word import About, Column, Paper
from app.web.word_markup import Place, paragraph

PUBLIC = "Public"
AFTERWARDS = 10  # minutes to write it up
ONLY_THIS = "Only the part of your meeting about this briefing."
NO_CASES = "Write nothing by which a child, a family or a colleague could be known."
HANDS = ("Yes", "Partly", "Not yet")
_ROWS_TO_DO = 4
_TO_DO = (Column("What we will do", 9), Column("Who (a role)", 4), Column("By when", 3))
_TIMES = (Column("Minute", 2), Column("What", 9), Column("Minutes", 2, numbers=True))
_TWIPS = 57  # in a millimetre


@dataclass(frozen=True, kw_only=True)
class MeetingFacts:
    """All that stands in a meeting pack. `made_at`, aware, dates the file; the addresses are of the whole briefing and
    of where a team's words are written up. `numbers_to_call` are pairs of label and number, and may be none; `pictures`
    are the bytes of those of the content, by their names; `standing` says why it is out of date, if it is."""

    content: PackContent
    edition: int
    made_at: datetime
    briefing: str
    write_up: str
    numbers_to_call: tuple[tuple[str, str], ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    standing: str = ""


def meeting_pack(facts: MeetingFacts) -> bytes:
    """The pack, a .docx. The same facts give the same bytes."""
    content, paper = facts.content, Paper(_about(facts))
    paper.title(content.title, f"{content.source.name}, {content.published_words}", content.type.words)
    if facts.standing:
        paper.note("This briefing is out of date.", facts.standing)
    _asked(paper, facts)
    for section in content.sections:
        _section(paper, facts, section)
    _glossary(paper, content.glossary)
    _leading(paper, content)
    return paper.file()


def _about(facts: MeetingFacts) -> About:
    content = facts.content
    return About(
        title=f"Meeting pack: {content.title}",
        author=content.source.name,
        subject=content.short_title,
        marking=PUBLIC,
        footer=f"{content.short_title}, edition {facts.edition}",
        moment=facts.made_at,
    )


def _asked(paper: Paper, facts: MeetingFacts) -> None:
    paper.heading("What your team is asked", 1)
    paper.text(
        "Talk about this briefing at a meeting that you hold anyway, and write up what the team said. "
        f"Allow {MINUTES} minutes to discuss it and {AFTERWARDS} to write it up. Ask everybody to read it beforehand."
    )
    paper.text(
        "The last pages are for whoever leads the discussion: a plan for the minutes, and a note on each question. "
        "Hand them out, if at all, when the team has talked."
    )
    paper.link("The briefing on screen:", facts.briefing)
    paper.link("Team leaders write up here what was said:", facts.write_up)
    calls = [f"{label}: {number}" for label, number in facts.numbers_to_call]
    told = "If a child may be at risk, call:" if calls else "If a child may be at risk, call children’s social care."
    paper.note(
        f"This is not a way to report a concern about a child. {told}",
        *(calls or ["If a child is in danger now, call 999."]),
    )


def _section(paper: Paper, facts: MeetingFacts, section: Section) -> None:
    content = facts.content
    asking = section.type is SectionType.POINTS_FOR_DISCUSSION
    paper.heading(section.title, 1, new_page=asking)
    paper.prose(blocks(section.markdown), 1, facts.pictures)
    if asking:
        _points(paper, content.points)
    elif section.type is SectionType.RECOMMENDATIONS:
        paper.prose(_recommendations(content), 1)


def _recommendations(content: PackContent) -> Iterator[Block]:
    for number, said in enumerate(content.recommendations, 1):
        steps = (Step(Nest.NUMBER, 1, number),)
        yield Block((Piece(said.text), Piece(f"\nFor: {said.audience}", emphasis=True)), steps=steps, begins=True)


def _points(paper: Paper, points: Sequence[Point]) -> None:
    paper.text(f"{ONLY_THIS} {NO_CASES}", "Quiet")
    room = _room(len(points))
    for number, point in enumerate(points, 1):
        paper.heading(f"{number}. {point.question}", 2)
        if point.kind is PointKind.KNOWLEDGE_CHECK:
            paper.text("A show of hands first: how many of us could say each of these?", "QuietBefore")
            hands = tuple(Column(word, 1) for word in HANDS)
            paper.form(f"Show of hands on question {number}", hands, [[_empty(12)] * len(HANDS)])
        paper.form(f"Notes on question {number}", (Column("What we said", 1),), [[_empty(room)]])
    paper.heading("What we will do", 2)
    paper.form("What we will do", _TO_DO, [[_empty(12)] * len(_TO_DO)] * _ROWS_TO_DO)


def _room(points: int) -> int:
    """Millimetres to write in, for each of so many points: three fill a page and a half, twenty not a whole book."""
    return 62 if points <= 3 else 48 if points <= 8 else 34


def _empty(height: int) -> Place:
    return Place(paragraph("Cell"), height * _TWIPS, whole=True)


def _glossary(paper: Paper, glossary: Sequence[GlossaryTerm]) -> None:
    if glossary:
        paper.heading("What the words mean", 1)
        paper.bullets(
            (f"{entry.term}{f' ({entry.full})' if entry.full else ''}: ", entry.meaning) for entry in glossary
        )


def _leading(paper: Paper, content: PackContent) -> None:
    told = plan([(point.question, point.kind) for point in content.points])
    paper.heading("For whoever leads the discussion", 1, new_page=True)
    paper.text(f"Keep these pages back until the team has talked. {told.advice}".strip(), "Quiet")
    rows = ((stretch.when, stretch.words, [(stretch.long, "CellNumber")]) for stretch in told.stretches)
    paper.table(f"A plan for {counted(told.minutes, 'minute')}", _TIMES, rows)
    for number, point in enumerate(content.points, 1):
        _note(paper, told, number, point)


def _note(paper: Paper, told: Plan, number: int, point: Point) -> None:
    stretch = told.of(number)
    paper.heading(f"{number}. {point.question}", 2)
    hands = " Begin with a show of hands." if point.kind is PointKind.KNOWLEDGE_CHECK else ""
    paper.text(f"Minutes {stretch.when}.{hands} When the team has talked:", "QuietBefore")
    paper.prose(blocks(point.note), 2)
