"""What the two kinds of file that commands read have in common: how large, in which letters, and how faults are told.

A file is used whole or not at all, and every fault in it is told at once, because whoever mends it sits elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.errors import Invalid

LARGEST = 10 * 1024 * 1024
LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_MOST_TOLD = 1_000


class FileFaults(Invalid):
    """A file that cannot be used. `faults` holds one sentence per fault, each saying where it is and what to do."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        told = [*self.faults[:_MOST_TOLD]]
        if len(self.faults) > _MOST_TOLD:
            told.append(f"And {len(self.faults) - _MOST_TOLD:,} more like these.")
        heading = "Nothing was taken from this file. Put this right first:"
        super().__init__("\n".join([heading, *(f"- {sentence}" for sentence in told)]))


def text_of(content: bytes, how_to_save: str) -> str:
    """The text of a file: UTF-8, with or without the mark that Excel puts first. Raises `FileFaults`."""
    if len(content) > LARGEST:
        raise FileFaults(["The file is larger than 10 MB. Split it: each part can be loaded by itself."])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFaults([f"The file is in UTF-16. {how_to_save}"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise FileFaults([f"Line {line}: there is a letter here that is not UTF-8. {how_to_save}"]) from None


def email_address(typed: str) -> str:
    """An email address in lower case. Raises `Invalid` for what cannot be one that our mail system carries."""
    address = typed.strip().lower()
    if len(address) > LONGEST_ADDRESS or not address.isascii() or not _ADDRESS.fullmatch(address):
        raise Invalid(f"“{typed}” is not an email address. Write it in full, like name@example.org.")
    return address
