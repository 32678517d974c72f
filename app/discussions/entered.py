"""Reads what was entered from outside the service."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.circulation.models import Asked, Circulation
from app.discussions.outside import Outside, OutsideAnswer
from app.errors import NotFound
from app.policy import Actor, within


def entry(session: Session, actor: Actor, ref: str) -> Outside:
    """What was entered and stands, for whoever may enter. Raises `NotFound`."""
    circulation = joinedload(Outside.asked).joinedload(Asked.circulation)
    found = session.scalar(
        select(Outside)
        .where(Outside.ref == ref, within(actor, "enter_outside", Outside))
        .options(circulation.joinedload(Circulation.edition), circulation.joinedload(Circulation.partnership))
    )
    if found is None:
        raise NotFound
    return found


def standing(session: Session, asked: Asked) -> Outside | None:
    """What was entered for what was asked, if something stands. The caller has checked who may see it."""
    return session.scalars(
        select(Outside)
        .where(Outside.asked_id == asked.id, Outside.shared)
        .options(joinedload(Outside.by), selectinload(Outside.answers).joinedload(OutsideAnswer.point))
    ).first()


def is_any_standing() -> ColumnElement[bool]:
    """Whether something stands for a row of `Asked`, as SQL."""
    return exists().where(Outside.asked_id == Asked.id, Outside.shared)


def standing_for(session: Session, asked_ids: Collection[int]) -> dict[int, Outside]:
    """The same for several, by the key of what was asked, without the answers."""
    found = select(Outside).where(Outside.asked_id.in_(asked_ids), Outside.shared).options(joinedload(Outside.by))
    return {one.asked_id: one for one in session.scalars(found)}


def versions(session: Session, asked: Asked) -> int:
    """How many versions were entered so far."""
    return session.scalar(select(func.max(Outside.version)).where(Outside.asked_id == asked.id)) or 0
