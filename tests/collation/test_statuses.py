"""Where each team stands, as the officer reads it: every status in its words, a page at a time."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Added, Asked, Circulation
from app.collation import statuses
from app.database import db
from app.discussions.drafts import Draft
from app.packs.models import Edition
from tests import factories as make
from tests.client import Client
from tests.collation.worlds import Collated, collated
from tests.conftest import NOW
from tests.discussions.worlds import words
from tests.forwarding.visits import statements


def read(session: Session, world: Collated, **more: str) -> dict[str, str]:
    found = statuses.statuses(session, world.officer, world.about, NOW, **more)
    return {one.team or one.organisation: one.words for one in found}


def test_each_team_has_the_furthest_that_it_came(session: Session) -> None:
    world = collated(session)
    circle = world.circle
    quiet, begun = (make.team(session, circle.organisation, name=name) for name in ("Quiet", "Begun"))
    more = make.circulate(session, circle.partnership, circle.edition, [quiet, begun, circle.teams[0]])
    more.asked[0].added = Added.LATER
    where = {"organisation_id": circle.organisation.id, "partnership_id": more.partnership_id, "team_id": None}
    more.asked.append(Asked(**where, organisation_name="Whole", team_name="", sector="Health", added_at=NOW))
    session.flush()
    begins = {
        "organisation_id": circle.organisation.id,
        "asked_id": more.asked[1].id,
        "changed_by_id": circle.leader.id,
    }
    make.kept(session, Draft(**begins, begun_at=NOW, changed_at=NOW))
    found = read(session, world)
    assert found == {
        circle.teams[0].name: "Shared",
        circle.teams[1].name: "With the lead",
        circle.noise_asked.name: "Not relevant to us: no young children",
        "Quiet": "No response yet",
        "Begun": "Started",
        "Whole": "Teams that it added are asked in its place",
    }
    later = [one.team for one in statuses.statuses(session, world.officer, world.about, NOW) if one.later]
    assert sorted(later) == ["", "Begun", "Quiet"]


def test_each_team_stands_on_one_page_in_as_few_statements_however_many(app: Flask, client: Client) -> None:
    with db.writing() as session:
        world = collated(session)
        officer, edition = world.circle.officer.id, world.circle.edition.ref
    at = f"/collation/{edition}/statuses"
    few = statements(app, client.as_person(officer), at)
    with db.writing() as session:
        sent = session.scalars(sa.select(Circulation).join(Circulation.edition).where(Edition.ref == edition)).one()
        place = sent.asked[0].organisation
        teams = [make.team(session, place, name=f"Extra {number:03}") for number in range(230)]
        make.circulate(session, sent.partnership, sent.edition, teams)
    assert statements(app, client, at) <= few
    seen, url = [], at
    for _ in range(3):
        page = client.get(url)
        seen += [part.partition("<")[0] for part in page.text.split("<bdi>Extra ")[1:]]
        more = [part for part in page.text.split('href="') if part.startswith(f"{at}?") and "after=" in part[:200]]
        url = more[-1].partition('"')[0].replace("&amp;", "&") if "More teams" in page.text else ""
    assert url == "" and seen == [f"{number:03}" for number in range(230)]
    assert "Nobody else was asked" in words(client.get(f"{at}?after=zzzzzzzzzzzz"))


@pytest.mark.parametrize(("who", "links"), [("officer", True), ("reviewer", False)])
def test_a_team_leads_to_its_page_for_whoever_may_see_that(app: Flask, client: Client, who: str, links: bool) -> None:
    with db.writing() as session:
        world = collated(session)
        person, edition = getattr(world.circle, who).id, world.circle.edition.ref
        team = world.circle.teams[0].ref
    client.as_person(person)
    assert f"/collation/{edition}/statuses" in client.get(f"/collation/{edition}").text
    page = client.get(f"/collation/{edition}/statuses").text
    assert (f'href="/teams/{team}"' in page) == links
    assert not links or client.get(f"/teams/{team}").status_code == 200
