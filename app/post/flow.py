"""How letters go out as a whole, in numbers: what waits, what went wrong and why, whether anything goes at all.

Each answer comes from the letters that wait or went wrong, by an index, and not from all that were ever sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.post import queries
from app.post.models import OVER, AddressCleared, Attempt, Bounce, Delivery, Hold, Letters, Outcome, Owed, State
from app.post.presence import MailboxSeen, SenderSeen
from app.post.queries import DELAYED, Standing
from app.post.results import Phase, returned

TOO_LONG = timedelta(minutes=5)
SENDER_SILENT = timedelta(minutes=3)
LATE = UNREAD_TOO_LONG = timedelta(hours=1)
FLAGGED_SHOWN = 50
_WAITING = Delivery.next_try_at.is_not(None)


@dataclass(frozen=True)
class Slow:
    """How many letters wait too long: longer than `DELAYED`, longer than `LATE`, and how many of the late ones wait for
    more than the mailbox they go to, which may be full for days without any fault of ours or of the mail system."""

    delayed: int
    late: int
    ours: int


@dataclass(frozen=True)
class Waiting:
    """How many letters of a kind and an urgency wait to be sent, since when the oldest has been owed, and how many of
    them wait too long."""

    kind: str
    urgency: int
    letters: int
    oldest: datetime
    slow: Slow


@dataclass(frozen=True)
class Flagged:
    """An address from which letters came back, why, and since when; none goes there until somebody clears it."""

    address: str
    why: str
    since: datetime


@dataclass(frozen=True)
class Standstill:
    """Letters do not go out: since when, and whether somebody holds them."""

    since: datetime
    held: bool


@dataclass(frozen=True)
class MailboxLook:
    """When somebody last tried to look into the mailbox for what comes back, when that last went well, and what went
    wrong since, in words. `unread`: nobody has for an hour, though letters went out that could have come back."""

    tried_at: datetime | None
    looked_at: datetime | None
    trouble: str
    unread: bool


def standstill(session: Session, now: datetime, letters: Iterable[Letters]) -> Standstill | None:
    """Whether letters do not go out: they are held, or one has been due for five minutes and nobody has tried it."""
    if hold := queries.hold(session):
        return Standstill(hold.at, held=True)
    oldest = queries.oldest_owed(session, now, letters)
    return Standstill(oldest, held=False) if oldest is not None and now - oldest > TOO_LONG else None


def is_stalled(session: Session, now: datetime, letters: Iterable[Letters]) -> Standstill | None:
    """The same for a page that many read: letters that no sender has noted, which take a statement each kind, are asked
    for only where none was there of late, for a sender notes them every second."""
    seen = sender_seen(session)
    return standstill(session, now, () if seen is not None and now - seen <= SENDER_SILENT else letters)


def may_be_out(session: Session, hold: Hold, fresh: Iterable[Owed]) -> list[tuple[str, int, datetime]]:
    """What may have gone out already where letters are held because the database may be an older copy: by kind, how
    many and since when the oldest was owed. `fresh` are the letters that no sender has noted."""
    if hold.sent_until is None:
        return []
    out = {kind: (letters, oldest) for kind, letters, oldest in queries.perhaps_out(session, hold.sent_until)}
    for owed in fresh:
        if owed.since <= hold.sent_until:
            letters, oldest = out.get(owed.kind, (0, owed.since))
            out[owed.kind] = letters + 1, min(oldest, owed.since)
    return [(kind, letters, oldest) for kind, (letters, oldest) in sorted(out.items())]


def sender_seen(session: Session) -> datetime | None:
    """When a sender was last there; None if none ever was."""
    return session.scalar(sa.select(SenderSeen.at))


def last_there(session: Session) -> datetime | None:
    """When, by its own clock, whoever sends letters or looks for what came back was last there; None if nobody was."""
    seen = (sender_seen(session), session.scalar(sa.select(MailboxSeen.at)))
    return max((at for at in seen if at is not None), default=None)


def mailbox(session: Session, now: datetime) -> MailboxLook:
    """How the mailbox for what comes back stands: what whoever looks into it left word of."""
    row = session.scalars(sa.select(MailboxSeen)).one_or_none()
    looked_at = row.looked_at if row else None
    first = session.scalar(sa.select(Attempt.at).order_by(Attempt.id).limit(1))
    since = looked_at or first
    return MailboxLook(
        tried_at=row.at if row else None,
        looked_at=looked_at,
        trouble=row.trouble if row else "",
        unread=since is not None and now - since > UNREAD_TOO_LONG,
    )


def waiting(session: Session, now: datetime) -> list[Waiting]:
    """What waits to be sent, the most urgent first."""
    of_kind = Delivery.kind.concat("")  # so that no database walks all letters in the order of an index on kinds
    rows: Any = session.execute(
        sa.select(of_kind, Delivery.urgency, sa.func.count(), _oldest(), *_slow(now))
        .where(_WAITING)
        .group_by(of_kind, Delivery.urgency)
        .order_by(Delivery.urgency, of_kind)
    )
    return [Waiting(kind, urgency, letters, oldest, Slow(*slow)) for kind, urgency, letters, oldest, *slow in rows]


def slow(session: Session, now: datetime) -> Slow:
    """How many letters wait too long to be sent. Those that are held wait for somebody to do something."""
    row: Any = session.execute(sa.select(*_slow(now)).where(_WAITING, Delivery.owed_since <= now - DELAYED)).one()
    return Slow(*row)


def _slow(now: datetime) -> tuple[sa.ColumnElement[int], ...]:
    delayed = (Delivery.state != State.HELD) & (Delivery.owed_since <= now - DELAYED)
    late = delayed & (Delivery.owed_since <= now - LATE)
    asked_us_to_wait = sa.exists().where(
        Attempt.delivery_id == Delivery.id, Attempt.phase == Phase.RECIPIENT, Attempt.outcome == Outcome.TEMP
    )
    which = (delayed, late, late & ~asked_us_to_wait)
    return tuple(sa.func.coalesce(sa.func.sum(sa.case((one, 1), else_=0)), 0) for one in which)


def reasons(session: Session) -> tuple[list[Standing], list[Standing]]:
    """Why letters wait that have a reason to, and why letters went wrong: the commonest reasons first."""
    waits = Delivery.state.in_((State.RETRY, State.HELD, State.MAYBE_SENT))
    delayed = _reasons(session, _WAITING & waits & (Delivery.last_reason != ""))
    return delayed, _reasons(session, OVER)


def amiss(session: Session, now: datetime) -> tuple[int, int]:
    """How many letters were set aside through a fault of ours and would still be of use, and how many were never
    confirmed."""
    of_use = sa.or_(Delivery.send_until.is_(None), Delivery.send_until > now)
    which = (sa.and_(Delivery.state == State.QUARANTINED, of_use), Delivery.state == State.MAYBE_SENT)
    row = session.execute(sa.select(*(sa.func.count(sa.case((one, 1))) for one in which)).where(OVER)).one()
    return row[0], row[1]


def _reasons(session: Session, which: sa.ColumnElement[bool] | sa.TextClause) -> list[Standing]:
    rows = session.execute(
        sa.select(Delivery.state, Delivery.last_reason, sa.func.count().label("letters"), _oldest())
        .where(which)
        .group_by(Delivery.state, Delivery.last_reason)
        .order_by(sa.desc("letters"), Delivery.last_reason, Delivery.state)
    )
    return [Standing(*row) for row in rows]


def _oldest() -> sa.ColumnElement[datetime]:
    return sa.func.min(Delivery.owed_since, type_=Delivery.owed_since.type)


def flagged(session: Session) -> tuple[list[Flagged], int]:
    """The addresses to which no letter goes because letters came back from them, the newest first; the first of them,
    and how many there are."""
    cleared = sa.exists().where(AddressCleared.address == Bounce.address, AddressCleared.at >= Bounce.sent_at)
    newest = sa.select(sa.func.max(Bounce.id)).where(sa.text("flags"), ~cleared).group_by(Bounce.address)
    found = sa.select(Bounce).where(Bounce.id.in_(newest)).order_by(Bounce.id.desc()).limit(FLAGGED_SHOWN)
    shown = [Flagged(row.address, returned(row.status, row.reply), row.at) for row in session.scalars(found)]
    number = session.scalar(sa.select(sa.func.count()).select_from(newest.subquery())) or 0
    return shown, number
