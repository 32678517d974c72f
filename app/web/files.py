"""A file that somebody chooses or drops. Nothing of it is believed, neither its name nor its kind."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from werkzeug.datastructures import FileStorage

from app.web.fields import Entry
from app.web.widgets import component, described

MOST_UPLOADED = 12 * 1024 * 1024
"""Bytes of a request that brings a file: more than any file that is taken, so that a larger one is told so in words."""


def takes_files(view: Any) -> Any:
    """Mark a view whose form brings a file: its requests may be larger."""
    view.largest_body = MOST_UPLOADED
    return view


def _chooser(field: FileField, **options: Any) -> Markup:
    params, rest = described(field, options, group=False)
    attributes = {"accept": field.accept, **rest}
    return component("file-upload", {**params, "javascript": True, "attributes": attributes})


class FileField(Entry):
    """One file. `data` is its bytes, empty where none was chosen. `accept` are the endings that a browser offers."""

    widget = staticmethod(_chooser)
    data: bytes

    def __init__(self, label: str | None = None, validators: Any = None, *, accept: str = "", **kw: Any):
        super().__init__(label, validators, **kw)
        self.accept = accept

    def process_data(self, value: Any) -> None:
        self.data = b""

    def process_formdata(self, valuelist: list[Any]) -> None:
        chosen = next((value for value in valuelist if isinstance(value, FileStorage)), None)
        self.data = chosen.read() if chosen else b""
        if chosen:
            chosen.close()
