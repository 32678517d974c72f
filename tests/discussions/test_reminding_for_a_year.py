"""A year of reminders to answer in London, with both changes of the clock and every bank holiday, by the real queries.

Each letter is judged when it goes out, by plain rules over what has happened by then, beside the reminders of minutes:
a person gets one of either a day.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import colleagues, queries
from app.circulation.models import Asked, Circulation
from app.circulation.steps import QUIET
from app.clock import is_working_day, london, today, working_day_from, working_days_before
from app.discussions import emails
from app.forwarding import reminders
from app.organisations.models import Person
from app.organisations.schools import closed, is_school
from app.post.results import Result
from tests.discussions.year import Place, Year, asker_of, is_away
from tests.forwarding.scene import DAY
from tests.forwarding.sending import LATER, TOOK, Sending, Sent

BEGIN, END = datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 8, tzinfo=UTC)
HOLIDAYS = [["2026-02-16", "2026-02-20"], ["2026-04-01", "2026-04-14"], ["2026-07-22", "2026-08-31"]]
HOURS = (7, 8, 9)
CLOCKS_CHANGE = (date(2026, 3, 29), date(2026, 10, 25))


def moments(day: date) -> list[datetime]:
    """When a sender looks: around nine in London; every hour where the clocks change and on the day after."""
    near = any(timedelta() <= day - change <= DAY for change in CLOCKS_CHANGE)
    hours = range(24) if near else HOURS if is_working_day(day) else () if day.weekday() > 4 else (9,)
    return [datetime(day.year, day.month, day.day, hour, tzinfo=UTC) for hour in hours]


def weather(chance: random.Random) -> Result:
    """One day in five the mail system cannot be reached."""
    return LATER if chance.random() < 0.2 else TOOK


@pytest.mark.parametrize("seed", [1, 2])
def test_for_a_year_nobody_gets_two_in_a_day_none_after_answering_and_none_before_due(
    app: Flask, session: Session, seed: int
) -> None:
    chance = random.Random(seed)
    place = Place(session, BEGIN, HOLIDAYS)
    year = Year(place, chance)
    asking = (emails.owed, reminders.owed)
    sending = Sending(session, frozenset({"to_answer", "reminder"}), answers=lambda _: weather(chance), asking=asking)
    at = BEGIN
    while at < END:
        for moment in moments(at.date()):
            year.passes(moment - timedelta(minutes=20))
            for one in sending.look(moment):
                judged(place, year, one)
        at += DAY
    a_day = Counter((one.person, today(one.at)) for one in sending.sent)
    assert max(a_day.values()) == 1, "two to one person in one day"
    enough(place, sending)
    late = {ref for one in sending.sent for ref in one.letter.tells_of if ref in place.lines} & year.late
    assert year.stood_otherwise and late and year.claimed & late, "too little happened"


def judged(place: Place, year: Year, one: Sent) -> None:
    """What must be so of every letter that goes out."""
    day = today(one.at)
    assert is_working_day(day) and 9 <= london(one.at).hour < 18
    person = place.session.query(Person).filter_by(ref=one.person).one()
    lines = place.asked_in(one.letter.tells_of)
    assert lines or one.kind == "reminder"
    for asked in lines:
        circulation = place.session.get_one(Circulation, asked.circulation_id)
        asker = asker_of(place, asked)
        away = closed(asker.school_holidays) if is_school(asked.sector) else ()
        assert asked.ref not in year.answered, "after answering"
        assert circulation.closed is None, "after recording was closed"
        assert circulation.edition.pack_id not in year.withdrawn, "after it was withdrawn"
        assert year.moved.get(circulation.id) != day, "on the day on which the date was changed"
        first = working_day_from(circulation.answer_by, min(asker.answer_reminder_days), away)
        assert day >= first, "before it was due"
        assert is_working_day(day, away), "in the holidays of a school"
        assert not is_away(place.session, person, day), "to somebody who is away"
        assert today(asked.added_at) <= working_days_before(day, QUIET), "to whoever was asked just now"
        assert person.ref in hearers(place, asked, one.at), "to somebody who would not be asked"


def hearers(place: Place, asked: Asked, at: datetime) -> set[str]:
    """Who may be reminded of a line: by the rule in Python that the asking letter is written by, or who was named."""
    named = colleagues.named_for(place.session, [asked.id], at).get(asked.id, [])
    if named:
        return {one.person.ref for one in named}
    (line,) = [
        one for one in queries.heard_of(place.session, asked.circulation_id, at) if one.line.asked_ref == asked.ref
    ]
    return {one.ref for one in (line.writers if asked.team_id else line.leads)}


def enough(place: Place, sending: Sending) -> None:
    """That there was something to judge: letters of each kind, of several lines, and of both kinds together."""
    asked = set(place.lines)
    kinds = Counter(one.kind for one in sending.sent)
    several = [one for one in sending.sent if len(asked & set(one.letter.tells_of)) > 1]
    both = [one for one in sending.sent if one.kind == "reminder" and asked & set(one.letter.tells_of)]
    begun = [one for one in sending.sent if "Started:" in one.letter.body]
    assert min(kinds["to_answer"], kinds["reminder"]) > 15, kinds
    assert several and both and begun, (len(several), len(both), len(begun))
    to = {one.person for one in sending.sent if one.kind == "to_answer"}
    assert {place.leader.ref, place.chief.ref, place.passing.ref} <= to
