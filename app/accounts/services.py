"""Asking for a code, using it, and the session that follows.

A known and an unknown address take the same steps and get the same answer: who asks cannot learn who is known here.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Update, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app import policy
from app.accounts import queries, setting_aside
from app.accounts.models import CodeAsked, SignedIn
from app.accounts.queries import CODE_LIFE
from app.clock import today
from app.errors import Invalid, NotFound, TooMany
from app.organisations.models import Address, Partnership, Person
from app.organisations.newcomers import take_in
from app.organisations.queries import person_at
from app.policy import Actor
from app.post import bounces
from app.post.queries import comes_back
from app.trail import services as trail

BETWEEN_LETTERS = timedelta(seconds=30)
SEEN_EVERY = timedelta(minutes=1)
MOST_SESSIONS = 3
# The most in 15 minutes: by one browser, for one address from one network, for one address, from one network. The two
# in the middle do not hold back a browser that has signed in with the address before: nobody can lock its owner out.
MOST_LETTERS = (10, 6, 20, 300)
MOST_WRONG = (10, 10, 30, 100)
# Of what is the most for one address, so much is kept for networks from which it was tried in vain no more than twice
# in a day: whoever guesses from a few networks uses up the rest and leaves the owner, on a new computer, her share.
# The most for one address stays 30 wrong tries in 15 minutes, 2,880 in a day. A code has 8 digits and each try is at
# one of 10**8: the chance to guess one is 2,880 / 10**8 in a day, 1 in 34,722, and 1 in 95 in a year of trying all the
# time, in which 1,920 letters a day tell the owner of it. To use up the share of the others as well takes new networks
# all day long: 10 / 3 every 15 minutes, 320 in a day.
KEPT_FOR_OTHERS, A_FEW = 10, 3
NOBODY = Actor("somebody not signed in", ())


def ask_code(session: Session, address: str, browser: str, *, now: datetime, network: str = "") -> CodeAsked:
    """Have a code sent to an address; `browser` is the digest of the asking browser's token.

    A browser that asks again while its code is good gets the same code, in another letter if half a minute has passed.
    Raises `TooMany`.
    """
    address = address.lower()
    held_back = queries.pressure(session, address, browser, network, now)
    _hold_back(held_back.letters, MOST_LETTERS, held_back.in_vain[0], held_back.recognised)
    person_id = session.scalar(person_at(address, today(now)))
    row = queries.live_code(session, address, browser, now)
    if row is None:
        row = CodeAsked(
            address=address,
            browser=browser,
            network=network,
            asked_at=now,
            expires_at=now + CODE_LIFE,
            person_id=person_id,
        )
        session.add(row)
    elif now - row.asked_at >= BETWEEN_LETTERS:
        row.sendings, row.asked_at, row.person_id = row.sendings + 1, now, person_id
    session.flush()
    return row


def _nobody_new(_session: Session, _address: str, _now: datetime) -> str:
    return ""


def sign_in(
    session: Session,
    code_asked: CodeAsked,
    typed: str,
    browser: str,
    *,
    now: datetime,
    key: str,
    network: str = "",
    welcomes: Callable[[Session, str, datetime], str] = _nobody_new,
) -> tuple[SignedIn, str]:
    """Use a code: once, in time, in the browser that asked. Returns the session and its token.

    The try is counted before it is judged, and the row stays locked until the transaction ends, so that tries which
    come at once cannot share a count. After `Invalid` the caller has to keep the transaction, or the count is lost.
    `welcomes` says of an address that nobody has by which domain whoever has it is taken in; empty where she is not.
    Raises `Invalid` where the code is wrong or can no longer be used (the row then says which), and `TooMany`.
    """
    mine = _counted(session, code_asked, browser, network, now)
    right = hmac.compare_digest(queries.code_for(code_asked, key).encode(), typed.encode())
    person = _person(session, code_asked, now)
    if right and person is None and (domain := welcomes(session, code_asked.address, now)):
        person = take_in(session, NOBODY, code_asked.address, domain, now)
    if not right or person is None:
        trail.note(session, NOBODY, "sign-in failed", person.ref if person else code_asked.ref, now=now)
        raise Invalid
    _changed(session, mine.values(used_at=now, wrong=CodeAsked.wrong - 1))
    session.refresh(code_asked)
    _prove(session, code_asked.address, person, now)
    return _begin(session, person, now)


def _counted(session: Session, code_asked: CodeAsked, browser: str, network: str, now: datetime) -> Update:
    """A try is counted, if it may be made; returns what changes the row."""
    if not hmac.compare_digest(code_asked.browser, browser):
        raise NotFound
    held_back = queries.pressure(session, code_asked.address, browser, network, now)
    _hold_back(held_back.wrong, MOST_WRONG, held_back.in_vain[1], held_back.recognised)
    mine = update(CodeAsked).where(CodeAsked.id == code_asked.id)
    if not _changed(session, mine.where(queries.is_live(now)).values(wrong=CodeAsked.wrong + 1)):
        raise Invalid
    session.refresh(code_asked)
    return mine


def _person(session: Session, code_asked: CodeAsked, now: datetime) -> Person | None:
    """Asked for whether known or not; and an address that has left its person since signs nobody in."""
    still = person_at(code_asked.address, today(now))
    return session.scalar(select(Person).where(Person.id == code_asked.person_id, Person.id.in_(still)))


def begin(session: Session, person: Person, *, now: datetime) -> str:
    """Begin a session for a person whose identity is settled; returns the token for the browser's cookie."""
    return _begin(session, person, now)[1]


