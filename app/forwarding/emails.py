"""Letters about minutes: to the lead who is to read them, to a lead who comes later, and back to the team.

Which are owed stands in `owed`. No letter says anything of what a team wrote: at most the Word document goes with it,
where the address, the organisation and the mail system allow (`_why_not_attached`). Each is written for whoever may
still read the minutes on the day it is sent; whoever no longer may gets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, render_template
from sqlalchemy.orm import Session, joinedload, selectinload

from app.clock import today
from app.discussions.models import Minutes
from app.forwarding import queries
from app.forwarding.course import to_quote, went
from app.forwarding.models import Answer, Document, Question, Share, naming
from app.forwarding.owed import RECEIVES, owed, unread
from app.organisations.models import Appointment, Partnership, Person
from app.organisations.queries import covering, in_dates
from app.policy import Role
from app.post.models import Attachment, Delivery, Held, Letter, Superseded, Written
from app.text import counted, single_line, words_joined
from app.web.addresses import address_of

__all__ = ["KINDS", "letter", "owed"]

KINDS = frozenset({"minutes", "handover", "heard", "question", "answered"})
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENT_WAIT = timedelta(minutes=10)
LARGEST_ATTACHMENT = 2 * 1024 * 1024
WRITES = (Role.LEADER, Role.MINUTES, *RECEIVES)
NO_LONGER = Superseded("This person no longer holds the role that the letter was for.")
CORRECTED = Superseded("The team has corrected these minutes since.")


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter of a delivery, or why there is none."""
    return _WRITE[delivery.kind](session, delivery, now)


