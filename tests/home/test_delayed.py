"""An operator reads on both pages how many letters wait too long, and whether that is more than somebody's mailbox."""

from __future__ import annotations

import pytest

from app import clock
from app.database import db
from app.post.models import Attempt, Outcome, State
from app.post.results import Phase
from tests.forwarding.visits import Visits, words
from tests.home.test_postroom import MINUTE, browser, letter, place

__all__ = ["place"]


@pytest.mark.parametrize("path", ["/post", "/home"])
def test_it_says_what_is_delayed_and_what_waits_for_more_than_a_mailbox(place: Visits, path: str) -> None:
    def owed(minutes: int, state: State = State.RETRY, *phases: Phase) -> None:
        row = letter(session, state, "Later.", owed_since=clock.now() - minutes * MINUTE)
        tried = {"delivery_id": row.id, "at": clock.now(), "outcome": Outcome.TEMP}
        session.add_all(Attempt(**tried, phase=phase) for phase in phases)

    with db.writing() as session:
        owed(14)
        owed(99, State.HELD)
    assert "delayed by" not in words(browser(place).get(path))
    with db.writing() as session:
        owed(16)
        owed(61, State.RETRY, Phase.RECIPIENT)
    said = words(browser(place).get(path))
    assert (
        "2 letters are delayed by more than 15 minutes, 1 letter of them by more than an hour. 1 letter waits for a "
        "mailbox that asked us to try again later: that may last for days without any fault of ours. The sender"
        in said.replace("No sender", "The sender")
    ), said
    with db.writing() as session:
        owed(61, State.RETRY, Phase.CONNECTION)
    said = words(browser(place).get(path))
    assert "3 letters are delayed by more than 15 minutes, 2 letters of them" in said
    assert "See why letters wait, and put that right." in said
