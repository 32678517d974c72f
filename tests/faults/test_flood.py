"""A file of 200 MB is sent to the page that takes files, as people do and as only an attacker does: the web server
turns it away without keeping or holding it, spends next to nothing on it, and answers everybody else meanwhile.

What it spends is counted as processor time: how long the 200 MB are on their way says nothing of the service.
"""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.lines import Ground
from tests.faults.web_site import Site, Visitor, site

MB = 1024 * 1024
SENT, PIECE = 200 * MB, 64 * 1024
MOST_MEMORY, MOST_SECONDS = 50 * MB, 6.0
LOOKED_EVERY = 32  # pieces
END = b"\r\n--parts--\r\n"
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # no database has a part in this


@pytest.fixture
def there(ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A web server that puts down what it cannot hold in a folder of its own."""
    (tmp_path / "spool").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "spool"))
    with site(ground) as made:
        yield made


class Spending:
    """What the processes of a web server have spent and hold, by what the system says of them."""

    def __init__(self, port: int) -> None:
        bind = f"--bind=127.0.0.1:{port}".encode()
        commands = {path.parent: _of(path) for path in Path("/proc").glob("[0-9]*/cmdline")}
        self.processes = [path for path, command in commands.items() if bind in command.split(b"\0")]
        assert len(self.processes) == 2, "the master and its worker"

    def forget(self) -> None:
        """Have the highest mark of memory begin again."""
        for process in self.processes:
            (process / "clear_refs").write_text("5")

    def memory(self, mark: str) -> int:
        """Bytes held: now (`VmRSS`), or at the most (`VmHWM`)."""
        return sum(_status(process, mark) for process in self.processes)

    def seconds(self) -> float:
        """Of the processor, with those of children that have ended."""
        told = [_of(process / "stat").rpartition(b")")[2].split() for process in self.processes]
        return sum(int(spent) for one in told for spent in one[11:15]) / TICKS

    def put_down(self) -> set[str]:
        """Files that are open and have no name any more."""
        opened = (link for process in self.processes for link in (process / "fd").iterdir())
        return {str(link) for link in opened if " (deleted)" in _target(link)}


def _of(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def _target(link: Path) -> str:
    with suppress(OSError):
        return os.readlink(link)
    return ""


def _status(process: Path, mark: str) -> int:
    lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(lines[mark].split()[0]) * 1024


def in_whole(head: bytes, pieces: int) -> Iterator[bytes]:
    """With its length said before."""
    yield f"Content-Length: {len(head) + pieces * PIECE + len(END)}\r\n\r\n".encode() + head
    yield from [b"x" * PIECE] * pieces
    yield END


def in_chunks(head: bytes, pieces: int) -> Iterator[bytes]:
    """Without a length."""
    yield f"Transfer-Encoding: chunked\r\n\r\n{len(head):x}\r\n".encode() + head + b"\r\n"
    yield from [f"{PIECE:x}\r\n".encode() + b"x" * PIECE + b"\r\n"] * pieces
    yield f"{len(END):x}\r\n".encode() + END + b"\r\n0\r\n\r\n"


Way = Callable[[bytes, int], Iterator[bytes]]


def flood(visitor: Visitor, path: str, token: str, way: Way, meanwhile: Callable[[], None]) -> bytes:
    """Send it until the connection is closed, and look at the service while it is on its way; what came back."""
    parts = [f'name="csrf_token"\r\n\r\n{token}', 'name="file"; filename="sheet.docx"\r\n\r\n']
    head = "".join(f"\r\n--parts\r\nContent-Disposition: form-data; {part}" for part in parts).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{visitor.port}", f"Cookie: {cookies}", "Connection: close"]
    lines += ["Content-Type: multipart/form-data; boundary=parts", f"Origin: http://127.0.0.1:{visitor.port}"]
    with socket.create_connection(("127.0.0.1", visitor.port), timeout=60) as line:
        with suppress(ConnectionError):
            line.sendall("\r\n".join([*lines, ""]).encode())
            for number, piece in enumerate(way(head, SENT // PIECE)):
                line.sendall(piece)
                if number % LOOKED_EVERY == 1:
                    meanwhile()
        return _answer(line)


def _answer(line: socket.socket) -> bytes:
    came = b""
    with suppress(ConnectionError):
        while more := line.recv(PIECE):
            came += more
    return came


def test_a_file_of_200_mb_costs_nothing_leaves_nothing_and_holds_nobody_up(there: Site) -> None:
    visitor, others = there.visitor(), Visitor(there.port)
    path = f"/asked/{there.asked()}/upload"
    token = visitor.get(path).form("/upload")["csrf_token"]
    for _ in range(3):
        assert visitor.post(path, {"csrf_token": token}, file=b"x" * MB).status == 422
    spending = Spending(there.port)
    for who, way in itertools.product((visitor, others), (in_whole, in_chunks)):
        held, spent, open_files = spending.memory("VmRSS"), spending.seconds(), spending.put_down()
        spending.forget()
        meanwhile: list[int] = []
        answer = flood(who, path, token, way, lambda seen=meanwhile: seen.append(others.get("/sign-in").status))
        assert spending.memory("VmHWM") - held < MOST_MEMORY
        assert spending.seconds() - spent < MOST_SECONDS
        assert answer == b"" or (b" 413 " in answer.split(b"\r\n")[0] and b"That is too much at once" in answer)
        assert set(meanwhile) == {200} and visitor.get(path).status == 200
        assert spending.put_down() <= open_files and not list((there.folder.parent / "spool").iterdir())
