"""Writes down what a letter tells of before it is handed over. Nothing is written where it tells of the same as before,
so that a letter that is tried for days adds nothing."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.database import Database
from app.post.models import Delivery, Held, Letter, Written
from app.post.told import Telling, ToldOf


def is_new(session: Session, delivery: Delivery, written: Written) -> bool:
    """Whether a letter tells of other things than what is known of it: of those that it told of last, or else only of
    what it is about."""
    if not isinstance(written, Letter) or not written.tells_of:
        return False
    newest = sa.select(sa.func.max(Telling.id)).where(Telling.delivery_id == delivery.id).scalar_subquery()
    known = session.scalars(sa.select(ToldOf.about).where(ToldOf.telling_id == newest)).all()
    return set(known or [delivery.about]) != set(written.tells_of)


def keep(database: Database, delivery_id: int, written: Written) -> Held | None:
    """Write down what a letter tells of. Why it has to wait, where the database could not be written to: that says
    nothing against the letter."""
    try:
        with database.writing() as session:
            note(session, delivery_id, written)
    except DBAPIError:
        return Held("What it tells of could not be written down yet.", timedelta(minutes=1))
    return None


def note(session: Session, delivery_id: int, written: Written) -> None:
    """Write down what a letter tells of: the tries from now on are of that."""
    if not isinstance(written, Letter):
        return
    made = Telling(delivery_id=delivery_id)
    session.add(made)
    session.flush()
    rows = [{"telling_id": made.id, "about": about} for about in dict.fromkeys(written.tells_of)]
    session.execute(sa.insert(ToldOf), rows)
