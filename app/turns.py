"""Lets the writers of one process ask SQLite for its lock one after the other.

SQLite keeps no line: it lets in whoever asks next, and who has waited long asks seldom. Of many writers at once one can
wait in vain until its patience ends, while all others, those that came later too, have written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """A line of threads: one at a time may ask."""

    def __init__(self) -> None:
        self._lock = Lock()

    @contextmanager
    def taken(self, seconds: float) -> Iterator[None]:
        """Wait for a turn, so many seconds at most (0: not at all); it ends with the block. Who got none asks all the
        same: what is before may be stuck, and is no reason to refuse."""
        mine = self._lock.acquire(timeout=seconds) if seconds else False
        try:
            yield
        finally:
            if mine:
                self._lock.release()
