"""What came back changes the letter it is proved to be about and its address, and nothing else changes anything (F26,
F27)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.clock import now
from app.database import db
from app.post import bounces, queries
from app.post.models import AddressCleared, Bounce, BounceKind, Delivery, State
from app.post.reports import read
from app.post.return_address import envelope_id, return_address
from app.settings import Settings
from tests.post.conftest import delivery_about
from tests.post.returned import CAME_BACK, DELAYED, EXPIRED, NOTHING, POSTFIX, sent_back
from tests.post.smtp_stub import Stub
from tests.post.test_reports import fuzzed
from tests.post.toy import change, owe, prepare
from tests.post.toy_command import toy_command_app


@pytest.fixture
def service(database_url: str, stub: Stub, tmp_path: Path) -> Iterator[Flask]:
    """A service whose letter about `a` was accepted."""
    prepare(database_url)
    made = toy_command_app(database_url, stub.port, data_dir=tmp_path, mail_bounce_address="bounce@service.test")
    with made.app_context():
        owe(db, "a", since=now())
        said(made, "send", "--once")
        yield made
        db.engine.dispose()


def said(app: Flask, *arguments: str, piped: bytes = b"") -> Result:
    return app.test_cli_runner().invoke(args=["post", *arguments], input=piped)


def proved(app: Flask, about: str = "a") -> str:
    """The address that what comes back of a letter goes to."""
    settings: Settings = app.config["SETTINGS"]
    return return_address(settings, delivery_about(about).ref)


def comes(app: Flask, message: str, to: str = "", *, about: str = "a") -> Result:
    """Have a message come back, by default to the letter's own address."""
    result = said(app, "bounce", piped=sent_back(message, to or proved(app, about)))
    assert result.exit_code == 0, result.output
    return result


def everything() -> list[Any]:
    """All that a message could change."""
    with db.reading() as session:
        letters = session.execute(sa.select(Delivery.ref, Delivery.state, Delivery.last_reason, Delivery.next_try_at))
        return [letters.all(), session.scalar(sa.select(sa.func.count(Bounce.id)))]


def bounced() -> list[Bounce]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Bounce).order_by(Bounce.id)))


def move(about: str, **values: Any) -> None:
    with db.writing() as session:
        session.execute(sa.update(Delivery).where(Delivery.about == about).values(**values))


def send_all(app: Flask) -> None:
    """Send what is due, and look at what is held too."""
    said(app, "retry")
    said(app, "send", "--once")


def test_letters_are_sent_from_the_address_they_come_back_to_and_bear_our_own(service: Flask, stub: Stub) -> None:
    (copy,) = stub.received
    assert copy.sender == proved(service)
    assert copy.message["From"] == "circulation@service.test"
    assert "bounce+" not in str(copy.message)


def test_a_mail_server_that_offers_reports_is_asked_for_those_of_failure_and_delay(
    service: Flask, database_url: str, tmp_path: Path
) -> None:
    owe(db, "b", since=now(), address="b+c=d@trust.test")
    with Stub(offers=("DSN",)) as offering:
        asking = toy_command_app(database_url, offering.port, data_dir=tmp_path)
        with asking.app_context():
            said(asking, "send", "--once")
            db.engine.dispose()
    mail, rcpt = (line for line in offering.said if line.startswith(("MAIL", "RCPT")))
    assert mail.startswith("MAIL FROM:<circulation@service.test> SIZE=")
    ref = delivery_about("b").ref
    assert mail.endswith(f" RET=HDRS ENVID={envelope_id(service.config['SETTINGS'], ref)}")
    assert f"ENVID={ref}." in mail
    assert rcpt == "RCPT TO:<b+c=d@trust.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+2Bc+3Dd@trust.test"


def test_a_mail_server_that_offers_no_reports_is_asked_for_none(service: Flask, stub: Stub) -> None:
    lines = [line for line in stub.said if line.startswith(("MAIL", "RCPT"))]
    assert len(lines) == 2
    assert not any(word in line for line in lines for word in ("RET", "ENVID", "NOTIFY", "ORCPT"))


