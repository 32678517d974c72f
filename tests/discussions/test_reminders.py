"""Reminders to answer: who gets them on which day, by the frozen list, and that none comes once it is needless."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import dating
from app.circulation.models import Colleague, ColleagueEnded, OtherLeader
from app.discussions import emails
from app.discussions.models import Received, ReplyKind, Setting
from app.discussions.outside import Outside
from app.packs.standing import PackStanding, Standing
from app.policy import Role
from tests import factories as make
from tests.discussions.reminded import (
    AFTER,
    BEFORE,
    BY,
    DAY,
    LAST,
    LAUNCH,
    TO_ANSWER,
    launched,
    minute_taker,
    moved,
    on,
    reminded,
)
from tests.forwarding.scene import Scene, counted
from tests.forwarding.sending import LATER, REFUSED, TOOK, Sending

ALL = [BEFORE, AFTER, LAST]


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    return launched(session)


def test_the_leader_of_each_team_is_reminded_once_before_the_date_and_twice_after_it(scene: Scene) -> None:
    assert reminded(scene) == {"Leader": ALL, "School leader": ALL}


def test_a_partnership_sets_its_own_days_or_none(scene: Scene) -> None:
    scene.circle.partnership.answer_reminder_days = [0]
    assert reminded(scene) == {"Leader": [BY], "School leader": [BY]}
    scene.circle.partnership.answer_reminder_days = []
    assert reminded(scene) == {}


def test_a_minute_taker_is_reminded_where_the_team_has_no_leader_and_nobody_else_is(scene: Scene) -> None:
    minute_taker(scene)
    minute_taker(scene, 0)
    assert reminded(scene, days=24) == {"Leader": [BEFORE], "Minute taker": [BEFORE], "School leader": [BEFORE]}


def test_a_colleague_who_was_named_is_reminded_instead_of_the_leader_until_that_is_taken_back(scene: Scene) -> None:
    who = make.person(scene.session, name="Colleague")
    named = make.kept(
        scene.session,
        Colleague(
            organisation_id=scene.asked.organisation_id,
            asked_id=scene.asked.id,
            person_id=who.id,
            address_id=who.addresses[0].id,
            by_id=scene.leader.id,
            at=LAUNCH + DAY,
        ),
    )
    assert reminded(scene, days=24)["Colleague"] == [BEFORE]
    make.kept(scene.session, ColleagueEnded(colleague_id=named.id, by_id=scene.leader.id, at=on(date(2026, 6, 28))))
    found = reminded(scene, first=date(2026, 6, 28), days=7)
    assert found["Leader"] == [AFTER] and "Colleague" not in found


@pytest.mark.parametrize("whole", [False, True])
def test_where_letters_do_not_reach_the_colleague_who_was_named_the_leader_is_reminded_too(
    scene: Scene, whole: bool
) -> None:
    if whole:
        scene.asked.team_id, scene.asked.team_name = None, ""
        scene.session.flush()
        scene.session.expire_all()
    who = make.person(scene.session, name="Colleague")
    where = {"organisation_id": scene.asked.organisation_id, "asked_id": scene.asked.id}
    by = {"address_id": who.addresses[0].id, "by_id": scene.leader.id, "at": LAUNCH + DAY}
    make.kept(scene.session, Colleague(**where, person_id=who.id, **by))
    hers = who.addresses[0].email
    sending = Sending(scene.session, TO_ANSWER, answers=lambda letter: REFUSED if letter.to_address == hers else TOOK)
    assert reminded(scene, sending) == {"Lead" if whole else "Leader": ALL, "School leader": ALL}


def test_an_organisation_whose_teams_are_not_known_is_reminded_by_its_lead(scene: Scene) -> None:
    scene.asked.team_id, scene.asked.team_name = None, ""
    scene.session.flush()
    scene.session.expire_all()
    assert reminded(scene) == {"Lead": ALL, "School leader": ALL}


def test_nobody_is_reminded_who_came_to_the_role_after_the_date_or_only_since_these_days(scene: Scene) -> None:
    scene.ended(scene.leader, Role.LEADER)
    scene.appointed(Role.LEADER, scene.circle.teams[0], at=on(AFTER), who=make.person(scene.session, name="After"))
    new = make.person(scene.session, name="New")
    scene.appointed(Role.LEADER, scene.circle.teams[1], at=on(date(2026, 6, 18)), who=new)
    found = reminded(scene)
    assert "After" not in found
    assert found["New"] == [date(2026, 6, 23), AFTER, LAST], "three working days after she came"


def test_whoever_said_that_somebody_else_leads_the_team_is_left_alone(scene: Scene) -> None:
    where = {"organisation_id": scene.asked.organisation_id, "team_id": scene.asked.team_id}
    said = {"asked_id": scene.asked.id, "by_id": scene.leader.id, "at": LAUNCH, "to_officer": False}
    make.kept(scene.session, OtherLeader(**where, **said))
    assert reminded(scene) == {"School leader": ALL}


def test_somebody_who_is_away_is_reminded_when_she_is_back_or_not_at_all(scene: Scene) -> None:
    scene.away(scene.leader, BEFORE, date(2026, 6, 22))
    scene.away(scene.leader, AFTER, LAST - DAY)
    assert reminded(scene)["Leader"] == [date(2026, 6, 23), LAST]


def test_a_team_asked_later_is_not_reminded_at_once(scene: Scene) -> None:
    scene.asked.added_at = on(AFTER - 3 * DAY, 15)
    assert reminded(scene)["Leader"] == [date(2026, 7, 1), LAST]


def test_history_from_before_letters_are_owed_reminds_nobody(scene: Scene) -> None:
    scene.circle.partnership.letters_from = LAUNCH + DAY
    assert reminded(scene) == {}


def test_a_school_is_left_alone_in_its_holidays_if_the_partnership_set_them(scene: Scene) -> None:
    scene.circle.partnership.school_holidays = [["2026-06-17", "2026-06-30"]]
    found = reminded(scene)
    assert found["Leader"] == ALL
    assert found["School leader"] == [date(2026, 6, 10), date(2026, 7, 1), date(2026, 7, 14)]


# What makes it needless


def minutes(scene: Scene, at: Any) -> None:
    scene.sent(at=at)


def another_reply(scene: Scene, at: Any) -> None:
    scene.replied(ReplyKind.NOT_RELEVANT, "No children.")


def entered(scene: Scene, at: Any) -> None:
    where = {"organisation_id": scene.asked.organisation_id, "asked_id": scene.asked.id}
    how = {"setting": Setting.TEAM_MEETING, "received": Received.MAIL, "month": date(2026, 6, 1), "present": 5}
    edition = scene.circle.edition
    make.kept(
        scene.session, Outside(**where, **how, edition_id=edition.id, by_id=scene.circle.officer.id, at=at, answers=[])
    )


def closed(scene: Scene, at: Any) -> None:
    dating.close_recording(scene.session, scene.actor(scene.circle.officer), scene.circle.circulation, now=at)


def withdrawn(scene: Scene, at: Any) -> None:
    said = {"standing": Standing.WITHDRAWN, "because": "Wrong.", "at": at, "by": "An officer"}
    scene.session.add(PackStanding(pack_id=scene.circle.edition.pack_id, **said))
    scene.session.flush()


def role_ended(scene: Scene, at: Any) -> None:
    scene.ended(scene.leader, Role.LEADER, on=date(2026, 6, 17))


def date_moved(scene: Scene, at: Any) -> None:
    moved(scene, date(2026, 9, 30), at)


ENDS = [
    (minutes, emails.ANSWERED),
    (another_reply, emails.ANSWERED),
    (entered, emails.ANSWERED),
    (closed, emails.CLOSED),
    (withdrawn, emails.WITHDRAWN),
    (role_ended, emails.NOBODY),
    (date_moved, emails.MOVED),
]


@pytest.mark.parametrize(("deed", "why"), ENDS)
def test_no_reminder_is_owed_once_it_is_needless(scene: Scene, deed: Any, why: Any) -> None:
    assert scene.leader.ref in {one.person for one in emails.owed(scene.session, on(BEFORE))}
    deed(scene, on(BEFORE - DAY))
    scene.session.flush()
    assert scene.leader.ref not in {one.person for one in emails.owed(scene.session, on(BEFORE))}


@pytest.mark.parametrize(("deed", "why"), ENDS)
def test_none_is_sent_that_became_needless_after_it_was_noted(scene: Scene, deed: Any, why: Any) -> None:
    sending = Sending(scene.session, TO_ANSWER, answers=lambda letter: LATER)
    assert not sending.look(on(BEFORE))
    deed(scene, on(BEFORE, 10))
    sending.answers = lambda letter: TOOK
    assert scene.leader.ref not in {one.person for one in sending.look(on(BEFORE, 12))}
    assert (scene.leader.ref, why.reason) in sending.not_sent


# When the date is changed


def test_a_changed_date_begins_anew_and_on_the_day_of_the_change_nobody_is_written_to(scene: Scene) -> None:
    sending = Sending(scene.session, TO_ANSWER)
    assert reminded(scene, sending, days=18) == {}
    moved(scene, date(2026, 7, 31), on(BEFORE, 8))
    found = reminded(scene, sending, first=BEFORE, days=80)
    assert found["Leader"] == [date(2026, 7, 24), date(2026, 8, 3), date(2026, 8, 14)]


def test_steps_that_lie_before_the_change_are_past(scene: Scene) -> None:
    sending = Sending(scene.session, TO_ANSWER)
    reminded(scene, sending, days=18)
    moved(scene, date(2026, 6, 24), on(date(2026, 6, 18), 15))
    assert reminded(scene, sending, first=date(2026, 6, 18))["Leader"] == [date(2026, 6, 25), date(2026, 7, 8)]


def test_a_date_that_is_set_back_to_what_it_was_says_nothing_twice(scene: Scene) -> None:
    sending = Sending(scene.session, TO_ANSWER)
    assert reminded(scene, sending, days=20)["Leader"] == [BEFORE]
    moved(scene, date(2026, 7, 31), on(date(2026, 6, 22)))
    moved(scene, BY, on(date(2026, 6, 22), 11))
    assert reminded(scene, sending, first=date(2026, 6, 22))["Leader"] == [AFTER, LAST]


# When mail fails, and what asking costs


def test_nothing_goes_before_nine_in_the_evening_or_at_a_weekend(scene: Scene) -> None:
    sending = Sending(scene.session, TO_ANSWER, answers=lambda letter: LATER)
    assert not sending.look(on(BEFORE) - timedelta(seconds=1))
    assert not list(emails.owed(scene.session, on(BEFORE) - timedelta(seconds=1)))
    sending.look(on(BEFORE))
    sending.answers = lambda letter: TOOK
    for hours in range(9, 71, 2):
        assert not sending.look(on(BEFORE) + timedelta(hours=hours)), "evening and weekend"
    assert {one.person for one in sending.look(on(date(2026, 6, 22)))} >= {scene.leader.ref}


def test_one_that_cannot_be_sent_for_a_week_is_dropped_and_the_next_says_it(scene: Scene) -> None:
    sending = Sending(scene.session, TO_ANSWER, answers=lambda letter: LATER)
    reminded(scene, sending, first=BEFORE, days=9)
    sending.answers = lambda letter: TOOK
    assert reminded(scene, sending, first=date(2026, 6, 28), days=5)["Leader"] == [AFTER]


def test_an_address_that_is_refused_is_tried_once_a_step(scene: Scene) -> None:
    tried: list[str] = []
    sending = Sending(scene.session, TO_ANSWER, answers=lambda letter: tried.append(letter.to_address) or REFUSED)
    reminded(scene, sending, days=60)
    assert tried.count(scene.leader.addresses[0].email) == 3


def test_asking_takes_two_statements_however_many_are_due_one_when_none_can_be_and_none_at_night(scene: Scene) -> None:
    session, circle = scene.session, scene.circle
    for _ in range(3):
        again = make.circulate(session, circle.partnership, circle.edition, list(circle.teams), at=LAUNCH, answer_by=BY)
        assert again.asked
    with counted(session) as said:
        assert len(list(emails.owed(session, on(BEFORE)))) == 5
    assert len(said) == 2
    with counted(session) as said:
        assert not list(emails.owed(session, on(BEFORE - DAY)))
    assert len(said) == 1
    with counted(session) as said:
        assert not list(emails.owed(session, on(BEFORE, 20)))
    assert not said
