"""Ports on loopback for servers that must be told a number before they start, and keep it over a restart."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress

# Below the numbers that a machine gives out by itself, for connections and for servers that ask for any: nobody is
# given one of ours between our choosing it and the server's start, or while the server is down.
_OURS = range(10240, 32000)

_held: list[socket.socket] = []


def own_port() -> int:
    """A port that nobody uses and that no other test is given while this process lives."""
    for port in random.sample(_OURS, k=len(_OURS)):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)), ExitStack() as unless_held:
            sign = unless_held.enter_context(socket.socket(socket.AF_UNIX))
            sign.bind(f"\0circulation-test-port-{port}")  # A name without a file: it goes with the process.
            unless_held.pop_all()
            _held.append(sign)
            return port
    raise RuntimeError("No port of loopback is free.")
