"""The letters that reached the mail server of a test, and what a person finds in them: a code, links, a document."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO

from docx import Document
from docx.document import Document as Word

from tests.post.smtp_stub import Received, Stub

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Bring = Callable[[], object]


@dataclass(frozen=True)
class Letter:
    """One letter as its reader has it."""

    copy: Received

    @property
    def message(self) -> EmailMessage:
        return self.copy.message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    @property
    def links(self) -> list[str]:
        return re.findall(r"https?://\S+", self.text)

    def link(self, part: str) -> str:
        """The link whose address holds these words; where several do, the one that ends with them."""
        found = [link for link in self.links if part in link]
        found = found if len(found) == 1 else [link for link in found if link.endswith(part)]
        assert len(found) == 1, f"“{part}” is in {len(found)} of {self.links}"
        return found[0]

    @property
    def code(self) -> str:
        """The code that stands first in the subject, and first in the text."""
        found = re.match(r"\d{8}\b", self.subject)
        assert found, self.subject
        assert self.text.startswith(found[0])
        return found[0]

    @property
    def attached(self) -> list[EmailMessage]:
        return [part for part in self.message.iter_attachments() if isinstance(part, EmailMessage)]

    @property
    def word(self) -> Word:
        """The one document that is attached."""
        assert [part.get_content_type() for part in self.attached] == [WORD]
        return Document(BytesIO(self.attached[0].get_payload(decode=True)))  # type: ignore[arg-type]


def words_of(document: Word) -> str:
    """All that stands in a Word document, its tables too, on lines of their own."""
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


class Mailroom:
    """Whoever asks for a letter has the sender run first, or waits until one that runs by itself has brought it."""

    def __init__(self, stub: Stub, bring: Bring, patience: float = 0) -> None:
        self.stub, self.bring, self.patience = stub, bring, patience

    def to(self, address: str, about: str = "") -> list[Letter]:
        """The letters to an address whose subject holds these words, in the order in which they came."""
        self.bring()
        return self._there(address, about)

    def newest(self, address: str, about: str = "", more_than: int = 0) -> Letter:
        """The newest letter to an address about something; with `more_than`, once there are more than so many."""
        until = time.monotonic() + self.patience
        while True:
            found = self.to(address, about)
            if len(found) > more_than:
                return found[-1]
            assert time.monotonic() < until, f"no letter about “{about}” to {address}: {self.subjects(address)}"
            time.sleep(0.1)

    def subjects(self, address: str) -> list[str]:
        return [letter.subject for letter in self._there(address, "")]

    def count(self, address: str, about: str = "") -> int:
        """How many letters an address has had, without waiting for another."""
        return len(self._there(address, about))

    def _there(self, address: str, about: str) -> list[Letter]:
        found = [Letter(copy) for copy in list(self.stub.received) if copy.recipient == address]
        return [letter for letter in found if about in letter.subject]
