"""The files of a collation, from the database: every shared answer in order, and the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.circulation.models import Added
from app.clock import moment_words
from app.collation import coverage as reach
from app.collation import outside, queries, tables
from app.collation.coverage import Scope
from app.collation.report_facts import COUNTED_TWICE
from app.collation.tables import Cell, Numbered
from app.forwarding.models import naming
from app.policy import Actor


def write_workbook(session: Session, who: Actor, about: Scope, path: Path, now: datetime) -> None:
    """The workbook of a scope, as of now, at a path."""
    told = [
        ("Briefing", about.edition.title),
        ("Edition", str(about.edition.number)),
        ("Partnership", about.partnership.name),
        ("As of", moment_words(now)),
        (
            "What this holds",
            "Only what safeguarding leads have shared, and what teams sent outside the service: see Came.",
        ),
        ("Whose names", naming()),
        ("Numbers of people", f"A row of answers is of one meeting. {COUNTED_TWICE}"),
        ("Marking", about.partnership.marking),
    ]
    said = (queries.actions(session, who, about), queries.questions(session, who, about))
    sheets = tables.Sheets(
        about=told,
        coverage=coverage_rows(session, who, about, now),
        answers=(tables.answer_row(*row) for row in numbered(session, who, about)),
        doing=[tables.said_row(row) for row in said[0]],
        questions=[tables.said_row(row) for row in said[1]],
        replies=[tables.reply_row(row) for row in reach.other_replies(session, who, about)],
    )
    tables.workbook(path, sheets)


def coverage_rows(session: Session, who: Actor, about: Scope, now: datetime) -> list[list[Cell]]:
    """The organisations of the first launch, and after them those of teams asked only later."""
    found = reach.coverages(session, who, about, now)
    when = (Added.LAUNCH, Added.LATER)
    return [tables.coverage_row(row, later=added is Added.LATER) for added in when for row in found[added]]


def csv_rows(session: Session, who: Actor, about: Scope) -> Iterator[list[Cell]]:
    """The rows of the CSV file: every shared answer, then what teams will do and what they ask the partnership."""
    yield from (tables.answer_row(*row) for row in numbered(session, who, about))
    for words, said in (
        (tables.DOING, queries.actions(session, who, about)),
        (tables.ASKING, queries.questions(session, who, about)),
    ):
        yield from (tables.said_as_answer(words, one) for one in said)


def numbered(session: Session, who: Actor, about: Scope) -> Iterator[Numbered]:
    """Every shared answer with the number and words of its point, and after them those that were entered."""
    for number, at in enumerate(about.edition.points, 1):
        for keyed in queries.every_answer(session, who, about, at):
            yield number, at.question, keyed.answer
        for answer in outside.answers(session, who, about, at):
            yield number, at.question, answer
