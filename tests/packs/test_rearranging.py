"""Rows of a briefing in the making are moved to a place of their own, as somebody draws them with the mouse."""

from __future__ import annotations

from typing import Any

import pytest

from app.packs.drafted import shaped
from app.packs.sorting import rearranged
from tests.client import Client
from tests.packs.test_making import draft_now, from_real, officers, page, saved

__all__ = ["officers"]


def four() -> Any:
    return shaped({"links": [{"title": title, "url": ""} for title in "abcd"]})


def order(content: Any) -> str:
    return "".join(row["title"] for row in content["links"])


@pytest.mark.parametrize(
    ("number", "to", "after"),
    [(0, 3, "bcda"), (3, 0, "dabc"), (1, 2, "acbd"), (2, 2, "abcd"), (0, 4, "abcd"), (4, 0, "abcd"), (-1, 0, "abcd")],
)
def test_a_row_goes_to_its_place_and_nowhere_that_is_none(number: int, to: int, after: str) -> None:
    assert order(rearranged(four(), "to", "links", number, to)) == after
    assert order(rearranged(four(), "to", "links", number)) == "abcd"


def test_a_drawn_section_is_saved_where_it_was_let_go_and_shown_there(
    client: Client, officers: tuple[int, int]
) -> None:
    url = from_real(client.as_person(officers[0]))
    before = [one["markdown"] for one in draft_now().content["sections"]]
    answer = saved(client, f"{url}/sections", do="to.sections.2.0")
    assert answer.headers["Location"].endswith("#sections-0")
    after = [one["markdown"] for one in draft_now().content["sections"]]
    assert after == [before[2], *before[:2], *before[3:]]
    assert 'data-row="sections.0"' in page(client, f"{url}/sections")


@pytest.mark.parametrize(
    "odd", ["to.sections.9.0", "to.sections.0.99", "to.sections.x.y", "to.sections", "to.title.0.1", "to"]
)
def test_what_no_page_sends_moves_nothing(client: Client, officers: tuple[int, int], odd: str) -> None:
    url = from_real(client.as_person(officers[0]))
    before = draft_now().content["sections"]
    assert saved(client, f"{url}/sections", do=odd).status_code in (303, 400)
    assert draft_now().content["sections"] == before


def test_a_question_or_a_recommendation_is_joined_to_the_one_above_with_every_word() -> None:
    asked = [
        {"key": "one", "kind": "open", "question": "What is it?", "note": "A."},
        {"key": "two", "kind": "knowledge_check", "question": "And why?", "note": "B."},
        {"key": "three", "kind": "open", "question": "", "note": ""},
    ]
    both = rearranged(shaped({"points": asked}), "join", "points", 1)["points"]
    assert both[0] == {"key": "one", "kind": "open", "question": "What is it? And why?", "note": "A.\n\nB."}
    assert [one["key"] for one in both] == ["one", "three"]
    assert rearranged(shaped({"points": asked}), "join", "points", 2)["points"] == asked[:2]
    said = [{"key": "one", "audience": "", "text": ""}, {"key": "two", "audience": "Schools", "text": "Do it."}]
    joined = rearranged(shaped({"recommendations": said}), "join", "recommendations", 1)["recommendations"]
    assert joined == [said[1]], "nothing stood above"
    for audiences, after in ((("Schools", "GPs"), "Schools, GPs"), (("All", "All"), "All"), (("", "GPs"), "GPs")):
        rows = [{"key": "", "audience": whom, "text": "Do it."} for whom in audiences]
        both = rearranged(shaped({"recommendations": rows}), "join", "recommendations", 1)["recommendations"]
        assert (both[0]["audience"], both[0]["text"]) == (after, "Do it. Do it.")


def test_lists_in_which_nothing_can_be_joined_keep_every_row() -> None:
    assert order(rearranged(four(), "join", "links", 1)) == "abcd"


def test_questions_are_joined_on_their_page(client: Client, officers: tuple[int, int]) -> None:
    url = from_real(client.as_person(officers[0]))
    before = [one["question"] for one in draft_now().content["points"]]
    assert page(client, f"{url}/points").count('value="join.points.') == len(before) - 1
    saved(client, f"{url}/points", do="join.points.1")
    after = [one["question"] for one in draft_now().content["points"]]
    assert after == [f"{before[0]} {before[1]}", *before[2:]]
