"""What may happen to a `Delivery`: noted, claimed, settled. Each is one short transaction of the caller's.

A claim is a lease with a token of its own, and only its holder may settle the letter (the fence): a sender that was
held up past its lease adds its attempt, which did happen, but leaves the letter to whoever has it now. What is said
for every letter is put together once: that costs more than the database takes to answer.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.database import REF_ALPHABET, REF_LENGTH
from app.post import holding, queries
from app.post.following import pause_after, state_after, times
from app.post.models import NOT_ARRIVED, TRIED_AGAIN, Attempt, Delivery, Outcome, Owed, State
from app.post.results import INTERRUPTED, Phase, Result, reason
from app.post.told import Telling
from app.post.unreached import AT_ADDRESS, WAITING
from app.text import single_line

AT_ONCE = 500
_LETTERS, _TRIES = cast(sa.Table, Delivery.__table__), cast(sa.Table, Attempt.__table__)
_NOW, _UNTIL = (sa.bindparam(name, type_=_LETTERS.c.next_try_at.type) for name in ("now", "until"))
_CLAIMED = ("id", "ref", "kind", "message_id", "tries", "send_until", "last_reason", "urgency", "doubts")
_FIRST_DUE = (
    sa.select(*(_LETTERS.c[name] for name in (*_CLAIMED, "state", "address")))
    .where(_LETTERS.c.next_try_at <= _NOW, ~queries.HELD_ALL)
    .order_by(_LETTERS.c.urgency, _LETTERS.c.next_try_at, _LETTERS.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_TAKE = (
    sa.update(Delivery)
    .where(Delivery.id == sa.bindparam("this"), Delivery.next_try_at <= _NOW)
    .values(state=State.SENDING, lease_by=sa.bindparam("token"), lease_until=_UNTIL, next_try_at=_UNTIL)
    .values(doubts=sa.bindparam("in_doubt"))
)
_MINE = (Delivery.id == sa.bindparam("this"), Delivery.lease_by == sa.bindparam("token"))
_HANDING_OVER = sa.update(Delivery).where(*_MINE).values(lease_until=_UNTIL, next_try_at=_UNTIL)
_TOLD = sa.select(sa.func.max(Telling.id)).where(Telling.delivery_id == sa.bindparam("this")).scalar_subquery()
_TRIED = sa.insert(_TRIES).values(telling_id=_TOLD)
UNCLEAR, UNWRITTEN, STOPPED = 2, 5, 5  # so many such ends, and a letter is not tried again


@dataclass(frozen=True)
class Claim:
    """The right to send one letter until `lease_until`. `token` is the fence. `doubts`: how often it may be out."""

    id: int
    ref: str
    kind: str
    message_id: str
    tries: int
    token: str
    lease_until: datetime
    send_until: datetime | None
    last_reason: str
    urgency: int
    doubts: int


def note(session: Session, owed: Sequence[Owed], host: str, now: datetime) -> int:
    """Add a `Delivery` for each letter owed that has none; returns how many. At most `AT_ONCE` at a time.

    Message-ID and reference are fixed here, and come of what the letter is: an older copy of the database gives a
    letter the same that the newer one gave it, so that mail systems and what comes back know it again. Two senders may
    note the same letters at once: each is added once.
    """
    if not owed:
        return 0
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    origin = holding.origin(session)
    rows = [_row(letter, host, now, origin) for letter in owed[:AT_ONCE]]
    # Another letter with the same reference would be left out, too, but of ten million letters two share its 60 bits in
    # one database of 20,000.
    statement = insert(Delivery).values(rows).on_conflict_do_nothing().returning(Delivery.id)
    return len(session.execute(statement).all())


def _row(owed: Owed, host: str, now: datetime, origin: str) -> dict[str, Any]:
    key = json.dumps([origin, owed.kind, owed.about, owed.role, owed.place, owed.person])
    return {
        "ref": _ref_of(key),
        "kind": owed.kind,
        "about": owed.about,
        "role": owed.role,
        "place": owed.place,
        "person": owed.person,
        "urgency": owed.urgency,
        "owed_since": owed.since,
        "send_until": owed.until,
        "message_id": f"<{uuid.uuid5(uuid.NAMESPACE_OID, key)}@{host}>",
        "state": State.QUEUED,
        "next_try_at": now,
    }


def _ref_of(key: str) -> str:
    number = int.from_bytes(sha256(key.encode()).digest())
    return "".join(REF_ALPHABET[number >> 5 * place & 31] for place in range(REF_LENGTH))


def claim(session: Session, now: datetime, lease: timedelta) -> Claim | None:
    """Take the most urgent letter that is due, the one due longest first; none if nothing is or all are held.

    A letter whose lease ran out is due again: what its sender had done by then is not known, and an attempt says so.
    """
    token, until = uuid.uuid4().hex, now + lease
    while row := session.execute(_FIRST_DUE, {"now": now}).first():
        left = row.state is State.SENDING
        known = {**{name: row._mapping[name] for name in _CLAIMED}, "doubts": max(row.doubts, int(left))}
        taking = {"this": row.id, "now": now, "token": token, "until": until, "in_doubt": known["doubts"]}
        if not _changed(session, _TAKE, taking):
            return None
        taken = Claim(token=token, lease_until=until, **known)
        if not left or not _ended_by_stop(session, taken, row.address, now):
            return taken
    return None


def _ended_by_stop(session: Session, taken: Claim, address: str, now: datetime) -> bool:
    """Note that a letter was left behind by its sender; whether it is not tried again for that.

    The first time nobody knows whether it was out. From then on `hand_over` is said before it goes: where it was, the
    letter may be out twice, and where it was not, it is not. One that stops its sender time after time is quarantined,
    or it would stop every sender there is.
    """
    if taken.doubts >= UNCLEAR:
        _attempted(session, taken, now, outcome=Outcome.MAYBE, phase=Phase.CONFIRMATION, address=address)
        put_aside(session, taken, State.MAYBE_SENT, INTERRUPTED, None)
        return True
    _attempted(session, taken, now, outcome=Outcome.STOPPED)
    if times(session, taken.id, Outcome.STOPPED) < STOPPED:
        return False
    put_aside(session, taken, State.QUARANTINED, "Sending this letter stopped the sender too often.", None)
    return True


def hand_over(session: Session, claim: Claim, address: str, until: datetime) -> bool:
    """Say that a letter which may be out already is handed over at this moment, for the last time; whether the claim
    still holds. The lease begins anew, since to write this down took time."""
    values = {"this": claim.id, "token": claim.token, "until": until}
    return bool(_changed(session, _HANDING_OVER.values(doubts=claim.doubts + 1, address=address), values))


def settle(
    session: Session, claim: Claim, result: Result, now: datetime, *, address: str, attached: bool
) -> State | None:
    """Write down how a try ended and what follows from it; returns the new state, or None if the lease was lost."""
    told = {"outcome": result.outcome, "phase": result.phase, "reply": result.said}
    _attempted(session, claim, now, address=address, attached=attached, **told)
    state = state_after(session, claim.id, claim.tries, result, now)
    unclear, accepted = state is State.MAYBE_SENT, state is State.ACCEPTED
    over = state is State.FAILED or (unclear and claim.doubts + 1 >= UNCLEAR)
    return _settled(
        session,
        claim,
        state=state,
        tries=claim.tries + 1,
        next_try_at=None if accepted or over else now + pause_after(claim.tries + 1, claim.ref),
        address=address,
        doubts=claim.doubts + unclear,
        last_reason="" if accepted else reason(result),
        **({"accepted_at": now} if accepted else {}),
    )


def put_aside(session: Session, claim: Claim, state: State, why: str, next_look: datetime | None) -> State | None:
    """Settle a letter that was not tried: superseded, too late, or held until `next_look`."""
    return _settled(session, claim, state=state, last_reason=single_line(why), next_try_at=next_look)


def let_go(session: Session, claim: Claim, now: datetime) -> None:
    """Give a claim back with which nothing was done: the letter is due again at once."""
    _settled(session, claim, state=State.QUEUED, next_try_at=now)


def unwritten(session: Session, claim: Claim, what: str, now: datetime) -> State | None:
    """Note that a letter could not be written, for a fault of ours: tried again, and quarantined after five times."""
    _attempted(session, claim, now, outcome=Outcome.UNWRITTEN, reply=what)
    so_often = times(session, claim.id, Outcome.UNWRITTEN)
    over = so_often >= UNWRITTEN
    return _settled(
        session,
        claim,
        state=State.QUARANTINED if over else State.RETRY,
        last_reason="This letter could not be written, through a fault of ours.",
        next_try_at=None if over else now + pause_after(so_often, claim.ref),
    )


def retry(session: Session, now: datetime) -> int:
    """Have every quarantined letter tried again, after the fault was mended; returns how many. Letters that are held
    are looked at again too."""
    look_again(session, now)
    return _queued_again(session, now, Delivery.state == State.QUARANTINED)


def retry_to(session: Session, address: str, now: datetime) -> int:
    """Have the letters to an address tried again that failed or came back; returns how many."""
    over = Delivery.state.in_((State.FAILED, State.BOUNCED))
    return _queued_again(session, now, over, sa.func.lower(Delivery.address) == address.lower())


def retry_for(session: Session, person: str, address: str, now: datetime) -> int:
    """Have the letters to somebody tried again that failed at an address, came back from it or were held because others
    did, where it is not too late for them; returns how many. Each goes where its person is written to by then."""
    there = (AT_ADDRESS, sa.func.lower(Delivery.address) == address)
    failed = sa.select(Delivery.id).where(NOT_ARRIVED, *there)
    those = sa.or_(Delivery.id.in_(failed), Delivery.id.in_(WAITING))
    return _queued_again(session, now, Delivery.person == person, those, *_of_use(now))


def retry_because(session: Session, state: State, why: str, now: datetime) -> int:
    """Have the letters tried now that are in a state for a reason; returns how many. Not those for which it is too
    late, nor those that are settled well or being sent. One that was never confirmed may come a second time."""
    meant = [Delivery.state == state, Delivery.last_reason == why]
    if state is State.MAYBE_SENT:
        meant.append(Delivery.next_try_at.is_(None))
    elif state not in TRIED_AGAIN:
        return 0
    return _queued_again(session, now, *meant, *_of_use(now))


def retry_all(session: Session, now: datetime) -> int:
    """The same for all letters that went wrong or wait for a reason, but not for those that were never confirmed: that
    something may come twice is somebody's choice for just these."""
    return _queued_again(session, now, Delivery.state.in_(TRIED_AGAIN), Delivery.last_reason != "", *_of_use(now))


