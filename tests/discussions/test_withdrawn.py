"""After a briefing was withdrawn: every page says so and why, nothing new is begun, and what was begun is sent."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import now
from app.database import db
from app.discussions import companions, drafting, services
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions import worlds
from tests.discussions.typing_in import content
from tests.discussions.worlds import World, words
from tests.forwarding.visits import statements

BECAUSE = "A figure in it was wrong."
OFFERED = ("Record your discussion", "Slides to show", "meeting pack", "in your calendar", "Somebody else will write")


def withdraw(place: World) -> None:
    with db.writing() as session:
        asked = session.scalars(select(Asked).where(Asked.ref == place.asked)).one()
        let_stand(session, CONSOLE, asked.circulation.edition.pack, Standing.WITHDRAWN, BECAUSE, now=now())


def test_a_team_that_has_not_begun_reads_why_and_is_offered_nothing(leader: Client, place: World) -> None:
    pages = ("/home", f"/teams/{place.team}", place.meeting, f"/asked/{place.asked}/other")
    before = {page: words(leader.get(page)) for page in pages}
    assert "To discuss by" in before["/home"] and all(one in before[f"/teams/{place.team}"] for one in OFFERED)
    withdraw(place)
    for page in pages:
        said = words(leader.get(page))
        assert "briefing was withdrawn" in said and BECAUSE in said and "no need to discuss it any more" in said, page
        assert "To discuss by" not in said and "Asked for by" not in said, page
        assert not any(one in said for one in OFFERED), page
    assert "<form" not in leader.get(place.meeting).text.partition("<main")[2]
    assert "and what was withdrawn" in words(leader.get("/home"))


def test_what_was_begun_can_still_be_sent_and_every_page_says_so(leader: Client, place: World) -> None:
    check = worlds.write(leader, place)
    withdraw(place)
    for page in ("/home", f"/teams/{place.team}", place.meeting, check.replace("/check", "/said"), check):
        said = words(leader.get(page))
        assert BECAUSE in said and "can still be sent" in said, page
    assert "Go on writing" in words(leader.get(f"/teams/{place.team}"))
    sent = leader.post(check, data=worlds.to_send(leader, check))
    assert sent.status_code == 303 and sent.location.endswith("/sent")
    said = words(leader.get(f"/teams/{place.team}"))
    assert "Record another meeting" not in said and "Read your minutes of" in said and BECAUSE in said


def test_a_page_that_was_open_when_it_was_withdrawn_loses_nothing(leader: Client, place: World) -> None:
    form = worlds.form_at(leader.get(place.meeting), "/meeting")
    withdraw(place)
    answer = leader.post(place.meeting, data={**form, **worlds.MEETING, "do": "continue"})
    assert answer.status_code == 303 and "/said" in answer.location


def test_the_page_on_which_a_colleague_is_named_says_so_and_has_no_boxes(leader: Client, place: World) -> None:
    page = f"/asked/{place.asked}/colleague"
    form = worlds.form_at(leader.get(page), "/colleague")
    withdraw(place)
    said = words(leader.get(page))
    assert "This briefing was withdrawn" in said and "Let this person write it up" not in said
    late = leader.post(page, data={**form, "name": "Somebody", "email": "somebody@example.gov.uk"})
    assert late.status_code == 409 and "nobody needs to be named" in words(late)


def test_the_lead_reads_why_and_no_date(app: Flask, place: World) -> None:
    lead = worlds.browser_of(app, place.lead)
    few = statements(app, lead, "/home")
    assert "to discuss by" in words(lead.get("/home"))
    withdraw(place)
    said = words(lead.get("/home"))
    assert "to discuss by" not in said and f"teams need not discuss it any more: {BECAUSE}" in said
    assert statements(app, lead, "/home") == few


def test_the_date_page_promises_no_reminder(app: Flask, place: World) -> None:
    officer = worlds.browser_of(app, place.officer)
    with db.reading() as session:
        sent = session.scalars(select(Asked).where(Asked.ref == place.asked)).one().circulation.ref
    page = f"/circulations/{sent}/date"
    assert "is reminded on" in words(officer.get(page))
    withdraw(place)
    said = words(officer.get(page))
    assert "is reminded on" not in said and "so nobody is reminded" in said and BECAUSE in said


def test_what_was_withdrawn_is_not_offered_after_sending_something_else(session: Session) -> None:
    circle = make.circle(session)
    leader = make.actor_of(session, circle.leader)
    other = make.edition(session, circle.partnership)
    sent = make.circulate(session, circle.partnership, other, [circle.teams[0]])
    draft = drafting.save_draft(session, leader, circle.asked, content(), version=0, now=NOW)
    minutes = services.send_minutes(session, leader, draft, now=NOW)
    assert [one.id for one in companions.still_open(session, leader, minutes)] == [sent.asked[0].id]
    let_stand(session, CONSOLE, other.pack, Standing.WITHDRAWN, BECAUSE, now=NOW)
    assert not companions.still_open(session, leader, minutes)
