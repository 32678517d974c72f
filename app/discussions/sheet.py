"""The response sheet: a Word file for one team and one edition, to be filled in on screen or by hand.

It asks what the pages ask, in the same words, and every place to fill in bears the name of the page's field. What a
knowledge check is about is explained after the question and its box, because the team is to answer first. The sheet
says which one it is in three places, of which programs and people keep at least one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.clock import date_words
from app.discussions import sheet_words as words
from app.discussions.models import SETTING_WORDS
from app.discussions.sheet_reading import lines_of
from app.discussions.sheet_words import HINTS, PROMPTS, Told
from app.packs.models import PointKind
from app.web.word import About, Column, Control, Paper
from app.web.word_controls import Shape

_ASKED = (Column("About the meeting", 7), Column("Your answer", 9))
_HANDS = (Column("Show of hands", 9), Column("How many people", 4))
_ACTIONS = tuple(Column(heading, share) for heading, share in zip(words.ACTIONS, (9, 4, 4), strict=True))
_KINDS = ", ".join(word if word.startswith("INSET") else word.lower() for word in SETTING_WORDS.values())


@dataclass(frozen=True, kw_only=True)
class SheetPoint:
    """One question of the edition: its number from 1, its key, and the facilitator's note if there is one."""

    number: int
    key: str
    question: str
    kind: PointKind = PointKind.OPEN
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetFacts:
    """All that stands in a sheet. `asked` and `edition_ref` are public references; `address` is where it is uploaded;
    `made_at`, aware, dates the file; `team` may be empty where none is known; `lead` and `lead_title` too.
    `numbers_to_call` are pairs of label and number. `still_to_do` are lines about what the team said before that it
    would do, `ever_said` all the lines that a sheet of this team may have held of that kind."""

    partnership: str
    organisation: str
    briefing_title: str
    edition: int
    asked: str
    edition_ref: str
    answer_by: date
    made_at: datetime
    address: str
    points: tuple[SheetPoint, ...]
    numbers_to_call: tuple[tuple[str, str], ...]
    marking: str
    team: str = ""
    lead: str = ""
    lead_title: str = ""
    still_to_do: tuple[str, ...] = ()
    ever_said: tuple[str, ...] = ()


def response_sheet(facts: SheetFacts) -> bytes:
    """The empty sheet, a .docx. The same facts give the same bytes."""
    paper = Paper(_about(facts))
    paper.title(f"{words.TITLE}{facts.briefing_title}", facts.team or facts.organisation, _under(facts))
    _before(paper, facts)
    _meeting(paper)
    paper.heading("What the team said", 1, new_page=True)
    paper.text(f"Leave a box empty where you did not discuss the question. {words.NO_NAMES}", "Quiet")
    for point in facts.points:
        _point(paper, point)
    _before_that(paper, facts)
    _actions(paper)
    _questions(paper, facts)
    _sending_back(paper, facts)
    return paper.file()


def told(facts: SheetFacts) -> Told:
    """What the reader is to know of this sheet, so that it can tell the sheet's own lines from what people wrote."""
    return Told(
        own=[*lines_of(response_sheet(facts)), *words.STILL_TO_DO, *facts.ever_said],
        points=[point.key for point in facts.points],
        questions={point.key: point.question for point in facts.points},
        settings={word: setting.value for setting, word in SETTING_WORDS.items()},
    )


def _about(facts: SheetFacts) -> About:
    keys = " ".join(point.key for point in facts.points)
    identity = words.identity(facts.asked, facts.edition_ref)
    return About(
        title=f"{words.TITLE}{facts.briefing_title}, {facts.team or facts.organisation}",
        author=facts.partnership,
        subject=facts.briefing_title,
        marking=facts.marking,
        footer=f"Sheet {identity}",
        moment=facts.made_at,
        own=(words.PROPERTY, f"{identity} {keys}"),
    )


def _under(facts: SheetFacts) -> str:
    place = f"{facts.organisation}, " if facts.team else ""
    return place + words.FOR_BY.format(partnership=facts.partnership, day=date_words(facts.answer_by))


def _before(paper: Paper, facts: SheetFacts) -> None:
    to = ", ".join(part for part in (facts.lead, facts.lead_title) if part)
    paper.text(words.GOES_TO.format(reader=words.LEAD.format(name=to) if to else words.ANY_LEAD))
    paper.link(words.FILLED_IN, facts.address)
    calls = (f"{label}: {number}" for label, number in facts.numbers_to_call)
    paper.note("This is not a way to report a concern about a child. If a child may be at risk, call:", *calls)


