"""A lead adds a team that was not known: it is asked what its organisation is asked, apart from the launch."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import adding, emails, openings
from app.circulation.colleagues import LASTS
from app.circulation.models import Added, AnswerBy, Asked
from app.clock import date_words, now, today
from app.collation import coverage as reach
from app.database import db
from app.errors import Denied, Invalid
from app.organisations.models import Appointment, Named, Organisation, Person, Team
from app.policy import Role
from app.post.models import Delivery, Letter
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions.worlds import faults, words, world
from tests.forwarding.scene import Scene

WHO = Named("Night nurse", "night.nurse@example.gov.uk")


def add(scene: Scene, called: str = "Nights", named: Named = WHO, **values: Any) -> Team:
    lead = scene.actor(scene.lead)
    return adding.add_team(scene.session, lead, scene.circle.organisation, called, named, **{"now": NOW, **values})


def asked_of(session: Session, team: Team) -> list[Asked]:
    return list(session.scalars(sa.select(Asked).where(Asked.team_id == team.id)))


def test_the_team_its_leader_and_what_is_asked_are_made_together_and_the_letter_follows(session: Session) -> None:
    scene = Scene(session)
    team = add(scene)
    (asked,) = asked_of(session, team)
    assert (asked.added, asked.circulation_id, asked.team_name) == (Added.LATER, scene.asked.circulation_id, "Nights")
    assert asked.why.startswith(f"{scene.lead.name}, Named Nurse, added the team")
    leader = session.scalars(sa.select(Person).where(Person.name == WHO.name)).one()
    (grant,) = make.actor_of(session, leader).grants
    assert (grant.role, grant.teams) == (Role.LEADER, {team.id})
    assert (scene.circle.circulation.ref, leader.ref) in {(o.about, o.person) for o in emails.owed(session, NOW)}


def test_it_is_counted_apart_from_the_launch_with_who_added_it(session: Session) -> None:
    scene = Scene(session, noise=False)
    officer = make.actor_of(session, scene.circle.officer)
    about = reach.scope(session, officer, ref=scene.circle.edition.ref)
    before = reach.coverage(session, officer, about, NOW)
    add(scene)
    assert reach.coverage(session, officer, about, NOW) == before
    assert [row.asked for row in reach.coverage(session, officer, about, NOW, added=Added.LATER)] == [1]
    (added,) = reach.added_later(session, officer, about)
    assert (added.team, added.on) == ("Nights", NOW.date())
    assert "added the team" in added.why


def test_only_what_can_still_be_recorded_is_asked_and_of_each_briefing_what_went_out_last(session: Session) -> None:
    scene = Scene(session, noise=False)
    circle = scene.circle
    over, passed = (
        make.circulate(session, circle.partnership, make.edition(session), [circle.teams[0]], answer_by=by)
        for by in (NOW.date() - LASTS - timedelta(days=1), NOW.date() - LASTS)
    )
    again = make.circulate(session, circle.partnership, circle.edition, [circle.teams[0]])
    make.circulate(
        session, circle.partnership, make.edition(session), [session.get_one(Team, circle.noise_asked.team_id)]
    )
    asked = {one.circulation_id for one in asked_of(session, add(scene))}
    assert asked == {again.id, passed.id}
    assert over.id not in asked


def test_a_name_that_is_there_is_explained_and_not_doubled(session: Session) -> None:
    scene = Scene(session)
    team = add(scene)
    assert add(scene, "  nights ").id == team.id, "the same team with the same leader is the one that is there"
    with pytest.raises(Invalid, match="There is a team called “Nights” already, led by Night nurse") as refused:
        add(scene, "NIGHTS", Named("Somebody", "somebody@example.gov.uk"))
    assert refused.value.field == "team"
    same = sa.select(sa.func.count()).select_from(Team).where(Team.organisation_id == scene.circle.organisation.id)
    assert session.scalar(same) == 3


def test_a_lead_of_named_teams_a_deputy_and_a_leader_add_none(session: Session) -> None:
    scene = Scene(session)
    narrowed = make.holder(session, Role.LEAD, scene.circle.organisation, (scene.circle.teams[0],))
    for who in (narrowed, scene.deputy, scene.leader, scene.circle.officer, scene.circle.noise_lead):
        with pytest.raises(Denied):
            adding.add_team(session, make.actor_of(session, who), scene.circle.organisation, "Nights", WHO, now=NOW)


def test_a_lead_adds_a_team_from_her_own_page(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.lead)
    home = client.get("/home")
    link = next(
        p.partition('"')[0]
        for p in home.text.split('href="')
        if p.endswith("/teams/add") or "/teams/add" in p.partition('"')[0]
    )
    assert faults(client.post_form(link, {}, at="/add")).keys() == {"team", "name", "email"}
    filled = {"team": "Nights", "name": WHO.name, "email": WHO.email}
    page = client.get(client.post_form(link, filled, at="/add").location)
    assert "Nights is on your list" in words(page)
    assert "added the team: it was not known here" in words(page)
    assert "Nights" in words(client.get("/home"))
    other = {"team": "nights", "name": "Somebody", "email": "somebody@example.gov.uk"}
    twice = client.post_form(link, other, at="/add")
    assert "There is a team called “Nights” already" in words(twice)
    assert "Open the page of Nights" in words(twice)
    client.as_person(place.officer)
    with db.reading() as session:
        edition = session.scalars(sa.select(Asked).where(Asked.ref == place.asked)).one().circulation.edition.ref
    assert "Nights, on" in words(client.get(f"/collation/{edition}/teams"))


def test_an_organisation_that_was_asked_as_a_whole_gets_its_teams(app: Flask, session: Session) -> None:
    scene = Scene(session, noise=False)
    place = make.organisation(session, scene.circle.partnership)
    lead = make.holder(session, Role.LEAD, place)
    sent = make.circulate(session, scene.circle.partnership, make.edition(session), [])
    where = {"partnership_id": scene.circle.partnership.id, "organisation_id": place.id, "team_id": None}
    sent.asked.append(Asked(**where, organisation_name=place.name, team_name="", sector="Health", added_at=NOW))
    session.flush()
    team = adding.add_team(session, make.actor_of(session, lead), place, "Nights", WHO, now=NOW)
    assert [one.circulation_id for one in asked_of(session, team)] == [sent.id]
    assert session.get_one(Organisation, place.id).teams == [team]
    assert session.scalars(sa.select(Appointment).where(Appointment.organisation_id == place.id)).all()


def asked_whole(scene: Scene, by: date) -> tuple[Organisation, Person, Asked]:
    """An organisation that was asked as a whole, with its lead and the line."""
    session, partnership = scene.session, scene.circle.partnership
    place = make.organisation(session, partnership)
    sent = make.circulate(session, partnership, make.edition(session), [], at=NOW - timedelta(days=30), answer_by=by)
    where = {"partnership_id": partnership.id, "organisation_id": place.id, "team_id": None}
    names = {"organisation_name": place.name, "team_name": "", "sector": "Health"}
    sent.asked.append(Asked(**where, **names, added_at=sent.circulated_at))
    session.flush()
    return place, make.holder(session, Role.LEAD, place), sent.asked[0]


def test_a_team_added_after_the_date_is_asked_while_recording_is_open_and_its_leader_is_written_to(
    app: Flask, session: Session
) -> None:
    scene = Scene(session, noise=False)
    by = NOW.date() - timedelta(days=1)
    place, lead, whole = asked_whole(scene, by)
    team = adding.add_team(session, make.actor_of(session, lead), place, "Nights", WHO, now=NOW)
    (asked,) = asked_of(session, team)
    assert asked.circulation_id == whole.circulation_id
    assert session.scalar(sa.select(openings.passed_on()).where(Asked.id == whole.id)), "the team answers in its place"
    leader = session.scalars(sa.select(Person).where(Person.name == WHO.name)).one()
    mine = [one for one in emails.owed(session, NOW) if one.person == leader.ref]
    assert [(one.kind, one.about) for one in mine] == [("ask", asked.circulation.ref)]
    delivery = Delivery(
        kind="ask", about=mine[0].about, person=leader.ref, owed_since=mine[0].since, message_id="<x@t>"
    )
    session.expire_all()
    letter = emails.letter(session, delivery, NOW)
    assert isinstance(letter, Letter)
    assert f"briefing by {date_words(by)}. The date to answer by has passed; recording is still open." in letter.body
    assert letter.subject.startswith("Nights: to discuss, still open after ")


def test_the_page_says_what_a_team_is_asked_after_the_date(client: Client) -> None:
    place = world()
    with db.writing() as session:
        asked = session.scalars(sa.select(Asked).where(Asked.ref == place.asked)).one()
        link = f"/organisations/{asked.organisation.ref}/teams/add"
    client.as_person(place.lead)
    assert "recording is still open" not in words(client.get(link))
    with db.writing() as session:
        session.execute(sa.update(AnswerBy).values(on=today(now()) - timedelta(days=1)))
    said = words(client.get(link))
    assert "(the date to answer by has passed; recording is still open), and its leader gets the letter" in said
