"""Reads what a corrected version changed, and what the lead asked that a correction may be about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, selectinload

from app import policy
from app.clock import moment_words
from app.discussions.attached import of_minutes
from app.discussions.models import Minutes
from app.discussions.queries import minutes as find_minutes
from app.discussions.queries import versions
from app.forwarding.changes import Changes, Fact, changes
from app.forwarding.models import Acknowledgement, Question, Share
from app.policy import Actor


@dataclass(frozen=True)
class Corrected:
    """What a version changed since an earlier one, `before`; `others` are the other earlier versions, by number."""

    before: Minutes
    others: tuple[int, ...]
    changes: Changes


def corrected(
    session: Session, actor: Actor, minutes: Minutes, versions: Sequence[Minutes], since: str = ""
) -> Corrected | None:
    """What minutes changed since the version of the number `since`; without one, since the last of which somebody said
    that she has it, or which was shared: that is what was read. Where there is none, since the one before. Only
    versions that the actor may read are compared; None where there are none."""
    earlier = {version.version: version for version in versions if version.version < minutes.version}
    if not earlier:
        return None
    known = _last_known(session, minutes)
    number = int(since) if since.isdecimal() and len(since) < 9 else known
    chosen = earlier.get(number) or earlier.get(known) or earlier[max(earlier)]
    before = find_minutes(session, actor, chosen.ref)
    others = tuple(sorted(set(earlier) - {chosen.version}))
    files = (of_minutes(session, before), of_minutes(session, minutes))
    was, now = (f"{file.name}, attached on {moment_words(file.at)}" if file else "" for file in files)
    return Corrected(before, others, changes(before, minutes, Fact("Attached minutes (Word)", was, now)))


def _last_known(session: Session, minutes: Minutes) -> int:
    """The number of the last version before these minutes that somebody has or has shared; 0 for none."""
    has = sa.exists().where(Acknowledgement.minutes_id == Minutes.id)
    given = sa.exists().where(Share.minutes_id == Minutes.id)
    last = sa.select(sa.func.max(Minutes.version)).where(Minutes.thread == minutes.thread, sa.or_(has, given))
    return session.scalar(last.where(Minutes.version < minutes.version)) or 0


def waiting_questions(session: Session, actor: Actor, thread: str) -> Sequence[Question]:
    """What a lead asked about a record that the actor writes for, oldest first, and has not decided since about any
    version: for whoever corrects it, with what the team answered already."""
    any_version = aliased(Minutes)
    said = (
        sa.exists()
        .where(Acknowledgement.minutes_id == any_version.id, Acknowledgement.at >= Question.at)
        .where(any_version.thread == Minutes.thread)
    )
    given = sa.exists().where(Share.thread == Minutes.thread, Share.at >= Question.at, Share.under_id.is_(None))
    return session.scalars(
        sa.select(Question)
        .join(Minutes, Minutes.id == Question.minutes_id)
        .where(Minutes.thread == thread, policy.within(actor, "correct_minutes", Minutes))
        .where(~said, ~given)
        .options(selectinload(Question.replies))
        .order_by(Question.id)
    ).all()


def newest_ref(session: Session, actor: Actor, minutes: Minutes) -> str:
    """The newest version of these minutes that the actor may read, by its reference: there she reads on."""
    return versions(session, actor, minutes)[-1].ref


def may_answer(session: Session, actor: Actor, question: str) -> bool:
    """Whether the actor may answer a question to a team, by its reference."""
    asked = sa.select(Question.id).join(Question.minutes)
    mine = asked.where(Question.ref == question, policy.within(actor, "correct_minutes", Minutes))
    return session.scalar(mine) is not None


def may_decide(session: Session, actor: Actor, minutes: str) -> bool:
    """Whether the actor receives minutes, by their reference, and so decides about them."""
    found = sa.select(Minutes.id).where(Minutes.ref == minutes, policy.within(actor, "receive_minutes", Minutes))
    return session.scalar(found) is not None
