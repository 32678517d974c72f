"""The digest of a list, and what is said to have changed on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from app.circulation.audience import Holder, Line, Plan, changes, heard
from app.circulation.listing import change_words, named, places
from app.policy import Role

ROLES = [Role.LEADER, Role.MINUTES, Role.LEAD, Role.ADMINISTRATOR]


def line(organisation: int, team: int | None = None, **values: Any) -> Line:
    of_team = {"team_id": team, "team_ref": f"{team:012}", "team_name": f"Team {team}"} if team is not None else {}
    sector = values.pop("sector", "Health")
    return Line(organisation, f"{organisation:012}", f"Place {organisation}", sector, **{**of_team, **values})


def holder(person: int, role: Role, organisation: int, *teams: int) -> Holder:
    ref = f"{person:012}"
    return Holder(ref, f"Person {person}", f"{person}@example.gov.uk", role, "Title", organisation, frozenset(teams))


LINES = st.lists(st.tuples(st.integers(0, 2), st.none() | st.integers(0, 4)), unique=True, max_size=6).map(
    lambda found: [line(o, None if t is None else o * 10 + t) for o, t in found]
)
HOLDERS = st.lists(
    st.builds(
        lambda person, role, organisation, teams: holder(
            person, role, organisation, *(organisation * 10 + t for t in teams)
        ),
        st.integers(0, 5),
        st.sampled_from(ROLES),
        st.integers(0, 2),
        st.sets(st.integers(0, 4), max_size=3),
    ),
    max_size=10,
)


def plan(lines: list[Line], holders: list[Holder], edition: str = "e", before: dict[str, date] | None = None) -> Plan:
    text: Any = SimpleNamespace(ref=edition, number=2)
    return Plan(1, text, tuple(heard(lines, holders)), before=before or {})


def what_it_says(found: Plan) -> tuple[object, ...]:
    """The list as an officer reads it: names asked, when they were asked before, who gets a letter about what."""
    lines = {(x.key, x.organisation_name, x.team_name, x.sector, found.before.get(x.key)) for x in found.lines}
    letters = {(p.ref, p.name, h.role, one.line.key) for p in found.people for h, one in p.reasons}
    return found.edition.ref, lines, letters


@given(LINES, HOLDERS, LINES, HOLDERS, st.sampled_from("ef"), st.booleans())
def test_the_digest_changes_if_and_only_if_the_list_does(
    lines: list[Line], holders: list[Holder], others: list[Line], others_holders: list[Holder], edition: str, swap: bool
) -> None:
    one = plan(lines, holders)
    other = plan(others if swap else lines, others_holders, edition)
    assert (one.digest == other.digest) == (what_it_says(one) == what_it_says(other))


@given(LINES, HOLDERS, st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order_of_rows(lines: list[Line], holders: list[Holder], chance: Any) -> None:
    first = plan(lines, holders).digest
    chance.shuffle(lines)
    chance.shuffle(holders)
    assert plan(lines, holders).digest == first


@given(LINES, st.data())
def test_a_changed_name_sector_or_date_changes_the_digest(lines: list[Line], data: st.DataObject) -> None:
    assume(lines)
    at = data.draw(st.integers(0, len(lines) - 1))
    field = data.draw(st.sampled_from(["organisation_name", "team_name", "sector"]))
    renamed = [replace(x, **{field: "Something else"}) if i == at else x for i, x in enumerate(lines)]
    first = plan(lines, [])
    assert plan(renamed, []).digest != first.digest
    assert plan(lines, [], before={lines[at].key: date(2026, 5, 3)}).digest != first.digest


@given(LINES, HOLDERS, LINES, HOLDERS)
def test_what_is_said_to_have_changed_is_what_did(
    lines: list[Line], holders: list[Holder], others: list[Line], others_holders: list[Holder]
) -> None:
    shown, now = plan(lines, holders), plan(others, others_holders)
    found = changes(now, shown.shown)
    assert found.new == now.items.keys() - shown.items.keys()
    assert found.gone == shown.items.keys() - now.items.keys()
    assert found.other == {k for k in now.items.keys() & shown.items.keys() if now.items[k] != shown.items[k]}
    assert bool(change_words(now, found, {})) == (now.digest != shown.digest)


@given(st.text())
def test_whatever_a_browser_sends_back_as_the_list_shown_can_be_read(shown: str) -> None:
    now = plan([line(1, 10)], [holder(1, Role.LEADER, 1, 10)])
    assert changes(now, shown).new <= now.items.keys()


@given(LINES, HOLDERS)
def test_everybody_who_hears_gets_one_letter_and_nobody_else_does(lines: list[Line], holders: list[Holder]) -> None:
    found = plan(lines, holders)
    refs = [person.ref for person in found.people]
    assert len(refs) == len(set(refs)) == found.letters
    assert set(refs) == {h.ref for one in found.heard for h in one.anybody}
    for person in found.people:
        order = [ROLES.index(h.role) for h, _ in person.reasons]
        assert order == sorted(order)
        assert person.email == person.reasons[0][0].email


def test_changes_are_said_by_name_and_what_has_no_name_is_counted() -> None:
    north, south, west = line(1, 10), line(1, 11), line(1, 12)
    leader, lead = holder(1, Role.LEADER, 1, 10), holder(2, Role.LEAD, 1)
    shown = plan([north, south], [leader, lead])
    now = plan([replace(north, team_name="New name"), west], [lead, holder(3, Role.LEADER, 1, 12)], edition="f")
    words = change_words(now, changes(now, shown.shown), {"000000000011": "Team 11"})
    assert words == [
        "A newer edition of this briefing was published: edition 2 will be sent.",
        "Now on the list: Team 12.",
        "No longer on the list: Team 11.",
        "Called something else now, or asked before by somebody else: New name.",
        "Now gets a letter: Person 3.",
        "No longer gets a letter: 1 with no name here.",
        "Gets a letter about other teams or in another role: Person 2.",
    ]


def test_of_many_names_the_first_dozen_are_said() -> None:
    assert named(["A", "B"], 1) == "A, B and 1 more"
    assert named([str(n) for n in range(20)]).endswith("10, 11 and 8 more")


def test_a_list_is_laid_out_by_sector_and_organisation() -> None:
    lines = [line(1, 10), line(1, 11), line(2, 20, sector="School"), line(3, sector="School")]
    found = places(heard(lines, [holder(1, Role.LEAD, 1)]))
    assert [(sector, [(p.name, len(p.heard)) for p in there]) for sector, there in found] == [
        ("Health", [("Place 1", 2)]),
        ("School", [("Place 2", 1), ("Place 3", 1)]),
    ]
    assert [lead.name for lead in found[0][1][0].leads] == ["Person 1"]
