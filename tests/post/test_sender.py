"""The sender: what is owed goes out once, the most urgent first, and whatever fails holds nothing else up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.database import REF_ALPHABET, REF_LENGTH, Database
from app.post import ledger
from app.post.following import pause_after
from app.post.models import Delivery, Origin, Outcome, Owed, Post, State
from app.post.sender import Sender
from app.settings import SettingsFault
from tests.conftest import NOW, settings_for
from tests.post.conftest import Hands, Sending, attempts_about, delivery_about
from tests.post.smtp_stub import Drop, Stub
from tests.post.toy import Toy, change, owe


def test_what_is_owed_goes_out_once_and_is_written_down(database: Database, sending: Sending, stub: Stub) -> None:
    owe(database, "a", since=NOW - timedelta(hours=2))
    owe(database, "b", since=NOW, how="attached")
    assert sending().run(once=True)
    assert sending().run(once=True)
    assert [copy.recipient for copy in stub.received] == ["a@trust.test", "b@trust.test"]
    sent = delivery_about("a")
    assert (sent.state, sent.accepted_at, sent.next_try_at, sent.tries) == (State.ACCEPTED, NOW, None, 1)
    assert (sent.owed_since, sent.address, sent.lease_by, sent.last_reason) == (
        NOW - timedelta(hours=2),
        "a@trust.test",
        "",
        "",
    )
    assert sent.message_id == stub.received[0].message_id
    (attempt,) = attempts_about("b")
    assert (attempt.outcome, attempt.phase, attempt.reply) == (Outcome.ACCEPTED, "confirmation", "250 2.0.0 taken")
    assert (attempt.address, attempt.attached, attempts_about("a")[0].attached) == ("b@trust.test", True, False)


def test_a_message_id_names_the_service_and_stays_through_every_try(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW)
    stub.misbehave("dot", "451 later", times=2)
    ids = set()
    for _ in range(3):
        sending().run(once=True)
        ids.add(delivery_about("a").message_id)
        hands.move(minutes=5)
    assert ids == {stub.received[0].message_id}
    assert ids.pop().endswith("@localhost>")
    assert len(stub.received) == 1


def test_the_most_urgent_goes_first_then_the_one_that_was_due_first(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "old", "older", since=NOW)
    owe(database, "code", since=NOW + timedelta(minutes=1), urgency=0)
    owe(database, "reminder", since=NOW - timedelta(days=1), urgency=9)
    sending().run(once=True)
    assert [copy.recipient[0:4] for copy in stub.received] == ["code", "old@", "olde", "remi"]


def test_an_urgent_letter_owed_while_others_are_sent_does_not_wait_for_them(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, *[f"n{i:02}" for i in range(30)], since=NOW)
    seen: list[str] = []

    def witness(point: str) -> None:
        seen.append(point)
        hands.move(seconds=0.4)
        if seen.count("before mark") == 5 and point == "before mark":
            owe(database, "code", since=NOW, urgency=0)

    sending(witness=witness).run(once=True)
    assert [copy.recipient for copy in stub.received].index("code@trust.test") <= 8


def test_once_means_until_nothing_is_owed_any_more_either(database: Database, sending: Sending, stub: Stub) -> None:
    owe(database, "a", since=NOW)
    errands = iter(["", "", "from an errand"])

    def errand(_: Database, now: datetime) -> int:
        what = next(errands, None)
        if what:
            owe(database, what, since=now, address="errand@trust.test")
        return what is not None

    def witness(point: str) -> None:
        if point == "before mark" and not stub.received[1:]:
            owe(database, "meanwhile", since=NOW)

    assert sending(post=Post(letters=(Toy(),), errands=(errand,)), witness=witness).run(once=True)
    assert {copy.recipient for copy in stub.received} == {"a@trust.test", "meanwhile@trust.test", "errand@trust.test"}


def test_an_errand_that_did_something_is_asked_again_before_the_end(database: Database, sending: Sending) -> None:
    left = [3, 2, 1]
    assert sending(post=Post(errands=(lambda _, now: bool(left and left.pop()),))).run(once=True)
    assert left == []


# How the mail system refuses, after how many minutes it is tried again, and how that ends.
@pytest.mark.parametrize(
    ("at", "answer", "waits", "state"),
    [
        ("rcpt", "550 5.1.1 unknown", [], State.FAILED),
        ("dot", "554 5.7.1 spam", [1, 2], State.FAILED),
        ("data", "554 no", [1, 2], State.FAILED),
        ("rcpt", "451 4.7.1 greylisted", [1, 2, 5, 10, 20, 40, 60], State.RETRY),
    ],
)
def test_a_refused_letter_is_tried_again_as_often_as_it_makes_sense(
    database: Database, sending: Sending, stub: Stub, hands: Hands, at: str, answer: str, waits: list[int], state: State
) -> None:
    owe(database, "a", since=NOW)
    stub.misbehave(at, answer)
    sender = sending()
    for wait in waits:
        assert sender.run(once=True)
        assert delivery_about("a").next_try_at == hands.at + timedelta(minutes=wait)
        hands.move(minutes=wait, seconds=-1)
        sender.run(once=True)
        assert delivery_about("a").next_try_at == hands.at + timedelta(seconds=1)
        hands.move(seconds=1)
    sender.run(once=True)
    found = delivery_about("a")
    assert (found.state, found.tries) == (state, len(waits) + 1)
    assert (found.next_try_at is None) == (state is State.FAILED)
    assert [attempt.outcome for attempt in attempts_about("a")] == [attempts_about("a")[0].outcome] * found.tries
    assert stub.received == []


def test_after_the_first_hours_tries_are_hourly_and_spread() -> None:
    pauses = [pause_after(8 + i % 5, f"ref{i}") for i in range(200)]
    assert timedelta(minutes=48) <= min(pauses) < timedelta(minutes=50)
    assert timedelta(minutes=70) < max(pauses) <= timedelta(minutes=72)
    assert pause_after(9, "one") == pause_after(9, "one")


def test_after_five_days_of_trying_a_letter_could_not_be_sent(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW - timedelta(days=30))
    stub.misbehave("rcpt", "451 4.2.2 full")
    sender = sending()
    sender.run(once=True)
    assert delivery_about("a").state is State.RETRY
    hands.move(days=4, hours=23)
    sender.run(once=True)
    assert delivery_about("a").state is State.RETRY
    hands.move(hours=2)
    sender.run(once=True)
    failed = delivery_about("a")
    assert (failed.state, failed.next_try_at, failed.last_reason) == (State.FAILED, None, "The mailbox is full.")


@pytest.mark.parametrize(
    ("at", "answer", "waits"), [("rcpt", "451 4.7.1 greylisted", [24 * 60] * 6), ("data", "554 no", [1, 2])]
)
def test_a_letter_that_somebody_has_tried_again_begins_anew(
    database: Database, sending: Sending, stub: Stub, hands: Hands, at: str, answer: str, waits: list[int]
) -> None:
    owe(database, "a", since=NOW)
    stub.misbehave(at, answer)
    sender = sending()
    sender.run(once=True)
    for wait in waits:
        hands.move(minutes=wait)
        sender.run(once=True)
    failed = delivery_about("a")
    assert failed.state is State.FAILED
    with database.writing() as session:
        assert ledger.retry_to(session, failed.address, hands.at) == 1
    sender.run(once=True)
    again = delivery_about("a")
    assert (again.state, again.next_try_at) == (State.RETRY, hands.at + timedelta(minutes=1))
    for wait in waits:
        hands.move(minutes=wait)
        sender.run(once=True)
    assert delivery_about("a").state is State.FAILED, "and ends as it did before"


def test_an_address_with_other_letters_in_its_host_is_kept_as_the_wire_had_it(
    database: Database, sending: Sending, stub: Stub
) -> None:
    owe(database, "a", since=NOW, address="lead@bücher.test")
    assert sending().run(once=True)
    assert (delivery_about("a").state, delivery_about("a").address) == (State.ACCEPTED, "lead@xn--bcher-kva.test")


def test_one_refused_recipient_holds_no_other_up(database: Database, sending: Sending, stub: Stub) -> None:
    owe(database, *"abcde", since=NOW)
    stub.misbehave("rcpt", "550 5.1.1 unknown", recipient="b@trust.test")
    stub.misbehave("dot", Drop(), recipient="c@trust.test")
    assert sending().run(once=True)
    assert sorted({copy.recipient[0] for copy in stub.received}) == ["a", "c", "d", "e"]


def test_a_break_after_the_dot_is_sent_once_more_and_never_called_failed(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW)
    stub.misbehave("dot", Drop(kept=True))
    for _ in range(6):
        sending().run(once=True)
        hands.move(hours=2)
    found = delivery_about("a")
    assert (found.state, found.next_try_at) == (State.MAYBE_SENT, None)
    assert list(stub.copies().values()) == [2]


def test_a_break_after_the_dot_that_lost_the_letter_is_made_good(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW)
    stub.misbehave("dot", Drop(kept=False), times=1)
    sending().run(once=True)
    assert delivery_about("a").state is State.MAYBE_SENT
    hands.move(minutes=1)
    sending().run(once=True)
    assert delivery_about("a").state is State.ACCEPTED
    assert len(stub.received) == 1


def test_a_held_letter_waits_a_minute_at_a_time_and_goes_once_it_can(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "a", since=NOW, how="held")
    sender = sending()
    for _ in range(3):
        assert sender.run(once=True)
        held = delivery_about("a")
        assert (held.state, held.last_reason) == (State.HELD, "Nobody holds the role yet.")
        assert held.next_try_at == hands.at + timedelta(minutes=1)
        hands.move(minutes=1)
    change(database, "a", how="")
    sender.run(once=True)
    assert (delivery_about("a").state, delivery_about("a").tries, len(stub.received)) == (State.ACCEPTED, 1, 1)


def test_a_letter_that_is_not_wanted_any_more_is_not_sent(database: Database, sending: Sending, stub: Stub) -> None:
    owe(database, "a", since=NOW, how="superseded")
    assert sending().run(once=True)
    found = delivery_about("a")
    assert (found.state, found.last_reason, found.next_try_at) == (State.SUPERSEDED, "Somebody else has it now.", None)
    assert stub.connections == 0


def test_a_letter_whose_time_has_passed_is_not_sent_and_says_why(
    database: Database, sending: Sending, stub: Stub, hands: Hands
) -> None:
    owe(database, "code", since=NOW, until=NOW + timedelta(minutes=10))
    stub.misbehave("rcpt", "451 4.7.1 greylisted")
    sender = sending()
    for _ in range(4):
        sender.run(once=True)
        hands.move(minutes=5)
    found = delivery_about("code")
    assert (found.state, found.next_try_at) == (State.FAILED, None)
    assert found.last_reason == "It was not sent in time. The mail system asked us to try again later."
    assert found.tries == 3


def test_an_address_that_is_none_fails_at_once_without_a_word_to_the_mail_system(
    database: Database, sending: Sending, stub: Stub
) -> None:
    owe(database, "a", since=NOW, address="zoë@trust.test")
    assert sending().run(once=True)
    found = delivery_about("a")
    assert (found.state, found.last_reason) == (State.FAILED, "That is not an address that letters can go to.")
    assert stub.connections == 0


def test_two_packages_may_not_write_the_same_kind() -> None:
    with pytest.raises(ValueError, match="toy"):
        Post(letters=(Toy(), Toy()))


def test_more_letters_than_fit_into_one_note_are_all_noted_once(
    database: Database, sending: Sending, stub: Stub
) -> None:
    owe(database, *[f"n{i:04}" for i in range(550)], since=NOW, how="superseded")
    assert sending().run(once=True)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 550


def test_noting_the_same_letter_again_adds_nothing(database: Database) -> None:
    owed = [Owed(kind="k", about="x", since=NOW), Owed(kind="k", about="x", role="lead", since=NOW)]
    with database.writing() as session:
        assert ledger.note(session, owed, "host", NOW) == 2
        assert ledger.note(session, [*owed, Owed(kind="k", about="y", since=NOW)], "host", NOW) == 1
        assert ledger.note(session, [], "host", NOW) == 0


def test_a_sender_without_an_address_of_its_own_does_not_start(database: Database, tmp_path: Path) -> None:
    settings = settings_for("", tmp_path, mail_default_sender="Sussex, East <a@b.test>")
    with pytest.raises(SettingsFault, match="MAIL_DEFAULT_SENDER"):
        Sender(database=database, settings=settings, post=Post())


def test_a_letter_has_the_same_reference_and_message_id_wherever_it_is_noted_in_one_database(
    database: Database,
) -> None:
    parts = ("", "kind", "about", "role", "place", "person")
    letters = [Owed(since=NOW, **{"kind": "k", "about": "x", **({part: "y"} if part else {})}) for part in parts]

    def noted(host: str = "host") -> list[tuple[str, str]]:
        with database.writing() as session:
            session.execute(sa.delete(Delivery))
            assert ledger.note(session, letters, host, NOW) == len(parts)
            found = session.execute(sa.select(Delivery.ref, Delivery.message_id).order_by(Delivery.id))
            return [(ref, message_id) for ref, message_id in found]

    first = noted()
    assert noted() == first and len({part for row in first for part in row}) == 2 * len(parts)
    assert all(len(ref) == REF_LENGTH and set(ref) <= set(REF_ALPHABET) for ref, _ in first)
    with database.writing() as session:
        session.execute(sa.update(Origin).values(ref="another"))
    assert not {part for row in noted() for part in row} & {part for row in first for part in row}
