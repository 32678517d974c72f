"""Puts right where somebody is written to: at another address, or at the same one, which is right again. What could not
be sent to her is tried again.

Only an address that letters do not reach is put right here, so that nobody is turned away from one that works. Whoever
signs in by an address reads what its person may read: so another one is given within the organisation, and never by its
partnership, which reads nothing that was not shared with it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import policy
from app.clock import today
from app.errors import Conflict, Invalid
from app.organisations.mended import PutRight
from app.organisations.mending import is_unreached, looked_after
from app.organisations.models import Address, Appointment, Organisation, Person
from app.organisations.newcomers import check_address
from app.policy import Actor
from app.post import bounces, ledger
from app.trail.services import note

MENDED = "This was put right since. Letters to this person are not held up."
SAME = "This is the address that letters do not reach. If it is right after all, choose that it is right."
TAKEN = "Somebody else here has this address. Give the person’s own."
UNREACHED = "Letters do not reach this address either. Ask the person which one works."


def readdress(
    session: Session, actor: Actor, place: Organisation, held: Appointment, email: str, *, now: datetime
) -> int:
    """From now on write to whoever holds an appointment at a place at another address, in lower case, by all that she
    holds at this one where the actor looks after people; returns how many letters are tried again. She can sign in by
    both. Raises `Conflict` where nothing is wrong any more, `Invalid` on the field `email`."""
    policy.require(actor, "readdress", place)
    before = _still_wrong(session, held, now)
    if email == before.email:
        raise Invalid(SAME, "email")
    check_address(session, place, email)
    if is_unreached(session, email, now):
        raise Invalid(UNREACHED, "email")
    after = _own(session, held.person, email)
    _keep(session, actor, before, after, now)
    return ledger.retry_for(session, held.person.ref, before.email, now)


def say_right(session: Session, actor: Actor, place: Organisation, held: Appointment, *, now: datetime) -> int:
    """The address by which somebody is written to is right again; returns how many letters are tried again. Raises
    `Conflict` where nothing is wrong any more."""
    policy.require(actor, "mend", place)
    address = _still_wrong(session, held, now)
    _keep(session, actor, address, address, now)
    bounces.clear(session, address.email, actor.name, now)
    return ledger.retry_for(session, held.person.ref, address.email, now)


def _still_wrong(session: Session, held: Appointment, now: datetime) -> Address:
    """The address of an appointment, which letters do not reach. Of one person one thing is put right at a time."""
    session.execute(select(Person.id).where(Person.id == held.person_id).with_for_update(key_share=True))
    session.refresh(held)
    address = session.get_one(Address, held.address_id)
    if not is_unreached(session, address.email, now):
        raise Conflict(MENDED)
    return address


def _own(session: Session, person: Person, email: str) -> Address:
    """An address as this person's, made if nobody has it."""
    found = session.scalar(select(Address).where(Address.email == email))
    if found is None:
        made = Address(email=email)
        try:
            with session.begin_nested():
                person.addresses.append(made)
            return made
        except IntegrityError:
            found = session.scalar(select(Address).where(Address.email == email))
    if found is None or found.person_id != person.id:
        raise Invalid(TAKEN, "email")
    return found


def _keep(session: Session, actor: Actor, before: Address, after: Address, now: datetime) -> None:
    """Note it of every appointment by which she was written to there, and have it so."""
    lasts = or_(Appointment.ends_on.is_(None), Appointment.ends_on >= today(now))
    wanted = select(Appointment).where(Appointment.address_id == before.id, lasts)
    ours = wanted.where(Appointment.organisation_id.in_(looked_after(actor))).order_by(Appointment.id)
    for held in session.scalars(ours).all():
        place = held.organisation_id or 0
        session.add(
            PutRight(
                organisation_id=place,
                appointment_id=held.id,
                from_id=before.id,
                to_id=after.id,
                by_id=_person(actor),
                at=now,
            )
        )
        held.address_id = after.id
        what = "address is right again" if before is after else "address put right"
        note(session, actor, what, held.ref, now=now, organisation_id=place)
    session.flush()


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
