"""Somebody else leads this team: said by the team, told to whoever can settle it, and settled with one press."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import emails, leading
from app.circulation.leading import NOBODY
from app.circulation.models import OtherLeader
from app.collation import coverage as reach
from app.database import db
from app.discussions.models import Reply
from app.errors import Conflict, Denied, Invalid
from app.organisations.models import Appointment, Named, Person
from app.policy import Role
from app.post.models import Delivery, Letter, Superseded
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions.worlds import words, world
from tests.forwarding.scene import Scene

NEW = Named("Community nurse", "community.nurse@example.gov.uk")
LATER = NOW + timedelta(hours=1)


def said(scene: Scene, named: Named = NEW, **values: Any) -> OtherLeader:
    leader = scene.actor(scene.leader)
    return leading.say_leader(scene.session, leader, scene.asked, named, **{"now": NOW, **values})


def owed(session: Session, kind: str = "leader", now: Any = LATER) -> set[str]:
    return {one.person for one in emails.owed(session, now) if one.kind == kind}


def written(session: Session, found: OtherLeader, to: Person) -> Any:
    session.expire_all()
    values = {"owed_since": NOW, "message_id": "<x@test>", "person": to.ref}
    return emails.letter(session, Delivery(kind="leader", about=found.ref, **values), LATER)


def test_saying_it_changes_nothing_and_is_no_answer(session: Session) -> None:
    scene = Scene(session, noise=False)
    before = (scene.actor(scene.leader), session.scalar(sa.select(sa.func.count()).select_from(Appointment)))
    first = said(scene)
    assert said(scene).id == first.id, "the same again is said once"
    assert (scene.actor(scene.leader), session.scalar(sa.select(sa.func.count()).select_from(Appointment))) == before
    assert not session.scalars(sa.select(Person).where(Person.name == NEW.name)).all()
    assert not session.scalars(sa.select(Reply)).all()
    officer = make.actor_of(session, scene.circle.officer)
    about = reach.scope(session, officer, ref=scene.circle.edition.ref)
    assert sum(row.no_response for row in reach.coverage(session, officer, about, NOW)) == 3


def test_leads_and_administrators_are_told_and_the_officer_where_there_is_none(session: Session) -> None:
    scene = Scene(session)
    administrator = make.holder(session, Role.ADMINISTRATOR, scene.circle.organisation)
    elsewhere = make.holder(session, Role.LEAD, scene.circle.organisation, (scene.circle.teams[1],))
    assert not said(scene).to_officer
    assert owed(session) == {scene.lead.ref, administrator.ref}
    assert elsewhere.ref not in owed(session)
    session.execute(
        sa.update(Appointment).where(Appointment.role.in_(["lead", "administrator"])).values(ends_on=date(2026, 11, 1))
    )
    found = said(scene, Named("Somebody", "somebody@example.gov.uk"), now=LATER)
    assert found.to_officer
    assert owed(session) == {scene.circle.officer.ref}


def test_the_letter_names_who_is_said_to_lead_and_leads_to_the_page(app: Flask, session: Session) -> None:
    scene = Scene(session)
    found = said(scene)
    letter = written(session, found, scene.lead)
    assert isinstance(letter, Letter)
    name = scene.circle.teams[0].name
    assert letter.subject == f"{name}: who leads this team? – {scene.circle.edition.short_title}"
    for line in ("Community nurse", NEW.email, f"http://localhost/leaders/{found.ref}", "Until then nothing changes."):
        assert line in letter.body
    assert isinstance(written(session, found, scene.leader), Superseded)
    newer = said(scene, NOBODY, now=LATER)
    assert isinstance(written(session, found, scene.lead), Superseded)
    assert "does not know who" in written(session, newer, scene.lead).body


def test_confirming_appoints_ends_and_sends_the_asking_letter(session: Session) -> None:
    scene = Scene(session)
    found = said(scene)
    settled = leading.confirm_leader(session, scene.actor(scene.lead), found, NEW, now=LATER)
    assert (settled.name, settled.title) == (scene.lead.name, "Named Nurse")
    new = session.get_one(Person, settled.leader_id)
    (grant,) = make.actor_of(session, new, LATER).grants
    assert (grant.role, grant.teams) == (Role.LEADER, {scene.circle.teams[0].id})
    assert make.actor_of(session, scene.leader, LATER).grants == (), "from the next request on"
    assert new.ref in owed(session, "ask")
    assert owed(session) == set(), "settled, nobody is told any more"
    again = leading.confirm_leader(session, scene.actor(scene.lead), found, NEW, now=LATER)
    assert again is settled
    held = sa.select(sa.func.count()).select_from(Appointment).where(Appointment.person_id == new.id)
    assert session.scalar(held) == 1


def test_whoever_led_two_teams_goes_on_leading_the_other(session: Session) -> None:
    scene = Scene(session)
    make.appoint(session, scene.circle.noise_officer, Role.LEADER, scene.circle.organisation, scene.circle.teams)
    both = scene.circle.noise_officer
    found = leading.say_leader(session, make.actor_of(session, both), scene.asked, NEW, now=NOW)
    leading.confirm_leader(session, scene.actor(scene.lead), found, NEW, now=LATER)
    teams = [g.teams for g in make.actor_of(session, both, LATER).grants if g.role is Role.LEADER]
    assert teams == [{scene.circle.teams[1].id}]
    assert [g.role for g in make.actor_of(session, scene.leader, LATER).grants] == [Role.LEADER], "who did not say so"


def test_declining_leaves_everything_and_what_was_said_since_is_settled_instead(session: Session) -> None:
    scene = Scene(session)
    first = said(scene, NOBODY)
    second = said(scene)
    with pytest.raises(Conflict, match="said since"):
        leading.confirm_leader(session, scene.actor(scene.lead), first, NEW, now=LATER)
    declined = leading.decline_leader(session, scene.actor(scene.lead), second, now=LATER)
    assert declined.leader_id is None
    assert scene.actor(scene.leader).grants
    assert leading.confirm_leader(session, scene.actor(scene.lead), second, NEW, now=LATER) is declined


def test_nobody_settles_it_who_may_not(session: Session) -> None:
    scene = Scene(session)
    found = said(scene)
    narrowed = make.holder(session, Role.LEAD, scene.circle.organisation, (scene.circle.teams[1],))
    for who in (scene.leader, scene.circle.officer, scene.circle.noise_lead, narrowed):
        with pytest.raises(Denied):
            leading.confirm_leader(session, make.actor_of(session, who), found, NEW, now=LATER)


def test_an_address_of_somebody_who_leads_it_or_of_no_known_domain_is_refused(session: Session) -> None:
    scene = Scene(session)
    with pytest.raises(Invalid, match="leads this team here already"):
        said(scene, Named("Me", scene.leader.addresses[0].email))
    with pytest.raises(Invalid, match="is not an email domain"):
        said(scene, Named("Somebody", "somebody@mail.test"))


# Through pages


def test_the_leader_says_who_leads_and_the_lead_confirms_it_with_one_press(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.leader)
    at = f"/asked/{place.asked}/leader"
    unsaid = client.post_form(at, {}, at="/leader")
    assert unsaid.status_code == 422
    assert "Say who leads the team now" in words(unsaid)
    nameless = client.post_form(at, {"who": "known"}, at="/leader")
    assert "Give the person’s name." in words(nameless)
    done = client.get(
        client.post_form(at, {"who": "known", "name": NEW.name, "email": NEW.email}, at="/leader").location
    )
    assert f"We ask {place.lead_name}, Named Nurse by email to confirm it." in words(done)
    assert "Nothing changes until that is confirmed" in words(client.get(f"/teams/{place.team}"))

    client.as_person(place.lead)
    home = client.get("/home")
    assert "Community nurse leads it now" in words(home)
    link = re.search(r'href="(/leaders/\w+)"', home.text)
    assert link
    settled = client.post_form(link[1], {}, at=link[1])
    assert settled.status_code == 303
    assert "Community nurse leads this team." in words(client.get(settled.location))
    assert "Who leads a team: to confirm" not in words(client.get("/home"))
    client.as_person(place.leader)
    assert client.get(f"/teams/{place.team}").status_code == 403


def test_somebody_unknown_is_named_by_the_lead_or_left(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.leader)
    client.post_form(f"/asked/{place.asked}/leader", {"who": "unknown", "name": "x", "email": "broken"}, at="/leader")
    with db.reading() as session:
        found = session.scalars(sa.select(OtherLeader)).one()
        assert (found.name, found.email) == ("", "")
        link = f"/leaders/{found.ref}"
    client.as_person(place.lead)
    assert client.post_form(link, {}, at=link).status_code == 422
    left = client.post_form(link, {}, at="/decline")
    assert "Everything stayed as it was." in words(client.get(left.location))
