"""Enters answers that a team sent to its partnership outside the service, corrects them and takes them back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import policy
from app.circulation import dating
from app.circulation.models import Asked
from app.clock import today
from app.discussions import entered, holding
from app.discussions.outside import Entry, Outside, OutsideAnswer, OutsideTaken
from app.discussions.record import Answer
from app.errors import Invalid
from app.policy import Actor
from app.trail.services import note


def enter(session: Session, actor: Actor, asked: Asked, sent: Entry, *, now: datetime) -> Outside:
    """Keep what a team sent. Something else than what stands takes its place; the same again changes nothing.

    Raises `Invalid` where there is no answer in it, or the month is still to come, `Conflict` where recording is closed
    and nothing stands.
    """
    policy.require(actor, "enter_outside", asked)
    if not sent.answers:
        first = f"points-{asked.circulation.edition.points[0].key}-words"
        raise Invalid("Write at least one answer: without any there is nothing to enter.", first)
    if sent.month > today(now):
        raise Invalid("This month is still to come.", "month")
    holding.hold(session, asked)
    before = entered.standing(session, asked)
    if before is not None and entry_of(before) == sent:
        return before
    if before is None:
        dating.hold_open(session, asked.circulation)
    made = _outside(asked, sent, holding.person(actor), entered.versions(session, asked) + 1, now)
    session.add(made)
    session.flush()
    where = {"organisation_id": asked.organisation_id, "partnership_id": asked.partnership_id}
    detail = {"asked": asked.ref, "version": made.version, "answers": len(sent.answers)}
    note(session, actor, "entered from outside", made.ref, now=now, detail=detail, **where)
    return made


def _outside(asked: Asked, sent: Entry, by_id: int, version: int, now: datetime) -> Outside:
    edition = asked.circulation.edition
    points = {point.key: point.id for point in edition.points}
    return Outside(
        organisation_id=asked.organisation_id,
        asked_id=asked.id,
        edition_id=edition.id,
        month=sent.month,
        setting=sent.setting,
        present=sent.present,
        received=sent.received,
        by_id=by_id,
        at=now,
        version=version,
        answers=[_answer(answer, points[answer.key]) for answer in sent.answers],
    )


def _answer(answer: Answer, point_id: int) -> OutsideAnswer:
    counts = {"yes": answer.yes, "partly": answer.partly, "not_yet": answer.not_yet}
    return OutsideAnswer(point_id=point_id, words=answer.words, not_counted=answer.not_counted, **counts)


def entry_of(stands: Outside) -> Entry:
    """What was entered, as it would be entered again: answers in the order of the points."""
    said = sorted(stands.answers, key=lambda one: one.point.position)
    return Entry(
        month=stands.month,
        setting=stands.setting,
        present=stands.present,
        received=stands.received,
        answers=tuple(
            Answer(
                key=one.point.key,
                words=one.words,
                yes=one.yes,
                partly=one.partly,
                not_yet=one.not_yet,
                not_counted=one.not_counted,
            )
            for one in said
        ),
    )


def take_back(session: Session, actor: Actor, stands: Outside, *, now: datetime) -> OutsideTaken:
    """From now on nobody reads what was entered. Done twice, the first stands."""
    policy.require(actor, "enter_outside", stands)
    holding.hold(session, stands.asked)
    taken = session.get(OutsideTaken, stands.id)
    if taken is None:
        taken = OutsideTaken(outside_id=stands.id, by_id=holding.person(actor), at=now)
        session.add(taken)
        session.flush()
        where = {"organisation_id": stands.organisation_id, "partnership_id": stands.asked.partnership_id}
        note(session, actor, "entry taken back", stands.ref, now=now, detail={"asked": stands.asked.ref}, **where)
    return taken
