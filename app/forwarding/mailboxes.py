"""The letter that tells a shared mailbox of minutes that came in: beside that to the lead, and in nobody's place.

It is owed where a lead or deputy had the role by then and may read them, so that whoever opens the mailbox can be told
who that is. Nobody has minutes because of it: it stops no reminder, and the document never goes with it, because nobody
ever signed in with its address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import today
from app.discussions.models import Minutes, MinutesFor
from app.forwarding import queries
from app.forwarding.lettering import CORRECTED, letter_to, teams_in_short
from app.forwarding.queries import OF_USE, nobody_has
from app.forwarding.receivers import LEADS, receivers, with_whom
from app.forwarding.reminders import NEEDLESS
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Appointment, Partnership
from app.organisations.queries import in_dates, reaches
from app.post.models import Delivery, Owed, Superseded, Written
from app.text import words_joined
from app.web.addresses import address_of

MAILBOX = "mailbox"
KINDS = frozenset({MAILBOX})
AT_ONCE = 500
NOBODY = Superseded("Nobody can read these minutes at the moment.")
NO_LONGER = Superseded("The organisation no longer has this shared mailbox.")
_OF_LATE = sa.bindparam("of_late", type_=Minutes.sent_at.type), sa.bindparam("now", type_=Minutes.sent_at.type)


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """One letter to each shared mailbox for each set of minutes. One statement."""
    moments = {"now": now, "of_late": now - OF_USE}
    for about, to, at in session.execute(_statement(today(now)), moments):
        yield Owed(kind=MAILBOX, about=about, person=to, role=MAILBOX, urgency=3, since=at, until=at + OF_USE)


def in_use(day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `SharedMailbox` is written to on a day."""
    lasts = sa.or_(SharedMailbox.ends_on.is_(None), SharedMailbox.ends_on >= day)
    return sa.and_(SharedMailbox.starts_on <= day, lasts)


@lru_cache(maxsize=2)
def _statement(day: date) -> sa.Select[str, str, datetime]:
    noted = (Delivery.kind == MAILBOX, Delivery.about == Minutes.ref, Delivery.person == SharedMailbox.ref)
    read_by = sa.exists().where(
        Appointment.organisation_id == Minutes.organisation_id,
        Appointment.role.in_(LEADS),
        Appointment.counts_from <= Minutes.sent_at,
        Appointment.person_id != Minutes.recorded_by_id,
        in_dates(day),
        reaches(Appointment.id, Asked.team_id),
    )
    return (
        sa.select(Minutes.ref, SharedMailbox.ref, Minutes.sent_at)
        .distinct()
        .join(SharedMailbox, SharedMailbox.organisation_id == Minutes.organisation_id)
        .join(MinutesFor, MinutesFor.minutes_id == Minutes.id)
        .join(Asked, Asked.id == MinutesFor.asked_id)
        .join(Partnership, Partnership.id == Asked.partnership_id)
        .where(
            Minutes.sent_at.between(*_OF_LATE),
            Minutes.sent_at >= Partnership.letters_from,
            Minutes.newest,
            nobody_has(),
            in_use(day),
            SharedMailbox.counts_from <= Minutes.sent_at,
            read_by.correlate(Minutes, Asked),
            ~sa.exists().where(*noted).correlate(Minutes, SharedMailbox),
        )
        .order_by(Minutes.sent_at, Minutes.ref, SharedMailbox.ref)
        .limit(AT_ONCE)
    )


def _letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = queries.headed(session, delivery.about)
    to = session.scalars(
        sa.select(SharedMailbox).where(SharedMailbox.ref == delivery.person, in_use(today(now)))
    ).first()
    if to is None:
        return NO_LONGER
    if not minutes.newest:
        return CORRECTED
    if not session.scalar(sa.select(nobody_has()).where(Minutes.id == minutes.id)):
        return NEEDLESS
    readers = _readers(session, minutes, today(now))
    if not readers:
        return NOBODY
    task = "minutes to read" if minutes.version == 1 else "corrected minutes to read"
    return letter_to(
        MAILBOX,
        to,
        f"{teams_in_short(minutes)}: {task} – {minutes.edition.short_title}",
        queries.partnerships_of(minutes),
        minutes=minutes,
        teams=queries.teams_of(minutes),
        several_teams=len(queries.team_names(minutes)) > 1,
        readers=readers,
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _readers(session: Session, minutes: Minutes, day: date) -> str:
    """Whom the minutes are with, by name; empty where nobody may read them."""
    held = receivers(session, [minutes.organisation_id], day)[minutes.organisation_id]
    teams = dict.fromkeys(cover.asked.team_id for cover in minutes.covers)
    names = dict.fromkeys(with_whom(held, team, minutes.recorded_by_id)[0] for team in teams)
    known = [name for name in names if name]
    return words_joined(known) if known else ""


WRITE = {MAILBOX: _letter}
