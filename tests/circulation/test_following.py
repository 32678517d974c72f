"""Between the day on which a launch is scheduled and the day on which it goes out teams change: who is asked then, and
what the officer reads of it; and what is said while nobody carries it out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import emails, scheduling
from app.circulation.scheduled import ScheduledLaunch
from app.circulation.scheduled_letters import UNLAUNCHED
from app.clock import moment_words, now
from app.database import db
from app.organisations.models import Membership, Succession, Team, TeamSuccession
from app.post import queries as post
from app.post.models import Delivery, Hold, Letter
from tests import factories as make
from tests.circulation.test_pages import Office as Pages
from tests.circulation.test_pages import words
from tests.circulation.test_scheduling import MONDAY, Office, scheduled
from tests.client import Client
from tests.conftest import NOW
from tests.home.test_mine import statements

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def office(session: Session) -> Office:
    return Office(session)


def became(session: Session, before: Team, after: Team, **values: Any) -> None:
    gone = {"from_team_id": before.id, "to_team_id": after.id, "kind": Succession.MERGED, "on": TUESDAY, **values}
    make.kept(session, TeamSuccession(organisation_id=before.organisation_id, **gone))


def test_a_team_that_went_over_is_asked_as_its_heir_and_a_whole_that_has_teams_by_then_by_team(office: Office) -> None:
    session, (first, second) = office.session, office.circle.teams
    bare = make.organisation(session, office.circle.partnership)
    launch = office.schedule(plan=office.plan(organisations=frozenset({office.circle.organisation.ref, bare.ref})))
    assert launch.asked == (2, 1)
    between, heir = (make.team(session, office.circle.organisation, name=name) for name in ("Between", "Heir"))
    became(session, first, between)
    became(session, between, heir)
    known = make.team(session, bare)
    made = office.carried_out(launch)
    assert made is not None and {one.team_id for one in made.asked} == {heir.id, second.id, known.id}
    place = office.circle.organisation.name
    assert launch.ended and launch.ended.because == f"{first.name} ({place}) went over into Heir ({place})."


def test_where_two_merge_into_one_of_them_that_one_is_asked_once(office: Office) -> None:
    first, second = office.circle.teams
    launch = office.schedule()
    became(office.session, first, second)
    made = office.carried_out(launch)
    assert made is not None and [one.team_id for one in made.asked] == [second.id]


def test_nothing_is_said_where_everybody_is_asked_as_it_was_confirmed(office: Office) -> None:
    launch = office.schedule()
    became(office.session, office.circle.teams[0], office.circle.teams[1], on=date(2026, 12, 1))
    assert office.carried_out(launch) and launch.ended and launch.ended.because == ""


def test_who_was_asked_meanwhile_and_who_is_no_longer_here_are_named(office: Office) -> None:
    session, (first, _) = office.session, office.circle.teams
    places = [make.organisation(session, office.circle.partnership, name=name) for name in ("Left whole", "Left")]
    team = make.team(session, places[1], name="Left")
    refs = frozenset({office.circle.organisation.ref, *(place.ref for place in places)})
    launch = office.schedule(plan=office.plan(organisations=refs))
    make.circulate(session, office.circle.partnership, office.text, [first])
    for place in places:
        session.execute(sa.delete(Membership).where(Membership.organisation_id == place.id))
    assert office.carried_out(launch) and launch.ended
    assert launch.ended.because == (
        f"Not asked, having been asked about this briefing meanwhile: {first.name}. "
        f"Not asked, as no longer here: {team.name} and Left whole."
    )


def test_the_letter_names_them_where_nobody_is_left_to_ask(office: Office, app: Flask) -> None:
    launch = office.schedule()
    make.circulate(office.session, office.circle.partnership, office.text, office.circle.teams)
    assert office.carried_out(launch) is None
    (first, *_) = [one for one in emails.owed(office.session, MONDAY) if one.kind == UNLAUNCHED]
    row = Delivery(kind=first.kind, about=first.about, person=first.person, owed_since=NOW, message_id="<l@test>")
    with app.test_request_context():
        letter = emails.letter(office.session, make.kept(office.session, row), MONDAY)
    assert isinstance(letter, Letter)
    assert all(team.name in letter.body for team in office.circle.teams)


def test_a_launch_that_is_due_counts_as_owed_until_somebody_has_carried_it_out(office: Office) -> None:
    launch = office.schedule()
    assert post.oldest_owed(office.session, MONDAY - timedelta(seconds=1), [emails]) != MONDAY
    late = MONDAY + timedelta(minutes=6)
    assert [one.since for one in emails.foreseen(office.session, late)] == [MONDAY]
    assert (MONDAY, launch.ref) in {(one.since, one.about) for one in post.not_noted(office.session, late, [emails])}
    office.carried_out(launch, late)
    assert list(emails.foreseen(office.session, late)) == []


# Over HTTP.


@pytest.fixture
def pages(app: Flask, client: Client) -> Pages:
    made = Pages(client)
    made.sign_in()
    return made


def test_the_pages_and_health_say_that_it_was_due_and_waits(pages: Pages, app: Flask) -> None:
    at = scheduled(pages)
    assert "43,200 minutes" not in pages.client.get("/health").text
    with db.writing() as session:
        session.execute(sa.update(ScheduledLaunch).values(at=now() - timedelta(days=30)))
    page = words(pages.client.get(at))
    assert "It was due on" in page and "and waits" in page and "Cancel: ask nobody" in page
    assert "It was due on" in words(pages.client.get("/home"))
    health = pages.client.get("/health")
    assert health.status_code == 503 and "a letter has been due for 43,200 minutes" in health.text
    told = app.test_cli_runner().invoke(args=["post", "status"]).output
    with db.reading() as session:
        since = moment_words(session.scalars(sa.select(ScheduledLaunch.at)).one())
    assert f"the oldest owed since {since}" in told
    with db.writing() as session:
        session.add(Hold(at=now(), puts=True, because="A restore.", era=1))
    assert "It was due on" in words(pages.client.get(at))


def test_the_pages_say_who_was_left_out_in_as_few_statements_however_many(pages: Pages, app: Flask) -> None:
    at = scheduled(pages)
    few = statements(app, pages.client, at)
    with db.writing() as session:
        launch = session.scalars(sa.select(ScheduledLaunch)).one()
        north = session.scalars(sa.select(Team).where(Team.ref == pages.north)).one()
        heir = make.team(session, north.organisation, name="Heir")
        became(session, north, heir)
        assert scheduling.carry_out(session, launch, now=now())
    page = words(pages.client.get(at))
    assert "Not everybody was asked as it was scheduled." in page and "went over into Heir" in page
    assert statements(app, pages.client, at) <= few
    assert "not to everybody as it was scheduled" in words(pages.client.get("/home"))
