"""Addresses of our own files: each carries a digest of its content, so a browser may keep it for a year and never asks.

The digest is taken when a file is first named and again when the file has changed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from flask import current_app, url_for

_digests: dict[str, tuple[int, int, str]] = {}


def static_url(name: str) -> str:
    """The address of a file of `app/static`. Raises `FileNotFoundError`, which says what to do about fetched files."""
    return url_for("static", filename=name, v=digest(name))


def digest(name: str) -> str:
    """Twelve hexadecimal digits that change with the content of a file of `app/static`."""
    path = f"{current_app.static_folder}/{name}"
    try:
        found = os.stat(path)
    except FileNotFoundError as fault:
        raise FileNotFoundError(f"app/static/{name} is missing: install the project again to fetch it.") from fault
    kept = _digests.get(path)
    if kept is None or kept[:2] != (found.st_mtime_ns, found.st_size):
        kept = (found.st_mtime_ns, found.st_size, hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12])
        _digests[path] = kept
    return kept[2]


def address(endpoint: str, **values: object) -> str:
    """The address of a view, or an empty string where this app has no such view: for the layout's own links."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""  # type: ignore[arg-type]
