"""Codes, how hard they are being tried, sessions that run, and whom to ask for an appointment.

A code is computed from the secret key and the row of its asking, so that nothing is stored that signs anybody in and
the sender can write the letter. Browsers are known by the digest of their token alone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.accounts.models import CodeAsked, SignedIn
from app.clock import today
from app.database import Instant
from app.errors import NotFound
from app.organisations import queries as organisations
from app.organisations.models import Appointment, Membership, Partnership, Person
from app.policy import Actor, Role
from app.post.models import Delivery
from app.post.queries import out_of_order

DIGITS = 8
CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
WINDOW, A_DAY = timedelta(minutes=15), timedelta(days=1)
IDLE, WHOLE = timedelta(minutes=30), timedelta(hours=12)
PATIENCE = timedelta(minutes=1)
KIND, MOST_URGENT = "code", 0
MOST_NEW = 50
_WORTH_SENDING = 500


def digest_of(token: str) -> str:
    """The SHA-256 of a token: what is stored of it."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_for(row: CodeAsked, key: str) -> str:
    """The code of an asking: 8 digits, of use only with the browser that asked."""
    message = "\x1f".join(("code to sign in", row.ref, row.address, row.browser))
    return f"{int.from_bytes(hmac.digest(key.encode(), message.encode(), 'sha256')) % 10**DIGITS:0{DIGITS}d}"


def asked(session: Session, ref: str, browser: str) -> CodeAsked:
    """What a browser asked for; `browser` is the digest of its token. Raises `NotFound` for any other browser."""
    found = session.scalar(select(CodeAsked).where(CodeAsked.ref == ref, CodeAsked.browser == browser))
    if found is None or not browser:
        raise NotFound
    return found


def live_code(session: Session, address: str, browser: str, now: datetime) -> CodeAsked | None:
    """The code that a browser can still use for an address, if it has asked for one."""
    mine = select(CodeAsked).where(CodeAsked.address == address, CodeAsked.browser == browser, is_live(now))
    return session.scalars(mine.order_by(CodeAsked.id.desc()).limit(1)).first()


def why_spent(row: CodeAsked, now: datetime) -> str:
    """Why a code can no longer be used, in a sentence; empty where it can."""
    if row.used_at is not None:
        return "This code has been used."
    if row.wrong >= MOST_TRIES:
        return f"A wrong code was typed {MOST_TRIES} times, so this one cannot be used any more."
    return "This code was good for 10 minutes, which are over." if row.expires_at <= now else ""


def is_live(now: datetime) -> ColumnElement[bool]:
    """Whether a code can still be used, as SQL."""
    return and_(CodeAsked.used_at.is_(None), CodeAsked.expires_at > now, CodeAsked.wrong < MOST_TRIES)


@dataclass(frozen=True)
class Pressure:
    """How many letters were asked for and how many tries went wrong in the last 15 minutes: by this browser, for this
    address from this network, for this address from anywhere, and from this network for anybody.

    `recognised`: this browser has signed in with this address before. `in_vain`: how many letters were asked for and
    never used, and how many tries went wrong, for this address from this network in a day.
    """

    recognised: bool
    letters: tuple[int, int, int, int]
    wrong: tuple[int, int, int, int]
    in_vain: tuple[int, int]


def pressure(session: Session, address: str, browser: str, network: str, now: datetime) -> Pressure:
    """The pressure on an address and from a browser and a network. One query."""
    by_browser, of_address = CodeAsked.browser == browser, CodeAsked.address == address
    # A network that is not known is everybody's: whoever tries there must not hold back anybody else.
    from_here = CodeAsked.network == network if network else by_browser
    scopes = [by_browser, and_(of_address, from_here), of_address, from_here]
    sums = [
        func.coalesce(func.sum(case((scope, column), else_=0)), 0)
        for column in (CodeAsked.sendings, CodeAsked.wrong)
        for scope in scopes
    ]
    before = exists().where(of_address, by_browser, CodeAsked.used_at.is_not(None))
    recent = and_(CodeAsked.asked_at > now - WINDOW, or_(*scopes))
    row = session.execute(select(before, *sums, *_in_vain(address, browser, network, now)).where(recent)).one()
    letters, wrong, in_vain = (tuple(int(number) for number in part) for part in (row[1:5], row[5:9], row[9:11]))
    return Pressure(bool(row[0]), letters, wrong, in_vain)  # type: ignore[arg-type]


def _in_vain(address: str, browser: str, network: str, now: datetime) -> list[Any]:
    """Letters that were never used, and wrong tries, for an address from a network in a day."""
    row = aliased(CodeAsked)
    from_here = row.network == network if network else row.browser == browser
    lately = and_(row.address == address, from_here, row.asked_at > now - A_DAY)
    sums = [func.sum(case((row.used_at.is_(None), row.sendings), else_=0)), func.sum(row.wrong)]
    return [select(func.coalesce(number, 0)).where(lately).scalar_subquery() for number in sums]


def owed_codes(session: Session, now: datetime, before: datetime | None = None) -> list[CodeAsked]:
    """Codes whose newest letter the sender has not noted, the oldest first; with `before`, those asked for by then.

    Those for unknown addresses are among them, so that nobody can tell the two apart by what the sender does.
    """
    noted = exists().where(
        Delivery.kind == KIND, Delivery.about == CodeAsked.ref, Delivery.place == cast(CodeAsked.sendings, Text)
    )
    found = select(CodeAsked).where(is_live(now), ~noted, CodeAsked.asked_at <= (before or now))
    return list(session.scalars(found.order_by(CodeAsked.asked_at, CodeAsked.id).limit(_WORTH_SENDING)))


