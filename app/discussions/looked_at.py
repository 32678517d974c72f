"""What was looked at before minutes were sent, read again from what was sent: the pieces that look like somebody's, and
why each was left in.

The rows of what was left in hold no text, so the pieces are found anew in the minutes, which never change. Where they
are no longer found as they were (a pattern was mended since), a piece is told by what it looked like. What is said of
earlier actions stands in no row of a form any more: its pieces are told together, and apart from all others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.circulation.models import Asked, Circulation
from app.discussions.deeds import News, Step
from app.discussions.drafts import Draft
from app.discussions.models import LeftIn, Minutes
from app.discussions.record import Answer, Said
from app.discussions.second_look import CHAIRED_BY, WHY_WORDS, Look, second_look
from app.identifying import WORDS, Mark, Why
from app.organisations.models import Partnership
from app.packs.models import Edition

NEWS = "news"


@dataclass(frozen=True)
class Stayed:
    """A piece that was left in: its text, empty where it is not found any more; what it looks like, as the end of a
    sentence; and the reason, as the end of another."""

    text: str
    looks_like: str
    reason: str


def looks(said: Said, edition: Edition, partnership: Partnership, chaired_by: str = "") -> list[Look]:
    """What in a record is to be looked at once more. Numbers and addresses that the partnership gives to everybody are
    not; words that the edition watches are. Who chaired belongs to what a lead reads, and no partnership."""
    public = [partnership.reply_to, *(number for _, number in partnership.numbers_to_call)]
    keys, watched = [point.key for point in edition.points], edition.content.get("watch", ())
    return second_look(said, keys, public, watched, chaired_by)


def looks_in(minutes: Minutes, partnership: Partnership) -> list[Look]:
    """The same of minutes that were sent, as a partnership would look at them: it reads nothing of earlier actions."""
    return looks(_said(minutes), minutes.edition, partnership)


def left_in(session: Session, minutes: Minutes) -> dict[str, list[Stayed]]:
    """What was left in, by the form field in which it stands, or `NEWS`. One statement, and a few more where there is
    something. The caller has checked who may read the minutes: a partnership never does."""
    rows = session.scalars(select(LeftIn).where(LeftIn.minutes_id == minutes.id).order_by(LeftIn.id)).all()
    if not rows:
        return {}
    found = [(look.mark, _place(field), look.text) for look in _looks(session, minutes) for field in look.fields]
    stayed: defaultdict[str, list[Stayed]] = defaultdict(list)
    for apart in ("", NEWS, CHAIRED_BY):
        those = [row for row in rows if _apart(_place(row.field)) == apart]
        texts = _texts_of(those, [one for one in found if _apart(one[1]) == apart])
        for row, text in zip(those, texts, strict=True):
            why = row.words if row.why is Why.OTHER else WHY_WORDS[row.why]
            stayed[_place(row.field)].append(Stayed(text, WORDS[row.mark], why))
    return dict(stayed)


def _place(field: str) -> str:
    return NEWS if field.startswith(f"{NEWS}-") else field


def _apart(place: str) -> str:
    """Which pieces are told together, so that those elsewhere are known whatever is found there: in minutes of before
    nobody looked at who chaired."""
    return place if place in (NEWS, CHAIRED_BY) else ""


def _texts_of(rows: Sequence[LeftIn], found: Sequence[tuple[Mark, str, str]]) -> list[str]:
    """The text of each row; empty where not the very same pieces are found."""
    same = [(mark, place) for mark, place, _ in found] == [(row.mark, _place(row.field)) for row in rows]
    return [text for *_, text in found] if same else [""] * len(rows)


def _looks(session: Session, minutes: Minutes) -> list[Look]:
    """What was looked at when minutes were sent, for the partnership whose request they were written for."""
    draft = session.scalar(
        select(Draft)
        .where(Draft.id == minutes.draft_id)
        .options(joinedload(Draft.asked).joinedload(Asked.circulation).joinedload(Circulation.partnership))
    )
    said = _said(minutes, [News(key=one.key, how=one.how, because=one.because) for one in minutes.news])
    chaired_by = minutes.discussion.chaired_by
    return looks(said, minutes.edition, draft.asked.circulation.partnership, chaired_by) if draft else []


def _said(minutes: Minutes, news: Sequence[News] = ()) -> Said:
    """What was said, without counts and dates: nothing is looked for in those."""
    answers = sorted(minutes.responses, key=lambda response: response.point.position)
    return Said(
        answers=tuple(Answer(key=response.point.key, words=response.words) for response in answers),
        actions=tuple(Step(what=action.what, who=action.who) for action in minutes.actions),
        news=tuple(news),
        question_to_lead=minutes.question_to_lead,
        question_to_partnership=minutes.question_to_partnership,
    )
