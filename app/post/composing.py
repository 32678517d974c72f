"""Turns a `Letter` into the bytes that are sent. Flask-Mail's `Message` composes and does nothing else.

A file is put in after the message was written out, in the place of a short stand-in: writing out a 40 kB document with
the `email` package costs three times as much as all the rest. Every one-line value is refused if it could begin another
header: Flask-Mail checks only some of them.
"""

from __future__ import annotations

import binascii
import io
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email import charset, policy
from email.generator import BytesGenerator
from email.header import Header
from email.mime.text import MIMEText
from email.utils import encode_rfc2231, getaddresses
from typing import Any

import flask
import flask_mail

from app.post.models import Attachment, Letter
from app.settings import Settings, SettingsFault

LONGEST_FILENAME = 900
LINE = 76  # RFC 2045, 6.8
_CONTROL = re.compile("[\x00-\x1f\x85\u2028\u2029]")
_ADDRESS = re.compile(r"""[^\s\x00-\x1f\x7f<>@,;:"()\[\]\\]+@[^\s\x00-\x1f\x7f<>@,;:"()\[\]\\]+""")
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_PLAIN_NAME = re.compile(r"[\w !#$&+,.;=@^`{}~()-]+", re.ASCII)
# In headers base64: how long a piece becomes is known without writing it out letter by letter.
_SUBJECT = charset.Charset("utf-8")
_SUBJECT.header_encoding = charset.BASE64

# Flask-Mail asks an app for two settings. This one has none, so that neither tests nor debugging change what is sent.
_composer = flask.Flask("post")
flask_mail.Mail(_composer)
# Flask-Mail makes a Message-ID of its own first, for which it asks the name server what this machine is called: that
# may take seconds for each letter. Ours has been fixed long before.
vars(flask_mail).update(make_msgid=str)


class _AsWritten(policy.Compat32):
    """The older policy, which folds without the parser of the newer one. A header that fits into a line needs no
    folding at all: looking for where it could be folded takes longer than anything else about it."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as the wire has it."""
        if isinstance(value, str) and value.isascii() and len(name) + len(value) < LINE and "\n" not in value:
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_WRITTEN_OUT = _AsWritten(linesep="\r\n")


class Uncomposable(ValueError):
    """The letter cannot be made into a message: a value that must be one line is not, or a name or type is unusable."""


class BadAddress(Uncomposable):
    """The letter cannot go to this address, or come from it, however often it is tried."""


@dataclass(frozen=True)
class Composed:
    """A message ready to be carried: the two addresses of its envelope and its bytes, lines ended by CRLF.

    `ref` is what a report on it shall name it by; empty if it needs no name.
    """

    sender: str
    recipient: str
    content: bytes
    ref: str = ""


class _Message(flask_mail.Message):
    """Flask-Mail's message with a quoted-printable body: short lines whatever was written, and seven bits only."""

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        part = MIMEText("", subtype, "us-ascii")
        part.replace_header("Content-Transfer-Encoding", "quoted-printable")
        part.set_payload(binascii.b2a_qp((text or "").encode()).decode("ascii"))
        part.set_param("charset", "utf-8")
        return part


def compose(
    letter: Letter, *, message_id: str, sender: str, now: datetime, returns_to: str = "", ref: str = ""
) -> Composed:
    """The message of a letter. `sender` is `Name <address>` or an address; `message_id` has its angle brackets. What
    comes back of it goes to `returns_to`, which only its envelope bears, or else to the sender.

    Raises `BadAddress` if it could not go there, `Uncomposable` if a header or file name could break out of its line.
    """
    recipient, envelope_sender = on_the_wire(letter.to_address), address_of(returns_to or sender)
    message = _message(letter, recipient, sender, now)
    message.msgId = _line("message_id", message_id)
    stand_ins = [(secrets.token_bytes(24), attachment) for attachment in letter.attachments]
    message.attachments = [_attached(attachment, stand_in) for stand_in, attachment in stand_ins]
    content = _written_out(message)
    for stand_in, attachment in stand_ins:
        content = content.replace(binascii.b2a_base64(stand_in, newline=False), _in_lines(attachment.content), 1)
    return Composed(envelope_sender, recipient, content, ref)


