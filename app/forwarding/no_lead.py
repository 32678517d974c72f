"""The letter about minutes that nobody may read, because their teams have no safeguarding lead and no deputy.

It goes once to each of those who can do something about it: whoever looks after the people of the organisation, and the
officers of the partnership that asked. More minutes of the same gap owe no second letter, a later gap does. Once
somebody is appointed there is none to send: the letter about what waited goes to her (`owed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.circulation.models import Asked, Circulation
from app.clock import start_of, today
from app.discussions.models import Minutes, MinutesFor
from app.discussions.unled import NO_LEAD, is_told, last_held, which_gap
from app.forwarding.lettering import NO_LONGER, letter_to
from app.forwarding.queries import OF_USE, nobody_has, nobody_may_read
from app.organisations.models import Appointment, Organisation, Partnership, Person
from app.packs.models import Edition
from app.policy import Role
from app.post.models import Delivery, Owed, Superseded, Written
from app.text import counted
from app.web.addresses import address_of

KINDS = frozenset({NO_LEAD})
AT_ONCE, SHOWN = 500, 20
NEEDLESS = Superseded("There is a safeguarding lead now, or somebody has these minutes.")
_OF_LATE = sa.bindparam("of_late", type_=Minutes.sent_at.type), sa.bindparam("now", type_=Minutes.sent_at.type)


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """One letter to each person for each gap, since its first minutes could be read by nobody. One statement."""
    moments = {"now": now, "of_late": now - OF_USE}
    for about, place, person, ended, *begun in session.execute(_statement(today(now)), moments):
        gone = [start_of(ended + timedelta(days=1))] if ended else []
        since = min(now, max([*begun, *gone]))
        yield Owed(kind=NO_LEAD, about=about, place=place, person=person, urgency=2, since=since, until=since + OF_USE)


@lru_cache(maxsize=2)
def _statement(day: date) -> sa.Select[Any]:
    told = (
        _unread(day)
        .with_only_columns(Organisation.ref.label("about"), which_gap(day).label("place"))
        .add_columns(last_held(day, "ends_on").label("ended"), Appointment.person_id)
        .add_columns(Minutes.sent_at, Appointment.counts_from)
        .where(Minutes.sent_at.between(*_OF_LATE))
        .subquery("told")
        .c
    )
    written = sa.exists().where(
        Delivery.kind == NO_LEAD,
        Delivery.about == told.about,
        Delivery.place == told.place,
        Delivery.person == Person.ref,
    )
    first, held = (sa.func.min(when, type_=Minutes.sent_at.type) for when in (told.sent_at, told.counts_from))
    return (
        sa.select(told.about, told.place, Person.ref, sa.func.max(told.ended, type_=sa.Date()), first, held)
        .join(Person, Person.id == told.person_id)
        .where(~written.correlate_except(Delivery))
        .group_by(told.about, told.place, Person.ref)
        .order_by(first, told.about, told.place, Person.ref)
        .limit(AT_ONCE)
    )


def _unread(day: date) -> sa.Select[Any]:
    """What nobody may read on a day, with everybody who is told."""
    return (
        sa.select(Minutes)
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(Organisation, Organisation.id == Asked.organisation_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .join(Appointment, is_told(day))
        .where(
            Minutes.sent_at >= Partnership.letters_from,
            Minutes.newest,
            nobody_has(),
            nobody_may_read(day),
        )
    )


def _letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    to = _to(session, delivery, now)
    if to is None:
        return NO_LONGER
    waiting = session.execute(
        _unread(today(now))
        .with_only_columns(Asked, Minutes.id)
        .where(Organisation.ref == delivery.about, Appointment.id == to.id)
        .options(
            joinedload(Asked.circulation).joinedload(Circulation.partnership),
            joinedload(Asked.circulation).joinedload(Circulation.edition).defer(Edition.content),
        )
        .order_by(Minutes.sent_at, Asked.id)
    ).all()
    return _written(to, waiting) if waiting else NEEDLESS


def _written(to: Appointment, waiting: Sequence[sa.Row[Asked, int]]) -> Written:
    asks, sets = [row[0] for row in waiting], len({row[1] for row in waiting})
    name, first = asks[0].organisation_name, asks[0].circulation
    lines = [f"{asked.name}: {asked.circulation.edition.title}" for asked in asks]
    partnerships = list(dict.fromkeys(asked.circulation.partnership for asked in asks))
    return letter_to(
        NO_LEAD,
        to,
        f"{name}: no safeguarding lead to read minutes – {first.edition.short_title}",
        partnerships,
        organisation=name,
        waiting=lines[:SHOWN],
        more=len(lines) - SHOWN,
        sets=counted(sets, "set"),
        several=len(lines) > 1,
        officer=to.role is Role.OFFICER,
        link=address_of("home.mine"),
    )


def _to(session: Session, delivery: Delivery, now: datetime) -> Appointment | None:
    """The appointment by which the person is told: that of the organisation's administrator first."""
    day = today(now)
    return session.scalars(
        sa.select(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(Person.ref == delivery.person)
        .where(
            sa.exists()
            .where(Asked.organisation_id == Organisation.id, Organisation.ref == delivery.about, is_told(day))
            .correlate(Appointment)
        )
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .order_by(Appointment.role, Appointment.id)
    ).first()


WRITE = {NO_LEAD: _letter}
