"""A year of reminders in London, with both changes of the clock and every bank holiday, on rows made by chance."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import is_working_day, london, today, working_days_after
from app.discussions.models import Minutes
from app.organisations.models import Person
from app.policy import Role
from app.post.results import Result
from tests.forwarding.scene import DAY, Scene
from tests.forwarding.sending import LATER, TOOK, Sending

BEGIN, END = datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 8, tzinfo=UTC)
HOLIDAYS = [["2026-02-16", "2026-02-20"], ["2026-07-22", "2026-08-31"], ["2026-12-21", "2027-01-01"]]
LOOKS = (timedelta(hours=0, minutes=30), timedelta(hours=8, minutes=30), timedelta(hours=17, minutes=30))
DAYS = {"lead": 5, "deputy": 10, "administrator": 15}


class Year:
    """Minutes that come in and what becomes of them, by chance; `had` is when somebody first had each."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.scene, self.chance = scene, chance
        self.sent: dict[str, Minutes] = {}
        self.had: dict[str, datetime] = {}

    def passes(self, at: datetime) -> None:
        """What happens at a moment."""
        scene, chance = self.scene, self.chance
        if chance.random() < 0.12:
            by, asked = chance.choice(
                [
                    (scene.leader, scene.asked),
                    (scene.leader, scene.south),
                    (scene.lead, scene.asked),
                    (scene.circle.noise_leader, scene.circle.noise_asked),
                ]
            )
            made = scene.sent(by, asked, at=at)
            self.sent[made.ref] = made
        for ref in [ref for ref in self.sent if ref not in self.had]:
            if chance.random() < 0.02:
                self.settled(self.sent[ref], at)

    def settled(self, minutes: Minutes, at: datetime) -> None:
        """Somebody has them, or they are shared, or a correction takes their place."""
        scene = self.scene
        ours = minutes.organisation_id == scene.circle.organisation.id
        deputy = minutes.recorded_by_id == scene.lead.id
        who = (scene.deputy if deputy else scene.lead) if ours else scene.circle.noise_lead
        self.had[minutes.ref] = at
        deed = self.chance.choice(["has", "share", "correct"])
        if deed != "correct":  # whoever shares what somebody else recorded says with that that she has it
            scene.has(minutes, who, at=at)
        if deed == "share":
            scene.share(minutes, who, at=at)
        if deed == "correct":
            by = scene.session.get_one(Person, minutes.recorded_by_id)
            made = scene.corrected(minutes, by, at=at)
            self.sent[made.ref] = made


@pytest.mark.parametrize("seed", [1])
def test_for_a_year_nobody_gets_two_in_a_day_or_one_too_early_or_one_for_nothing(
    app: Flask, session: Session, seed: int
) -> None:
    chance = random.Random(seed)
    scene = Scene(session, noise=False, school_holidays=HOLIDAYS, letters_from=BEGIN - 365 * DAY)
    everybody(scene)
    year, at = Year(scene, chance), BEGIN
    sending = Sending(session, answers=lambda letter: weather(chance))
    while at < END:
        for look in LOOKS:
            year.passes(at + look - timedelta(minutes=20))
            sending.look(at + look)
        at += DAY
    judged(scene, year, sending)


def everybody(scene: Scene) -> None:
    """Roles since before the year; the lead is the deputy's administrator too."""
    scene.appointed(Role.ADMINISTRATOR)
    scene.appointed(Role.ADMINISTRATOR, who=scene.deputy)
    for held in [*scene.lead.appointments, *scene.deputy.appointments]:
        held.counts_from, held.starts_on = BEGIN - DAY, (BEGIN - DAY).date()
    for held in [*scene.circle.noise_lead.appointments]:
        held.counts_from, held.starts_on = BEGIN - DAY, (BEGIN - DAY).date()
    scene.away(scene.lead, date(2026, 5, 1), date(2026, 5, 20))
    scene.session.flush()


def weather(chance: random.Random) -> Result:
    """One day in four the mail system cannot be reached."""
    return LATER if chance.random() < 0.25 else TOOK


def judged(scene: Scene, year: Year, sending: Sending) -> None:
    assert len(sending.sent) > 40
    a_day = Counter((one.person, today(one.at)) for one in sending.sent)
    assert max(a_day.values()) == 1, "two to one person in one day"
    for one in sending.sent:
        assert is_working_day(today(one.at)) and 9 <= london(one.at).hour < 18
        minutes = year.sent[one.about]
        school = minutes.organisation_id != scene.circle.organisation.id
        assert not school or is_working_day(today(one.at), closed()), "while the school is closed"
        due = working_days_after(today(minutes.sent_at), DAYS[one.role], closed() if school else ())
        assert today(one.at) >= due, "before it was due"
        for ref, had in year.had.items():
            assert ref not in one.letter.body or had > one.at, "about what somebody has"
    told = {one.about for one in sending.sent if one.role == "lead"} | of_others(sending)
    for ref, minutes in year.sent.items():
        long = minutes.sent_at + 70 * DAY < min(year.had.get(ref, END), END)
        assert not long or ref in told or minutes.recorded_by_id == scene.lead.id, "nobody was reminded"


def of_others(sending: Sending) -> set[str]:
    """What the letters say beside that for which each was noted."""
    links = [line.rpartition("/")[2] for one in sending.sent for line in one.letter.body.splitlines()]
    return {line.strip() for line in links}


def closed() -> list[Any]:
    return [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in HOLIDAYS]
