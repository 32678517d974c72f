"""What is typed on a page that has no draft is kept for whoever was signed out meanwhile, and for nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts import guard
from app.accounts import routes as signing_in
from app.accounts.unsent import KEPT, MOST_OF_A_PAGE, MOST_OF_A_PERSON, Unsent
from app.database import db
from app.discussions import outside_pages, outside_routes, routes
from app.discussions.outside import Outside, OutsideAnswer
from app.organisations.models import Appointment, Partnership, Person
from app.policy import Role
from app.web import given_back
from tests import client as clients
from tests import factories as make
from tests.accounts.browsers import Clock
from tests.client import Client
from tests.conftest import NOW
from tests.discussions import worlds
from tests.discussions.test_rescue import BREAKS, LONG, OURS, key_changed, stopped, without_any
from tests.discussions.worlds import World, form_at, words

__all__ = ["stopped"]
TYPED = {
    "received": "mail",
    "month": "2026-11-01",
    "setting": "team_meeting",
    "present": "about six",
    "points-point-0-words": LONG,
    "points-point-1-yes": "two",
    "points-point-2-words": "Fathers: ask first.",
}
KEPT_WORDS, BACK = "What you typed is kept.", "is in the boxes below, and is not entered yet."


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    for module in (guard, signing_in, clients, given_back, outside_pages, outside_routes, routes):
        monkeypatch.setattr(module, "now", made)
    return made


@pytest.fixture
def officer(app: Flask, clock: Clock, place: World) -> Client:
    return worlds.browser_of(app, place.officer)


def page_of(place: World) -> str:
    return f"/asked/{place.asked}/outside"


def boxes(client: Client, place: World) -> dict[str, Any]:
    shown = form_at(client.get(page_of(place)), "/outside")
    return {name: value[0] if isinstance(value, list) else value for name, value in shown.items()}


def kept() -> list[Unsent]:
    with db.reading() as session:
        return list(session.scalars(select(Unsent).order_by(Unsent.id)))


def typed_by(client: Client, place: World, **more: str) -> dict[str, Any]:
    return {**boxes(client, place), **TYPED, **more}


@pytest.mark.parametrize("how", BREAKS)
def test_every_character_of_an_entry_is_there_after_signing_in(
    officer: Client, place: World, clock: Clock, how: str
) -> None:
    typed = typed_by(officer, place)
    broken = BREAKS[how](officer, place, clock)
    if how == "signed in elsewhere":
        for _ in range(4):
            worlds.browser_of(officer.application, place.officer)
    answer = broken.post(page_of(place), data=typed, headers=OURS)
    if how != "the service restarted":
        assert answer.status_code in (400, 403) and KEPT_WORDS in answer.text, answer.text
        assert LONG.splitlines()[0] not in answer.text, "it is not on a page that anybody may find open"
        back = worlds.browser_of(broken.application, place.officer)
        assert BACK in words(back.get(page_of(place)))
        shown = boxes(back, place)
        assert {name: shown[name] for name in TYPED} == TYPED
        good = {**shown, "present": "6", "points-point-1-yes": "2", "do": None}
        answer = back.post(page_of(place), data={k: v for k, v in good.items() if v is not None}, headers=OURS)
        if answer.status_code == 200:  # what is to be looked at once more
            again = {**form_at(answer, "/outside")}
            answer = back.post(page_of(place), data=again, headers=OURS)
        assert answer.status_code == 303, answer.text
        with db.reading() as session:
            assert LONG in session.scalars(select(OutsideAnswer.words)).all()
    else:
        assert answer.status_code == 422, "who is signed in and has a good token sees her faults"
    assert kept() == []


@pytest.mark.parametrize("how", ["480 minutes of typing", "all cookies deleted"])
def test_the_way_to_sign_in_leads_back_to_the_page(officer: Client, place: World, clock: Clock, how: str) -> None:
    typed = typed_by(officer, place)
    broken = BREAKS[how](officer, place, clock)
    sent = {**OURS, "Referer": f"http://localhost{page_of(place)}"}
    answer = broken.post(page_of(place), data=typed, headers=sent)
    assert f"/sign-in?next={page_of(place)}" in answer.text
    script = broken.post(page_of(place), data=typed, headers={**sent, "Accept": "application/json"})
    assert script.status_code == 403 and script.json["kept"] is True


def test_a_key_that_changed_while_she_was_signed_out_gives_the_text_back(
    officer: Client, place: World, clock: Clock
) -> None:
    typed = typed_by(officer, place)
    broken = without_any(key_changed(officer, place, clock), place, clock)
    answer = broken.post(page_of(place), data=typed, headers=OURS)
    assert answer.status_code == 403 and "Send it again" in answer.text and kept() == []
    again = form_at(answer, "")
    broken.as_person(place.officer)
    answer = broken.post(page_of(place), data=again, headers=OURS)
    assert answer.status_code == 422, "as the token of its form is good: she has the page with her text"
    assert form_at(answer, "/outside")["points-point-0-words"] == LONG
    broken.delete_cookie("forms", domain="localhost")
    assert KEPT_WORDS in broken.post(page_of(place), data=again, headers=OURS).text
    assert {name: boxes(broken, place)[name] for name in TYPED} == TYPED


def end_role(place: World, clock: Clock) -> None:
    yesterday = clock().date() - timedelta(1)
    with db.writing() as session:
        session.execute(update(Appointment).where(Appointment.person_id == place.officer).values(ends_on=yesterday))


@pytest.mark.parametrize("else_where", [False, True], ids=["no role at all", "another role"])
def test_whoever_lost_her_role_has_the_text_on_the_page_and_again_once_she_has_it_back(
    officer: Client, place: World, clock: Clock, else_where: bool
) -> None:
    typed = typed_by(officer, place)
    end_role(place, clock)
    if else_where:
        with db.writing() as session:
            other = make.partnership(session)
            make.appoint(session, session.get_one(Person, place.officer), Role.OFFICER, other)
    answer = officer.post(page_of(place), data=typed, headers=OURS)
    assert answer.status_code in (403, 404)
    assert "What you typed is below." in words(answer) and "Fathers: ask first." in answer.text
    assert officer.get(page_of(place)).status_code in (403, 404)
    with db.writing() as session:
        session.execute(update(Appointment).where(Appointment.person_id == place.officer).values(ends_on=None))
    assert boxes(officer, place)["points-point-2-words"] == "Fathers: ask first."


def test_nobody_else_sees_what_is_kept(officer: Client, place: World, clock: Clock) -> None:
    typed = typed_by(officer, place)
    without_any(officer, place, clock)
    officer.post(page_of(place), data=typed, headers=OURS)
    with db.writing() as session:
        partnership = session.scalars(
            select(Appointment.partnership_id).where(Appointment.person_id == place.officer)
        ).one()
        colleague = make.person(session)
        held = session.get_one(Partnership, partnership)
        make.appoint(session, colleague, Role.OFFICER, held)
        key = colleague.id
    other = worlds.browser_of(officer.application, key)
    assert BACK not in words(other.get(page_of(place))) and "Fathers: ask first." not in other.get(page_of(place)).text
    assert boxes(other, place)["points-point-0-words"] == ""
    south = f"/asked/{place.south}/outside"
    back = worlds.browser_of(officer.application, place.officer)
    assert BACK not in words(back.get(south)), "nor stands it on another page of hers"


@pytest.mark.parametrize(
    "given", ["", "x", "..", "{about}.{person}.", "{about}.{person}." + "0" * 64, "{other}", "é.é"]
)
def test_without_the_pages_own_key_nothing_is_kept(officer: Client, place: World, clock: Clock, given: str) -> None:
    south = form_at(officer.get(f"/asked/{place.south}/outside"), "/outside")["kept_for"]
    typed = typed_by(officer, place)
    about, person, _ = typed["kept_for"].split(".")
    typed["kept_for"] = given.format(about=about, person=person, other=south)
    without_any(officer, place, clock)
    assert officer.post(page_of(place), data=typed, headers=OURS).status_code == 403
    assert kept() == []


def test_a_key_of_this_page_opens_no_draft_and_a_key_of_a_draft_not_this_page(
    officer: Client, place: World, clock: Clock
) -> None:
    typed = typed_by(officer, place)
    leader = worlds.browser_of(officer.application, place.leader)
    of_draft = form_at(leader.get(place.meeting), "/meeting")["kept_for"]
    for browser in (officer, leader):
        without_any(browser, place, clock)
    officer.post(page_of(place), data={**typed, "kept_for": of_draft}, headers=OURS)
    officer.post(place.meeting, data={"kept_for": typed["kept_for"], "chaired_by": "Slipped in"}, headers=OURS)
    assert kept() == []
    back = worlds.browser_of(officer.application, place.leader)
    assert "Slipped in" not in back.get(place.meeting).text


def test_a_flood_by_one_page_stays_small_and_keeps_the_newest(officer: Client, place: World, clock: Clock) -> None:
    typed = typed_by(officer, place)
    south = {**form_at(officer.get(f"/asked/{place.south}/outside"), "/outside"), "points-point-0-words": "South."}
    without_any(officer, place, clock)
    officer.post(f"/asked/{place.south}/outside", data=south, headers=OURS)
    for number in range(MOST_OF_A_PAGE + 3):
        clock.shift(timedelta(seconds=1))
        flood = {**typed, "opening": f"opening {number}", "points-point-0-words": f"Flood {number}"}
        officer.post(page_of(place), data=flood, headers=OURS)
    texts = [dict(one.typed)["points-point-0-words"] for one in kept()]
    assert texts == ["South.", "Flood 3", "Flood 4", "Flood 5"] and MOST_OF_A_PAGE < MOST_OF_A_PERSON
    many = {**typed, **{f"more-{n}": "x" for n in range(1_001)}}
    for large in (many, {**typed, "opening": "large", "points-point-0-words": "x" * 1_000_001}):
        assert KEPT_WORDS not in officer.post(page_of(place), data=large, headers=OURS).text
    assert len(kept()) == 4


def test_the_same_page_sent_again_takes_its_own_place_and_two_pages_are_both_kept(
    officer: Client, place: World, clock: Clock
) -> None:
    first, second = typed_by(officer, place), typed_by(officer, place)
    without_any(officer, place, clock)
    for page, text in ((first, "One"), (first, "One, and more"), (second, "Two")):
        clock.shift(timedelta(minutes=1))
        officer.post(page_of(place), data={**page, "points-point-0-words": text}, headers=OURS)
    back = worlds.browser_of(officer.application, place.officer)
    seen = []
    for _ in range(2):
        shown = form_at(back.get(page_of(place)), "/outside")
        seen.append(shown["points-point-0-words"])
        answer = back.post(page_of(place), data={**shown, "do": "remove"}, headers=OURS)
        assert "What you typed is removed." in words(back.get(answer.location))
    assert seen == ["Two", "One, and more"] and kept() == []
    with db.reading() as session:
        assert session.scalars(select(Outside)).all() == []


def test_it_goes_by_itself_after_its_days(officer: Client, place: World, clock: Clock) -> None:
    typed = typed_by(officer, place)
    without_any(officer, place, clock)
    officer.post(page_of(place), data=typed, headers=OURS)
    clock.shift(KEPT - timedelta(minutes=1))
    back = worlds.browser_of(officer.application, place.officer)
    assert BACK in words(back.get(page_of(place)))
    clock.shift(timedelta(minutes=1))
    assert BACK not in words(back.get(page_of(place))), "not shown, though nobody signed in since"
    worlds.browser_of(officer.application, place.leader)
    assert kept() == [], "and gone with the next sign-in of anybody"


def test_what_a_colleague_entered_meanwhile_is_told_and_can_be_looked_at(
    officer: Client, place: World, clock: Clock
) -> None:
    typed = typed_by(officer, place)
    good = {**TYPED, "present": "6", "points-point-1-yes": "2", "points-point-0-words": "Entered since."}
    assert officer.post_form(page_of(place), good, at="/outside").status_code == 303
    without_any(officer, place, clock)
    officer.post(page_of(place), data=typed, headers=OURS)
    back = worlds.browser_of(officer.application, place.officer)
    page = words(back.get(page_of(place)))
    assert "entered answers of this team on" in page and "What you save takes their place." in page
    stands = form_at(back.get(f"{page_of(place)}?saved=1"), "/outside")
    assert stands["points-point-0-words"] == "Entered since."


def test_a_reply_without_minutes_is_kept_as_well(app: Flask, clock: Clock, place: World) -> None:
    leader, other = worlds.browser_of(app, place.leader), f"/asked/{place.asked}/other"
    typed = {"kind": "not_relevant", "because": "Adults only: “Ça va?”\n\n  <b>"}
    opened = {**form_at(leader.get(other), "/other"), **typed}
    without_any(leader, place, clock)
    assert KEPT_WORDS in leader.post(other, data=opened, headers=OURS).text
    leader.as_person(place.leader)
    page = leader.get(other)
    assert "is in the boxes below, and is not given as an answer yet." in words(page)
    shown = form_at(page, "/other")
    assert (shown["kind"], shown["because"]) == (["not_relevant"], typed["because"])
    colleague = worlds.browser_of(app, place.colleague)
    assert "Adults only" not in colleague.get(other).text
    assert leader.post(other, data=shown, headers=OURS).status_code == 303
    assert kept() == [] and "Adults only" in words(leader.get(other))
