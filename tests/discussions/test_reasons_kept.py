"""Reasons on the page that checks minutes are there after signing in, beside the very pieces that they were given for;
the statement is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.unsent import Unsent
from app.database import db
from app.discussions.models import LeftIn, Minutes
from app.identifying import Why
from app.organisations.models import Person
from tests.accounts.browsers import Clock
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.test_rescue import BREAKS, OURS, clock, ended, leader, stopped, without_any
from tests.discussions.worlds import World, form_at, words

__all__ = ["clock", "leader", "stopped"]
PHONE, MAIL = "01323 555778", "somebody@nowhere.example"
TEXT = f"Ring {PHONE} or write to {MAIL}. Ring {PHONE} again."
REASON = "“Ça va?” – <b>&amp;</b> {{7*7}} 🧑🏽‍🍼"
KEPT_WORDS, BACK = "What you typed is kept.", "is in the boxes below, and is not sent yet."
ANEW = "Tick the statement above the button again before you send."
FIRST, THIRD = "points-point-0-words", "points-point-2-words"


def names(client: Client, check: str) -> list[str]:
    """What the parts of the form are called, one for each piece."""
    found = [part.split('"')[0] for part in client.get(check).text.split('name="')[1:]]
    return [name.removesuffix("-where") for name in found if name.endswith("-where")]


def boxes(client: Client, check: str) -> dict[str, Any]:
    return form_at(client.get(check), "/check")


def written(client: Client, place: World, **said: str) -> tuple[str, dict[str, Any], str, str]:
    """Minutes to be checked, the page with a reason for each piece and the statement, and how the pieces are called."""
    check = worlds.write(client, place, **{FIRST: TEXT, **said})
    phone, mail = names(client, check)
    reasons = {f"{phone}-why": "public", f"{mail}-why": "other", f"{mail}-words": REASON}
    return check, {**boxes(client, check), **reasons, "nobody_known": "yes"}, phone, mail


def kept() -> list[Unsent]:
    with db.reading() as session:
        return list(session.scalars(select(Unsent).order_by(Unsent.id)))


def sent() -> list[tuple[str, Why, str]]:
    with db.reading() as session:
        return [(one.field, one.why, one.words) for one in session.scalars(select(LeftIn).order_by(LeftIn.id))]


@pytest.mark.parametrize("how", BREAKS)
def test_each_reason_is_there_after_signing_in_and_the_statement_is_not(
    leader: Client, place: World, clock: Clock, how: str
) -> None:
    check, typed, phone, mail = written(leader, place)
    broken = BREAKS[how](leader, place, clock)
    answer = broken.post(check, data=typed, headers=OURS)
    if how == "the service restarted":
        assert answer.status_code == 303, "who is signed in and has a good token sends"
    else:
        assert answer.status_code in (400, 403) and KEPT_WORDS in answer.text and "Ça va" not in answer.text
        back = worlds.browser_of(broken.application, place.leader)
        page = back.get(check)
        assert BACK in words(page) and ANEW in words(page)
        shown = form_at(page, "/check")
        assert (shown[f"{phone}-why"], shown[f"{mail}-why"]) == (["public"], ["other"])
        assert (shown[f"{phone}-words"], shown[f"{mail}-words"]) == ("", REASON)
        assert "nobody_known" not in shown
        assert back.post(check, data=shown, headers=OURS).status_code == 422 and not sent()
        assert len(kept()) == 1, "what is refused stays kept"
        assert back.post(check, data={**shown, "nobody_known": "yes"}, headers=OURS).status_code == 303
    assert sent() == [(FIRST, Why.PUBLIC, ""), (FIRST, Why.OTHER, REASON)] and kept() == []


@pytest.mark.parametrize(
    ("first", "third", "offered"),
    [
        (f"Only {MAIL} now.", "", [False, True]),
        (f"Ring 01323 555779, {MAIL}", "", [False, True]),
        (f"Write to {MAIL}", f"Ring {PHONE}", [False, True]),
        (TEXT, f"Or {PHONE}", [False, True]),
        (f"All else was changed, but for {MAIL} and {PHONE}.", "Nothing.", [True, True]),
        ("Nothing of anybody.", "", [False, False]),
        (f"{PHONE}0", f"Write to {MAIL}", [False, False]),
    ],
    ids=["gone", "changed", "moved", "elsewhere too", "the very same", "all gone", "all changed"],
)
def test_a_reason_is_offered_only_for_the_very_piece_in_the_very_answer(
    leader: Client, place: World, clock: Clock, first: str, third: str, offered: list[bool]
) -> None:
    check, typed, phone, mail = written(leader, place)
    ended(leader, place, clock)
    assert KEPT_WORDS in leader.post(check, data=typed, headers=OURS).text
    colleague = worlds.browser_of(leader.application, place.colleague)
    said = check.replace("check", "said")
    assert colleague.post_form(said, {FIRST: first, THIRD: third, "do": "continue"}, at="/said").status_code == 303
    back = worlds.browser_of(leader.application, place.leader)
    page = back.get(check)
    shown = form_at(page, "/check")
    assert [f"{phone}-why" in shown, f"{mail}-why" in shown] == offered
    assert (REASON in shown.values()) is offered[1]
    assert (BACK in words(page)) is ("Remove what I typed" in page.text) is any(offered)
    whys = {f"{name}-why": shown.get(f"{name}-why", "worker") for name in names(back, check)}
    answer = back.post(check, data={**shown, **whys, "nobody_known": "yes"}, headers=OURS)
    assert answer.status_code == 303 and kept() == []


def test_a_piece_that_stood_in_two_answers_has_its_reason_where_it_is_left(
    leader: Client, place: World, clock: Clock
) -> None:
    check, typed, phone, mail = written(leader, place, **{THIRD: f"Or {PHONE}"})
    without_any(leader, place, clock)
    leader.post(check, data=typed, headers=OURS)
    back = worlds.browser_of(leader.application, place.leader)
    both = boxes(back, check)
    assert both[f"{phone}-why"] == ["public"] and names(back, check) == [phone, mail], "one piece, one reason"
    back.post_form(check.replace("check", "said"), {THIRD: "Nothing.", "do": "continue"}, at="/said")
    left = boxes(back, check)
    assert left[f"{phone}-why"] == ["public"]
    assert back.post(check, data={**left, "nobody_known": "yes"}, headers=OURS).status_code == 303
    assert [field for field, *_ in sent()] == [FIRST, FIRST] and kept() == []


def test_a_draft_that_cannot_be_sent_as_it_stands_offers_nothing_until_it_can(
    leader: Client, place: World, clock: Clock
) -> None:
    check, typed, phone, _ = written(leader, place)
    without_any(leader, place, clock)
    leader.post(check, data=typed, headers=OURS)
    back = worlds.browser_of(leader.application, place.leader)
    for by, there in (("soon", False), ("18 December 2026", True)):
        back.post_form(check.replace("check", "said"), {"actions-0-by": by, "do": "later"}, at="/said")
        page = back.get(check)
        assert page.status_code == 200 and (BACK in words(page)) is there
    assert form_at(page, "/check")[f"{phone}-why"] == ["public"]


def test_nobody_else_is_offered_them_and_they_go_when_a_colleague_sends(
    leader: Client, place: World, clock: Clock
) -> None:
    check, typed, phone, mail = written(leader, place)
    without_any(leader, place, clock).as_person(place.colleague)
    answer = leader.post(check, data=typed, headers=OURS)
    assert answer.status_code in (400, 403) and not sent(), "another person in the same browser"
    with db.reading() as session:
        assert [session.get_one(Person, one.person_id).id for one in kept()] == [place.leader]
    page = leader.get(check)
    assert BACK not in words(page) and "Ça va" not in page.text
    own = form_at(page, "/check")
    assert f"{phone}-why" not in own
    without_any(leader, place, clock)
    leader.post(check, data={**own, f"{mail}-why": "other", f"{mail}-words": "Hers."}, headers=OURS)
    for person, reason in ((place.leader, REASON), (place.colleague, "Hers.")):
        other = worlds.browser_of(leader.application, person)
        assert boxes(other, check)[f"{mail}-words"] == reason
    hers = {**boxes(other, check), f"{phone}-why": "worker", "nobody_known": "yes"}
    assert other.post(check, data=hers, headers=OURS).status_code == 303
    assert len(sent()) == 2 and kept() == []


def test_the_same_page_sent_again_takes_its_own_place_and_two_pages_are_both_kept(
    leader: Client, place: World, clock: Clock
) -> None:
    check, first, _, mail = written(leader, place)
    second = {**first, "opening": boxes(leader, check)["opening"]}
    without_any(leader, place, clock)
    for opened, text in ((first, "One"), (first, "One, and more"), (second, "Two")):
        clock.shift(timedelta(minutes=1))
        leader.post(check, data={**opened, f"{mail}-words": text}, headers=OURS)
    back, seen = worlds.browser_of(leader.application, place.leader), []
    for _ in range(2):
        shown = boxes(back, check)
        seen.append(shown[f"{mail}-words"])
        gone = back.post(check, data={**shown, "nobody_known": "yes", "do": "remove"}, headers=OURS)
        assert "What you typed is removed." in words(back.get(gone.location))
    assert seen == ["Two", "One, and more"] and kept() == [] and not sent()
    without_any(back, place, clock)
    for opened in (first, second):
        back.post(check, data=opened, headers=OURS)
    back.as_person(place.leader)
    good = {**boxes(back, check), "nobody_known": "yes"}
    assert len(kept()) == 2
    assert [back.post(check, data=good, headers=OURS).status_code for _ in range(2)] == [303, 303]
    with db.reading() as session:
        assert len(session.scalars(select(Minutes)).all()) == 1
    assert kept() == [], "of the other page too: nobody can be offered it any more"


def test_a_huge_reason_is_kept_whole_and_one_too_long_to_be_kept_is_given_back(
    leader: Client, place: World, clock: Clock
) -> None:
    check, typed, _, mail = written(leader, place)
    without_any(leader, place, clock)
    huge = "ä" * 290_000
    assert KEPT_WORDS in leader.post(check, data={**typed, f"{mail}-words": huge}, headers=OURS).text
    larger = leader.post(check, data={**typed, f"{mail}-words": "x" * 1_000_001}, headers=OURS)
    assert KEPT_WORDS not in larger.text and "x" * 1_000_001 in larger.text
    assert "points-point" not in words(larger), "what a page notes for itself is not taken for typed"
    back = worlds.browser_of(leader.application, place.leader)
    shown = boxes(back, check)
    assert shown[f"{mail}-words"] == huge
    answer = back.post(check, data={**shown, "nobody_known": "yes"}, headers=OURS)
    assert answer.status_code == 422 and huge in answer.text and not sent()
    short = {**form_at(answer, "/check"), f"{mail}-words": "Ours"}
    assert back.post(check, data=short, headers=OURS).status_code == 303
    assert kept() == []


@pytest.mark.parametrize("fate", ["sent", "thrown away"])
def test_once_the_draft_is_gone_they_are_given_back_on_the_page_and_none_stay_behind(
    leader: Client, place: World, clock: Clock, fate: str
) -> None:
    check, typed, *_ = written(leader, place)
    cookies = dict(leader._cookies)  # type: ignore[attr-defined]
    without_any(leader, place, clock)
    leader.post(check, data=typed, headers=OURS)
    assert len(kept()) == 1
    leader._cookies = cookies  # type: ignore[attr-defined]
    if fate == "sent":
        assert leader.post(check, data={**typed, "opening": "another"}, headers=OURS).status_code == 303
    else:
        assert leader.post_form(check.replace("check", "throw-away"), at="/throw-away").status_code == 303
    assert kept() == []
    without_any(leader, place, clock)
    answer = leader.post(check, data=typed, headers=OURS)
    assert answer.status_code == 403 and KEPT_WORDS not in answer.text and REASON in words(answer)
    assert kept() == []


def test_a_page_on_which_nothing_but_the_statement_was_made_is_to_be_sent_again(
    leader: Client, place: World, clock: Clock
) -> None:
    check, typed, phone, mail = written(leader, place)
    for name in (f"{phone}-why", f"{mail}-why", f"{mail}-words"):
        del typed[name]
    without_any(leader, place, clock)
    answer = leader.post(check, data=typed, headers=OURS)
    assert answer.status_code == 403 and "Send it again" in answer.text and kept() == []
