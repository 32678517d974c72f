"""A trust and a school that were asked on a Monday in June, and reminders to them, day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.circulation.models import AnswerBy, Asked
from app.clock import is_working_day, opens
from app.organisations.models import Person
from app.policy import Role
from tests import factories as make
from tests.forwarding.scene import Scene
from tests.forwarding.sending import Sending, Sent

DAY = timedelta(days=1)
LAUNCH = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)  # a Monday; there is no bank holiday in the months after it
MONDAY = date(2026, 6, 1)
BY = date(2026, 6, 26)
BEFORE, AFTER, LAST = date(2026, 6, 19), date(2026, 6, 29), date(2026, 7, 10)
TO_ANSWER = frozenset({"to_answer"})


def launched(session: Session, **values: Any) -> Scene:
    """Three teams that were asked: of one trust, where only the first has a leader, and of a school."""
    defaults = {"short_name": "ESSCP", "reply_name": "ESSCP office", "reply_to": "office@esscp.gov.uk"}
    scene = Scene(session, noise=False, **{**defaults, **values})
    circle = scene.circle
    circle.organisation.name, circle.edition.short_title = "Community Trust", "NAI under 5"
    circle.edition.title = "Injuries to small children"
    scene.leader.name, scene.lead.name, circle.noise_leader.name = "Leader", "Lead", "School leader"
    circle.circulation.circulated_at = LAUNCH
    for asked, name in zip(circle.circulation.asked, ("North", "South", "School"), strict=True):
        asked.added_at, asked.team_name, asked.organisation_name = LAUNCH, name, asked.organisation.name
    moved(scene, BY, LAUNCH, first=True)
    return scene


def moved(scene: Scene, on: date, at: datetime, *, first: bool = False) -> None:
    """The date to answer by is another from some moment on."""
    circulation = scene.circle.circulation
    if first:
        circulation.dates[0].on, circulation.dates[0].set_at = on, at
    else:
        circulation.dates.append(AnswerBy(on=on, set_at=at, by_id=scene.circle.officer.id))
    scene.session.flush()


def school(scene: Scene) -> Asked:
    return scene.circle.noise_asked


def minute_taker(scene: Scene, number: int = 1, **values: Any) -> Person:
    who = make.person(scene.session, name="Minute taker")
    return scene.appointed(Role.MINUTES, scene.circle.teams[number], who=who, **values)


def reminded(
    scene: Scene, sending: Sending | None = None, first: date = MONDAY, days: int = 60
) -> dict[str, list[date]]:
    """Who gets a reminder on which day, looked at twice on each day on which anybody works."""
    sending, found = sending or Sending(scene.session, TO_ANSWER), {}
    for day in (first + number * DAY for number in range(days)):
        for hour in (9, 16) if is_working_day(day) else ():
            for one in sending.look(on(day, hour)):
                found.setdefault(name_of(scene, one), []).append(day)
    return found


def name_of(scene: Scene, one: Sent) -> str:
    return {person.ref: person.name for person in scene.session.query(Person)}[one.person]


def on(day: date, hour: int = 9) -> datetime:
    """An hour of a day in London."""
    return opens(day, hour)
