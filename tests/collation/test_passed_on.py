"""What an officer reads of an organisation that was asked as a whole and has added a team since."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from app.circulation import adding
from app.circulation.models import Asked
from app.collation import coverage as reach
from app.collation import queries
from app.collation.document import report_document
from app.database import db
from app.organisations.models import Appointment, Named
from app.policy import Role
from tests import factories as make
from tests.client import Client
from tests.collation.worlds import Collated, collated
from tests.conftest import NOW
from tests.forwarding.visits import words as words_of

WHO = Named("Night leader", "nights@example.gov.uk")
SAYS = "Teams that it added are asked in its place"


def passed_on(session: Session, world: Collated) -> str:
    """Ask a whole organisation, and one more that stays as it is; the lead of the first adds a team."""
    sent = world.circle.circulation
    for name in ("Alone", "Whole place"):
        place = make.organisation(session, world.circle.partnership, name=name)
        where = {"partnership_id": sent.partnership_id, "organisation_id": place.id, "team_id": None}
        sent.asked.append(Asked(**where, organisation_name=name, team_name="", sector="Health", added_at=NOW))
    session.flush()
    lead = make.actor_of(session, make.holder(session, Role.LEAD, place))
    return adding.add_team(session, lead, place, "Nights", WHO, now=NOW).ref


def test_it_is_no_longer_said_to_give_no_response(session: Session) -> None:
    world = collated(session)
    passed_on(session, world)
    found = {(one.organisation, one.team): one.status for one in reach.waiting(session, world.officer, world.about)}
    assert found["Whole place", ""] == SAYS
    assert found["Whole place", "Nights"] == found["Alone", ""] == "No response yet"
    rows = {row.organisation: row for row in reach.coverage(session, world.officer, world.about, NOW)}
    assert (rows["Whole place"].passed_on, rows["Alone"].passed_on) == (1, 0)
    assert (rows["Whole place"].asked, rows["Whole place"].no_response) == (1, 1), "the list of that day stays"
    facts = queries.report_facts(session, world.officer, world.about, NOW)
    assert report_document(facts)


def test_the_officers_pages_say_so(app: Flask, client: Client) -> None:
    with db.writing() as session:
        world = collated(session)
        passed_on(session, world)
        officer, edition = world.circle.officer.id, world.circle.edition.ref
    client.as_person(officer)
    page = client.get(f"/collation/{edition}").text
    assert "Of these, 1 organisation was asked as a whole and has added teams since, asked in its place" in page
    assert "teams that it added are asked in its place" in client.get(f"/collation/{edition}/teams").text


def test_its_lead_reads_so_on_her_own_page(app: Flask, client: Client) -> None:
    with db.writing() as session:
        world = collated(session)
        passed_on(session, world)
        place = session.query(Asked).filter_by(organisation_name="Whole place", team_name="").one().organisation_id
        lead = session.query(Appointment).filter_by(organisation_id=place, role=Role.LEAD).one().person_id
    client.as_person(lead)
    said = " ".join(words_of(client.get("/home")).split())
    assert f"Whole place {SAYS}" in said and "Nights No response yet" in said
