"""Whoever comes to the role has a letter about all that waits: nothing falls between it and her first minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.forwarding import emails
from app.organisations import services
from app.organisations.models import Address, Person
from app.organisations.people_file import Row
from app.policy import CONSOLE, Role
from app.post import ledger
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, TODAY, Scene
from tests.forwarding.sending import LATER, TOOK, Sending

SECOND = timedelta(seconds=1)
NEW = "named.nurse@example.org"


@pytest.fixture
def scene(session: Session) -> Scene:
    """A trust without anybody to read what came two days ago. The noise has had its letters."""
    made = Scene(session)
    for who, role in ((made.lead, Role.LEAD), (made.deputy, Role.DEPUTY)):
        made.ended(who, role)
    made.sent(at=EARLIER)
    noted(made, NOW - DAY)
    return made


def noted(scene: Scene, at: datetime) -> set[tuple[str, str]]:
    """A sender notes what is owed to the newcomer: kinds, and what it is about."""
    scene.session.flush()
    owed = list(emails.owed(scene.session, at))
    ledger.note(scene.session, owed, "service.test", at)
    ref = scene.session.scalar(select(Person.ref).join(Address).where(Address.email == NEW))
    return {(one.kind, one.about) for one in owed if one.person == ref}


def comes(scene: Scene, at: datetime, **values: Any) -> None:
    """She is loaded as lead."""
    place = scene.circle.organisation
    where = {"organisation": place.name, "organisation_ref": place.code, "sector": place.sector}
    who = {"role": Role.LEAD, "name": "Named Nurse", "emails": (NEW,), **values}
    row = Row(line=2, partnership=scene.circle.partnership.short_name, **where, **who)
    services.import_rows(scene.session, CONSOLE, [row], now=at)


def handed_over(scene: Scene, at: datetime) -> bool:
    """Whether all that she is owed at a moment is her handover letter."""
    return {kind for kind, _ in noted(scene, at)} == {"handover"}


@pytest.mark.parametrize(
    "before", [SECOND, timedelta(hours=2)], ids=["kept after her handover letter", "sent by a clock that was set back"]
)
def test_what_was_sent_before_she_came_and_kept_after_her_handover_letter_is_owed_to_her(
    scene: Scene, before: timedelta
) -> None:
    comes(scene, NOW)
    assert handed_over(scene, NOW + SECOND)
    late = scene.sent(at=NOW - before)
    assert noted(scene, NOW + 2 * SECOND) == {("minutes", late.ref)}
    assert noted(scene, NOW + 3 * SECOND) == set()


def test_what_was_sent_on_the_day_before_is_in_her_handover_letter_alone(scene: Scene) -> None:
    scene.sent(at=NOW - DAY)
    comes(scene, NOW)
    assert handed_over(scene, NOW + SECOND)
    assert noted(scene, NOW + 2 * SECOND) == set()


def test_what_was_sent_in_the_last_minute_of_the_day_before_her_first_is_owed_to_her(scene: Scene) -> None:
    midnight = (NOW + DAY).replace(hour=0)
    comes(scene, NOW, starts_on=midnight.date())
    assert noted(scene, midnight - SECOND) == set()
    assert handed_over(scene, midnight + SECOND)
    late = scene.sent(at=midnight - SECOND)
    assert noted(scene, midnight + 2 * SECOND) == {("minutes", late.ref)}


# A deputy who comes while the lead is away

ALL = frozenset({"minutes", "handover"})


@pytest.fixture
def on_leave(app: Flask, session: Session) -> Scene:
    """A trust without a deputy, whose lead is away from the day before until the day after."""
    made = Scene(session)
    made.ended(made.deputy, Role.DEPUTY)
    made.away(made.lead, TODAY - DAY, TODAY + DAY)
    return made


def told(sending: Sending, who: Person) -> list[tuple[str, str]]:
    """The minutes that letters to a person told of, each as often as one did: by which kind, and which."""
    mine = [one for one in sending.sent if one.person == who.ref]
    return [(one.kind, about) for one in mine for about in one.letter.tells_of or (one.about,)]


def test_a_deputy_who_comes_while_the_lead_is_away_has_a_letter_at_once_and_no_second_one(on_leave: Scene) -> None:
    scene, sending = on_leave, Sending(on_leave.session, ALL)
    waits = scene.sent(at=NOW - DAY)
    scene.documented(waits)
    sending.look(NOW - DAY)
    assert told(sending, scene.lead) == [("minutes", waits.ref)], "she has hers, for when she is back"
    deputy = scene.appointed(Role.DEPUTY, at=NOW)
    sending.look(NOW + SECOND)
    assert told(sending, deputy) == [("handover", waits.ref)]
    for day in range(1, 5):
        sending.look(NOW + day * DAY)
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(deputy, Role.DEPUTY, on=TODAY + 4 * DAY)
    scene.appointed(Role.LEAD, who=deputy, at=NOW + 5 * DAY)
    sending.look(NOW + 5 * DAY + SECOND)
    assert told(sending, deputy) == [("handover", waits.ref)], "nor when she becomes the lead"
    assert told(sending, scene.lead) == [("minutes", waits.ref)]


def test_a_lead_who_goes_away_later_leaves_each_set_to_one_letter(on_leave: Scene) -> None:
    scene, sending = on_leave, Sending(on_leave.session, ALL)
    before = scene.sent(at=NOW - 4 * DAY)
    scene.documented(before)
    sending.look(NOW - 4 * DAY)
    deputy = scene.appointed(Role.DEPUTY, at=NOW - 3 * DAY)
    since = scene.sent(at=NOW - 2 * DAY)
    scene.documented(since)
    sending.look(NOW - 2 * DAY)
    assert told(sending, deputy) == [], "the lead is there"
    sending.look(NOW - DAY)
    assert sorted(told(sending, deputy)) == [("handover", before.ref), ("minutes", since.ref)]


def test_a_handover_letter_that_is_tried_again_tells_of_the_same(on_leave: Scene) -> None:
    scene, sending = on_leave, Sending(on_leave.session, ALL, lambda letter: LATER)
    waits = scene.sent(at=NOW - DAY)
    deputy = scene.appointed(Role.DEPUTY, at=NOW)
    sending.look(NOW + SECOND)
    assert told(sending, deputy) == []
    sending.answers = lambda letter: TOOK
    sending.look(NOW + timedelta(hours=1))
    assert told(sending, deputy) == [("handover", waits.ref)]
