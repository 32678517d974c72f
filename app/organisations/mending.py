"""What is to be put right so that letters find somebody: addresses that they do not reach, and places without anybody.

Two lists for whoever looks after the people of some organisations. Each is walked by a key that people read, the name,
so that a page costs by its length; nothing here reads what is in a letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app import policy
from app.clock import today
from app.errors import NotFound
from app.organisations.hearing import SharedMailbox
from app.organisations.mended import PutRight
from app.organisations.missing import amiss
from app.organisations.models import Address, Appointment, AppointmentTeam, Organisation, Person
from app.organisations.queries import in_dates
from app.policy import Actor, Role
from app.post.unreached import Trouble, addresses, moments, troubles

AT_ONCE, LATELY = 20, 10
Also = sa.Select[*tuple[Any, ...]] | None
"""Who is written to besides, for one discussion: `address_id`, `organisation_id`, `ref`, and what a page says of it."""
_NAMED = 2


@dataclass(frozen=True)
class Unreached:
    """Somebody whom letters do not reach at an address, by all appointments that the actor looks after; or a shared
    mailbox of an organisation; or somebody who was `named` for one discussion only. `ref` is that of the first
    appointment, of the mailbox, or of the naming."""

    ref: str
    name: str
    email: str
    trouble: Trouble
    held: tuple[Appointment, ...] = ()
    mailbox_of: str = ""
    named: tuple[Any, ...] = ()

    @property
    def mendable(self) -> bool:
        """Whether it can be put right here: not a mailbox, nor whoever works for the partnership alone."""
        return any(appointment.organisation_id is not None for appointment in self.held)


@dataclass(frozen=True)
class Numbers:
    """How many addresses letters do not reach, and in how many organisations somebody is missing."""

    addresses: int
    places: int


@dataclass
class Addresses:
    """A page of addresses; the next begins after `more`, which is empty on the last."""

    lines: list[Unreached] = field(default_factory=list)
    more: str = ""


def number(session: Session, actor: Actor, now: datetime, also: Also = None) -> Numbers | None:
    """How much is to be put right; nothing where the actor looks after nobody. One statement."""
    wrong = sa.select(sa.func.count()).select_from(_lines(actor, today(now), also))
    gaps = sa.select(sa.func.count()).where(Organisation.id.in_(looked_after(actor)), amiss(today(now)))
    any_ = sa.exists(looked_after(actor))
    row = session.execute(sa.select(any_, wrong.scalar_subquery(), gaps.scalar_subquery()), moments(now)).one()
    return Numbers(row[1], row[2]) if row[0] else None


def looked_after(actor: Actor) -> sa.Select[int]:
    """The organisations whose people the actor looks after."""
    return sa.select(Organisation.id).where(policy.within(actor, "mend", Organisation))


def unreached(session: Session, actor: Actor, now: datetime, also: Also = None, *, after: str = "") -> Addresses:
    """A page of the addresses that letters do not reach, by name. Raises `NotFound` where `after` is nobody's. Six
    statements at most."""
    lines = _lines(actor, today(now), also).c
    key = sa.tuple_(lines.name, lines.kind, lines.id)
    found = sa.select(lines.name, lines.kind, lines.id, lines.email).order_by(*key.clauses).limit(AT_ONCE + 1)
    if after:
        found = found.where(key > sa.tuple_(*_key_of(session, actor, after, also)))
    rows = session.execute(found, moments(now)).all()
    shown = _told(session, actor, rows[:AT_ONCE], now, also)
    return Addresses(shown, shown[-1].ref if len(rows) > AT_ONCE else "")


def one(session: Session, actor: Actor, ref: str, now: datetime) -> Unreached:
    """Whoever holds an appointment in an organisation that the actor looks after, at the address by which she is
    written to; without a reason where nothing is wrong with it. Raises `NotFound`."""
    held = session.scalar(
        sa.select(Appointment)
        .where(Appointment.ref == ref, in_dates(today(now)), Appointment.organisation_id.in_(looked_after(actor)))
        .options(joinedload(Appointment.address), joinedload(Appointment.person))
    )
    if held is None:
        raise NotFound
    row = (held.person.name, 0, held.address_id, held.address.email)
    return _told(session, actor, [row], now)[0]


def is_unreached(session: Session, email: str, now: datetime) -> bool:
    """Whether letters do not reach an address."""
    found = addresses().subquery().c
    return session.scalar(sa.select(found.email).where(found.email == email).limit(1), moments(now)) is not None


def lately(session: Session, actor: Actor) -> Sequence[PutRight]:
    """What was put right last, the newest first. One statement."""
    held = joinedload(PutRight.appointment)
    return session.scalars(
        sa.select(PutRight)
        .where(PutRight.organisation_id.in_(looked_after(actor)))
        .options(held.joinedload(Appointment.person), held.joinedload(Appointment.organisation))
        .options(*(joinedload(one) for one in (PutRight.before, PutRight.after, PutRight.by)))
        .order_by(PutRight.id.desc())
        .limit(LATELY)
    ).all()


def _theirs(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a row of `Appointment` is of an organisation that the actor looks after, or of her own office."""
    office = Appointment.partnership_id.in_(actor.partnerships(Role.OFFICER))
    return sa.or_(Appointment.organisation_id.in_(looked_after(actor)), office)


