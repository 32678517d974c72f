"""The policy table is read twice, as Python and as SQL. For every action, guarded model and actor both agree.

The actors are the people of the world and for each action fifty others that nobody would appoint: roles without a
place, in a place of another kind, in several places at once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.circulation.models import Asked, OtherLeader
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.forwarding.models import Share
from app.organisations.models import Appointment, Organisation, Partnership, Person, Team
from app.organisations.queries import actor_for
from app.policy import CONSOLE, POLICY, Actor, Grant, Place, Reach, Role
from tests.conftest import NOW
from tests.factories import actor_of
from tests.policy.world import World
from tests.shape import facts

ODD_ACTORS = 50
SPEAKS_OF = {
    "not_own": Minutes,
    "draft": Draft,
    "confirmed": Asked,
    "shared": Share,
    "to_officer": OtherLeader,
    "leads": Appointment,
    "holds": Appointment,
    "receives": Appointment,
}


def guarded() -> list[Any]:
    """The models that say where their rows are."""
    return [
        mapper.class_ for mapper in facts.mappers().values() if isinstance(getattr(mapper.class_, "place", None), Place)
    ]


def conditions(action: str) -> set[str]:
    return {cell.condition for cell in POLICY[action].values()} - {""}


def fits(action: str, model: Any) -> bool:
    """Whether a table's row can be read for a model: it has the conditions that the cells name."""
    return all(hasattr(model, name) for name in conditions(action))


def test_every_place_a_guarded_model_names_ends_in_a_key_of_that_kind() -> None:
    ends = {Reach.TEAM: Team, Reach.ORGANISATION: Organisation, Reach.PARTNERSHIP: Partnership, Reach.ASKED: Asked}
    for model in guarded():
        for kind, target in ends.items():
            if path := getattr(model.place, kind.value):
                assert _tables_at_end(model, path.split(".")) == {target.__tablename__}, f"{model.__name__}: {path}"


def _tables_at_end(model: Any, path: list[str]) -> set[str]:
    """The tables whose key a path ends in: one, unless something is wrong."""
    for name in path[:-1]:
        model = model.__mapper__.relationships[name].mapper.class_
    if path[-1] == "id":
        return {str(model.__tablename__)}
    return _ends(model.__mapper__.columns[path[-1]])


def _ends(column: Any) -> set[str]:
    """The tables whose `id` a column is in the end: `asked.organisation_id` by the team's leads to the organisation."""
    found: set[str] = set()
    for key in column.foreign_keys:
        found |= {str(key.column.table.name)} if key.column.name == "id" else _ends(key.column)
    return found


def test_everything_in_an_organisation_says_its_team_and_everything_asked_for_its_partnership() -> None:
    for model in guarded():
        if model.place.team:
            assert model.place.organisation, f"{model.__name__} is narrowed to teams, so it is in an organisation"
    of_circulation = [Asked, Draft, Minutes]
    assert all("memberships" not in model.place.partnership for model in of_circulation)


@pytest.mark.parametrize("name", sorted({c.condition for row in POLICY.values() for c in row.values()} - {""}))
def test_every_condition_is_told_by_the_model_that_it_speaks_of(name: str) -> None:
    assert hasattr(SPEAKS_OF[name], name)


def odd_actors(session: Session, seed: str) -> Iterator[Actor]:
    """Actors put together by chance from the places there are and from one that there is not."""
    chance = random.Random(seed)
    places: list[list[int | None]] = [
        [None, 10**6, *session.scalars(sa.select(model.id).order_by(model.id))] for model in (Organisation, Partnership)
    ]
    teams = [10**6, *session.scalars(sa.select(Team.id).order_by(Team.id))]
    asked = [10**6, *session.scalars(sa.select(Asked.id).order_by(Asked.id))]
    people = list(session.scalars(sa.select(Minutes.recorded_by_id).distinct().order_by(Minutes.recorded_by_id)))
    for _ in range(ODD_ACTORS):
        grants = tuple(
            Grant(
                chance.choice(list(Role)),
                chance.choice(places[0]),
                frozenset(chance.sample(teams, chance.choice([0, 0, 1, 2]))),
                chance.choice(places[1]),
                frozenset(chance.sample(asked, chance.choice([0, 0, 1, 2]))),
            )
            for _ in range(chance.choice([0, 1, 1, 2, 3]))
        )
        yield Actor("by chance", grants, person=chance.choice([None, *people]))