def _minutes(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = queries.whole(session, delivery.about)
    if not minutes.newest:
        return CORRECTED
    if queries.acknowledgement(session, minutes) is not None:
        return Superseded("Somebody has these minutes by now.")
    to = _appointed(session, minutes, delivery.person, RECEIVES, now)
    if to is None:
        return NO_LONGER
    document = queries.document(session, minutes)
    if document is None and now < delivery.owed_since + DOCUMENT_WAIT:
        return Held("The Word document is being made.")
    partnerships = queries.partnerships_of(minutes)
    reason = _why_not_attached(to, partnerships, minutes, document)
    task = "minutes to read" if minutes.version == 1 else "corrected minutes to read"
    subject = f"{_teams(minutes)}: {task} – {minutes.edition.short_title}"
    return _letter(
        "minutes",
        to,
        subject if reason else f"{partnerships[0].marking} – {subject}",
        partnerships,
        attachments=() if reason or document is None else (_attached(minutes, document),),
        minutes=minutes,
        teams=queries.teams_of(minutes),
        several_teams=len(queries.team_names(minutes)) > 1,
        recorded_by_lead=_leads(session, minutes, now),
        reason=reason,
        **_shared_so_far(session, minutes, document),
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _shared_so_far(session: Session, minutes: Minutes, document: Document | None) -> dict[str, Any]:
    """Who has answers of the record, which went by a decision taken beforehand, and whether they still may go so."""
    standing = queries.standing_shares(session, minutes)
    ahead = [given for given in standing if given.minutes_id == minutes.id and given.under]
    may_go = document is None and bool(minutes.sent_under)
    return {"stands": _with_whom(standing), "ahead": ahead, "may_go": may_go}


def _handover(session: Session, delivery: Delivery, now: datetime) -> Written:
    to = session.scalars(
        _appointments(now).where(Appointment.ref == delivery.about).options(joinedload(Appointment.organisation))
    ).first()
    if to is None or to.organisation is None:
        return NO_LONGER
    waiting = unread(session, to)
    if not waiting:
        return Superseded("Somebody has all of these minutes by now.")
    task = f"{counted(len(waiting), 'set')} of minutes to read"
    return _letter(
        "handover",
        to,
        f"{to.organisation.name}: {task}",
        queries.partnerships_of(queries.whole(session, waiting[0])),
        task=task,
        several=len(waiting) > 1,
        organisation=to.organisation.name,
        link=address_of("forwarding.inbox"),
    )


def _heard(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = queries.whole(session, delivery.about)
    to = _appointed(session, minutes, delivery.person, WRITES, now)
    if to is None:
        return NO_LONGER
    standing = queries.standing_shares(session, minutes)
    shares = [given for given in standing if given.minutes_id == minutes.id]
    told = queries.acknowledgement(session, minutes) or next(iter(shares), None)
    if told is None:
        return Superseded("What was shared has been taken back.")
    return _letter(
        "heard",
        to,
        f"{_teams(minutes)}: {told.name} has your minutes – {minutes.edition.short_title}",
        queries.partnerships_of(minutes),
        minutes=minutes,
        name=told.name,
        title=told.title,
        shared=[f"the {given.partnership.short_name}: {_what(given, minutes)}" for given in shares],
        naming=naming(organisation=minutes.organisation.name),
        before=_with_whom(standing),
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _question(session: Session, delivery: Delivery, now: datetime) -> Written:
    question = session.scalars(
        sa.select(Question).where(Question.ref == delivery.about).options(joinedload(Question.minutes))
    ).one()
    minutes = queries.whole(session, question.minutes.ref)
    if not minutes.newest:
        return CORRECTED
    to = _appointed(session, minutes, delivery.person, WRITES, now)
    if to is None:
        return NO_LONGER
    return _letter(
        "question",
        to,
        f"{_teams(minutes)}: a question about your minutes – {minutes.edition.short_title}",
        queries.partnerships_of(minutes),
        minutes=minutes,
        question=question,
        link=address_of("forwarding.answer", question=question.ref),
    )


def _answered(session: Session, delivery: Delivery, now: datetime) -> Written:
    answer = session.scalars(
        sa.select(Answer)
        .where(Answer.ref == delivery.about)
        .options(joinedload(Answer.question).joinedload(Question.minutes))
    ).one()
    minutes = queries.whole(session, answer.question.minutes.ref)
    to = _appointed(session, minutes, delivery.person, RECEIVES, now)
    if to is None:
        return NO_LONGER
    return _letter(
        "answered",
        to,
        f"{_teams(minutes)}: an answer to your question – {minutes.edition.short_title}",
        queries.partnerships_of(minutes),
        minutes=minutes,
        name=answer.name,
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


_WRITE = {
    "minutes": _minutes,
    "handover": _handover,
    "heard": _heard,
    "question": _question,
    "answered": _answered,
}


def _letter(
    kind: str,
    to: Appointment,
    subject: str,
    partnerships: Sequence[Partnership],
    *,
    attachments: tuple[Attachment, ...] = (),
    **facts: Any,
) -> Letter:
    first = partnerships[0]
    names = words_joined([f"the {partnership.short_name}" for partnership in partnerships])
    body = render_template(
        f"forwarding/email/{kind}.txt",
        to=to,
        partnership=first,
        partnerships=names,
        several_partnerships=len(partnerships) > 1,
        **facts,
    )
    return Letter(
        to_address=to.address.email,
        to_name=to.person.name,
        subject=single_line(subject),
        body=body,
        attachments=attachments,
        reply_to=first.reply_to,
    )


def _teams(minutes: Minutes) -> str:
    """The teams in a subject: the first two, and how many more."""
    names = queries.team_names(minutes)
    return words_joined(names) if len(names) < 3 else f"{names[0]} and {len(names) - 1} more"


def _with_whom(shares: Sequence[Share]) -> str:
    names = [f"the {given.partnership.short_name}" for given in shares]
    return words_joined(names) if names else ""


def _what(given: Share, minutes: Minutes) -> str:
    quoting = to_quote(given, minutes)
    return went(given, minutes, "your team") + (f"; {quoting}" if quoting else "")


def _appointments(now: datetime) -> sa.Select[Any]:
    return (
        sa.select(Appointment)
        .where(in_dates(today(now)))
        .options(joinedload(Appointment.person), joinedload(Appointment.address), selectinload(Appointment.teams))
        .order_by(Appointment.id)
    )


def _appointed(
    session: Session, minutes: Minutes, person: str, roles: Sequence[Role], now: datetime
) -> Appointment | None:
    """The appointment by which a person may read minutes today, of the first of these roles that there is."""
    held = session.scalars(
        _appointments(now)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Person.ref == person, Appointment.organisation_id == minutes.organisation_id, Appointment.role.in_(roles)
        )
    ).all()
    teams = {cover.asked.team_id for cover in minutes.covers}
    reaching = [a for a in held if any(covering([a], team) for team in teams)]
    return min(reaching, key=lambda a: roles.index(a.role), default=None)


def _leads(session: Session, minutes: Minutes, now: datetime) -> bool:
    """Whether whoever recorded minutes is their lead, so that they went to somebody else."""
    return _appointed(session, minutes, minutes.recorded_by.ref, (Role.LEAD,), now) is not None


def _why_not_attached(
    to: Appointment, partnerships: Sequence[Partnership], minutes: Minutes, document: Document | None
) -> str:
    """Why the Word document waits behind sign-in instead of going with the letter; empty when it goes along."""
    settings = current_app.config["SETTINGS"]
    domain = to.address.email.rpartition("@")[2]
    wary = [p.short_name for p in partnerships if not any(_belongs(domain, known) for known in p.secure_domains)]
    if document is None:
        return "it is still being made"
    if not minutes.organisation.attaches:
        return f"{minutes.organisation.name} has asked for minutes not to be sent by email"
    if wary:
        return f"{domain} is not one of the secure email domains of the {wary[0]}"
    if to.address.proved_at is None:
        return "nobody has signed in with this address yet"
    if not (settings.mail_use_tls or settings.mail_use_ssl or settings.demonstration):
        return "the mail system is not reached over a verified connection"
    return "it is too large for an email" if len(document.body) > LARGEST_ATTACHMENT else ""


def _belongs(domain: str, known: str) -> bool:
    return domain == known or domain.endswith(f".{known}")


def _attached(minutes: Minutes, document: Document) -> Attachment:
    return Attachment(queries.file_name(minutes), WORD, document.body)
