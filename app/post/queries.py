"""What became of letters, in the only words there are for it; what is due; and how long the oldest has waited.

No page ever says that a letter was delivered: a mail system that took it is all that can be known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.post.models import Attempt, Delivery, Letters, Outcome, Owed, State
from app.post.results import Phase

WAITING, SENT, NOT_SENT = "Waiting to send", "Sent to mail system", "Could not be sent"
_UNSETTLED = (State.QUEUED, State.SENDING, State.RETRY, State.HELD)
_IN_DOUBT = (Outcome.MAYBE, Outcome.STOPPED)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far one letter has come. `words` is for people; `reason` is one sentence or empty.

    `state` is None where the letter is owed and the sender has not seen it yet. `twice`: it may arrive a second time.
    """

    words: str = WAITING
    reason: str = ""
    state: State | None = None
    role: str = ""
    place: str = ""
    person: str = ""
    address: str = ""
    tries: int = 0
    owed_since: datetime | None = None
    accepted_at: datetime | None = None
    twice: bool = False


@dataclass(frozen=True)
class Standing:
    """How many letters are in a state for a reason, and since when the oldest of them has been owed."""

    state: State
    reason: str
    letters: int
    oldest: datetime


def progress_of(
    session: Session,
    kind: str,
    about: str,
    *,
    role: str | None = None,
    place: str | None = None,
    person: str | None = None,
) -> Progress:
    """The newest letter of a kind about a thing, to anybody or to whom is named. Without one it waits to be sent."""
    named = {"role": role, "place": place, "person": person}
    wanted = [getattr(Delivery, name) == value for name, value in named.items() if value is not None]
    rows = _progress(session, Delivery.kind == kind, Delivery.about == about, *wanted)
    return rows[-1][1] if rows else Progress()


def progress_of_many(session: Session, kind: str, abouts: Collection[str]) -> dict[str, list[Progress]]:
    """All letters of a kind about many things, by thing, oldest first, in one query. Things without one are missing."""
    found: dict[str, list[Progress]] = {}
    for about, progress in _progress(session, Delivery.kind == kind, Delivery.about.in_(abouts)) if abouts else ():
        found.setdefault(about, []).append(progress)
    return found


def _progress(session: Session, *wanted: sa.ColumnElement[bool]) -> list[tuple[str, Progress]]:
    in_doubt = sa.exists().where(Attempt.delivery_id == Delivery.id, Attempt.outcome.in_(_IN_DOUBT))
    rows = session.execute(sa.select(Delivery, in_doubt).where(*wanted).order_by(Delivery.id)).all()
    return [(delivery.about, _told(delivery, twice)) for delivery, twice in rows]


def _told(delivery: Delivery, in_doubt: bool) -> Progress:
    return Progress(
        words=_words(delivery),
        reason=delivery.last_reason,
        state=delivery.state,
        role=delivery.role,
        place=delivery.place,
        person=delivery.person,
        address=delivery.address,
        tries=delivery.tries,
        owed_since=delivery.owed_since,
        accepted_at=delivery.accepted_at,
        twice=in_doubt and delivery.state in (State.ACCEPTED, State.MAYBE_SENT),
    )


def _words(delivery: Delivery) -> str:
    if delivery.state is State.ACCEPTED:
        return SENT
    if delivery.state is State.MAYBE_SENT:
        return SENT if delivery.next_try_at is None else WAITING
    if delivery.state in _UNSETTLED:
        return WAITING
    if delivery.state is State.SUPERSEDED:
        return f"Not sent: {_lower(delivery.last_reason)}"
    return f"{NOT_SENT}: {_lower(delivery.last_reason)}" if delivery.last_reason else NOT_SENT


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def anything_due(session: Session, now: datetime) -> bool:
    """Whether the sender has anything to send."""
    return session.scalar(sa.select(Delivery.id).where(Delivery.next_try_at <= now).limit(1)) is not None


def out_of_order(session: Session, since: datetime) -> bool:
    """Whether the last try since then failed for a fault of the mail system as a whole, not of one letter's address."""
    last = session.scalars(sa.select(Attempt).order_by(Attempt.id.desc()).limit(1)).first()
    if last is None or last.at <= since or last.phase in (Phase.RECIPIENT, Phase.LETTER):
        return False
    return last.outcome in (Outcome.TEMP, Outcome.MAYBE)


def standings(session: Session) -> list[Standing]:
    """How many letters are in each state, in the order of the states, and why: the commonest reasons first."""
    rows = session.execute(
        sa.select(Delivery.state, Delivery.last_reason, sa.func.count(), _earliest(Delivery.owed_since))
        .group_by(Delivery.state, Delivery.last_reason)
        .order_by(sa.func.count().desc(), Delivery.last_reason)
    )
    return sorted((Standing(*row) for row in rows), key=lambda standing: list(State).index(standing.state))


def _earliest(column: sa.orm.InstrumentedAttribute[Any]) -> sa.ColumnElement[Any]:
    return sa.func.min(column, type_=column.type)


def not_noted(session: Session, now: datetime, letters: Iterable[Letters]) -> list[Owed]:
    """The letters that are owed and that no sender has noted, as far as their writers list them at a time."""
    return [owed for writer in letters for owed in writer.owed(session, now)]


def oldest_owed(session: Session, now: datetime, letters: Iterable[Letters] = ()) -> datetime | None:
    """Since when the letter has been due that nobody has touched for longest; None if nothing is due.

    Letters that the sender has not even noted count, if their writers are given: so a sender that does not run is seen.
    """
    noted = session.scalar(sa.select(_earliest(Delivery.next_try_at)).where(Delivery.next_try_at <= now))
    unnoted = [owed.since for owed in not_noted(session, now, letters)]
    return min(filter(None, (noted, *unnoted)), default=None)
