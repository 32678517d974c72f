"""Letters about minutes: to the lead who is to read them, to a lead who comes later, and back to the team.

Which are owed stands in `owed`. No letter says anything of what a team wrote: at most the Word document goes with it,
where the address, the organisation and the mail system allow (`_why_not_attached`). Each is written for whoever may
still read the minutes on the day it is sent; whoever no longer may gets none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.discussions.models import Minutes
from app.forwarding import by_week, mailboxes, no_lead, queries, reminders, unsent
from app.forwarding.course import to_quote, went
from app.forwarding.lettering import (
    BY_WEEK,
    CORRECTED,
    NO_LONGER,
    appointed,
    appointments,
    letter_to,
    teams_in_short,
    why_not,
    writer,
)
from app.forwarding.models import Answer, Document, Question, Share, Withdrawal, naming
from app.forwarding.owed import RECEIVES, unread
from app.forwarding.owed import owed as owed_about_minutes
from app.organisations.models import Appointment, Partnership
from app.organisations.queries import weekly, weekly_of
from app.policy import Role
from app.post.models import Attachment, Delivery, Held, Owed, Superseded, Written
from app.text import counted, words_joined
from app.web.addresses import address_of

KINDS = frozenset({"minutes", "handover", "heard", "question", "answered"}).union(
    mailboxes.KINDS, no_lead.KINDS, by_week.KINDS, reminders.KINDS, unsent.KINDS
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENT_WAIT, DOCUMENT_LOOK = timedelta(minutes=10), timedelta(seconds=1)
LARGEST_ATTACHMENT = 2 * 1024 * 1024
WRITES = (Role.LEADER, Role.MINUTES, *RECEIVES)


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """Every letter owed about minutes that has no `Delivery`."""
    yield from owed_about_minutes(session, now)
    yield from mailboxes.owed(session, now)
    yield from no_lead.owed(session, now)
    yield from by_week.owed(session, now)
    yield from reminders.owed(session, now)
    yield from unsent.owed(session, now)


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter of a delivery, or why there is none."""
    return _WRITE[delivery.kind](session, delivery, now)


