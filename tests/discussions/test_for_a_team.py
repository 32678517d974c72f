"""A lead or deputy records for one of her teams, and it is shown as that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.discussions.models import Minutes, Received
from app.forwarding import making
from app.organisations.models import Appointment
from app.policy import Role
from tests.client import Client
from tests.discussions.worlds import MEETING, SAID, World, form_of, words, world


def record(client: Client, place: World, person: int, **meeting: str) -> str:
    """From her own page to the receipt, as somebody who is not of the team; the address of the minutes."""
    client.as_person(person)
    assert f'href="/teams/{place.team}"' in client.get("/home").text, "her page leads to the team's"
    assert f'href="{place.meeting}"' in client.get(f"/teams/{place.team}").text, "and that to recording"
    said = client.post_form(place.meeting, {**MEETING, **meeting, "do": "continue"}, at="/meeting").location
    check = client.post_form(said, {**SAID, "do": "continue"}, at="/said").location
    if "received" in meeting:
        assert "How the record came" in words(client.get(check))
    receipt = client.get(client.post_form(check, {"nobody_known": "yes"}, at="/check").location)
    return next(p.partition('"')[0] for p in receipt.text.split('href="') if p.startswith("/minutes/"))


def test_a_lead_records_and_who_recorded_who_chaired_and_how_it_came_are_three_things(
    app: Flask, client: Client
) -> None:
    place = world()
    link = record(client, place, place.lead, received="paper")
    page = words(client.get(link))
    assert f"Recorded by {place.lead_name}, Named Nurse, for the team, from what came on paper" in page
    assert "chaired by Team manager" in page
    with db.reading() as session:
        (minutes,) = session.scalars(sa.select(Minutes)).all()
        assert (minutes.recorded_by_id, minutes.recorded_as) == (place.lead, "Named Nurse")
        assert (minutes.discussion.chaired_by, minutes.discussion.received) == ("Team manager", Received.PAPER)
        with app.test_request_context():
            facts = making.facts(session, minutes.ref)
    assert facts.recorded_by == f"{place.lead_name}, Named Nurse, for the team"
    assert facts.received == "On paper"
    client.as_person(place.leader)
    assert "Named Nurse, for the team" in words(client.get(link)), "the team reads it too"


@pytest.mark.parametrize(("who", "asked"), [("lead", True), ("deputy", True), ("leader", False), ("colleague", False)])
def test_only_somebody_who_is_not_of_the_team_is_asked_how_it_came(
    app: Flask, client: Client, who: str, asked: bool
) -> None:
    place = world()
    client.as_person(getattr(place, who))
    names = {field.get("name") for field in form_of(client.get(place.meeting), "/meeting").iter("input")}
    assert ("received" in names) is asked


def test_what_the_team_goes_on_with_keeps_how_it_came(app: Flask, client: Client) -> None:
    place = world()
    client.as_person(place.lead)
    client.post_form(place.meeting, {**MEETING, "received": "mail", "do": "later"}, at="/meeting")
    client.as_person(place.leader)
    said = client.post_form(place.meeting, {"do": "continue"}, at="/meeting").location
    check = client.post_form(said, {**SAID, "do": "continue"}, at="/said").location
    client.post_form(check, {"nobody_known": "yes"}, at="/check")
    with db.reading() as session:
        (minutes,) = session.scalars(sa.select(Minutes)).all()
        assert (minutes.recorded_as, minutes.discussion.received) == ("", Received.MAIL)


def test_a_lead_s_own_minutes_go_to_the_deputy_who_acknowledges_them(app: Flask, client: Client) -> None:
    place = world()
    link = record(client, place, place.lead)
    assert "I have this" not in words(client.get(link)), "nobody acknowledges her own"
    client.as_person(place.deputy)
    assert link in client.get("/inbox").text
    done = client.post_form(link, {"decision": "keep"}, at="/decision")
    assert "said “I have this”" in words(client.get(done.location))


def test_without_a_deputy_they_stand_as_recorded_by_the_lead_and_can_be_shared(app: Flask, client: Client) -> None:
    place = world()
    with db.writing() as session:
        ended = sa.update(Appointment).where(Appointment.role == Role.DEPUTY)
        session.execute(ended.values(ends_on=sa.text("starts_on")))
    link = record(client, place, place.lead)
    assert "stand as recorded by the safeguarding lead" in words(client.get(link))
    form = form_of(client.get(link), "/decision")
    boxes = [f.get("value", "") for f in form.iter("input") if f.get("name") == "answers"]
    shared = client.post_form(link, {"decision": "share", "answers": boxes}, at="/decision")
    assert shared.status_code == 303, words(shared)
    client.as_person(place.leader)
    assert "Shared with the" in words(client.get(f"/teams/{place.team}"))
