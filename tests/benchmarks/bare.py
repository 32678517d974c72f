"""A bare WSGI app that answers everything with the bytes of one file: the most that the same server can do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

FILE = "BARE_FILE"

App = Callable[[dict[str, object], Callable[..., object]], Iterable[bytes]]


def serving() -> App:
    """An app with the file that the environment names."""
    body = Path(os.environ[FILE]).read_bytes()
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]

    def app(environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [body]

    return app
