"""What a letter looks like on the wire, and what may never get into it."""

from __future__ import annotations

import email
import email.policy
import secrets
import socket
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, cast

import flask
import flask_mail
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.post.composing import BadAddress, Uncomposable, compose
from app.post.models import Attachment, Letter
from app.text import clean, single_line

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ID = "<0f1e2d@service.test>"
SENDER = "East Sussex circulation <circulation@service.test>"
BREAKS = ["\r\nBcc: thief@example.test", "\nBcc: thief@example.test", "\rBcc: x", "a\0b", "a\u2028b", "a\x85b"]


def written(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "to_address": "lead@trust.test",
        "to_name": "Named Nurse",
        "subject": "Hailsham health visiting: minutes to read",
        "body": "Hello,\n\nThe minutes are ready.\n",
    }
    sender = changes.pop("sender", SENDER)
    letter = Letter(**{**values, **changes})
    return compose(letter, message_id=ID, sender=sender, now=NOW).content


def read(content: bytes) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(content, policy=email.policy.default))


def words(content: bytes) -> str:
    text: str = read(content).get_content()
    return text.replace("\r\n", "\n")


def test_a_letter_has_the_headers_that_a_letter_from_a_machine_needs() -> None:
    message = read(written(reply_to="Partnership office <office@partnership.test>"))
    assert message["From"] == SENDER
    assert message["To"] == "Named Nurse <lead@trust.test>"
    assert message["Message-ID"] == ID
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "Partnership office <office@partnership.test>"
    assert message["Date"].datetime == NOW
    assert message["Bcc"] is None


def test_plain_names_stay_plain_and_others_arrive_whole() -> None:
    assert b"From: East Sussex circulation <circulation@service.test>\r\n" in written()
    subject = "Déjà vu – NAI under 5, " * 12 + "end"
    message = read(written(to_name="Zoë, O’Connor", subject=subject))
    assert message["To"].addresses[0].display_name == "Zoë, O’Connor"
    assert message["Subject"] == subject


def test_a_sender_name_with_a_comma_is_one_sender() -> None:
    assert read(written(sender='"Sussex, East" <a@service.test>'))["From"].addresses[0].addr_spec == "a@service.test"
    with pytest.raises(BadAddress):
        written(sender="Sussex, East <a@service.test>")
    with pytest.raises(BadAddress):
        written(sender="a@service.test, b@service.test")


def test_a_paragraph_of_5000_characters_goes_out_in_short_lines_of_seven_bits() -> None:
    body = "é" * 5000 + "\n.\n..two dots\nFrom here\n" + "x" * 5000
    content = written(body=body)
    assert max(len(line) for line in content.split(b"\r\n")) <= 78
    assert max(content) < 128
    assert words(content) == body + "\n"


def test_attached_files_arrive_byte_for_byte_with_their_names() -> None:
    files = (
        Attachment("Minutes – Zoë's team.docx", WORD, bytes(range(256)) * 300),
        Attachment('plain "quoted" name.docx', WORD, b"x"),
        Attachment("nothing.txt", "text/plain", b""),
    )
    content = written(attachments=files)
    parts = list(read(content).iter_attachments())
    assert [part.get_filename() for part in parts] == [file.filename for file in files]
    assert [part.get_payload(decode=True) for part in parts] == [file.content for file in files]
    assert parts[0].get_content_type() == WORD
    assert b"filename*=utf-8''Minutes%20%E2%80%93%20Zo%C3%AB%27s%20team.docx" in content
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


def test_a_file_name_too_long_for_a_line_is_refused() -> None:
    with pytest.raises(Uncomposable):
        written(attachments=(Attachment("\N{SLIGHTLY SMILING FACE}" * 90 + ".docx", WORD, b""),))


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("field", ["to_address", "to_name", "subject", "reply_to", "sender", "filename", "mime"])
def test_no_value_can_begin_another_header(field: str, broken: str) -> None:
    if field in ("filename", "mime"):
        name, mime = (f"a{broken}", WORD) if field == "filename" else ("a.docx", f"text/plain{broken}")
        changes: dict[str, Any] = {"attachments": (Attachment(name, mime, b""),)}
    else:
        changes = {field: f"office@partnership.test{broken}"}
    with pytest.raises(Uncomposable):
        written(**changes)


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("field", ["reply_to", "sender"])
def test_no_name_before_an_address_can_begin_another_header(field: str, broken: str) -> None:
    with pytest.raises(Uncomposable):
        written(**{field: f"Office{broken} <office@partnership.test>"})


def test_a_message_id_with_a_line_break_is_refused() -> None:
    letter = Letter(to_address="a@b.test", subject="", body="")
    with pytest.raises(Uncomposable):
        compose(letter, message_id="<a@b>\r\nX: y", sender=SENDER, now=NOW)


NO_ADDRESS = [
    "",
    "nobody",
    "two@a.test@b.test",
    "a@b.test,c@d.test",
    "a@b.test;c@d.test",
    "A <a@b.test>",
    "a@",
    "@b.test",
]


@pytest.mark.parametrize("address", [*NO_ADDRESS, "a b@c.test", "zoë@b.test", "a@b..test"])
def test_what_is_no_single_address_is_refused_as_an_address(address: str) -> None:
    with pytest.raises(BadAddress):
        written(to_address=address)


def test_a_host_with_other_letters_is_written_as_the_wire_has_it() -> None:
    letter = Letter(to_address="lead@bücher.test", subject="", body="")
    composed = compose(letter, message_id=ID, sender=SENDER, now=NOW)
    assert composed.recipient == "lead@xn--bcher-kva.test"
    assert (composed.sender, composed.recipient.isascii()) == ("circulation@service.test", True)


@settings(max_examples=150, deadline=None)
@given(st.text(), st.text(), st.text(max_size=60))
def test_whatever_the_text_function_returns_can_be_sent_and_arrives(body: str, subject: str, name: str) -> None:
    body, subject, name = clean(body), single_line(subject), single_line(name)
    content = written(body=body, subject=subject, to_name=name)
    assert content.count(b"\r\nMessage-ID: ") == 1
    assert max((len(line) for line in content.split(b"\r\n")), default=0) <= 998
    assert words(content) == body.removesuffix("\n") + "\n"


def test_neither_tests_nor_debugging_of_an_app_change_what_is_composed() -> None:
    outside = written(body="same")
    app = flask.Flask("any")
    app.testing = app.debug = True
    app.config.update(MAIL_SUPPRESS_SEND=True, MAIL_DEFAULT_SENDER="other@example.test", MAIL_ASCII_ATTACHMENTS=True)
    flask_mail.Mail(app)
    with app.app_context():
        assert written(body="same") == outside


def test_no_name_server_is_asked_while_a_letter_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("a name server would be asked")

    for name in ("getfqdn", "gethostbyaddr", "gethostbyname", "getaddrinfo"):
        monkeypatch.setattr(socket, name, asked)
    assert read(written(attachments=(Attachment("a.docx", WORD, b"x"),)))["Message-ID"] == ID


def test_no_line_of_a_letter_or_a_file_is_taken_for_the_edge_of_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    guessed = "0" * 32
    monkeypatch.setattr(secrets, "token_hex", lambda *_: guessed)
    body = f"--{guessed}--\n--=_{guessed}\n--=_{guessed}--\n"
    content = written(body=body, attachments=(Attachment("a.docx", WORD, body.encode()),))
    text, file = read(content).iter_parts()
    assert text.get_content().replace("\r\n", "\n") == body
    assert file.get_payload(decode=True) == body.encode()
