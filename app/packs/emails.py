"""The letter that says a briefing is due to be looked at again: one to each officer of its partnership, four weeks
before the review date of its newest edition. A pack that is no longer current owes none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask import render_template
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.clock import date_words, start_of, today
from app.organisations.models import Appointment, Partnership, Person
from app.organisations.queries import in_dates, officer
from app.packs.models import Edition, Pack
from app.packs.queries import is_current
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import single_line
from app.web.addresses import address_of

REVIEW = "review"
KINDS = frozenset({REVIEW})
URGENCY = 6
AHEAD, OWED_FOR = timedelta(days=28), timedelta(days=60)
AT_ONCE = 300


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To the officers of today, for what is due within four weeks or since 60 days. One statement."""
    day = today(now)
    newer = aliased(Edition)
    is_newest = (
        Edition.number == select(func.max(newer.number)).where(newer.pack_id == Edition.pack_id).scalar_subquery()
    )
    written = exists().where(Delivery.kind == REVIEW, Delivery.about == Edition.ref, Delivery.person == Person.ref)
    rows = session.execute(
        select(Edition.ref, Person.ref, Edition.review_on)
        .join(Pack, Pack.id == Edition.pack_id)
        .join(Partnership, Partnership.slug == Pack.owner)
        .join(Appointment, Appointment.partnership_id == Partnership.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(Edition.review_on.between(day - OWED_FOR, day + AHEAD), is_newest, is_current(Pack.id))
        .where(Appointment.role == Role.OFFICER, in_dates(day), Edition.made_at >= Partnership.letters_from, ~written)
        .order_by(Edition.review_on, Edition.id, Person.id)
        .limit(AT_ONCE)
    )
    return [
        Owed(
            kind=REVIEW,
            about=about,
            person=person,
            since=start_of(on - AHEAD),
            urgency=URGENCY,
            until=start_of(on + OWED_FOR + timedelta(days=1)),
        )
        for about, person, on in dict.fromkeys((ref, who, on) for ref, who, on in rows)
    ]


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """Which briefing, by when, and the two ways on; nothing where it was looked at meanwhile."""
    whole = joinedload(Edition.pack).joinedload(Pack.partnership)
    edition = session.scalars(select(Edition).where(Edition.ref == delivery.about).options(whole)).one()
    newest = select(func.max(Edition.number)).where(Edition.pack_id == edition.pack_id)
    partnership = edition.pack.partnership
    if session.scalar(newest) != edition.number or not session.scalar(select(is_current(edition.pack_id))):
        return Superseded("The briefing has been looked at since.")
    to = officer(session, partnership.id, delivery.person, today(now)) if partnership else None
    if to is None or partnership is None:
        return Superseded("This person no longer works in the partnership's office.")
    by = date_words(edition.review_on)
    body = render_template(
        "packs/email/review.txt",
        to=to,
        edition=edition,
        by=by,
        partnership=partnership,
        briefing=address_of("packs.edition", slug=edition.pack.slug, number=edition.number),
        making=address_of("packs.publishing"),
    )
    return Letter(
        to_address=to.address.email,
        to_name=single_line(to.person.name),
        subject=single_line(f"{partnership.short_name}: to review by {by} – {edition.short_title}"),
        body=body,
        reply_to=partnership.reply_to,
    )
