"""A year of London time in which a lead and a deputy change between a letter for each set and one a week as they like:
at most one letter a week and a day, none for nothing, and nothing that nobody is told of."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import is_working_day, london, today, working_days_after
from app.forwarding import by_week
from app.organisations.deciding import choose_letters
from app.organisations.models import Person
from app.policy import Role
from tests.forwarding.scene import DAY, Scene
from tests.forwarding.sending import Sending, Sent
from tests.forwarding.test_reminding_for_a_year import BEGIN, END, Year, everybody, weather

KINDS = frozenset({"minutes", "handover", "reminder", "weekly"})
LOOKS = (timedelta(hours=7, minutes=5), timedelta(hours=8, minutes=5), timedelta(hours=16))
OUT_OF_ORDER = (date(2026, 3, 30), date(2026, 4, 8))
"""No sender runs on these days: a whole week with the change of the clock before it and Easter at its end."""
Spells = list[tuple[datetime, bool]]


def wants(spells: Spells, at: datetime) -> bool:
    """Whether it was one letter a week at a moment."""
    return next((weekly for since, weekly in reversed(spells) if since <= at), False)


def changes(scene: Scene, who: Person, spells: Spells, at: datetime) -> None:
    weekly = not wants(spells, at)
    held = next(one for one in who.appointments if one.role in (Role.LEAD, Role.DEPUTY))
    choose_letters(scene.session, scene.actor(who), held, weekly=weekly, now=at)
    spells.append((at, weekly))


@pytest.mark.parametrize("seed", [1])
def test_for_a_year_nobody_gets_two_in_a_week_and_nothing_is_lost(app: Flask, session: Session, seed: int) -> None:
    chance = random.Random(seed)
    scene = Scene(session, noise=False, letters_from=BEGIN - 365 * DAY)
    everybody(scene)
    for person in (scene.lead, scene.deputy):
        session.expire(person, ["appointments"])
    spells: dict[str, Spells] = {scene.lead.ref: [], scene.deputy.ref: []}
    year, at = Year(scene, chance), BEGIN
    sending = Sending(session, KINDS, lambda letter: weather(chance))
    while at < END:
        for look in LOOKS if is_working_day(at.date()) else LOOKS[:1]:
            passes(scene, year, at + look - timedelta(minutes=4))
            for person in (scene.lead, scene.deputy):
                if chance.random() < 0.02:
                    changes(scene, person, spells[person.ref], at + look - timedelta(minutes=2))
            if not OUT_OF_ORDER[0] <= at.date() <= OUT_OF_ORDER[1]:
                sending.look(at + look)
        at += DAY
    for person in (scene.lead, scene.deputy):
        one_a_week(person, spells[person.ref], sending.sent)
    nothing_needless(year, sending.sent)
    nothing_lost(scene, year, spells[scene.lead.ref], sending.sent)


def passes(scene: Scene, year: Year, at: datetime) -> None:
    """What happens at a moment; each set of minutes gets its document at once."""
    known = set(year.sent)
    year.passes(at)
    for ref in set(year.sent) - known:
        scene.documented(year.sent[ref], at=at)


def one_a_week(person: Person, spells: Spells, sent: list[Sent]) -> None:
    mine = [one for one in sent if one.person == person.ref]
    weeks = Counter(today(one.at).isocalendar()[:2] for one in mine if one.kind == "weekly")
    assert max(weeks.values(), default=0) <= 1, "two in a week"
    days = Counter(today(one.at) for one in mine if one.kind in ("weekly", "reminder"))
    assert max(days.values(), default=0) <= 1, "two in a day"
    for one in mine:
        by_week_then = wants(spells, one.at)
        if one.kind == "weekly":
            monday = today(one.at) - today(one.at).weekday() * DAY
            assert by_week_then and wants(spells, by_week.opens(monday)), "to who had not chosen it by then"
            assert is_working_day(today(one.at)) and london(one.at).hour in range(8, 18)
            assert one.at >= by_week.opens(today(one.at))
            first = working_days_after(monday, 0)
            assert today(one.at) >= first
        elif one.kind == "minutes" or (one.kind == "reminder" and one.role == "lead"):
            assert not by_week_then, f"a {one.kind} letter while she wanted one a week"


def nothing_needless(year: Year, sent: list[Sent]) -> None:
    for one in sent:
        if one.kind == "weekly":
            waits = [m for ref, m in year.sent.items() if m.sent_at <= one.at < year.had.get(ref, END + DAY)]
            told = sum(1 for line in one.letter.body.splitlines() if line.startswith("- "))
            assert 0 < told <= len(waits), "it tells of something that nobody has"


def nothing_lost(scene: Scene, year: Year, spells: Spells, sent: list[Sent]) -> None:
    """Whatever the lead was to read and nobody had for a fortnight, some letter to her told of."""
    mine = [one for one in sent if one.person == scene.lead.ref]
    for ref, minutes in year.sent.items():
        ours = minutes.organisation_id == scene.circle.organisation.id
        if not ours or minutes.recorded_by_id == scene.lead.id:
            continue
        until = min(year.had.get(ref, END), END)
        if until - minutes.sent_at < 25 * DAY:
            continue
        by_name = [one for one in mine if one.about == ref and one.at <= until]
        of_all = [one for one in mine if one.kind in ("weekly", "handover") and minutes.sent_at <= one.at <= until]
        assert by_name or of_all, f"nobody told her of what was sent on {minutes.sent_at:%d %B}: {spells}"


def test_the_year_has_what_it_is_meant_to_try() -> None:
    assert datetime(2026, 3, 29, tzinfo=UTC) > BEGIN and datetime(2026, 10, 25, tzinfo=UTC) < END
    assert not is_working_day(date(2026, 4, 6)) and by_week.opens(date(2026, 4, 6)).date() == date(2026, 4, 7)
