"""Answers that the partnership entered from what teams sent it outside the service: shown with that mark, in no figure
of what was recorded here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import policy
from app.circulation.models import Asked, Circulation
from app.collation.coverage import Scope
from app.collation.report_facts import Answer
from app.discussions.models import SETTING_WORDS
from app.discussions.outside import Outside, OutsideAnswer, entered_by
from app.packs.models import DiscussionPoint
from app.policy import Actor

HANDS = (OutsideAnswer.yes, OutsideAnswer.partly, OutsideAnswer.not_yet)
MOST = 500  # an officer types each of them


def _stands(actor: Actor, about: Scope) -> sa.ColumnElement[bool]:
    """What stands of the edition, as the partnership asked it."""
    return sa.and_(
        Outside.edition_id == about.edition.id,
        Asked.partnership_id == about.partnership.id,
        policy.within(actor, "read_shared", Outside),
    )


def answers(session: Session, actor: Actor, about: Scope, at: DiscussionPoint) -> list[Answer]:
    """The answers to one point, in the order in which they were entered. One statement."""
    rows = session.execute(
        sa.select(Asked.organisation_name, Asked.sector, Outside.setting, Outside.month, Outside.present)
        .add_columns(Outside.received, OutsideAnswer.words, OutsideAnswer.not_counted, *HANDS)
        .join(Outside, Outside.asked_id == Asked.id)
        .join(OutsideAnswer, OutsideAnswer.outside_id == Outside.id)
        .where(OutsideAnswer.point_id == at.id, _stands(actor, about))
        .order_by(OutsideAnswer.id)
        .limit(MOST)
    )
    return [_answer(row, about) for row in rows]


def _answer(row: sa.Row[Any], about: Scope) -> Answer:
    return Answer(
        organisation=row.organisation_name,
        sector=row.sector,
        setting=SETTING_WORDS[row.setting],
        held_on=row.month,
        present=row.present,
        words=row.words,
        quotable=False,
        hands=(row.yes, row.partly, row.not_yet),
        did_not_count=row.not_counted,
        entered=entered_by(about.partnership.short_name, row.received),
    )


def counts(session: Session, actor: Actor, about: Scope) -> dict[int, int]:
    """For each point's key: how many answers were entered. One statement."""
    rows = session.execute(
        sa.select(OutsideAnswer.point_id, sa.func.count().label("number"))
        .join(Outside, Outside.id == OutsideAnswer.outside_id)
        .join(Asked, Asked.id == Outside.asked_id)
        .where(_stands(actor, about))
        .group_by(OutsideAnswer.point_id)
    )
    return {row.point_id: row.number for row in rows}


def entries(session: Session, actor: Actor, about: Scope) -> Sequence[Outside]:
    """What stands, with who entered it, by organisation and team. One statement."""
    return session.scalars(
        sa.select(Outside)
        .join(Outside.asked)
        .join(Circulation, Circulation.id == Asked.circulation_id)
        .where(_stands(actor, about))
        .options(joinedload(Outside.asked), joinedload(Outside.by))
        .order_by(Asked.organisation_name, Asked.team_name, Outside.id)
        .limit(MOST)
    ).all()
