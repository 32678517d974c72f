"""Takes in people whom somebody names by name and work address: whoever has the address already is that person.

Which addresses are work addresses is read from who is here: the secure domains of the partnerships, and the domains at
which somebody of the organisation is written to. Where neither is known every address is taken.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.organisations.models import Address, Appointment, Membership, Named, Organisation, Partnership, Person
from app.organisations.proposed import Newcomer
from app.organisations.queries import is_mailbox
from app.policy import Actor
from app.text import is_blank, words_joined
from app.trail.services import note

MOST_SHOWN = 4


def check_address(session: Session, place: Organisation, email: str) -> None:
    """Raise `Invalid`, on the field `email`, for an address in a domain that is not known for an organisation, or one
    that several people read."""
    if session.scalar(select(is_mailbox(email, date.min))):
        raise Invalid(
            "That is a shared mailbox, and nobody signs in by it. Give the person’s own work address.", "email"
        )
    partnerships = session.scalars(
        select(Partnership)
        .join(Membership, Membership.partnership_id == Partnership.id)
        .where(Membership.organisation_id == place.id)
        .order_by(Partnership.name, Partnership.id)
    ).all()
    held = select(Address.email).join(Appointment, Appointment.address_id == Address.id)
    own = {_domain(email) for email in session.scalars(held.where(Appointment.organisation_id == place.id))}
    secure = {str(domain).lower() for partnership in partnerships for domain in partnership.secure_domains}
    domain = _domain(email)
    if not (own or secure) or domain in own or any(_belongs(domain, known) for known in secure):
        return
    ask = f", or ask {partnerships[0].reply_name} ({partnerships[0].reply_to})" if partnerships else ""
    raise Invalid(
        f"{domain} is not an email domain that {place.name} is known to use. Give a work address: here they end in "
        f"{_spoken([*sorted(own), *sorted(secure - own)])}{ask}.",
        "email",
    )


def _spoken(domains: list[str]) -> str:
    shown = domains[:MOST_SHOWN]
    return words_joined(shown) if len(domains) <= MOST_SHOWN else f"{', '.join(shown)} and others"


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _belongs(domain: str, known: str) -> bool:
    return domain == known or domain.endswith(f".{known}")


def address_at(session: Session, named: Named) -> Address:
    """The address with its person, made if nobody has it; a person who is here keeps the name by which she is known.
    Of two who name the same address at once, the second finds it."""
    found = _at(session, named.email)
    if found is not None:
        return found
    if is_blank(named.name):
        raise Invalid("Give the person’s name.", "name")
    made = Address(email=named.email)
    try:
        with session.begin_nested():
            session.add(Person(name=named.name, addresses=[made]))
    except IntegrityError:
        found = _at(session, named.email)
        if found is None:
            raise
        return found
    return made


def take_in(session: Session, by: Actor, email: str, domain: str, now: datetime) -> Person:
    """Somebody whom nobody knew has proved that she has this address. She is called by it until she gives her name."""
    person = session.get_one(Person, address_at(session, Named(email, email)).person_id)
    if session.get(Newcomer, person.id) is None:
        session.add(Newcomer(person_id=person.id, domain=domain, at=now))
        session.flush()
    note(session, by, "taken in", person.ref, now=now)
    return person


def _at(session: Session, email: str) -> Address | None:
    return session.scalar(select(Address).where(Address.email == email))
