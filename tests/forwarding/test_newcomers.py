"""Whoever comes to the role has a letter about all that waits: nothing falls between it and her first minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.forwarding import emails
from app.organisations import services
from app.organisations.models import Address, Person
from app.organisations.people_file import Row
from app.policy import CONSOLE, Role
from app.post import ledger
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene

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