def _meeting(paper: Paper) -> None:
    paper.heading("The meeting", 1)
    paper.text(words.COMMENTS, "Quiet")
    kinds = tuple((word, setting.value) for setting, word in SETTING_WORDS.items())
    rows = [
        (words.HELD_ON, HINTS["held_on"], _line("held_on", words.HELD_ON, "day", Shape.DAY)),
        (words.SETTING, f"{_KINDS[:1].upper()}{_KINDS[1:]}", _choice("setting", words.SETTING, kinds)),
        (words.PRESENT, HINTS["present"], _line("present", words.PRESENT, "count")),
        (words.CHAIRED_BY, HINTS["chaired_by"], _line("chaired_by", words.CHAIRED_BY)),
    ]
    asked = [([(label, "CellStrong"), (hint, "CellQuiet")], control) for label, hint, control in rows]
    paper.form("The meeting", _ASKED, asked)
    paper.tick(Control("no_notes", words.NO_NOTES, shape=Shape.TICK), words.NO_NOTES)


def _point(paper: Paper, point: SheetPoint) -> None:
    field = f"points-{point.key}"
    paper.heading(f"{point.number}. {point.question}", 2)
    if point.kind is PointKind.KNOWLEDGE_CHECK:
        labels = [(words.count_label(point.number, name), f"{field}-{name}") for name in words.COUNTS]
        paper.form(
            f"Show of hands, question {point.number}",
            _HANDS,
            [(label, _line(tag, label, "count")) for label, tag in labels],
        )
        not_counted = words.not_counted_label(point.number)
        paper.tick(Control(f"{field}-not_counted", not_counted, shape=Shape.TICK), not_counted)
    _box(paper, f"{field}-words", words.words_label(point.number), "words", 43)
    if point.note:
        paper.heading("When you have talked about it", 3)
        paper.text(point.note, "Quiet")


def _before_that(paper: Paper, facts: SheetFacts) -> None:
    if facts.still_to_do:
        heading, explained = words.STILL_TO_DO
        paper.heading(heading, 1)
        paper.text(explained, "Quiet")
        for line in facts.still_to_do:  # plain paragraphs: programs change what stands before the items of a list
            paper.text(line)


def _actions(paper: Paper) -> None:
    paper.heading(words.TO_DO, 1)
    rows = [
        [
            _line(f"actions-{row}-{name}", f"Action {row + 1}: {heading.lower()}", shape=shape, room=13)
            for name, heading, shape in zip(
                ("what", "who", "by"), words.ACTIONS, (Shape.WORDS, Shape.LINE, Shape.LINE), strict=True
            )
        ]
        for row in range(words.ROWS_OF_ACTIONS)
    ]
    paper.form(words.TO_DO, _ACTIONS, rows)


def _questions(paper: Paper, facts: SheetFacts) -> None:
    paper.heading("Questions from the team", 1)
    paper.text(words.READ_BY.format(partnership=facts.partnership), "Quiet")
    _box(paper, "question_to_lead", words.TO_LEAD, "question", 26)
    _box(paper, "question_to_partnership", words.TO_PARTNERSHIP, "question", 26)


def _sending_back(paper: Paper, facts: SheetFacts) -> None:
    paper.heading("Sending it back", 1)
    paper.text(words.SAVE.format(day=date_words(facts.answer_by)))
    paper.link(words.UPLOAD_AT, facts.address)
    identity = words.identity(facts.asked, facts.edition_ref)
    about = words.WHICH.format(edition=facts.edition, identity=identity)
    paper.locked(words.IDENTITY, "Which sheet this is", about)


def _box(paper: Paper, tag: str, label: str, prompt: str, room: int) -> None:
    paper.form(label, (Column(label, 1),), [[Control(tag, label, PROMPTS[prompt], Shape.WORDS, room)]])


def _line(tag: str, title: str, prompt: str = "line", shape: Shape = Shape.LINE, room: int = 9) -> Control:
    return Control(tag, title, PROMPTS[prompt], shape, room)


def _choice(tag: str, title: str, kinds: tuple[tuple[str, str], ...]) -> Control:
    return Control(tag, title, PROMPTS["choice"], choices=kinds)
