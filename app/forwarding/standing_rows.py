"""What is known of each team that was asked: the statements that its standing is read from.

Each is put together once: that takes longer than a database needs to answer it. `these` are the keys of `Asked`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.circulation.closing import closed_at
from app.circulation.models import AnswerBy, Asked
from app.circulation.openings import passed_on, withdrawn_because
from app.database import Base
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, Minutes, MinutesFor, Reply
from app.discussions.outside import Outside
from app.forwarding.models import Acknowledgement, How, Question, Share
from app.forwarding.queries import waits_for_team
from app.organisations.models import Partnership, Person

_THESE: Any = sa.bindparam("these", expanding=True)


@cache
def asked_rows() -> sa.Select[Any]:
    """A row for each of `these` that were asked."""
    return with_standing(sa.select(Asked.id.label("asked_id"))).where(Asked.id.in_(_THESE))


def with_standing(asked: sa.Select[Any]) -> sa.Select[Any]:
    """A statement that finds what was asked, with what is known of each beside its records."""
    set_last = _last(AnswerBy.id, AnswerBy.circulation_id == Asked.circulation_id, Asked)
    replied = _last(Reply.id, Reply.asked_id == Asked.id, Asked)
    answered = [fact.label(name) for name, fact in _facts().items()]
    return (
        asked.add_columns(AnswerBy.on.label("answer_by"), Partnership.short_name.label("partnership"), *answered)
        .add_columns(Reply.kind.label("reply_kind"), Reply.words.label("reply_words"))
        .add_columns(closed_at(Asked.circulation_id).label("closed_at"))
        .add_columns(withdrawn_because(Asked.circulation_id).label("withdrawn"))
        .join(AnswerBy, AnswerBy.id == set_last)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .outerjoin(Reply, Reply.id == replied)
    )


def _facts() -> dict[str, sa.ColumnElement[bool]]:
    begun = sa.exists().where(Draft.asked_id == Asked.id, Draft.sent_at.is_(None))
    sent = sa.select(MinutesFor.minutes_id).where(MinutesFor.asked_id == Asked.id)
    here = (Acknowledgement.minutes_id == MinutesFor.minutes_id) & (Acknowledgement.how == How.HERE)
    let_have = (
        sent.join(Minutes, Minutes.id == MinutesFor.minutes_id)
        .join(Share, (Share.thread == Minutes.thread) & (Share.partnership_id == Asked.partnership_id))
        .where(Share.shared)
    )
    return {
        "started": begun,
        "correcting": begun.where(Draft.corrects != ""),
        "known": sent.join(Acknowledgement, here).exists(),
        "let_have": let_have.exists(),
        # Answers that came outside the service are with the partnership: no other status says that of them.
        "outside": sa.exists().where(Outside.asked_id == Asked.id, Outside.shared),
        "passed_on": passed_on(),
    }


@cache
def record_rows() -> sa.Select[Any]:
    """The newest version of each record that answers what was asked, in the order of sending."""
    said = (Acknowledgement.minutes_id == Minutes.id) & (Acknowledgement.how == How.HERE)
    asked_back = _last(Question.id, Question.minutes_id == Minutes.id, Minutes)
    to_it = (Share.partnership_id == Asked.partnership_id, Share.shared)
    given = aliased(Minutes)
    of_it = sa.select(sa.func.max(given.version)).join(Share, Share.minutes_id == given.id)
    stands = of_it.where(Share.thread == Minutes.thread, *to_it).correlate(Minutes, Asked).scalar_subquery()
    return (
        sa.select(MinutesFor.asked_id, Asked.organisation_id, Asked.team_id, Minutes.ref, Minutes.sent_at)
        .add_columns(Discussion.held_on, Minutes.recorded_by_id, Minutes.version)
        .add_columns(
            Person.name.label("recorded_by"),
            Acknowledgement.name.label("acknowledged_by"),
            Question.name.label("question_by"),
            waits_for_team().label("waits"),
            sa.exists().where(Share.minutes_id == Minutes.id, *to_it).label("shared"),
            sa.exists().where(Share.minutes_id == Minutes.id, *to_it, Share.under_id.is_not(None)).label("ahead"),
            stands.label("stands"),
        )
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(Minutes, Minutes.id == MinutesFor.minutes_id)
        .join(Discussion, Discussion.id == Minutes.discussion_id)
        .join(Person, Person.id == Minutes.recorded_by_id)
        .outerjoin(Acknowledgement, said)
        .outerjoin(Question, Question.id == asked_back)
        .where(MinutesFor.asked_id.in_(_THESE), Minutes.newest)
        .order_by(Minutes.id)
    )


def _last(key: Any, belongs: sa.ColumnElement[bool], to: type[Base]) -> sa.ScalarSelect[int]:
    """The key of the last row that belongs to a row outside."""
    return sa.select(sa.func.max(key)).where(belongs).correlate(to).scalar_subquery()
