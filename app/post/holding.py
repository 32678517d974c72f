"""The hold on all letters: put by an operator, or by a sender that finds an older copy of its database; lifted by hand.

Nothing goes while it is on, sign-in codes neither: a restored database may be a rehearsal, whose letters must reach
nobody, and a code that was held is of no use later anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.database import new_ref
from app.post import queries
from app.post.models import Attempt, Hold, Origin
from app.post.presence import MailboxSeen, SenderSeen
from app.text import single_line


@dataclass(frozen=True)
class Place:
    """How far a database has come: which one it is, how often a hold was lifted, and its newest try to send.

    Both numbers only grow with what is committed, so that of two copies of a database the one behind is the older.
    `origin` is empty where no sender ever looked at the database.
    """

    origin: str
    era: int
    tries: int


def place(session: Session) -> Place:
    """How far this database has come."""
    origin = session.scalar(sa.select(Origin.ref))
    return Place(origin or "", _era(session), session.scalar(sa.select(sa.func.max(Attempt.id))) or 0)


def begin(session: Session) -> None:
    """Give a database its origin, unless it has one by now. Several senders may do so at once."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(Origin).values(id=1, ref=new_ref()).on_conflict_do_nothing())


def origin(session: Session) -> str:
    """Which database this is; it is given its origin if it has none yet."""
    known = sa.select(Origin.ref)
    if not (ref := session.scalar(known)):
        begin(session)
        ref = session.scalar(known)
    return ref or ""


def put(
    session: Session, because: str, now: datetime, *, seen_era: int = 0, sent_until: datetime | None = None
) -> bool:
    """Hold all letters; whether they were not held already. `seen_era`: the highest that a mark tells of."""
    if queries.hold(session):
        return False
    era = max(seen_era, _era(session))
    session.add(Hold(at=now, puts=True, because=single_line(because), era=era, sent_until=sent_until))
    session.flush()
    return True


def lift(session: Session, now: datetime) -> bool:
    """Let letters go again; whether they were held."""
    if not queries.hold(session):
        return False
    session.add(Hold(at=now, puts=False, because="", era=_era(session) + 1))
    session.flush()
    return True


def let_go(session: Session) -> datetime | None:
    """When letters were last let go again; None if they are held, or never were."""
    newest = session.scalars(sa.select(Hold).order_by(Hold.id.desc()).limit(1)).first()
    return newest.at if newest and not newest.puts else None


def seen(session: Session, now: datetime) -> None:
    """Note that a sender is there. Several may do so at once."""
    moved = session.execute(sa.update(SenderSeen).values(at=now), execution_options={"synchronize_session": False})
    if not cast("CursorResult[Any]", moved).rowcount:
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(SenderSeen).values(id=1, at=now).on_conflict_do_nothing())


def looked(session: Session, now: datetime, trouble: str) -> None:
    """Note that somebody tried to look into the mailbox for what came back, and what went wrong, if anything did.
    Several may do so at once."""
    values = {"at": now, "trouble": single_line(trouble), **({} if trouble else {"looked_at": now})}
    moved = session.execute(sa.update(MailboxSeen).values(values), execution_options={"synchronize_session": False})
    if not cast("CursorResult[Any]", moved).rowcount:
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(MailboxSeen).values(id=1, **values).on_conflict_do_nothing())


def _era(session: Session) -> int:
    return session.scalar(sa.select(sa.func.max(Hold.era))) or 0