def seen(session: Session, signed_in: int, *, now: datetime) -> None:
    """Note that a session was used, by its key; at most once a minute is enough."""
    running = update(SignedIn).where(SignedIn.id == signed_in, SignedIn.ended_at.is_(None), SignedIn.seen_at < now)
    _changed(session, running.values(seen_at=now))


def end(session: Session, token: str, *, now: datetime) -> None:
    """End the session of a token, if it runs."""
    running = queries.signed_in(session, token, now)
    if running is not None:
        running.ended_at = now
        trail.note(session, _as_actor(running.person), "signed out", running.person.ref, now=now)


def end_everywhere(session: Session, token: str, *, now: datetime) -> bool:
    """End every session of whoever has the session of a token, this one too; False where that runs no more, so that
    nobody knows whose the others would be."""
    running = queries.signed_in(session, token, now)
    if running is None:
        return False
    _end_all(session, running.person, _as_actor(running.person), now)
    return True


def end_all_of(session: Session, actor: Actor, address: str, *, now: datetime) -> tuple[Person, int]:
    """End every session of whoever has an address, and say how many there were. Raises `Invalid` for an unknown one."""
    policy.require(actor, "import_people", Partnership)
    person = session.scalar(select(Person).join(Address).where(Address.email == address.strip().lower()))
    if person is None:
        raise Invalid(f"Nobody has the address {address}.")
    return person, _end_all(session, person, actor, now)


def _end_all(session: Session, person: Person, actor: Actor, now: datetime) -> int:
    # The person is locked, as in `_begin`: a session that begins at this moment is either ended too, or begins after.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    running = update(SignedIn).where(SignedIn.person_id == person.id, queries.is_running(now))
    ended = _changed(session, running.values(ended_at=now))
    trail.note(session, actor, "signed out everywhere", person.ref, now=now, detail={"sessions": ended})
    return ended


def _prove(session: Session, address: str, person: Person, now: datetime) -> None:
    """Whoever could read the letter has the address; the first day it was proved is kept. If letters came back from it,
    none does any more: those that wait for it go."""
    unproved = update(Address).where(Address.email == address, Address.proved_at.is_(None))
    _changed(session, unproved.values(proved_at=now))
    if comes_back(session, address):
        bounces.clear(session, address, person.name, now)
        trail.note(session, _as_actor(person), "cleared an address", person.ref, now=now)


def _begin(session: Session, person: Person, now: datetime) -> tuple[SignedIn, str]:
    # The person is locked (on PostgreSQL), so that two beginnings at once do not each spare the other's session.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    running = select(SignedIn).where(SignedIn.person_id == person.id, queries.is_running(now))
    newest_first = session.scalars(running.order_by(SignedIn.begun_at.desc(), SignedIn.id.desc())).all()
    for surplus in newest_first[MOST_SESSIONS - 1 :]:
        surplus.ended_at = now
    token = secrets.token_urlsafe(32)
    made = SignedIn(digest=queries.digest_of(token), person_id=person.id, begun_at=now, seen_at=now)
    session.add(made)
    trail.note(session, _as_actor(person), "signed in", person.ref, now=now)
    setting_aside.wipe(session, now=now)
    session.flush()
    return made, token


def _hold_back(
    counts: tuple[int, int, int, int], most: tuple[int, int, int, int], in_vain: int, recognised: bool
) -> None:
    by_browser, from_network, in_all, by_network = most
    limits = (by_browser, from_network, in_all - (KEPT_FOR_OTHERS if in_vain >= A_FEW else 0), by_network)
    mine, at_address, of_address, here = (count >= limit for count, limit in zip(counts, limits, strict=True))
    if mine or here or (not recognised and (at_address or of_address)):
        raise TooMany


def _as_actor(person: Person) -> Actor:
    return Actor(person.name, (), person=person.id, ref=person.ref)


def _changed(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount
