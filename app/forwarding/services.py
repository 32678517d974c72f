"""What a lead does with minutes, and the making of their Word document.

Each deed holds the record first, as sending a correction does, so that two clicks, two tabs, a lead and her deputy, or
a lead and her team at once leave one account of what happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import policy
from app.database import Database
from app.discussions.models import Minutes
from app.errors import Conflict, Invalid
from app.forwarding import history, queries
from app.forwarding.document import minutes_document
from app.forwarding.models import Acknowledgement, Document, How, Question, Share, SharedAnswer, Withdrawal
from app.policy import Actor
from app.text import clean, is_blank
from app.trail.services import note

LONGEST_QUESTION = 2_000
DOCUMENTS_AT_ONCE = 5
TRIED_AGAIN = timedelta(minutes=1)
CORRECTED = "The team has sent a corrected version since. Open that one before you {}."


def acknowledge(session: Session, actor: Actor, minutes: Minutes, *, now: datetime) -> Acknowledgement:
    """The actor says by name "I have this". Said twice, or by a deputy after the lead, the first stands."""
    policy.require(actor, "acknowledge", minutes)
    _hold(session, minutes)
    said = session.scalars(
        sa.select(Acknowledgement).where(Acknowledgement.minutes_id == minutes.id, Acknowledgement.how == How.HERE)
    ).first()
    if said is not None:
        return said
    name, title = queries.signature(session, actor, minutes, now)
    said = Acknowledgement(
        minutes_id=minutes.id,
        organisation_id=minutes.organisation_id,
        person_id=_person(actor),
        name=name,
        title=title,
        at=now,
    )
    session.add(said)
    note(session, actor, "acknowledged", minutes.ref, now=now, organisation_id=minutes.organisation_id)
    return said


def share(
    session: Session,
    actor: Actor,
    minutes: Minutes,
    partnership_id: int,
    answers: Mapping[int, bool],
    *,
    now: datetime,
) -> Share:
    """Let answers go to a partnership that asked: `answers` maps the keys of responses to whether they may be quoted.

    It takes the place of what was shared with that partnership before; the same answers again change nothing. Raises
    `Conflict` for a version that has been corrected since, `Invalid` for a partnership that did not ask, an answer of
    other minutes, or no answer where there are some.
    """
    policy.require(actor, "share", minutes)
    _hold(session, minutes)
    _can_be_shared(minutes, partnership_id, answers)
    standing = [s for s in queries.standing_shares(session, minutes) if s.partnership_id == partnership_id]
    if standing and standing[0].minutes_id == minutes.id and _lets_go(standing[0]) == dict(answers):
        return standing[0]
    name, title = queries.signature(session, actor, minutes, now)
    given = Share(
        minutes_id=minutes.id,
        organisation_id=minutes.organisation_id,
        edition_id=minutes.edition_id,
        partnership_id=partnership_id,
        thread=minutes.thread,
        by_id=_person(actor),
        name=name,
        title=title,
        at=now,
        answers=[SharedAnswer(response_id=key, quotable=quotable) for key, quotable in sorted(answers.items())],
    )
    session.add(given)
    session.flush()
    where = {"organisation_id": minutes.organisation_id, "partnership_id": partnership_id}
    note(session, actor, "shared", minutes.ref, now=now, detail={"answers": len(answers)}, **where)
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
    words = clean(words).strip()
    if is_blank(words):
        raise Invalid("Write what you would like to ask the team.", "question")
    if len(words) > LONGEST_QUESTION:
        raise Invalid(f"Keep the question to {LONGEST_QUESTION:,} characters. It has {len(words):,} now.", "question")
    _hold(session, minutes)
    if not minutes.newest:
        raise Conflict(CORRECTED.format("ask"))
    again = next(
        (q for q in queries.questions(session, minutes) if (q.minutes_id, q.words) == (minutes.id, words)), None
    )
    if again is not None:
        return again
    name, title = queries.signature(session, actor, minutes, now)
    question = Question(
        minutes_id=minutes.id,
        organisation_id=minutes.organisation_id,
        by_id=_person(actor),
        name=name,
        title=title,
        words=words,
        at=now,
    )
    session.add(question)
    note(session, actor, "asked the team", minutes.ref, now=now, organisation_id=minutes.organisation_id)
    return question


def withdraw(session: Session, actor: Actor, given: Share, *, because: str = "", now: datetime) -> Withdrawal:
    """Take a share back: from now on the partnership does not see its answers. Done twice, the first stands.

    Raises `Conflict` where the answers were shared anew since, so that another share stands.
    """
    policy.require(actor, "share", given)
    _hold(session, given.minutes)
    taken = session.get(Withdrawal, given.id)
    if taken is not None:
        return taken
    if not given.shared:
        raise Conflict("These answers have been shared anew since. Open the page again and take that back.")
    taken = Withdrawal(share_id=given.id, by_id=_person(actor), at=now, because=clean(because).strip())
    session.add(taken)
    where = {"organisation_id": given.organisation_id, "partnership_id": given.partnership_id}
    note(session, actor, "withdrew the share", given.minutes.ref, now=now, **where)
    return taken


class DocumentMaker:
    """An errand of the sender: makes the Word documents that sent minutes still lack.

    No transaction is open while a document is made; of two senders that make the same one, the first to finish is kept.
    One that fails waits a minute while the others go on; `failed` remembers until when, for this process only.
    """

    def __init__(self) -> None:
        self.failed: dict[str, datetime] = {}

    def __call__(self, database: Database, now: datetime) -> int:
        """Make at most `DOCUMENTS_AT_ONCE`; returns how many. The first fault is raised after the others are made."""
        self.failed = {ref: until for ref, until in self.failed.items() if until > now}
        with database.reading() as session:
            refs = queries.waiting_for_document(session, now, DOCUMENTS_AT_ONCE, self.failed)
        faults = []
        for ref in refs:
            try:
                _make(database, ref, now)
            except DBAPIError:
                raise
            except Exception as fault:  # whatever it is, the other documents must be made
                self.failed[ref] = now + TRIED_AGAIN
                faults.append(fault)
        if faults:
            raise faults[0]
        return len(refs)


make_documents = DocumentMaker()


def _make(database: Database, ref: str, now: datetime) -> None:
    with database.reading() as session:
        facts = history.facts(session, ref)
    body = minutes_document(facts)
    with database.writing() as session:
        _keep(session, ref, body, now)


def _keep(session: Session, ref: str, body: bytes, now: datetime) -> None:
    minutes = session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()
    _hold(session, minutes)
    if session.get(Document, minutes.id) is None:
        digest = hashlib.sha256(body).hexdigest()
        where = {"minutes_id": minutes.id, "organisation_id": minutes.organisation_id}
        session.add(Document(**where, body=body, digest=digest, made_at=now))


def _hold(session: Session, minutes: Minutes) -> None:
    """Hold the record, all its versions, until the end of the transaction."""
    first = sa.select(Minutes.id).where(Minutes.thread == minutes.thread, Minutes.version == 1)
    session.execute(first.with_for_update(key_share=True))


def _lets_go(given: Share) -> dict[int, bool]:
    return {answer.response_id: answer.quotable for answer in given.answers}


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
