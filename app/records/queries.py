"""Reads what each organisation says of keeping, and which Word documents have been kept for as long as it says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import policy
from app.clock import start_of, today
from app.discussions.models import Minutes
from app.forwarding.models import Document
from app.organisations.models import Partnership
from app.policy import Actor
from app.records.models import Keeping


@dataclass(frozen=True)
class Due:
    """What an organisation says, and what may go by it: the references of minutes that were sent before a day and whose
    document is still here, oldest first, and how many bytes that is. Nothing where all are kept (`before` is None)."""

    keeping: Keeping
    before: date | None = None
    refs: tuple[str, ...] = ()
    size: int = 0


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
    return Due(keeping, before, tuple(row.ref for row in rows), sum(row.size for row in rows))


def years_before(day: date, years: int) -> date:
    """The same day so many years before; of 29 February, where there is none, the day before it."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def mark_of(found: Sequence[Due]) -> str:
    """A short mark of everything that may go: who says yes to it says yes to this list and to no other."""
    listed = "\n".join(ref for one in found for ref in one.refs)
    return hashlib.sha256(listed.encode()).hexdigest()[:12]
