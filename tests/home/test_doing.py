"""What a team said it would do stands on the page of whoever leads it, what is due soonest first."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.discussions.models import Action, Minutes
from app.home.queries import MOST
from app.organisations.models import Organisation, Partnership, Person, Team
from app.policy import Role
from tests import factories as make
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, earlier, statements
from tests.home.test_mine import home, links, place_with

HEADING = "What your team said it would do"


def acts(minutes: Minutes, *deeds: str, by: date | None = None) -> Minutes:
    first = len(minutes.actions)
    minutes.actions.extend(Action(position=first + n, what=what, by=by) for n, what in enumerate(deeds))
    return minutes


def place_doing(app: Flask, *deeds: str, **due: date) -> Visits:
    def arrange(scene: Scene) -> Any:
        made = acts(scene.sent(at=earlier()), *deeds)
        for what, by in due.items():
            acts(made, what.replace("_", " "), by=by)
        return made.ref

    return place_with(app, arrange)


def team_key(app: Flask) -> int:
    """The key of the team that has minutes."""
    with app.app_context(), db.reading() as session:
        return session.scalars(sa.select(sa.func.min(Team.id))).one()


def team_of(app: Flask) -> str:
    """Its reference."""
    with app.app_context(), db.reading() as session:
        return session.get_one(Team, team_key(app)).ref


def test_a_leader_reads_what_her_team_has_still_to_do_what_is_due_first(app: Flask) -> None:
    place = place_doing(app, "Order leaflets", Ring_the_school=date(2027, 1, 8), Ask_the_midwives=date(2026, 11, 1))
    said = home(place, "leader")
    at = [said.index(words) for words in (HEADING, "Ask the midwives", "Ring the school", "Order leaflets")]
    assert at == sorted(at)
    assert "Was due by 1 November 2026." in said and "By 8 January 2027." in said
    bold = re.findall(r"<strong>([^<]*)</strong>", place.page("leader", "/home").text)
    assert "Was due by 1 November 2026" in bold and "By 8 January 2027" not in bold, "seen without colour"
    led = [url for words, url in links(place, "leader").items() if "Ask the midwives" in words]
    assert led == [f"/minutes/{place.refs['made']}"]


def test_of_many_the_first_five_stand_and_where_the_others_are(app: Flask) -> None:
    place = place_doing(app, *(f"Deed no. {number}" for number in range(7)))
    said, team = home(place, "leader"), team_of(app)
    assert said.count("Deed no.") == 2 * 5  # once read, once for whoever hears the link
    assert "2 more on the page of Team" in said
    assert f'href="/teams/{team}#doing"' in place.page("leader", "/home").text
    assert 'id="doing"' in place.page("leader", f"/teams/{team}").text


def test_where_nothing_is_to_do_or_is_not_theirs_nothing_stands(app: Flask) -> None:
    place = place_doing(app, "Order leaflets")
    for who in place.people:
        assert ("Order leaflets" in home(place, who)) == (who == "leader"), who
    assert "would do" not in home(place_with(app), "leader")


def test_it_takes_as_many_statements_however_many_teams_somebody_writes_for(app: Flask) -> None:
    place = place_doing(app, "Order leaflets")
    few = statements(app, place.browser("leader"), "/home")
    with db.writing() as session:
        partnership = session.get_one(Partnership, place.partnership)
        trust = session.scalars(sa.select(Organisation).order_by(Organisation.id)).first()
        leader, more = session.get_one(Person, place.people["leader"]), []
        for number in range(4):
            team = make.team(session, trust, name=f"Night team {number}")
            make.appoint(session, leader, Role.LEADER, trust, [team])
            asked = make.circulate(session, partnership, make.edition(session), [team]).asked[0]
            more.append(acts(make.minutes(session, asked, leader, sent_at=earlier()), f"Deed {number}"))
    said = home(place, "leader")
    assert "What your teams said they would do" in said and ", by Night team 3" in said, said
    assert statements(app, place.browser("leader"), "/home") == few


def test_it_stands_however_much_nobody_has_answered(app: Flask) -> None:
    place = place_doing(app, "Order leaflets")
    with db.writing() as session:
        partnership, team = session.get_one(Partnership, place.partnership), session.get_one(Team, team_key(app))
        for _ in range(MOST):
            make.circulate(session, partnership, make.edition(session), [team])
    assert "Order leaflets" in home(place, "leader")
