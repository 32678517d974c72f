"""The letters about a letter that could not be sent to a reader, or came back.

The sender of the minutes hears of it once for each reader, while nobody has them and no later letter brought them,
also where the letter was set aside through a fault of ours, or was to tell of several minutes; what failed together she
hears of together. Not of a letter to a shared mailbox: a reader is written to beside it, and nobody has minutes by it.
Whoever looks after the people of the organisation hears once of each address, because that is what can be put right,
and once more of letters tried after somebody said that it is right again. About no other letter is anybody told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from app.clock import date_words, today
from app.discussions.models import Minutes
from app.forwarding import queries
from app.forwarding.lettering import NO_LONGER, appointed, appointments, letter_to, teams_in_short
from app.forwarding.not_arrived import failed, failed_about, told
from app.forwarding.queries import OF_USE, nobody_has
from app.forwarding.receivers import Receiver, receivers
from app.organisations.models import Address, Appointment, Organisation, Partnership, Person
from app.policy import Role
from app.post.models import AddressCleared, Attempt, Delivery, Held, Owed, State, Superseded, Written
from app.post.queries import lower
from app.post.unreached import AT_ADDRESS, moments, since
from app.web.addresses import address_of

TO_SENDER, TO_ADMINISTRATOR = "unsent", "address"
KINDS = frozenset({TO_SENDER, TO_ADMINISTRATOR})
AT_ONCE, NAMED = 500, 20
MENDED = Superseded("The letter was sent since, or goes to another address now.")
SAID = Superseded("Another email to this person was about these minutes too.")
FIRST = Held("Another email of this kind goes to this person first.")
SOMEBODY_HAS = Superseded("Somebody has these minutes by now, or is said to have them.")
_GONE = (State.ACCEPTED, State.MAYBE_SENT)
WRITES = (Role.LEADER, Role.MINUTES, Role.LEAD, Role.DEPUTY)


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Who is to hear of a letter that did not arrive. Two statements."""
    for kind, statement in ((TO_SENDER, _to_senders), (TO_ADMINISTRATOR, _to_administrators)):
        for about, place, person, at in session.execute(statement(today(now)), moments(now)):
            yield Owed(kind=kind, about=about, place=place, person=person, urgency=3, since=at, until=at + OF_USE)


@lru_cache(maxsize=2)
def _to_senders(day: date) -> sa.Select[str, str, str, datetime]:
    sender = aliased(Person)
    told = (Minutes.ref, Person.ref, sender.ref)
    return (
        failed_about(day)
        .join(sender, sender.id == Minutes.recorded_by_id)
        .where(Minutes.newest, nobody_has(), sender.id != Person.id, ~_written(TO_SENDER, *told))
        .with_only_columns(*told, sa.func.min(since(), type_=Delivery.owed_since.type))
        .group_by(*told)
        .order_by(*told)
        .limit(AT_ONCE)
    )


@lru_cache(maxsize=2)
def _to_administrators(day: date) -> sa.Select[str, str, str, datetime]:
    other, who = aliased(Appointment), aliased(Person)
    told = (Person.ref, _address(), who.ref)
    letters = (
        failed(day)
        .join(other, other.organisation_id == Appointment.organisation_id)
        .join(who, who.id == other.person_id)
        .where(
            other.role == Role.ADMINISTRATOR,
            other.starts_on <= day,
            sa.or_(other.ends_on.is_(None), other.ends_on >= day),
            other.person_id != Person.id,
            AT_ADDRESS,
            ~_written(TO_ADMINISTRATOR, *told),
        )
        .with_only_columns(*(column.label(f"told_{i}") for i, column in enumerate(told)), since().label("at"))
        .subquery()
    )
    *each, at = letters.c
    first = sa.func.min(at, type_=Delivery.owed_since.type)
    return sa.select(*each, first).group_by(*each).order_by(*each).limit(AT_ONCE)


def _address() -> sa.ColumnElement[str]:
    """Which address a letter went to, with the number of what cleared it last before the letter was tried: what comes
    of letters after that is new, while one that failed before stays what was told."""
    tried = sa.select(sa.func.max(Attempt.at, type_=Attempt.at.type)).where(Attempt.delivery_id == Delivery.id)
    since = sa.func.coalesce(tried.correlate(Delivery).scalar_subquery(), Delivery.owed_since)
    of_it = (AddressCleared.address == sa.func.lower(Address.email), AddressCleared.at <= since)
    cleared = sa.select(sa.func.max(AddressCleared.id)).where(*of_it).correlate(Address, Delivery).scalar_subquery()
    return Address.email + sa.func.coalesce(" " + sa.cast(cleared, sa.Text), "")


def _written(kind: str, about: Any, place: Any, person: Any) -> sa.ColumnElement[bool]:
    noted = aliased(Delivery)
    of_it = (noted.kind == kind, noted.about == about, noted.place == place, noted.person == person)
    return sa.exists().where(*of_it).correlate_except(noted)


