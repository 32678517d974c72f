"""The local mailbox: a real SMTP server on loopback that keeps every letter as a file, and the reading of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from app.errors import NotFound

NEWEST = 200
LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class Attached:
    """A file that came with a letter."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A letter in the mailbox. `name` is that of its file."""

    name: str
    to: str
    sender: str
    subject: str
    sent: str
    body: str
    attachments: tuple[Attached, ...]


class Keeper:
    """What the SMTP server does with a letter: write it whole beside the others, then say yes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
        """Keep a letter; its file is named by number, so that the newest sorts last."""
        number = max((int(path.stem) for path in self.folder.glob("*.eml")), default=0) + 1
        target = self.folder / f"{number:06d}.eml"
        part = target.with_suffix(".part")
        content = envelope.original_content or b""
        try:
            part.write_bytes(content)
            os.replace(part, target)
        except OSError as fault:
            return f"452 the mailbox cannot keep this: {fault.strerror}"
        return "250 kept"


def server(folder: Path, port: int) -> Controller:
    """An SMTP server on loopback, not yet started."""
    return Controller(Keeper(folder), hostname="127.0.0.1", port=port, data_size_limit=LARGEST)


def letters(folder: Path) -> list[Letter]:
    """The letters kept, newest first."""
    newest = sorted(folder.glob("*.eml"), reverse=True)[:NEWEST]
    return [_read(path) for path in newest]


def letter(folder: Path, name: str) -> Letter:
    """One letter by the name of its file. Raises `NotFound`."""
    path = folder / f"{name}.eml"
    if not name.isdecimal() or not path.is_file():
        raise NotFound
    return _read(path)


def _read(path: Path) -> Letter:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return Letter(
        name=path.stem,
        to=str(message["To"] or ""),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        sent=str(message["Date"] or ""),
        body=str(body.get_content()) if body else "",
        attachments=tuple(_attached(message.iter_attachments())),
    )


def _attached(parts: Iterable[EmailMessage]) -> Iterable[Attached]:
    for part in parts:
        content = part.get_payload(decode=True)
        yield Attached(
            part.get_filename() or "file", part.get_content_type(), content if isinstance(content, bytes) else b""
        )
