"""Reads what a mail server hands us back, and says whether it reports that a letter failed or waits (RFC 3464).

Anybody can send anything here, so that reading costs little whatever it is and never fails: only the beginning is
read, with lines, headers and parts bounded before the `email` package sees them. Whether a report is about a letter of
ours is not for this module to say: only a proved name of a letter is believed, in the address that the report came to
or, where that has lost it, as the envelope's own in the report.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Any, cast

from app.post.models import BounceKind
from app.text import single_line

LARGEST = 1024 * 1024
LONGEST_KEPT = 300
# The part that a program can read comes before the returned letter: a report has it well within these. The `email`
# package takes the square of the time for a long Content-Type, so that headers are kept short and parts few.
_READ, _LINES, _LINE, _FOLDED, _PARTS = 256 * 1024, 5_000, 320, 4, 14
_BRACKETS = 20  # in a line: the package reads one within the other, and a header of hundreds took most of its time
_ENDS = re.compile(rb"\r\n|\r|\n")
_BODY = re.compile(rb"\r?\n\r?\n")
_ADDRESS = re.compile(r"[^\s<>,;:\"]{1,300}@[^\s<>,;:\"]{1,300}")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_CLAIMS = re.compile(
    rb"(?im)^(Original-Envelope-Id: *[0-9a-z]{12}(?:\.[0-9a-z]{16})?|Message-ID: *<[0-9a-f-]{36}@[\w.-]{1,100}>)\s*$"
)
_ADDRESSED = ("delivered-to", "x-original-to", "envelope-to", "to")
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")


@dataclass(frozen=True)
class Report:
    """What a message says. `kind` is None where it reports neither a failure nor a delay, and `what` is what it is.

    `addresses` are those it came to, as far as it says so. `envelope_id` is what it calls the
    letter by, as its envelope did. `claims` are references it names, which prove nothing by themselves.
    """

    what: str
    digest: str
    kind: BounceKind | None = None
    status: str = ""
    reply: str = ""
    addresses: tuple[str, ...] = ()
    claims: str = ""
    envelope_id: str = ""


def read(content: bytes) -> Report:
    """What a message says, however broken it is. Never raises."""
    digest = hashlib.sha256([*_BODY.split(content, 1), b""][1]).hexdigest()
    lines = _tamed(content)
    if sum(line[:13].lower() == b"content-type:" for line in lines) > _PARTS:
        return Report("a message of too many parts", digest)
    tame = b"\r\n".join(lines)
    claims = b", ".join(found[0] for found in _CLAIMS.finditer(tame))[:LONGEST_KEPT].decode("ascii", "replace")
    try:
        message = cast(EmailMessage, message_from_bytes(tame, policy=cast(Any, policy.default)))
        return Report(**_told(message), digest=digest, addresses=_addresses(message), claims=_line(claims))
    except Exception:  # the parser has met no such message before: that makes it no report
        return Report("a message that cannot be read", digest, claims=_line(claims))


def _tamed(content: bytes) -> list[bytes]:
    """The first lines, none too long, and no header of too many: what comes after says nothing that we want."""
    kept: list[bytes] = []
    folded = 0
    for line in _ENDS.split(content[:_READ])[:_LINES]:
        folded = folded + 1 if line[:1] in (b" ", b"\t") else 0
        if folded <= _FOLDED:
            short = line[: _LINE // folded if folded else _LINE].replace(b"\0", b"")
            kept.append(short if short.count(b"(") <= _BRACKETS else short.replace(b"(", b""))
    return kept


def _told(message: EmailMessage) -> dict[str, Any]:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return {"what": "an automatic reply" if _is_automatic(message) else "no report of a mail system"}
    if str(message.get_param("report-type") or "").lower() != "delivery-status":
        return {"what": "a report of another kind"}
    kinds = {"failed": BounceKind.FAILED, "delayed": BounceKind.DELAYED}
    blocks = list(_blocks(message))
    about = dict(reversed(blocks))
    action = next((action for action in kinds if action in about), "")
    if not action:
        return {"what": "a report that nothing went wrong"}
    fields = about[action]
    status = _STATUS.search(fields.get("status", ""))
    words = fields.get("diagnostic-code", "")
    return {
        "what": f"a report that a letter {'came back' if action == 'failed' else 'is delayed'}",
        "kind": kinds[action],
        "status": status[0] if status else "",
        "reply": _line(words.partition(";")[2] or words),
        "envelope_id": _line(next(filter(None, (one.get("original-envelope-id") for _, one in blocks)), "")),
    }


def _blocks(message: EmailMessage) -> Iterator[tuple[str, dict[str, str]]]:
    """What a report says of the letter, and for each recipient what was done and the other fields."""
    for part in cast("list[Message]", message.get_payload()):
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            for block in cast("list[Message]", part.get_payload()):
                fields = _fields(block)
                yield (fields.get("action", "").split() or [""])[0].lower(), fields


def _fields(message: Message) -> dict[str, str]:
    """Header fields by their names in small letters, as they were written: parsing them can cost more than they are
    worth. Of several with one name the first."""
    return {name.lower(): _plain(value) for name, value in reversed(list(message.raw_items()))}


def _is_automatic(message: Message) -> bool:
    fields = _fields(message)
    automatic = fields.get("auto-submitted", "no").strip().lower() != "no"
    return automatic or any(name in fields for name in _AUTOMATIC) or "auto" in fields.get("precedence", "").lower()


def _addresses(message: Message) -> tuple[str, ...]:
    """The addresses a message came to, those that the mail server noted before those that its sender wrote."""
    written = [(name.lower(), _plain(value)) for name, value in message.raw_items()]
    found = [
        address for wanted in _ADDRESSED for name, value in written if name == wanted
        for address in _ADDRESS.findall(value)
    ]  # fmt: skip
    return tuple(found[:20])


def _plain(value: Any) -> str:
    """A header's value as text: bytes that are none in its encoding become question marks."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _line(words: str) -> str:
    return single_line(words)[:LONGEST_KEPT].strip()
