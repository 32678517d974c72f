"""Letters about minutes that could not be sent to a reader, came back, were set aside, or wait because others did come
back: which these are, for letters and pages.

Only what a lead or deputy was to be told counts, and only while she holds the role at the address that failed: once
another address is entered, or the letter is tried again, there is nothing to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.clock import today
from app.discussions.models import Minutes
from app.forwarding.receivers import LEADS
from app.organisations.hearing import SharedMailbox
from app.organisations.models import ROLE_WORDS, Address, Appointment, Organisation, Person
from app.organisations.queries import in_dates
from app.policy import Actor, Role
from app.post.models import Attempt, Delivery, Outcome, State
from app.post.queries import lower
from app.post.told import Telling, ToldOf
from app.post.unreached import AT_ADDRESS, OF_LATE, moments, since

KINDS = ("minutes", "handover", "reminder", "weekly")
MOST = 50
_WENT = (Outcome.ACCEPTED, Outcome.MAYBE)


def failed(day: date) -> sa.Select[Any]:
    """Letters of late that did not arrive, each with the person, her role and her address as they are on a day."""
    said = aliased(Minutes)
    about = sa.exists().where(said.ref == Delivery.about, said.organisation_id == Appointment.organisation_id)
    same_address = sa.func.lower(Address.email) == sa.func.lower(Delivery.address)
    return (
        sa.select(Delivery.id)
        .join(Person, Person.ref == Delivery.person)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Address, Address.id == Appointment.address_id)
        .where(
            Delivery.id.in_(OF_LATE),
            Delivery.kind.in_(KINDS),
            Delivery.role.in_([role.value for role in LEADS]),
            Appointment.role.in_(LEADS),
            in_dates(day),
            sa.or_(Delivery.address == "", same_address),
            sa.or_(about.correlate_except(said), Delivery.about.in_((Appointment.ref, Person.ref))),
        )
    )


def failed_about(day: date) -> sa.Select[Any]:
    """The same, each with the `Minutes` that it is about, or of which it told among others as it was written last; not
    where a letter brought them to the same person after that."""
    newest = sa.select(sa.func.max(Telling.id)).where(Telling.delivery_id == Delivery.id).correlate(Delivery)
    here = Minutes.organisation_id == Appointment.organisation_id
    return (
        failed(day)
        .outerjoin(ToldOf, ToldOf.telling_id == newest.scalar_subquery())
        .join(Minutes, sa.and_(Minutes.ref == sa.func.coalesce(ToldOf.about, Delivery.about), here))
        .where(~_brought())
    )


def _brought() -> sa.ColumnElement[bool]:
    """Whether the mail system took another letter that told of the `Minutes`, after the `Delivery` failed."""
    later = aliased(Delivery)
    taken = (later.person == Delivery.person, later.kind.in_(KINDS), later.state == State.ACCEPTED)
    after = (*taken, later.accepted_at >= since())
    by_itself = sa.exists().where(later.about == Minutes.ref, *after).correlate_except(later)
    among_others = told(Minutes.ref).join(later, later.id == Telling.delivery_id).where(*after)
    return sa.or_(by_itself, among_others.correlate(Minutes, Delivery).exists())


def told(about: Any) -> sa.Select[int]:
    """The letters of which a try that went, or may have gone, told of something among others, by its reference. What a
    try that was refused told of, nobody read."""
    went = (Attempt.delivery_id == Telling.delivery_id, Attempt.telling_id == Telling.id, Attempt.outcome.in_(_WENT))
    return sa.select(Telling.delivery_id).join(ToldOf).join(Attempt, sa.and_(*went)).where(ToldOf.about == about)


def _of_version(minutes: Minutes) -> sa.ColumnElement[bool]:
    """Whether a letter is about a version or ever told of it: so that a page asks of these, and not of all that
    failed."""
    mine = aliased(Delivery)
    about = sa.select(mine.id).where(mine.kind.in_(KINDS), mine.about == minutes.ref)
    return Delivery.id.in_(
        about.union_all(sa.select(Telling.delivery_id).join(ToldOf).where(ToldOf.about == minutes.ref))
    )


def readers_missed(session: Session, minutes: Minutes, now: datetime) -> list[str]:
    """The names of those to whom no email about a version could be sent."""
    found = failed_about(today(now)).where(_of_version(minutes), Minutes.id == minutes.id)
    names = found.with_only_columns(Person.name).distinct().order_by(Person.name)
    return list(session.scalars(names, moments(now)))


def _mailboxes(day: date) -> sa.Select[Any]:
    """The same of letters to shared mailboxes."""
    same_address = sa.or_(Delivery.address == "", SharedMailbox.email == sa.func.lower(Delivery.address))
    return (
        sa.select(SharedMailbox.name, Organisation.name.label("place"), SharedMailbox.email)
        .add_columns(Delivery.last_reason, since().label("at"))
        .join(SharedMailbox, SharedMailbox.ref == Delivery.person)
        .join(Organisation, Organisation.id == SharedMailbox.organisation_id)
        .where(Delivery.id.in_(OF_LATE), AT_ADDRESS, Delivery.kind == "mailbox", same_address)
        .where(sa.or_(SharedMailbox.ends_on.is_(None), SharedMailbox.ends_on >= day))
        .order_by(Delivery.id)
        .limit(MOST)
    )


@dataclass(frozen=True)
class Missed:
    """Somebody who is to read minutes and gets no email: who, where, at which address, why, since when."""

    name: str
    title: str
    organisation: str
    email: str
    why: str
    at: datetime


def missed(session: Session, actor: Actor, now: datetime) -> list[Missed]:
    """Who gets no email in the organisations whose people the actor looks after, each address once. Two statements."""
    places = actor.organisations(Role.ADMINISTRATOR)
    rows = session.execute(
        failed(today(now))
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .where(Appointment.organisation_id.in_(places), AT_ADDRESS)
        .with_only_columns(Person.name, Appointment.local_title, Appointment.role, Organisation.name.label("place"))
        .add_columns(Address.email, Delivery.last_reason, since().label("at"))
        .order_by(Delivery.id)
        .limit(MOST),
        moments(now),
    )
    ours = _mailboxes(today(now)).where(SharedMailbox.organisation_id.in_(places))
    told = [
        *(_missed(row, row.local_title or ROLE_WORDS[row.role]) for row in rows),
        *(_missed(row, "Shared mailbox") for row in session.execute(ours, moments(now))),
    ]
    return sorted({(one.organisation, one.email): one for one in told}.values(), key=lambda one: (one.name, one.email))


def _missed(row: Any, title: str) -> Missed:
    return Missed(row.name, title, row.place, row.email, lower(row.last_reason), row.at)
