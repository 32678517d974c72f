"""What became of the letters about a set of minutes, as lines of its dated list: every try and everything that came
back, in plain words, and for those who receive the minutes with the address and the mail system's own words.

No line says that a letter arrived: that a mail system took it is all that can be known. Five statements.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.clock import moment_words
from app.discussions.models import Minutes
from app.forwarding.models import Answer, Question
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Person
from app.post.models import Attempt, Delivery, Outcome, State
from app.post.queries import DELAYED, Returned, lower, returned_of_many
from app.post.told import Telling, ToldOf
from app.post.tries import Try, WasHeld, held_before, tries, waits_since

LONGEST_SAID = 200
_LETTERS = {
    "minutes": "email to {}",
    "mailbox": "email to the shared mailbox {}",
    "reminder": "email that reminds {}",
    "unsent": "email to {} about a letter that did not arrive",
    "heard": "email about this to {}",
    "question": "email about the question to {}",
    "answered": "email about the answer to {}",
    "handover": "email to {} about minutes that waited",
    "weekly": "weekly email to {} (about these minutes too)",
}
_OF_MINUTES = ("minutes", "mailbox", "reminder", "unsent", "heard")
_OF_QUESTIONS = ("question", "answered")
_TO_READERS = ("minutes", "handover", "weekly")
_BRINGS = (*_TO_READERS, "mailbox")
_GONE = (Outcome.ACCEPTED, Outcome.MAYBE, Outcome.STOPPED)
_STANDS = dict.fromkeys(_BRINGS, "The minutes can still be read here.")
_STILL = "What it tells stands on this page."
_DELAYED = "It is delayed by more than 15 minutes."


class Line(NamedTuple):
    """Something that happened, as one sentence; `said` is what stands below it in small letters, mostly nothing. It may
    tell of so many `times` that the same happened. `delayed`: who waits for an email about it that waits too long."""

    at: datetime
    sentence: str
    said: str = ""
    times: int = 1
    delayed: str = ""


def letters(
    session: Session, minutes: Minutes, *, whole: bool, each: bool, now: datetime | None, deeds: Sequence[datetime]
) -> list[Line]:
    """The lines of all letters about a version. `whole`: with addresses and the mail system's own words. `each`: with a
    line for each try, however many there were. With `now` they say which letters are delayed. `deeds`: when people did
    something, in order; after the first that follows, what was owed and never tried was needed no more."""
    tried, untried = _tries(session, minutes, each=each), _untried_of(session, minutes)
    back = _returns(session, tried)
    names = _names(session, {*(one.person for one in tried), *(letter.person for letter in untried)})
    everything: list[Try | Delivery] = [*tried, *untried]
    waits = {one.ref for one in everything if now and _is_delayed(one, now)}
    return [
        *(_line(one, names, waits, whole=whole) for one in tried),
        *(_waits(Line(_since(one, deeds), _untried(one, names)), one, names, waits) for one in untried),
        *(Line(one.at, _came_back(one, names), _to_whom(one.address, one.said) if whole else "") for one in back),
        *(line for one in held_before(session, {one.ref for one in tried}) for line in _was_held(one, names)),
    ]


def _line(one: Try, names: dict[str, str], waits: Collection[str], *, whole: bool) -> Line:
    line = Line(one.at, _tried(one, names), _to_whom(one.address, one.said) if whole else "", one.times)
    return _waits(line, one, names, waits) if one.newest else line


def _waits(line: Line, one: Try | Delivery, names: dict[str, str], waits: Collection[str]) -> Line:
    """The same line, saying so where the letter is among those that wait too long."""
    if one.ref not in waits:
        return line
    whom = names.get(one.person, "") if one.kind in _TO_READERS else ""
    return line._replace(sentence=f"{line.sentence} {_DELAYED}", delayed=whom)


def _is_delayed(one: Try | Delivery, now: datetime) -> bool:
    since = one.waits_since if isinstance(one, Try) else waits_since(one)
    return since is not None and now - since >= DELAYED


def _since(letter: Delivery, deeds: Sequence[datetime]) -> datetime:
    """When there was something to say of a letter that nobody tried: when it fell due, or became needless."""
    needless = letter.state is State.SUPERSEDED
    after = next((at for at in deeds if at > letter.owed_since), None) if needless else None
    return after + timedelta(microseconds=1) if after else letter.owed_since


def _returns(session: Session, tried: Collection[Try]) -> list[Returned]:
    """What came back of the letters of these tries, where one of them may have gone out."""
    gone = {one.ref for one in tried if one.outcome in _GONE}
    found = returned_of_many(session, {one.kind for one in tried}, {one.about for one in tried})
    return [one for one in found if one.ref in gone]


def posted(session: Session, minutes: Minutes) -> list[tuple[str, list[str], str]]:
    """What became in the end of each letter that brought a version to somebody: to whom, what there is to say of it,
    in sentences, and the mail system's own words. Those that a mail system took first."""
    brings = Delivery.kind.in_(_BRINGS)
    tried, untried = _tries(session, minutes, brings), _untried_of(session, minutes, brings)
    last = {one.ref: one for one in tried}
    back = {one.ref: one for one in _returns(session, tried) if one.came_back}
    names = _names(session, {*(one.person for one in tried), *(letter.person for letter in untried)})
    ends = sorted(last.items(), key=lambda pair: pair[1].outcome is not Outcome.ACCEPTED)
    return [
        *(
            (f"{names.get(one.person, 'Somebody')}\n{one.address}", *_end(one, back.get(key), names))
            for key, one in ends
        ),
        *((names.get(letter.person, "Somebody"), [_untried(letter, names)], "") for letter in untried),
    ]


