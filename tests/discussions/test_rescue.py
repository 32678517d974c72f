"""Whatever breaks while somebody types, every character is there after signing in: the matrix of sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import create_app
from app.accounts import guard
from app.accounts import routes as signing_in
from app.accounts.models import SignedIn
from app.database import db
from app.discussions import pages, rescue, routes, writing
from app.discussions.drafts import Draft
from app.organisations.models import Appointment
from app.web import given_back
from tests import client as clients
from tests.accounts.browsers import Clock
from tests.client import Client
from tests.conftest import NOW, settings_for
from tests.discussions import worlds
from tests.discussions.worlds import MEETING, SAID, World, form_at, words

OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/"}
SCRIPT = {**OURS, "Accept": "application/json"}
LONG = "“Ça va?” – naïve 🧑🏽‍🍼 \u05d0\u05d1 <b>&amp;</b> {{7*7}}\n\n   indented\ttabbed\n" * 40
TYPED = {**SAID, "points-point-0-words": LONG, "points-point-2-words": "Fathers: ask first.", "actions-1-by": "soon"}


STARTED: list[Flask] = []


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """Services that a test started anew are stopped with it, their connections too."""
    yield
    while STARTED:
        STARTED.pop().extensions["database_engine"].dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    for module in (guard, signing_in, clients, routes, writing, rescue, pages, given_back):
        monkeypatch.setattr(module, "now", made)
    return made


@pytest.fixture
def leader(app: Flask, clock: Clock, place: World) -> Client:
    return worlds.browser_of(app, place.leader)


Breaks = Callable[[Client, World, Clock], Client]


def too_long(minutes: int) -> Breaks:
    def wait(client: Client, place: World, clock: Clock) -> Client:
        clock.shift(timedelta(minutes=minutes))
        return client

    return wait


def without(name: str) -> Breaks:
    def lose(client: Client, place: World, clock: Clock) -> Client:
        client.delete_cookie(name, domain="localhost")
        return client

    return lose


def without_any(client: Client, place: World, clock: Clock) -> Client:
    for name in ("signed-in", "forms", "browser"):
        client.delete_cookie(name, domain="localhost")
    return client


def signed_in_elsewhere(client: Client, place: World, clock: Clock) -> Client:
    for _ in range(4):
        worlds.browser_of(client.application, place.leader)
    return client


def ended(client: Client, place: World, clock: Clock) -> Client:
    with db.writing() as session:
        session.execute(update(SignedIn).values(ended_at=clock()))
    return client


def restarted(client: Client, place: World, clock: Clock) -> Client:
    return moved(client, client.application.config["SETTINGS"].secret_key)


def key_changed(client: Client, place: World, clock: Clock, before: str = "") -> Client:
    return moved(client, "another key of the service, 32 characters or more", before)


def moved(client: Client, key: str, before: str = "") -> Client:
    """The same browser before a service that was started anew."""
    old = client.application.config["SETTINGS"]
    app = create_app(settings_for(old.database_url, old.data_dir, secret_key=key, secret_key_before=before))
    STARTED.append(app)
    other = worlds.Apart(app, client.response_wrapper)
    other._cookies = client._cookies  # type: ignore[attr-defined]
    return other


BREAKS: dict[str, Breaks] = {
    "61 minutes of typing": too_long(61),
    "120 minutes of typing": too_long(120),
    "480 minutes of typing": too_long(480),
    "the session's cookie deleted": without("signed-in"),
    "the form's cookie deleted": without("forms"),
    "all cookies deleted": without_any,
    "signed in elsewhere": signed_in_elsewhere,
    "signed out elsewhere": ended,
    "the service restarted": restarted,
    "the service's key changed": key_changed,
}


def boxes(client: Client, url: str) -> dict[str, Any]:
    return form_at(client.get(url), url.rpartition("/")[2])


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("headers", [OURS, SCRIPT], ids=["a button", "a script"])
def test_every_character_is_there_after_signing_in(
    leader: Client, place: World, clock: Clock, how: str, headers: dict[str, str]
) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    button = "autosave" if headers is SCRIPT else "continue"
    broken = BREAKS[how](leader, place, clock)
    answer = broken.post(said, data={**opened, **TYPED, "do": button}, headers=headers)
    assert answer.status_code in (200, 303, 400, 403, 422)
    if refused := answer.status_code in (400, 403):
        assert answer.json["kept"] if headers is SCRIPT else "What you typed is kept." in answer.text
    back = worlds.browser_of(broken.application, place.leader)
    shown = boxes(back, said)
    assert {name: shown[name] for name in TYPED} == {**TYPED, "points-point-0-words": LONG}
    if refused:
        assert "What you typed is in the boxes below, and is not saved in the draft yet." in words(back.get(said))
    finish = {**shown, "actions-1-by": "", "actions-1-what": "", "do": "continue"}
    assert back.post(said, data=finish, headers=OURS).status_code == 303
    with db.reading() as session:
        assert session.scalars(select(Draft)).one().content["points"]["point-0"]["words"] == LONG


@pytest.mark.parametrize("how", ["480 minutes of typing", "all cookies deleted", "the service's key changed"])
def test_the_first_page_is_kept_though_there_is_no_draft_yet(
    leader: Client, place: World, clock: Clock, how: str
) -> None:
    opened = boxes(leader, place.meeting)
    broken = BREAKS[how](leader, place, clock)
    odd = {**MEETING, "held_on-day": "31", "held_on-month": "Febuary", "present": "about eight"}
    answer = broken.post(place.meeting, data={**opened, **odd, "do": "continue"}, headers=OURS)
    assert "What you typed is kept." in answer.text
    shown = boxes(worlds.browser_of(broken.application, place.leader), place.meeting)
    assert {name: shown[name] for name in odd if name != "setting"} == {k: v for k, v in odd.items() if k != "setting"}
    assert shown["setting"] == ["team_meeting"]


def test_a_key_that_changed_while_somebody_was_signed_out_gives_the_text_back_to_be_sent_again(
    leader: Client, place: World, clock: Clock
) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    broken = without_any(key_changed(leader, place, clock), place, clock)
    answer = broken.post(said, data={**opened, **TYPED, "do": "continue"}, headers=OURS)
    assert answer.status_code == 403 and "Send it again" in answer.text
    again = form_at(answer, "")
    assert {name: again[name] for name in TYPED} == TYPED
    broken.as_person(place.leader)
    answer = broken.post(said, data=again, headers=OURS)
    assert "What you typed is kept." in answer.text or answer.status_code == 422
    shown = boxes(broken, said)
    assert {name: shown[name] for name in TYPED} == TYPED


def test_by_the_key_before_the_text_is_kept_though_she_was_signed_out(
    leader: Client, place: World, clock: Clock
) -> None:
    said = worlds.begin(leader, place)
    opened, before = boxes(leader, said), leader.application.config["SETTINGS"].secret_key
    broken = without_any(key_changed(leader, place, clock, before), place, clock)
    answer = broken.post(said, data={**opened, **TYPED, "do": "continue"}, headers=OURS)
    assert answer.status_code == 403 and "Send it again" not in answer.text
    broken.as_person(place.leader)
    shown = boxes(broken, said)
    assert {name: shown[name] for name in TYPED} == TYPED


def test_whoever_lost_her_role_leaves_her_text_with_the_team(leader: Client, place: World, clock: Clock) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    with db.writing() as session:
        session.execute(
            update(Appointment).where(Appointment.person_id == place.leader).values(ends_on=NOW.date() - timedelta(1))
        )
    answer = leader.post(said, data={**opened, "question_to_lead": "My last one?", "do": "continue"}, headers=OURS)
    assert answer.status_code == 403
    colleague = worlds.browser_of(leader.application, place.colleague)
    assert "Question for the lead: My last one?" in words(colleague.get(said))
    assert boxes(colleague, said)["question_to_lead"] == "", "it is beside the draft and not in it"


@pytest.mark.parametrize("fate", ["sent", "thrown away"])
def test_a_text_for_a_draft_that_is_gone_is_kept(leader: Client, place: World, clock: Clock, fate: str) -> None:
    check = worlds.write(leader, place)
    said = check.replace("check", "said")
    opened = boxes(leader, said)
    if fate == "sent":
        leader.post_form(check, {"nobody_known": "yes"}, at="/check")
    else:
        with db.writing() as session:
            session.execute(delete(Draft))
    leader.delete_cookie("signed-in", domain="localhost")
    answer = leader.post(said, data={**opened, "question_to_lead": "One more?", "do": "continue"}, headers=OURS)
    assert answer.status_code == 403 and "What you typed is kept." in answer.text
    back = worlds.browser_of(leader.application, place.leader)
    with db.reading() as session:
        draft = session.scalars(select(Draft).where(Draft.sent_at.is_(None))).one()
        assert bool(draft.corrects) is (fate == "sent")
    shown = boxes(back, f"/drafts/{draft.ref}/said")
    assert shown["question_to_lead"] == "One more?"


def test_what_a_colleague_saved_meanwhile_is_not_written_over(leader: Client, place: World, clock: Clock) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    colleague = worlds.browser_of(leader.application, place.colleague)
    colleague.post_form(said, {"question_to_lead": "Hers?", "do": "later"}, at="/said")
    ended(leader, place, clock)
    clock.shift(timedelta(minutes=5))
    leader.post(said, data={**opened, "question_to_lead": "Mine?", "do": "continue"}, headers=OURS)
    back = worlds.browser_of(leader.application, place.leader)
    shown = boxes(back, said)
    assert shown["question_to_lead"] == "Mine?"
    assert "What is to stay: the question for the lead" in words(back.get(said)), "hers stands beside it, to choose"
    assert form_at(back.get(f"{said}?saved=1"), "/said")["question_to_lead"] == "Hers?"
    both = {**shown, "take-question_to_lead": "both", "do": "mine"}
    assert back.post(said, data=both, headers=OURS).status_code == 303
    assert boxes(back, said)["question_to_lead"] == "Mine?\n\nHers?"


@pytest.mark.parametrize("breaks", [ended, without_any])
@pytest.mark.parametrize("once_more", [False, True])
def test_what_was_chosen_between_two_texts_is_not_lost_with_the_cookie(
    leader: Client, place: World, clock: Clock, breaks: Breaks, once_more: bool
) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    colleague = worlds.browser_of(leader.application, place.colleague)
    hers = {"question_to_lead": "Hers?", "question_to_partnership": "Hers!", "do": "later"}
    colleague.post_form(said, hers, at="/said")
    mine = {"question_to_lead": "Mine?", "question_to_partnership": "Mine!", "do": "later"}
    clash = form_at(leader.post(said, data={**opened, **mine}), "/said")
    if once_more:
        colleague.post_form(said, {"question_to_lead": "Hers again?", "do": "later"}, at="/said")
    breaks(leader, place, clock)
    clock.shift(timedelta(minutes=5))
    takes = {"take-question_to_lead": "both", "take-question_to_partnership": "theirs", "do": "mine"}
    leader.post(said, data={**clash, **takes}, headers=OURS)
    back = worlds.browser_of(leader.application, place.leader)
    shown = boxes(back, said)
    if once_more:
        assert shown["question_to_lead"] == "Mine?" and "Hers again?" in words(back.get(said)), "both to choose from"
    else:
        back.post(said, data={**shown, "do": "continue"}, headers=OURS)
        after = boxes(back, said)
        assert after["question_to_lead"] == "Mine?\n\nHers?" and after["question_to_partnership"] == "Hers!"


@pytest.mark.parametrize(
    "given",
    ["", "x", "..", "0" * 12, "{asked}.{person}.", "{asked}.{person}." + "0" * 64, "{foreign}.{person}.{mac}", "é.é.é"],
)
def test_without_the_pages_own_key_nothing_is_kept_for_anybody(
    leader: Client, place: World, clock: Clock, given: str
) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    asked, person, mac = opened["kept_for"].split(".")
    opened["kept_for"] = given.format(asked=asked, person=person, mac=mac, foreign=place.foreign)
    without_any(leader, place, clock)
    answer = leader.post(said, data={**opened, "question_to_lead": "Slipped in?", "do": "continue"})
    assert answer.status_code == 403 and "Slipped in?" not in answer.text
    with db.reading() as session:
        assert "Slipped in?" not in str([draft.content for draft in session.scalars(select(Draft))])


def test_a_key_only_sets_aside_and_pushes_nobody_elses_text_out(leader: Client, place: World, clock: Clock) -> None:
    said = worlds.begin(leader, place)
    opened = boxes(leader, said)
    colleague = worlds.browser_of(leader.application, place.colleague)
    old = boxes(colleague, said)
    leader.post_form(said, {"question_to_lead": "Mine?", "do": "later"}, at="/said")
    colleague.post(said, data={**old, "question_to_lead": "Lost once?", "do": "later"}, headers=OURS)
    without_any(leader, place, clock)
    for number in range(30):
        leader.post(said, data={**opened, "question_to_lead": f"Flood {number}", "do": "continue"}, headers=OURS)
    with db.reading() as session:
        draft = session.scalars(select(Draft)).one()
        texts = [aside["typed"]["question_to_lead"] for aside in draft.content["set_aside"]]
    assert (draft.content["question_to_lead"], draft.version) == ("Mine?", 2)
    assert texts == ["Lost once?", "Flood 27", "Flood 28", "Flood 29"]


def test_a_script_is_told_where_nothing_differs_from_what_was_sent(leader: Client, place: World, clock: Clock) -> None:
    check = worlds.write(leader, place)
    said = check.replace("check", "said")
    opened = boxes(leader, said)
    leader.post_form(check, {"nobody_known": "yes"}, at="/check")
    told = [leader.post(said, data={**opened, **typed, "do": "autosave"}, headers=SCRIPT) for typed in ({}, TYPED)]
    assert [(answer.status_code, answer.json["kept"]) for answer in told] == [(200, True), (200, True)]
    assert [answer.json["link"][1] for answer in told] == ["See the receipt", "Go on in a correction"]


def test_a_script_has_the_first_page_kept_though_its_draft_was_thrown_away(
    leader: Client, place: World, clock: Clock
) -> None:
    worlds.begin(leader, place)
    opened = boxes(leader, place.meeting)
    with db.writing() as session:
        session.execute(delete(Draft))
    typed = {**opened, "chaired_by": "Team manager", "do": "autosave"}
    answer = leader.post(place.meeting, data=typed, headers=SCRIPT)
    assert (answer.status_code, answer.json["kept"]) == (409, True)
    assert answer.json["message"].endswith("Press Continue to go on in a new draft.")
    assert boxes(leader, place.meeting)["chaired_by"] == "Team manager"
