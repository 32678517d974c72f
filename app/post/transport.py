"""Carries one composed letter to the mail system and says exactly how that ended.

Every step has a deadline of its own, as a whole and not per byte, so that the longest possible try is known (`longest`)
and a lease can outlast it. MAIL, RCPT and DATA are said by hand: only so can "not sent" be told from "may have been
sent". Nothing but EHLO and STARTTLS is said before the certificate was verified.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address

from app.post.composing import Composed
from app.post.line import Line, connected
from app.post.models import Outcome
from app.post.results import BEFORE_ENVELOPE, Fault, Phase, Result, broken, told
from app.post.return_address import envelope_id
from app.settings import Settings, is_loopback

LETTERS_PER_CONNECTION = 100
SHORT_STEPS = 11  # greeting, EHLO, STARTTLS, handshake, EHLO, sign-in, MAIL, MAIL on a new connection, RCPT, DATA, RSET
Witness = Callable[[str], None]
"""Told when a named point is reached, so that a test can stop the process there."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds that each step may take at most."""

    connect: float = 10
    command: float = 30
    letter: float = 120
    confirmation: float = 600

    @classmethod
    def towards(cls, server: str) -> Timeouts:
        """For a mail server: one that is far away may take ten minutes to confirm (RFC 5321, 4.5.3.2.6)."""
        return cls(confirmation=60 if is_loopback(server) else 600)


def unwitnessed(point: str) -> None:
    """The witness of ordinary days."""


Permit = Callable[[], bool]
"""Asked once when nothing is left but the dot, after which a letter may be out: whether to say it."""


def always() -> bool:
    """The permit of a letter of which nobody else knows."""
    return True


class _Ended(Exception):
    """A try has ended with this result. `usable`: whether the connection can carry the next letter."""

    def __init__(self, result: Result) -> None:
        self.result, self.usable = result, False
        super().__init__(result.outcome)