@pytest.mark.parametrize("which", CAME_BACK)
def test_a_letter_that_came_back_could_not_be_sent_for_a_plain_reason(service: Flask, which: str) -> None:
    message, status, why, flags = CAME_BACK[which]
    result = comes(service, message)
    letter, (row,) = delivery_about("a"), bounced()
    assert result.output == f"Letter {letter.ref}: a report that a letter came back: {why}\n"
    assert (letter.state, letter.last_reason, letter.next_try_at) == (State.BOUNCED, why, None)
    assert (row.kind, row.status, row.address, row.flags) == (BounceKind.FAILED, status, "a@trust.test", flags)
    assert row.sent_at == letter.accepted_at
    with db.reading() as session:
        (found,) = queries.progress_of_many(session, "toy", ["a"])["a"]
        assert found.words == f"Could not be sent: {queries.lower(why)}"
        (told,) = queries.returned_of_many(session, ["toy"], ["a", "b"])
    assert (told.at, told.came_back, told.why, told.address) == (row.at, True, why, "a@trust.test")


def test_a_letter_that_is_delayed_is_noted_and_stays_as_it_was(service: Flask) -> None:
    before = everything()[0]
    comes(service, DELAYED)
    assert everything() == [before, 1]
    with db.reading() as session:
        (told,) = queries.returned_of_many(session, ["toy"], ["a"])
    assert (told.came_back, told.why) == (False, "The mail system is still trying.")


def test_the_same_report_is_written_down_once(service: Flask) -> None:
    for _ in range(3):
        comes(service, POSTFIX)
    assert len(bounced()) == 1
    assert "reported before" in comes(service, POSTFIX).output


def test_whoever_has_a_letter_cannot_fill_the_database_with_reports(service: Flask) -> None:
    with db.writing() as session:
        ref = delivery_about("a").ref
        for i in range(bounces.MOST_REPORTS + 5):
            bounces.take(session, ref, read(sent_back(POSTFIX + str(i), "x")), now())
    assert len(bounced()) == bounces.MOST_REPORTS


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED, State.MAYBE_SENT, State.SENDING}))
def test_a_letter_that_is_not_out_is_not_changed_by_a_report(service: Flask, state: State) -> None:
    move("a", state=state, last_reason="As it was.")
    comes(service, POSTFIX)
    assert (delivery_about("a").state, delivery_about("a").last_reason) == (state, "As it was.")
    assert len(bounced()) == 1


def test_a_report_days_later_on_a_letter_sent_in_doubt_ends_it(service: Flask) -> None:
    move("a", state=State.MAYBE_SENT, next_try_at=now() + timedelta(minutes=1))
    comes(service, POSTFIX)
    assert (delivery_about("a").state, delivery_about("a").next_try_at) == (State.BOUNCED, None)


def test_a_report_on_a_letter_in_a_senders_hand_is_to_come_again(service: Flask) -> None:
    move("a", state=State.SENDING)
    result = said(service, "bounce", piped=sent_back(POSTFIX, proved(service)))
    assert (result.exit_code, bounced()) == (75, [])


def test_a_message_is_to_come_again_where_the_database_cannot_be_used(service: Flask, tmp_path: Path) -> None:
    away = toy_command_app("postgresql+psycopg://127.0.0.1:9/nobody", 9, mail_bounce_address="bounce@service.test")
    address = proved(service)
    with away.app_context():
        result = said(away, "bounce", "--recipient", address, piped=sent_back(POSTFIX, "x@service.test"))
        assert result.exit_code == 75
        assert said(away, "bounce", piped=sent_back(POSTFIX, "x@service.test")).exit_code == 0


def test_a_message_is_to_come_again_where_the_key_is_missing_that_proves_it(service: Flask, tmp_path: Path) -> None:
    address = proved(service)
    bare = toy_command_app("sqlite://", 9, secret_key="", mail_bounce_address="bounce@service.test")
    with bare.app_context():
        result = said(bare, "bounce", "--recipient", address, piped=sent_back(POSTFIX, address))
    assert result.exit_code == 75 and "SECRET_KEY is missing" in result.output


