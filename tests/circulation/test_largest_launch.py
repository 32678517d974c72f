"""A launch longer than a page can carry along as a list: it is chosen, checked and sent like any other."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from app.circulation.audience import MOST_SHOWN
from app.circulation.models import Asked
from app.database import db
from app.organisations.models import Organisation, Team
from app.packs.models import Pack
from tests.circulation.test_pages import fields, form_of, words
from tests.circulation.worlds import big_world
from tests.client import Client


def test_2_500_teams_are_chosen_checked_and_sent_on_the_pages(app: Flask, client: Client) -> None:
    with db.writing() as session:
        world = big_world(session, 900, 2_500)
        url = f"/circulate/{session.get_one(Pack, world.edition.pack_id).slug}"
        officer, places, team = world.officer.id, {o.ref for o in world.organisations}, world.teams[0].ref
    client.as_person(officer)
    everybody = client.post(url, data={**fields(client.get(url)), "tick": "*"})
    assert set(fields(everybody)["organisations"]) == places
    checked = client.post(f"{url}/check", data=fields(everybody))
    assert checked.status_code == 200 and "ask 2,500 teams" in words(checked)
    assert fields(checked)["shown"] == "" and form_of(checked) is not None
    with db.writing() as session:
        session.scalars(select(Team).where(Team.ref == team)).one().name = "Renamed team"
        place = session.scalars(
            select(Organisation).where(Organisation.ref.in_(places)).order_by(Organisation.id)
        ).first()
        assert place is not None
        session.add(Team(organisation_id=place.id, code="late", name="Late team"))
    again = client.post(f"{url}/confirm", data=fields(checked))
    assert again.status_code == 409
    said = words(again)
    assert "The list has changed" in said and "too long for this page to name what changed" in said
    assert "Now on the list" not in said and "ask 2,501 teams" in said
    sent = client.post(f"{url}/confirm", data=fields(again))
    assert sent.status_code == 303
    assert "2,501 teams and 90 organisations asked" in words(client.get(sent.location))
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Asked)) == 2_591


def test_a_list_that_a_page_can_carry_is_far_from_what_a_field_takes() -> None:
    assert MOST_SHOWN * len("t:000000000000~00000000 ") < 60_000
