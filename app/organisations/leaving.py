"""Notes on which days somebody is away, moves the last of them, and calls them off: by herself, by whoever looks after
the people of her organisation, or by command. Whoever does it for somebody else owes her a letter (`emails`)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.clock import date_words, today
from app.database import new_ref
from app.errors import Conflict, Invalid, NotFound
from app.organisations.models import Address, Appointment, Leave, Partnership, Person
from app.policy import Actor
from app.trail import services as trail

DAY, LONGEST = timedelta(days=1), timedelta(days=366)
CHANGED = "This was changed on another page after you opened this one. Look at it again, then decide."
OVER = "These days are over, or were called off. Nothing was changed."
TOO_FAR = "This is more than a year ahead. Give a day within a year: it can be moved later."


def note_leave(
    session: Session, actor: Actor, held: Appointment, starts_on: date, ends_on: date, *, now: datetime
) -> Leave:
    """Note that whoever holds an appointment is away, both days included, wherever she holds one. Raises `Invalid` with
    the field for days that are past, too far ahead, the wrong way round or noted already."""
    policy.require(actor, "note_leave", held)
    if starts_on < today(now):
        raise Invalid("The first day can be today at the earliest: of days gone by, letters are sent.", "starts_on")
    return _add(session, actor, held.person, starts_on, ends_on, now)


def change_leave(
    session: Session, actor: Actor, held: Appointment, leave: Leave, last: date | None, *, seen: str, now: datetime
) -> None:
    """Move the last day away of whoever holds an appointment; without one the leave is called off: all of it before it
    has begun, else from today on. `seen` is the `change` that the page showed. Raises `Conflict` where it was changed
    since or is over, `Invalid` as above."""
    policy.require(actor, "note_leave", held)
    if leave.person_id != held.person_id:
        raise NotFound
    _hold(session, leave.person_id)
    session.refresh(leave)
    if seen != leave.change:
        raise Conflict(CHANGED)
    _move(session, actor, leave, last, now)


def record_leave(
    session: Session, actor: Actor, email: str, starts_on: date, ends_on: date | None, *, now: datetime
) -> tuple[Person, Leave, bool]:
    """The same for whoever has an address, by command, past days too: of leave that starts on this day the last day is
    moved, without one it is called off. Returns the person, her leave, and whether this changed anything."""
    policy.require(actor, "import_people", Partnership)
    person = session.scalar(select(Person).join(Address, Address.person_id == Person.id).where(Address.email == email))
    if person is None:
        raise Invalid(f"Nobody here has the address {email}.")
    _hold(session, person.id)
    known = next((one for one in _noted(session, person.id) if one.starts_on == starts_on), None)
    if known is None and ends_on is None:
        raise Invalid(f"No leave of {person.name} starts on {date_words(starts_on)}.")
    if known is None and ends_on is not None:
        return person, _add(session, actor, person, starts_on, ends_on, now), True
    assert known is not None
    changes = ends_on != known.ends_on
    if changes:
        _move(session, actor, known, ends_on, now)
    return person, known, changes


def _add(session: Session, actor: Actor, person: Person, starts_on: date, ends_on: date, now: datetime) -> Leave:
    _hold(session, person.id)
    if starts_on > today(now) + LONGEST:
        raise Invalid(TOO_FAR, "starts_on")
    _check(session, person.id, starts_on, ends_on, now)
    made = Leave(person_id=person.id, starts_on=starts_on, ends_on=ends_on, by_id=actor.person, at=now)
    session.add(made)
    _note(session, actor, "leave recorded", person.ref, made, now)
    return made


def _move(session: Session, actor: Actor, leave: Leave, last: date | None, now: datetime) -> None:
    day = today(now)
    if leave.is_over(day):
        raise Conflict(OVER)
    if last == leave.ends_on:
        return
    if last is not None:
        if last < day - DAY:
            raise Invalid("The last day away can be yesterday at the earliest.", "ends_on")
        _check(session, leave.person_id, leave.starts_on, last, now, leave)
    leave.ends_on = last or max(leave.starts_on, day) - DAY
    leave.by_id, leave.at, leave.change = actor.person, now, new_ref()
    kind = "leave changed" if last else "leave called off"
    _note(session, actor, kind, session.get_one(Person, leave.person_id).ref, leave, now)


def _check(session: Session, person_id: int, first: date, last: date, now: datetime, but: Leave | None = None) -> None:
    if last < first:
        raise Invalid(f"The last day away is before the first, {date_words(first)}.", "ends_on")
    if last - max(first, today(now)) > LONGEST:
        raise Invalid("That is more than a year. Give a last day within a year: it can be moved later.", "ends_on")
    for other in _noted(session, person_id):
        if other is not but and other.starts_on <= last and other.ends_on >= first:
            days = f"{date_words(other.starts_on)} to {date_words(other.ends_on)}"
            raise Invalid(f"Leave from {days} is noted already. Change that, or give other days.", "starts_on")


def _noted(session: Session, person_id: int) -> list[Leave]:
    """What is noted of a person and was not called off, the newest note first."""
    found = select(Leave).where(Leave.person_id == person_id, Leave.ends_on >= Leave.starts_on)
    return list(session.scalars(found.order_by(Leave.id.desc())))


def _note(session: Session, actor: Actor, kind: str, person: str, leave: Leave, now: datetime) -> None:
    session.flush()
    detail = {"from": leave.starts_on.isoformat(), "to": leave.ends_on.isoformat()}
    trail.note(session, actor, kind, person, now=now, detail=detail)


def _hold(session: Session, person_id: int) -> None:
    """Hold a person until the end of the transaction: of her days away one thing is noted at a time."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
