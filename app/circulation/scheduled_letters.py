"""The letter that says a scheduled launch could not be carried out, and why: one to each officer of the partnership."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import render_template
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from app.circulation.scheduled import ScheduledLaunch, ScheduledLaunchEnded
from app.clock import today
from app.organisations.models import Appointment, Person
from app.organisations.queries import in_dates, officer
from app.packs.models import Edition
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import single_line
from app.web.addresses import address_of

UNLAUNCHED = "unlaunched"
URGENCY = 2
OWED_FOR = timedelta(days=14)
AT_ONCE = 300


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To the officers of today, about what came to nothing of late. One statement."""
    ended, launch = ScheduledLaunchEnded, ScheduledLaunch
    written = exists().where(Delivery.kind == UNLAUNCHED, Delivery.about == launch.ref, Delivery.person == Person.ref)
    rows = session.execute(
        select(launch.ref, Person.ref, ended.at)
        .join(launch, launch.id == ended.launch_id)
        .join(Appointment, Appointment.partnership_id == launch.partnership_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(ended.circulation_id.is_(None), ended.by_id.is_(None), ended.at.between(now - OWED_FOR, now))
        .where(Appointment.role == Role.OFFICER, in_dates(today(now)), ~written)
        .order_by(ended.at, launch.id, Person.id)
        .limit(AT_ONCE)
    )
    return [
        Owed(kind=UNLAUNCHED, about=about, person=person, since=at, urgency=URGENCY, until=at + OWED_FOR)
        for about, person, at in dict.fromkeys((ref, who, at) for ref, who, at in rows)
    ]


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """Which briefing, what stood in the way, and the way on."""
    about = select(ScheduledLaunch).where(ScheduledLaunch.ref == delivery.about)
    whole = joinedload(ScheduledLaunch.partnership), joinedload(ScheduledLaunch.edition).joinedload(Edition.pack)
    launch = session.scalars(about.options(*whole, joinedload(ScheduledLaunch.ended))).one()
    to = officer(session, launch.partnership_id, delivery.person, today(now))
    if to is None or launch.ended is None:
        return Superseded("This person no longer works in the partnership's office.")
    body = render_template(
        "circulation/email/unlaunched.txt",
        to=to,
        launch=launch,
        because=launch.ended.because,
        partnership=launch.partnership,
        what=address_of("circulation.scheduled", launch=launch.ref),
        choose=address_of("circulation.choose", slug=launch.edition.pack.slug),
    )
    return Letter(
        to_address=to.address.email,
        to_name=single_line(to.person.name),
        subject=single_line(f"{launch.partnership.short_name}: not circulated – {launch.edition.short_title}"),
        body=body,
        reply_to=launch.partnership.reply_to,
    )