def _end(one: Try, back: Returned | None, names: dict[str, str]) -> tuple[list[str], str]:
    """What a letter came to. One that came back and was sent anew is told by the sending."""
    if back is not None and back.at >= one.at:
        came_back = f"It came back on {moment_words(back.at)}: {lower(back.why)}."
        return [f"{moment_words(one.at)}: the mail system took it.", came_back], ""
    said = f"It said: {_short(one.said)}" if one.said else ""
    if one.outcome is Outcome.ACCEPTED:
        attached = " with the Word document" if one.attached else ""
        twice = ["It may have arrived twice."] if one.twice else []
        return [f"{moment_words(one.at)}: the mail system took it{attached}.", *twice], said
    return [f"{moment_words(one.at)}: {lower(_tried(one, names))}."], said


def _letters_of(minutes: Minutes) -> sa.ColumnElement[bool]:
    """Whether a letter is about a version, or about what was asked and answered about it, or ever told of it among
    others. Each part has an index of its own."""
    mine, asked = aliased(Delivery), sa.select(Question.ref).where(Question.minutes_id == minutes.id)
    answered = sa.select(Answer.ref).join(Question, Question.id == Answer.question_id)
    found = sa.union_all(
        sa.select(mine.id).where(mine.kind.in_(_OF_MINUTES), mine.about == minutes.ref),
        sa.select(mine.id).where(mine.kind == "question", mine.about.in_(asked)),
        sa.select(mine.id).where(
            mine.kind == "answered", mine.about.in_(answered.where(Question.minutes_id == minutes.id))
        ),
        sa.select(Telling.delivery_id).join(ToldOf).where(ToldOf.about == minutes.ref),
    )
    return Delivery.id.in_(found)


def _told(minutes: Minutes, telling_id: Any) -> sa.ColumnElement[bool]:
    """Whether a letter of `_letters_of` is about a version, or told of it as it was written."""
    told = sa.select(ToldOf.telling_id).where(ToldOf.about == minutes.ref)
    return sa.or_(Delivery.about == minutes.ref, Delivery.kind.in_(_OF_QUESTIONS), telling_id.in_(told))


def _tries(session: Session, minutes: Minutes, *only: sa.ColumnElement[bool], each: bool = False) -> list[Try]:
    """The tries at the letters of a version that told of it."""
    return tries(session, _letters_of(minutes), _told(minutes, Attempt.telling_id), *only, each=each)


