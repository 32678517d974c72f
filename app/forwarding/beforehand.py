"""What keeps answers from being shared at once although a lead decided so beforehand, as a page says it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.discussions.looked_at import looks_in
from app.discussions.models import LeftIn, Minutes, SentUnder, Setting
from app.forwarding.models import Acknowledgement, Document, How, Question, Share, Withdrawal
from app.forwarding.queries import partnerships_of
from app.organisations.decisions import StandingDecision
from app.organisations.models import Partnership

SUPERVISION = (Setting.GROUP_SUPERVISION, Setting.REFLECTIVE_SUPERVISION)
"""Where people speak of their own cases: what was said there is always read first."""


def in_the_way(session: Session, minutes: Minutes, partnership: Partnership) -> str:
    """What about these minutes themselves keeps their answers from going to a partnership unread, as the end of a
    sentence; empty where nothing does. It can only become more careful: they never change."""
    if not minutes.confirmed:
        return "nobody has confirmed yet that whoever sent them leads the team"
    if minutes.discussion.setting in SUPERVISION:
        return "they are of supervision, which is always read first"
    if not minutes.nobody_known:
        return "nobody stated that no family could be recognised from them"
    if session.scalar(sa.select(sa.exists().where(LeftIn.minutes_id == minutes.id))):
        return "something that looks like somebody’s was left in"
    return "something in them looks like somebody’s" if looks_in(minutes, partnership) else ""


def taken_in_hand(session: Session, minutes: Minutes) -> bool:
    """Whether somebody has decided about any version of this record herself: shared it, took a share back, asked the
    team, or said that she has it while nothing of it was shared. What a person decided is not undone by a rule."""
    thread = sa.select(Minutes.id).where(Minutes.thread == minutes.thread)
    shared = sa.select(Share.id).where(Share.thread == minutes.thread)
    return bool(
        session.scalar(
            sa.select(
                sa.or_(
                    shared.where(Share.under_id.is_(None)).exists(),
                    sa.exists().where(Withdrawal.share_id.in_(shared)),
                    sa.exists().where(Question.minutes_id.in_(thread)),
                    sa.exists().where(
                        Acknowledgement.minutes_id.in_(thread),
                        Acknowledgement.how == How.HERE,
                        ~sa.exists().where(Share.minutes_id == Acknowledgement.minutes_id),
                    ),
                )
            )
        )
    )


def told_of(session: Session, minutes: Minutes) -> list[StandingDecision]:
    """The decisions of which the team was told before it sent these minutes. One statement."""
    found = session.scalars(
        sa.select(StandingDecision)
        .join(SentUnder, SentUnder.decision_id == StandingDecision.id)
        .where(SentUnder.minutes_id == minutes.id)
        .options(joinedload(StandingDecision.appointment))
        .order_by(StandingDecision.id)
    )
    return list(found)


def left_to_read(session: Session, minutes: Minutes, given: Sequence[Share]) -> dict[str, str]:
    """Of what the team was told would go at once if nothing is found, and of which nothing of this version was `given`:
    by the partnership's short name, why it is read first. One statement, and a few more where there is something."""
    waiting = {one.partnership_id for one in told_of(session, minutes)} - {one.partnership_id for one in given}
    asked_by = partnerships_of(minutes) if waiting else []
    return {one.short_name: _why(session, minutes, one) for one in asked_by if one.id in waiting}


def _why(session: Session, minutes: Minutes, partnership: Partnership) -> str:
    if session.scalar(sa.select(Document.minutes_id).where(Document.minutes_id == minutes.id)) is None:
        return "the service has not looked through them yet; it does so in a moment"
    return in_the_way(session, minutes, partnership) or (
        "somebody had decided about this record already, or another decision stood by then"
    )
