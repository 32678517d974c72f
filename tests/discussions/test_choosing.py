"""Whatever two people answered differently stands beside each other on the page of their conflict, ticks too, and what
is chosen of it is what is saved."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.circulation.models import Asked
from app.database import db
from app.discussions import content as contents
from app.discussions.drafts import Draft
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.test_carrying import said as said_before
from tests.discussions.worlds import DAY, World, form_at, form_of, words

HERS: dict[str, Any] = {**DAY, "setting": "team_meeting", "present": "8", "chaired_by": "Manager", "received": "paper"}
MINE = {**HERS, "held_on-day": "17", "setting": "inset", "present": "9", "chaired_by": "Chair", "received": "mail"}
SAID_HERS: dict[str, Any] = {
    "no_notes": "yes",
    "points-point-0-words": "Hers.",
    "points-point-1-yes": "3",
    "actions-0-what": "Hers",
    "news-0-how": "done",
    "question_to_lead": "Hers?",
    "question_to_partnership": "Hers!",
}
SAID_MINE = {
    "no_notes": None,
    "points-point-0-words": "Mine.",
    "points-point-1-yes": "4",
    "actions-0-what": "Mine",
    "news-0-how": "dropped",
    "question_to_lead": "Mine?",
    "question_to_partnership": "Mine!",
}
PIECES = {"points": ["points-point-0-words", "points-point-1-hands"]}
"""Of what stands in several pieces on the page, those in which the two texts differ."""


@pytest.fixture
def place(app: Flask) -> World:
    return worlds.world(lambda session, circle: said_before(session, circle, "Ring fathers"))


@pytest.fixture
def lead(app: Flask, place: World) -> Client:
    return worlds.browser_of(app, place.lead)


@pytest.fixture
def deputy(app: Flask, place: World) -> Client:
    return worlds.browser_of(app, place.deputy)


def kept(part: str) -> dict[str, Any]:
    with db.reading() as session:
        return contents.part_of(session.scalars(select(Draft).where(Draft.sent_at.is_(None))).one().content, part)


def sent(client: Client, url: str, shown: dict[str, Any], answers: dict[str, Any], do: str) -> Any:
    data = {name: value for name, value in {**shown, **answers, "do": do}.items() if value is not None}
    return client.post(url, data=data)


def clashed(lead: Client, deputy: Client, url: str, mine: dict[str, Any], hers: dict[str, Any]) -> Any:
    """The page that the lead gets when she saves `mine` after the deputy saved `hers`."""
    at = f"/{url.rpartition('/')[2]}"
    opened = form_at(lead.get(url), at)
    assert sent(deputy, url, form_at(deputy.get(url), at), hers, "later").status_code == 303
    answer = sent(lead, url, opened, mine, "later")
    assert answer.status_code == 409
    return answer


def pieces(answer: Any, at: str) -> set[str]:
    names = (field.get("name", "") for field in form_of(answer, at).iter("input"))
    return {name.removeprefix("take-") for name in names if name.startswith("take-")}


@pytest.mark.parametrize("how", ["theirs", "mine"])
@pytest.mark.parametrize("part", ["meeting", "said"])
def test_every_answer_that_differs_is_to_be_chosen_and_the_choice_is_saved(
    lead: Client, deputy: Client, place: World, part: str, how: str
) -> None:
    url = place.meeting if part == "meeting" else worlds.begin(deputy, place)
    south = {"also": [place.south]}
    mine, hers = (MINE, HERS | south) if part == "meeting" else (SAID_MINE, SAID_HERS)
    answer = clashed(lead, deputy, url, mine, hers)
    wanted = [PIECES.get(key, [key]) for key in contents.PARTS[part] if key != "meeting_of"]
    offered = pieces(answer, f"/{part}")
    assert offered == {piece for several in wanted for piece in several}
    theirs, takes = kept(part), {f"take-{piece}": how for piece in offered}
    assert sent(lead, url, form_at(answer, f"/{part}"), takes, "mine").status_code == 303
    saved = kept(part)
    for key in contents.PARTS[part]:
        if key != "meeting_of":
            assert (saved[key] == theirs[key]) is (how == "theirs"), key


def test_ticks_stand_in_words_on_the_conflict_page_and_among_earlier_texts(
    lead: Client, deputy: Client, place: World
) -> None:
    with db.reading() as session:
        team = session.scalars(select(Asked).where(Asked.ref == place.south)).one().team_name
    answer = clashed(lead, deputy, place.meeting, MINE, {**HERS, "also": [place.south]})
    assert f"{team} What is to stay: which other teams it was a meeting of" in words(answer)
    assert sent(lead, place.meeting, form_at(answer, "/meeting"), {}, "mine").status_code == 303
    with db.reading() as session:
        said = f"/drafts/{session.scalars(select(Draft).where(Draft.sent_at.is_(None))).one().ref}/said"
    answer = clashed(lead, deputy, said, SAID_MINE, SAID_HERS)
    ticked = "We discussed this but took no notes What is to stay: whether you took no notes"
    assert ticked in words(answer)
    assert sent(lead, said, form_at(answer, "/said"), {}, "mine").status_code == 303
    earlier = words(lead.get(said.replace("said", "earlier")))
    assert f"A meeting of other teams too: {team}" in earlier
    assert "How the record came: On paper" in earlier
    assert "We discussed this but took no notes. Question 1: Hers." in earlier


def test_whoever_may_not_tick_a_team_still_sees_that_somebody_did(leader: Client, deputy: Client, place: World) -> None:
    answer = clashed(leader, deputy, place.meeting, {**MINE, "received": None}, {**HERS, "also": [place.south]})
    assert 'name="also"' not in answer.text
    assert "What is to stay: which other teams it was a meeting of" in words(answer)
    takes = {"take-also": "theirs"}
    assert sent(leader, place.meeting, form_at(answer, "/meeting"), takes, "mine").status_code == 303
    assert (kept("meeting")["also"], kept("meeting")["present"]) == ([place.south], "9")


def test_teams_that_were_ticked_while_signed_out_are_ticked_again_afterwards(lead: Client, place: World) -> None:
    shown = form_at(lead.get(place.meeting), "/meeting")
    lead.delete_cookie("signed-in", domain="localhost")
    answer = sent(lead, place.meeting, shown, {**HERS, "also": [place.south, place.foreign, "x" * 21]}, "later")
    assert answer.status_code == 403 and "What you typed is kept." in answer.text
    back = worlds.browser_of(lead.application, place.lead)
    assert form_at(back.get(place.meeting), "/meeting")["also"] == [place.south]


def test_the_two_texts_stand_side_by_side_with_what_differs_marked(lead: Client, deputy: Client, place: World) -> None:
    said = worlds.begin(deputy, place)
    mine, hers = (
        {"points-point-0-words": f"We <b>asked</b> {who} at the first visit.", "actions-0-what": f"Ask & {who} now"}
        for who in ("fathers", "mothers")
    )
    answer = clashed(lead, deputy, said, mine, hers)
    read = words(answer)
    assert "What stands in the box: We <b>asked</b> fathers at the first visit. Saved here by " in read
    assert "We <b>asked</b> [removed: fathers] [added: mothers] at the first visit. What is to stay" in read
    assert "What stands in the box: Ask & fathers now Saved here by " in read
    assert "Ask & [removed: fathers] [added: mothers] now What is to stay" in read
    assert "words that only your box has are [removed: crossed out]" in read