def _in_lines(content: bytes) -> bytes:
    """A file in base64, as long as lines may be. All at once, then cut: `base64.encodebytes` goes line by line."""
    encoded = binascii.b2a_base64(content, newline=False)
    return b"\r\n".join(encoded[at : at + LINE] for at in range(0, len(encoded), LINE))


def address_of(sender: str) -> str:
    """The bare address in `Name <address>`, as the wire has it. Raises `BadAddress` unless there is exactly one."""
    found = getaddresses([_line("sender", sender)])
    if len(found) != 1:
        raise BadAddress("that is not one address")
    return on_the_wire(found[0][1])


def _message(letter: Letter, recipient: str, sender: str, now: datetime) -> _Message:
    return _Message(
        subject=_subject(letter.subject),
        recipients=[(_line("to_name", letter.to_name), recipient)],
        body=letter.body.removesuffix("\n") + "\n",
        sender=sender,
        reply_to=letter.reply_to and _reply_to(letter.reply_to),
        date=now.timestamp(),
        charset="us-ascii",  # of names: those beyond it become UTF-8 by themselves, the rest stay readable
        extra_headers={"Auto-Submitted": "auto-generated"},
    )


def _reply_to(address: str) -> str:
    try:
        address_of(address)
    except BadAddress as error:  # ours to mend: it must not look as if the reader had a bad address
        raise Uncomposable("reply_to is not one address") from error
    return address


def _written_out(message: _Message) -> bytes:
    page = io.BytesIO()
    with _composer.app_context():
        made = message._message()
    made.policy = _WRITTEN_OUT  # before the boundary is set: the one it has would parse that header anew
    if made.is_multipart():
        # Stands in no part: quoted-printable and base64 have no such pair. The generator would search all of them.
        made.set_boundary(f"=_{secrets.token_hex(16)}")
    BytesGenerator(page, mangle_from_=False, policy=_WRITTEN_OUT).flatten(made)
    return page.getvalue()


def _subject(subject: str) -> str:
    subject = _line("subject", subject)
    return subject if subject.isascii() else Header(subject, _SUBJECT, header_name="Subject").encode()


def _attached(attachment: Attachment, stand_in: bytes) -> flask_mail.Attachment:
    if not _MIME.fullmatch(attachment.mime):
        raise Uncomposable("mime is not a media type")
    disposition = f"attachment; {_named(_line('filename', attachment.filename))}"
    return flask_mail.Attachment(
        content_type=attachment.mime, data=stand_in, headers={"Content-Disposition": disposition}
    )


def _named(filename: str) -> str:
    """A file name, as RFC 2231 has it where it needs more than a plain one; two side by side confuse programs."""
    encoded = encode_rfc2231(filename, "utf-8")
    if len(encoded) > LONGEST_FILENAME:
        raise Uncomposable("filename is too long")
    return f'filename="{filename}"' if _PLAIN_NAME.fullmatch(filename) else f"filename*={encoded}"


def on_the_wire(address: str) -> str:
    """An address for the envelope, with the host name as the wire has it. Raises `BadAddress` if it is none."""
    if not _ADDRESS.fullmatch(address):
        raise BadAddress("that is not an address")
    local, _, host = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{host.encode('idna').decode()}"
    except UnicodeError as error:
        raise BadAddress("that address has letters that mail systems do not carry") from error


def check_our_address(settings: Settings) -> None:
    """Raise `SettingsFault` unless letters can come from the address of the settings."""
    try:
        address_of(settings.mail_default_sender)
    except Uncomposable as error:
        raise SettingsFault(["MAIL_DEFAULT_SENDER must be one address: name@host or Name <name@host>."]) from error


def _line(name: str, value: str) -> str:
    if _CONTROL.search(value):
        raise Uncomposable(f"{name} holds a line break or a control character")
    return value
