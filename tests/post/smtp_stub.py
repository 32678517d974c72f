"""A mail server on a real socket that misbehaves when told to, and keeps what it was given.

`with Stub() as stub:` serves on `stub.port` of this machine. `stub.misbehave(at, deed, …)` says what it does at a step:
answer something else, break off, or say nothing. Whatever arrived is in `stub.received`, one entry per copy.
"""

from __future__ import annotations

import base64
import email
import email.policy
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import trustme

STEPS = ("connect", "ehlo", "starttls", "handshake", "auth", "mail", "rcpt", "data", "body", "dot", "rset", "quit")


@dataclass(frozen=True)
class Drop:
    """Break the connection off. After the dot: with the letter kept, or thrown away."""

    kept: bool = True


@dataclass(frozen=True)
class Stall:
    """Say nothing more until the stub ends or `stub.go_on` is set; then behave. `seconds` bounds it."""

    seconds: float = 60


@dataclass(frozen=True)
class Slowly:
    """Give the ordinary answer one byte at a time."""

    seconds_per_byte: float


Deed = str | Drop | Stall | Slowly


@dataclass(frozen=True)
class Received:
    """One copy of a letter as it arrived."""

    sender: str
    recipient: str
    content: bytes
    encrypted: bool
    connection: int

    @property
    def message(self) -> EmailMessage:
        """The copy, read."""
        return cast(EmailMessage, email.message_from_bytes(self.content, policy=email.policy.default))

    @property
    def message_id(self) -> str:
        """What tells two copies of one letter from two letters."""
        return str(self.message["Message-ID"])


@dataclass
class _Rule:
    at: str
    deed: Deed
    recipient: str | None
    times: int