def test_what_was_sent_under_the_key_before_comes_back_after_the_key_was_changed(
    service: Flask, database_url: str, tmp_path: Path
) -> None:
    address, key = proved(service), service.config["SETTINGS"].secret_key
    changed = {"secret_key": "another key, of 32 characters or more", "mail_bounce_address": "bounce@service.test"}
    third = "a third key, of 32 characters or more"
    for before, state in (("", State.ACCEPTED), (third, State.ACCEPTED), (key, State.BOUNCED)):
        anew = toy_command_app(database_url, 9, data_dir=tmp_path, secret_key_before=before, **changed)
        with anew.app_context():
            comes(anew, POSTFIX, address)
            assert delivery_about("a").state is state
            db.engine.dispose()


def named(envelope: str) -> str:
    """A report that calls the letter what its envelope did."""
    return POSTFIX.replace("Reporting-MTA", f"Original-Envelope-Id: {envelope}\nReporting-MTA")


@pytest.mark.parametrize("by_pipe", [True, False])
def test_a_report_whose_address_lost_what_stood_after_the_plus_is_proved_by_its_envelope(
    service: Flask, by_pipe: bool
) -> None:
    ref, bare = delivery_about("a").ref, "bounce@service.test"
    how = ["--recipient", bare] if by_pipe else []
    message = sent_back(named(envelope_id(service.config["SETTINGS"], ref).upper()), bare)
    result = said(service, "bounce", *how, piped=message)
    assert result.output.startswith(f"Letter {ref}: a report that a letter came back: ")
    assert delivery_about("a").state is State.BOUNCED
    comes(service, DELAYED)
    assert len(bounced()) == 2, "and another report by its address is of the same letter"


def test_a_forged_envelope_proves_nothing(service: Flask) -> None:
    owe(db, "b", since=now())
    said(service, "send", "--once")
    settings, before = service.config["SETTINGS"], everything()
    own, other = (envelope_id(settings, delivery_about(about).ref) for about in "ab")
    strange = envelope_id(replace(settings, secret_key="j" * 32), own[:12])
    for envelope in (own[:12], own[:-1] + ("z" if own[-1] != "z" else "y"), own[:13] + other[13:], strange, f"x{own}"):
        result = comes(service, named(envelope), "bounce@service.test")
        assert "proves to be about no letter of ours" in result.output
    comes(service, named(own).replace("Action: failed", "Action: relayed"), "bounce@service.test")
    elsewhere = POSTFIX.replace("I'm sorry", f"Original-Envelope-Id: {own}\n\nI'm sorry")
    comes(service, elsewhere, "bounce@service.test")
    assert everything() == before, "nor does what stands anywhere else in a report"


# What proves nothing


@pytest.mark.parametrize("which", NOTHING)
def test_nothing_but_a_report_of_failure_changes_a_letter(service: Flask, which: str) -> None:
    message, what = NOTHING[which]
    before = everything()
    assert what in comes(service, message).output
    assert everything() == before


def test_a_report_without_the_proof_or_with_that_of_another_letter_changes_nothing(service: Flask, stub: Stub) -> None:
    owe(db, "b", since=now())
    said(service, "send", "--once")
    before, own, other = everything(), proved(service, "a"), proved(service, "b")
    mixed = own.partition(".")[0] + "." + other.partition(".")[2]
    claims = POSTFIX.replace("Reporting-MTA", f"Original-Envelope-Id: {delivery_about('a').ref}\nReporting-MTA")
    claims += f"Message-ID: {delivery_about('a').message_id}\n"
    for to in ("bounce@service.test", own.partition(".")[0] + "@service.test", mixed, own.replace(".", ".0")):
        result = comes(service, claims, to)
        assert "no letter of ours" in result.output
        assert f"unproved: Original-Envelope-Id: {delivery_about('a').ref}" in result.output
    assert said(service, "bounce", "--recipient", mixed, piped=sent_back(POSTFIX, own)).exit_code == 0
    assert everything() == before