def _minutes(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = queries.headed(session, delivery.about)
    if not minutes.newest:
        return CORRECTED
    if not session.scalar(sa.select(queries.nobody_has()).where(Minutes.id == minutes.id)):
        return reminders.NEEDLESS
    to = appointed(session, minutes, delivery.person, RECEIVES, now, ~weekly(Appointment.id))
    if to is None:
        return why_not(appointed(session, minutes, delivery.person, RECEIVES, now))
    document = queries.document(session, minutes)
    if document is None and now < delivery.owed_since + DOCUMENT_WAIT:
        return Held("The Word document is being made.", DOCUMENT_LOOK)
    partnerships = queries.partnerships_of(minutes)
    reason = _why_not_attached(to, partnerships, minutes, document)
    task = "minutes to read" if minutes.version == 1 else "corrected minutes to read"
    subject = f"{teams_in_short(minutes)}: {task} – {minutes.edition.short_title}"
    return letter_to(
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
    return {"stands": _with_whom(standing), "ahead": ahead, "went": went, "may_go": may_go}


def _handover(session: Session, delivery: Delivery, now: datetime) -> Written:
    to = session.scalars(
        appointments(now).where(Appointment.ref == delivery.about).options(joinedload(Appointment.organisation))
    ).first()
    if to is None or to.organisation is None:
        return NO_LONGER
    if delivery.place and weekly_of(session, [to.id]):
        return BY_WEEK
    waiting = unread(session, to, delivery.owed_since, delivery.id)
    if not waiting:
        return Superseded("Somebody has all of these minutes by now, or another email told of them.")
    task = f"{counted(len(waiting), 'set')} of minutes to read"
    return letter_to(
        "handover",
        to,
        f"{to.organisation.name}: {task}",
        queries.partnerships_of(queries.headed(session, waiting[0])),
        tells_of=waiting,
        task=task,
        again=bool(delivery.place),
        several=len(waiting) > 1,
        organisation=to.organisation.name,
        link=address_of("forwarding.inbox"),
    )


def _heard(session: Session, delivery: Delivery, now: datetime) -> Written:
    minutes = queries.whole(session, delivery.about)
    to = writer(session, minutes, delivery.person, WRITES, now)
    if to is None:
        return NO_LONGER
    standing = queries.standing_shares(session, minutes)
    shares = [given for given in standing if given.minutes_id == minutes.id]
    told = queries.acknowledgement(session, minutes) or next(iter(shares), None)
    if told is None:
        return Superseded("What was shared has been taken back.")
    return letter_to(
        "heard",
        to,
        f"{teams_in_short(minutes)}: {told.name} has your minutes of {_day(minutes)} – {minutes.edition.short_title}",
        queries.partnerships_of(minutes),
        minutes=minutes,
        name=told.name,
        title=told.title,
        shared=[f"the {given.partnership.short_name}: {_what(given, minutes)}" for given in shares],
        naming=naming(organisation=minutes.organisation.name),
        before=_with_whom(standing),
        taken_back=_taken_back(session, minutes),
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


def _question(session: Session, delivery: Delivery, now: datetime) -> Written:
    question = session.scalars(
        sa.select(Question).where(Question.ref == delivery.about).options(joinedload(Question.minutes))
    ).one()
    minutes = queries.headed(session, question.minutes.ref)
    if not minutes.newest:
        return CORRECTED
    to = writer(session, minutes, delivery.person, WRITES, now)
    if to is None:
        return NO_LONGER
    return letter_to(
        "question",
        to,
        f"{teams_in_short(minutes)}: a question about your minutes of {_day(minutes)} – {minutes.edition.short_title}",
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
    asked = answer.question.minutes
    minutes = queries.headed(session, queries.newest_ref(session, asked))
    to = appointed(session, minutes, delivery.person, RECEIVES, now)
    if to is None:  # a correction may be about other teams than the version that she asked about
        minutes = queries.headed(session, asked.ref)
        to = appointed(session, minutes, delivery.person, RECEIVES, now)
    if to is None:
        return NO_LONGER
    return letter_to(
        "answered",
        to,
        f"{teams_in_short(minutes)}: an answer to your question – {minutes.edition.short_title}",
        queries.partnerships_of(minutes),
        minutes=minutes,
        name=answer.name,
        had=queries.acknowledgement(session, minutes) is not None,
        link=address_of("forwarding.minutes", minutes=minutes.ref),
    )


_WRITE = {
    "minutes": _minutes,
    "handover": _handover,
    "heard": _heard,
    "question": _question,
    "answered": _answered,
    **mailboxes.WRITE,
    **no_lead.WRITE,
    **by_week.WRITE,
    **reminders.WRITE,
    **unsent.WRITE,
}


def _day(minutes: Minutes) -> str:
    return clock.date_words(minutes.discussion.held_on)


def _taken_back(session: Session, minutes: Minutes) -> Sequence[Share]:
    """What was shared of this record, whichever version, and taken back, oldest first."""
    back = sa.select(Share).join(Withdrawal, Withdrawal.share_id == Share.id).where(Share.thread == minutes.thread)
    back = back.order_by(Share.id)
    return session.scalars(back.options(joinedload(Share.partnership), joinedload(Share.withdrawal))).all()


def _with_whom(shares: Sequence[Share]) -> str:
    names = [f"the {given.partnership.short_name}" for given in shares]
    return words_joined(names) if names else ""


def _what(given: Share, minutes: Minutes) -> str:
    quoting = to_quote(given, minutes)
    return went(given, minutes, "your team") + (f"; {quoting}" if quoting else "")


def _leads(session: Session, minutes: Minutes, now: datetime) -> bool:
    """Whether whoever recorded minutes is their lead, so that they went to somebody else."""
    return appointed(session, minutes, minutes.recorded_by.ref, (Role.LEAD,), now) is not None


def _why_not_attached(
    to: Appointment, partnerships: Sequence[Partnership], minutes: Minutes, document: Document | None
) -> str:
    """Why the Word document waits behind sign-in instead of going with the letter; empty when it goes along."""
    settings = current_app.config["SETTINGS"]
    domain = to.address.email.rpartition("@")[2]
    wary = [p.short_name for p in partnerships if not any(_belongs(domain, known) for known in p.secure_domains)]
    if document is None:
        return "it is still being made"
    if document.body is None:
        return "the Word document is no longer kept"
    if not minutes.organisation.attaches:
        return f"{minutes.organisation.name} has asked for minutes not to be sent by email"
    if wary:
        return f"{domain} is not one of the secure email domains of the {wary[0]}"
    if to.address.proved_at is None:
        return "nobody has signed in with this address yet"
    if not (settings.mail_use_tls or settings.mail_use_ssl or settings.demonstration):
        return "the mail system is not reached over a verified connection"
    return "it is too large for an email" if document.size > LARGEST_ATTACHMENT else ""


def _belongs(domain: str, known: str) -> bool:
    return domain == known or domain.endswith(f".{known}")


def _attached(minutes: Minutes, document: Document) -> Attachment:
    return Attachment(queries.file_name(minutes), WORD, document.body or b"")
