"""Where each asked team stands: the only statuses, as the team, the lead and the officer read them.

A standing is read from which rows exist, in two statements for any number of teams.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app import clock
from app.circulation.models import AnswerBy, Asked
from app.database import Base
from app.discussions.models import Draft, Minutes, MinutesFor, Reply, ReplyKind
from app.forwarding.models import Acknowledgement, Question, Share
from app.organisations.models import Appointment, Partnership
from app.organisations.queries import covering, in_dates
from app.policy import Role
from app.text import words_joined

LEADS = (Role.LEAD, Role.DEPUTY)


@dataclass(frozen=True)
class Standing:
    """How far one `Asked` has come. Exactly the statuses of the design, each as its reader sees it."""

    asked_id: int
    answer_by: date
    partnership: str
    leads: str
    passed: bool = False
    started: bool = False
    minutes_ref: str = ""
    sent_at: datetime | None = None
    own: bool = False
    acknowledged_by: str = ""
    question_by: str = ""
    shared: bool = False
    reply: str = ""

    @property
    def step(self) -> str:
        """The furthest fact: asked, started, sent, question, acknowledged, shared or replied."""
        if self.minutes_ref:
            return self._step_of_minutes()
        return "replied" if self.reply else "started" if self.started else "asked"

    def _step_of_minutes(self) -> str:
        if self.shared:
            return "shared"
        if self.acknowledged_by or self.own:
            return "acknowledged"
        return "question" if self.question_by else "sent"

    @property
    def team(self) -> str:
        """What the team reads."""
        day = clock.date_words(self.answer_by)
        return {
            "asked": f"Still open (asked for by {day})" if self.passed else f"To discuss by {day}",
            "started": "Started",
            "sent": f"With {self.leads}" if self.leads else "Kept safe until there is a safeguarding lead",
            "question": f"Question from {self.question_by}",
            "acknowledged": f"{self.acknowledged_by or 'The safeguarding lead'} has this",
            "shared": f"Shared with the {self.partnership}",
            "replied": self.reply,
        }[self.step]

    @property
    def lead(self) -> str:
        """What the lead reads."""
        words = {
            "asked": "No response yet",
            "started": "Started",
            "sent": "To read",
            "question": "Waiting for the team",
            "acknowledged": "Read, not shared",
            "shared": "Shared",
        }
        return words.get(self.step, self.reply)

    @property
    def officer(self) -> str:
        """What the officer reads."""
        words = {
            "asked": "No response yet",
            "started": "Started",
            "sent": "Discussed",
            "question": "Discussed",
            "acknowledged": "With the lead",
            "shared": "Shared",
        }
        return words.get(self.step, self.reply)


def standings(session: Session, asked_ids: Collection[int], now: datetime) -> dict[int, Standing]:
    """The standing of each of these `Asked`, by id: two statements whatever their number. The caller has checked who
    may see them."""
    rows = session.execute(_standing_rows(asked_ids)).all()
    leads = _leads(session, {row.organisation_id for row in rows}, clock.today(now))
    return {row.asked_id: _standing(row, leads, clock.today(now)) for row in rows}


def _standing_rows(asked_ids: Collection[int]) -> sa.Select[tuple[object, ...]]:
    newest = _last(MinutesFor.minutes_id, MinutesFor.asked_id == Asked.id, Asked)
    set_last = _last(AnswerBy.id, AnswerBy.circulation_id == Asked.circulation_id, Asked)
    replied = _last(Reply.id, Reply.asked_id == Asked.id, Asked)
    said = _last(Acknowledgement.id, Acknowledgement.minutes_id == Minutes.id, Minutes)
    asked_back = _last(Question.id, Question.minutes_id == Minutes.id, Minutes)
    share = sa.exists().where(
        Share.thread == Minutes.thread, Share.partnership_id == Asked.partnership_id, Share.shared
    )
    begun = sa.exists().where(Draft.asked_id == Asked.id, Draft.sent_at.is_(None))
    return (
        sa.select(
            Asked.id.label("asked_id"),
            Asked.organisation_id,
            Asked.team_id,
            AnswerBy.on.label("answer_by"),
            Partnership.short_name.label("partnership"),
            Minutes.ref.label("minutes_ref"),
            Minutes.sent_at,
            Minutes.recorded_by_id,
            Acknowledgement.name.label("acknowledged_by"),
            Question.name.label("question_by"),
            Reply.kind.label("reply_kind"),
            Reply.words.label("reply_words"),
            begun.label("started"),
            share.label("shared"),
        )
        .join(AnswerBy, AnswerBy.id == set_last)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .outerjoin(Minutes, Minutes.id == newest)
        .outerjoin(Acknowledgement, Acknowledgement.id == said)
        .outerjoin(Question, Question.id == asked_back)
        .outerjoin(Reply, Reply.id == replied)
        .where(Asked.id.in_(asked_ids))
    )


def _last(key: Any, belongs: sa.ColumnElement[bool], to: type[Base]) -> sa.ScalarSelect[int]:
    """The key of the last row that belongs to a row outside."""
    return sa.select(sa.func.max(key)).where(belongs).correlate(to).scalar_subquery()


def _standing(row: sa.Row[tuple[object, ...]], leads: dict[int, list[Appointment]], day: date) -> Standing:
    who = covering(leads.get(row.organisation_id, []), row.team_id)
    reply = _reply_words(row.reply_kind, row.reply_words) if row.reply_kind else ""
    return Standing(
        asked_id=row.asked_id,
        answer_by=row.answer_by,
        partnership=row.partnership,
        leads=words_joined([a.person.name for a in who if a.role is Role.LEAD] or [a.person.name for a in who])
        if who
        else "",
        passed=day > row.answer_by,
        started=row.started,
        minutes_ref=row.minutes_ref or "",
        sent_at=row.sent_at,
        own=bool(who) and {a.person_id for a in who} == {row.recorded_by_id},
        acknowledged_by=row.acknowledged_by or "",
        question_by=row.question_by or "",
        shared=bool(row.minutes_ref and row.shared),
        reply=reply,
    )


def _reply_words(kind: ReplyKind, words: str) -> str:
    return f"Not relevant to us: {words}" if kind is ReplyKind.NOT_RELEVANT else f"Discussed with {words}"


def _leads(session: Session, organisation_ids: Iterable[int], day: date) -> dict[int, list[Appointment]]:
    found = session.scalars(
        sa.select(Appointment)
        .where(Appointment.organisation_id.in_(organisation_ids), Appointment.role.in_(LEADS), in_dates(day))
        .options(joinedload(Appointment.person), selectinload(Appointment.teams))
        .order_by(Appointment.role.desc(), Appointment.id)
    )
    by_organisation: dict[int, list[Appointment]] = {}
    for appointment in found:
        by_organisation.setdefault(appointment.organisation_id or 0, []).append(appointment)
    return by_organisation
