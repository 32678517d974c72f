"""Letters through a mail server that is not our own stub: aiosmtpd, which insists on encryption and on a password."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult

from app.database import Database
from app.post.models import Outcome, State
from app.post.transport import Transport
from app.settings import Settings
from tests.conftest import NOW, settings_for
from tests.ports import own_port
from tests.post.conftest import Sending, attempts_about, delivery_about
from tests.post.smtp_stub import Certificates
from tests.post.toy import owe


class Inbox(Message):
    """Keeps what arrived."""

    def __init__(self) -> None:
        super().__init__(email.message.EmailMessage)
        self.arrived: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.arrived.append(email.message_from_bytes(message.as_bytes(), policy=email.policy.default))


def signs_in(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    right = (given.login, given.password) == (b"service", b"a long password")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "ca.pem")


@pytest.fixture
def mail_server(inbox: Inbox, certificates: Certificates) -> Iterator[Controller]:
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=own_port(),
        tls_context=certificates.for_names("localhost"),
        require_starttls=True,
        authenticator=signs_in,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


def settings_towards(mail_server: Controller, certificates: Certificates, folder: Path, **changes: Any) -> Settings:
    values = {
        "mail_server": "localhost",
        "mail_port": mail_server.port,
        "mail_use_tls": True,
        "mail_ca_file": str(certificates.ca_file),
        "mail_username": "service",
        "mail_password": "a long password",
    }
    return settings_for("", folder, **{**values, **changes})


def test_letters_arrive_encrypted_and_signed_in(
    database: Database,
    sending: Sending,
    mail_server: Controller,
    inbox: Inbox,
    certificates: Certificates,
    tmp_path: Path,
) -> None:
    owe(database, "a", "b", since=NOW, how="attached")
    settings = settings_towards(mail_server, certificates, tmp_path)
    assert sending(settings=settings, transport=Transport(settings)).run(once=True)
    assert {message["To"] for message in inbox.arrived} == {"a@trust.test", "b@trust.test"}
    assert [part.get_filename() for part in inbox.arrived[0].iter_attachments()] == ["minutes.docx"]
    assert inbox.arrived[0]["Message-ID"] in {delivery_about("a").message_id, delivery_about("b").message_id}
    assert delivery_about("a").state is State.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "phase"),
    [
        ({"mail_ca_file": ""}, "encryption"),
        ({"mail_use_tls": False, "mail_username": ""}, "sender"),
        ({"mail_password": "another"}, "sign-in"),
    ],
)
def test_nothing_arrives_without_a_verified_certificate_encryption_and_the_password(
    database: Database,
    sending: Sending,
    mail_server: Controller,
    inbox: Inbox,
    certificates: Certificates,
    tmp_path: Path,
    changes: dict[str, Any],
    phase: str,
) -> None:
    owe(database, "a", since=NOW)
    settings = settings_towards(mail_server, certificates, tmp_path, **changes)
    assert not sending(settings=settings, transport=Transport(settings)).run(once=True)
    assert inbox.arrived == []
    (attempt,) = attempts_about("a")
    assert (attempt.outcome, attempt.phase) == (Outcome.TEMP, phase)
    assert "in time" not in attempt.reply
