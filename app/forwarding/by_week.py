"""The one letter a week, for whoever chose it instead of a letter for each set of minutes.

It is owed from eight o'clock on Monday, or on the first working day of the week, to whoever had chosen it by then and
has something to read that came in before. One that does not get out stays owed for that week and no longer: the next
one tells of the same. It says what waits when it is written, by its team, its briefing and its days, and nothing of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.circulation.models import Asked, Circulation
from app.clock import date_words, is_time, start_of, today, working_days_after
from app.discussions.models import Minutes
from app.discussions.one_a_day import REMINDER, TO_ANSWER, WAITS, had_one_today, is_going, until_morning
from app.discussions.queries import named
from app.forwarding.lettering import appointments, letter_to
from app.forwarding.owed import last_chosen, to_read, unless_written
from app.forwarding.queries import waits_for_team
from app.forwarding.receivers import LEADS
from app.forwarding.reminders import WEEKLY
from app.organisations.hearing import Rhythm
from app.organisations.models import Appointment, Person
from app.organisations.queries import in_dates, weekly
from app.packs.models import Edition
from app.post.models import Delivery, Owed, Superseded, Written
from app.text import counted, words_joined
from app.web.addresses import address_of

KINDS = frozenset({WEEKLY})
AT_ONCE, SHOWN = 500, 50
FIRST_HOUR = 8
LOOKED_BACK = timedelta(days=400)
FOR_EACH = Superseded("This person chose a letter for each set of minutes again, or no longer holds the role.")
NOTHING = Superseded("Nothing waits for this person to be read any more.")
_LOW, _SINCE = (sa.bindparam(name, type_=Minutes.sent_at.type) for name in ("low", "since"))
_WEEK = sa.bindparam("week", type_=Delivery.place.type)


def opens(day: date) -> datetime:
    """From when the letter of the week of a day is owed. No clock changes on a working day."""
    return clock.opens(working_days_after(_monday(day), 0), FIRST_HOUR)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To whom the letter of this week is owed. One statement at work on a working day, none at other times."""
    since, week = opens(today(now)), _monday(today(now))
    if now < since or not is_time(now, FIRST_HOUR):
        return
    moments = {"since": since, "low": since - LOOKED_BACK, "week": week.isoformat()}
    until = start_of(week + timedelta(weeks=1))
    for person in session.scalars(_statement(today(now)), moments):
        key = {"kind": WEEKLY, "about": person, "role": "lead", "place": week.isoformat(), "person": person}
        yield Owed(**key, urgency=3, since=since, until=until)


@lru_cache(maxsize=2)
def _statement(day: date) -> sa.Select[str]:
    waits = sa.exists().where(*_waiting(day, Minutes.sent_at.between(_LOW, _SINCE)))
    return (
        sa.select(Person.ref)
        .distinct()
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Rhythm, Rhythm.appointment_id == Appointment.id)
        .where(
            Rhythm.weekly,
            Rhythm.at <= _SINCE,
            last_chosen(),
            Appointment.role.in_(LEADS),
            in_dates(day),
            unless_written(WEEKLY, Person.ref, place=_WEEK),
            waits.correlate(Appointment),
        )
        .order_by(Person.ref)
        .limit(AT_ONCE)
    )


def _waiting(day: date, *only: sa.ColumnElement[bool]) -> tuple[sa.ColumnElement[bool], ...]:
    """What an `Appointment` has to read, as its inbox says. What the team was asked about waits for the team."""
    return to_read(day, ~waits_for_team(), *only)


def _letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    mine = (Person.ref == delivery.person, Appointment.role.in_(LEADS), weekly(Appointment.id))
    held = session.scalars(appointments(now).join(Person, Person.id == Appointment.person_id).where(*mine)).all()
    if not held:
        return FOR_EACH
    found = _found(session, [one.id for one in held], today(now))
    if not found:
        return NOTHING
    if not is_time(now, FIRST_HOUR) or had_one_today(session, delivery, now):
        return until_morning(now)
    if is_going(session, delivery, now, REMINDER, TO_ANSWER):
        return WAITS
    asks = [asked for _, those in found for asked in those]
    partnerships = {asked.circulation.partnership for asked in asks}
    places = words_joined(sorted({asked.organisation_name for asked in asks}))
    return letter_to(
        WEEKLY,
        held[0],
        f"{places}: {counted(len(found), 'set')} of minutes to read",
        sorted(partnerships, key=lambda one: (one.name, one.id)),
        tells_of=[minutes.ref for minutes, _ in found[:SHOWN]],
        sets=counted(len(found), "set"),
        several=len(found) > 1,
        places=places,
        lines=[_line(minutes, those) for minutes, those in found[:SHOWN]],
        more=len(found) - SHOWN,
        link=address_of("forwarding.inbox"),
        change=address_of("forwarding.emails_to_you"),
    )


def _found(session: Session, held: list[int], day: date) -> list[tuple[Minutes, list[Asked]]]:
    """What waits for these appointments, oldest first, each set once with what it answers. One statement."""
    rows: Any = session.execute(
        sa.select(Minutes, Asked)
        .where(Appointment.id.in_(held), *_waiting(day))
        .options(
            joinedload(Minutes.discussion),
            joinedload(Minutes.edition).defer(Edition.content),
            joinedload(Asked.circulation).joinedload(Circulation.partnership),
        )
        .order_by(Minutes.sent_at, Minutes.id, Asked.organisation_name, Asked.id)
    ).unique()
    found: defaultdict[Minutes, dict[Asked, None]] = defaultdict(dict)
    for minutes, asked in rows:
        found[minutes][asked] = None
    return [(minutes, list(asks)) for minutes, asks in found.items()]


class Line(NamedTuple):
    """One set of minutes in the letter, without a word of them."""

    what: str
    told: str


def _line(minutes: Minutes, asks: list[Asked]) -> Line:
    told = f"The team met on {date_words(minutes.discussion.held_on)} and sent them on "
    return Line(f"{named(asks)}: {minutes.edition.title}", f"{told}{date_words(today(minutes.sent_at))}.")


WRITE = {WEEKLY: _letter}
