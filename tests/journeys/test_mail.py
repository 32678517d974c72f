"""The journeys' letters on their way: over verified TLS or not at all, with the document where that is safe, once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.clock import now
from app.database import db
from app.post.sender import Sender
from app.post.transport import Transport
from tests.journeys import circle, town
from tests.journeys.conftest import QUICK, Comes
from tests.journeys.mailroom import Mailroom
from tests.post.smtp_stub import Certificates, Stub


@pytest.fixture
def signals() -> Iterator[None]:
    """The command takes two signals for itself; they are given back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_letters_go_over_verified_tls(comes: Comes, mail: Mailroom) -> None:
    circle.circulate(comes(town.OFFICER))
    mail.bring()
    assert len(mail.stub.received) == 8  # seven that ask, one with a code
    assert all(copy.encrypted for copy in mail.stub.received)


def test_the_command_sends_what_is_owed_each_once(app: Flask, comes: Comes, mail: Mailroom, signals: None) -> None:
    circle.circulate(comes(town.OFFICER))
    for _ in range(2):
        town.told(app, "post", "send", "--once")
    assert [mail.count(address) for address in (town.NORTH, town.HEAD, town.OPTIONS, town.NURSE)] == [1, 1, 1, 1]


def test_the_document_goes_along_once_somebody_has_signed_in_with_the_address(comes: Comes, mail: Mailroom) -> None:
    circle.circulate(comes(town.OFFICER))
    leader, lead = comes(town.NORTH), comes(town.NURSE)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    first = mail.newest(town.NURSE, "minutes to read")
    assert first.attached == []
    assert first.subject == "North Health Visiting: minutes to read – NAI under 5"
    assert "The minutes are not attached, because nobody has signed in with this address yet." in first.text
    lead.open(first.link("/minutes/"))
    lead.sign_in()
    copy = lead.download("Word copy of these minutes")
    leader.press("Correct these minutes")
    leader.fill("What the team said about question 2", "Three of us have seen it used.")
    leader.press("Continue")
    circle.send(leader, "Send to Trust Named Nurse")
    second = mail.newest(town.NURSE, "minutes to read", more_than=1)
    assert second.subject.startswith("OFFICIAL-SENSITIVE – ")
    lead.open(second.link("/minutes/"))
    attached = second.attached[0].get_payload(decode=True)
    assert attached == lead.download("Word copy of these minutes")
    assert attached != copy


def test_nothing_is_sent_where_the_certificate_does_not_verify(
    app: Flask, comes: Comes, mail: Mailroom, tmp_path: Path
) -> None:
    circle.circulate(comes(town.OFFICER))
    leader, lead = comes(town.NORTH), comes(town.NURSE)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.sign_in(lead)
    circle.record(leader, "Send to Trust Named Nurse")
    strangers = Certificates(tmp_path / "strangers.pem")
    contexts = [strangers.for_names("localhost")]
    for context in contexts:
        with Stub(context=context) as wrong:
            assert not _send(app, wrong.port, timedelta())
            assert wrong.received == []
            assert wrong.body_bytes == 0
            assert not [line for line in wrong.said if line.upper().startswith(("MAIL", "RCPT", "DATA"))]
    assert mail.count(town.NURSE, "minutes to read") == 0

    lead.follow("Your page")
    lead.follow("Read minutes")
    lead.follow("North Health Visiting: NAI under 5")
    lead.reads(circle.ANSWERS[2], "The mail system could not take the email to Trust Named Nurse yet")
    assert _send(app, mail.stub.port, timedelta(minutes=5))
    assert mail.count(town.NURSE, "minutes to read") == 1


def _send(app: Flask, port: int, later: timedelta) -> bool:
    """Run a sender towards another mail server, so much later; whether all went well."""
    settings = replace(app.config["SETTINGS"], mail_port=port)
    transport = Transport(settings, timeouts=QUICK)
    values = {"settings": settings, "post": app.extensions["post"], "transport": transport}
    with app.app_context():
        return Sender(database=db, clock=lambda: now() + later, **values).run(once=True)
