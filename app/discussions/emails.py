"""The reminder to answer what was circulated: one a day to one person, about everything that is due.

Which are due stands in `unanswered`. Each reminder is a letter of its own in the books; the first of a day says all
that is due to its person, of whatever partnership, and what the others would say again is not sent. Whoever has minutes
to read is told of both in one letter, which `forwarding.reminders` writes. Everything is looked at anew when a letter
is written: what became needless meanwhile is in none. Whether a team has started is read only then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import render_template
from sqlalchemy.orm import Session, joinedload

from app.circulation.models import Asked, Circulation
from app.clock import is_time, opens
from app.discussions import still_open, unanswered
from app.discussions.models import MinutesFor, Reply
from app.discussions.one_a_day import (
    REMINDER,
    TO_ANSWER,
    WAITS,
    goes_first,
    had_one_today,
    is_going,
    told_since,
    until_morning,
)
from app.discussions.outside import Outside
from app.organisations.models import Address
from app.packs.queries import is_current
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import single_line
from app.web.addresses import address_of

__all__ = ["KINDS", "letter", "owed"]

KINDS = frozenset({TO_ANSWER})
URGENCY = 5
SAID = Superseded("Another email to this person on the same day was about this too.")
ANSWERED = Superseded("This was answered meanwhile.")
CLOSED = Superseded("Recording is closed for what was asked.")
WITHDRAWN = Superseded("The briefing was withdrawn or retired.")
MOVED = Superseded("The date to answer by was changed, or a later reminder says it.")
NOBODY = Superseded("This person is no longer to be reminded of what was asked.")


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """A letter for each reminder that is due and was not noted. Two statements at most, none while nobody works."""
    for one in unanswered.due(session, now) if is_time(now) else []:
        about, role, place = one.key
        key = {"kind": TO_ANSWER, "about": about, "role": role, "place": place, "person": one.person}
        yield Owed(**key, urgency=URGENCY, since=opens(one.step.on), until=one.until)


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter of a delivery, or why there is none, or none yet."""
    if not is_time(now):
        return until_morning(now)
    found = unanswered.untold(session, delivery.person, now)
    key = (delivery.about, delivery.role, delivery.place)
    mine = next((one for one in found if one.key == key), None)
    if mine is None:
        return _why_needless(session, delivery)
    if told_since(session, delivery):
        return SAID
    if had_one_today(session, delivery, now):
        return until_morning(now)
    if (
        goes_first(session, delivery)
        or is_going(session, delivery, now, REMINDER, soon=True)
        or is_going(session, delivery, now, "weekly", "handover")
    ):
        return WAITS
    return _written(session, found, mine.address_id, now)


def _why_needless(session: Session, delivery: Delivery) -> Superseded:
    asked = session.scalars(
        sa.select(Asked)
        .where(Asked.ref == delivery.about)
        .options(joinedload(Asked.circulation).joinedload(Circulation.dates))
    ).unique()
    one = asked.one()
    answers = (
        sa.exists().where(MinutesFor.asked_id == one.id),
        sa.exists().where(Reply.asked_id == one.id),
        sa.exists().where(Outside.asked_id == one.id, Outside.shared),
    )
    if session.scalar(sa.select(sa.or_(*answers))):
        return ANSWERED
    if one.circulation.closed is not None:
        return CLOSED
    if not session.scalar(sa.select(is_current(one.circulation.edition.pack_id))):
        return WITHDRAWN
    return NOBODY if delivery.place == one.circulation.answer_by.isoformat() else MOVED


def _written(session: Session, found: Sequence[unanswered.Due], address_id: int, now: datetime) -> Written:
    lines = still_open.lines(session, found, now)
    to = session.scalars(sa.select(Address).where(Address.id == address_id).options(joinedload(Address.person))).one()
    body = render_template(
        "discussions/email/to_answer.txt",
        to=to,
        lines=lines,
        partnership=lines[0].partnership,
        address_of=address_of,
        **still_open.facts(lines),
    )
    return Letter(
        to_address=to.email,
        to_name=single_line(to.person.name),
        subject=single_line(still_open.subject(lines, now)),
        body=body,
        reply_to=lines[0].partnership.reply_to,
        tells_of=tuple(one.asked for one in found),
    )
