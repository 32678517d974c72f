"""Which addresses letters do not reach, since when and why; and which letters of late did not arrive or wait for that.

An address counts until somebody says that it is right again, or nothing has failed there for `LOOKED_BACK`. What failed
because of the mail system or of us, and would have failed at any address, says nothing about this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.post.models import AddressCleared, Attempt, Bounce, Delivery, State
from app.post.queries import IS_CLEARED, MOST_URGENT, THEY_COME_BACK
from app.post.results import NOT_IN_TIME, NOT_THE_ADDRESS, returned

LOOKED_BACK = timedelta(days=60)
_NOW, _BACK = (sa.bindparam(name, type_=Delivery.owed_since.type) for name in ("now", "back"))
_LITERALLY: sa.ColumnElement[bool] = sa.literal_column("delivery.state IN ('failed', 'bounced', 'quarantined')")
"""As the index of these letters says it: with values given apart, a database could not tell that they are the same."""
FAILED = sa.select(Delivery.id).where(_LITERALLY, Delivery.owed_since.between(_BACK, _NOW))
WAITING = sa.select(Delivery.id).where(
    Delivery.next_try_at.is_not(None), Delivery.state == State.HELD, Delivery.last_reason.startswith(THEY_COME_BACK)
)
OF_LATE = sa.select(sa.union_all(FAILED, WAITING).subquery().c.id)
AT_ADDRESS = Delivery.state != State.QUARANTINED
"""Whether the fault lies with the address, and not with the service, which set the letter aside."""


def moments(now: datetime) -> dict[str, datetime]:
    """What a statement made of these is executed with."""
    return {"now": now, "back": now - LOOKED_BACK}


def since() -> sa.ColumnElement[datetime]:
    """When a letter failed: when it came back, or was tried last, or else when it was owed."""
    moments = [
        sa.select(sa.func.max(model.at, type_=Attempt.at.type))
        .where(model.delivery_id == Delivery.id)
        .correlate(Delivery)
        .scalar_subquery()
        for model in (Bounce, Attempt)
    ]
    return sa.func.coalesce(*moments, Delivery.owed_since, type_=Attempt.at.type)


def _failed_there() -> tuple[sa.ColumnElement[bool], ...]:
    """That a letter of late failed for a reason that lies with its address, which nobody has called right since."""
    elsewhere = sa.or_(*(Delivery.last_reason.endswith(sentence) for sentence in NOT_THE_ADDRESS))
    # What is sent in minutes or not at all had no time to try an address.
    hurried = sa.and_(Delivery.urgency == MOST_URGENT, Delivery.last_reason.startswith(NOT_IN_TIME))
    cleared = (AddressCleared.address == sa.func.lower(Delivery.address), AddressCleared.at >= since())
    right = sa.exists().where(*cleared).correlate(Delivery)
    return Delivery.id.in_(FAILED), AT_ADDRESS, Delivery.address != "", ~elsewhere, ~hurried, ~right


def addresses() -> sa.Select[str]:
    """The addresses, in lower case, that letters do not reach: those at which one of late failed, and those from which
    one came back for a reason that lasts. Executed with `moments`."""
    failed = sa.select(sa.func.lower(Delivery.address).label("email")).where(*_failed_there())
    flagged = sa.select(Bounce.address.label("email")).where(sa.text("flags"), ~IS_CLEARED)
    return sa.select(sa.union(failed, flagged).subquery().c.email)


@dataclass
class Trouble:
    """What is wrong with an address: why, as a sentence of ours, since when, and how many letters of each kind did not
    arrive or wait for it to be put right."""

    why: str = ""
    since: datetime | None = None
    letters: Counter[str] = field(default_factory=Counter)

    def said(self, why: str, at: datetime) -> None:
        """It was so by then; what is said last is why."""
        self.why, self.since = why, min(at, self.since or at)


def troubles(session: Session, emails: Collection[str], whose: Mapping[str, str], now: datetime) -> dict[str, Trouble]:
    """What is wrong with these addresses, in lower case. `whose`: the address by the reference of whoever is written to
    there, since a letter that was held before its first try bears none. Two statements."""
    found = {email: Trouble() for email in emails}
    for row in session.execute(_letters(emails, whose), moments(now)):
        trouble = found.get(row.email) or found.get(whose.get(row.person, ""))
        if trouble is not None:
            trouble.letters[row.kind] += row.letters
            if not row.waits:
                trouble.said(row.last_reason, row.at)
    for row in session.execute(_back(emails)):
        found[row.address].said(returned(row.status, row.reply), row.at)
    return found


def _letters(emails: Collection[str], whose: Mapping[str, str]) -> sa.Select[Any]:
    """What failed or waits, by address, person, kind and reason; what failed last comes last."""
    email = sa.func.lower(Delivery.address).label("email")
    waits = (Delivery.state == State.HELD).label("waits")
    by = (email, Delivery.person, Delivery.kind, waits, Delivery.last_reason)
    held = sa.and_(Delivery.id.in_(WAITING), Delivery.person.in_(list(whose)))
    failed = sa.and_(email.in_(list(emails)), *_failed_there())
    return (
        sa.select(*by, sa.func.count().label("letters"), sa.func.min(since(), type_=Attempt.at.type).label("at"))
        .where(sa.or_(failed, held))
        .group_by(*by)
        .order_by(sa.func.max(Delivery.id))
    )


def _back(emails: Collection[str]) -> sa.Select[str, str, str, datetime]:
    """What came back from these addresses and counts, oldest first."""
    wanted = (sa.text("flags"), Bounce.address.in_(list(emails)), ~IS_CLEARED)
    return sa.select(Bounce.address, Bounce.status, Bounce.reply, Bounce.at).where(*wanted).order_by(Bounce.id)
