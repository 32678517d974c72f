"""The collation of one circulation as a Word report, from plain values. Its first page stands alone.

Answers are rows of a table that runs as long as it must: who spoke on the left, what they said on the right, so that a
page of long answers still reads as prose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app import clock
from app.collation.report_facts import (
    COUNTED_TWICE,
    Answer,
    Coverage,
    Launch,
    OtherReply,
    PointFacts,
    ReportFacts,
    Said,
    Waiting,
    counted_at,
    passed_on_words,
)
from app.forwarding.models import MAY_BE_QUOTED, NOT_FOR_QUOTING, naming
from app.packs.models import PointKind
from app.text import counted, is_blank, words_joined
from app.web.charts import funnel_svg
from app.web.pictures import picture
from app.web.word import About, Block, Cell, Column, Paper

_STEPS = (
    Column("Step", 6),
    Column("Teams", 3, numbers=True),
    Column("Of teams asked", 4, numbers=True),
    Column("Organisations", 4, numbers=True),
)
_HANDS = (Column("Show of hands", 6), *(Column(word, 3, numbers=True) for word in ("Yes", "Partly", "Not yet")))
_ANSWERS = (Column("From", 5), Column("What the team said", 11))
_SAID = (Column("From", 5), Column("In their words", 11))
_COVERAGE = (
    Column("Organisation", 11),
    Column("Asked", 4, numbers=True),
    Column("Discussed", 6, numbers=True),
    *(
        Column(heading, 5, numbers=True)
        for heading in ("Acknowledged", "Shared", "Entered", "Other reply", "No reply yet")
    ),
)
_OTHER = (Column("From", 5), Column("Reply", 4), Column("In their words", 7))
_WAITING = (Column("Organisation", 6), Column("Team", 6), Column("So far", 4))
MOST_LAUNCHES = 2  # that are told one by one
_PICTURE_WIDTH = 1_100  # units of the drawing across the page: its labels come out a little smaller than the text


def report_document(facts: ReportFacts) -> bytes:
    """The .docx of the report. 10,000 answers take about a second."""
    paper = Paper(_about(facts))
    _first_page(paper, facts)
    paper.heading("What teams said", 1, new_page=True)
    paper.text(naming(), "Quiet")
    for number, point in enumerate(facts.points, 1):
        _point(paper, number, point)
    _lists(paper, facts)
    return paper.file()


def _about(facts: ReportFacts) -> About:
    return About(
        title=f"What teams said: {facts.short_title}, {clock.date_words(clock.today(facts.as_of))}",
        author=facts.partnership,
        subject=facts.briefing_title,
        marking=facts.marking,
        footer=f"{facts.short_title}, as of {clock.moment_words(facts.as_of)}",
        moment=facts.as_of,
    )


def _first_page(paper: Paper, facts: ReportFacts) -> None:
    paper.title(f"What teams said: {facts.short_title}", facts.briefing_title, facts.partnership)
    paper.text(f"As of {clock.moment_words(facts.as_of)}. Edition {facts.edition}. {_dates(facts.launches)}", "Quiet")
    paper.heading("How far it has gone", 1)
    steps = facts.steps()
    asked = steps[0][1]
    rows = [
        ([(step, "CellStrong")], teams, f"{teams / asked:.0%}" if asked else None, organisations)
        for step, teams, organisations in steps
    ]
    paper.table("Teams and organisations: asked, discussed, shared", _STEPS, rows, shown=False)
    drawing = funnel_svg("Teams: asked, discussed, shared", [step[:2] for step in steps], width=_PICTURE_WIDTH)
    drawn = picture(str(drawing))
    if drawn:
        paper.picture(drawn)
    if apart := _apart(facts.coverage):
        paper.text(apart)
    paper.bullets(
        [
            ("Sectors not heard from: ", _listed(facts.sectors_not_heard_from())),
            ("Sectors that discussed it and have shared nothing so far: ", _listed(facts.sectors_sharing_nothing())),
        ]
    )
    paper.heading("The discussion points", 1)
    paper.bullets((f"{number}. {point.question}\n", _in_short(point)) for number, point in enumerate(facts.points, 1))
    paper.text(_besides(facts))
    paper.heading("What these figures can say", 1)
    paper.text(" ".join(_limits(facts)), "Quiet")


def _dates(launches: Sequence[Launch]) -> str:
    told = [
        f"{clock.date_words(launch.on)} ({counted(launch.teams, 'team')}, by {clock.date_words(launch.answer_by)})"
        for launch in launches[:MOST_LAUNCHES]
    ]
    rest = len(launches) - len(told)
    more = f" and {counted(rest, 'time')} more, last on {clock.date_words(launches[-1].on)}" if rest > 0 else ""
    return f"Circulated on {words_joined(told)}{more}." if told else ""


def _listed(names: list[str]) -> str:
    return f"{words_joined(names) or 'none'}."


def _apart(coverage: Sequence[Coverage]) -> str:
    said = {
        "discussed it and shared no answers so far.": sum(row.discussed - row.shared for row in coverage),
        "sent answers outside the service, which were entered here.": sum(row.outside for row in coverage),
        "replied in another way.": sum(row.other_reply for row in coverage),
        "not replied yet.": sum(row.no_response for row in coverage),
    }
    return " ".join(f"{counted(number, 'team has', 'teams have')} {what}" for what, number in said.items() if number)


def _in_short(point: PointFacts) -> str:
    if not point.met:
        return "No team has met yet."
    met = f"{'the ' if point.met > 1 else ''}{counted(point.met, 'team')} that met"
    words = f"{point.teams:,} of {met} shared {counted(len(point.answers), 'answer')}."
    if point.kind is not PointKind.KNOWLEDGE_CHECK:
        return words
    if not point.counted_in:
        return f"{words} No team shared a count of hands."
    yes, partly, not_yet = point.people()
    hands = f"{yes:,} yes, {partly:,} partly, {not_yet:,} not yet"
    twice = f" {COUNTED_TWICE}" if point.meetings()[0] > 1 else ""
    return f"{words} By show of hands {_counted_at(point)}: {hands}.{twice}"


def _besides(facts: ReportFacts) -> str:
    """What else teams shared, which stands further on."""
    doing = f"{counted(len(facts.actions), 'thing')} that teams will do"
    asking = f"{counted(len(facts.questions), 'question')} for the partnership"
    return f"Further on: {doing} and {asking}."


def _counted_at(point: PointFacts) -> str:
    meetings, present = point.meetings()
    return counted_at(meetings, point.counted_in, present)


def _limits(facts: ReportFacts) -> list[str]:
    sentences = [
        "Teams chose whether to discuss it and leads chose what to share, so the answers do not stand for every team.",
        "Nobody has checked what teams wrote. An organisation with no team known counts as one team.",
    ]
    if facts.added_later:
        teams = counted(facts.added_later, "team was", "teams were")
        sentences.append(f"Apart from these figures, {teams} asked after the launch.")
    if words := passed_on_words(facts.coverage):
        sentences.append(f"Of those with no response, {words}")
    return sentences


def _point(paper: Paper, number: int, point: PointFacts) -> None:
    paper.heading(f"{number}. {point.question}", 2)
    paper.text(_in_short(point))
    if point.counted_in:
        caption = f"By show of hands {_counted_at(point)}"
        paper.table(caption, _HANDS, [("People", *point.people())])
    if point.answers:
        caption = counted(len(point.answers), "shared answer")
        paper.table(caption, _ANSWERS, ((_from(answer), _answer(answer)) for answer in point.answers))
    if point.entered:
        caption = f"{counted(len(point.entered), 'answer')} from outside the service, in none of these figures"
        paper.table(caption, _ANSWERS, ((_from(answer), _answer(answer)) for answer in point.entered))


def _from(answer: Answer) -> list[Block]:
    place = f"{answer.sector} · {answer.setting}"
    held = f"{clock.month_words(answer.held_on)} · {answer.present:,} present"
    quoting = MAY_BE_QUOTED if answer.quotable else NOT_FOR_QUOTING
    lines = [place, held, *([answer.entered] if answer.entered else []), quoting]
    return [(answer.organisation, "CellStrong"), *((line, "CellQuiet") for line in lines)]


def _answer(answer: Answer) -> list[Block]:
    blocks = [] if is_blank(answer.words) else [(answer.words, "Cell")]
    words = ("yes", "partly", "not yet")
    hands = [f"{count:,} {word}" for count, word in zip(answer.hands, words, strict=True) if count is not None]
    if hands:
        blocks.append((f"Show of hands: {', '.join(hands)}", "CellQuiet"))
    if answer.did_not_count:
        blocks.append(("The team did not count hands", "CellQuiet"))
    return blocks or [("No words", "CellQuiet")]


def _lists(paper: Paper, facts: ReportFacts) -> None:
    _listing(paper, "What teams will do", _SAID, map(_said, facts.actions), "No team has shared what it will do.")
    nothing = "No question to the partnership has been shared."
    _listing(paper, "Questions for the partnership", _SAID, map(_said, facts.questions), nothing)
    _listing(paper, "Coverage, in teams", _COVERAGE, map(_coverage, facts.coverage), "Nobody has been asked.")
    _listing(paper, "Other replies", _OTHER, map(_reply, facts.other_replies), "No team has replied in another way.")
    _listing(paper, "No response yet", _WAITING, map(_waiting, facts.waiting), "Every team that was asked has replied.")


def _name(strong: str, quiet: str) -> list[Block]:
    return [(strong, "CellStrong"), *([(quiet, "CellQuiet")] if quiet else [])]


def _said(one: Said) -> list[Cell]:
    return [_name(one.organisation, one.sector), one.words]


def _coverage(row: Coverage) -> list[Cell]:
    numbers = [row.asked, row.discussed, row.acknowledged, row.shared, row.outside, row.other_reply, row.no_response]
    return [_name(row.organisation, row.sector), *numbers]


def _reply(reply: OtherReply) -> list[Cell]:
    return [_name(reply.organisation, reply.team), reply.kind, reply.words]


def _waiting(one: Waiting) -> list[Cell]:
    return [[(one.organisation, "CellStrong")], one.team or "No team known", one.status]


def _listing(
    paper: Paper, heading: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], nothing: str
) -> None:
    """A heading with its table, or with a sentence where there is nothing to list."""
    paper.heading(heading, 1)
    listed = list(rows)
    if listed:
        paper.table(heading, columns, listed, shown=False)
    else:
        paper.text(nothing, "Quiet")
