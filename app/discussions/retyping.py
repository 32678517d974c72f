"""A record as it would have been typed: what a correction begins with."""

from __future__ import annotations

from app.discussions.content import ActionTyped, Content, DateTyped, PointTyped
from app.discussions.deeds import typed_news
from app.discussions.record import Answer, Record


def typed(record: Record) -> Content:
    """A record as it would have been typed: `read` makes the same record of it."""
    held_on = record.meeting.held_on
    said = record.said
    return Content(
        held_on=DateTyped(day=str(held_on.day), month=str(held_on.month), year=str(held_on.year)),
        setting=record.meeting.setting.value,
        present=str(record.meeting.present),
        chaired_by=record.meeting.chaired_by,
        received="",
        also=[],
        meeting_of="",
        no_notes=said.took_no_notes,
        points={answer.key: _typed_answer(answer) for answer in said.answers},
        actions=[ActionTyped(what=s.what, who=s.who, by=s.by.isoformat() if s.by else "") for s in said.actions],
        news=typed_news(said.news),
        question_to_lead=said.question_to_lead,
        question_to_partnership=said.question_to_partnership,
    )


def _typed_answer(answer: Answer) -> PointTyped:
    yes, partly, not_yet = ("" if n is None else str(n) for n in (answer.yes, answer.partly, answer.not_yet))
    return PointTyped(words=answer.words, yes=yes, partly=partly, not_yet=not_yet, not_counted=answer.not_counted)
