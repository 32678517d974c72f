"""A file that somebody chooses or drops. Nothing of it is believed, neither its name nor its kind."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from werkzeug.datastructures import FileStorage

from app.web.fields import Entry
from app.web.widgets import component, described

MOST_UPLOADED = 12 * 1024 * 1024
"""Bytes of a request that brings a file: more than any file that is taken, so that a larger one is told so in words."""


def to_be_kept(name: str) -> str:
    """The Content-Disposition of a file that a browser keeps and does not show: its name in ASCII, and where that is
    not the whole of it, the whole as well (RFC 6266)."""
    plain = name.encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9 ._()-]+", "-", plain).strip(" -") or "file"
    whole = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{whole}'


def takes_files(view: Any) -> Any:
    """Mark a view whose form brings a file: its requests may be larger."""
    view.largest_body = MOST_UPLOADED
    return view


def _chooser(field: FileField, **options: Any) -> Markup:
    params, rest = described(field, options, group=False)
    attributes = {"accept": field.accept, **rest}
    return component("file-upload", {**params, "javascript": True, "attributes": attributes})


class FileField(Entry):
    """One file. `data` is its bytes, empty where none was chosen, and `given_name` what the browser called it, as it
    came. `accept` are the endings that a browser offers."""

    widget = staticmethod(_chooser)
    data: bytes
    given_name: str = ""

    def __init__(self, label: str | None = None, validators: Any = None, *, accept: str = "", **kw: Any):
        super().__init__(label, validators, **kw)
        self.accept = accept

    def process_data(self, value: Any) -> None:
        self.data = b""

    def process_formdata(self, valuelist: list[Any]) -> None:
        chosen = next((value for value in valuelist if isinstance(value, FileStorage)), None)
        self.data = chosen.read() if chosen else b""
        if chosen:
            self.given_name = chosen.filename or ""
            chosen.close()
