"""Reads which file of its own a team attached to a draft or sent with its minutes. Whoever calls has checked who may
read the draft or the minutes: a file is read by whoever reads them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, undefer

from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile, DraftFile, MinutesFile


def of_draft(session: Session, draft: Draft | None, *, whole: bool = False) -> AttachedFile | None:
    """The file attached to a draft, if any; `whole`: with its bytes."""
    if draft is None:
        return None
    link = sa.select(DraftFile.file_id).where(DraftFile.draft_id == draft.id)
    return _one(session, link, whole)


def of_minutes(session: Session, minutes: Minutes | None, *, whole: bool = False) -> AttachedFile | None:
    """The file sent with a version of minutes, if any; `whole`: with its bytes."""
    if minutes is None:
        return None
    link = sa.select(MinutesFile.file_id).where(MinutesFile.minutes_id == minutes.id)
    return _one(session, link, whole)


def _one(session: Session, link: sa.Select[int], whole: bool) -> AttachedFile | None:
    wanted = (undefer(AttachedFile.body),) if whole else ()
    found = sa.select(AttachedFile).where(AttachedFile.id.in_(link)).options(joinedload(AttachedFile.by), *wanted)
    return session.scalars(found).one_or_none()


def in_use(session: Session, file_id: int) -> bool:
    """Whether some minutes were sent with a file, or another draft holds it."""
    sent = sa.exists().where(MinutesFile.file_id == file_id)
    held = sa.exists().where(DraftFile.file_id == file_id)
    return bool(session.scalar(sa.select(sent | held)))
