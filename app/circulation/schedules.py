"""Reads launches that wait for their day, those that came to nothing, and which are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from app.circulation.scheduled import ScheduledLaunch, ScheduledLaunchEnded
from app.errors import NotFound
from app.packs.models import Edition
from app.policy import Actor, within

MOST = 30
SHOWN_FOR = timedelta(days=14)  # what came to nothing stands on the page of an officer


def scheduled(session: Session, actor: Actor, ref: str) -> ScheduledLaunch:
    """One launch with partnership, edition, and what came of it. Raises `NotFound`."""
    mine = _whole().where(ScheduledLaunch.ref == ref, within(actor, "circulate", ScheduledLaunch))
    found = session.scalars(mine).one_or_none()
    if found is None:
        raise NotFound
    return found


def open_ones(session: Session, actor: Actor, now: datetime) -> Sequence[ScheduledLaunch]:
    """Those that wait, by when, and those that could not be carried out of late, or not for everybody. One
    statement."""
    ended = ScheduledLaunchEnded
    # Where somebody was left out it says who, though it was circulated.
    failed = and_(ended.because != "", ended.at > now - SHOWN_FOR)
    mine = _whole().outerjoin(ended, ended.launch_id == ScheduledLaunch.id)
    mine = mine.where(within(actor, "circulate", ScheduledLaunch), or_(ended.launch_id.is_(None), failed))
    return session.scalars(mine.order_by(ScheduledLaunch.at, ScheduledLaunch.id).limit(MOST)).all()


def overdue(session: Session, now: datetime) -> Sequence[tuple[str, datetime]]:
    """The reference and the moment of those that should have been circulated by now. One statement."""
    over = exists().where(ScheduledLaunchEnded.launch_id == ScheduledLaunch.id)
    waiting = select(ScheduledLaunch.ref, ScheduledLaunch.at).where(ScheduledLaunch.at <= now, ~over)
    return [(ref, at) for ref, at in session.execute(waiting.order_by(ScheduledLaunch.at, ScheduledLaunch.id))]


def due(session: Session, now: datetime, most: int) -> Sequence[int]:
    """The keys of those whose moment has come, oldest first."""
    over = exists().where(ScheduledLaunchEnded.launch_id == ScheduledLaunch.id)
    waiting = select(ScheduledLaunch.id).where(ScheduledLaunch.at <= now, ~over)
    return session.scalars(waiting.order_by(ScheduledLaunch.at, ScheduledLaunch.id).limit(most)).all()


def _whole() -> Select[ScheduledLaunch]:
    launch = ScheduledLaunch
    edition = joinedload(launch.edition).options(defer(Edition.content), joinedload(Edition.pack))
    ended = joinedload(launch.ended)
    came_of_it = ended.joinedload(ScheduledLaunchEnded.by), ended.joinedload(ScheduledLaunchEnded.circulation)
    return select(launch).options(joinedload(launch.partnership), edition, joinedload(launch.by), *came_of_it)
