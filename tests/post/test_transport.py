"""Handing letters to a mail system on a real socket, which misbehaves in every way that was seen."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.post import transport
from app.post.composing import Composed
from app.post.models import Outcome
from app.post.results import Fault, Phase, Result, reason
from app.post.transport import Timeouts, Transport
from tests.conftest import settings_for
from tests.post.smtp_stub import Certificates, Drop, Slowly, Stall, Stub

QUICK = Timeouts(connect=0.3, command=0.3, letter=0.5, confirmation=0.4)
Carrying = Callable[..., Transport]


def letter(recipient: str = "lead@trust.test", body: bytes = b"Hello.\r\n") -> Composed:
    content = b"Message-ID: <" + recipient.encode() + b">\r\n\r\n" + body
    return Composed("circulation@service.test", recipient, content)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as made:
        yield made


@pytest.fixture
def towards(tmp_path: Path) -> Iterator[Carrying]:
    made: list[Transport] = []

    def towards(stub: Stub, timeouts: Timeouts | None = None, **changes: Any) -> Transport:
        settings = settings_for("", tmp_path, mail_port=stub.port, **changes)
        made.append(Transport(settings, timeouts=timeouts or Timeouts(2, 2, 2, 2)))
        return made[-1]

    yield towards
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca") / "ca.pem")


def end(result: Result) -> tuple[Outcome, Phase]:
    return result.outcome, result.phase


def test_a_letter_arrives_as_it_was_composed_dots_and_all(stub: Stub, towards: Carrying) -> None:
    body = b".\r\n..two\r\n. three\r\nno end"
    result = towards(stub).carry(letter(body=body))
    assert end(result) == (Outcome.ACCEPTED, Phase.CONFIRMATION)
    assert result.said == "250 2.0.0 taken"
    (copy,) = stub.received
    assert copy.content.endswith(b"\r\n\r\n" + body + b"\r\n")
    assert (copy.sender, copy.recipient) == ("circulation@service.test", "lead@trust.test")


def test_one_connection_carries_many_letters_and_a_refused_one_does_not_end_it(stub: Stub, towards: Carrying) -> None:
    stub.misbehave("rcpt", "550 5.1.1 unknown", recipient="gone@trust.test")
    stub.misbehave("rcpt", "451 4.7.1 greylisted", recipient="grey@trust.test")
    carrier = towards(stub)
    people = ["a@trust.test", "gone@trust.test", "b@trust.test", "grey@trust.test", "c@trust.test"]
    outcomes = [carrier.carry(letter(person)).outcome for person in people]
    assert outcomes == [Outcome.ACCEPTED, Outcome.PERM, Outcome.ACCEPTED, Outcome.TEMP, Outcome.ACCEPTED]
    assert stub.connections == 1
    assert [copy.recipient for copy in stub.received] == ["a@trust.test", "b@trust.test", "c@trust.test"]


@pytest.mark.parametrize("deed", ["500 what?", Drop()])
def test_a_mail_system_that_will_not_start_over_gets_a_new_connection(
    stub: Stub, towards: Carrying, deed: str | Drop
) -> None:
    stub.misbehave("rcpt", "550 5.1.1 unknown", times=1)
    stub.misbehave("rset", deed, times=1)
    carrier = towards(stub)
    assert [carrier.carry(letter()).outcome for _ in range(2)] == [Outcome.PERM, Outcome.ACCEPTED]
    assert stub.connections == 2


def test_a_connection_is_given_up_after_so_many_letters(
    stub: Stub, towards: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LETTERS_PER_CONNECTION", 2)
    carrier = towards(stub)
    assert {carrier.carry(letter()).outcome for _ in range(5)} == {Outcome.ACCEPTED}
    assert (stub.connections, stub.said.count("QUIT")) == (3, 2)


BUSY = "The mail system takes no letters just now."
OURS = "The mail system did not take a letter from our own address."
SIGN_IN = "The mail system did not accept our user name and password."
LATER = "The mail system asked us to try again later."
REFUSED = "The mail system refused the letter."
TWICE = "The mail system did not confirm that it has the letter, so it may arrive twice."
# What the mail system answers, where, what that is for us, and the sentence for people.
ANSWERS = [
    ("connect", "554 go away", Outcome.TEMP, Phase.CONNECTION, BUSY),
    ("connect", "421 busy", Outcome.TEMP, Phase.CONNECTION, BUSY),
    ("ehlo", "550 no", Outcome.TEMP, Phase.CONNECTION, BUSY),
    ("mail", "451 later", Outcome.TEMP, Phase.SENDER, OURS),
    ("mail", "550 5.7.1 no", Outcome.TEMP, Phase.SENDER, OURS),
    ("mail", "530 5.7.0 sign in", Outcome.TEMP, Phase.SENDER, SIGN_IN),
    ("mail", "552 5.3.4 size", Outcome.PERM, Phase.SENDER, "The letter is too large for the mail system."),
    ("rcpt", "451 4.7.1 greylisted", Outcome.TEMP, Phase.RECIPIENT, LATER),
    ("rcpt", "452 4.2.2 full", Outcome.TEMP, Phase.RECIPIENT, "The mailbox is full."),
    ("rcpt", "550 5.1.1 unknown", Outcome.PERM, Phase.RECIPIENT, "There is no such address."),
    ("rcpt", "550 5.2.1 closed", Outcome.PERM, Phase.RECIPIENT, "The mailbox is closed."),
    ("rcpt", "550 no", Outcome.PERM, Phase.RECIPIENT, "The mail system takes no letters for this address."),
    ("rcpt", "530 sign in", Outcome.TEMP, Phase.RECIPIENT, SIGN_IN),
    ("rcpt", "421 closing", Outcome.TEMP, Phase.RECIPIENT, LATER),
    ("data", "451 later", Outcome.TEMP, Phase.LETTER, LATER),
    ("data", "554 no", Outcome.PERM, Phase.LETTER, REFUSED),
    ("data", "250 what?", Outcome.TEMP, Phase.LETTER, "The mail system gave an answer that makes no sense."),
    ("dot", "452 later", Outcome.TEMP, Phase.CONFIRMATION, LATER),
    ("dot", "554 5.7.1 spam", Outcome.PERM, Phase.CONFIRMATION, REFUSED),
    ("dot", "421 closing", Outcome.TEMP, Phase.CONFIRMATION, LATER),
    ("dot", "what?", Outcome.MAYBE, Phase.CONFIRMATION, TWICE),
]


@pytest.mark.parametrize(("at", "answer", "outcome", "phase", "words"), ANSWERS)
def test_every_answer_has_its_meaning_and_the_next_letter_goes(
    stub: Stub, towards: Carrying, at: str, answer: str, outcome: Outcome, phase: Phase, words: str
) -> None:
    stub.misbehave(at, answer, times=1)
    carrier = towards(stub)
    result = carrier.carry(letter())
    assert (*end(result), reason(result)) == (outcome, phase, words)
    if not result.fault and outcome is not Outcome.MAYBE:
        assert result.said == answer
    assert carrier.carry(letter("next@trust.test")).outcome is Outcome.ACCEPTED
    good_for_nothing = phase is Phase.CONNECTION or result.fault or answer.startswith("421")
    assert stub.connections == (2 if good_for_nothing else 1)


def test_only_faults_that_any_letter_would_meet_are_general() -> None:
    assert Result(Outcome.TEMP, Phase.ENCRYPTION).general
    assert Result(Outcome.TEMP, Phase.SENDER).general
    assert not Result(Outcome.TEMP, Phase.RECIPIENT).general
    assert not Result(Outcome.PERM, Phase.SENDER).general


@pytest.mark.parametrize(
    ("at", "outcome", "phase"),
    [
        ("connect", Outcome.TEMP, Phase.CONNECTION),
        ("ehlo", Outcome.TEMP, Phase.CONNECTION),
        ("mail", Outcome.TEMP, Phase.SENDER),
        ("rcpt", Outcome.TEMP, Phase.RECIPIENT),
        ("data", Outcome.TEMP, Phase.LETTER),
        ("dot", Outcome.MAYBE, Phase.CONFIRMATION),
    ],
)
@pytest.mark.parametrize("deed", [Drop(), Stall()])
def test_a_break_or_a_silence_is_in_doubt_only_after_the_dot(
    stub: Stub, towards: Carrying, at: str, outcome: Outcome, phase: Phase, deed: Drop | Stall
) -> None:
    stub.misbehave(at, deed, times=1)
    carrier = towards(stub, QUICK)
    began = time.monotonic()
    result = carrier.carry(letter())
    assert time.monotonic() - began < 5, "the time-outs of ordinary days were waited for"
    assert end(result) == (outcome, phase)
    assert result.fault is (Fault.SILENT if isinstance(deed, Stall) else Fault.BROKEN)
    assert carrier.carry(letter("next@trust.test")).outcome is Outcome.ACCEPTED


def test_a_break_within_the_letter_is_not_sent(stub: Stub, towards: Carrying) -> None:
    stub.misbehave("body", Drop(), times=1)
    result = towards(stub).carry(letter(body=b"x" * 20_000_000))
    assert end(result) == (Outcome.TEMP, Phase.LETTER)
    assert stub.received == []


def test_a_server_that_answers_a_byte_at_a_time_does_not_hold_the_sender(stub: Stub, towards: Carrying) -> None:
    stub.misbehave("mail", Slowly(0.1))
    began = time.monotonic()
    assert towards(stub, QUICK).carry(letter()).fault is Fault.SILENT
    assert time.monotonic() - began < 5


def test_a_server_that_never_ends_its_answer_is_cut_off(stub: Stub, towards: Carrying) -> None:
    stub.misbehave("mail", "\r\n".join(["250-more"] * 3000))
    assert towards(stub).carry(letter()).fault is Fault.BROKEN


def test_what_goes_wrong_after_the_mail_system_has_it_does_not_matter(stub: Stub, towards: Carrying) -> None:
    stub.misbehave("quit", Drop())
    carrier = towards(stub)
    assert carrier.carry(letter()).outcome is Outcome.ACCEPTED
    carrier.close()
    carrier.close()


def test_a_connection_that_ended_between_two_letters_is_made_again_at_once(stub: Stub, towards: Carrying) -> None:
    carrier = towards(stub)
    carrier.carry(letter())
    stub.misbehave("mail", "421 idle too long", times=1)
    assert carrier.carry(letter("next@trust.test")).outcome is Outcome.ACCEPTED
    stub.misbehave("mail", Drop(), times=1)
    assert carrier.carry(letter("last@trust.test")).outcome is Outcome.ACCEPTED
    assert stub.connections == 3


def test_where_nobody_listens_the_mail_system_could_not_be_reached(towards: Carrying) -> None:
    with Stub() as gone:
        pass
    result = towards(gone).carry(letter())
    assert (end(result), result.fault) == ((Outcome.TEMP, Phase.CONNECTION), Fault.UNREACHABLE)


@pytest.mark.parametrize("server", ["mail.invalid", "a..b"])
def test_a_name_that_is_no_server_could_not_be_reached(towards: Carrying, stub: Stub, server: str) -> None:
    carrier = towards(stub, mail_server=server, mail_use_ssl=True)
    assert carrier.carry(letter()).fault is Fault.UNREACHABLE


def test_without_encryption_letters_go_to_this_machine_only(stub: Stub, towards: Carrying) -> None:
    result = towards(stub, mail_server="mail.example.test").carry(letter())
    assert (result.outcome, result.fault) == (Outcome.TEMP, Fault.UNSAFE)


def test_a_name_of_this_machine_that_leads_elsewhere_is_found_out(
    stub: Stub, towards: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("192.0.2.7", 25))
    assert towards(stub).carry(letter()).fault is Fault.UNSAFE
    assert stub.said == []


def encrypted(certificates: Certificates, implicit: bool) -> dict[str, Any]:
    use = {"mail_use_ssl": True} if implicit else {"mail_use_tls": True}
    return {"mail_server": "localhost", "mail_ca_file": str(certificates.ca_file), **use}


@pytest.mark.parametrize("implicit", [False, True])
def test_a_verified_certificate_lets_letters_through_encrypted_and_signed_in(
    towards: Carrying, certificates: Certificates, implicit: bool
) -> None:
    with Stub(context=certificates.for_names("localhost"), implicit=implicit, password="right") as stub:
        signing_in = {"mail_username": "service", "mail_password": "right"}
        carrier = towards(stub, **encrypted(certificates, implicit), **signing_in)
        big = letter(body=b"y" * 300_000)
        assert [carrier.carry(big).outcome for _ in range(2)] == [Outcome.ACCEPTED] * 2
        assert [copy.encrypted for copy in stub.received] == [True, True]
        carrier.close()


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("fault", ["wrong name", "unknown authority"])
def test_where_the_certificate_does_not_verify_nothing_is_said_after_ehlo(
    towards: Carrying, certificates: Certificates, tmp_path: Path, implicit: bool, fault: str
) -> None:
    other = Certificates(tmp_path / "other.pem")
    context = certificates.for_names("elsewhere.test") if fault == "wrong name" else other.for_names("localhost")
    with Stub(context=context, implicit=implicit) as stub:
        result = towards(stub, **encrypted(certificates, implicit)).carry(letter())
        assert (end(result), result.fault) == ((Outcome.TEMP, Phase.ENCRYPTION), Fault.UNVERIFIED)
        assert ("localhost" in result.reply) == (fault == "wrong name")
    assert [line.split()[0] for line in stub.said] == ([] if implicit else ["ehlo", "STARTTLS"])
    assert (stub.body_bytes, stub.received) == (0, [])


@pytest.mark.parametrize(
    ("shape", "deed", "fault"),
    [
        ({"offers_starttls": False}, None, Fault.UNENCRYPTED),
        ({}, ("starttls", "454 not now"), Fault.NONE),
        ({}, ("handshake", Stall()), Fault.SILENT),
        ({"injects": b"250-PIPELINING\r\n250 AUTH PLAIN\r\n"}, None, Fault.UNAGREED),
    ],
)
def test_where_encryption_cannot_be_agreed_nothing_is_sent(
    towards: Carrying, certificates: Certificates, shape: Any, deed: Any, fault: Fault
) -> None:
    with Stub(context=certificates.for_names("localhost"), password="x", **shape) as stub:
        if deed:
            stub.misbehave(*deed)
        asked = {**encrypted(certificates, False), "mail_username": "service", "mail_password": "secret"}
        result = towards(stub, QUICK, **asked).carry(letter())
        assert (end(result), result.fault) == ((Outcome.TEMP, Phase.ENCRYPTION), fault)
    assert {line.split()[0] for line in stub.said} <= {"ehlo", "STARTTLS"}


def test_a_server_that_speaks_no_tls_at_all_gets_nothing(
    stub: Stub, towards: Carrying, certificates: Certificates
) -> None:
    result = towards(stub, QUICK, **encrypted(certificates, True)).carry(letter())
    assert end(result) == (Outcome.TEMP, Phase.ENCRYPTION)
    assert stub.received == []


def test_a_refused_password_keeps_every_letter_waiting(towards: Carrying) -> None:
    with Stub(password="right") as stub:
        result = towards(stub, mail_username="service", mail_password="wrong").carry(letter())
        assert end(result) == (Outcome.TEMP, Phase.SIGN_IN)
        assert reason(result) == "The mail system did not accept our user name and password."
        assert result.said.startswith("535 5.7.8")


def test_a_server_without_sign_in_gets_no_password(stub: Stub, towards: Carrying) -> None:
    result = towards(stub, mail_username="service", mail_password="secret").carry(letter())
    assert (end(result), result.fault) == ((Outcome.TEMP, Phase.SIGN_IN), Fault.UNSIGNED)
    assert not any("secret" in line or line.startswith("AUTH") for line in stub.said)


def test_a_try_is_never_longer_than_said_even_where_every_step_takes_its_time(
    towards: Carrying, certificates: Certificates
) -> None:
    with Stub(context=certificates.for_names("localhost"), password="p") as stub:
        for step in ("connect", "ehlo", "starttls", "handshake", "auth", "mail", "rcpt", "data", "body", "dot"):
            stub.misbehave(step, Stall(0.2))
        asked = {**encrypted(certificates, False), "mail_username": "service", "mail_password": "p"}
        carrier = towards(stub, Timeouts(connect=0.5, command=0.5, letter=0.5, confirmation=1), **asked)
        began = time.monotonic()
        assert carrier.carry(letter()).outcome is Outcome.ACCEPTED
        assert 2 < time.monotonic() - began < carrier.longest == pytest.approx(0.5 + 11 * 0.5 + 0.5 + 1)


def test_timeouts_are_those_of_the_standard_away_and_shorter_at_home() -> None:
    assert Timeouts.towards("smtp.example.org") == Timeouts(10, 30, 120, 600)
    assert Timeouts.towards("localhost").confirmation == 60


def test_the_named_points_are_passed_where_they_say(stub: Stub, towards: Carrying) -> None:
    carrier = towards(stub)
    passed: list[str] = []
    carrier.witness = stub.reached = passed.append
    carrier.carry(letter())
    own = [point for point in passed if " " in point]
    assert own == ["after connect", "before the dot", "after the dot", "after 250"]
    places = [passed.index(point) for point in ("ehlo", "after connect", "mail", "before the dot", "dot", "after 250")]
    assert places == sorted(places)
