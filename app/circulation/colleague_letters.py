"""The letter to a colleague who was named to write up one discussion: once, for as long as it would be of use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from flask import render_template
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.circulation import colleagues, queries
from app.circulation.models import Asked, Colleague
from app.circulation.owed import AT_ONCE, OWED_FOR
from app.clock import date_words, today
from app.organisations.models import Person
from app.policy import Role
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.text import single_line, words_joined
from app.web.addresses import address_of

COLLEAGUE = "colleague"
URGENCY = 4  # somebody waits for it
NO_LONGER = Superseded("This person is no longer named to write it up.")
WITHDRAWN = Superseded("The briefing was withdrawn.")
CLOSED = Superseded("Recording is closed for what was asked.")


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To whoever was named of late and is named still. One statement."""
    written = exists().where(Delivery.kind == COLLEAGUE, Delivery.about == Colleague.ref, Delivery.person == Person.ref)
    rows = session.execute(
        select(Colleague.ref, Person.ref, Colleague.at)
        .join(Person, Person.id == Colleague.person_id)
        .where(Colleague.at.between(now - OWED_FOR, now), colleagues.stands(now), ~written)
        .where(Colleague.by_id != Colleague.person_id)  # whoever says that she leads a team knows it
        .order_by(Colleague.at, Colleague.id)
        .limit(AT_ONCE)
    )
    return [
        Owed(kind=COLLEAGUE, about=about, person=person, since=at, urgency=URGENCY, until=at + OWED_FOR)
        for about, person, at in rows
    ]


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """What is asked, by when, and the link; nothing where it was taken back meanwhile."""
    named = colleagues.letter_of(session, delivery.about)
    until = colleagues.until(named.at, named.asked)
    if why := _why_not(named, until, today(now)):
        return why
    asked, day = named.asked, today(now)
    circulation = asked.circulation
    facts = {
        "named": named,
        "until": date_words(until),
        "ask": asked,
        "partnership": circulation.partnership,
        "asker": queries.the(circulation.partnership.name),
        "edition": circulation.edition,
        "briefing": address_of("packs.edition", slug=circulation.edition.pack.slug, number=circulation.edition.number),
        "answer_by": date_words(circulation.answer_by),
        "passed": circulation.answer_by < day,
        "write_up": address_of("discussions.meeting", asked=asked.ref),
        "leads": _leads(session, asked, day),
    }
    by = date_words(circulation.answer_by).removesuffix(f" {day.year}")
    task = "to write up" if facts["passed"] else f"to write up by {by}"
    return Letter(
        to_address=named.address.email,
        to_name=single_line(named.person.name),
        subject=single_line(f"{asked.name}: {task} – {circulation.edition.short_title}"),
        body=render_template("circulation/email/colleague.txt", **facts),
        reply_to=circulation.partnership.reply_to,
    )


def _why_not(named: Colleague, until: date, day: date) -> Superseded | None:
    if named.ended is not None or until < day:
        return NO_LONGER
    if named.asked.circulation.edition.pack.withdrawn is not None:
        return WITHDRAWN
    return CLOSED if named.asked.circulation.closed is not None else None


def _leads(session: Session, asked: Asked, day: date) -> str:
    held = queries.holders_of(session, {asked.organisation_id}, day)
    here = [h for h in held if h.role is Role.LEAD and (not h.teams or asked.team_id in h.teams)]
    return words_joined([f"{lead.name}, {lead.title}" for lead in here]) if here else ""