def is_crowd(session: Session, address: str, now: datetime) -> bool:
    """Whether codes were asked for at so many addresses of one domain, which nobody here has, that no letter goes to
    another: somebody guesses addresses, and the people who have them should not be written to."""
    ending = f"@{address.rpartition('@')[2]}"
    of_it = func.substr(CodeAsked.address, func.length(CodeAsked.address) - len(ending) + 1) == ending
    asked = select(CodeAsked.address).where(CodeAsked.asked_at > now - WINDOW, CodeAsked.person_id.is_(None), of_it)
    return len(session.scalars(asked.distinct().limit(MOST_NEW + 1)).all()) > MOST_NEW


def mail_is_waiting(session: Session, now: datetime) -> bool:
    """Whether letters with codes do not get out: one has waited a minute, or the last try at the mail system failed.

    It is about everybody's letters: what is said of one's own would tell which addresses are known here.
    """
    since = now - PATIENCE
    if owed_codes(session, now, before=since):
        return True
    # By urgency, which only codes have, and not by kind: so the index of what is not settled yet is used.
    # One that was tried is not counted: a mail system that puts off one recipient would tell which addresses are known.
    unsettled = and_(Delivery.urgency == MOST_URGENT, Delivery.next_try_at.is_not(None), Delivery.send_until > now)
    unsettled = and_(unsettled, Delivery.tries == 0)
    if session.scalar(select(exists().where(unsettled, Delivery.owed_since <= since))):
        return True
    return out_of_order(session, now - WINDOW)


def is_running(now: datetime) -> ColumnElement[bool]:
    """Whether a session is still good: not ended, used within half an hour, begun within twelve hours."""
    return _is_good(now - IDLE, now - WHOLE)


def _is_good(used_since: Any, begun_since: Any) -> ColumnElement[bool]:
    return and_(SignedIn.ended_at.is_(None), SignedIn.seen_at > used_since, SignedIn.begun_at > begun_since)


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """The session of a token, while it is good."""
    return session.scalar(select(SignedIn).where(SignedIn.digest == digest_of(token), is_running(now)))


class Who(NamedTuple):
    """A good session, its person with the roles in dates, whether there is more that lets this person do things, and
    the partnership that pages speak for to her, as far as these roles go."""

    running: SignedIn
    actor: Actor
    has_more: bool
    speaks_for: Partnership | None


def who(session: Session, whose: Select[Any], token: str, now: datetime, **more: object) -> Who | None:
    """The session of a token, while it is good, and its person with the roles in dates now. One query: every page of
    somebody signed in begins with it. `whose` is `who_is_it`, `more` the values of what that asks besides."""
    moments = {"used_since": now - IDLE, "begun_since": now - WHOLE, "today": today(now)}
    rows = session.execute(whose, {"digest": digest_of(token), **moments, **more}).all()
    if not rows:
        return None
    first = rows[0]
    return Who(first.SignedIn, organisations.actor_of(rows), bool(first.has_more), first.Partnership)


def who_is_it(more: ColumnElement[bool]) -> Select[Any]:
    """The statement for `who`, to be put together once; `more` is asked of `Person`."""
    used_since, begun_since = (bindparam(name, type_=Instant) for name in ("used_since", "begun_since"))
    mine = and_(SignedIn.person_id == Person.id, SignedIn.digest == bindparam("digest"))
    good = and_(mine, _is_good(used_since, begun_since))
    held = organisations.roles_held().join(SignedIn, good)
    held = held.outerjoin(Partnership, Partnership.id == organisations.spoken_for())
    return held.add_columns(SignedIn, more.label("has_more"), Partnership)


class GoodFor(NamedTuple):
    """For how many whole seconds a session is still good: if it is not used again, and however much it is used."""

    rest: int
    whole: int


def good_for(running: SignedIn, now: datetime, *, seen_at: datetime | None = None) -> GoodFor:
    """How long a session is still good, if it was last used when its row says, or at `seen_at`."""
    whole = running.begun_at + WHOLE - now
    rest = min((seen_at or running.seen_at) + IDLE - now, whole)
    return GoodFor(max(0, int(rest.total_seconds())), max(0, int(whole.total_seconds())))


@dataclass(frozen=True)
class WhomToAsk:
    """For somebody without an appointment in dates: when the next one begins, and names with addresses to ask."""

    begins_on: date | None
    administrators: tuple[tuple[str, str], ...]
    partnerships: tuple[tuple[str, str], ...]


def whom_to_ask(session: Session, person_id: int, day: date) -> WhomToAsk:
    """Whom a person without an appointment in dates can ask, as far as past or coming appointments tell."""
    mine = select(Appointment).where(Appointment.person_id == person_id)
    held = session.scalars(mine.order_by(Appointment.starts_on, Appointment.id)).all()
    places = {a.organisation_id for a in held if a.organisation_id is not None}
    administrators = session.scalars(
        select(Appointment)
        .where(Appointment.organisation_id.in_(places), Appointment.role == Role.ADMINISTRATOR)
        .where(organisations.in_dates(day))
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .order_by(Appointment.id)
    )
    belong = select(Membership.partnership_id).where(Membership.organisation_id.in_(places))
    own = or_(Partnership.id.in_({a.partnership_id for a in held} - {None}), Partnership.id.in_(belong))
    partnerships = list(session.scalars(select(Partnership).where(own).order_by(Partnership.name, Partnership.id)))
    if not partnerships and (only := organisations.partnership_for(session, None)):
        partnerships = [only]
    return WhomToAsk(
        begins_on=min((a.starts_on for a in held if a.starts_on > day), default=None),
        administrators=tuple(dict.fromkeys((a.person.name, a.address.email) for a in administrators)),
        partnerships=tuple((p.reply_name, p.reply_to) for p in partnerships),
    )
