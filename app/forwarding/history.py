"""The dated list of what happened to a set of minutes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app import clock
from app.circulation.models import Asked
from app.discussions.models import Minutes, MinutesFor
from app.forwarding.course import Course, to_quote, went
from app.forwarding.models import Acknowledgement, Document, Question
from app.organisations.models import Appointment, Person
from app.organisations.queries import reaches
from app.post.models import Attempt, Delivery, Outcome
from app.trail.models import Event

Line = tuple[datetime, str]

_LETTERS = {
    "minutes": "email to {}",
    "heard": "email about this to {}",
    "question": "email about the question to {}",
    "handover": "email to {} about minutes that waited",
}
_ATTEMPTS = {
    Outcome.ACCEPTED: "The mail system took the {}.",
    Outcome.TEMP: "The mail system could not take the {} yet. It will be tried again.",
    Outcome.PERM: "The {} could not be sent. The minutes can still be read here.",
    Outcome.MAYBE: "The {} may have been sent. It will be sent again, so it may arrive twice.",
    Outcome.STOPPED: "Sending the {} was interrupted. It will be tried again.",
    Outcome.UNWRITTEN: "The {} could not be written yet. It will be tried again.",
}


def history(session: Session, minutes: Minutes, course: Course) -> list[Line]:
    """What happened to this version, oldest first: moments and sentences. The caller has checked who may read it."""
    lines = [
        *_sent(session, minutes),
        *_letters(session, minutes),
        *_readings(session, minutes),
        *_decisions(minutes, course),
    ]
    return sorted(lines, key=lambda line: line[0])


def _sent(session: Session, minutes: Minutes) -> list[Line]:
    version = "These minutes were" if minutes.version == 1 else f"Version {minutes.version} was"
    lines = [(minutes.sent_at, f"{version} sent by {minutes.recorded_by.name}.")]
    made = session.scalar(sa.select(Document.made_at).where(Document.minutes_id == minutes.id))
    return [*lines, (made, "The Word document was made.")] if made else lines


def _readings(session: Session, minutes: Minutes) -> list[Line]:
    """When each of those who receive them first opened them; the trail holds every time."""
    first = sa.func.min(Event.at, type_=Event.at.type)
    found = session.execute(
        sa.select(Event.by, first)
        .where(Event.about == minutes.ref, Event.kind == "read")
        .group_by(Event.person_id, Event.by)
    )
    return [(at, f"{name} opened these minutes.") for name, at in found]


def _letters(session: Session, minutes: Minutes) -> list[Line]:
    asked = sa.select(Question.ref).where(Question.minutes_id == minutes.id)
    of_it = sa.and_(Delivery.kind.in_(("minutes", "heard")), Delivery.about == minutes.ref)
    found = session.execute(
        sa.select(Delivery.kind, Attempt.at, Attempt.outcome, Person.name)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(Person, Person.ref == Delivery.person)
        .where(sa.or_(of_it, sa.and_(Delivery.kind == "question", Delivery.about.in_(asked)), _handed_over(minutes)))
        .order_by(Attempt.id)
    )
    return [(row.at, _ATTEMPTS[row.outcome].format(_LETTERS[row.kind].format(row.name))) for row in found]


def _handed_over(minutes: Minutes) -> sa.ColumnElement[bool]:
    """Whether a letter to somebody who came to the role later was about this version among others: those that she is to
    read, that were sent by then, and of which nobody had said by then that he or she has them."""
    later, by_then = aliased(Minutes), Attempt.at
    covers = sa.exists().where(MinutesFor.minutes_id == minutes.id, Asked.id == MinutesFor.asked_id)
    appointed = sa.select(Appointment.ref).where(
        Appointment.organisation_id == minutes.organisation_id,
        Appointment.person_id != minutes.recorded_by_id,
        covers.where(reaches(Appointment.id, Asked.team_id)).correlate(Appointment),
    )
    settled = (
        sa.exists().where(Acknowledgement.minutes_id == minutes.id, Acknowledgement.at < by_then),
        sa.exists().where(later.thread == minutes.thread, later.version > minutes.version, later.sent_at < by_then),
    )
    return sa.and_(
        Delivery.kind == "handover",
        Delivery.about.in_(appointed),
        by_then > minutes.sent_at,
        *(~done.correlate(Attempt) for done in settled),
    )


def _kept(said: Acknowledgement, course: Course) -> str:
    """What to add about somebody who has minutes while nothing of them is shared."""
    stood = [one for one in course.given if one.at <= said.at and not (one.withdrawal and one.withdrawal.at <= said.at)]
    return "" if stood else ", and does not share it for now"


def _decisions(minutes: Minutes, course: Course) -> list[Line]:
    """What was decided about this version. Neither the words of an answer nor those of a question: they are above."""
    lines = [(said.at, f"{said.name}, {said.title}, said “I have this”{_kept(said, course)}.") for said in course.said]
    for given in course.given:
        whom, quoting = given.partnership.short_name, to_quote(given, minutes)
        what = f"{went(given, minutes)} with the {whom}{f'; {quoting}' if quoting else ''}"
        by = f"By the standing decision of {given.name}, {given.title},"
        decided = f"{by} of {clock.date_words(given.under.at)}: shared {what}." if given.under else ""
        lines.append((given.at, decided or f"{given.name}, {given.title}, shared {what}."))
        if back := given.withdrawal:
            lines.append((back.at, f"{back.by.name} took back what was shared with the {whom}."))
    asked = [question for question in course.questions if question.minutes_id == minutes.id]
    later = [version for version in course.versions if version.version > minutes.version][:1]
    return [
        *lines,
        *((question.at, f"{question.name}, {question.title}, asked the team a question.") for question in asked),
        *((one.at, f"{one.name} answered the question.") for question in asked for one in question.replies),
        *((version.sent_at, f"Version {version.version} took its place.") for version in later),
    ]
