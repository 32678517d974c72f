"""Typing for 61, 120 and 480 minutes, the cookie deleted, Save pressed: every character is there, 20 times of 20.

By the button, as without scripts, and by the script's own request; in a real browser: browser/test_session_end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import guard
from app.accounts import routes as signing_in
from app.database import db
from app.discussions import pages, rescue, routes, writing
from app.discussions.drafts import Draft
from tests import client as clients
from tests.accounts.browsers import Clock
from tests.conftest import NOW
from tests.discussions import worlds
from tests.discussions.worlds import SAID, World, form_at

RUNS = 20
OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/"}
SCRIPT = {**OURS, "Accept": "application/json"}
PIECES = (
    "“Ça va?” ",
    "naïve – ",
    "👩🏽‍⚕️",
    "שלום ",
    "ناقشنا ",
    "Zażółć ",
    "<b>&amp;</b>",
    "{{7*7}}",
    "\n\n",
    "\n  • ",
    "\t",
    "said. ",
)
BOXES = ("points-point-0-words", "points-point-2-words", "question_to_lead", "question_to_partnership")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(NOW)
    for module in (guard, signing_in, clients, routes, writing, rescue, pages):
        monkeypatch.setattr(module, "now", made)
    return made


def texts(seed: str, runs: int) -> Iterator[dict[str, str]]:
    """Pages of different texts: some short, some of thousands of characters."""
    chance = random.Random(seed)
    for number in range(runs):
        pieces = [chance.choices(PIECES, k=chance.choice((3, 30, 300))) for _ in BOXES]
        yield {box: f"{number}: {''.join(words)}." for box, words in zip(BOXES, pieces, strict=True)}


def saved() -> dict[str, str]:
    """What the draft holds of the boxes."""
    with db.reading() as session:
        draft = session.scalars(select(Draft)).one().content
    points = {f"points-{key}-words": point["words"] for key, point in draft["points"].items()}
    return {box: points.get(box) or draft.get(box, "") for box in BOXES}


@pytest.mark.parametrize("minutes", [61, 120, 480])
@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_every_character_is_there_after_signing_in_again(
    app: Flask, place: World, clock: Clock, minutes: int, scripts: bool
) -> None:
    said = worlds.begin(worlds.browser_of(app, place.leader), place)
    there = 0
    for typed in texts(f"{minutes} {scripts}", RUNS):
        leader = worlds.browser_of(app, place.leader)
        opened = form_at(leader.get(said), "/said")
        clock.shift(timedelta(minutes=minutes))
        leader.delete_cookie("signed-in", domain="localhost")
        sent = {**opened, **SAID, **typed, "do": "autosave" if scripts else "later"}
        refused = leader.post(said, data=sent, headers=SCRIPT if scripts else OURS)
        assert refused.status_code == 403
        assert refused.json["kept"] if scripts else "What you typed is kept." in refused.text  # type: ignore[index]
        leader.as_person(place.leader)
        back = form_at(leader.get(said), "/said")
        there += {box: back[box] for box in typed} == typed
        assert leader.post(said, data={**back, "do": "later"}, headers=OURS).status_code == 303
        assert saved() == typed
    assert there == RUNS
