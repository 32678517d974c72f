"""Keeps drafts, sends minutes, corrects them, and takes other replies.

Everything that two people may do at once is done in turn: a save holds the row of what was asked, sending holds the
draft, a correction holds the first version of its record. So a second click finds what the first has done.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import Asked
from app.clock import moment_words
from app.discussions import content as contents
from app.discussions import queries, record, rows
from app.discussions.content import Save
from app.discussions.models import Discussion, Draft, Minutes, Reply, ReplyKind
from app.errors import Conflict, Denied, Invalid, NotFound
from app.policy import Actor
from app.text import is_blank
from app.trail.services import note

LONGEST_REPLY = 2_000
_CHANGES = ["content", "version", "changed_at", "changed_by_id", "sent_at"]


def save_draft(
    session: Session,
    actor: Actor,
    asked: Asked,
    content: Mapping[str, Any],
    *,
    version: int,
    corrects: str = "",
    opening: str = "",
    instead: bool = False,
    now: datetime,
) -> Draft:
    """Keep what was typed, usable or not. `content` may hold one page of the form only; the other stays as it is.

    `version` and `opening` are those of `content.Save`. Raises `Conflict` where somebody else changed the same page
    since then; with `instead`, this takes its place and what they wrote is set aside in the draft.
    """
    policy.require(actor, "record", asked)
    draft = _open_draft(session, asked)
    save = Save(version, opening)
    if draft is None:
        return _begin(session, actor, asked, content, save, corrects, now)
    if not instead and contents.clashes(draft.content, draft.version, content, save):
        when = moment_words(draft.changed_at)
        raise Conflict(f"{draft.changed_by.name} changed this on {when}, after you opened it.")
    after = contents.merged(draft.content, content, save, draft.version + 1)
    if instead:
        theirs = contents.pages_of(draft.content, contents.parts_given(content))
        after = contents.put_aside(after, theirs, draft.changed_by.name, draft.changed_at.isoformat())
    return _change(session, actor, draft, after, now)


def _change(session: Session, actor: Actor, draft: Draft, after: dict[str, Any], now: datetime) -> Draft:
    if any(after[key] != draft.content.get(key) for key in after if key != "saved"):
        draft.content = after
        draft.version += 1
        draft.changed_at, draft.changed_by_id = now, _person(actor)
        session.flush()
    return draft


def _begin(
    session: Session, actor: Actor, asked: Asked, content: Mapping[str, Any], save: Save, corrects: str, now: datetime
) -> Draft:
    if save.version:
        raise Conflict("The draft that you had open has been sent or thrown away by somebody else.")
    draft = Draft(
        organisation_id=asked.organisation_id,
        asked_id=asked.id,
        begun_at=now,
        changed_at=now,
        changed_by_id=_person(actor),
        content=contents.merged({}, content, save, 1),
        corrects=corrects,
    )
    session.add(draft)
    note(session, actor, "begun", draft.ref, now=now, organisation_id=asked.organisation_id)
    session.flush()
    return draft


def keep_typed(
    session: Session,
    actor: Actor,
    asked: str,
    content: Mapping[str, Any],
    save: Save,
    *,
    corrects: str = "",
    now: datetime,
) -> None:
    """Keep what was typed although its page was refused: in the draft, or set aside in it where somebody else's text
    stands there. `asked` is a reference, because this runs in a transaction of its own, after the request's."""
    ask = session.scalars(select(Asked).where(Asked.ref == asked, policy.within(actor, "record", Asked))).one_or_none()
    empty = all(contents.same({}, content, part) for part in contents.parts_given(content))
    if ask is None or (empty and queries.open_draft(session, actor, ask) is None):
        return  # nothing was typed, so nothing is begun
    try:
        save_draft(session, actor, ask, content, version=save.version, opening=save.opening, corrects=corrects, now=now)
    except Conflict:
        draft = _open_draft(session, ask)
        if draft is not None:
            put_aside(session, actor, draft, content, now=now)


def put_aside(session: Session, actor: Actor, draft: Draft, content: Mapping[str, Any], *, now: datetime) -> None:
    """Keep a text in a draft to be read, without putting it in place of what stands there."""
    policy.require(actor, "edit_draft", draft)
    draft.content = contents.put_aside(draft.content, content, actor.name, now.isoformat())


def discard(session: Session, actor: Actor, draft: Draft, *, now: datetime) -> None:
    """Throw an open draft away, for good. Raises `Conflict` where it has been sent meanwhile."""
    policy.require(actor, "record", draft)
    held = _held(session, draft)
    if held.sent_at is not None:
        raise Conflict("This draft has been sent, so it can no longer be thrown away. You can correct the minutes.")
    session.delete(held)
    note(session, actor, "thrown away", held.ref, now=now, organisation_id=held.organisation_id)


