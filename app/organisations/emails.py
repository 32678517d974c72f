"""The letter about days away that somebody else noted, changed or called off: one for each change, to her whose they
are. It says nothing but the days and who did it. What was changed again since is told by the newer letter only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from flask import render_template
from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session, joinedload

from app.clock import date_words, today
from app.organisations.models import Appointment, Leave, Membership, Partnership, Person
from app.organisations.queries import in_dates
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import single_line
from app.web.addresses import address_of

LEAVE = "leave"
KINDS = frozenset({LEAVE})
OF_USE, AT_ONCE, URGENCY = timedelta(days=14), 300, 3
RECEIVES = (Role.LEAD, Role.DEPUTY)
CHANGED = Superseded("These days away were changed again since.")
NO_LONGER = Superseded("This person no longer holds the role that the letter was for.")


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To whoever receives minutes and did not note her days away herself. One statement."""
    moments = {"now": now, "of_late": now - OF_USE}
    for about, person, at in session.execute(_statement(today(now)), moments):
        since = at or now  # of what has no moment nothing is owed: the statement finds none
        yield Owed(kind=LEAVE, about=about, person=person, urgency=URGENCY, since=since, until=since + OF_USE)


@lru_cache(maxsize=2)
def _statement(day: date) -> Select[str, str, datetime | None]:
    moment = Leave.at.type
    written = exists().where(Delivery.kind == LEAVE, Delivery.about == Leave.change, Delivery.person == Person.ref)
    return (
        select(Leave.change, Person.ref, Leave.at)
        .distinct()
        .join(Person, Person.id == Leave.person_id)
        .join(Appointment, Appointment.person_id == Leave.person_id)
        .join(Membership, Membership.organisation_id == Appointment.organisation_id)
        .join(Partnership, Partnership.id == Membership.partnership_id)
        .where(
            Leave.at.between(bindparam("of_late", type_=moment), bindparam("now", type_=moment)),
            Leave.by_id.is_distinct_from(Leave.person_id),
            Appointment.role.in_(RECEIVES),
            in_dates(day),
            Partnership.letters_from <= Leave.at,
            ~written,
        )
        .order_by(Leave.at, Leave.change)
        .limit(AT_ONCE)
    )


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """Which days, who noted them, and where they can be changed."""
    leave = session.scalar(select(Leave).where(Leave.change == delivery.about).options(joinedload(Leave.by)))
    if leave is None:
        return CHANGED
    held = _held(session, leave.person_id, now)
    partnership = _partnership(session, held) if held else None
    if held is None or partnership is None:
        return NO_LONGER
    over = leave.is_over(today(now))
    what = "called off" if leave.called_off else "you are back" if over else "noted for you"
    body = render_template(
        "organisations/email/leave.txt",
        to=held,
        leave=leave,
        by=leave.by.name if leave.by else "Whoever runs this service",
        over=over,
        partnership=partnership,
        link=address_of("organisations.away"),
    )
    return Letter(
        to_address=held.address.email,
        to_name=single_line(held.person.name),
        subject=single_line(f"Days away from {date_words(leave.starts_on)}: {what}"),
        body=body,
        reply_to=partnership.reply_to,
    )


def _held(session: Session, person_id: int, now: datetime) -> Appointment | None:
    """The appointment by which she is written to: a lead's before a deputy's."""
    found = session.scalars(
        select(Appointment)
        .where(Appointment.person_id == person_id, Appointment.role.in_(RECEIVES), in_dates(today(now)))
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .order_by(Appointment.id)
    ).all()
    return min(found, key=lambda held: RECEIVES.index(held.role), default=None)


def _partnership(session: Session, held: Appointment) -> Partnership | None:
    """The first by name of those that the organisation belongs to: it answers."""
    belongs = select(Membership.partnership_id).where(Membership.organisation_id == held.organisation_id)
    found = select(Partnership).where(Partnership.id.in_(belongs))
    return session.scalars(found.order_by(Partnership.name, Partnership.id)).first()
