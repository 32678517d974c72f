"""Letters about minutes: to the lead who is to read them, to a lead who comes later, and back to the team.

Which are owed stands in `owed`. No letter says anything of what a team wrote: at most the Word document goes with it,
where the address, the organisation and the mail system allow (`_why_not_attached`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, render_template
from sqlalchemy.orm import Session, joinedload, selectinload

from app import clock
from app.discussions.models import Minutes, MinutesFor
from app.forwarding import queries
from app.forwarding.models import Document, Question
from app.forwarding.owed import owed, unread
from app.organisations.models import Appointment, Partnership, Person
from app.organisations.queries import in_dates, recipients
from app.packs.models import Edition
from app.post.models import Attachment, Delivery, Held, Letter, Superseded, Written
from app.text import counted, single_line, words_joined
from app.web.addresses import address_of

__all__ = ["KINDS", "letter", "owed"]

KINDS = frozenset({"minutes", "handover", "heard", "question"})
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENT_WAIT = timedelta(minutes=10)
LARGEST_ATTACHMENT = 2 * 1024 * 1024
NO_LONGER = Superseded("This person no longer holds the role that the letter was for.")


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter of a delivery, or why there is none."""
    write = {"minutes": _minutes, "handover": _handover, "heard": _heard, "question": _question}[delivery.kind]
    return write(session, delivery, now)


def _minutes(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = _found(session, delivery.about)
    if queries.acknowledgement(session, minutes) is not None:
        return Superseded("Somebody has these minutes by now.")
    teams = {cover.asked.team_id for cover in minutes.covers}
    who = [a for a in recipients(session, minutes.organisation_id, teams, now) if a.person.ref == delivery.person]
    if not who:
        return NO_LONGER
    document = queries.document(session, minutes)
    if document is None and now < delivery.owed_since + DOCUMENT_WAIT:
        return Held("The Word document is being made.")
    partnership = queries.partnerships_of(session, minutes)[0]
    reason = _why_not_attached(who[0], partnership, minutes, document)
    subject = f"{_teams(minutes)}: minutes to read \u2013 {minutes.edition.short_title}"
    return _letter(
        "minutes",
        who[0],
        subject if reason else f"{partnership.marking} \u2013 {subject}",
        partnership,
        attachments=() if reason or document is None else (_attached(minutes, document),),
        minutes=minutes,
        teams=_teams(minutes),
        answered=len(minutes.responses),
        points=len(minutes.edition.points),
        reason=reason,
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _handover(session: Session, delivery: Delivery, now: datetime) -> Written:
    held = session.scalars(
        sa.select(Appointment)
        .where(Appointment.ref == delivery.about, in_dates(clock.today(now)))
        .options(joinedload(Appointment.person), joinedload(Appointment.address), joinedload(Appointment.organisation))
    ).first()
    if held is None or held.organisation is None:
        return NO_LONGER
    waiting = unread(session, held)
    if not waiting:
        return Superseded("Somebody has all of these minutes by now.")
    task = f"{counted(len(waiting), 'set')} of minutes to read"
    return _letter(
        "handover",
        held,
        f"{held.organisation.name}: {task}",
        queries.partnerships_of(session, waiting[0])[0],
        task=task,
        organisation=held.organisation.name,
        link=address_of("forwarding.inbox"),
    )


def _heard(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = _found(session, delivery.about)
    written_to = _appointed(session, minutes, delivery.person, now)
    if written_to is None:
        return NO_LONGER
    said = queries.acknowledgement(session, minutes)
    shares = queries.standing_shares(session, minutes)
    name = said.name if said else shares[0].name if shares else ""
    if not name:
        return Superseded("What was shared has been taken back.")
    return _letter(
        "heard",
        written_to,
        f"{_teams(minutes)}: {name} has your minutes \u2013 {minutes.edition.short_title}",
        queries.partnerships_of(session, minutes)[0],
        minutes=minutes,
        name=name,
        title=said.title if said else shares[0].title,
        shared=words_joined([f"the {given.partnership.short_name}" for given in shares]) if shares else "",
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _question(session: Session, delivery: Delivery, now: datetime) -> Written:
    question = session.scalars(sa.select(Question).where(Question.ref == delivery.about)).one()
    minutes = _found(session, question.minutes.ref)
    written_to = _appointed(session, minutes, delivery.person, now)
    if written_to is None:
        return NO_LONGER
    return _letter(
        "question",
        written_to,
        f"{_teams(minutes)}: a question about your minutes \u2013 {minutes.edition.short_title}",
        queries.partnerships_of(session, minutes)[0],
        minutes=minutes,
        question=question,
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _letter(
    kind: str,
    to: Appointment,
    subject: str,
    partnership: Partnership,
    *,
    attachments: tuple[Attachment, ...] = (),
    **facts: Any,
) -> Letter:
    body = render_template(f"forwarding/email/{kind}.txt", to=to, partnership=partnership, **facts)
    return Letter(
        to_address=to.address.email,
        to_name=to.person.name,
        subject=single_line(subject),
        body=body,
        attachments=attachments,
        reply_to=partnership.reply_to,
    )


def _found(session: Session, ref: str) -> Minutes:
    """Minutes with what their letters say."""
    return session.scalars(
        sa.select(Minutes)
        .where(Minutes.ref == ref)
        .options(
            joinedload(Minutes.organisation),
            joinedload(Minutes.discussion),
            joinedload(Minutes.edition).selectinload(Edition.points),
            selectinload(Minutes.responses),
            selectinload(Minutes.covers).joinedload(MinutesFor.asked),
        )
    ).one()


def _teams(minutes: Minutes) -> str:
    return words_joined([cover.asked.name for cover in minutes.covers])


def _appointed(session: Session, minutes: Minutes, person: str, now: datetime) -> Appointment | None:
    """An appointment of the person in the minutes' organisation today, for the address to write to."""
    return session.scalars(
        sa.select(Appointment)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Person.ref == person,
            Appointment.organisation_id == minutes.organisation_id,
            in_dates(clock.today(now)),
        )
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .order_by(Appointment.id)
    ).first()


def _why_not_attached(to: Appointment, partnership: Partnership, minutes: Minutes, document: Document | None) -> str:
    """Why the Word document waits behind sign-in instead of going with the letter; empty when it goes along."""
    settings = current_app.config["SETTINGS"]
    domain = to.address.email.rpartition("@")[2]
    secure = any(domain == known or domain.endswith(f".{known}") for known in partnership.secure_domains)
    if document is None:
        return "it is still being made"
    if not minutes.organisation.attaches:
        return f"{minutes.organisation.name} has asked for minutes not to be sent by email"
    if not secure:
        return f"{domain} is not one of the secure email domains of the {partnership.short_name}"
    if to.address.proved_at is None:
        return "nobody has signed in with this address yet"
    if not (settings.mail_use_tls or settings.mail_use_ssl or settings.demonstration):
        return "the mail system is not reached over a verified connection"
    return "it is too large for an email" if len(document.body) > LARGEST_ATTACHMENT else ""


def _attached(minutes: Minutes, document: Document) -> Attachment:
    return Attachment(queries.file_name(minutes), WORD, document.body)
