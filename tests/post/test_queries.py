"""The words for what became of a letter, and how long the oldest has waited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.post import holding, queries
from app.post.health import clocks_agree
from app.post.models import Attempt, Delivery, Outcome, Owed, State
from app.post.queries import Standing
from tests.conftest import NOW

numbers = count()
HOUR = timedelta(hours=1)


def delivered(session: Session, state: State, *outcomes: Outcome, **values: Any) -> Delivery:
    """A delivery in a state, with attempts that ended so."""
    number = next(numbers)
    unsettled = state in (State.QUEUED, State.SENDING, State.RETRY, State.HELD)
    defaults = {"kind": "k", "about": f"about {number}", "owed_since": NOW, "next_try_at": NOW if unsettled else None}
    row = Delivery(state=state, message_id=f"<{number}@host>", **{**defaults, **values})
    session.add(row)
    session.flush()
    session.add_all(Attempt(delivery_id=row.id, at=NOW, outcome=outcome, phase="") for outcome in outcomes)
    session.flush()
    return row


WORDS = [
    (State.QUEUED, {}, "Waiting to send"),
    (State.SENDING, {}, "Waiting to send"),
    (State.RETRY, {"last_reason": "The mailbox is full."}, "Waiting to send"),
    (State.HELD, {"last_reason": "Nobody holds the role yet."}, "Waiting to send"),
    (State.ACCEPTED, {"accepted_at": NOW}, "Sent to mail system"),
    (State.MAYBE_SENT, {"next_try_at": NOW}, "Waiting to send"),
    (State.MAYBE_SENT, {}, "Sent, but not confirmed by the mail system"),
    (State.FAILED, {"last_reason": "There is no such address."}, "Could not be sent: there is no such address"),
    (State.QUARANTINED, {"last_reason": "A fault of ours."}, "Could not be sent: a fault of ours"),
    (State.BOUNCED, {}, "Could not be sent"),
    (State.SUPERSEDED, {"last_reason": "Another person has the role."}, "Not sent: another person has the role"),
]


@pytest.mark.parametrize(("state", "values", "words"), WORDS)
def test_every_state_has_its_words(session: Session, state: State, values: dict[str, Any], words: str) -> None:
    letter = delivered(session, state, **values)
    (found,) = queries.progress_of_many(session, "k", [letter.about])[letter.about]
    assert (found.words, found.state, found.reason) == (words, state, values.get("last_reason", ""))


@pytest.mark.parametrize(("state", "values", "words"), WORDS)
def test_a_letter_that_waits_is_delayed_after_a_quarter_of_an_hour(
    session: Session, state: State, values: dict[str, Any], words: str
) -> None:
    letter = delivered(session, state, **values)
    (found,) = queries.progress_of_many(session, "k", [letter.about])[letter.about]
    quarter = timedelta(minutes=15)
    assert found.at(NOW + quarter - timedelta(seconds=1)) == words
    late = "Waiting to send, delayed" if words == "Waiting to send" and state is not State.HELD else words
    assert found.at(NOW + quarter) == late


def test_every_state_is_among_those_and_none_says_delivered() -> None:
    assert {state for state, _, _ in WORDS} == set(State)
    assert not any("deliver" in words.lower() or "receiv" in words.lower() for _, _, words in WORDS)


@pytest.mark.parametrize(
    ("state", "outcomes", "twice"),
    [
        (State.ACCEPTED, [Outcome.ACCEPTED], False),
        (State.ACCEPTED, [Outcome.TEMP, Outcome.ACCEPTED], False),
        (State.ACCEPTED, [Outcome.MAYBE, Outcome.ACCEPTED], True),
        (State.ACCEPTED, [Outcome.STOPPED, Outcome.ACCEPTED], True),
        (State.MAYBE_SENT, [Outcome.MAYBE, Outcome.MAYBE], True),
        (State.FAILED, [Outcome.STOPPED, Outcome.PERM], False),
    ],
)
def test_a_letter_that_may_have_arrived_twice_says_so(
    session: Session, state: State, outcomes: list[Outcome], twice: bool
) -> None:
    delivered(session, State.ACCEPTED, Outcome.MAYBE, about="noise")
    letter = delivered(session, state, *outcomes)
    (found,) = queries.progress_of_many(session, "k", [letter.about])[letter.about]
    assert found.twice is twice


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    said: list[str] = []
    connection = session.connection()

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    yield said
    event.remove(connection, "before_cursor_execute", hear)


def test_the_progress_of_many_things_takes_one_query(session: Session, statements: list[str]) -> None:
    abouts = [delivered(session, State.QUEUED, Outcome.TEMP).about for _ in range(30)]
    first = delivered(session, State.FAILED, about="two", person="a")
    delivered(session, State.ACCEPTED, about="two", person="b")
    statements.clear()
    found = queries.progress_of_many(session, "k", [*abouts, "two", "none"])
    assert len(statements) == 1
    assert set(found) == {*abouts, first.about}
    assert [progress.person for progress in found["two"]] == ["a", "b"]
    assert queries.progress_of_many(session, "k", []) == {}


class Writer:
    KINDS = frozenset({"k"})

    def __init__(self, *since: Any) -> None:
        self.since = since

    def owed(self, _session: Session, _now: Any) -> list[Owed]:
        return [Owed(kind="k", about=str(i), since=since) for i, since in enumerate(self.since)]

    def letter(self, *_: Any) -> Any:
        raise AssertionError("nobody asked for a letter")


def test_the_oldest_due_letter_is_the_one_that_nobody_touched(session: Session) -> None:
    assert queries.oldest_owed(session, NOW) is None
    delivered(session, State.ACCEPTED, owed_since=NOW - 9 * HOUR)
    delivered(session, State.RETRY, owed_since=NOW - 9 * HOUR, next_try_at=NOW + HOUR)
    assert queries.oldest_owed(session, NOW, [Writer()]) is None
    delivered(session, State.QUEUED, next_try_at=NOW - HOUR)
    assert queries.oldest_owed(session, NOW) == NOW - HOUR
    assert queries.oldest_owed(session, NOW, [Writer(NOW), Writer(NOW - 2 * HOUR)]) == NOW - 2 * HOUR


def test_standings_count_by_state_and_reason(session: Session) -> None:
    delivered(session, State.FAILED, last_reason="Full.", owed_since=NOW - HOUR)
    for _ in range(2):
        delivered(session, State.FAILED, last_reason="Closed.")
    delivered(session, State.QUEUED)
    assert queries.standings(session) == [
        Standing(State.QUEUED, "", 1, NOW),
        Standing(State.FAILED, "Closed.", 2, NOW),
        Standing(State.FAILED, "Full.", 1, NOW - HOUR),
    ]


def test_what_is_due_is_found_by_the_index_of_what_is_unsettled(session: Session) -> None:
    due = "SELECT id FROM delivery WHERE next_try_at <= '2026-01-01' ORDER BY urgency, next_try_at, id LIMIT 1"
    explain = "EXPLAIN QUERY PLAN"
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # it would read a table of no rows straight through
        explain = "EXPLAIN"
    assert "ix_delivery_unsettled" in str(session.execute(sa.text(f"{explain} {due}")).all())


# Whose clock is right


@pytest.mark.parametrize(("ahead", "words"), [(-600, ""), (0, ""), (60, ""), (61, "1 minute"), (7_200, "120 minutes")])
@pytest.mark.parametrize("note", [holding.seen, lambda session, at: holding.looked(session, at, "")])
def test_a_sender_that_was_there_at_a_time_to_come_says_that_our_clock_is_behind(
    session: Session, note: Callable[..., None], ahead: int, words: str
) -> None:
    assert clocks_agree(session, NOW).words == "no sender was seen yet to compare it with"
    note(session, NOW + timedelta(seconds=ahead))
    told = f"{words} behind that of the sender: set the clocks by a time server"
    expected = ("clock", False, told) if words else ("clock", True, "not behind that of the sender")
    assert clocks_agree(session, NOW) == expected
    note(session, NOW)
    assert clocks_agree(session, NOW).well, "once theirs goes right again"
