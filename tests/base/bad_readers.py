"""Readers of uploads that do what they should not. In the tests of the box they stand beside the modules of `app`."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

from app.word_files import opened


def echo(file: bytes, told: Any) -> Any:
    """What it was given."""
    return [file.decode(), told, sorted(os.environ)]


def spin(file: bytes, told: Any) -> Any:
    """Take all the processor."""
    while True:
        pass


def sleep(file: bytes, told: Any) -> Any:
    """Take all the time."""
    time.sleep(60)


def gobble(file: bytes, told: Any) -> Any:
    """Take all the memory."""
    return "x" * 2_000_000_000


def flood(file: bytes, told: Any) -> Any:
    """Answer with far too much."""
    piece = b"x" * 1_000_000
    while True:
        os.write(told, piece)


def much(file: bytes, told: Any) -> Any:
    """Answer with more than is taken."""
    return ["x" * 1_000_000] * told


def garbage(file: bytes, told: Any) -> Any:
    """Write what is no answer."""
    os.write(told, b"{")
    os._exit(0)


def connect(file: bytes, told: Any) -> Any:
    """Tell somebody outside."""
    with socket.create_connection(("127.0.0.1", told), timeout=1) as line:
        line.sendall(file)


def look(file: bytes, told: Any) -> Any:
    """Read another file."""
    return Path(told).read_text()


def keep(file: bytes, told: Any) -> Any:
    """Leave a process behind, which ignores being asked to end."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
        os._exit(0)
    time.sleep(60)


def fail(file: bytes, told: Any) -> Any:
    """Have a fault, which quotes what somebody wrote."""
    raise ValueError(file)


def look_at_word(file: bytes, told: Any) -> Any:
    """Do as a good one does: look at a Word file first."""
    return opened(file).namelist()
