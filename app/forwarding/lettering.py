"""What every letter about minutes is made with: to whom it goes today, and its text.

A letter goes to an appointment that is in dates when it is sent, at the address that the appointment names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import render_template
from sqlalchemy.orm import Session, joinedload, selectinload

from app.circulation import colleagues
from app.circulation.models import Colleague
from app.clock import today
from app.discussions.models import Minutes
from app.forwarding import queries
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Appointment, Partnership, Person
from app.organisations.queries import covering, in_dates
from app.policy import Role
from app.post.models import Attachment, Letter, Superseded
from app.text import single_line, words_joined

NO_LONGER = Superseded("This person no longer holds the role that the letter was for.")
CORRECTED = Superseded("The team has corrected these minutes since.")
BY_WEEK = Superseded("This person chose to get one letter a week, and that one tells of these minutes.")


def letter_to(
    kind: str,
    to: Appointment | Colleague | SharedMailbox,
    subject: str,
    partnerships: Sequence[Partnership],
    *,
    attachments: tuple[Attachment, ...] = (),
    tells_of: Iterable[str] = (),
    **facts: Any,
) -> Letter:
    """A letter with the text of its kind to the holder of an appointment, somebody named for a discussion or a shared
    mailbox. The first of the partnerships answers. `tells_of`: the minutes that it names or counts, by reference."""
    address, name = (to.email, to.name) if isinstance(to, SharedMailbox) else (to.address.email, to.person.name)
    body = render_template(
        f"forwarding/email/{kind}.txt",
        to=to,
        partnership=partnerships[0],
        partnerships=words_joined([f"the {partnership.short_name}" for partnership in partnerships]),
        several_partnerships=len(partnerships) > 1,
        **facts,
    )
    return Letter(
        to_address=address,
        to_name=name,
        subject=single_line(subject),
        body=body,
        attachments=attachments,
        reply_to=partnerships[0].reply_to,
        tells_of=tuple(tells_of),
    )


def teams_in_short(minutes: Minutes) -> str:
    """The teams in a subject: the first two, and how many more."""
    names = queries.team_names(minutes)
    return words_joined(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more"


def appointments(now: datetime) -> sa.Select[Any]:
    """The appointments in dates, each with its person and address."""
    return (
        sa.select(Appointment)
        .where(in_dates(today(now)))
        .options(joinedload(Appointment.person), joinedload(Appointment.address), selectinload(Appointment.teams))
        .order_by(Appointment.id)
    )


def appointed(
    session: Session, minutes: Minutes, person: str, roles: Sequence[Role], now: datetime, *only: sa.ColumnElement[bool]
) -> Appointment | None:
    """The appointment by which a person may read minutes today, of the first of these roles that there is; `only` of
    those for which this is so."""
    held = session.scalars(
        appointments(now)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Person.ref == person, Appointment.organisation_id == minutes.organisation_id, Appointment.role.in_(roles)
        )
        .where(*only)
    ).all()
    teams = {cover.asked.team_id for cover in minutes.covers}
    reaching = [a for a in held if any(covering([a], team) for team in teams)]
    return min(reaching, key=lambda a: roles.index(a.role), default=None)


def why_not(held: Appointment | None) -> Superseded:
    """Why no letter about minutes goes to a person who may still read them by this appointment, or by none."""
    return BY_WEEK if held else NO_LONGER


def writer(
    session: Session, minutes: Minutes, person: str, roles: Sequence[Role], now: datetime
) -> Appointment | Colleague | None:
    """By what a person writes for the team: an appointment in one of these roles, or having been named for this
    discussion."""
    asked = [cover.asked_id for cover in minutes.covers]
    return appointed(session, minutes, person, roles, now) or colleagues.standing(session, person, asked, now)
