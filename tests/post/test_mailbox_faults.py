"""A server of a mailbox that misbehaves is left in time, with little memory, and told of in words."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from app.database import Database
from app.post.collecting import Collector
from app.post.mailbox import BEGINNING, Mailbox
from app.post.mailbox_line import LARGEST_LITERAL, Trouble, Unusable
from app.settings import Settings

Answers = dict[str, bytes | None]
"""By the beginning of a command: what is answered before `OK`; None: nothing at all, ever."""
NORMAL: Answers = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS\r\n",
    "SELECT": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n",
    "UID SEARCH": b"* SEARCH 4 5\r\n",
    "UID FETCH": b"* 1 FETCH (UID 4 BODY[]<0> {2}\r\nhi)\r\n",
}


class Server:
    """Answers as it is told to, one command after the other, in the clear."""

    def __init__(self, greeting: bytes, answers: Answers) -> None:
        self.greeting, self.answers, self.said = greeting, answers, list[str]()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.over = threading.Event()
        self.drips: Callable[[socket.socket], None] | None = None

    def serve(self) -> None:
        """Serve one connection."""
        with suppress(OSError):
            connection, _ = self.listener.accept()
            with connection:
                connection.sendall(self.greeting)
                if self.drips:
                    self.drips(connection)
                for line in connection.makefile("rb"):
                    if not self._answer(connection, line.decode("latin-1").strip()):
                        break
                self.over.wait(30)

    def _answer(self, connection: socket.socket, line: str) -> bool:
        tag, _, command = line.partition(" ")
        self.said.append(command)
        answer = next((told for start, told in self.answers.items() if command.startswith(start)), b"")
        if answer is None:
            return False
        if answer == b"ends":
            connection.shutdown(socket.SHUT_RDWR)
            return False
        done = b"" if b"TAG " in answer else tag.encode() + b" OK done\r\n"
        connection.sendall(answer.replace(b"TAG ", tag.encode() + b" ") + done)
        return True


@contextmanager
def serving(
    greeting: bytes = b"* OK hello\r\n", drips: Callable[[socket.socket], None] | None = None, **changes: bytes | None
) -> Iterator[Server]:
    """A server, for one connection."""
    told = {name.replace("_", " "): answer for name, answer in changes.items()}
    server = Server(greeting, {**told, **{name: said for name, said in NORMAL.items() if name not in told}})
    server.drips = drips
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.listener.close()
        thread.join(5)


def towards(server: Server) -> Settings:
    return Settings(
        bounce_imap_server="127.0.0.1",
        bounce_imap_port=server.port,
        bounce_imap_use_ssl=False,
        bounce_imap_username="me",
        bounce_imap_password='a "word"',
    )


def visit(server: Server, step: float = 0.4) -> bytes | None:
    """What is in the first unread message, by way of all that is asked otherwise."""
    with Mailbox.opened(towards(server), connect=1, step=step) as mailbox:
        assert (mailbox.validity, mailbox.unread(9)) == (7, [4, 5])
        content = mailbox.beginning(4)
        mailbox.remove(4)
        mailbox.put_aside(5)
        return content


def trouble_with(server: Server, step: float = 0.4) -> Trouble:
    began = time.monotonic()
    with pytest.raises(Unusable) as caught:
        visit(server, step)
    assert time.monotonic() - began < 4
    return caught.value.trouble


def test_what_is_said_to_a_server_that_behaves() -> None:
    with serving() as server:
        assert visit(server) == b"hi"
    assert server.said == [
        "CAPABILITY",
        'LOGIN me "a \\"word\\""',
        'SELECT "INBOX"',
        "CAPABILITY",
        "UID SEARCH 1:* UNSEEN",
        f"UID FETCH 4 (BODY.PEEK[]<0.{BEGINNING}>)",
        "UID STORE 4 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 4",
        "UID STORE 5 +FLAGS.SILENT (\\Seen)",
        "LOGOUT",
    ]


STEPS = ["CAPABILITY", "LOGIN", "SELECT", "UID_SEARCH", "UID_FETCH", "UID_STORE", "UID_EXPUNGE"]


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_falls_silent_is_left_in_time(step: str) -> None:
    with serving(**{step: None}) as server:
        assert trouble_with(server) is Trouble.SILENT


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_breaks_off_is_told_of(step: str) -> None:
    with serving(**{step: b"ends"}) as server:
        assert trouble_with(server) is Trouble.BROKEN


@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        ("LOGIN", Trouble.UNSIGNED),
        ("SELECT", Trouble.NO_FOLDER),
        ("UID_SEARCH", Trouble.REFUSED),
        ("UID_FETCH", Trouble.REFUSED),
        ("UID_STORE", Trouble.REFUSED),
    ],
)
def test_a_server_that_says_no_is_told_of(step: str, trouble: Trouble) -> None:
    with serving(**{step: b"TAG NO [SERVERBUG] not so\r\n"}) as server:
        assert trouble_with(server) is trouble


def test_a_server_that_takes_nobody_in_for_now_has_not_refused_the_password() -> None:
    with serving(LOGIN=b"TAG NO [UNAVAILABLE] later\r\n") as server:
        assert trouble_with(server) is Trouble.BUSY


def test_a_server_that_says_a_byte_now_and_then_is_left_in_time() -> None:
    def drips(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"*")
            time.sleep(0.05)

    with serving(b"", drips) as server:
        assert trouble_with(server) is Trouble.SILENT


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("UID_FETCH", b"* 1 FETCH (UID 4 BODY[]<0> {%d}\r\n" % (LARGEST_LITERAL + 1)),
        ("UID_FETCH", b"* 1 FETCH (UID 4 BODY[]<0> {99999999999}\r\n"),
        ("UID_SEARCH", b"* SEARCH" + b" 1" * 50_000),
    ],
)
def test_an_answer_that_is_too_long_is_not_listened_to(step: str, answer: bytes) -> None:
    with serving(**{step: answer}) as server:
        assert trouble_with(server, 3) is Trouble.BROKEN


def test_a_line_without_an_end_is_not_listened_to() -> None:
    with serving(b"", lambda connection: connection.sendall(b"* OK " + b"x" * 200_000)) as server:
        assert trouble_with(server, 3) is Trouble.BROKEN


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("UID_SEARCH", b"* SEARCH four\r\n"),
        ("UID_FETCH", b"* 1 FETCH (UID 4 BODY[]<0>\r\n"),
        ("SELECT", b"* many EXISTS\r\n"),
        ("SELECT", b"what?\r\n"),
    ],
)
def test_an_answer_that_makes_no_sense_is_told_of(step: str, answer: bytes) -> None:
    with serving(**{step: answer}) as server:
        assert trouble_with(server) in (Trouble.GARBLED, Trouble.BROKEN, Trouble.REFUSED)


@pytest.mark.parametrize("greeting", [b"* BYE too many\r\n", b"220 smtp here\r\n"])
def test_a_server_that_greets_nobody_is_told_of(greeting: bytes) -> None:
    with serving(greeting) as server:
        assert trouble_with(server) in (Trouble.REFUSED, Trouble.BROKEN)


@pytest.mark.parametrize(
    "select",
    [
        b"* 3 EXISTS\r\nTAG OK [READ-ONLY] done\r\n",
        b"* 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\Answered \\Seen)] ok\r\nTAG OK [READ-WRITE] done\r\n",
    ],
)
def test_a_mailbox_that_may_only_be_read_is_not_read(select: bytes) -> None:
    with serving(SELECT=select) as server:
        assert trouble_with(server) is Trouble.READ_ONLY


def test_a_message_that_the_server_does_not_give_is_gone_or_refused() -> None:
    with serving(UID_FETCH=b"") as server:
        assert trouble_with(server) is Trouble.REFUSED
    assert "NOOP" in server.said


# What becomes of the other messages: there are 4 and 5

REFUSED, FIFTH = b"TAG NO [SERVERBUG] not so\r\n", b"* 2 FETCH (UID 5 BODY[]<0> {2}\r\nhi)\r\n"


def test_a_message_that_the_server_refuses_stops_no_other(database: Database) -> None:
    with serving(UID_FETCH_4=REFUSED, UID_FETCH=FIFTH) as server:
        looks = Collector(database=database, settings=towards(server), step=1)
        assert not looks.run(once=True)
    assert (looks.trouble, looks.left) == (Trouble.STUBBORN, 1)
    assert [line for line in server.said if "STORE" in line] == ["UID STORE 5 +FLAGS.SILENT (\\Seen)"]


def test_a_message_that_is_refused_because_it_is_gone_is_no_trouble(database: Database) -> None:
    with serving(UID_FETCH_4=REFUSED, UID_FETCH=FIFTH, UID_SEARCH_UID=b"* SEARCH\r\n") as server:
        looks = Collector(database=database, settings=towards(server), step=1)
        assert looks.run(once=True), looks.trouble
    assert looks.left == 1


def test_a_message_that_our_own_fault_is_met_with_stops_no_other(database: Database) -> None:
    met: list[str] = []

    def fault(point: str) -> None:
        met.append(point)
        if len(met) == 1:
            raise ZeroDivisionError

    with serving(UID_FETCH_5=FIFTH) as server:
        looks = Collector(database=database, settings=towards(server), step=1, witness=fault)
        assert not looks.run(once=True)
    assert (looks.trouble, looks.left) == (Trouble.STUBBORN, 1)
    assert [line for line in server.said if "STORE" in line] == ["UID STORE 5 +FLAGS.SILENT (\\Seen)"]


def test_a_server_that_falls_silent_over_every_message_is_left_after_a_few(database: Database) -> None:
    with serving(UID_FETCH=None) as server:
        looks = Collector(database=database, settings=towards(server), connect=0.3, step=0.3)
        began = time.monotonic()
        assert not looks.run(once=True)
        assert time.monotonic() - began < 5
    assert looks.trouble == Trouble.SILENT


def test_nothing_is_said_to_a_server_elsewhere_without_encryption() -> None:
    settings = Settings(bounce_imap_server="192.0.2.1", bounce_imap_use_ssl=False)
    with pytest.raises(Unusable, match="only over an encrypted"), Mailbox.opened(settings, connect=1):
        pass


def test_a_server_that_speaks_no_tls_is_told_of() -> None:
    with serving() as server:
        settings = Settings(bounce_imap_server="127.0.0.1", bounce_imap_port=server.port)
        with pytest.raises(Unusable) as caught, Mailbox.opened(settings, connect=1, step=1):
            pass
    assert caught.value.trouble is Trouble.UNAGREED
    assert not any("LOGIN" in line or "AUTHENTICATE" in line for line in server.said)
