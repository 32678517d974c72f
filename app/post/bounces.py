"""What came back: written down once, and what follows from it for the letter and for its address.

Only a letter that the mail system had taken comes back; whatever else it is by then, the report is a row more and
changes nothing. Who acknowledged what the letter was about is none of this package's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.post import ledger
from app.post.models import AddressCleared, Attempt, Bounce, BounceKind, Delivery, Outcome, State
from app.post.reports import Report
from app.post.results import lasts, returned
from app.text import single_line

MOST_REPORTS = 20  # of one letter: whoever got it could send any number
_TAKEN = (State.ACCEPTED, State.MAYBE_SENT)
_OUT = (Outcome.ACCEPTED, Outcome.MAYBE)


class InHand(Exception):
    """The letter is being sent at this moment, so that what it will come to is not written down yet: come again."""


@dataclass(frozen=True)
class Came:
    """What came of a report, in words for the log. `noted`: the database has what it said, now or since before."""

    words: str
    noted: bool


def take(session: Session, ref: str, report: Report, now: datetime) -> Came:
    """Write down a report on the letter `ref`, which was proved; returns what came of it.

    Raises `InHand` while a sender has the letter.
    """
    if report.kind is None:
        return Came(f"{report.what}: nothing was changed", noted=False)
    letter = session.scalars(sa.select(Delivery).where(Delivery.ref == ref).with_for_update()).first()
    if letter is None:
        return Came("there is no such letter: nothing was changed", noted=False)
    if letter.state is State.SENDING:
        raise InHand
    if not _added(session, letter, report, now):
        known = sa.select(Bounce.id).where(Bounce.delivery_id == letter.id, Bounce.digest == report.digest)
        if session.scalar(known) is None:
            return Came(f"{MOST_REPORTS} reports on this letter are enough: nothing was changed", noted=False)
        return Came("this was reported before: nothing was changed", noted=True)
    if report.kind is BounceKind.DELAYED or letter.state not in _TAKEN:
        return Came(f"{report.what}: noted", noted=True)
    why = returned(report.status, report.reply)
    letter.state, letter.last_reason, letter.next_try_at = State.BOUNCED, why, None
    session.flush()
    return Came(f"{report.what}: {why}", noted=True)


def _added(session: Session, letter: Delivery, report: Report, now: datetime) -> bool:
    reports = sa.select(sa.func.count()).where(Bounce.delivery_id == letter.id)
    if (session.scalar(reports) or 0) >= MOST_REPORTS:
        return False
    out = sa.func.max(Attempt.at, type_=Attempt.at.type)
    sent_at = session.scalar(sa.select(out).where(Attempt.delivery_id == letter.id, Attempt.outcome.in_(_OUT)))
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {
        "delivery_id": letter.id,
        "at": now,
        "kind": report.kind,
        "status": report.status,
        "reply": report.reply,
        "digest": report.digest,
        "address": letter.address.lower(),
        "sent_at": sent_at or now,
        "flags": report.kind is BounceKind.FAILED and lasts(report.status, report.reply),
    }
    return bool(session.execute(insert(Bounce).values(row).on_conflict_do_nothing().returning(Bounce.id)).all())


def clear(session: Session, address: str, by: str, now: datetime) -> None:
    """Note that an address, as the wire has it, is right again; the letters held for it are looked at again at once.

    What was sent there before and comes back only now flags it no more.
    """
    session.add(AddressCleared(address=address.lower(), at=now, by=single_line(by)))
    session.flush()
    ledger.look_again(session, now)
