"""What administrators and officers read of minutes that nobody may read, and what the team reads of who was told."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.organisations.models import Appointment
from app.policy import Role
from tests import factories as make
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, earlier, statements, words


def unled(scene: Scene) -> dict[str, Any]:
    scene.circle.organisation.name = scene.asked.organisation_name = "Community Trust"
    scene.asked.team_name, scene.circle.edition.short_title = "North", "NAI under 5"
    scene.circle.partnership.reply_name = "ESSCP office"
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    who = make.person(scene.session, name="Administrator, Community Trust")
    made = scene.sent(scene.appointed(Role.ADMINISTRATOR, who=who) and scene.leader, at=earlier())
    return {"minutes": made.ref, "administrator": who.id}


def test_the_administrator_and_the_officer_read_that_there_is_no_lead_and_what_to_do(app: Flask) -> None:
    place = Visits(app, unled)
    mine = words(place.browser(place.refs["administrator"]).get("/home"))
    assert "Community Trust has no safeguarding lead here at the moment. What its team sent is kept safe" in mine
    assert "North: NAI under 5, sent" in mine and "Tell ESSCP office (" in mine
    theirs = words(place.page("officer", "/home"))
    assert "Community Trust has no safeguarding lead here at the moment." in theirs
    assert "Ask Community Trust who the lead is, and have that person added here" in theirs
    for other in ("leader", "reviewer", "noise_officer", "noise_lead"):
        assert "no safeguarding lead here at the moment" not in words(place.page(other, "/home"))


def test_the_page_says_nothing_of_it_once_there_is_a_lead(app: Flask) -> None:
    place = Visits(app, lambda scene: {**unled(scene), "lead": scene.appointed(Role.LEAD).id})
    assert "no safeguarding lead here at the moment" not in words(place.page("officer", "/home"))


def test_the_team_reads_on_its_receipt_who_is_told(app: Flask) -> None:
    place = Visits(app, unled)
    said = words(place.page("leader", f"/minutes/{place.refs['minutes']}/sent"))
    assert (
        "We are telling Administrator, Community Trust, Organisation administrator and the "
        f"{place.short_name} that nobody can read them yet: the email is waiting to send. "
        "You do not need to do anything more."
    ) in said


def test_where_nobody_can_be_told_the_team_reads_whom_to_tell(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        made = unled(scene)
        scene.ended(scene.circle.officer, Role.OFFICER)
        for held in scene.session.scalars(sa.select(Appointment).where(Appointment.role == Role.ADMINISTRATOR)):
            held.ends_on = held.starts_on
        return made

    place = Visits(app, arrange)
    said = words(place.page("leader", f"/minutes/{place.refs['minutes']}/sent"))
    assert "We are telling" not in said and "Please tell ESSCP office that a lead is to be named:" in said


def test_an_officers_page_takes_as_many_statements_for_one_gap_as_for_many(app: Flask) -> None:
    def many(scene: Scene) -> dict[str, Any]:
        made = unled(scene)
        for _ in range(6):
            other = make.organisation(scene.session, scene.circle.partnership)
            asked = make.circulate(
                scene.session,
                scene.circle.partnership,
                scene.circle.edition,
                [make.team(scene.session, other)],
                at=earlier(30),
            ).asked[0]
            scene.sent(scene.leader, asked, at=earlier())
        return made

    place = Visits(app, unled)
    few = statements(app, place.browser("officer"), "/home")
    place = Visits(app, many)
    assert words(place.page("officer", "/home")).count("has no safeguarding lead here at the moment") == 7
    assert statements(app, place.browser("officer"), "/home") == few