class Transport:
    """A connection to the mail system of the settings, opened when a letter needs it and used for the next ones."""

    def __init__(self, settings: Settings, *, timeouts: Timeouts | None = None, witness: Witness = unwitnessed) -> None:
        self.settings, self.witness = settings, witness
        self.timeouts = timeouts or Timeouts.towards(settings.mail_server)
        self._context = tls_context(settings) if settings.mail_use_tls or settings.mail_use_ssl else None
        self._line: Line | None = None

    @property
    def longest(self) -> float:
        """Seconds after which any `carry` has ended, apart from looking up the mail server's name."""
        times = self.timeouts
        return times.connect + SHORT_STEPS * times.command + times.letter + times.confirmation

    def carry(self, letter: Composed, may_go: Permit = always) -> Result:
        """Hand one letter over. Never raises for what the mail system or the network does."""
        reused = self._line is not None
        result = self._carry(letter, may_go)
        # A connection kept from the letter before may have ended meanwhile: that says nothing about this letter.
        if reused and self._line is None and result.phase is Phase.SENDER:
            result = self._carry(letter, may_go)
        return result

    def close(self) -> None:
        """End the connection politely. What the mail system makes of that does not matter."""
        if self._line:
            with suppress(OSError):
                self._line.give(1)
                self._line.docmd("QUIT")
        self._drop()

    def _carry(self, letter: Composed, may_go: Permit) -> Result:
        try:
            self._line = self._line or self._connect()
            self.witness("after connect")
            return self._hand_over(self._line, letter, may_go)
        except _Ended as ended:
            if not ended.usable:
                self._drop()
            return ended.result

    def _hand_over(self, line: Line, letter: Composed, may_go: Permit) -> Result:
        size = f" SIZE={len(letter.content)}" if line.has_extn("size") else ""
        whole, each = _reports(letter, self.settings) if line.has_extn("dsn") else ("", "")
        self._say(line, Phase.SENDER, "MAIL", f"FROM:<{letter.sender}>{size}{whole}")
        self._say(line, Phase.RECIPIENT, "RCPT", f"TO:<{letter.recipient}>{each}")
        self._say(line, Phase.LETTER, "DATA", wanted=354)
        with _step(Phase.LETTER):
            line.give(self.timeouts.letter)
            line.send(_stuffed(letter.content))
        self.witness("before the dot")
        if not may_go():
            raise _Ended(Result(Outcome.TEMP, Phase.LETTER, fault=Fault.UNNOTED))
        with _step(Phase.CONFIRMATION):
            line.give(self.timeouts.confirmation)
            line.send(b".\r\n")
            self.witness("after the dot")
            code, words = line.getreply()
        result = told(Phase.CONFIRMATION, code, words)
        if result.outcome is Outcome.ACCEPTED:
            self.witness("after 250")
        return self._after(line, result)

    def _after(self, line: Line, result: Result) -> Result:
        line.letters += 1
        if result.code == 421 or result.outcome is Outcome.MAYBE:
            self._drop()
        elif line.letters >= LETTERS_PER_CONNECTION:
            self.close()
        return result

    def _connect(self) -> Line:
        with _step(Phase.CONNECTION):
            line = Line(_our_name(self.settings), self._reach())
        try:
            self._open(line)
        except _Ended:
            line.close()
            raise
        return line

    def _reach(self) -> socket.socket:
        if not self._context and not is_loopback(self.settings.mail_server):
            raise _Ended(Result(Outcome.TEMP, Phase.CONNECTION, fault=Fault.UNSAFE))
        reached = connected(self.settings.mail_server, self.settings.mail_port, self.timeouts.connect)
        if not self._context and not ip_address(reached.getpeername()[0]).is_loopback:
            reached.close()
            raise _Ended(Result(Outcome.TEMP, Phase.CONNECTION, fault=Fault.UNSAFE))
        return reached

    def _open(self, line: Line) -> None:
        """Greeting, encryption and sign-in: after this letters may be handed over."""
        if self.settings.mail_use_ssl:
            self._encrypt(line)
        with _step(Phase.CONNECTION):
            line.give(self.timeouts.command)
            _expect(Phase.CONNECTION, line.getreply(), 220)
        self._introduce(line)
        if self.settings.mail_use_tls:
            if not line.has_extn("starttls"):
                raise _Ended(Result(Outcome.TEMP, Phase.ENCRYPTION, fault=Fault.UNENCRYPTED))
            self._say(line, Phase.ENCRYPTION, "STARTTLS", wanted=220)
            self._encrypt(line)
            self._introduce(line)
        if self.settings.mail_username:
            self._sign_in(line)

    def _encrypt(self, line: Line) -> None:
        assert self._context is not None
        with _step(Phase.ENCRYPTION):
            line.give(self.timeouts.command)
            line.encrypt(self._context, self.settings.mail_server)

    def _introduce(self, line: Line) -> None:
        with _step(Phase.CONNECTION):
            line.give(self.timeouts.command)
            _expect(Phase.CONNECTION, line.ehlo(), 250)

    def _sign_in(self, line: Line) -> None:
        with _step(Phase.SIGN_IN):
            line.give(self.timeouts.command)
            try:
                line.login(self.settings.mail_username, self.settings.mail_password)
            except smtplib.SMTPAuthenticationError as refused:
                raise _Ended(told(Phase.SIGN_IN, refused.smtp_code, _as_bytes(refused.smtp_error))) from refused
            except smtplib.SMTPServerDisconnected:
                raise
            except (smtplib.SMTPException, UnicodeError) as error:
                raise _Ended(Result(Outcome.TEMP, Phase.SIGN_IN, fault=Fault.UNSIGNED)) from error

    def _say(self, line: Line, phase: Phase, verb: str, words: str = "", *, wanted: int = 250) -> None:
        """Say a command and go on if the answer is of the wanted hundred; otherwise end the try."""
        try:
            with _step(phase):
                line.give(self.timeouts.command)
                _expect(phase, line.docmd(verb, words), wanted)
        except _Ended as ended:
            refused = ended.result.code >= 400 and ended.result.code != 421
            if refused and phase not in BEFORE_ENVELOPE:
                ended.usable = self._started_over(line)
            raise

    def _started_over(self, line: Line) -> bool:
        """Have the mail system forget a refused letter; whether the next one can go over the same connection."""
        try:
            line.give(self.timeouts.command)
            return line.rset()[0] == 250
        except OSError:
            return False

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line:
            line.close()


@contextmanager
def _step(phase: Phase) -> Iterator[None]:
    """Whatever breaks the connection in here ends the try. The errors of smtplib and ssl and time-outs are OSErrors."""
    try:
        yield
    except (OSError, UnicodeError) as error:  # the second: a host name that cannot be one
        raise _Ended(broken(phase, error)) from error


def _expect(phase: Phase, reply: tuple[int, bytes], wanted: int) -> None:
    code, words = reply
    if code // 100 != wanted // 100:
        raise _Ended(told(phase, code, words))


def _as_bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _reports(letter: Composed, settings: Settings) -> tuple[str, str]:
    """What MAIL and RCPT ask of a server that offers to report (RFC 3461): on failure and delay only, naming the letter
    and the address as we know them, and without the letter, which nobody needs to carry about again."""
    named = f" ENVID={envelope_id(settings, letter.ref)}" if letter.ref else ""
    return f" RET=HDRS{named}", f" NOTIFY=FAILURE,DELAY ORCPT=rfc822;{_xtext(letter.recipient)}"


def _xtext(words: str) -> str:
    """Words as a parameter of a command: `+`, `=` and what cannot be printed by their number (RFC 3461, 4)."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in words)


def _stuffed(content: bytes) -> bytes:
    """A message as DATA wants it: a line that begins with a dot begins with two, and the last line is ended."""
    ended = content if content.endswith(b"\r\n") else content + b"\r\n"
    return ended.replace(b"\r\n.", b"\r\n..")


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS that verifies the certificate and the host name, by the authorities of the system and of the settings."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.mail_ca_file:
        context.load_verify_locations(settings.mail_ca_file)
    return context


def _our_name(settings: Settings) -> str:
    """The name we introduce ourselves by: never looked up, since a slow name server would hold the letter up."""
    return settings.service_host if "." in settings.service_host else "[127.0.0.1]"
