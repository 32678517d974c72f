"""Whoever says that she leads a team sees what it is asked and what she wrote, and no other page about anything."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import Asked
from app.discussions.models import Minutes
from app.organisations.models import Person, Team
from app.organisations.queries import actor_for
from app.policy import POLICY, Cell, Reach, Role
from tests.conftest import NOW
from tests.factories import actor_of
from tests.policy import matrix
from tests.policy.matrix import FOR_EVERYBODY, Row
from tests.policy.posted import SENT
from tests.policy.stage import MADE_UP, Stage, told
from tests.policy.world import World

HERS = {"claimed": "ok", "claimed_minutes": "ok", "claim": "--", "claimed_team": "--"}
ABOUT_SOMETHING = [row for row in matrix.closed() if row.thing and row.thing not in FOR_EVERYBODY]
RECORDS = {"discussions.enter": "no", "forwarding.decide": "no"}
"""What of hers is her partnership's or her lead's to do."""


def named(row: Row) -> str:
    return row.name


@pytest.mark.parametrize("row", ABOUT_SOMETHING, ids=named)
def test_she_reads_and_does_nothing_beyond_her_own_team(row: Row, stage: Stage) -> None:
    url = stage.address(row.page, row.method, stage.world.here.get(row.thing, MADE_UP))
    before = stage.tables()
    sent = SENT.get(row.name.removeprefix("POST "), SENT.get(row.page, {}))
    expected = RECORDS.get(row.page, HERS.get(row.thing, "--")) if row.thing in HERS else "--"
    assert told(stage.ask("claimer", row.method, url, sent)) == expected
    assert stage.tables() == before


@pytest.mark.parametrize("page", ["home.mine", "circulation.claim"])
def test_her_own_pages_are_hers(page: str, stage: Stage) -> None:
    assert told(stage.ask("claimer", "GET", stage.address(page, "GET", MADE_UP))) == "ok"


def test_a_newcomer_may_say_which_team_she_leads_and_nothing_else() -> None:
    row = {action: cells[Role.NEWCOMER] for action, cells in POLICY.items() if Role.NEWCOMER in cells}
    assert row == {"claim_team": Cell(Reach.ORGANISATION)}
    assert set(POLICY["claim_team"]) == {Role.NEWCOMER}


def test_the_partnership_sees_and_a_lead_shares_only_what_is_confirmed() -> None:
    for action in ("see_asked", "enter_outside", "share"):
        wide = {cell for role, cell in POLICY[action].items() if role in (Role.OFFICER, Role.REVIEWER, Role.CONSOLE)}
        wide |= set(POLICY["share"].values())
        assert {cell.condition for cell in wide} == {"confirmed"}, action


def test_everything_of_the_claimed_team_is_not_confirmed_and_all_else_is(standing: Session, world: World) -> None:
    proposed = {"Early shift", "Weekends"}
    for model in (Team, Asked, Minutes):
        for row in standing.scalars(sa.select(model)):
            names = {row.name} if model is not Minutes else {cover.asked.team_name for cover in row.covers}
            assert row.confirmed is not bool(names & proposed)
    claimer = actor_of(standing, standing.get_one(Person, world.people["claimer"]))
    seen = standing.scalars(sa.select(Asked.team_name).where(policy.within(claimer, "see_asked", Asked)))
    assert set(seen) == {"Early shift"}
    assert actor_for(standing, world.people["claimer"], NOW).grants == (), "she is appointed to nothing"
