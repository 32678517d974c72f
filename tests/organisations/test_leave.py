"""Who is away: noted, moved and called off; who may; what that does to a deputy's letters; and the letter about it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clock import today
from app.errors import Conflict, Denied, Invalid, NotFound
from app.forwarding import emails as letters_about_minutes
from app.organisations import away, emails
from app.organisations.leaving import LONGEST, change_leave, note_leave, record_leave
from app.organisations.models import Appointment, Leave, Person
from app.organisations.queries import on_leave
from app.policy import CONSOLE, Actor, Role
from app.post import ledger
from app.post.models import Delivery, Letter, Superseded
from app.trail.models import Event
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import Scene

DAY = timedelta(days=1)
TODAY = today(NOW)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def held_by(scene: Scene, who: Person) -> Appointment:
    return scene.session.scalars(sa.select(Appointment).where(Appointment.person_id == who.id)).first()  # type: ignore[return-value]


def administrator(scene: Scene) -> Person:
    return scene.appointed(Role.ADMINISTRATOR)


def notes(
    scene: Scene, by: Person | None = None, first: int = 0, last: int = 7, of: Person | None = None, at: datetime = NOW
) -> Leave:
    """A person (the lead herself unless said otherwise) notes days away of the lead, counted from today."""
    actor, held = scene.actor(by or scene.lead), held_by(scene, of or scene.lead)
    return note_leave(scene.session, actor, held, TODAY + first * DAY, TODAY + last * DAY, now=at)


def changes(scene: Scene, leave: Leave, last: int | None, by: Person | None = None, **more: Any) -> None:
    actor, at = scene.actor(by or scene.lead), more.pop("at", NOW)
    until = None if last is None else TODAY + last * DAY
    held = held_by(scene, scene.lead)
    change_leave(scene.session, actor, held, leave, until, **{"seen": leave.change, **more}, now=at)


def away_on(scene: Scene, *days: int) -> list[bool]:
    """On which of these days, counted from today, the lead is away."""
    return [on_leave(scene.session, [scene.lead.id], TODAY + day * DAY) == {scene.lead.id} for day in days]


def test_the_last_day_moves_and_what_has_not_begun_is_called_off_with_a_trace(scene: Scene) -> None:
    leave = notes(scene, first=2, last=4)
    assert away_on(scene, 1, 2, 4, 5) == [False, True, True, False]
    changes(scene, leave, 3)
    assert away_on(scene, 3, 4) == [True, False]
    changes(scene, leave, None)
    assert leave.called_off and away_on(scene, 1, 2, 3) == [False] * 3
    kinds = ["leave recorded", "leave changed", "leave called off"]
    wanted = sa.select(Event.kind).where(Event.about == scene.lead.ref, Event.kind.in_(kinds)).order_by(Event.id)
    assert scene.session.scalars(wanted).all() == kinds
    with pytest.raises(Conflict, match="were called off"):
        changes(scene, leave, 4)
    assert notes(scene, first=2, last=4) is not leave, "days that were called off can be noted again"


@pytest.mark.parametrize(("last", "today_too"), [(None, False), (2, False), (3, True)])
def test_who_is_back_early_says_whether_today_still_counts(scene: Scene, last: int | None, today_too: bool) -> None:
    leave = notes(scene, last=7)
    later = NOW + 3 * DAY
    changes(scene, leave, last, at=later)
    assert away_on(scene, 2, 3, 4) == [True, today_too, False]
    assert not leave.called_off, "the days before it stay known"


WRONG = [
    (-1, 7, "today at the earliest", "starts_on"),
    (3, 2, "before the first", "ends_on"),
    (0, LONGEST.days + 1, "more than a year", "ends_on"),
    (LONGEST.days + 1, LONGEST.days + 2, "more than a year ahead", "starts_on"),
    (12, 20, "noted already", "starts_on"),
    (8, 10, "noted already", "starts_on"),
    (10, 14, "noted already", "starts_on"),
]


@pytest.mark.parametrize(("first", "last", "why", "field"), WRONG)
def test_days_that_cannot_be_are_refused_at_the_field_to_mend(
    scene: Scene, first: int, last: int, why: str, field: str
) -> None:
    notes(scene, first=10, last=14)
    with pytest.raises(Invalid, match=why) as refused:
        notes(scene, first=first, last=last)
    assert refused.value.field == field
    assert notes(scene, first=15, last=16).ref and notes(scene, first=8, last=9).ref, "beside them is free"


def test_a_last_day_that_cannot_be_is_refused_and_what_was_changed_meanwhile_is_left(scene: Scene) -> None:
    leave, _ = notes(scene, last=7), notes(scene, first=10, last=12)
    later = NOW + 5 * DAY
    for last, why in ((-1, "before the first"), (10, "noted already"), (500, "more than a year")):
        with pytest.raises(Invalid, match=why):
            changes(scene, leave, last)
    with pytest.raises(Invalid, match="yesterday at the earliest"):
        changes(scene, leave, 3, at=later)
    with pytest.raises(Conflict, match="changed on another page"):
        changes(scene, leave, 5, seen="another")
    with pytest.raises(Conflict, match="are over"):
        changes(scene, leave, 9, at=NOW + 8 * DAY)
    assert leave.ends_on == TODAY + 7 * DAY


def test_she_notes_her_own_and_her_administrator_hers_and_nobody_else(scene: Scene) -> None:
    leave = notes(scene, by=administrator(scene))
    others = (scene.leader, scene.deputy, scene.circle.officer, scene.circle.noise_lead)
    elsewhere = make.holder(scene.session, Role.ADMINISTRATOR, scene.circle.noise)
    for other in (*others, elsewhere):
        with pytest.raises(Denied):
            notes(scene, by=other, first=20, last=21)
        with pytest.raises(Denied):
            changes(scene, leave, None, by=other)
    for by, of in ((administrator(scene), scene.leader), (scene.lead, scene.deputy)):
        with pytest.raises(Denied):
            notes(scene, by=by, of=of)
    mine, his = held_by(scene, scene.deputy), notes(scene, of=scene.deputy, by=scene.deputy)
    with pytest.raises(NotFound):
        change_leave(scene.session, scene.actor(scene.lead), held_by(scene, scene.lead), his, None, seen="", now=NOW)
    assert mine.person_id == his.person_id


def test_the_page_tells_who_is_written_to_by_what_each_reaches(scene: Scene) -> None:
    def covers(who: Person) -> list[tuple[set[int], set[int]]]:
        one = away.everybody(scene.session, scene.actor(who), NOW)[0]
        return [({a.person_id for a in c.leads}, {a.person_id for a in c.deputies}) for c in one.covers]

    assert covers(scene.lead) == [(set(), {scene.deputy.id})]
    north, south = scene.circle.teams
    second = scene.appointed(Role.LEAD, north)
    of_south = scene.appointed(Role.DEPUTY, south)
    scene.session.expire_all()
    assert covers(scene.lead) == [(set(), {scene.deputy.id, of_south.id})], "a lead of one team does not cover all"
    assert covers(second) == [({scene.lead.id}, {scene.deputy.id})]
    with pytest.raises(NotFound):
        away.everybody(scene.session, scene.actor(scene.leader), NOW)


def to_deputy(scene: Scene, at: datetime = NOW) -> bool:
    scene.session.flush()
    owed = letters_about_minutes.owed(scene.session, at)
    return any(one.kind == "minutes" and one.person == scene.deputy.ref for one in owed)


def test_the_deputy_is_written_to_at_once_and_no_longer_once_it_is_shortened_or_called_off(scene: Scene) -> None:
    scene.sent()
    assert not to_deputy(scene)
    leave = notes(scene)
    assert to_deputy(scene) and to_deputy(scene, NOW + 2 * DAY)
    changes(scene, leave, 1)
    assert to_deputy(scene, NOW + DAY) and not to_deputy(scene, NOW + 2 * DAY)
    changes(scene, leave, None)
    assert not to_deputy(scene)


# The letter


def owed(scene: Scene, at: datetime = NOW) -> list[str]:
    scene.session.flush()
    return [one.person for one in emails.owed(scene.session, at)]


def written(scene: Scene, at: datetime = NOW) -> list[Any]:
    """What a sender would write: each letter that is owed or was noted before."""
    ledger.note(scene.session, list(emails.owed(scene.session, at)), "service.test", at)
    found = scene.session.scalars(sa.select(Delivery).where(Delivery.kind == "leave").order_by(Delivery.id))
    with_app = [emails.letter(scene.session, one, at) for one in found]
    return with_app


def test_somebody_else_s_note_owes_one_letter_for_each_change_and_her_own_none(scene: Scene) -> None:
    by = administrator(scene)
    mine = notes(scene)
    assert owed(scene) == []
    changes(scene, mine, 5, by=by)
    assert owed(scene) == [scene.lead.ref]
    ledger.note(scene.session, list(emails.owed(scene.session, NOW)), "service.test", NOW)
    assert owed(scene) == [], "once"
    changes(scene, mine, None, by=by)
    assert owed(scene) == [scene.lead.ref]
    record_leave(scene.session, CONSOLE, scene.deputy.addresses[0].email, TODAY, TODAY + DAY, now=NOW)
    assert sorted(owed(scene)) == sorted([scene.lead.ref, scene.deputy.ref])
    assert owed(scene, NOW + emails.OF_USE + DAY) == [], "after that it is of no more use"


def test_loaded_history_and_people_who_receive_nothing_are_owed_no_letter(scene: Scene) -> None:
    scene.away(scene.lead)  # as it was kept before anybody was written to
    for who in (scene.leader, scene.circle.officer):
        record_leave(scene.session, CONSOLE, who.addresses[0].email, TODAY, TODAY + DAY, now=NOW)
    scene.circle.partnership.letters_from = NOW + DAY
    record_leave(scene.session, CONSOLE, scene.deputy.addresses[0].email, TODAY, TODAY + DAY, now=NOW)
    assert owed(scene) == []
    scene.circle.partnership.letters_from = NOW
    assert owed(scene) == [scene.deputy.ref]


@pytest.mark.usefixtures("app")
def test_the_letter_says_the_days_and_who_and_what_was_overtaken_is_not_sent(scene: Scene) -> None:
    by = administrator(scene)
    by.name = "Ada"
    leave = notes(scene, by=by, first=1, last=3)
    (letter,) = written(scene)
    assert isinstance(letter, Letter) and letter.to_address == scene.lead.addresses[0].email
    assert "Ada noted that you are away from 24 November 2026 to 26 November 2026" in letter.body
    assert "your deputy, if you have one, is written to" in letter.body and "/away" in letter.body
    changes(scene, leave, 2)
    assert written(scene) == [emails.CHANGED], "she changed it herself since"
    changes(scene, leave, None, by=by)
    overtaken, letter = written(scene)
    assert isinstance(overtaken, Superseded) and "Ada called off the days away" in letter.body
    scene.ended(scene.lead, Role.LEAD)
    assert written(scene)[1] == emails.NO_LONGER


@pytest.mark.usefixtures("app")
def test_the_letter_of_who_is_back_and_of_a_command(scene: Scene) -> None:
    address = scene.lead.addresses[0].email
    for last, at in ((TODAY + 7 * DAY, NOW), (None, NOW + 3 * DAY)):
        record_leave(scene.session, CONSOLE, address, TODAY, last, now=at)
    (letter,) = written(scene, NOW + 3 * DAY)
    assert letter.subject == "Days away from 23 November 2026: you are back"
    assert "Whoever runs this service noted that you are back: your days away were from" in letter.body


def test_the_command_moves_the_last_day_of_what_begins_on_the_same(scene: Scene) -> None:
    address = scene.lead.addresses[0].email

    def says(last: date | None) -> tuple[Leave, bool]:
        return record_leave(scene.session, CONSOLE, address, TODAY, last, now=NOW)[1:]

    leave, new = says(TODAY + DAY)
    assert new and says(TODAY + DAY) == (leave, False) and says(TODAY + 2 * DAY) == (leave, True)
    assert leave.ends_on == TODAY + 2 * DAY and says(None) == (leave, True) and leave.called_off
    with pytest.raises(Invalid, match=r"No leave of .* starts on"):
        says(None)
    somebody = Actor("somebody", (), person=scene.lead.id)
    with pytest.raises(Denied):
        record_leave(scene.session, somebody, address, TODAY, TODAY, now=NOW)
