"""What follows from how a try at a letter ended: whether that settles it, and if not, when it is tried again.

What came before somebody had a letter tried again counts no more: it begins anew then.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.post.models import Attempt, Delivery, Outcome, State
from app.post.results import Phase, Result

MINUTES = (1, 2, 5, 10, 20, 40, 60)  # between one try and the next; then hourly, spread
GIVEN_UP_AFTER = timedelta(days=5)
REFUSED_WHOLE = 3  # times that a letter was refused after it had been sent whole, and it is not tried again


def state_after(session: Session, letter: int, tries: int, result: Result, now: datetime) -> State:
    """The state of a letter once a try has ended that is written down already; `tries` are those before it."""
    if result.outcome is Outcome.ACCEPTED:
        return State.ACCEPTED
    if result.outcome is Outcome.MAYBE:
        return State.MAYBE_SENT
    first, refused = _so_far(session, letter, tries)
    if result.outcome is Outcome.PERM and not (
        result.phase in (Phase.LETTER, Phase.CONFIRMATION) and refused < REFUSED_WHOLE
    ):
        return State.FAILED
    return State.FAILED if now - first >= GIVEN_UP_AFTER else State.RETRY


def _so_far(session: Session, letter: int, tries: int) -> tuple[datetime, int]:
    """When the first of the tries was that count, the one just written down included, and how many were refused for
    good."""
    ended = Attempt.outcome.in_((Outcome.TEMP, Outcome.PERM, Outcome.MAYBE))
    newest = sa.select(Attempt.at, Attempt.outcome).where(Attempt.delivery_id == letter, ended)
    counted = newest.order_by(Attempt.id.desc()).limit(tries + 1).subquery().c
    refused = sa.func.count().filter(counted.outcome == Outcome.PERM)
    first, times = session.execute(sa.select(sa.func.min(counted.at, type_=counted.at.type), refused)).one()
    return cast(datetime, first), cast(int, times)


def times(session: Session, letter: int, outcome: Outcome) -> int:
    """How many tries at a letter have ended so."""
    since = sa.select(Delivery.counts_after).where(Delivery.id == letter).scalar_subquery()
    found = (Attempt.delivery_id == letter, Attempt.outcome == outcome, Attempt.id > since)
    return session.scalar(sa.select(sa.func.count()).where(*found)) or 0


def pause_after(tries: int, ref: str) -> timedelta:
    """How long to wait after so many tries. The hourly ones are spread by a fifth either way, by the letter's
    reference, so that letters that failed together do not come back together."""
    if tries <= len(MINUTES):
        return timedelta(minutes=MINUTES[tries - 1])
    spread = zlib.crc32(f"{ref} {tries}".encode()) / 0xFFFFFFFF
    return timedelta(minutes=60 * (0.8 + 0.4 * spread))