def _lines(actor: Actor, day: date, also: Also) -> sa.Subquery:
    """Everything on the list: the name that it is known by, of which kind it is, its key, and the address."""
    wrong = addresses()
    held = sa.exists().where(Appointment.address_id == Address.id, in_dates(day), _theirs(actor))
    people = (
        sa.select(Person.name.label("name"), sa.literal(0).label("kind"), Address.id.label("id"), Address.email)
        .join(Person, Person.id == Address.person_id)
        .where(Address.email.in_(wrong), held.correlate(Address))
    )
    lasts = sa.or_(SharedMailbox.ends_on.is_(None), SharedMailbox.ends_on >= day)
    mailboxes = sa.select(SharedMailbox.name, sa.literal(1), SharedMailbox.id, SharedMailbox.email).where(
        SharedMailbox.email.in_(wrong), lasts, SharedMailbox.organisation_id.in_(looked_after(actor))
    )
    if also is None:
        return sa.union_all(people, mailboxes).subquery()
    told = also.subquery().c
    is_named = sa.exists().where(told.address_id == Address.id, told.organisation_id.in_(looked_after(actor)))
    others = (
        sa.select(Person.name, sa.literal(_NAMED), Address.id, Address.email)
        .join(Person, Person.id == Address.person_id)
        .where(Address.email.in_(wrong), is_named.correlate(Address), ~held.correlate(Address))
    )
    return sa.union_all(people, mailboxes, others).subquery()


def _key_of(session: Session, actor: Actor, ref: str, also: Also) -> tuple[str, int, int]:
    """Where in the list somebody stands, though she be no longer on it. Raises `NotFound`."""
    whose = sa.select(Person.name, sa.literal(0), Appointment.address_id).join(
        Appointment, Appointment.person_id == Person.id
    )
    mailbox = sa.select(SharedMailbox.name, sa.literal(1), SharedMailbox.id).where(
        SharedMailbox.ref == ref, SharedMailbox.organisation_id.in_(looked_after(actor))
    )
    known = [whose.where(Appointment.ref == ref, _theirs(actor)), mailbox]
    if also is not None:
        told = also.subquery()
        named = sa.select(Person.name, sa.literal(_NAMED), Address.id).join(Address, Address.person_id == Person.id)
        named = named.join(told, told.c.address_id == Address.id)
        known.append(named.where(told.c.ref == ref, told.c.organisation_id.in_(looked_after(actor))))
    found = session.execute(sa.union_all(*known)).first()
    if found is None:
        raise NotFound
    return found[0], found[1], found[2]


def _told(session: Session, actor: Actor, rows: Iterable[Any], now: datetime, also: Also = None) -> list[Unreached]:
    """What is said of each line."""
    lines = list(rows)
    people = _held(session, actor, [key for _, kind, key, _ in lines if kind == 0], today(now))
    mailboxes = _mailboxes(session, [key for _, kind, key, _ in lines if kind == 1])
    whose = {held[0].person.ref: held[0].address.email for held in people.values()}
    whose |= {mailbox.ref: mailbox.email for mailbox, _ in mailboxes.values()}
    named = _named(session, actor, [key for _, kind, key, _ in lines if kind == _NAMED], also)
    whose |= {told[0].person: told[0].email for told in named.values()}
    wrong = troubles(session, {email for *_, email in lines}, whose, now) if lines else {}
    found = []
    for name, kind, key, email in lines:
        if kind == 0:
            held = tuple(people[key])
            found.append(Unreached(held[0].ref, name, email, wrong[email], held))
        elif kind == _NAMED:
            found.append(Unreached(named[key][0].ref, name, email, wrong[email], named=tuple(named[key])))
        else:
            mailbox, place = mailboxes[key]
            found.append(Unreached(mailbox.ref, name, email, wrong[email], mailbox_of=place))
    return found


def _held(session: Session, actor: Actor, address_ids: list[int], day: date) -> dict[int, list[Appointment]]:
    """By which appointments people are written to at these addresses, those of organisations first."""
    found: dict[int, list[Appointment]] = {}
    if not address_ids:
        return found
    wanted = (
        sa.select(Appointment)
        .where(Appointment.address_id.in_(address_ids), in_dates(day), _theirs(actor))
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .options(joinedload(Appointment.organisation), joinedload(Appointment.partnership))
        .options(selectinload(Appointment.teams).joinedload(AppointmentTeam.team))
        .order_by(Appointment.organisation_id.is_(None), Appointment.id)
    )
    for held in session.scalars(wanted):
        found.setdefault(held.address_id, []).append(held)
    return found


def _mailboxes(session: Session, keys: list[int]) -> dict[int, tuple[SharedMailbox, str]]:
    if not keys:
        return {}
    wanted = sa.select(SharedMailbox, Organisation.name).join(
        Organisation, Organisation.id == SharedMailbox.organisation_id
    )
    return {box.id: (box, place) for box, place in session.execute(wanted.where(SharedMailbox.id.in_(keys)))}


def _named(session: Session, actor: Actor, address_ids: list[int], also: Also) -> dict[int, list[Any]]:
    """For what people are named who are written to at these addresses, with their reference and the address."""
    found: dict[int, list[Any]] = {}
    if also is None or not address_ids:
        return found
    told = also.subquery()
    wanted = (
        sa.select(told, Organisation.name.label("place"), Person.ref.label("person"), Address.email)
        .join(Address, Address.id == told.c.address_id)
        .join(Person, Person.id == Address.person_id)
        .join(Organisation, Organisation.id == told.c.organisation_id)
        .where(Address.id.in_(address_ids), Organisation.id.in_(looked_after(actor)))
        .order_by(told.c.ref)
    )
    for row in session.execute(wanted):
        found.setdefault(row.address_id, []).append(row)
    return found
