"""Reads what each organisation says of keeping, and what has been kept for as long as it says: Word documents of
minutes, and the files that teams attached to them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import policy
from app.clock import start_of, today
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile, DraftFile, MinutesFile
from app.forwarding.models import Document
from app.organisations.models import Partnership
from app.policy import Actor
from app.records.models import Keeping


@dataclass(frozen=True)
class Due:
    """What an organisation says, and what may go by it: the references of minutes that were sent before a day and whose
    document is still here, oldest first, and how many bytes that is; and the same of attached `files`, by references of
    their own. Nothing where all are kept (`before` is None)."""

    keeping: Keeping
    before: date | None = None
    refs: tuple[str, ...] = ()
    size: int = 0
    files: tuple[str, ...] = ()
    size_of_files: int = 0


def due(session: Session, actor: Actor, now: datetime) -> list[Due]:
    """For each organisation that has said something, by name, what may go now."""
    policy.require(actor, "keep_records", Partnership)
    newest = sa.select(sa.func.max(Keeping.id)).group_by(Keeping.organisation_id)
    said = sa.select(Keeping).where(Keeping.id.in_(newest)).options(joinedload(Keeping.organisation))
    found = sorted(session.scalars(said), key=lambda keeping: (keeping.organisation.name, keeping.organisation_id))
    return [_due(session, keeping, now) for keeping in found]


def _due(session: Session, keeping: Keeping, now: datetime) -> Due:
    if keeping.years is None:
        return Due(keeping)
    before = years_before(today(now), keeping.years)
    rows = session.execute(
        sa.select(Minutes.ref, Document.size)
        .join(Document, Document.minutes_id == Minutes.id)
        .where(
            Minutes.organisation_id == keeping.organisation_id,
            Minutes.sent_at < start_of(before),
            Document.body.is_not(None),
        )
        .order_by(Minutes.sent_at, Minutes.id)
    ).all()
    files = session.execute(
        files_due(keeping.organisation_id, before).with_only_columns(AttachedFile.ref, AttachedFile.size)
    ).all()
    return Due(
        keeping,
        before,
        tuple(row.ref for row in rows),
        sum(row.size for row in rows),
        tuple(file.ref for file in files),
        sum(file.size for file in files),
    )


def files_due(organisation_id: int, before: date) -> sa.Select[AttachedFile]:
    """The attached files, still here, of which every version of minutes that was sent with one was sent before a day.
    One that a correction which is being written holds is not among them: it is about to be sent again."""
    sent = sa.select(MinutesFile.file_id).join(Minutes, Minutes.id == MinutesFile.minutes_id)
    mine = sent.where(MinutesFile.file_id == AttachedFile.id)
    held = sa.select(DraftFile.file_id).join(Draft, Draft.id == DraftFile.draft_id)
    return (
        sa.select(AttachedFile)
        .where(
            AttachedFile.organisation_id == organisation_id,
            AttachedFile.body.is_not(None),
            mine.where(Minutes.sent_at < start_of(before)).exists(),
            ~mine.where(Minutes.sent_at >= start_of(before)).exists(),
            ~held.where(DraftFile.file_id == AttachedFile.id, Draft.sent_at.is_(None)).exists(),
        )
        .order_by(AttachedFile.at, AttachedFile.id)
    )


def years_before(day: date, years: int) -> date:
    """The same day so many years before; of 29 February, where there is none, the day before it."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def mark_of(found: Sequence[Due]) -> str:
    """A short mark of everything that may go: who says yes to it says yes to this list and to no other."""
    listed = "\n".join(line for one in found for line in (*one.refs, *(f"file {ref}" for ref in one.files)))
    return hashlib.sha256(listed.encode()).hexdigest()[:12]
