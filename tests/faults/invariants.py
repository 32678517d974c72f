"""What must be true once everything broke and is well again: the service is held to what people were told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import db
from app.discussions.models import Minutes
from app.forwarding.models import Acknowledgement, Answer, Document, Question, Share
from app.organisations.models import Person
from app.post.models import Attempt, Delivery, Outcome, State
from app.trail.models import Event
from tests.faults.nemesis import Nemesis
from tests.post.smtp_stub import Received

REACHED = (State.ACCEPTED, State.MAYBE_SENT, State.BOUNCED)
GONE = (Outcome.ACCEPTED, Outcome.MAYBE)
TO_READ = re.compile("minutes to read")
Judge = Callable[[Session, Nemesis], Iterator[str]]


def submissions(session: Session, run: Nemesis) -> Iterator[str]:
    """Whatever a writer was told is sent is there, says what was written, and was sent once."""
    there = {minutes.ref: minutes for minutes in session.scalars(sa.select(Minutes))}
    sent = Counter(session.scalars(sa.select(Event.about).where(Event.kind == "sent")))
    for ref, told in run.account.told.items():
        if ref not in there:
            yield f"minutes of turn {told.turn} are missing"
        elif [answer.words for answer in there[ref].responses if answer.words] != [told.words]:
            yield f"minutes of turn {told.turn} say something else"
        elif (there[ref].version, sent[ref]) != (told.version, 1):
            yield f"minutes of turn {told.turn} were sent {sent[ref]} times"
    if len(there) - len(run.account.told) > run.account.in_doubt:
        yield f"{len(there) - len(run.account.told)} minutes are there of which nobody was told"


def deeds(session: Session, run: Nemesis) -> Iterator[str]:
    """Whatever a lead or a team was told is done is there."""
    kept = {
        "acknowledged": set(session.scalars(sa.select(Minutes.ref).join(Acknowledgement))),
        "shared": set(session.scalars(sa.select(Minutes.ref).join(Share, Share.minutes_id == Minutes.id))),
        "asked": set(session.scalars(sa.select(Question.ref))),
        "answered": set(session.scalars(sa.select(Question.ref).join(Answer))),
        "bounced": set(session.scalars(sa.select(Delivery.ref).where(Delivery.state == State.BOUNCED))),
    }
    for what, there in kept.items():
        if missing := set(getattr(run.account, what)) - there:
            yield f"{len(missing)} are not {what} any more"


def letters(session: Session, run: Nemesis) -> Iterator[str]:
    """Every letter is settled, and came as often as it is said to have gone, or says why it did not come.

    After a strike the mail server may have thrown one copy away unseen; it strikes no letter twice."""
    copies, struck = run.stub.copies(), set(run.server.struck.read_text().split())
    gone = Counter(session.scalars(sa.select(Attempt.delivery_id).where(Attempt.outcome.in_(GONE))))
    refused = set(session.scalars(sa.select(Attempt.delivery_id).where(Attempt.outcome == Outcome.PERM)))
    for letter in session.scalars(sa.select(Delivery)):
        who = f"letter {letter.id} ({letter.kind}, {letter.state})"
        if letter.next_try_at is not None:
            yield f"{who} is not settled"
        if letter.state in REACHED and not copies[letter.message_id]:
            yield f"{who} never came"
        if copies[letter.message_id] < gone[letter.id] - (letter.message_id in struck):
            yield f"{who} is said to have gone {gone[letter.id]} times and came {copies[letter.message_id]} times"
        if letter.state not in REACHED and not letter.last_reason:
            yield f"{who} does not say why"
        if letter.state is State.FAILED and letter.id not in refused:
            yield f"{who} was refused by nobody"


def owed(session: Session, run: Nemesis) -> Iterator[str]:
    """Every lead has been written to about all that was sent to her and that nobody has."""
    newest = Minutes.newest & ~sa.exists().where(Acknowledgement.minutes_id == Minutes.id)
    waiting = set(session.scalars(sa.select(Minutes.ref).where(newest)))
    people = {person.id: person.ref for person in session.scalars(sa.select(Person))}
    noted = {(row.kind, row.about, row.person): row.state for row in session.scalars(sa.select(Delivery))}
    for ref, told in run.account.told.items():
        place = run.places[told.place]
        if ref not in waiting:
            continue
        kind, about = ("minutes", ref) if told.turn > place.since else ("handover", place.appointment)
        state = noted.get((kind, about, people[place.lead]))
        if state is None or state is State.SUPERSEDED:
            yield f"the lead has no letter ({kind}, {state}) about the minutes of turn {told.turn}"


def twice_at_most(session: Session, run: Nemesis) -> Iterator[str]:
    """No letter came more than twice, and one that came twice says so."""
    told = set(session.scalars(sa.select(Attempt.delivery_id).where(Attempt.outcome.in_(("maybe", "stopped")))))
    ids = {row.message_id: row for row in session.scalars(sa.select(Delivery))}
    for message_id, copies in run.stub.copies().items():
        if message_id not in ids:
            yield f"a letter came that nobody wrote: {message_id}"
        elif copies > 2:
            yield f"letter {ids[message_id].id} came {copies} times"
        elif copies == 2 and ids[message_id].id not in told:
            yield f"letter {ids[message_id].id} came twice and does not say so"


def one_name_each(session: Session, run: Nemesis) -> Iterator[str]:
    """What is one letter to a person bears one Message-ID, however often it came."""
    names: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for copy in run.stub.received:
        if about := _about(copy):
            names[copy.recipient, *about].add(copy.message_id)
    for (recipient, *about), found in names.items():
        if len(found) > 1:
            yield f"{recipient} had {len(found)} letters about {about}"


def roles(session: Session, run: Nemesis) -> Iterator[str]:
    """Minutes were announced only to who held the role at the moment of arrival."""
    for number, copy in enumerate(run.stub.received):
        held = [(first, last) for address, first, last in run.account.held if address == copy.recipient]
        if TO_READ.search(_subject(copy)) and not any(
            first <= number and (last is None or number < last) for first, last in held
        ):
            yield f"{copy.recipient} had a letter without the role"


def documents(session: Session, run: Nemesis) -> Iterator[str]:
    """Of all that was sent there is one whole Word document."""
    kept = {document.minutes_id: document for document in session.scalars(sa.select(Document))}
    for minutes in session.scalars(sa.select(Minutes).where(Minutes.ref.in_(run.account.told))):
        document = kept.get(minutes.id)
        if document is None or sha256(document.body).hexdigest() != document.digest:
            yield f"{minutes.ref} has no whole document"


def _subject(copy: Received) -> str:
    return str(copy.message["Subject"])


def _about(copy: Received) -> tuple[str, str] | None:
    """What a letter is and where it leads, where there may be one such letter to a person; None for the others."""
    body = copy.message.get_body(("plain",))
    link = re.search(r"https?://\S+/(minutes|questions)/\w+", str(body.get_content()) if body else "")
    kind = re.search("to read|has your minutes|a question about", _subject(copy))
    return (kind[0], link[0]) if kind and link else None


INVARIANTS: tuple[Judge, ...] = (submissions, deeds, letters, owed, twice_at_most, one_name_each, roles, documents)


def broken(run: Nemesis) -> dict[str, list[str]]:
    """By invariant, what breaks it, in words."""
    with db.reading() as session:
        return {judge.__name__: found for judge in INVARIANTS if (found := list(judge(session, run)))}
