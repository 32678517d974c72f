"""What became of letters, in the only words there are for it; what is due; and how long the oldest has waited.

No page ever says that a letter was delivered: a mail system that took it is all that can be known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.post.foreseen import everything
from app.post.models import (
    AddressCleared,
    Attempt,
    Bounce,
    BounceKind,
    Delivery,
    Held,
    Hold,
    Letters,
    Outcome,
    Owed,
    State,
)
from app.post.results import Phase, returned

MOST_URGENT, FLAGGED_FOR, DELAYED, LATE = 0, timedelta(hours=1), timedelta(minutes=15), timedelta(hours=1)
THEY_COME_BACK, STILL_TRYING = "Letters to this address come back", "The mail system is still trying."
WAITING, SENT, NOT_SENT = "Waiting to send", "Sent to mail system", "Could not be sent"
STILL_WAITING = "Waiting to send, delayed"
UNCONFIRMED = "Sent, but not confirmed by the mail system"
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

    def at(self, now: datetime) -> str:
        """The words at a moment: a letter that waits is delayed after a quarter of an hour. Not one that is held, which
        waits for somebody to do something."""
        since = self.owed_since if self.words == WAITING and self.state is not State.HELD else None
        return STILL_WAITING if since is not None and now - since >= DELAYED else self.words


@dataclass(frozen=True)
class Standing:
    """How many letters are in a state for a reason, and since when the oldest of them has been owed."""

    state: State
    reason: str
    letters: int
    oldest: datetime


@dataclass(frozen=True)
class Returned:
    """What the mail system said later of a letter it had taken: when, of which letter, and why, as one sentence.

    `came_back` is false where it only says that it is still trying; `said` are its own words.
    """

    at: datetime
    ref: str
    kind: str
    about: str
    role: str
    place: str
    person: str
    address: str
    came_back: bool
    why: str
    said: str = ""


def progress_of_many(session: Session, kind: str, abouts: Collection[str]) -> dict[str, list[Progress]]:
    """All letters of a kind about many things, by thing, oldest first, in one query. Things without one are missing."""
    found: dict[str, list[Progress]] = {}
    wanted = {"kind": kind, "abouts": list(abouts)}
    for delivery, in_doubt in session.execute(_letters(), wanted) if abouts else ():
        found.setdefault(delivery.about, []).append(_told(delivery, in_doubt))
    return found


@cache
def _letters() -> sa.Select[Any]:
    """The letters of a `kind` about `abouts`, and whether the mail system left a try at it unconfirmed."""
    in_doubt = sa.exists().where(Attempt.delivery_id == Delivery.id, Attempt.outcome.in_(_IN_DOUBT))
    abouts: Any = sa.bindparam("abouts", expanding=True)
    of_these = (Delivery.kind == sa.bindparam("kind"), Delivery.about.in_(abouts))
    return sa.select(Delivery).add_columns(in_doubt).where(*of_these).order_by(Delivery.id)


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
        return UNCONFIRMED if delivery.next_try_at is None else WAITING
    if delivery.state in _UNSETTLED:
        return WAITING
    if delivery.state is State.SUPERSEDED:
        return f"Not sent: {lower(delivery.last_reason)}"
    return f"{NOT_SENT}: {lower(delivery.last_reason)}" if delivery.last_reason else NOT_SENT


def lower(sentence: str) -> str:
    """A sentence of ours as the end of another: without its capital letter and its stop."""
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def returned_of_many(session: Session, kinds: Collection[str], abouts: Collection[str]) -> list[Returned]:
    """What came back of letters of these kinds about these things, oldest first, in one query."""
    if not abouts:
        return []
    rows = session.execute(
        sa.select(Bounce, Delivery)
        .join(Delivery, Delivery.id == Bounce.delivery_id)
        .where(Delivery.kind.in_(kinds), Delivery.about.in_(abouts))
        .order_by(Bounce.at, Bounce.id)
    )
    return [_returned(bounce, delivery) for bounce, delivery in rows]


def _returned(bounce: Bounce, delivery: Delivery) -> Returned:
    came_back = bounce.kind is BounceKind.FAILED
    return Returned(
        at=bounce.at,
        ref=delivery.ref,
        kind=delivery.kind,
        about=delivery.about,
        role=delivery.role,
        place=delivery.place,
        person=delivery.person,
        address=bounce.address,
        came_back=came_back,
        why=returned(bounce.status, bounce.reply) if came_back else STILL_TRYING,
        said=bounce.reply,
    )


def perhaps_out(session: Session, until: datetime) -> list[tuple[str, int, datetime]]:
    """Of the letters that wait, those owed by then: by kind, how many and since when the oldest. In an older copy of a
    database they may have gone out already."""
    return [
        (kind, letters, oldest)
        for kind, letters, oldest in session.execute(
            sa.select(Delivery.kind, sa.func.count(), _earliest(Delivery.owed_since))
            .where(Delivery.next_try_at.is_not(None), Delivery.owed_since <= until)
            .group_by(Delivery.kind)
            .order_by(Delivery.kind)
        )
    ]


_ONE = sa.select(Delivery).where(Delivery.id == sa.bindparam("this"))
IS_CLEARED = sa.exists().where(AddressCleared.address == Bounce.address, AddressCleared.at >= Bounce.sent_at)
_BACK = (Bounce.flags, Bounce.address == sa.bindparam("address"), ~IS_CLEARED)
_LAST_BACK = sa.select(Bounce.status, Bounce.reply).where(*_BACK).order_by(Bounce.id.desc()).limit(1)
_LAST_HOLD = sa.select(Hold).order_by(Hold.id.desc()).limit(1)
_LAST_PUTS = sa.select(Hold.puts).order_by(Hold.id.desc()).limit(1).scalar_subquery()
HELD_ALL = sa.func.coalesce(_LAST_PUTS, sa.false())
"""Whether all letters are held, as part of another query."""
_DUE = (
    sa.select(Delivery.id).where(Delivery.next_try_at <= sa.bindparam("now", type_=Delivery.next_try_at.type)).limit(1)
)


def letter(session: Session, number: int) -> Delivery:
    """The delivery with this primary key, which is there. `Session.get` puts its statement together each time."""
    return session.scalars(_ONE, {"this": number}).one()


def comes_back(session: Session, address: str) -> str:
    """Why letters to an address come back, as a sentence; empty if none does, or somebody said that it is right again
    after the letters that came back were sent.

    A letter that was accepted later proves nothing: a mail system that accepts first is what bounces come from.
    """
    newest = session.execute(_LAST_BACK, {"address": address.lower()}).first()
    return returned(newest.status, newest.reply) if newest else ""


def held_back(session: Session, address: str, urgency: int) -> Held | None:
    """Why a letter is not sent to an address, as the wire has it, that letters came back from; None if it may go.

    The most urgent letters are tried all the same: somebody waits for them at this moment, and might be the one whose
    mailbox was mended just now. An address that was changed is noticed within the hour, one that was cleared at once.
    """
    why = comes_back(session, address) if urgency > MOST_URGENT else ""
    return Held(f"{THEY_COME_BACK}: {lower(why)}.", FLAGGED_FOR) if why else None


def hold(session: Session) -> Hold | None:
    """The hold on all letters; None if there is none."""
    newest = session.scalars(_LAST_HOLD).first()
    return newest if newest and newest.puts else None


def anything_due(session: Session, now: datetime) -> bool:
    """Whether the sender has anything to send."""
    return session.scalar(_DUE, {"now": now}) is not None


def number_due(session: Session, now: datetime) -> int:
    """How many letters are to be sent by now, those that another sender has in hand left out."""
    return session.scalar(sa.select(sa.func.count()).select_from(Delivery).where(Delivery.next_try_at <= now)) or 0


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
    return [owed for writer in letters for owed in everything(writer, session, now)]


def oldest_owed(session: Session, now: datetime, letters: Iterable[Letters] = ()) -> datetime | None:
    """Since when the letter has been due that nobody has touched for longest; None if nothing is due.

    Letters that the sender has not even noted count, if their writers are given: so a sender that does not run is seen.
    """
    noted = session.scalar(sa.select(_earliest(Delivery.next_try_at)).where(Delivery.next_try_at <= now))
    unnoted = [owed.since for owed in not_noted(session, now, letters)]
    return min(filter(None, (noted, *unnoted)), default=None)
