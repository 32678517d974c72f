"""Two officers write one page of a briefing at once: both texts are shown, and what is chosen is what is saved."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.client import Client, filled, parse
from tests.packs.test_making import draft_now, from_real, officers, saved

__all__ = ["officers"]


def form_of(answer: TestResponse) -> dict[str, Any]:
    """The page as it would be sent."""
    return filled(next(form for form in parse(answer).iter("form") if form.get("id") == "writing"))


def test_two_officers_at_once_see_both_texts_and_choose(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = f"{from_real(client)}/points"
    opened = form_of(client.get(url))
    other = client.application.test_client()
    assert isinstance(other, Client)
    other.as_person(officers[1])
    saved(other, url, **{"points-0-note": "The second wrote this."})
    mine = {**opened, "points-0-note": "The first wrote that.", "do": "later"}
    clash = client.post(url, data=mine)
    assert clash.status_code == 409
    assert "The first wrote that." in clash.text and "The second wrote this." in clash.text
    form = form_of(clash)
    done = client.post(url, data={**form, "take-points-0-note": "both", "do": "mine"})
    assert done.status_code == 303
    assert draft_now().content["points"][0]["note"] == "The first wrote that.\n\nThe second wrote this."
    again = client.post(url, data={**form, "take-points-0-note": "both", "do": "mine"})
    assert again.status_code == 409, "pressed once more, what was chosen is not undone"
    assert draft_now().content["points"][0]["note"] == "The first wrote that.\n\nThe second wrote this."


def test_what_an_officer_chose_while_signed_out_is_there_again(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    url = f"{from_real(client)}/points"
    opened = form_of(client.get(url))
    other = client.application.test_client()
    assert isinstance(other, Client)
    other.as_person(officers[1])
    saved(other, url, **{"points-0-note": "The second wrote this.", "points-1-note": "And this."})
    mine = {**opened, "points-0-note": "The first wrote that.", "points-1-note": "And that.", "do": "later"}
    form = form_of(client.post(url, data=mine))
    client.delete_cookie("signed-in", domain="localhost")
    takes = {"take-points-0-note": "both", "take-points-1-note": "theirs", "do": "mine"}
    assert client.post(url, data={**form, **takes}).status_code in (400, 403)
    client.as_person(officers[0])
    back = form_of(client.get(url))
    assert back["points-0-note"] == "The first wrote that.\n\nThe second wrote this."
    assert back["points-1-note"] == "And this."
