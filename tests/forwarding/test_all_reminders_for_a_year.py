"""A year in London in which every kind of letter that says what waits is owed to the same few people side by side, as
Hypothesis has it: with both changes of the clock and every bank holiday, two partnerships with other days and other
school holidays, and a sender that stops for hours or days.

Each letter is judged when it goes out (`judging`), by what has happened by then. The first year is the simplest:
nothing happens but what was planned, and nobody acknowledges anything or says another thing; in the second anything
may happen. A year is of more than a thousand looks, so there are two, always the same: what Hypothesis draws depends on
which modules are there, so the second is drawn here. Have it look for others by `Phase.generate`, and for the smallest
that fails by `Phase.shrink`.

What a mail system did not confirm may come twice, as `tests/faults` has it: no such letter is here.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.clock import is_working_day
from app.discussions import emails
from app.forwarding import by_week, owed, reminders
from app.post.results import Result
from tests.discussions.test_reminding_for_a_year import CLOCKS_CHANGE, HOLIDAYS
from tests.forwarding.everybody import Deed, Doings, Everybody
from tests.forwarding.judging import SAY_WHAT_WAITS, Judge, at_london, days
from tests.forwarding.sending import LATER, TOOK, Sending

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 1, 5), date(2027, 1, 10)  # 53 weeks, the first of them beginning on a Monday
WEEKS = range(53)
LOOKS = ((0, 30), (8, 2), (9, 2), (17, 50))
ASKING = (emails.owed, owed.owed, by_week.owed, reminders.owed)
OFTEN = ("launch", "answer", "acknowledge", "choose", "lead_leaves", "move_date", "stop", "begin_draft")
SELDOM = (
    *("reply", "enter", "close", "name", "leave", "come_and_go", "add_team", "claim", "settle", "stand_otherwise"),
    *("told", "share", "take_back", "ask", "answer_back", "correct", "deputy_comes", "storm"),
)
# Minutes of a school of which its lead is to be reminded on the last day before its holidays, when no sender runs; it
# does again in the holidays.
BEFORE_HOLIDAYS = {
    4: [Deed("answer_at_school", 4, 12)],
    5: [Deed("stop", 3, 0, 6)],
    27: [Deed("answer_at_school", 1, 12)],
    28: [Deed("stop", 0, 0, 6)],
}
NOT_OF_PEOPLE = ("stop", "storm")
WHAT = [*SELDOM, *OFTEN, *OFTEN]
Spell = tuple[datetime, datetime]

deeds = st.builds(
    Deed,
    st.sampled_from(WHAT),
    st.integers(0, 6),
    st.integers(0, 23),
    st.integers(0, 10_000),
)
years = st.lists(st.lists(deeds, max_size=10), min_size=len(WEEKS), max_size=len(WEEKS))


def anything(seed: int) -> list[list[Deed]]:
    """A year in which anything may happen, the same whenever it is asked for."""
    chance = random.Random(seed)

    def deed() -> Deed:
        return Deed(chance.choice(WHAT), chance.randint(0, 6), chance.randint(0, 23), chance.randint(0, 10_000))

    return [[deed() for _ in range(chance.randint(0, 6))] for _ in WEEKS]


def planned(week: int) -> list[Deed]:
    """What is done whatever else happens: somebody asks every fortnight, and minutes come in every third week."""
    asks = [Deed("launch", 1, 10, week)] if week % 2 == 0 else []
    return asks + ([Deed("answer", 3, 15, week)] if week % 3 == 2 else []) + BEFORE_HOLIDAYS.get(week, [])


def moments(year: list[list[Deed]]) -> list[tuple[datetime, Deed]]:
    """Every deed of a year with its moment, in their order."""
    found = [
        (at_london(FIRST + (7 * week + deed.day) * DAY, deed.hour, 15).astimezone(UTC), deed)
        for week, chosen in zip(WEEKS, year, strict=True)
        for deed in [*planned(week), *chosen]
    ]
    return sorted(found, key=lambda one: one[0])


def spells(happens: list[tuple[datetime, Deed]], what: str) -> list[Spell]:
    """From when to when something lasts: some hours, or some days."""
    lasts = (2, 5, 9, 26, 50, 100, 170)
    return [(at, at + timedelta(hours=lasts[deed.chance % 7])) for at, deed in happens if deed.what == what]


def within(moment: datetime, found: list[Spell]) -> bool:
    return any(begins <= moment < ends for begins, ends in found)


def looks(stopped: list[Spell]) -> list[datetime]:
    """When a sender looks: some times on each day, each hour where the clocks change and on the day after, and at once
    when it is there again."""
    found = {ends for _, ends in stopped}
    for day in days(FIRST, LAST):
        if any(timedelta() <= day - change <= DAY for change in CLOCKS_CHANGE):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            found |= {midnight + timedelta(hours=hour, minutes=1) for hour in range(24)}
        else:
            at = LOOKS if is_working_day(day) else ((9, 30),)
            found |= {at_london(day, hour, minute).astimezone(UTC) for hour, minute in at}
    return sorted(at for at in found if not within(at, stopped))


def run(session: Session, year: list[list[Deed]], seen: Counter[str]) -> None:
    begin = at_london(FIRST, 0).astimezone(UTC)
    place = Everybody(session, begin, HOLIDAYS)
    doings = Doings(place)
    judge, happens = Judge(place, doings), moments(year)
    storms, moment = spells(happens, "storm"), begin

    def weather(_: object) -> Result:
        return LATER if within(moment, storms) else TOOK

    sending = Sending(session, frozenset({*SAY_WHAT_WAITS, "minutes"}), weather, ASKING)
    for moment in looks(spells(happens, "stop")):
        while happens and happens[0][0] <= moment:
            at, deed = happens.pop(0)
            if deed.what not in NOT_OF_PEOPLE:
                doings.does(deed, at)
        for one in sending.look(moment):
            judge.judge(one)
    seen.update(one.kind for one in sending.sent)
    seen.update(f"by {one.role}" for one in sending.sent if one.kind == "reminder")
    seen.update("begun" for one in sending.sent if "Started:" in one.letter.body)
    seen.update(doings.done)
    also = [one for one in sending.sent if one.kind == "reminder" and set(place.lines) & set(one.letter.tells_of)]
    seen["both in one"] += len(also)


# On one database: the years of each kind of letter, beside this one, are run on both.
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")
def test_for_a_year_nobody_gets_two_letters_that_say_what_waits_in_a_day(app: Flask, session: Session) -> None:
    seen: Counter[str] = Counter()
    few = settings(
        max_examples=2,
        database=None,
        phases=[Phase.explicit],
        suppress_health_check=list(HealthCheck),
    )

    @few
    @example([[] for _ in WEEKS])
    @example(anything(2))
    @given(years)
    def a_year(year: list[list[Deed]]) -> None:
        try:
            run(session, year, seen)
        finally:
            session.rollback()

    a_year()
    wanted = (*SAY_WHAT_WAITS, "by lead", "by deputy", "by administrator", "begun", "both in one")
    assert min(seen[kind] for kind in wanted) > 2, seen
    missing = {*OFTEN, *SELDOM} - {*NOT_OF_PEOPLE, *seen}
    assert len(missing) < 3, missing
