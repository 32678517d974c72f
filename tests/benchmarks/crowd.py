"""Many who ask for the same page at once, each again as soon as answered: how many answers a server gives in a second.

One thread with a few open connections, which costs little beside a server. The first answer is looked through.
"""

from __future__ import annotations

import re
import selectors
import socket
import time

PEOPLE = 8
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")


class Crowd:
    """Those who ask one server for one path, with further `headers`, and want answers of one status."""

    def __init__(self, port: int, path: str, status: int = 200, headers: str = "") -> None:
        self.port, self.wanted = port, b" %d " % status
        self.question = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()

    def answers_per_second(self, seconds: float) -> float:
        """Ask for so long, over new connections. Raises `RuntimeError` for an answer that was not wanted."""
        with selectors.DefaultSelector() as waiting:
            asking = [_Asker(self) for _ in range(PEOPLE)]
            for one in asking:
                waiting.register(one.socket, selectors.EVENT_READ, one)
            began, answers = time.perf_counter(), 0
            while (spent := time.perf_counter() - began) < seconds:
                for key, _ in waiting.select(timeout=1):
                    answers += key.data.read()
            for one in asking:
                one.socket.close()
        return answers / spent


class _Asker:
    """One of them, with a connection of her own."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd, self.head, self.left = crowd, b"", 0
        self.socket = socket.create_connection(("127.0.0.1", crowd.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(crowd.question)

    def read(self) -> bool:
        """Read what is there; whether an answer is whole by now. Then the next is asked for."""
        came = self.socket.recv(1 << 18)
        if not came:
            raise RuntimeError("the server closed a connection")
        if not self.left:
            self.head += came
            head, end, body = self.head.partition(b"\r\n\r\n")
            if not end:
                return False
            if self.crowd.wanted not in head[:16]:
                raise RuntimeError(f"answered {head.splitlines()[0]!r}")
            length = _LENGTH.search(head)
            self.head, self.left = b"", int(length[1]) if length else 0
            came = body
        self.left -= len(came)
        if self.left:
            return False
        self.socket.sendall(self.crowd.question)
        return True
