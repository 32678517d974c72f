"""Attaches a team's own minutes in Word to a draft, takes them away again, and keeps them with what is sent."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.discussions import attached, holding
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile, DraftFile, MinutesFile
from app.errors import Conflict
from app.policy import Actor
from app.trail.services import note


def attach(session: Session, actor: Actor, draft: Draft, name: str, body: bytes, *, seen: str, now: datetime) -> None:
    """Keep a file with an open draft, in place of the one that was `seen` there (its reference, empty for none). The
    same file again is the same. Raises `Conflict` where another was attached since, or the draft was sent."""
    policy.require(actor, "edit_draft", draft)
    held = _held(session, draft)
    there, digest = attached.of_draft(session, held), hashlib.sha256(body).hexdigest()
    if there is not None and there.is_kept and (there.digest, there.name) == (digest, name):
        return
    _as_seen(there, seen)
    file = AttachedFile(
        organisation_id=held.organisation_id,
        name=name,
        body=body,
        size=len(body),
        digest=digest,
        at=now,
        by_id=holding.person(actor),
    )
    session.add(file)
    session.flush()
    drop(session, held)
    session.add(DraftFile(draft_id=held.id, organisation_id=held.organisation_id, file_id=file.id))
    _changed(session, actor, held, "file attached", now)


def take_away(session: Session, actor: Actor, draft: Draft, *, seen: str, now: datetime) -> None:
    """Take the file that was `seen` out of an open draft; minutes that were sent with it keep it. Raises `Conflict`
    where another was attached since, or the draft was sent."""
    policy.require(actor, "edit_draft", draft)
    held = _held(session, draft)
    there = attached.of_draft(session, held)
    if there is None:
        return
    _as_seen(there, seen)
    drop(session, held)
    _changed(session, actor, held, "file taken away", now)


def _held(session: Session, draft: Draft) -> Draft:
    held = holding.held(session, draft)
    if held.sent_at is not None:
        raise Conflict("These minutes were sent meanwhile. You can correct them, and attach another file there.")
    return held


def _as_seen(there: AttachedFile | None, seen: str) -> None:
    if there is not None and there.ref != seen:
        raise Conflict(
            f"{there.by.name} attached “{there.name}” after you opened this page. Look at it before you change it."
        )


def _changed(session: Session, actor: Actor, draft: Draft, kind: str, now: datetime) -> None:
    """A draft with another file is another draft for whoever was about to send it."""
    draft.version += 1
    draft.changed_at, draft.changed_by_id = now, holding.person(actor)
    note(session, actor, kind, draft.ref, now=now, organisation_id=draft.organisation_id)
    session.flush()


def drop(session: Session, draft: Draft) -> None:
    """Part a draft from its file, which goes for good where nothing else refers to it."""
    file_id = session.scalar(sa.select(DraftFile.file_id).where(DraftFile.draft_id == draft.id))
    if file_id is None:
        return
    session.execute(sa.delete(DraftFile).where(DraftFile.draft_id == draft.id))
    if not attached.in_use(session, file_id):
        session.execute(sa.delete(AttachedFile).where(AttachedFile.id == file_id))


def carry_over(session: Session, draft: Draft, thread: str) -> None:
    """Begin a correction with the file that the newest version of its record was sent with."""
    newest = sa.select(Minutes).where(Minutes.thread == thread, Minutes.newest)
    there = attached.of_minutes(session, session.scalars(newest).one_or_none())
    if there is not None:
        session.add(DraftFile(draft_id=draft.id, organisation_id=draft.organisation_id, file_id=there.id))
        session.flush()


def keep_with(session: Session, draft: Draft, minutes: Minutes) -> None:
    """Minutes that are sent have the file of the draft that they were made of."""
    there = sa.select(sa.literal(minutes.id), DraftFile.organisation_id, DraftFile.file_id)
    where = ["minutes_id", "organisation_id", "file_id"]
    session.execute(sa.insert(MinutesFile).from_select(where, there.where(DraftFile.draft_id == draft.id)))


def same(session: Session, draft: Draft, before: Minutes) -> bool:
    """Whether a correction has the file, or none, that the version before was sent with."""
    mine, theirs = attached.of_draft(session, draft), attached.of_minutes(session, before)
    return (mine.id if mine else 0) == (theirs.id if theirs else 0)
