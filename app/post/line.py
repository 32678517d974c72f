"""smtplib's commands over a socket of ours, on which a step as a whole has a deadline.

smtplib gives each byte a time-out of its own: a server that says one letter a minute would hold a sender for ever.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from time import monotonic
from typing import Any

LONGEST_REPLY = 16_384


class Line(smtplib.SMTP):
    """An open conversation with a mail system. Set the deadline before each step; any step may raise `OSError`."""

    def __init__(self, our_name: str, connection: socket.socket) -> None:
        super().__init__(local_hostname=our_name)
        self.sock = connection
        self.letters = 0
        self._deadline = self._read = 0.0
        self._unread = b""

    def give(self, seconds: float) -> None:
        """Set the deadline for what follows."""
        self._deadline = monotonic() + seconds

    def send(self, s: Any) -> None:
        """Send all of it before the deadline."""
        rest = memoryview(s.encode("ascii") if isinstance(s, str) else s)
        while rest:
            rest = rest[self._ready().send(rest[:65_536]) :]

    def getreply(self) -> tuple[int, bytes]:
        """A whole reply before the deadline: its code (-1 if it has none) and its text."""
        words, self._read = [], 0
        while True:
            line = self._read_line()
            words.append(line[4:].strip())
            if line[3:4] != b"-":
                return int(line[:3]) if line[:3].isdigit() else -1, b"\n".join(words)

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """From here on everything is encrypted; EHLO is to be said again. Refuses what was slipped in before."""
        if self._unread:
            raise ssl.SSLError("something was said in the clear after the encryption was agreed")
        self.sock = context.wrap_socket(self._ready(), server_hostname=host)

    def _ready(self) -> socket.socket:
        """The socket, with the time that is left until the deadline."""
        seconds = self._deadline - monotonic()
        if seconds <= 0:
            raise TimeoutError
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected
        self.sock.settimeout(seconds)
        return self.sock

    def _read_line(self) -> bytes:
        while b"\n" not in self._unread:
            more = self._ready().recv(4096)
            if not more or len(self._unread) + self._read > LONGEST_REPLY:
                raise smtplib.SMTPServerDisconnected
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        self._read += len(line)
        return line


def connected(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to the first of a host's addresses that answers, in that time altogether. Raises `OSError`."""
    deadline, failure = monotonic() + seconds, OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        attempt = socket.socket(family, kind, protocol)
        try:
            attempt.settimeout(max(deadline - monotonic(), 0.001))
            attempt.connect(address)
            # The dot is a packet of its own: it must not wait for the one before to be acknowledged.
            attempt.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return attempt
        except OSError as error:
            attempt.close()
            failure = error
    raise failure