def test_a_report_about_a_letter_that_is_gone_changes_nothing(service: Flask) -> None:
    before = everything()
    assert "no such letter" in comes(service, POSTFIX, return_address(service.config["SETTINGS"], "0" * 12)).output
    assert everything() == before


def test_two_hundred_messages_of_chance_without_a_proof_change_nothing(service: Flask) -> None:
    chance, before = random.Random(26), everything()
    whole = [message for message, *_ in (*CAME_BACK.values(), *NOTHING.values())]
    wrong = proved(service)[:-20] + "z" * 5 + "@service.test"
    for i in range(200):
        message = fuzzed(chance, sent_back(chance.choice(whole), chance.choice([wrong, "bounce@service.test"])))
        how = ["--recipient", wrong] if i % 2 else []
        assert said(service, "bounce", *how, piped=message * chance.choice([1, 1, 20])).exit_code == 0
    assert everything() == before


# The address


def test_the_next_letter_to_an_address_that_came_back_is_held_until_it_is_cleared(service: Flask, stub: Stub) -> None:
    comes(service, POSTFIX)
    owe(db, "next", since=now(), address="A@trust.test")
    owe(db, "noise", since=now())
    send_all(service)
    held = delivery_about("next")
    assert (held.state, held.last_reason) == (
        State.HELD, "Letters to this address come back: there is no such address."
    )  # fmt: skip
    assert held.next_try_at and held.next_try_at > now() + timedelta(minutes=55)
    assert [copy.recipient for copy in stub.received] == ["a@trust.test", "noise@trust.test"]
    status = said(service, "status").output
    assert "No letter goes to 1 address (flask post clear ADDRESS ends that):\n  a@trust.test, since" in status
    assert said(service, "clear", "a@Trust.test").exit_code == 0
    assert "No letter goes to" not in said(service, "status").output
    said(service, "send", "--once")
    assert delivery_about("next").state is State.ACCEPTED
    assert said(service, "retry", "--to", "a@trust.test").output == "1 letter will be tried again.\n"
    said(service, "send", "--once")
    assert delivery_about("a").state is State.ACCEPTED


def test_a_letter_held_for_its_address_goes_once_it_has_another(service: Flask, stub: Stub) -> None:
    comes(service, POSTFIX)
    owe(db, "next", since=now(), address="a@trust.test")
    said(service, "send", "--once")
    change(db, "next", address="new@trust.test")
    send_all(service)
    assert stub.received[-1].recipient == "new@trust.test"


def test_a_code_is_tried_all_the_same_and_clears_nothing(service: Flask, stub: Stub) -> None:
    comes(service, POSTFIX)
    owe(db, "code", since=now(), address="a@trust.test", urgency=0)
    owe(db, "next", since=now(), address="a@trust.test")
    send_all(service)
    assert (delivery_about("code").state, delivery_about("next").state) == (State.ACCEPTED, State.HELD)


def test_what_was_sent_before_an_address_was_cleared_and_comes_back_after_flags_it_no_more(service: Flask) -> None:
    said(service, "clear", "a@trust.test")
    comes(service, POSTFIX)
    assert delivery_about("a").state is State.BOUNCED
    owe(db, "next", since=now(), address="a@trust.test")
    send_all(service)
    assert delivery_about("next").state is State.ACCEPTED
    comes(service, POSTFIX + "again", about="next")
    owe(db, "third", since=now(), address="a@trust.test")
    send_all(service)
    assert delivery_about("third").state is State.HELD
    with db.reading() as session:
        assert session.scalars(sa.select(AddressCleared.address)).all() == ["a@trust.test"]


@pytest.mark.parametrize("message", [DELAYED, EXPIRED, CAME_BACK["nhsmail"][0]])
def test_a_fault_that_is_not_the_addresss_own_flags_nothing(service: Flask, message: str) -> None:
    comes(service, message)
    owe(db, "next", since=now(), address="a@trust.test")
    send_all(service)
    assert delivery_about("next").state is State.ACCEPTED
