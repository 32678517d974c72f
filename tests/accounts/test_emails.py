"""The letter with the code: owed once for each asking, first in the subject, and not sent when it is of no more use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.accounts import emails, queries, services
from app.accounts.models import CodeAsked
from app.database import db
from app.post.models import Attempt, Delivery, Letter, Outcome, State, Superseded, Written
from app.settings import Settings
from tests import factories
from tests.conftest import NOW

BROWSER = queries.digest_of("a browser")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def writing(app: Flask) -> Iterator[Session]:
    """A session in the app's own database, not kept."""
    with Session(db.engine) as made:
        yield made


def ask(session: Session, address: str = "lead@trust.example.nhs.net", browser: str = BROWSER) -> CodeAsked:
    return services.ask_code(session, address, browser, now=NOW)


def noted(session: Session, row: CodeAsked, **values: object) -> Delivery:
    """The delivery that a sender makes of what is owed for a row."""
    (owed,) = [owed for owed in emails.owed(session, NOW) if owed.about == row.ref]
    defaults = {
        "kind": owed.kind,
        "about": owed.about,
        "place": owed.place,
        "owed_since": owed.since,
        "send_until": owed.until,
        "urgency": owed.urgency,
        "message_id": f"<{row.ref} {owed.place} {values.get('kind')}>",
        "next_try_at": NOW,
    }
    return factories.kept(session, Delivery(**{**defaults, **values}))  # type: ignore[arg-type]


def written(session: Session, row: CodeAsked, delivery: Delivery, after: timedelta = timedelta()) -> Written:
    return emails.letter(session, delivery, NOW + after)


def test_the_letter_has_the_code_first_in_its_subject_and_says_where_it_came_from(app: Flask, writing: Session) -> None:
    settings: Settings = app.config["SETTINGS"]
    factories.person(writing, email="lead@trust.example.nhs.net", name="Nurse Of The Trust")
    row = ask(writing)
    letter = written(writing, row, noted(writing, row))
    assert isinstance(letter, Letter)
    code = queries.code_for(row, settings.secret_key)
    assert letter.subject == f"{code} is your code for Learning circulation"
    assert (letter.to_address, letter.to_name) == ("lead@trust.example.nhs.net", "Nurse Of The Trust")
    assert letter.body.startswith(f"{code}\n\n")
    for words in ("until 10:10", "at 10:00", "in a web browser", "Do not forward this email"):
        assert words in letter.body
    assert "http" not in letter.body
    assert letter.attachments == ()


def test_each_asking_owes_one_letter_the_most_urgent_until_the_code_ends(writing: Session) -> None:
    factories.person(writing, email="lead@trust.example.nhs.net")
    row = ask(writing)
    (owed,) = emails.owed(writing, NOW)
    assert (owed.kind, owed.about, owed.place, owed.urgency) == ("code", row.ref, "1", 0)
    assert (owed.since, owed.until) == (NOW, NOW + 10 * MINUTE)
    noted(writing, row)
    assert emails.owed(writing, NOW) == []
    services.ask_code(writing, row.address, BROWSER, now=NOW + MINUTE)
    (owed,) = emails.owed(writing, NOW + MINUTE)
    assert (owed.place, owed.since) == ("2", NOW + MINUTE)


def test_what_is_owed_is_the_same_for_an_unknown_address_but_nothing_is_sent_there(writing: Session) -> None:
    row = ask(writing, "nobody@example.org")
    assert written(writing, row, noted(writing, row)) == Superseded("Nobody here has this address.")


def test_no_letter_is_owed_or_sent_for_a_code_that_is_of_no_use(writing: Session) -> None:
    factories.person(writing, email="lead@trust.example.nhs.net")
    used, dead = ask(writing), ask(writing, browser=queries.digest_of("another"))
    letters = [noted(writing, row) for row in (used, dead)]
    assert isinstance(written(writing, used, letters[0], 10 * MINUTE), Superseded)
    used.used_at, dead.wrong = NOW, queries.MOST_TRIES
    writing.flush()
    assert written(writing, used, letters[0]) == Superseded("The code has been used.")
    assert written(writing, dead, letters[1]) == Superseded("The code can no longer be used.")
    for letter in letters:
        writing.delete(letter)
    writing.flush()
    assert emails.owed(writing, NOW) == []


def test_no_letter_is_owed_once_a_code_has_ended(writing: Session) -> None:
    ask(writing)
    assert emails.owed(writing, NOW + 9 * MINUTE)
    assert emails.owed(writing, NOW + 10 * MINUTE) == []


def test_an_older_letter_gives_way_to_a_newer_one(writing: Session) -> None:
    factories.person(writing, email="lead@trust.example.nhs.net")
    row = ask(writing)
    first = noted(writing, row)
    services.ask_code(writing, row.address, BROWSER, now=NOW + MINUTE)
    assert isinstance(written(writing, row, first, MINUTE), Superseded)


def test_mail_is_waiting_when_a_code_was_not_even_noted_for_a_minute(writing: Session) -> None:
    for address in ("nobody@example.org", "lead@trust.example.nhs.net"):
        row = ask(writing, address)
        assert not queries.mail_is_waiting(writing, NOW + MINUTE - timedelta(seconds=1))
        assert queries.mail_is_waiting(writing, NOW + MINUTE)
        noted(writing, row, state=State.SUPERSEDED, next_try_at=None)
        assert not queries.mail_is_waiting(writing, NOW + MINUTE)


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING])
def test_mail_is_waiting_for_everybody_while_anybodys_code_is_under_way_for_a_minute(
    writing: Session, state: State
) -> None:
    noted(writing, ask(writing), state=state)
    assert not queries.mail_is_waiting(writing, NOW + timedelta(seconds=59))
    assert queries.mail_is_waiting(writing, NOW + MINUTE)
    assert not queries.mail_is_waiting(writing, NOW + 10 * MINUTE)


@pytest.mark.parametrize(
    ("outcome", "waiting"),
    [(Outcome.ACCEPTED, False), (Outcome.PERM, False), (Outcome.TEMP, True), (Outcome.MAYBE, True)],
)
def test_mail_is_waiting_when_the_last_try_of_any_letter_did_not_get_through(
    writing: Session, outcome: Outcome, waiting: bool
) -> None:
    sent = noted(writing, ask(writing), kind="minutes", state=State.ACCEPTED, next_try_at=None)
    noted(writing, writing.query(CodeAsked).one(), state=State.SUPERSEDED, next_try_at=None)
    for at, ended in ((NOW - MINUTE, Outcome.TEMP), (NOW, outcome)):
        factories.kept(writing, Attempt(delivery_id=sent.id, at=at, outcome=ended, phase="reply"))
    assert queries.mail_is_waiting(writing, NOW + MINUTE) is waiting
    assert not queries.mail_is_waiting(writing, NOW + 15 * MINUTE)


@pytest.mark.parametrize("phase", ["recipient", "letter"])
def test_a_letter_that_is_put_off_for_its_own_address_says_nothing_to_whoever_asks(
    writing: Session, phase: str
) -> None:
    put_off = noted(writing, ask(writing), state=State.RETRY, tries=1)
    factories.kept(writing, Attempt(delivery_id=put_off.id, at=NOW, outcome=Outcome.TEMP, phase=phase))
    assert not queries.mail_is_waiting(writing, NOW + 2 * MINUTE)
