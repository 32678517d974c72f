"""The files of a collation, from the database: every shared answer in order, and the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.clock import moment_words
from app.collation import coverage as reach
from app.collation import queries, tables
from app.collation.coverage import Scope
from app.collation.tables import Numbered
from app.policy import Actor


def write_workbook(session: Session, who: Actor, about: Scope, path: Path, now: datetime) -> None:
    """The workbook of a scope, as of now, at a path."""
    told = [
        ("Briefing", about.edition.title),
        ("Edition", str(about.edition.number)),
        ("Partnership", about.partnership.name),
        ("As of", moment_words(now)),
        ("What this holds", "Only what safeguarding leads have shared."),
        ("Marking", about.partnership.marking),
    ]
    tables.workbook(path, reach.coverage(session, who, about), numbered(session, who, about), told)


def numbered(session: Session, who: Actor, about: Scope) -> Iterator[Numbered]:
    """Every shared answer with the number and words of its point."""
    for number, at in enumerate(about.edition.points, 1):
        for keyed in queries.every_answer(session, who, about, at):
            yield number, at.question, keyed.answer