def _sender_letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = queries.headed(session, delivery.about)
    to = appointed(session, minutes, delivery.person, WRITES, now)
    if to is None:
        return NO_LONGER
    if not session.scalar(sa.select(nobody_has()).where(Minutes.id == minutes.id)):
        return SOMEBODY_HAS
    row = _failure(session, failed_about, now, Minutes.id == minutes.id, Person.ref == delivery.place)
    if row is None or not minutes.newest:
        return MENDED
    if said := _said_by_another(session, delivery):
        return said
    beside = _beside(session, delivery, minutes, row, now)
    short = minutes.edition.short_title + (f" and {len(beside)} more" if beside else "")
    return letter_to(
        TO_SENDER,
        to,
        f"{teams_in_short(minutes)}: an email about your minutes could not be sent – {short}",
        queries.partnerships_of(minutes),
        tells_of=[one.ref for one in (minutes, *beside)],
        minutes=minutes,
        teams=queries.teams_of(minutes),
        beside=[_line(one) for one in beside],
        reader=row.name,
        title=row.Appointment.title,
        why=lower(row.last_reason),
        ours=row.state is State.QUARANTINED,
        asked=bool(_administrators(session, minutes, now)),
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


class Line(NamedTuple):
    """One more set of minutes in the letter, and its page."""

    what: str
    link: str


def _line(minutes: Minutes) -> Line:
    held_on = date_words(minutes.discussion.held_on)
    what = f"{queries.teams_of(minutes)}: {minutes.edition.title}, the meeting on {held_on}"
    return Line(what, address_of("forwarding.minutes", minutes=minutes.ref))


def _to_the_same(delivery: Delivery, other: Any) -> tuple[sa.ColumnElement[bool], ...]:
    """That a letter tells the same person of the same reader."""
    same = (other.kind == TO_SENDER, other.place == delivery.place, other.person == delivery.person)
    return *same, other.id != delivery.id


def _said_by_another(session: Session, delivery: Delivery) -> Superseded | Held | None:
    """Whether another letter has told of it, or may do so yet: only the first of several is sent at a time."""
    same = _to_the_same(delivery, Delivery)
    first = sa.select(Delivery.id).where(*same, Delivery.id < delivery.id, Delivery.next_try_at.is_not(None))
    if session.scalar(first.limit(1)) is not None:
        return FIRST
    gone = sa.select(Delivery.id).where(*same, Delivery.state.in_(_GONE), Delivery.id.in_(told(delivery.about)))
    return SAID if session.scalar(gone.limit(1)) else None


def _beside(session: Session, delivery: Delivery, minutes: Minutes, row: Any, now: datetime) -> Sequence[Minutes]:
    """What else the same person sent, and may read still, of which the same reader could not be written to for the same
    reason, and of which no letter has told: oldest first. More than are named have a letter of their own."""
    other = aliased(Delivery)
    same = (*_to_the_same(delivery, other), other.state.in_(_GONE))
    said = sa.or_(other.about == Minutes.ref, other.id.in_(told(Minutes.ref).correlate(Minutes)))
    found = (
        failed_about(today(now))
        .where(Person.ref == delivery.place, Delivery.last_reason == row.last_reason, Delivery.state == row.state)
        .where(Minutes.recorded_by_id == minutes.recorded_by_id, Minutes.organisation_id == minutes.organisation_id)
        .where(Minutes.newest, nobody_has(), Minutes.id != minutes.id, ~sa.exists().where(*same, said))
        .with_only_columns(Minutes.id, Minutes.ref)
        .distinct()
        .order_by(Minutes.id)
        .limit(NAMED - 1)
    )
    those = [queries.headed(session, ref) for _, ref in session.execute(found, moments(now)).all()]
    return [one for one in those if appointed(session, one, delivery.person, WRITES, now)]


def _administrators(session: Session, minutes: Minutes, now: datetime) -> list[Receiver]:
    place = minutes.organisation_id
    return receivers(session, [place], today(now), (Role.ADMINISTRATOR,))[place]


def _administrator_letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    email = delivery.place.partition(" ")[0]  # what follows says of which trouble at it the letter tells
    row = _failure(session, failed, now, AT_ADDRESS, Person.ref == delivery.about, Address.email == email)
    if row is None:
        return MENDED
    to = session.scalars(
        appointments(now)
        .join(Person, Person.id == Appointment.person_id)
        .where(Person.ref == delivery.person, Appointment.role == Role.ADMINISTRATOR)
        .where(Appointment.organisation_id == row.Appointment.organisation_id)
        .options(joinedload(Appointment.organisation).selectinload(Organisation.memberships))
    ).first()
    if to is None or to.organisation is None:
        return NO_LONGER
    keys = [membership.partnership_id for membership in to.organisation.memberships]
    by_name = sa.select(Partnership).where(Partnership.id.in_(keys)).order_by(Partnership.name, Partnership.id)
    return letter_to(
        TO_ADMINISTRATOR,
        to,
        f"{to.organisation.name}: emails to {row.name} could not be sent",
        session.scalars(by_name).all(),
        organisation=to.organisation.name,
        reader=row.name,
        title=row.Appointment.title,
        email=row.email,
        why=lower(row.last_reason),
        link=address_of("organisations.mend_address", appointment=row.Appointment.ref),
    )


def _failure(
    session: Session, among: Callable[[date], sa.Select[Any]], now: datetime, *which: sa.ColumnElement[bool]
) -> Any:
    """The newest letter that did not arrive, of those meant."""
    wanted = (Appointment, Person.name, Address.email, Delivery.state, Delivery.last_reason)
    found = among(today(now)).where(*which).with_only_columns(*wanted).order_by(Delivery.id.desc())
    return session.execute(found, moments(now)).first()


WRITE = {TO_SENDER: _sender_letter, TO_ADMINISTRATOR: _administrator_letter}
