"""The mailbox for what comes back: what in it was not read yet, the beginning of a message, and what becomes of it.

A message is known by its number (UID) only within one connection, on which that cannot change, so that a mailbox that
was numbered anew (`validity`) does no harm. Nothing is removed but what is named: never by a plain
EXPUNGE nor by CLOSE, which also take what somebody else marked as deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from imapclient import DELETED, FLAGGED, SEEN, IMAPClient

from app.post.mailbox_line import CONNECT, STEP, Line, Trouble, Unusable, opened, troubles
from app.settings import Settings

BEGINNING = 256 * 1024
SPAN = 5_000  # messages that are asked about at once: an answer has a line of some 50 kB at most
_BODY = f"BODY.PEEK[]<0.{BEGINNING}>"


class Mailbox:
    """A folder that is open for changes. Every method may raise `Unusable`: the connection is of no more use then,
    unless the trouble is `REFUSED`."""

    def __init__(self, client: IMAPClient, line: Line, settings: Settings, step: float) -> None:
        self._client, self._line, self._step = client, line, step
        self.messages = self.validity = 0
        with self._asking(Trouble.UNSIGNED):
            self._sign_in(settings.bounce_imap_username, settings.bounce_imap_password)
        with self._asking(Trouble.NO_FOLDER):
            found = self._client.select_folder(settings.bounce_imap_folder)
            self.messages, self.validity = int(found[b"EXISTS"]), int(found.get(b"UIDVALIDITY", 0))
            self._removes = self._client.has_capability("UIDPLUS")
        if found.get(b"READ-ONLY") or not {SEEN, DELETED} <= set(found.get(b"PERMANENTFLAGS", (SEEN, DELETED))):
            raise Unusable(Trouble.READ_ONLY)

    @classmethod
    @contextmanager
    def opened(cls, settings: Settings, *, connect: float = CONNECT, step: float = STEP) -> Iterator[Mailbox]:
        """The mailbox that the settings name."""
        with opened(settings, connect=connect, step=step) as (client, line):
            yield cls(client, line, settings, step)

    def unread(self, most: int) -> list[int]:
        """The numbers of messages that nobody has read, the oldest first, so many at most."""
        found: list[int] = []
        for first in range(1, self.messages + 1, SPAN):
            last = first + SPAN - 1
            with self._asking():
                found += self._client.search([f"{first}:{last if last < self.messages else '*'}", "UNSEEN"])
            if len(found) >= most:
                break
        return sorted(set(found))[:most]

    def beginning(self, number: int) -> bytes | None:
        """The first 256 KiB of a message, which is not marked as read by that; None if it is there no more."""
        with self._asking():
            parts = self._client.fetch([number], [_BODY]).get(number, {})
        found = next((part for name, part in parts.items() if name.startswith(b"BODY[]")), None)
        if found is None and self.is_there(number):
            raise Unusable(Trouble.REFUSED)
        return found

    def is_there(self, number: int) -> bool:
        """Whether a message is in the mailbox still."""
        with self._asking():
            self._client.noop()
            return number in self._client.search(["UID", str(number)])

    def remove(self, number: int) -> None:
        """Remove a message. A server that can only remove all that is marked as deleted (no UIDPLUS) is not asked to:
        ours is marked, and read, and goes when the mailbox is next cleared."""
        with self._asking():
            self._client.add_flags([number], [DELETED] if self._removes else [DELETED, SEEN], silent=True)
            if self._removes:
                self._client.uid_expunge([number])

    def put_aside(self, number: int, *, flagged: bool = False) -> None:
        """Leave a message for people, marked as read."""
        with self._asking():
            self._client.add_flags([number], [SEEN, FLAGGED] if flagged else [SEEN], silent=True)

    def _sign_in(self, username: str, password: str) -> None:
        if self._client.has_capability("AUTH=PLAIN"):  # which any letters can be said in
            self._client.plain_login(username, password)
        else:
            self._client.login(username, password)

    @contextmanager
    def _asking(self, refused: Trouble = Trouble.REFUSED) -> Iterator[None]:
        self._line.give(self._step)
        with troubles(refused):
            yield