def _of_use(now: datetime) -> tuple[sa.ColumnElement[bool]]:
    return (sa.or_(Delivery.send_until.is_(None), Delivery.send_until > now),)


def _queued_again(session: Session, now: datetime, *wanted: sa.ColumnElement[bool]) -> int:
    """Have letters begin anew. One that may be out stays in doubt, so that it goes once more and not twice."""
    last = sa.select(sa.func.max(Attempt.id)).where(Attempt.delivery_id == Delivery.id).scalar_subquery()
    doubts = sa.case((Delivery.doubts > 1, 1), else_=Delivery.doubts)
    anew = {"doubts": doubts, "counts_after": sa.func.coalesce(last, 0)}
    again = sa.update(Delivery).where(*wanted)
    return _changed(session, again.values(state=State.QUEUED, next_try_at=now, tries=0, **anew))


def look_again(session: Session, now: datetime) -> None:
    """Have every held letter looked at again at once: why it is held may have ended."""
    _changed(session, sa.update(Delivery).where(Delivery.state == State.HELD).values(next_try_at=now))


def _settled(session: Session, claim: Claim, **values: Any) -> State | None:
    """Change the letter if the claim still holds."""
    new = {f"new_{name}": value for name, value in values.items()}
    kept = _changed(session, _settling(tuple(values)), {"this": claim.id, "token": claim.token, **new})
    return cast(State, values["state"]) if kept else None


@lru_cache
def _settling(names: tuple[str, ...]) -> sa.Update:
    new = {name: sa.bindparam(f"new_{name}", type_=_LETTERS.c[name].type) for name in names}
    return sa.update(Delivery).where(*_MINE).values(lease_by="", lease_until=None, **new)


def _attempted(session: Session, claim: Claim, now: datetime, **values: Any) -> None:
    session.execute(_TRIED, {"this": claim.id, "delivery_id": claim.id, "at": now, "phase": "", **values})


def _changed(session: Session, statement: sa.Update, values: dict[str, Any] | None = None) -> int:
    # Not by the session: it would look for loaded letters to bring up to date, and nobody has any here.
    return session.connection().execute(statement, values).rowcount