def _untried_of(session: Session, minutes: Minutes, *only: sa.ColumnElement[bool]) -> Sequence[Delivery]:
    """The letters of a version that nobody has tried to hand over."""
    newest = sa.select(sa.func.max(Telling.id)).where(Telling.delivery_id == Delivery.id).scalar_subquery()
    never = ~sa.exists().where(Attempt.delivery_id == Delivery.id)
    found = sa.select(Delivery).where(_letters_of(minutes), _told(minutes, newest), never, *only)
    return session.scalars(found.order_by(Delivery.owed_since, Delivery.id)).all()


def _names(session: Session, refs: Collection[str]) -> dict[str, str]:
    people = sa.select(Person.ref, Person.name).where(Person.ref.in_(refs))
    mailboxes = sa.select(SharedMailbox.ref, SharedMailbox.name).where(SharedMailbox.ref.in_(refs))
    return {row.ref: row.name for row in session.execute(people.union_all(mailboxes))} if refs else {}


def _letter(kind: str, person: str, names: dict[str, str]) -> str:
    return _LETTERS.get(kind, "email to {}").format(names.get(person, "somebody"))


def _tried(one: Try, names: dict[str, str]) -> str:
    what = _letter(one.kind, one.person, names)
    many, why = "", f": {lower(one.why)}."
    if one.times > 1:
        between = f"between {moment_words(one.first_at)} and {moment_words(one.at)}"
        many, why = f" It was tried {one.times} times {between}; the last time{why}", "."
    if one.outcome is Outcome.ACCEPTED:
        attached = ", with the Word document" if one.attached else ""
        twice = " It may have arrived twice, because an earlier try was not confirmed." if one.twice else ""
        return f"The mail system took the {what}{attached}.{many}{twice}"
    if one.outcome is Outcome.MAYBE:
        return f"The {what} may have been sent.{many}{_in_doubt(one)}"
    if one.outcome is Outcome.PERM:
        return f"The {what} could not be sent{why}{many} {_STANDS.get(one.kind, _STILL)}{_goes_on(one, '')}"
    begun = {
        Outcome.STOPPED: f"Sending the {what} was interrupted.",
        Outcome.UNWRITTEN: f"The {what} could not be written yet.",
    }.get(one.outcome, f"The mail system could not take the {what} yet{why}")
    return f"{begun}{many}{_goes_on(one, ' It is not tried again.')}"


def _goes_on(one: Try, otherwise: str) -> str:
    """What the newest try leads to; of an older one the next line says it."""
    return "" if not one.newest else " It will be tried again." if one.goes_on else otherwise


def _in_doubt(one: Try) -> str:
    if one.newest and one.goes_on:
        return " It will be sent again, so it may arrive twice."
    if one.newest:
        may = "have arrived twice or not at all" if one.twice else "not have arrived"
        return f" It may {may}. It is not sent again."
    return " It may have arrived twice." if one.twice else ""


def _untried(letter: Delivery, names: dict[str, str]) -> str:
    """A letter that nobody has tried to hand over: it waits, or is not wanted any more."""
    what = _letter(letter.kind, letter.person, names)
    why = f": {lower(letter.last_reason)}" if letter.last_reason else ""
    over = letter.next_try_at is None and letter.state in (State.SUPERSEDED, State.FAILED, State.QUARANTINED)
    return f"The {what} was not sent{why}." if over else f"The {what} waits to be sent{why}."


def _came_back(one: Returned, names: dict[str, str]) -> str:
    what = _letter(one.kind, one.person, names)
    if not one.came_back:
        return f"The mail system is still trying to pass the {what} on."
    return f"The {what} came back: {lower(one.why)}. {_STANDS.get(one.kind, _STILL)}"


def _was_held(one: WasHeld, names: dict[str, str]) -> list[Line]:
    what = _letter(one.kind, one.person, names)
    stands = _STANDS.get(one.kind, _STILL)
    why = f"letters to this address came back: {lower(one.why)}"
    return [
        Line(one.since, f"The {what} was held back: {why}. {stands}"),
        Line(one.until, f"The address was said to be right again, so the {what} was held back no longer."),
    ]


def _to_whom(address: str, said: str) -> str:
    words = f"The mail system’s own words: {_short(said)}" if said else ""
    return " ".join(filter(None, [f"To {address}." if address else "", words]))


def _short(said: str) -> str:
    return f"“{said[:LONGEST_SAID]}…”" if len(said) > LONGEST_SAID else f"“{said}”"
