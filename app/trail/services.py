"""Adds events to the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.policy import Actor
from app.trail.models import Event


def note(session: Session, actor: Actor, kind: str, about: str, *, now: datetime, **where: Any) -> None:
    """Add an event. `kind` is a verb in the past (`sent`, `read`); `where` may hold organisation_id, partnership_id
    and `detail` (a small mapping without anybody's words)."""
    session.add(Event(at=now, kind=kind, about=about, by=actor.name, person_id=actor.person, **where))