def everybody(standing: Session, world: World, seed: str) -> list[Actor]:
    return [
        CONSOLE,
        *(actor_of(standing, standing.get_one(Person, who)) for who in world.people.values()),
        *odd_actors(standing, seed),
    ]


def of_the_person(action: str, model: type) -> bool:
    """Whether some condition for this asks who the person is."""
    return any(cell.condition and callable(getattr(model, cell.condition)) for cell in POLICY[action].values())


@pytest.mark.parametrize("action", POLICY)
def test_both_readings_agree_for_everybody_on_everything(action: str, standing: Session, world: World) -> None:
    actors = everybody(standing, world, action)
    let_through = 0
    for model in guarded():
        if not fits(action, model):
            continue
        rows = standing.scalars(sa.select(model)).all()
        assert rows, f"the world holds no {model.__name__}"
        for actor in actors:
            one = {row.id for row in rows if policy.allows(actor, action, row)}
            other = set(standing.scalars(sa.select(model.id).where(policy.within(actor, action, model))))
            assert one == other, f"{action} of {model.__name__} for {actor}: {sorted(one)} or {sorted(other)}"
            if not of_the_person(action, model):
                seen = policy.prepared(actor, action, model)
                assert one == set(standing.scalars(sa.select(model.id).where(seen.condition), seen.keys))
            let_through += len(one)
    assert let_through, "nobody may do this to anything in the world, so nothing was compared"


def test_whoever_holds_nothing_may_do_nothing(standing: Session, world: World) -> None:
    nobody = actor_for(standing, world.people["nobody"], NOW)
    for action in POLICY:
        assert not nobody.may(action)
        for model in filter(lambda m: fits(action, m), guarded()):
            assert not standing.scalars(sa.select(model.id).where(policy.within(nobody, action, model))).all()


def test_an_appointment_that_ended_or_has_not_begun_gives_nothing(standing: Session, world: World) -> None:
    assert actor_for(standing, world.people["deputy no longer"], NOW).grants == ()
    assert actor_for(standing, world.people["deputy not yet"], NOW).grants == ()
    roles = [grant.organisation for grant in actor_for(standing, world.people["moved"], NOW).grants]
    assert len(roles) == 1


def test_a_grant_that_names_no_place_lets_nothing_through(standing: Session, world: World) -> None:
    bounded = [role for role in Role if role is not Role.CONSOLE]
    for action, row in POLICY.items():
        for role in bounded:
            if role not in row or row[role].reach is Reach.ALL:
                continue
            actor = Actor("nowhere", (Grant(role),))
            for model in filter(lambda m, a=action: fits(a, m), guarded()):  # type: ignore[misc]
                assert not standing.scalars(sa.select(model.id).where(policy.within(actor, action, model))).all()


def test_a_team_s_role_without_named_teams_reaches_no_team(standing: Session, world: World) -> None:
    place = standing.scalars(sa.select(Organisation.id)).first()
    leader = Actor("leader of nothing", (Grant(Role.LEADER, organisation=place),))
    assert not standing.scalars(sa.select(Asked.id).where(policy.within(leader, "see_asked", Asked))).all()


def test_a_path_over_a_collection_puts_a_row_in_several_places(standing: Session, world: World) -> None:
    joint = next(m for m in standing.scalars(sa.select(Minutes)) if len(m.covers) == 2)
    assert len(Minutes.place.keys(joint, Reach.PARTNERSHIP)) == 2
    assert Place(organisation="organisation_id").keys(joint, Reach.TEAM) == frozenset()


def test_what_is_prepared_is_the_same_for_whoever_reaches_alike(standing: Session, world: World) -> None:
    one, other = (Actor("a leader", (Grant(Role.LEADER, n, frozenset({n})),)) for n in (1, 2))
    mine, hers = (policy.prepared(actor, "see_asked", Asked) for actor in (one, other))
    assert mine.condition is hers.condition
    assert sorted(hers.keys.values()) == [[2], [2]] != sorted(mine.keys.values())


def test_what_depends_on_the_person_is_not_prepared(standing: Session, world: World) -> None:
    lead = Actor("a lead", (Grant(Role.LEAD, 1),), person=1)
    with pytest.raises(TypeError, match="use `within`"):
        policy.prepared(lead, "acknowledge", Minutes)
