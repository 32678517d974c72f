"""What the partnership sees as not acknowledged yet: whose minutes and since when, and nothing of what is in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.clock import opens, today
from app.collation.coverage import Unheard, not_acknowledged, scope
from app.policy import Role
from tests.forwarding.scene import Scene
from tests.forwarding.test_reminders import MONDAY, on
from tests.forwarding.visits import Visits, earlier, words


def names(scene: Scene) -> None:
    scene.asked.organisation_name, scene.asked.team_name = "Community Trust", "North"
    scene.circle.noise_asked.team_name = "Noise"


def test_a_team_is_shown_from_the_day_on_that_the_partnership_has_set(session: Session) -> None:
    scene = Scene(session, noise=False)
    names(scene)
    minutes = scene.sent(at=MONDAY)
    officer = scene.actor(scene.circle.officer)
    about = scope(session, officer, ref=scene.circle.edition.ref)
    assert not_acknowledged(session, officer, about, on(19)) == []
    assert not_acknowledged(session, officer, about, on(20)) == [Unheard("Community Trust", "North", today(MONDAY))]
    scene.circle.partnership.reminder_days = [5, 10, 15]
    session.flush()
    assert not_acknowledged(session, officer, about, on(30)) == []
    scene.circle.partnership.reminder_days = [1, 2, 3, 4]
    scene.has(minutes, at=on(3))
    assert not_acknowledged(session, officer, about, on(30)) == []


def test_officer_and_reviewer_read_which_teams_these_are_and_nobody_elsewhere_does(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        names(scene)
        scene.sent(at=earlier(24 * 60))
        return {"elsewhere": scene.circle.noise_officer.id}

    place = Visits(app, arrange)
    for who in ("officer", "reviewer"):
        said = words(place.page(who, f"/collation/{place.refs['edition']}/teams"))
        assert "Not acknowledged yet These teams sent minutes, and after 20 working days" in said
        assert "Community Trust, North: waiting since" in said and "Noise" not in said.partition("Not acknowledged")[2]
    assert place.browser("noise_officer").get(f"/collation/{place.refs['edition']}/teams").status_code == 404


def test_what_a_lead_came_to_later_waits_from_then_on(session: Session) -> None:
    scene = Scene(session, noise=False)
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    scene.sent(at=MONDAY - timedelta(days=60))
    officer = scene.actor(scene.circle.officer)
    about = scope(session, officer, ref=scene.circle.edition.ref)
    assert not_acknowledged(session, officer, about, on(20)) == [], "nobody may read them, which is said elsewhere"
    scene.appointed(Role.LEAD, at=on(0))
    assert not_acknowledged(session, officer, about, on(19)) == []
    assert [one.since for one in not_acknowledged(session, officer, about, on(20))] == [today(opens(MONDAY.date()))]