@dataclass
class Certificates:
    """An authority and what it signed; `ca_file` goes into MAIL_CA_FILE."""

    ca_file: Path
    authority: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.authority.cert_pem.write_to_path(str(self.ca_file))

    def for_names(self, *names: str) -> ssl.SSLContext:
        """A server's context with a certificate for these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(*names).configure_cert(context)
        return context


class Stub:
    """The mail server. `context` with `implicit` is TLS from the first byte, without it STARTTLS."""

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        offers_starttls: bool = True,
        password: str = "",
        injects: bytes = b"",
        offers: tuple[str, ...] = (),
    ) -> None:
        self.offers = offers
        self.context, self.implicit, self.password, self.injects = context, implicit, password, injects
        self.offers_starttls = offers_starttls and context is not None and not implicit
        self.received: list[Received] = []
        self.said: list[str] = []
        self.body_bytes = self.connections = 0
        self.go_on = threading.Event()
        self.reached: Callable[[str], None] = lambda step: None
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]

    def misbehave(self, at: str, deed: Deed, *, recipient: str | None = None, times: int = 1_000_000) -> None:
        """Do this instead at a step, so many times, for one recipient or for all."""
        assert at in STEPS
        with self._lock:
            self._rules.append(_Rule(at, deed, recipient, times))

    def behave(self) -> None:
        """Be an ordinary mail server from here on."""
        with self._lock:
            self._rules.clear()

    def copies(self) -> Counter[str]:
        """How many copies arrived of each Message-ID."""
        with self._lock:
            return Counter(copy.message_id for copy in self.received)

    def __enter__(self) -> Stub:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)

    def deed(self, at: str, recipient: str = "") -> Deed | None:
        """What to do at a step instead of behaving; uses one turn of its rule up."""
        self.reached(at)
        with self._lock:
            for rule in self._rules:
                if rule.at == at and rule.times and rule.recipient in (None, recipient):
                    rule.times -= 1
                    return rule.deed
        return None

    def after_dot(self, copy: Received) -> Deed | None:
        """What to do once a letter is there whole."""
        return self.deed("dot", copy.recipient)

    def keep(self, copy: Received) -> None:
        """Take a copy in."""
        with self._lock:
            self.received.append(copy)

    def _start(self, deed: Callable[[], None]) -> None:
        thread = threading.Thread(target=deed, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.append(connection)
            self._start(_Conversation(self, connection, self.connections).run)


class _Ended(Exception):
    """The conversation is over."""


class _Conversation:
    """One connection from its greeting to its end."""

    def __init__(self, stub: Stub, connection: socket.socket, number: int) -> None:
        self.stub, self.socket, self.number = stub, connection, number
        self.encrypted = False
        self.sender = self.recipient = ""
        self.unread = b""

    def run(self) -> None:
        try:
            if self.stub.implicit:
                self._encrypt()
            self._answer("connect", "220 stub ESMTP")
            while self._command():
                pass
        except (_Ended, OSError):
            pass
        finally:
            self.socket.close()

    def _command(self) -> bool:
        line = self._read_line().decode(errors="replace")
        verb, _, rest = line.partition(" ")
        self.stub.said.append(line)
        deed = getattr(self, f"_{verb.lower()}", None)
        if deed is None:
            self._write("502 not known here")
        else:
            deed(rest)
        return verb.upper() != "QUIT"

    def _ehlo(self, _: str) -> None:
        offers = ["stub", "SIZE 10000000", *self.stub.offers, *(["AUTH PLAIN LOGIN"] if self.stub.password else [])]
        if self.stub.offers_starttls and not self.encrypted:
            offers.append("STARTTLS")
        last = len(offers) - 1
        self._answer("ehlo", "\r\n".join(f"250{' ' if i == last else '-'}{offer}" for i, offer in enumerate(offers)))

    def _starttls(self, _: str) -> None:
        if self._answer("starttls", "220 go ahead"):
            self.unread = b""
            self._encrypt()

    def _auth(self, rest: str) -> None:
        words = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        right = words[-1] == self.stub.password
        self._answer("auth", "235 signed in" if right else "535 5.7.8 wrong password")

    def _mail(self, rest: str) -> None:
        if self.sender:
            self._write("503 5.5.1 there is a letter begun already")
        elif self._answer("mail", "250 ok"):
            self.sender = rest.partition("<")[2].partition(">")[0]

    def _rcpt(self, rest: str) -> None:
        recipient = rest.partition("<")[2].partition(">")[0]
        if self._answer("rcpt", "250 ok", recipient):
            self.recipient = recipient

    def _data(self, _: str) -> None:
        if not self._answer("data", "354 go on", self.recipient):
            return
        content = self._read_body()
        copy = Received(self.sender, self.recipient, content, self.encrypted, self.number)
        self.sender = ""
        deed = self.stub.after_dot(copy)
        if not isinstance(deed, str) and deed != Drop(kept=False):
            self.stub.keep(copy)
        self._do(deed, "250 2.0.0 taken")

    def _rset(self, _: str) -> None:
        if self._answer("rset", "250 ok"):
            self.sender = ""

    def _quit(self, _: str) -> None:
        self._answer("quit", "221 bye")

    def _answer(self, step: str, ordinary: str, recipient: str = "") -> bool:
        """Answer; whether the answer was the ordinary one."""
        deed = self.stub.deed(step, recipient)
        self._do(deed, ordinary, plainly_also=self.stub.injects if step == "starttls" else b"")
        return not isinstance(deed, str)

    def _do(self, deed: Deed | None, ordinary: str, plainly_also: bytes = b"") -> None:
        if isinstance(deed, Drop):
            raise _Ended
        if isinstance(deed, Stall):
            self.stub.go_on.wait(deed.seconds)
        answer = deed if isinstance(deed, str) else ordinary
        if isinstance(deed, Slowly):
            for byte in answer.encode() + b"\r\n":
                self.socket.sendall(bytes([byte]))
                if self.stub.go_on.wait(deed.seconds_per_byte):
                    raise _Ended
            return
        self.socket.sendall(answer.encode() + b"\r\n" + plainly_also)

    def _encrypt(self) -> None:
        if isinstance(deed := self.stub.deed("handshake"), Stall):
            self.stub.go_on.wait(deed.seconds)
        assert self.stub.context is not None
        with self.stub._lock:
            plain = self.socket
            self.socket = self.stub.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            self.stub._open[self.stub._open.index(plain)] = self.socket
        cast(ssl.SSLSocket, self.socket).do_handshake()
        self.encrypted = True

    def _write(self, line: str) -> None:
        self.socket.sendall(line.encode() + b"\r\n")

    def _read_line(self) -> bytes:
        while b"\r\n" not in self.unread:
            self._read_more()
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line

    def _read_body(self) -> bytes:
        deed = self.stub.deed("body", self.recipient)
        content, self.unread = b"\r\n" + self.unread, b""
        self.stub.body_bytes += len(content) - 2
        while not content.endswith(b"\r\n.\r\n"):
            if isinstance(deed, Stall):
                self.stub.go_on.wait(deed.seconds)
            elif deed:
                raise _Ended
            self._read_more()
            self.stub.body_bytes += len(self.unread)
            content, self.unread = content + self.unread, b""
        return content[2:-3].replace(b"\r\n..", b"\r\n.")

    def _read_more(self) -> None:
        more = self.socket.recv(65_536)
        if not more:
            raise _Ended
        self.unread += more
