"""Nobody gets two letters in a day that say what waits: one rule for every kind of them, whoever writes it.

A reminder of minutes, one to answer, the one letter a week and the letter to a new lead are such letters. What is due
to one person on one day goes in one of them; another waits for the next working day. Only the letter to a new lead, or
to a deputy on the first day of a leave, waits for nothing: she is to have the minutes at once, and after it no other
goes on that day. A letter that waits for a lead to read goes before one that asks a team to write, and then says both
(`forwarding.reminders`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clock import Days, next_time, today
from app.post.models import Attempt, Delivery, Held, Outcome, State
from app.post.told import Telling, ToldOf

TO_ANSWER, REMINDER = "to_answer", "reminder"
SAY_WHAT_WAITS = (REMINDER, TO_ANSWER, "weekly", "handover")
WAITS = Held("Another email of this kind goes to this person first.")
_SOON = timedelta(minutes=2)
_WENT = Attempt.outcome.in_((Outcome.ACCEPTED, Outcome.MAYBE))
# What was tried in vain and then not wanted any more has told nobody anything.
_GIVEN_UP = (Delivery.next_try_at.is_(None), Delivery.state != State.SUPERSEDED, Attempt.outcome != Outcome.UNWRITTEN)
_FOR_GOOD = sa.or_(_WENT, sa.and_(*_GIVEN_UP))


def tried(session: Session, delivery: Delivery, *kinds: str) -> datetime | None:
    """When another letter of these kinds to the same person was last sent, or tried for good."""
    last = sa.select(sa.func.max(Attempt.at, type_=Attempt.at.type)).join(Delivery, Delivery.id == Attempt.delivery_id)
    return session.scalar(last.where(_others(delivery, *kinds), _FOR_GOOD))


def told_since(session: Session, delivery: Delivery) -> bool:
    """Whether another such letter told the same person of this since it was owed."""
    said = (
        sa.select(Attempt.id)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(Telling, Telling.id == Attempt.telling_id)
        .join(ToldOf, ToldOf.telling_id == Telling.id)
        .where(_others(delivery, *SAY_WHAT_WAITS), _FOR_GOOD)
        .where(Attempt.at >= delivery.owed_since, ToldOf.about == delivery.about)
    )
    return session.scalar(said.limit(1)) is not None


def goes_first(session: Session, delivery: Delivery) -> bool:
    """Whether another letter of this kind to the same person, noted before, is still to be sent: only the first ever
    is."""
    before = sa.select(Delivery.id).where(_others(delivery, delivery.kind), Delivery.next_try_at.is_not(None))
    return session.scalar(before.where(Delivery.id < delivery.id).limit(1)) is not None


def is_going(session: Session, delivery: Delivery, now: datetime, *kinds: str, soon: bool = False) -> bool:
    """Whether a letter of these other kinds to the same person is being sent at this moment; with `soon` also whether
    one is next to be."""
    going = sa.and_(Delivery.state == State.SENDING, Delivery.lease_until > now)
    if soon:
        going |= sa.and_(Delivery.state != State.SENDING, Delivery.next_try_at <= now + _SOON)
    return session.scalar(sa.select(Delivery.id).where(_others(delivery, *kinds), going).limit(1)) is not None


def had_one_today(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Whether another letter that says what waits went to the same person on this day: nobody gets two."""
    last = tried(session, delivery, *SAY_WHAT_WAITS)
    return last is not None and today(last) == today(now)


def until_morning(now: datetime, closed: Sequence[Days] = ()) -> Held:
    """Not now: on the next working day that is not among the `closed`."""
    return Held("It waits for the next working day.", next_time(now, closed) - now)


def _others(delivery: Delivery, *kinds: str) -> sa.ColumnElement[bool]:
    return sa.and_(Delivery.kind.in_(kinds), Delivery.person == delivery.person, Delivery.id != delivery.id)