def send_minutes(session: Session, actor: Actor, draft: Draft, *, seen: str | None = None, now: datetime) -> Minutes:
    """Make minutes of a draft, once: whoever sends the same draft again gets the same minutes.

    `seen` is the `state` of the draft that the page showed. Raises `Conflict` where it has moved on since, and
    `Invalid` (with the form field) where the draft cannot be sent as it stands.
    """
    policy.require(actor, "record", draft)
    held = _held(session, draft)
    if held.sent_at is not None:
        return _already(session, held)
    before = _held_thread(session, held.corrects) if held.corrects else None
    if seen is not None and seen != state(held, before):
        raise Conflict("This was changed after you opened it. Look through it once more before you send it.")
    made = queries.record_of(held, now)
    if isinstance(made, list):
        raise Invalid(made[0].message, made[0].field or None)
    covers = {asked.id for asked in queries.answered_by(session, actor, held, before)}
    if before and rows.record_of(before) == made and {c.asked_id for c in before.covers} == covers:
        raise Invalid("Nothing here differs from the minutes that were sent, so there is nothing to send.")
    discussion = _discussion(session, actor, held, made.meeting, before, now)
    sent = rows.Sent(held, before, discussion, covers, _person(actor), now)
    return _send(session, actor, held, rows.minutes(sent, made.said))


def _send(session: Session, actor: Actor, held: Draft, minutes: Minutes) -> Minutes:
    held.sent_at = minutes.sent_at
    session.add(minutes)
    detail = {"version": minutes.version}
    note(session, actor, "sent", minutes.ref, now=minutes.sent_at, organisation_id=held.organisation_id, detail=detail)
    session.flush()
    return minutes


def state(draft: Draft, before: Minutes | None) -> str:
    """What a page shows that leads to sending: the version of the draft, and that of the minutes it corrects."""
    return f"{draft.version}-{before.version if before else 0}"


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
    there = _open_draft(session, asked)
    if there is not None:
        if there.corrects != minutes.thread:
            raise Conflict("Your team has another draft open for this briefing. Send it or throw it away first.")
        return there
    others = [cover.asked.ref for cover in newest.covers if cover.asked_id != asked.id]
    content = {**record.typed(rows.record_of(newest)), "also": others}
    return _begin(session, actor, asked, content, Save(0), minutes.thread, now)


def reply_otherwise(
    session: Session, actor: Actor, asked: Asked, kind: ReplyKind, words: str, *, now: datetime
) -> Reply:
    """Answer without minutes, with the reason or the name of those it was discussed with. The last reply stands; the
    same one twice is one. Raises `Invalid` where the words are missing or too many."""
    policy.require(actor, "reply_otherwise", asked)
    if is_blank(words):
        asked_for = "why, in a few words" if kind is ReplyKind.NOT_RELEVANT else "with whom it was discussed"
        raise Invalid(f"Say {asked_for}.")
    if len(words) > LONGEST_REPLY:
        raise Invalid(f"This is {len(words):,} characters long. Keep it to {LONGEST_REPLY:,} or fewer.")
    _hold(session, asked)
    last = queries.latest_reply(session, asked)
    if last is not None and (last.kind, last.words) == (kind, words):
        return last
    reply = Reply(
        organisation_id=asked.organisation_id, asked_id=asked.id, kind=kind, words=words, at=now, by_id=_person(actor)
    )
    session.add(reply)
    note(session, actor, "replied", asked.ref, now=now, organisation_id=asked.organisation_id)
    session.flush()
    return reply


def _hold(session: Session, asked: Asked) -> None:
    session.execute(select(Asked.id).where(Asked.id == asked.id).with_for_update(key_share=True))


def _open_draft(session: Session, asked: Asked) -> Draft | None:
    """The open draft for what was asked, held until the end of the transaction, as is the right to begin one."""
    _hold(session, asked)
    return session.scalars(
        select(Draft)
        .where(Draft.asked_id == asked.id, Draft.sent_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _held(session: Session, draft: Draft) -> Draft:
    """The draft as it is now, held until the end of the transaction. Raises `NotFound` where it was thrown away."""
    try:
        session.refresh(draft, _CHANGES, with_for_update={"key_share": True})
    except InvalidRequestError as gone:
        raise NotFound from gone
    return draft


def _held_thread(session: Session, thread: str) -> Minutes:
    session.execute(
        select(Minutes.id).where(Minutes.thread == thread, Minutes.version == 1).with_for_update(key_share=True)
    )
    return queries.newest(session, thread)


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
