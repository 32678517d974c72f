"""A connection to the server of a mailbox, on which each step as a whole has a deadline and no answer is too long.

IMAPClient knows the protocol; like imaplib under it, it gives each byte a time-out of its own and takes literals of any
length. So the bytes go over the hooks that imaplib has for that (`open`, `read`, `readline`, `send`, `shutdown`), and
nothing is said before the certificate was verified.
"""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from ipaddress import ip_address
from time import monotonic
from typing import Any

from imapclient import IMAPClient

from app.post.line import connected
from app.post.transport import tls_context
from app.settings import Settings, is_loopback

LONGEST_LINE = 65_536
LARGEST_LITERAL = 300_000
CONNECT, STEP = 10.0, 30.0
for noisy in ("imapclient", "imaplib"):  # they would repeat what is said, passwords in some forms too
    logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)


class Trouble(StrEnum):
    """What can stand in the way of looking into the mailbox, in words for people."""

    UNREACHABLE = "The server of the mailbox could not be reached."
    SILENT = "The server of the mailbox did not answer in time."
    BROKEN = "The server of the mailbox broke the connection off."
    GARBLED = "The server of the mailbox gave an answer that makes no sense."
    REFUSED = "The server of the mailbox refused what we asked."
    UNVERIFIED = "The certificate of the server of the mailbox could not be verified, so nothing was said to it."
    UNAGREED = "No encrypted connection could be agreed with the server of the mailbox, so nothing was said to it."
    UNSAFE = "A mailbox elsewhere is read only over an encrypted connection, so nothing was said to its server."
    BUSY = "The server of the mailbox takes nobody in just now."
    UNSIGNED = "The server of the mailbox did not accept BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD."
    NO_FOLDER = "The mailbox has no folder that BOUNCE_IMAP_FOLDER names, or we may not open it."
    STUBBORN = "A message in the mailbox could not be dealt with: it is tried again, and flagged there in the end."
    READ_ONLY = "The mailbox may only be read, so that nothing can be removed from it or marked."


class Unusable(Exception):
    """The mailbox cannot be used just now, for this reason."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.value)


class Line(imaplib.IMAP4):
    """An open connection. Set the deadline before each step; any step may raise `OSError` or imaplib's errors."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self.sock, self._unread = connection, bytearray()
        self.give(seconds)
        super().__init__()

    def give(self, seconds: float) -> None:
        """Set the deadline for what follows."""
        self._deadline = monotonic() + seconds

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Nothing to do: the connection was made before."""

    def read(self, size: int) -> bytes:
        """A literal, whole and before the deadline."""
        if size > LARGEST_LITERAL:
            raise self.abort("a literal that is too long")
        while len(self._unread) < size:
            self._read_on()
        return self._taken(size)

    def readline(self) -> bytes:
        """A line before the deadline."""
        while (end := self._unread.find(b"\n")) < 0 and len(self._unread) < LONGEST_LINE:
            self._read_on()
        if not 0 <= end < LONGEST_LINE:
            raise self.abort("a line that is too long")
        return self._taken(end + 1)

    def send(self, data: Any) -> None:
        """Send all of it before the deadline."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._ready().send(rest[:65_536]) :]

    def shutdown(self) -> None:
        """Close the connection."""
        self.sock.close()

    def _read_on(self) -> None:
        more = self._ready().recv(65_536)
        if not more:
            raise self.abort("the connection was closed")
        self._unread += more

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    def _ready(self) -> socket.socket:
        """The socket, with the time that is left until the deadline."""
        seconds = self._deadline - monotonic()
        if seconds <= 0:
            raise TimeoutError
        self.sock.settimeout(seconds)
        return self.sock


class Client(IMAPClient):
    """The library's client, on a line of ours."""

    def __init__(self, line: Line, host: str) -> None:
        self._line = line
        super().__init__(host, ssl=False)

    def _create_IMAP4(self) -> Line:  # the library has no other way to give it a connection
        return self._line


@contextmanager
def opened(settings: Settings, *, connect: float = CONNECT, step: float = STEP) -> Iterator[tuple[IMAPClient, Line]]:
    """A connection on which the server has greeted us, closed politely at the end. Raises `Unusable`."""
    with troubles():
        connection = _secured(settings, _reached(settings, connect), step)
        try:
            line = Line(connection, step)
        except BaseException:
            connection.close()
            raise
    try:
        yield Client(line, settings.bounce_imap_server), line
    finally:
        _closed(line)


def _reached(settings: Settings, seconds: float) -> socket.socket:
    secured = settings.bounce_imap_use_ssl
    if not secured and not is_loopback(settings.bounce_imap_server):
        raise Unusable(Trouble.UNSAFE)
    try:
        reached = connected(settings.bounce_imap_server, settings.bounce_imap_port, seconds)
    except TimeoutError as error:
        raise Unusable(Trouble.SILENT) from error
    except (OSError, UnicodeError) as error:  # the second: a host name that cannot be one
        raise Unusable(Trouble.UNREACHABLE) from error
    if not secured and not ip_address(reached.getpeername()[0]).is_loopback:
        reached.close()
        raise Unusable(Trouble.UNSAFE)
    return reached


def _secured(settings: Settings, reached: socket.socket, seconds: float) -> socket.socket:
    if not settings.bounce_imap_use_ssl:
        return reached
    try:
        reached.settimeout(seconds)
        return tls_context(settings).wrap_socket(reached, server_hostname=settings.bounce_imap_server)
    except BaseException:
        reached.close()
        raise


def _closed(line: Line) -> None:
    """End the connection. LOGOUT removes nothing, as CLOSE would: what others marked as deleted stays theirs."""
    try:
        line.give(1)
        line.logout()
    except (OSError, imaplib.IMAP4.error):
        line.shutdown()


@contextmanager
def troubles(refused: Trouble = Trouble.REFUSED) -> Iterator[None]:
    """Raises `Unusable` for whatever the network, the encryption or the protocol raises in here; `refused`: what it
    means that the server says no."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Unusable(Trouble.UNVERIFIED) from error
    except TimeoutError as error:
        raise Unusable(Trouble.SILENT) from error
    except ssl.SSLError as error:
        raise Unusable(Trouble.UNAGREED) from error
    except imaplib.IMAP4.readonly as error:
        raise Unusable(Trouble.READ_ONLY) from error
    except (OSError, imaplib.IMAP4.abort) as error:
        raise Unusable(Trouble.BROKEN) from error
    except imaplib.IMAP4.error as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):  # so the library tells of a sign-in that was broken off
            raise Unusable(Trouble.BROKEN) from error
        raise Unusable(Trouble.BUSY if "[UNAVAILABLE]" in str(error).upper() else refused) from error
    except (ValueError, LookupError, AttributeError, TypeError) as error:  # the library's, on an answer like none
        raise Unusable(Trouble.GARBLED) from error
