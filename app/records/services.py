"""Says how long documents are kept, and lets those go that were kept for as long as that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.clock import today
from app.discussions.models import Minutes
from app.errors import Conflict, Invalid
from app.forwarding.models import LET_GO, Document
from app.organisations.models import Organisation, Partnership
from app.policy import Actor
from app.records.models import LONGEST, Keeping
from app.records.queries import Due
from app.text import single_line
from app.trail import services as trail

AT_ONCE = 100
"""How many documents go in one transaction: other writers wait no longer than for that."""


def keep(
    session: Session, actor: Actor, code: str, years: int | None, because: str = "", *, now: datetime
) -> Organisation:
    """Say how many whole years after sending an organisation, known by its reference in the file of people, keeps its
    Word documents of minutes; with None all of them until something else is said, which needs a reason. Raises
    `Invalid` for no organisation, no such number, or no reason."""
    policy.require(actor, "keep_records", Partnership)
    found = session.scalar(sa.select(Organisation).where(Organisation.code == code).with_for_update())
    if found is None:
        raise Invalid(f"No organisation has the reference {code}.")
    if years is not None and not 1 <= years <= LONGEST:
        raise Invalid(f"Say a number of whole years from 1 to {LONGEST}.")
    why = single_line(because)
    if years is None and not why:
        raise Invalid("Say why everything is kept, for whoever asks later.")
    latest = sa.select(Keeping).filter_by(organisation_id=found.id).order_by(Keeping.id.desc()).limit(1)
    said = session.scalar(latest)
    if said is not None and (said.years, said.because) == (years, why):
        return found
    session.add(Keeping(organisation_id=found.id, years=years, because=why, at=now))
    trail.note(session, actor, "keeping set", found.ref, now=now, organisation_id=found.id, detail={"years": years})
    return found


def let_go(session: Session, actor: Actor, due: Due, refs: Sequence[str], *, now: datetime) -> int:
    """Let go of the documents of some of the minutes that are `due`, and leave in the trail what each was and by which
    rule it went. How many went: one that has gone before is not there twice. Raises `Conflict` where the organisation
    says something else by now."""
    policy.require(actor, "keep_records", Partnership)
    place = due.keeping.organisation_id
    session.execute(sa.select(Organisation.id).where(Organisation.id == place).with_for_update())
    newest = session.scalar(sa.select(sa.func.max(Keeping.id)).where(Keeping.organisation_id == place))
    if newest != due.keeping.id:
        raise Conflict(f"{due.keeping.organisation.name} says something else by now of what it keeps: look again.")
    here = sa.select(Minutes.id, Minutes.ref, Minutes.sent_at, Document.digest, Document.size)
    rows = session.execute(
        here.join(Document, Document.minutes_id == Minutes.id)
        .where(Minutes.ref.in_(set(refs) & set(due.refs)), Document.body.is_not(None))
        .order_by(Minutes.id)
    ).all()
    session.execute(sa.update(Document).where(Document.minutes_id.in_([row.id for row in rows])).values(body=None))
    for row in rows:
        detail = {"digest": row.digest, "size": row.size, "sent": today(row.sent_at).isoformat()}
        said = {"organisation_id": place, "detail": {**detail, "years": due.keeping.years}}
        trail.note(session, actor, LET_GO, row.ref, now=now, **said)
    return len(rows)
