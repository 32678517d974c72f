"""Where the teams of a lead stand: on her own page as far as it reaches, and further back on pages of their own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.organisations.models import Organisation, Partnership
from tests import factories as make
from tests.client import parse
from tests.forwarding.visits import Visits, statements
from tests.home.test_team import place_with

FURTHER = "Earlier: what else your teams were asked"
BRIEFINGS = 2


def place_of(app: Flask, teams: int) -> Visits:
    """A trust of so many teams besides its two, each asked twice after what was there."""
    place = place_with(app, lambda s: {"trust": s.circle.organisation.id})
    with db.writing() as session:
        trust = session.get_one(Organisation, place.refs["made"]["trust"])
        partnership = session.get_one(Partnership, place.partnership)
        there = [make.team(session, trust, name=f"Team no. {number:03}") for number in range(teams)]
        for number in range(BRIEFINGS):
            edition = make.edition(session, partnership, short_title=f"Briefing no. {number}")
            make.circulate(session, partnership, edition, there)
    return place


def read(place: Visits) -> tuple[list[str], list[int]]:
    """The name of each line of each page, and how many a page had."""
    at, names, sizes = "/home", list[str](), list[int]()
    while at:
        tree = parse(place.page("lead", at))
        lists = [one for one in tree.iter("ul") if one.get("class") == "govuk-task-list"]
        here = [bdi.text or "" for one in lists for a in one.iter("a") for bdi in a.iter("bdi")]
        names, sizes = names + here, [*sizes, len(here)]
        at = next((a.get("href") or "" for a in tree.iter("a") if a.text == FURTHER), "")
    return names, sizes


@pytest.mark.parametrize(("teams", "pages"), [(29, [60]), (30, [60, 2]), (60, [60, 60, 2])])
def test_no_team_is_missing_however_many_a_lead_has(app: Flask, teams: int, pages: list[int]) -> None:
    names, sizes = read(place_of(app, teams))
    assert sizes == pages
    assert all(names.count(f"Team no. {number:03}") == BRIEFINGS for number in range(teams))
    assert names.count("North") == 1


def test_what_is_no_line_of_hers_is_not_there(app: Flask) -> None:
    place = place_with(app)
    for before in ("0" * 12, "no reference"):
        assert place.page("lead", f"/teams?before={before}").status_code == 404


def test_further_pages_take_as_many_statements_for_few_as_for_many(app: Flask) -> None:
    place = place_with(app)
    few = statements(app, place.browser("lead"), "/teams")
    with db.writing() as session:
        trust = session.scalars(sa.select(Organisation).order_by(Organisation.id)).first()
        assert trust
        partnership = session.get_one(Partnership, place.partnership)
        make.circulate(session, partnership, make.edition(session), [make.team(session, trust) for _ in range(9)])
    assert statements(app, place.browser("lead"), "/teams") == few <= 6
