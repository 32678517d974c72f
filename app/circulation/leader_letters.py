"""The letter about who leads a team now: one to each who can settle it, while nobody has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from flask import render_template
from sqlalchemy import Select, bindparam, exists, select, union
from sqlalchemy.orm import Session, joinedload

from app.circulation import leaders
from app.circulation.leaders import SETTLES
from app.circulation.models import Asked, OtherLeader
from app.circulation.owed import AT_ONCE, OWED_FOR
from app.clock import today
from app.organisations.models import Appointment, Person
from app.organisations.queries import in_dates, reaches
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import single_line
from app.web.addresses import address_of

LEADER = "leader"
URGENCY = 4


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To the leads and administrators of today; to the officers where there was nobody to settle it. One statement."""
    rows = session.execute(_statement(today(now)), {"now": now, "since": now - OWED_FOR})
    return [
        Owed(kind=LEADER, about=about, person=person, since=at, urgency=URGENCY, until=at + OWED_FOR)
        for about, person, at in rows
    ]


@lru_cache(maxsize=2)
def _statement(day: date) -> Select[str, str, datetime]:
    here = (
        select(OtherLeader.id, Appointment.person_id)
        .join(Appointment, Appointment.organisation_id == OtherLeader.organisation_id)
        .where(Appointment.role.in_(SETTLES), reaches(Appointment.id, OtherLeader.team_id))
    )
    office = (
        select(OtherLeader.id, Appointment.person_id)
        .join(Asked, Asked.id == OtherLeader.asked_id)
        .join(Appointment, Appointment.partnership_id == Asked.partnership_id)
        .where(OtherLeader.to_officer, Appointment.role == Role.OFFICER)
    )
    moment = OtherLeader.at.type
    of_late = OtherLeader.at.between(bindparam("since", type_=moment), bindparam("now", type_=moment))
    due = union(*(part.where(of_late, in_dates(day)) for part in (here, office))).subquery()
    written = exists().where(Delivery.kind == LEADER, Delivery.about == OtherLeader.ref, Delivery.person == Person.ref)
    return (
        select(OtherLeader.ref, Person.ref, OtherLeader.at)
        .join(due, due.c.id == OtherLeader.id)
        .join(Person, Person.id == due.c.person_id)
        .where(Person.id != OtherLeader.by_id, leaders.is_open(), ~written)
        .order_by(OtherLeader.at, OtherLeader.id, Person.id)
        .limit(AT_ONCE)
    )


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """Who said what of whom, and the page on which it is settled; nothing where it is settled by now."""
    said = session.scalars(leaders.whole_with_circulation().where(OtherLeader.ref == delivery.about)).one()
    last = leaders.last_said(session, said.team_id)
    if said.settled is not None or (last is not None and last.id != said.id):
        return Superseded("It is settled by now who leads this team, or something else was said of it.")
    to = _settler(session, said, delivery.person, now)
    if to is None:
        return Superseded("This person no longer holds the role that the letter was for.")
    partnership = said.asked.circulation.partnership
    body = render_template(
        "circulation/email/leader.txt",
        to=to,
        said=said,
        partnership=partnership,
        officer=to.role is Role.OFFICER,
        link=address_of("circulation.settle_leader", said=said.ref),
    )
    return Letter(
        to_address=to.address.email,
        to_name=single_line(to.person.name),
        subject=single_line(f"{said.team.name}: {_task(said)} – {said.asked.circulation.edition.short_title}"),
        body=body,
        reply_to=partnership.reply_to,
    )


def _task(said: OtherLeader) -> str:
    return "please confirm who leads it" if said.claim else "who leads this team?"


def _settler(session: Session, said: OtherLeader, person: str, now: datetime) -> Appointment | None:
    """The appointment by which a person can settle it today."""
    held = leaders.settlers(session, said.organisation_id, said.team_id, now)
    if said.to_officer:
        officers = (
            select(Appointment)
            .where(Appointment.partnership_id == said.asked.partnership_id, Appointment.role == Role.OFFICER)
            .where(in_dates(today(now)))
            .options(joinedload(Appointment.person), joinedload(Appointment.address))
            .order_by(Appointment.id)
        )
        held = [*held, *session.scalars(officers)]
    return next((appointment for appointment in held if appointment.person.ref == person), None)
