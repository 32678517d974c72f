"""What was looked at before minutes were sent, read again from what was sent: the pieces that look like somebody's, and
why each was left in.

The rows of what was left in hold no text, so the pieces are found anew in the minutes, which never change. Where they
are no longer found as they were (a pattern was mended since), a piece is told by what it looked like.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.circulation.models import Asked, Circulation
from app.discussions.deeds import Step
from app.discussions.drafts import Draft
from app.discussions.models import LeftIn, Minutes
from app.discussions.record import Answer, Said
from app.discussions.second_look import WHY_WORDS, Look, second_look
from app.identifying import WORDS, Why
from app.organisations.models import Partnership
from app.packs.models import Edition


@dataclass(frozen=True)
class Stayed:
    """A piece that was left in: its text, empty where it is not found any more; what it looks like, as the end of a
    sentence; and the reason, as the end of another."""

    text: str
    looks_like: str
    reason: str


def looks(said: Said, edition: Edition, partnership: Partnership) -> list[Look]:
    """What in a record is to be looked at once more. Numbers and addresses that the partnership gives to everybody are
    not; words that the edition watches are."""
    public = [partnership.reply_to, *(number for _, number in partnership.numbers_to_call)]
    return second_look(said, [point.key for point in edition.points], public, edition.content.get("watch", ()))


def looks_in(minutes: Minutes, partnership: Partnership) -> list[Look]:
    """The same of minutes that were sent, as a partnership would look at them."""
    return looks(_said(minutes), minutes.edition, partnership)


def left_in(session: Session, minutes: Minutes) -> dict[str, list[Stayed]]:
    """What was left in, by the form field in which it stands. One statement, and a few more where there is something.
    The caller has checked who may read the minutes: a partnership never does."""
    rows = session.scalars(select(LeftIn).where(LeftIn.minutes_id == minutes.id).order_by(LeftIn.id)).all()
    if not rows:
        return {}
    found = [(look.mark, field, look.text) for look in _looks(session, minutes) for field in look.fields]
    same = [(mark, field) for mark, field, _ in found] == [(row.mark, row.field) for row in rows]
    texts = [text for *_, text in found] if same else [""] * len(rows)
    stayed: defaultdict[str, list[Stayed]] = defaultdict(list)
    for row, text in zip(rows, texts, strict=True):
        stayed[row.field].append(
            Stayed(text, WORDS[row.mark], row.words if row.why is Why.OTHER else WHY_WORDS[row.why])
        )
    return dict(stayed)


def _looks(session: Session, minutes: Minutes) -> list[Look]:
    """What was looked at when minutes were sent, for the partnership whose request they were written for."""
    draft = session.scalar(
        select(Draft)
        .where(Draft.id == minutes.draft_id)
        .options(joinedload(Draft.asked).joinedload(Asked.circulation).joinedload(Circulation.partnership))
    )
    return looks_in(minutes, draft.asked.circulation.partnership) if draft else []


def _said(minutes: Minutes) -> Said:
    """What was said, without counts and dates: nothing is looked for in those."""
    answers = sorted(minutes.responses, key=lambda response: response.point.position)
    return Said(
        answers=tuple(Answer(key=response.point.key, words=response.words) for response in answers),
        actions=tuple(Step(what=action.what, who=action.who) for action in minutes.actions),
        question_to_lead=minutes.question_to_lead,
        question_to_partnership=minutes.question_to_partnership,
    )
