"""Reads the trail."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.trail.models import Event


def about(session: Session, ref: str, *, kinds: Sequence[str] = ()) -> Sequence[Event]:
    """The events about one thing, oldest first; with `kinds`, only those. The caller has checked who may see it."""
    found = select(Event).where(Event.about == ref).order_by(Event.id)
    return session.scalars(found.where(Event.kind.in_(kinds)) if kinds else found).all()
