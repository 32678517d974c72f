"""The policy table itself: every action in it is used, every action that is used is in it, and it says who may what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.policy import POLICY, TABLE, Actor, Cell, Grant, Reach, Role, read_table
from tests.shape.source import ROOT, Module, Rule, called, complains, kept, modules

ASKS = {"require": 1, "allows": 1, "within": 1, "prepared": 1, "may": 0}


def asked(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Every action that a module asks the policy about; empty where it is not written down as a word."""
    for node in module.nodes:
        whose, _, verb = called(node).rpartition(".")
        if not isinstance(node, ast.Call) or verb not in ASKS or (verb == "may" and not whose):
            continue
        if verb != "may" and whose not in ("", "policy"):
            continue
        place = ASKS[verb]
        if len(node.args) > place:
            said = node.args[place]
            yield node, str(said.value) if isinstance(said, ast.Constant) else ""


def known_actions(root: Path) -> list[str]:
    """Every action asked about is a row of the table, written as a word where it is asked."""
    found = []
    for module in modules(root):
        if module.where == "app/policy.py":
            continue
        for node, action in asked(module):
            if not action:
                found.append(module.at(node, "asks about an action that is not written out as a word"))
            elif action not in POLICY:
                found.append(module.at(node, f"asks about {action}, of which the policy table has no row"))
    return found


@pytest.mark.parametrize("rule", [known_actions])
def test_only_actions_of_the_table_are_asked_about(rule: Rule) -> None:
    kept(rule)


def test_every_action_of_the_table_is_asked_about_somewhere() -> None:
    used = {action for module in modules(ROOT) for _, action in asked(module)}
    assert set(POLICY) - used == set()


BROKEN = [
    ("app/packs/services.py", "policy.require(actor, 'fly', pack)\n", "no row"),
    ("app/packs/queries.py", "from app.policy import within\nwithin(actor, 'fly', Pack)\n", "no row"),
    ("app/home/queries.py", "x = actor.may('fly')\n", "no row"),
    ("app/packs/services.py", "policy.allows(actor, action, pack)\n", "not written out"),
]


@pytest.mark.parametrize(("path", "source", "of"), BROKEN)
def test_an_action_that_nobody_knows_is_found(path: str, source: str, of: str, tmp_path: Path) -> None:
    complains(known_actions, tmp_path, {path: source}, of)


def test_the_table_is_read_as_it_is_written() -> None:
    assert list(POLICY) == [line.split()[0] for line in TABLE.strip().splitlines()[1:]]
    made = read_table("action leader console\nsee team:draft -\ngo - all\n")
    assert made == {"see": {Role.LEADER: Cell(Reach.TEAM, "draft")}, "go": {Role.CONSOLE: Cell(Reach.ALL)}}


@pytest.mark.parametrize(
    "broken", ["action leader\nsee team all\n", "action leader\nsee everywhere\n", "action king\nsee all\n"]
)
def test_a_table_that_is_wrong_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"argument|not a valid"):
        read_table(broken)


def may(role: Role) -> set[str]:
    return {action for action, row in POLICY.items() if role in row}


def test_the_partnership_never_reads_minutes_and_only_a_lead_shares() -> None:
    of_minutes = {"read_minutes", "receive_minutes", "acknowledge", "share", "ask_team", "correct_minutes", "record"}
    for role in (Role.OFFICER, Role.REVIEWER, Role.OPERATOR, Role.ADMINISTRATOR):
        assert not may(role) & of_minutes, role
    assert {role for role in Role if "share" in may(role)} == {Role.LEAD, Role.DEPUTY}


def test_what_the_partnership_reads_of_answers_is_only_what_is_shared() -> None:
    row = POLICY["read_shared"]
    beyond = {role: cell for role, cell in row.items() if cell.reach in (Reach.PARTNERSHIP, Reach.ALL)}
    assert beyond
    assert all(cell.condition == "shared" for cell in beyond.values())


def test_nobody_acknowledges_or_questions_what_they_recorded_themselves() -> None:
    for action in ("acknowledge", "ask_team"):
        assert all(cell.condition == "not_own" for cell in POLICY[action].values())


def test_an_operator_sees_how_the_post_goes_and_runs_it_and_nothing_else() -> None:
    assert may(Role.OPERATOR) == {"see_post", "run_post"}


def test_a_reviewer_changes_nothing() -> None:
    assert may(Role.REVIEWER) == {"see_partnership", "see_circulation", "see_asked", "read_shared"}


def test_leave_is_noted_by_the_person_herself_or_by_her_own_administrator() -> None:
    own, of_leads = Cell(Reach.ORGANISATION, "holds"), Cell(Reach.ORGANISATION, "receives")
    assert POLICY["note_leave"] == {Role.LEAD: own, Role.DEPUTY: own, Role.ADMINISTRATOR: of_leads}


def test_no_person_imports_people() -> None:
    assert set(POLICY["import_people"]) == {Role.CONSOLE}


def test_a_team_s_people_reach_no_further_than_their_teams() -> None:
    for role in (Role.LEADER, Role.MINUTES):
        reaches = {action: row[role].reach for action, row in POLICY.items() if role in row}
        assert set(reaches.values()) == {Reach.TEAM}


def test_a_colleague_who_was_named_reaches_no_further_than_that_one_discussion() -> None:
    reaches = {action: row[Role.COLLEAGUE].reach for action, row in POLICY.items() if Role.COLLEAGUE in row}
    assert set(reaches.values()) == {Reach.ASKED}
    assert set(reaches) == {"see_asked", "record", "edit_draft", "read_minutes", "correct_minutes"}


def test_an_actor_knows_the_places_of_each_role() -> None:
    held = (Grant(Role.OFFICER, partnership=3), Grant(Role.LEAD, organisation=5), Grant(Role.LEADER, 6, frozenset({7})))
    actor = Actor("A", held, person=1)
    assert actor.partnerships(Role.OFFICER) == {3}
    assert actor.organisations(Role.LEAD, Role.LEADER) == {5, 6}
    assert actor.has(Role.LEAD)
    assert not actor.has(Role.REVIEWER)
    assert actor.may("circulate")
    assert not actor.may("import_people")
