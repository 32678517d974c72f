"""“Circulate it to more teams”: the list of the first launch stays the denominator, and what is added stands apart."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Added
from app.collation import coverage as reach
from app.collation import queries
from app.collation.files import coverage_rows
from app.database import db
from tests import factories as make
from tests.client import Client
from tests.collation.worlds import Collated, collated
from tests.conftest import NOW


def further(session: Session, world: Collated) -> None:
    """One more team of the trust is asked, and one of the first launch once more."""
    circle = world.circle
    more = make.team(session, circle.organisation, name="Further")
    sent = make.circulate(session, circle.partnership, circle.edition, [more, circle.teams[1]])
    make.minutes(session, sent.asked[0], circle.leader)


def test_a_further_launch_leaves_the_denominator_and_is_counted_apart(session: Session) -> None:
    world = collated(session)
    before = reach.coverage(session, world.officer, world.about, NOW)
    further(session, world)
    found = reach.coverages(session, world.officer, world.about, NOW)
    assert found[Added.LAUNCH] == before
    (row,) = found[Added.LATER]
    assert (row.organisation, row.asked, row.discussed) == (world.circle.organisation.name, 1, 1)
    (added,) = reach.added_later(session, world.officer, world.about)
    assert (added.team, added.why) == ("Further", reach.CIRCULATED_FURTHER)
    facts = queries.report_facts(session, world.officer, world.about, NOW)
    assert facts.added_later == 1 and facts.steps()[0][:2] == ("Asked", 3)
    rows = coverage_rows(session, world.officer, world.about, NOW)
    assert [row[-1] for row in rows] == ["no"] * len(before) + ["yes"], "in the workbook too"
    assert [launch.teams for launch in facts.launches] == [3, 2], "what each launch asked stays as it was"


def test_another_partnerships_or_editions_launch_is_not_the_first(session: Session) -> None:
    circle = make.circle(session)
    make.circulate(session, circle.noise_partnership, circle.edition, [circle.teams[0]])
    about = reach.scope(session, make.actor_of(session, circle.officer), ref=circle.edition.ref)
    found = reach.coverages(session, make.actor_of(session, circle.officer), about, NOW)
    assert sum(row.asked for row in found[Added.LAUNCH]) == 3 and found[Added.LATER] == []


def test_the_page_counts_them_apart_and_shows_them_in_a_table_of_their_own(app: Flask, client: Client) -> None:
    with db.writing() as session:
        world = collated(session)
        further(session, world)
        officer, edition = world.circle.officer.id, world.circle.edition.ref
    page = client.as_person(officer).get(f"/collation/{edition}").text
    assert (
        "Asked: 3" in page and "Asked after the launch and not counted above: 1 team, of which 1 discussed it" in page
    )
    assert "Coverage of teams asked after the launch" in page
    teams = client.get(f"/collation/{edition}/teams").text
    assert reach.CIRCULATED_FURTHER in teams
    assert "Asked after the launch" in client.get(f"/collation/{edition}/statuses").text
