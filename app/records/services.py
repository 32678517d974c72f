"""Says how long documents are kept, and lets those go that were kept for as long as that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.clock import today
from app.discussions.models import Minutes
from app.discussions.own_files import AttachedFile, MinutesFile
from app.errors import Conflict, Invalid
from app.forwarding.models import FILE_LET_GO, LET_GO, Document
from app.organisations.models import Organisation, Partnership
from app.policy import Actor
from app.records import queries
from app.records.models import LONGEST, Keeping
from app.records.queries import Due
from app.text import single_line
from app.trail import services as trail

AT_ONCE, FILES_AT_ONCE = 100, 10
"""How many documents, and how many attached files of up to 10 MB, go in one transaction: other writers wait no longer
than for that."""


def keep(
    session: Session, actor: Actor, code: str, years: int | None, because: str = "", *, now: datetime
) -> Organisation:
    """Say how many whole years after sending an organisation, known by its reference in the file of people, keeps its
    Word documents of minutes and the files attached to them; with None all of them until something else is said, which
    needs a reason. Raises `Invalid` for no organisation, no such number, or no reason."""
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
    _still_said(session, due)
    here = sa.select(Minutes.id, Minutes.ref, Minutes.sent_at, Document.digest, Document.size)
    rows = session.execute(
        here.join(Document, Document.minutes_id == Minutes.id)
        .where(Minutes.ref.in_(set(refs) & set(due.refs)), Document.body.is_not(None))
        .order_by(Minutes.id)
    ).all()
    session.execute(sa.update(Document).where(Document.minutes_id.in_([row.id for row in rows])).values(body=None))
    for row in rows:
        _tell(session, actor, LET_GO, due, row, now)
    return len(rows)


def let_files_go(session: Session, actor: Actor, due: Due, refs: Sequence[str], *, now: datetime) -> int:
    """The same with some of the attached files that are `due`, by their own references. Each version of minutes that
    was sent with one has its line in the trail. One that a correction took up since the list was made stays."""
    policy.require(actor, "keep_records", Partnership)
    _still_said(session, due)
    if due.before is None:
        return 0
    named = AttachedFile.ref.in_(set(refs) & set(due.files))
    # Whoever begins a correction with one of them is either seen below, or waits and finds what is left of it.
    session.execute(sa.select(AttachedFile.id).where(named).order_by(AttachedFile.id).with_for_update())
    going = queries.files_due(due.keeping.organisation_id, due.before).with_only_columns(AttachedFile.id).where(named)
    ids = session.scalars(going).all()
    session.execute(sa.update(AttachedFile).where(AttachedFile.id.in_(ids)).values(body=None))
    sent = sa.select(Minutes.ref, Minutes.sent_at, AttachedFile.digest, AttachedFile.size)
    linked = sent.join(MinutesFile, MinutesFile.minutes_id == Minutes.id)
    for row in session.execute(
        linked.join(AttachedFile, AttachedFile.id == MinutesFile.file_id)
        .where(AttachedFile.id.in_(ids))
        .order_by(Minutes.id)
    ).all():
        _tell(session, actor, FILE_LET_GO, due, row, now)
    return len(ids)


def _still_said(session: Session, due: Due) -> None:
    """Hold what the organisation says until the transaction ends; raises `Conflict` where that is something else."""
    place = due.keeping.organisation_id
    session.execute(sa.select(Organisation.id).where(Organisation.id == place).with_for_update())
    newest = session.scalar(sa.select(sa.func.max(Keeping.id)).where(Keeping.organisation_id == place))
    if newest != due.keeping.id:
        raise Conflict(f"{due.keeping.organisation.name} says something else by now of what it keeps: look again.")


def _tell(session: Session, actor: Actor, kind: str, due: Due, gone: sa.Row[*tuple[Any, ...]], now: datetime) -> None:
    """Leave in the trail what went of which minutes, and by which rule."""
    detail = {"digest": gone.digest, "size": gone.size, "sent": today(gone.sent_at).isoformat()}
    said = {"organisation_id": due.keeping.organisation_id, "detail": {**detail, "years": due.keeping.years}}
    trail.note(session, actor, kind, gone.ref, now=now, **said)
