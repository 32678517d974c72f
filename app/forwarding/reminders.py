"""The letter that reminds somebody of minutes that nobody has: one a day to one person, about everything that is due.

Each reminder is a letter of its own in the books, so that what each set of minutes was owed can be shown; the first of
a day says all that is due to its person, and what the others would say again is not sent. Where that person is to be
reminded to answer something too, that stands in the same letter. Everything is looked at anew when a letter is written:
what became needless meanwhile is in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clock import date_words, is_time, today
from app.discussions import still_open
from app.discussions.models import Minutes
from app.discussions.one_a_day import (
    REMINDER,
    TO_ANSWER,
    WAITS,
    goes_first,
    had_one_today,
    is_going,
    tried,
    until_morning,
)
from app.discussions.still_open import OpenLine
from app.discussions.unanswered import untold
from app.forwarding import queries
from app.forwarding.lettering import NO_LONGER, appointed, appointments, letter_to, teams_in_short, why_not
from app.forwarding.receivers import LEADS
from app.forwarding.reminding import Due, Step, due
from app.organisations.models import Appointment, Person
from app.organisations.queries import weekly
from app.post.models import Delivery, Owed, Superseded, Written
from app.text import counted, words_joined
from app.web.addresses import address_of

WEEKLY = "weekly"
KINDS = frozenset({REMINDER})
AT_ONCE = 500
SAID = Superseded("Another email to this person on the same day was about these minutes too.")
NEEDLESS = Superseded("Somebody has these minutes by now, or is said to have them.")
SETTLED = Superseded("These minutes were shared or corrected, or the team was asked about them, since.")


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """A letter for each reminder that is due and was not noted. Four statements on a working day, none on others."""
    found = due(session, now) if is_time(now) else []
    written = _noted(session, [one.minutes.ref for one in found]) if found else set()
    for one in [one for one in found if one.key not in written][:AT_ONCE]:
        about, role, place, person = one.key
        whose = {"about": about, "role": role, "place": place, "person": person}
        yield Owed(kind=REMINDER, **whose, urgency=4, since=one.since, until=one.until)


def _noted(session: Session, refs: Sequence[str], *only: sa.ColumnElement[bool]) -> set[tuple[str, str, str, str]]:
    found = sa.select(Delivery.about, Delivery.role, Delivery.place, Delivery.person)
    rows = session.execute(found.where(Delivery.kind == REMINDER, Delivery.about.in_(refs), *only))
    return {(about, role, place, person) for about, role, place, person in rows}


def _letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    found = _due_to(session, delivery.person, now)
    key = (delivery.about, delivery.role, delivery.place, delivery.person)
    mine = next((one for one in found if one.key == key), None)
    if mine is None:
        return _why_needless(session, delivery, now)
    last = tried(session, delivery, REMINDER)
    if last and last >= delivery.owed_since:
        return SAID
    if not (is_time(now) and mine.goes_on(today(now))) or had_one_today(session, delivery, now):
        return until_morning(now, mine.minutes.closed)
    if goes_first(session, delivery) or is_going(session, delivery, now, TO_ANSWER, WEEKLY):
        return WAITS
    over = _noted(session, [one.minutes.ref for one in found], Delivery.next_try_at.is_(None))
    others = [one for one in found if one.goes_on(today(now)) and one.key not in over]
    to = session.scalars(appointments(now).where(Appointment.ref == mine.to.ref)).one()
    to_read = list({one.minutes.key: one for one in [*reversed(others), mine]}.values())[::-1]
    unanswered = untold(session, delivery.person, now)
    return _written(session, to, to_read, still_open.lines(session, unanswered, now) if unanswered else [])


def _due_to(session: Session, person: str, now: datetime) -> list[Due]:
    own = sa.select(Appointment.organisation_id).join(Person, Person.id == Appointment.person_id)
    places = [key for key in session.scalars(own.where(Person.ref == person).distinct()) if key is not None]
    return [one for one in due(session, now, places) if one.to.person_ref == person]


def _why_needless(session: Session, delivery: Delivery, now: datetime) -> Superseded:
    minutes = session.scalars(sa.select(Minutes).where(Minutes.ref == delivery.about)).one()
    waits = sa.select(Minutes.id).where(Minutes.id == minutes.id, queries.nobody_has())
    if session.scalar(waits) is None:
        return NEEDLESS
    begun = sa.select(Minutes.id).where(Minutes.id == minutes.id, Minutes.newest, ~queries.waits_for_team())
    if session.scalar(begun) is None or queries.standing_shares(session, minutes):
        return SETTLED
    if delivery.role != Step.LEAD:
        return NO_LONGER
    reads = queries.headed(session, minutes.ref)
    return why_not(appointed(session, reads, delivery.person, LEADS, now, weekly(Appointment.id)))


class Line(NamedTuple):
    """One set of minutes in the letter, without a word of them."""

    what: str
    told: str
    link: str


def _written(session: Session, to: Appointment, found: list[Due], to_answer: Sequence[OpenLine]) -> Written:
    """The letter about what is found; and, as a second part, what its reader is to be reminded to answer."""
    reads = [one for one in found if one.step is not Step.ADMINISTRATOR]
    status = [one for one in found if one.step is Step.ADMINISTRATOR]
    several = counted(len(found), "set")
    minutes = {one.minutes.ref: queries.headed(session, one.minutes.ref) for one in found}
    first = minutes[(reads or status)[0].minutes.ref]
    task = "minutes to read" if reads else "minutes that nobody has confirmed"
    one = f"{teams_in_short(first)}: {task} – {first.edition.short_title}"
    all_in_short = f"{several} of {task}, and {still_open.task(to_answer)}" if to_answer else f"{several} of {task}"
    return letter_to(
        REMINDER,
        to,
        f"Still open: {one if len(found) == 1 and not to_answer else all_in_short}",
        queries.partnerships_of(first),
        tells_of=[*minutes, *(line.asked.ref for line in to_answer)],
        to_answer=to_answer,
        address_of=address_of,
        reads=[_line(minutes[one.minutes.ref], one) for one in reads],
        status=[_line(minutes[one.minutes.ref], one) for one in status],
        deputy=any(one.step is Step.DEPUTY for one in reads),
        organisations=words_joined(list(dict.fromkeys(minutes[one.minutes.ref].organisation.name for one in found))),
        inbox=address_of("forwarding.inbox"),
    )


def _line(minutes: Minutes, one: Due) -> Line:
    with_whom = words_joined([f"{held.name}, {held.title}" for held in one.minutes.with_them])
    if one.step is Step.ADMINISTRATOR:
        told = f"Sent on {date_words(today(minutes.sent_at))}, with {with_whom}."
    else:
        told = f"The team met on {date_words(minutes.discussion.held_on)} and sent them on "
        told += f"{date_words(today(minutes.sent_at))}."
    what = f"{queries.teams_of(minutes)}: {minutes.edition.title}"
    return Line(what, told, address_of("forwarding.minutes", minutes=minutes.ref))


WRITE = {REMINDER: _letter}
