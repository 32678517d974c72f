"""What must be true once everything broke and is well again: the service is held to what people were told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.database import db
from app.discussions.drafts import Draft, DraftRevision
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
    """Whatever a writer was told is sent is there, says what was written, and as that version."""
    there = {minutes.ref: minutes for minutes in session.scalars(sa.select(Minutes))}
    for ref, told in run.account.told.items():
        if ref not in there:
            yield f"minutes of turn {told.turn} are missing"
        elif _words_of(there[ref]) != told.words:
            yield f"minutes of turn {told.turn} say something else"
        elif there[ref].version != (told.version or there[ref].version):
            yield f"minutes of turn {told.turn} are version {there[ref].version}"
    if len(there) - len(run.account.told) > run.account.in_doubt:
        yield f"{len(there) - len(run.account.told)} minutes are there of which nobody was told"


def once_and_whole(session: Session, run: Nemesis) -> Iterator[str]:
    """What got no answer is there too as it was typed and once, or not at all."""
    sent = Counter(session.scalars(sa.select(Event.about).where(Event.kind == "sent")))
    said = {minutes.ref: _words_of(minutes) for minutes in session.scalars(sa.select(Minutes))}
    for words, times in Counter(said.values()).items():
        if times > 1:
            yield f"{times} minutes say: {words}"
    for ref, words in said.items():
        if sent[ref] != 1:
            yield f"minutes were sent {sent[ref]} times: {words}"
    for words in {*said.values(), *_in_drafts(session)} - run.account.typed:
        yield f"nobody typed: {words}"


def saved(session: Session, run: Nemesis) -> Iterator[str]:
    """Whatever a writer was told is saved is in the draft or beside it, among its earlier texts, or sent."""
    kept = {_words_of(minutes) for minutes in session.scalars(sa.select(Minutes))} | _in_drafts(session)
    for words, turn in run.account.saved.items():
        if words not in kept:
            yield f"a text that was saved at turn {turn} is missing: {words}"


def answers(session: Session, run: Nemesis) -> Iterator[str]:
    """Whatever breaks, the web server says so in a way that it means: with no fault of ours."""
    yield from run.account.faults


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

    What the mail server was given and threw away, with a sender that never heard of it, may be said to have gone too,
    but never to have been taken."""
    copies, thrown = run.stub.copies(), run.server.thrown
    gone = Counter(session.scalars(sa.select(Attempt.delivery_id).where(Attempt.outcome.in_(GONE))))
    taken = Counter(session.scalars(sa.select(Attempt.delivery_id).where(Attempt.outcome == Outcome.ACCEPTED)))
    refused = set(session.scalars(sa.select(Attempt.delivery_id).where(Attempt.outcome == Outcome.PERM)))
    for letter in session.scalars(sa.select(Delivery)):
        who = f"letter {letter.id} ({letter.kind}, {letter.state})"
        if letter.next_try_at is not None:
            yield f"{who} is not settled"
        came, given = copies[letter.message_id], copies[letter.message_id] + thrown[letter.message_id]
        if letter.state in REACHED and not (given if letter.state is State.MAYBE_SENT else came):
            yield f"{who} never came"
        if came < taken[letter.id] or given < gone[letter.id]:
            yield f"{who} is said to have gone {gone[letter.id]} times and came {came} times"
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


def _words_of(minutes: Minutes) -> str:
    return "\n".join(answer.words for answer in minutes.responses if answer.words)


def _in_drafts(session: Session) -> set[str]:
    """Every text that is kept under the questions of drafts: in them, set aside in them, and of earlier."""
    drafts = list(session.scalars(sa.select(Draft.content)))
    asides = [aside["typed"] for content in drafts for aside in content.get("set_aside", ())]
    contents = [*drafts, *asides, *session.scalars(sa.select(DraftRevision.typed))]
    return {point["words"] for one in contents for point in one.get("points", {}).values() if point["words"]}


def _subject(copy: Received) -> str:
    return str(copy.message["Subject"])


def _about(copy: Received) -> tuple[str, str] | None:
    """What a letter is and where it leads, where there may be one such letter to a person; None for the others."""
    body = copy.message.get_body(("plain",))
    link = re.search(r"https?://\S+/(minutes|questions)/\w+", str(body.get_content()) if body else "")
    kind = re.search("to read|has your minutes|a question about", _subject(copy))
    return (kind[0], link[0]) if kind and link else None


def unconfirmed(run: Nemesis) -> str:
    """How many letters were left in doubt, and of how many of those the mail server threw every copy away."""
    with db.reading() as session:
        left = session.scalars(sa.select(Delivery.message_id).where(Delivery.state == State.MAYBE_SENT)).all()
    copies = run.stub.copies()
    return f"{len(left)} not confirmed, {sum(not copies[message_id] for message_id in left)} of them thrown away"


WRITTEN: tuple[Judge, ...] = (submissions, saved, once_and_whole, answers, deeds, documents)
POSTED: tuple[Judge, ...] = (letters, owed, twice_at_most, one_name_each, roles)
INVARIANTS = (*WRITTEN, *POSTED)


def broken(run: Nemesis) -> dict[str, list[str]]:
    """By invariant, what breaks it, in words."""
    with db.reading() as session:
        return {judge.__name__: found for judge in INVARIANTS if (found := list(judge(session, run)))}
