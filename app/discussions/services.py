"""Sends minutes, corrects them, and takes other replies. Whoever does the same a second time finds it done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from app import policy
from app.circulation import dating
from app.circulation.models import Asked
from app.discussions import attaching, beside, carrying, companions, holding, queries, record, recorders, rows
from app.discussions import content as contents
from app.discussions.content import Save
from app.discussions.drafting import as_sent, begin
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, LeftIn, Minutes, Reply, ReplyKind
from app.discussions.second_look import Left
from app.errors import Conflict, Denied, Invalid, NotFound
from app.organisations.ahead import Decided, mark
from app.policy import Actor
from app.text import is_blank
from app.trail.services import note

LONGEST_REPLY = 2_000


class Checked(NamedTuple):
    """What was said on the last page: which pieces stay and why, and whether nobody could be recognised."""

    left: Sequence[Left] = ()
    nobody_known: bool = False


NOTHING = Checked()
NOBODY: Decided = {}


def send_minutes(
    session: Session, actor: Actor, draft: Draft, *, seen: str | None = None, checked: Checked = NOTHING, now: datetime
) -> Minutes:
    """Make minutes of a draft, once: whoever sends the same draft again gets the same minutes.

    `seen` is the `state` of the draft that the page showed, `checked` what was said there. Raises `Conflict` where it
    has moved on since or recording is closed (a correction may still be sent), and `Invalid` (with the form field)
    where it cannot be sent as it stands.
    """
    policy.require(actor, "record", draft)
    held = holding.held(session, draft)
    if held.sent_at is not None:
        return _already(session, held)
    before = _before(session, held)
    asks = companions.answered_by(session, actor, held, before)
    decided = queries.decided_ahead(session, asks, now)
    if seen is not None and seen != state(held, before, decided):
        raise Conflict("This was changed after you opened it. Look through it once more before you send it.")
    made, covers = _made(held, now), {asked.id for asked in asks}
    if before and _alike(session, held, before, made, covers):
        raise Invalid("Nothing here differs from the minutes that were sent, so there is nothing to send.")
    discussion = _discussion(session, actor, held, made.meeting, before, now)
    under = {one.id for those in decided.values() for one in those}
    as_what = recorders.recorded_as(session, actor, held.asked, now)
    by = holding.person(actor)
    sent = rows.Sent(held, before, discussion, covers, by, now, as_what, checked.nobody_known, under)
    minutes = rows.minutes(sent, made.said)
    minutes.news = rows.news(made.said, carrying.carried(session, actor, held) if made.said.news else {})
    minutes.left_in = [LeftIn(mark=one.mark, field=one.field, why=one.why, words=one.words) for one in checked.left]
    return _send(session, actor, held, minutes)


def _before(session: Session, held: Draft) -> Minutes | None:
    """What a draft corrects, held; for a new record recording is held open, and that it is closed is refused."""
    if held.corrects:
        return holding.held_thread(session, held.corrects)
    dating.hold_open(session, held.asked.circulation)
    return None


def _made(held: Draft, now: datetime) -> record.Record:
    made = queries.record_of(held, now)
    if isinstance(made, list):
        raise Invalid(made[0].message, made[0].field or None)
    return made


def _alike(session: Session, held: Draft, before: Minutes, made: record.Record, covers: set[int]) -> bool:
    """Whether a correction says what the minutes before said, of the same teams, with the same file."""
    same = rows.record_of(before) == made and {cover.asked_id for cover in before.covers} == covers
    return same and attaching.same(session, held, before)


def _send(session: Session, actor: Actor, held: Draft, minutes: Minutes) -> Minutes:
    held.sent_at = minutes.sent_at
    session.add(minutes)
    detail = {"version": minutes.version}
    note(session, actor, "sent", minutes.ref, now=minutes.sent_at, organisation_id=held.organisation_id, detail=detail)
    session.flush()
    attaching.keep_with(session, held, minutes)
    return minutes


def state(draft: Draft, before: Minutes | None, decided: Decided = NOBODY) -> str:
    """What a page shows that leads to sending: the version of the draft, that of the minutes it corrects, what leads
    decided beforehand and which texts are set aside: nobody sends under a decision or beside a text not told of."""
    return f"{draft.version}-{before.version if before else 0}{mark(decided)}{beside.mark(draft.content)}"


def _already(session: Session, draft: Draft) -> Minutes:
    minutes = queries.sent_from(session, draft)
    if minutes is None:
        raise NotFound
    return minutes


def _discussion(
    session: Session, actor: Actor, draft: Draft, meeting: record.Meeting, before: Minutes | None, now: datetime
) -> Discussion:
    """The meeting: that of the version before, or of other minutes of the same meeting, if its facts are the same."""
    like = before or _of_same_meeting(session, actor, draft)
    if like and rows.record_of(like).meeting == meeting:
        return like.discussion
    return rows.discussion(draft, meeting, now)


def _of_same_meeting(session: Session, actor: Actor, draft: Draft) -> Minutes | None:
    ref = contents.shaped(draft.content)["meeting_of"]
    try:
        other = queries.minutes(session, actor, ref) if ref else None
    except NotFound:
        return None
    return other if other and other.organisation_id == draft.organisation_id else None


def correct(session: Session, actor: Actor, minutes: Minutes, *, now: datetime) -> Draft:
    """A draft filled from the newest version of these minutes; the one that is open already, if there is one.

    Raises `Conflict` where the team has a draft of something else open for the same request, `Denied` where the newest
    version is no longer about a team that the actor writes for.
    """
    policy.require(actor, "correct_minutes", minutes)
    newest = queries.newest(session, minutes.thread)
    asked = next((c.asked for c in newest.covers if policy.allows(actor, "record", c.asked)), None)
    if asked is None:
        raise Denied("The newest version of these minutes is no longer about your team.")
    there = holding.open_draft(session, asked)
    if there is not None:
        if there.corrects != minutes.thread:
            raise Conflict("Your team has another draft open for this briefing. Send it or throw it away first.")
        return there
    return begin(session, actor, asked, as_sent(newest, asked), Save(0), corrects=minutes.thread, now=now)


def reply_otherwise(
    session: Session, actor: Actor, asked: Asked, kind: ReplyKind, words: str, *, now: datetime
) -> Reply:
    """Answer without minutes, with the reason or the name of those it was discussed with. The last reply stands; the
    same one twice is one. Raises `Invalid` where the words are missing or too many, `Conflict` where recording is
    closed."""
    policy.require(actor, "reply_otherwise", asked)
    if is_blank(words):
        asked_for = "why, in a few words" if kind is ReplyKind.NOT_RELEVANT else "with whom it was discussed"
        raise Invalid(f"Say {asked_for}.")
    if len(words) > LONGEST_REPLY:
        raise Invalid(f"This is {len(words):,} characters long. Keep it to {LONGEST_REPLY:,} or fewer.")
    holding.hold(session, asked)
    last = queries.latest_reply(session, asked)
    if last is not None and (last.kind, last.words) == (kind, words):
        return last
    dating.hold_open(session, asked.circulation)
    reply = Reply(
        organisation_id=asked.organisation_id,
        asked_id=asked.id,
        kind=kind,
        words=words,
        at=now,
        by_id=holding.person(actor),
    )
    session.add(reply)
    note(session, actor, "replied", asked.ref, now=now, organisation_id=asked.organisation_id)
    session.flush()
    return reply
