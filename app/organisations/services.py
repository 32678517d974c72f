"""Starts partnerships and takes in who is who. What is loaded twice is updated, never doubled; nothing is ended by
being left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app import policy
from app.clock import today
from app.errors import Invalid
from app.organisations import queries
from app.organisations.import_appointments import Appointments
from app.organisations.import_mailboxes import Mailboxes
from app.organisations.import_people import People
from app.organisations.import_places import Places
from app.organisations.importing import Counts, Work
from app.organisations.models import Address, Appointment, Organisation, Partnership, Person
from app.organisations.people_file import Row
from app.organisations.posts import counts_from
from app.policy import Actor, Role
from app.trail import services as trail

if TYPE_CHECKING:
    from app.organisations.settings_file import PartnershipSettings


def start(
    session: Session, actor: Actor, settings: PartnershipSettings, officer_email: str, *, now: datetime
) -> tuple[Partnership, Person]:
    """Make a partnership with its settings and appoint an officer from today; where it is there already, update both.

    `officer_email` is in lower case. Raises `Invalid` where another partnership has the name.
    """
    policy.require(actor, "import_people", Partnership)
    found = session.scalar(select(Partnership).where(Partnership.slug == settings.slug))
    _refuse_a_name_twice(session, settings)
    columns = settings.columns()
    if found is None:
        found = Partnership(**columns, letters_from=now)
        session.add(found)
    changed = [name for name, value in columns.items() if getattr(found, name) != value]
    for name in changed:
        setattr(found, name, columns[name])
    is_new = found.id is None
    session.flush()
    if is_new or changed:
        kind, detail = ("partnership started", {}) if is_new else ("settings changed", {"changed": changed})
        trail.note(session, actor, kind, found.slug, now=now, partnership_id=found.id, detail=detail)
    _refuse_a_mailbox(session, officer_email, now)
    officer = _person_at(session, officer_email, settings.officer_name)
    _appoint_officer(session, actor, found, officer, officer_email, now)
    return found, officer


def import_rows(session: Session, actor: Actor, rows: Sequence[Row], *, now: datetime) -> Counts:
    """Take in the rows of a file of people, all of them or none.

    Raises `FileFaults` naming every bad row. The same rows again change nothing; a row left out ends nothing.
    """
    policy.require(actor, "import_people", Partnership)
    work = Work(session, actor, rows, now)
    places = Places(work)
    people = People(work)
    appointments, mailboxes = Appointments(work, places, people), Mailboxes(work, places)
    places.check()
    people.check()
    appointments.check()
    mailboxes.check()
    work.stop_at_faults()
    places.write()
    people.write()
    appointments.write()
    mailboxes.write()
    done = {"rows": len(rows), "added": dict(work.counts.added), "changed": dict(work.counts.changed)}
    work.note("imported", "import", detail=done)
    work.write_events()
    session.expire_all()
    return work.counts


def set_attaching(session: Session, actor: Actor, code: str, attaches: bool, *, now: datetime) -> Organisation:
    """Whether minutes of an organisation, known by its reference in the file of people, may go with letters as a Word
    document. Raises `Invalid` where no organisation has the reference."""
    policy.require(actor, "import_people", Partnership)
    found = session.scalar(select(Organisation).where(Organisation.code == code))
    if found is None:
        raise Invalid(f"No organisation has the reference {code}.")
    if found.attaches is not attaches:
        found.attaches = attaches
        detail = {"attaches": attaches}
        trail.note(session, actor, "attaching set", found.ref, now=now, organisation_id=found.id, detail=detail)
    return found


def _refuse_a_name_twice(session: Session, settings: PartnershipSettings) -> None:
    """A file of people names its partnership by any of three names, so no two partnerships share one."""
    names = {name.casefold() for name in (settings.slug, settings.short_name, settings.name)}
    for other in session.scalars(select(Partnership).where(Partnership.slug != settings.slug).order_by(Partnership.id)):
        if names & {name.casefold() for name in (other.slug, other.short_name, other.name)}:
            raise Invalid(
                f"The partnership “{other.slug}” has one of these names already. To change its settings, give its "
                "slug; a second partnership needs names of its own."
            )


def _refuse_a_mailbox(session: Session, email: str, now: datetime) -> None:
    if session.scalar(select(queries.is_mailbox(email, today(now)))):
        raise Invalid(f"{email} is a shared mailbox, and nobody signs in by it. Give the officer’s own address.")


def _person_at(session: Session, email: str, name: str) -> Person:
    """The person with this address, made if there is none; named as told, or after the address."""
    person = session.scalar(select(Person).join(Address, Address.person_id == Person.id).where(Address.email == email))
    if person is None:
        person = Person(name=name or _name_from(email), addresses=[Address(email=email)])
        session.add(person)
    elif name and person.name != name:
        person.name = name
    session.flush()
    return person


def _name_from(email: str) -> str:
    """A name to begin with, out of `first.last@…`; it can be put right by a settings file or an import."""
    parts = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", email.partition("@")[0])
    return " ".join(part.capitalize() for part in parts) or email


def _appoint_officer(
    session: Session, actor: Actor, partnership: Partnership, officer: Person, email: str, now: datetime
) -> None:
    """Appoint from today, unless the person is officer there today or for a time to come."""
    day = today(now)
    held = (
        select(func.count())
        .select_from(Appointment)
        .where(
            Appointment.person_id == officer.id,
            Appointment.partnership_id == partnership.id,
            Appointment.role == Role.OFFICER,
            or_(queries.in_dates(day), Appointment.starts_on > day),
        )
    )
    if session.scalar(held):
        return
    address_id = next(address.id for address in officer.addresses if address.email == email)
    made = Appointment(
        person_id=officer.id,
        address_id=address_id,
        role=Role.OFFICER,
        starts_on=day,
        counts_from=counts_from(now, day),
        partnership_id=partnership.id,
    )
    session.add(made)
    session.flush()
    detail = {"role": Role.OFFICER.value, "person": officer.ref}
    trail.note(session, actor, "appointed", made.ref, now=now, partnership_id=partnership.id, detail=detail)
