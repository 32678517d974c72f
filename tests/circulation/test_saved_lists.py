"""Lists that officers save: what is kept, what of it can be ticked later, and how the page goes on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.circulation import keeping, listing, lists, queries
from app.circulation.kept_lists import Kept, Ticks
from app.circulation.saved import SavedList, SavedListDeleted
from app.database import db
from app.errors import Conflict, Denied, Invalid, NotFound
from app.organisations.models import Membership, Organisation, Person, Succession, Team, TeamSuccession
from app.policy import Role
from app.trail.models import Event
from tests import factories as make
from tests.circulation.test_pages import Office, count, fields, form_of, in_days, words
from tests.circulation.worlds import statements
from tests.client import Client
from tests.conftest import NOW

LATER = NOW + timedelta(days=200)


class Desk:
    """An officer at her desk."""

    def __init__(self, session: Session) -> None:
        self.session, self.world = session, make.circle(session)
        self.trust, self.school = self.world.organisation, self.world.noise
        self.north, self.south = self.world.teams
        self.partnership = self.world.partnership
        make.organisation(session, self.world.noise_partnership, name="Foreign place")

    def save(self, name: str, *places: Organisation | Team, by: Person | None = None, **more: Any) -> SavedList:
        organisations = {one.ref for one in places if isinstance(one, Organisation)}
        teams = {one.ref for one in places if isinstance(one, Team)}
        officer = make.actor_of(self.session, by or self.world.officer)
        return keeping.save_list(self.session, officer, self.partnership, name, (organisations, teams), now=NOW, **more)

    def delete(self, found: SavedList, by: Person | None = None) -> None:
        keeping.delete_list(self.session, make.actor_of(self.session, by or self.world.officer), found, now=NOW)

    def lists(self, who: Person | None = None) -> list[Kept]:
        officer = make.actor_of(self.session, who or self.world.officer)
        return lists.lists(self.session, officer, self.partnership)

    def ticks(self, found: SavedList, at: Any = LATER) -> Ticks:
        officer = make.actor_of(self.session, self.world.officer)
        lines = queries.lines(self.session, officer, self.partnership, at)
        self.session.expire_all()
        return lists.ticks(self.session, officer, self.partnership, found.ref, lines, at)

    def goes_over(self, team: Team, *into: Team, on: date = date(2026, 12, 1)) -> None:
        kind = Succession.SPLIT if len(into) > 1 else Succession.MERGED
        for other in into:
            pair = {"organisation_id": team.organisation_id, "from_team_id": team.id, "to_team_id": other.id}
            make.kept(self.session, TeamSuccession(**pair, kind=kind, on=on))


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def test_a_list_keeps_organisations_and_teams_and_ticks_them_again(desk: Desk) -> None:
    made = desk.save("  Hailsham\n and around ", desk.school, desk.north)
    found = desk.ticks(made)
    assert (found.organisations, found.teams) == ({desk.school.ref}, {desk.north.ref})
    assert not (found.gone or found.followed)
    (kept,) = desk.lists()
    assert (kept.name, kept.teams, kept.organisations) == ("Hailsham and around", 1, 1)
    assert (kept.by, kept.at) == (desk.world.officer.name, NOW)


def test_a_team_beside_its_whole_organisation_is_not_kept_twice(desk: Desk) -> None:
    made = desk.save("Trust", desk.trust, desk.north, desk.south)
    assert [(one.organisation_id, one.team_id) for one in made.places] == [(desk.trust.id, None)]


def test_without_a_name_or_anything_of_the_partnership_nothing_is_saved(desk: Desk, session: Session) -> None:
    foreign = session.scalars(sa.select(Organisation).where(Organisation.name == "Foreign place")).one()
    for name, places, field in (("\u200b", [desk.trust], "list_name"), ("A", [], "organisations")):
        with pytest.raises(Invalid) as refusal:
            desk.save(name, *places)
        assert refusal.value.field == field
    with pytest.raises(Invalid, match="Tick at least one"):
        desk.save("Foreign", foreign)
    assert [one.organisation_id for one in desk.save("Both", foreign, desk.trust).places] == [desk.trust.id]


def test_another_list_of_the_name_is_replaced_only_where_just_that_was_said(desk: Desk, session: Session) -> None:
    first = desk.save("Schools", desk.school)
    assert desk.save("schools", desk.school) is first, "the same again is the one that is there"
    with pytest.raises(keeping.NameTaken) as taken:
        desk.save("SCHOOLS", desk.north, desk.south)
    assert (taken.value.there.ref, taken.value.teams, taken.value.organisations) == (first.ref, 2, 0)
    second = desk.save("SCHOOLS", desk.north, desk.south, replaces=first.ref)
    with pytest.raises(keeping.NameTaken):
        desk.save("Schools", desk.trust, replaces=first.ref)
    assert [(kept.ref, kept.name, kept.teams) for kept in desk.lists()] == [(second.ref, "SCHOOLS", 2)]
    with pytest.raises(NotFound):
        desk.ticks(first)
    kinds = session.scalars(sa.select(Event.kind).where(Event.kind.startswith("list")).order_by(Event.id)).all()
    assert kinds == ["list saved", "list replaced"]


def test_a_deleted_list_is_gone_for_every_officer_and_its_name_is_free(desk: Desk, session: Session) -> None:
    other = make.holder(session, Role.OFFICER, desk.partnership)
    old = desk.save("Schools", desk.school)
    made = desk.save("Schools", desk.trust, replaces=old.ref, by=other)
    assert [kept.by for kept in desk.lists()] == [other.name]
    with pytest.raises(Conflict, match="saved anew since"):
        desk.delete(old)
    desk.delete(made, other)
    desk.delete(made)
    assert desk.lists() == [], "an older one of the name does not come back"
    with pytest.raises(NotFound):
        desk.ticks(made)
    assert session.scalar(sa.select(sa.func.count()).select_from(SavedListDeleted)) == 1
    assert [kept.ref for kept in desk.lists()] == [] and desk.save("Schools", desk.north).ref != made.ref
    assert [(kept.name, kept.teams) for kept in desk.lists()] == [("Schools", 1)]


def test_nobody_but_an_officer_of_the_partnership_has_its_lists(desk: Desk) -> None:
    made, world = desk.save("Schools", desk.school), desk.world
    for who in (world.reviewer, world.lead, world.leader, world.noise_officer):
        with pytest.raises(Denied):
            desk.save("Mine", desk.school, by=who)
        with pytest.raises(Denied):
            desk.delete(made, who)
        assert desk.lists(who) == []
        with pytest.raises(NotFound):
            lists.saved_list(desk.session, make.actor_of(desk.session, who), desk.partnership, made.ref)
    officer = make.actor_of(desk.session, world.noise_officer)
    with pytest.raises(NotFound):
        lists.saved_list(desk.session, officer, world.noise_partnership, made.ref)
    assert len(desk.lists()) == 1
    make.appoint(desk.session, world.officer, Role.OFFICER, world.noise_partnership)
    both = make.actor_of(desk.session, world.officer)
    assert lists.lists(desk.session, both, world.noise_partnership) == []
    with pytest.raises(NotFound):
        lists.saved_list(desk.session, both, world.noise_partnership, made.ref)


def test_there_is_an_end_to_the_number_of_lists(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST", 2)
    first = desk.save("A", desk.school)
    second = desk.save("B", desk.school)
    with pytest.raises(Invalid, match="There are 2 lists already"):
        desk.save("C", desk.school)
    desk.save("B", desk.trust, replaces=second.ref)
    desk.delete(first)
    desk.save("C", desk.school)


# What has changed since


def test_a_team_that_went_over_into_others_is_followed_to_the_end(desk: Desk, session: Session) -> None:
    made = desk.save("South", desk.south, desk.school)
    middle, east, west = (make.team(session, desk.trust, name=name) for name in ("Middle", "East", "West"))
    desk.goes_over(desk.south, middle)
    desk.goes_over(middle, east, west)
    found = desk.ticks(made)
    assert found.teams == {east.ref, west.ref} and not found.gone
    name = f"{desk.south.name} ({desk.trust.name})"
    assert found.followed == [(name, ["East", "West"])]
    assert f"{name} went over into East and West, ticked instead." in listing.ticked_words(found)
    assert desk.ticks(made, NOW).teams == {desk.south.ref}, "not before the day"
    desk.goes_over(desk.south, desk.north, on=date(2028, 1, 1))
    assert desk.ticks(made).teams == {east.ref, west.ref}, "nor where it goes over again later"


def test_teams_that_went_round_in_a_ring_are_no_longer_here(desk: Desk) -> None:
    made = desk.save("Both", desk.north, desk.south)
    desk.goes_over(desk.north, desk.south)
    desk.goes_over(desk.south, desk.north)
    found = desk.ticks(made)
    assert len(found.gone) == 2 and not found.teams


def test_what_left_the_partnership_is_said_by_the_name_it_had(desk: Desk, session: Session) -> None:
    made = desk.save("All", desk.trust, desk.school)
    single = desk.save("One team", desk.south)
    before, desk.trust.name = desk.trust.name, "Called otherwise elsewhere"
    left = sa.delete(Membership).where(
        Membership.organisation_id == desk.trust.id, Membership.partnership_id == desk.partnership.id
    )
    session.execute(left)
    found = desk.ticks(made)
    assert (found.organisations, found.gone) == ({desk.school.ref}, [before])
    assert f"1 of this list is no longer here: {before}." in listing.ticked_words(found)
    found = desk.ticks(single)
    assert found.gone == [f"{desk.south.name} ({before})"]
    assert listing.ticked_words(found)[0] == "Nothing of “One team” is here any more."


def test_lists_take_no_more_statements_where_there_are_more(desk: Desk, session: Session) -> None:
    def taken(found: SavedList) -> tuple[int, int]:
        officer = make.actor_of(session, desk.world.officer)
        lines = queries.lines(session, officer, desk.partnership, LATER)
        session.expire_all()
        _ = desk.partnership.id, found.ref
        with statements(session) as sent:
            lists.lists(session, officer, desk.partnership)
            shown = len(sent)
            lists.ticks(session, officer, desk.partnership, found.ref, lines, LATER)
        return shown, len(sent)

    first = taken(desk.save("A", desk.north))
    others = [make.organisation(session, desk.partnership) for _ in range(8)]
    for number in range(5):
        desk.save(f"B{number}", *others)
    middle = [make.team(session, desk.trust) for _ in range(4)]
    big = desk.save("C", *middle, *others)
    for team in middle:
        desk.goes_over(team, desk.north)
    shown, ticked = taken(big)
    assert shown == first[0] == 1
    assert ticked <= first[1] + 1, "what teams became is asked for once"


# The page


@pytest.fixture
def office(app: Flask, client: Client) -> Office:
    made = Office(client)
    made.sign_in()
    return made


def press(office: Office, page: TestResponse, to: str = "", **more: Any) -> TestResponse:
    """Press a button of the page, with everything as it stands and what was done since."""
    return office.client.post(f"{office.url}{to}", data={**fields(page), **more})


def saved(office: Office, name: str = "Trust", **more: Any) -> TestResponse:
    begun = office.client.get(office.url)
    ticked = {"organisations": [office.trust], "teams": [office.north]}
    return press(office, begun, "/lists", list_name=name, **ticked, **more)


def test_saving_keeps_everything_that_is_ticked_and_typed_on_the_page(office: Office) -> None:
    typed = {"cover_note": "Please talk.\n\nSoon.", "answer_by-day": "31", "answer_by-month": "x", "answer_by-year": ""}
    page = saved(office, "Trust – north", **typed, again="yes")
    assert page.status_code == 200, "a date that is wrong does not stop it"
    assert "Saved as “Trust – north”. Nothing was sent." in words(page)
    kept = fields(page)
    assert kept["organisations"] == [office.trust] and kept["teams"] == [office.north]
    assert {name: kept[name] for name in typed} == typed and kept["list_name"] == ""
    again = saved(office, "Trust – north", **typed)
    assert again.status_code == 200 and count(SavedList) == 1, "a reload saves nothing more"


def test_ticking_a_list_adds_to_what_is_ticked_and_the_whole_can_be_sent(office: Office) -> None:
    page = saved(office)
    ref = _refs()["Trust"]
    other = press(office, office.client.get(office.url), organisations=[office.bare], tick_list=ref, **in_days(60))
    assert other.status_code == 200 and "Ticked from “Trust”: 1 organisation." in words(other)
    ticked = fields(other)
    assert set(ticked["organisations"]) == {office.bare, office.trust}
    assert ticked["answer_by-day"] == in_days(60)["answer_by-day"]
    checked = press(office, other, "/check")
    assert checked.status_code == 200 and "2 teams and 1 organisation" in words(checked)
    assert "Trust" in words(page)


def _refs() -> dict[str, str]:
    with db.reading() as session:
        return {one.name: one.ref for one in session.scalars(sa.select(SavedList).order_by(SavedList.id))}


def test_the_page_asks_before_a_list_is_replaced_and_shows_both_counts(office: Office) -> None:
    saved(office)
    page = press(office, office.client.get(office.url), "/lists", list_name="TRUST", teams=[office.south, office.north])
    said = words(page)
    assert page.status_code == 422 and count(SavedList) == 1
    assert "There is a list called “Trust” already. It has 1 organisation; ticked now: 2 teams." in said
    assert set(fields(page)["teams"]) == {office.south, office.north} and fields(page)["list_name"] == "TRUST"
    (ref,) = {one.get("value") for one in form_of(page).iter("button") if one.get("name") == "replace"} - {""}
    done = press(office, page, "/lists", replace=ref)
    assert done.status_code == 200 and "Saved as “TRUST”." in words(done)
    assert "TRUST: 2 teams" in words(done) and set(fields(done)["teams"]) == {office.south, office.north}


def test_deleting_asks_first_and_leaves_what_is_ticked(office: Office) -> None:
    saved(office)
    ref = _refs()["Trust"]
    asks = press(office, office.client.get(office.url), teams=[office.south], delete_list=ref, cover_note="Words")
    assert asks.status_code == 200 and "Delete “Trust”?" in words(asks) and count(SavedListDeleted) == 0
    kept = press(office, asks, sure="")
    assert "Delete “Trust”?" not in words(kept) and "Tick all of “Trust”" in words(kept)
    gone = press(office, asks, "/lists/delete", sure=ref)
    assert gone.status_code == 200 and "“Trust” was deleted. What is ticked stays ticked." in words(gone)
    assert "Tick all of" not in words(gone)
    assert fields(gone)["teams"] == [office.south] and fields(gone)["cover_note"] == "Words"
    late = press(office, gone, tick_list=ref)
    assert late.status_code == 200 and "This list was deleted or saved anew since." in words(late)


def test_what_is_wrong_with_a_name_stands_at_its_box_and_stops_nothing_else(office: Office) -> None:
    for name, why in (("", "Give the list a name"), ("x" * 81, "Keep it to 80 or fewer")):
        page = saved(office, name)
        assert page.status_code == 422 and why in words(page)
        assert fields(page)["list_name"] == name and fields(page)["organisations"] == [office.trust]
    empty = press(office, office.client.get(office.url), "/lists", list_name="Nobody")
    assert empty.status_code == 422 and "Tick at least one organisation or team, then save them" in words(empty)
    assert count(SavedList) == 0
    checked = press(office, empty, "/check", organisations=[office.trust])
    assert checked.status_code == 200, "a name that was typed and not saved holds nobody up"
    assert press(office, checked).status_code == 200 and fields(press(office, checked))["list_name"] == "Nobody"


def test_a_name_is_shown_as_it_was_written(office: Office) -> None:
    page = saved(office, "<b>Health</b> & “care” \u202e")
    assert "<b>Health</b> & “care”" in words(page)
    assert "<b>Health" not in page.get_data(as_text=True)


def test_the_lists_of_another_partnership_are_not_there(office: Office) -> None:
    saved(office)
    ref = _refs()["Trust"]
    office.sign_in(office.noise_officer)
    page = office.client.get(office.url)
    assert "Saved lists" not in words(page)
    assert "no longer" not in words(page)
    assert press(office, page, "/lists/delete", sure=ref).status_code == 404
    assert "This list was deleted or saved anew since." in words(press(office, page, tick_list=ref))
    assert count(SavedListDeleted) == 0
