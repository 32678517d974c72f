"""Texts set aside have room, each person's her own: what had to go is told, and what is not kept is not called kept."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import db
from app.discussions import beside
from app.discussions.drafts import Draft
from app.saving import MOST_CHARACTERS, MOST_TEXTS, Save, let_go
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World, form_at, words

OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/"}
SCRIPT = {**OURS, "Accept": "application/json"}
AT = "2026-11-23T10:00:00+00:00"
ENORMOUS = "x" * 1_000_001
TOO_LONG = "The most that can be kept at once is 300,000. Shorten one of the answers."


def aside(draft: dict[str, Any], by: str, text: str, **how: Any) -> dict[str, Any]:
    return beside.put_aside(draft, {"question_to_lead": text}, by, AT, **how)


def texts(draft: dict[str, Any], by: str = "") -> list[str]:
    """What is set aside, the oldest first, as far as its first word."""
    found = [a for a in reversed(list(beside.asides(draft, "said"))) if by in ("", a.by)]
    return [a.typed["question_to_lead"].partition(" ")[0] for a in found]


def kept() -> dict[str, Any]:
    with db.reading() as session:
        return session.scalars(select(Draft).order_by(Draft.id.desc())).first().content  # type: ignore[union-attr]


def test_room_is_made_among_ones_own_texts_and_never_among_anothers() -> None:
    draft: dict[str, Any] = {}
    for name in ("one", "two"):
        draft = aside(draft, "Anna", name)
    for number in range(30):
        how = {"person": "b", "save": Save(0, f"{number}")} if number % 2 else {}
        draft = aside(draft, "Berta", f"{number} {'x' * 200_000}", **how)
    assert texts(draft, "Anna") == ["one", "two"]
    assert texts(draft, "Berta")[-1] == "29" and len(texts(draft, "Berta")) == 4
    for number in range(30):
        draft = aside(draft, "Berta", f"short{number}.")
    assert texts(draft, "Berta")[-1] == "short29." and len(texts(draft, "Berta")) <= MOST_TEXTS
    assert texts(draft, "Anna") == ["one", "two"]
    [gone] = let_go(draft, ["said"])
    assert (gone.by, gone.many) == ("Berta", 60 - len(texts(draft, "Berta")))
    assert let_go(draft, ["meeting"]) == []


def test_what_a_newer_text_of_the_same_person_wholly_holds_goes_first_and_is_not_lost() -> None:
    draft = aside({}, "Berta", "A text of its own.")
    for number in range(2, 60):
        draft = aside(draft, "Berta", " ".join(f"word{n}" for n in range(number)))
    assert texts(draft)[0] == "A" and len(texts(draft)) == MOST_TEXTS
    assert let_go(draft, ["said"]) == [], "nothing is lost"
    for number in range(30):
        draft = aside(draft, "Berta", f"Another{number}.")
    assert let_go(draft, ["said"])[0].many == 12 and texts(draft)[0] == "Another10."


@pytest.mark.parametrize(
    ("older", "newer", "lost"),
    [
        ({"present": "1"}, {"present": "18"}, 1),
        ({"also": ["abc"]}, {"also": []}, 1),
        ({"chaired_by": "Manager"}, {"chaired_by": "Team Manager"}, 0),
    ],
)
def test_a_number_or_a_tick_that_differs_is_not_held_by_a_newer_text(
    older: dict[str, Any], newer: dict[str, Any], lost: int
) -> None:
    draft: dict[str, Any] = {}
    for page in (older, *({**newer, "setting": letter} for letter in ascii_lowercase[:20])):
        draft = beside.put_aside(draft, page, "Berta", AT)
    assert sum(gone.many for gone in let_go(draft, ["meeting"])) == lost


def test_after_25_conflicts_the_page_says_where_the_first_five_went(
    leader: Client, colleague: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    old = form_at(colleague.get(said), "/said")
    mine = form_at(leader.get(said), "/said")
    colleague.post(said, data={**old, "question_to_lead": "Saved.", "do": "later"})
    assert leader.post(said, data={**mine, "question_to_lead": "The leader’s.", "do": "later"}).status_code == 409
    leader.post_form(said, {"question_to_lead": "Saved since.", "do": "later"}, at="/said")
    for number in range(25):
        answer = colleague.post(said, data={**old, "question_to_lead": f"Number {number}.", "do": "later"})
        assert answer.status_code == 409
        went = f"{number - 19} older text" in words(answer)
        assert went is (number >= 20) and "is kept." in words(answer)
    page = words(leader.get(said))
    assert "5 older texts of Minute taker <b> made room for newer ones of the same person" in page
    assert "Number 4." not in page and all(f"Number {number}." in page for number in range(5, 25))
    assert "The leader’s." in page
    colleague.post_form(said, {"question_to_lead": "Number 24.", "do": "later"}, at="/said")
    assert "5 older texts" in words(leader.get(said)), "a save changes nothing about that"


@pytest.mark.parametrize("headers", [OURS, SCRIPT], ids=["a button", "a script"])
def test_a_text_too_long_to_be_kept_is_given_back_and_takes_nobodys_room(
    leader: Client, colleague: Client, place: World, headers: dict[str, str]
) -> None:
    said = worlds.begin(leader, place)
    opened, hers = form_at(leader.get(said), "/said"), form_at(colleague.get(said), "/said")
    leader.post_form(said, {"question_to_lead": "Mine.", "do": "later"}, at="/said")
    assert colleague.post(said, data={**hers, "question_to_lead": "Lost once.", "do": "later"}).status_code == 409
    for name in ("signed-in", "forms", "browser"):
        leader.delete_cookie(name, domain="localhost")
    before = kept()
    answer = leader.post(said, data={**opened, "question_to_lead": ENORMOUS, "do": "continue"}, headers=headers)
    assert answer.status_code == 403 and kept() == before
    if headers is SCRIPT:
        assert answer.json["kept"] is False and TOO_LONG in answer.json["message"]
    else:
        assert "is kept" not in words(answer) and ENORMOUS in answer.text and TOO_LONG in words(answer)
    fits = "y" * (MOST_CHARACTERS - 10)
    answer = leader.post(said, data={**opened, "question_to_lead": fits, "do": "continue"}, headers=headers)
    assert answer.status_code == 403 and fits in str(kept()) and "Lost once." in str(kept())


def test_of_a_conflict_over_a_text_too_long_the_page_says_that_it_stands_there_alone(
    leader: Client, colleague: Client, place: World
) -> None:
    said = worlds.begin(leader, place)
    opened = form_at(leader.get(said), "/said")
    colleague.post_form(said, {"question_to_lead": "Hers.", "do": "later"}, at="/said")
    typed = {**opened, "question_to_lead": ENORMOUS}
    told = leader.post(said, data={**typed, "do": "autosave"}, headers=SCRIPT)
    assert told.status_code == 409 and told.json["kept"] is False and TOO_LONG in told.json["message"]
    answer = leader.post(said, data={**typed, "do": "later"})
    assert answer.status_code == 409 and form_at(answer, "/said")["question_to_lead"] == ENORMOUS
    assert f"is not kept anywhere else: leave this page open. This is 1,000,001 characters altogether. {TOO_LONG}" in (
        words(answer)
    )
    assert not kept().get("set_aside")


@pytest.mark.parametrize("button", ["continue", "autosave"])
def test_a_text_too_long_for_a_draft_that_was_sent_meanwhile_is_given_back(
    leader: Client, colleague: Client, place: World, button: str
) -> None:
    check = worlds.write(leader, place)
    said = check.replace("check", "said")
    opened = form_at(leader.get(said), "/said")
    colleague.post_form(check, {"nobody_known": "yes"}, at="/check")
    headers = SCRIPT if button == "autosave" else OURS
    answer = leader.post(said, data={**opened, "question_to_lead": ENORMOUS, "do": button}, headers=headers)
    assert answer.status_code == 422
    if button == "autosave":
        assert answer.json["kept"] is False and TOO_LONG in answer.json["message"]
    else:
        assert ENORMOUS in answer.text and TOO_LONG in words(answer)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 1, "no correction was begun"
