"""What a lead does with minutes, and the keeping of their Word document.

Each deed holds the record first, as sending a correction does, so that two clicks, two tabs, a lead and her deputy, or
a lead and her team at once leave one account of what happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.clock import date_words, today
from app.discussions.models import Minutes
from app.errors import Conflict, Invalid
from app.forwarding import queries
from app.forwarding.models import Acknowledgement, Answer, Document, How, Question, Share, SharedAnswer, Withdrawal
from app.forwarding.receivers import Receiver
from app.organisations.decisions import StandingDecision
from app.policy import Actor
from app.text import clean, is_blank
from app.trail.services import note

LONGEST_QUESTION, LONGEST_ANSWER = 2_000, 10_000
CORRECTED = "The team has sent a corrected version since. Open that one before you {}."


def acknowledge(session: Session, actor: Actor, minutes: Minutes, *, now: datetime) -> Acknowledgement:
    """The actor says by name "I have this". Said twice, or by a deputy after the lead, the first stands."""
    policy.require(actor, "acknowledge", minutes)
    hold_record(session, minutes)
    said = session.scalars(
        sa.select(Acknowledgement).where(Acknowledgement.minutes_id == minutes.id, Acknowledgement.how == How.HERE)
    ).first()
    if said is not None:
        return said
    said = Acknowledgement(minutes_id=minutes.id, **_signed(session, actor, minutes, now, "person_id"))
    session.add(said)
    note(session, actor, "acknowledged", minutes.ref, now=now, organisation_id=minutes.organisation_id)
    return said


def note_told(
    session: Session, actor: Actor, minutes: Minutes, person: str, on: date, *, now: datetime
) -> Acknowledgement:
    """Note that somebody, of this reference, told the actor on a day that she has minutes. Whoever is said to have them
    first stands. Raises `Invalid`, or `Conflict` where somebody has them already or a correction came."""
    policy.require(actor, "note_told", minutes)
    hold_record(session, minutes)
    if again := session.scalars(sa.select(Acknowledgement).filter_by(minutes_id=minutes.id, how=How.TOLD)).first():
        return again
    who = next((one for one in queries.may_be_said(session, actor, minutes, now) if one.person_ref == person), None)
    if not minutes.newest or queries.acknowledgement(session, minutes) is not None:
        raise Conflict("Somebody has said “I have this”, or a corrected version was sent, since you opened this page.")
    if who is None:
        raise Invalid("Choose who told you.", "who")
    if not today(minutes.sent_at) <= on <= today(now):
        sent_on = date_words(today(minutes.sent_at))
        raise Invalid(f"Give a day from {sent_on}, when the minutes were sent, to today.", "on")
    said = _told(minutes, who, on, now, noted_by_id=_person(actor), noted_by=actor.name)
    session.add(said)
    where = {"organisation_id": minutes.organisation_id, "detail": {"person": who.person_ref, "on": on.isoformat()}}
    note(session, actor, "noted as told", minutes.ref, now=now, **where)
    return said


def _told(minutes: Minutes, who: Receiver, on: date, now: datetime, **noted: Any) -> Acknowledgement:
    where: dict[str, Any] = {"minutes_id": minutes.id, "organisation_id": minutes.organisation_id}
    told: dict[str, Any] = {"person_id": who.person_id, "name": who.name, "title": who.title}
    return Acknowledgement(**where, **told, **noted, at=now, how=How.TOLD, told_on=on)


def share(
    session: Session,
    actor: Actor,
    minutes: Minutes,
    partnership_id: int,
    answers: Mapping[int, bool],
    *,
    now: datetime,
    actions: bool = True,
    question: bool = True,
    under: StandingDecision | None = None,
) -> Share:
    """Let answers go to a partnership: `answers` maps the keys of responses to whether they may be quoted; `actions` is
    what the team will do, `question` its question to the partnership, `under` a decision taken beforehand. The same
    again changes nothing, else it takes its place. Raises `Conflict` for a version corrected since, or `Invalid`."""
    policy.require(actor, "share", minutes)
    hold_record(session, minutes)
    _can_be_shared(minutes, partnership_id, answers)
    it = (minutes.id, partnership_id, dict(answers), actions, question)
    if again := next((g for g in queries.standing_shares(session, minutes) if _lets_go(g) == it), None):
        return again
    given = Share(
        partnership_id=partnership_id,
        answers=[SharedAnswer(response_id=key, quotable=quotable) for key, quotable in sorted(answers.items())],
        lets_actions=actions,
        lets_question=question,
        under_id=under.id if under else None,
        **_of(session, actor, minutes, now),
    )
    return _give(session, actor, given, minutes.ref, {"under": under.ref} if under else {})


def _of(session: Session, actor: Actor, minutes: Minutes, now: datetime) -> dict[str, Any]:
    """Which version a share is of, and who gives it."""
    of = {"minutes_id": minutes.id, "edition_id": minutes.edition_id, "thread": minutes.thread}
    return of | _signed(session, actor, minutes, now)


def _give(session: Session, actor: Actor, given: Share, ref: str, detail: dict[str, Any]) -> Share:
    session.add(given)
    session.flush()
    where = {"organisation_id": given.organisation_id, "partnership_id": given.partnership_id}
    note(session, actor, "shared", ref, now=given.at, detail={"answers": len(given.answers), **detail}, **where)
    return given


def _can_be_shared(minutes: Minutes, partnership_id: int, answers: Mapping[int, bool]) -> None:
    if not minutes.newest:
        raise Conflict(CORRECTED.format("share"))
    if partnership_id not in {p.id for p in queries.partnerships_of(minutes)}:
        raise Invalid("That partnership did not ask for these minutes.")
    there = {response.id for response in minutes.responses}
    if set(answers) - there:
        raise Invalid("One of these answers is not part of these minutes. Open the page again.")
    if there and not answers:
        raise Invalid("Tick at least one answer to share.", "answers")


def ask_team(session: Session, actor: Actor, minutes: Minutes, words: str, *, now: datetime) -> Question:
    """Ask the team something before deciding. The same words again are the same question.

    Raises `Invalid` where the words are missing or too many, `Conflict` where the team has sent a correction since.
    """
    policy.require(actor, "ask_team", minutes)
    words = _question(words)
    hold_record(session, minutes)
    if not minutes.newest:
        raise Conflict(CORRECTED.format("ask"))
    asked = queries.questions(session, minutes)
    again = next((q for q in asked if (q.minutes_id, q.words) == (minutes.id, words)), None)
    if again is not None:
        return again
    question = Question(minutes_id=minutes.id, words=words, **_signed(session, actor, minutes, now))
    session.add(question)
    note(session, actor, "asked the team", minutes.ref, now=now, organisation_id=minutes.organisation_id)
    return question


def answer_question(session: Session, actor: Actor, question: Question, words: str, *, now: datetime) -> Answer:
    """The team answers what it was asked. The same words again are the same answer.

    Raises `Invalid` where the words are missing or too many.
    """
    policy.require(actor, "correct_minutes", question.minutes)
    words = clean(words).strip()
    if is_blank(words):
        raise Invalid("Write your answer.", "words")
    if len(words) > LONGEST_ANSWER:
        raise Invalid(f"Keep the answer to {LONGEST_ANSWER:,} characters. It has {len(words):,} now.", "words")
    hold_record(session, question.minutes)
    given = session.scalars(sa.select(Answer).where(Answer.question_id == question.id)).all()
    again = next((answer for answer in given if answer.words == words), None)
    if again is not None:
        return again
    answer = Answer(question_id=question.id, by_id=_person(actor), name=actor.name, words=words, at=now)
    session.add(answer)
    where = {"organisation_id": question.organisation_id}
    note(session, actor, "answered", question.minutes.ref, now=now, **where)
    return answer


def _question(words: str) -> str:
    words = clean(words).strip()
    if is_blank(words):
        raise Invalid("Write what you would like to ask the team.", "question")
    if len(words) > LONGEST_QUESTION:
        raise Invalid(f"Keep the question to {LONGEST_QUESTION:,} characters. It has {len(words):,} now.", "question")
    return words


def withdraw(session: Session, actor: Actor, given: Share, *, now: datetime) -> Withdrawal:
    """Take a share back: from now on the partnership does not see its answers. Done twice, the first stands.

    Raises `Conflict` where the answers were shared anew since, so that another share stands.
    """
    policy.require(actor, "share", given)
    hold_record(session, given.minutes)
    taken = session.get(Withdrawal, given.id)
    now_stands = {(share.thread, share.partnership_id) for share in queries.standing_shares(session, given.minutes)}
    if not given.shared and (given.thread, given.partnership_id) in now_stands:
        raise Conflict("These answers have been shared anew since. Open the page again and take that back.")
    if taken is not None:
        return taken
    taken = Withdrawal(share_id=given.id, by_id=_person(actor), at=now)
    session.add(taken)
    where = {"organisation_id": given.organisation_id, "partnership_id": given.partnership_id}
    note(session, actor, "withdrew the share", given.minutes.ref, now=now, **where)
    return taken


def hold(session: Session, actor: Actor, minutes: Minutes) -> None:
    """Hold the record until the end of the transaction: what is read of it from here on is what will still be so when
    something is decided by it."""
    policy.require(actor, "receive_minutes", minutes)
    hold_record(session, minutes)


def keep_document(session: Session, ref: str, body: bytes, *, now: datetime) -> Document:
    """Keep the Word document of the minutes of a reference; if one is kept already, that one stays."""
    minutes = session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()
    hold_record(session, minutes)
    kept = session.get(Document, minutes.id)
    if kept is None:
        digest = hashlib.sha256(body).hexdigest()
        where = {"minutes_id": minutes.id, "organisation_id": minutes.organisation_id}
        kept = Document(**where, body=body, digest=digest, made_at=now)
        session.add(kept)
    return kept


def hold_record(session: Session, minutes: Minutes) -> None:
    """Hold the record, all its versions, until the end of the transaction."""
    first = sa.select(Minutes.id).where(Minutes.thread == minutes.thread, Minutes.version == 1)
    session.execute(first.with_for_update(key_share=True))


def _signed(session: Session, actor: Actor, minutes: Minutes, now: datetime, who: str = "by_id") -> dict[str, Any]:
    """Who did something, under which title, where and when, as the rows have it."""
    name, title = queries.signature(session, actor, minutes, now)
    return {
        "organisation_id": minutes.organisation_id,
        who: _person(actor),
        "name": name,
        "title": title,
        "at": now,
    }


def _lets_go(given: Share) -> tuple[int, int, dict[int, bool], bool, bool]:
    answers = {answer.response_id: answer.quotable for answer in given.answers}
    return given.minutes_id, given.partnership_id, answers, given.lets_actions, given.lets_question


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
