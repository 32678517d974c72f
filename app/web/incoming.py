"""What a form sent, cleaned: the one door through which a form's text enters.

Text that cannot be kept (a lone surrogate) is held in a form that can be shown again, and its key is named in `broken`
with the reason, so that the person sees what was typed beside the fault instead of an error page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from io import BytesIO
from typing import IO, Any

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from app.errors import Invalid
from app.text import clean, loses

# No field of ours has a longer name. A key in another alphabet is not ours either, and WTForms fails on some
# of them: it takes a superscript digit for the number of a row.
OUR_KEYS = re.compile(r"[A-Za-z0-9_.-]{1,120}")
_SURROGATES = re.compile("[\ud800-\udfff]")
# The longest form of ours ticks every team of a large partnership. Half a million tiny fields fit into the largest body
# that is taken, and would keep a processor busy for ten seconds, whoever sends them.
MOST_FIELDS = 10_000
LEFT_OUT = "Signs that no page can show were left out of your text. Everything else is as you typed it."


class FewEnough(FormDataParser):
    """Reads forms of a bounded number of fields. Raises `RequestEntityTooLarge` before it takes more of them apart."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        """As werkzeug does."""
        if mimetype == "application/x-www-form-urlencoded":
            body = stream.read()
            # A body sent in pieces ends where the limit is: only a further read says that there is more.
            if stream.read(1) or body.count(b"&") >= MOST_FIELDS:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class OurRequest(Request):
    """A request as this service takes it."""

    form_data_parser_class = FewEnough


def presentable(text: str) -> tuple[str, str]:
    """Clean text, and why it could not be kept as it was (empty where it could)."""
    try:
        return clean(text), ""
    except Invalid as refusal:
        return clean(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)), refusal.message


class Incoming(MultiDict[str, Any]):
    """The keys and values of a form as WTForms reads them: every string cleaned, every key one of ours. `left_out` says
    whether cleaning took something away, so that nobody loses a character without being told."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__()
        self.broken: dict[str, str] = {}
        self.left_out = False
        for key, value in pairs:
            if not OUR_KEYS.fullmatch(key):
                continue
            if isinstance(value, str):
                self.left_out = self.left_out or loses(value)
                value, fault = presentable(value)
                if fault:
                    self.broken[key] = fault
            self.add(key, value)

    @cached_property
    def characters(self) -> int:
        """How many characters of text came in altogether."""
        return sum(len(value) for values in self.listvalues() for value in values if isinstance(value, str))

    @classmethod
    def of(cls, request: Request) -> Incoming:
        """What a request brought, as a form or as JSON (an object of strings and lists of strings)."""
        if request.is_json:
            return cls(_pairs(_json(request)))
        return cls([*request.form.items(multi=True), *request.files.items(multi=True)])


def sent(request: Request, name: str) -> str:
    """One text that a form brought, cleaned: for what stands in no field, such as which button was pressed."""
    if request.is_json:
        return next((presentable(text)[0] for key, text in _pairs(_json(request)) if key == name), "")
    return presentable(request.form.get(name, ""))[0]


def sent_under(request: Request, prefix: str) -> dict[str, str]:
    """Every text that a form brought under a name that begins so, by the rest of its name."""
    found = ((key, text) for key, text in request.form.items() if key.startswith(prefix) and OUR_KEYS.fullmatch(key))
    return {key.removeprefix(prefix): presentable(text)[0] for key, text in found}


def names_sent(request: Request) -> list[str]:
    """The names under which a request brought something, each once and as it came."""
    if request.is_json:
        return list(found) if isinstance(found := _json(request), dict) else []
    return list(dict.fromkeys([*request.form, *request.files]))


def brings_files(request: Request) -> bool:
    """Whether a file came with a form: an empty box for one brings none."""
    return any(file.filename for file in request.files.values())


def _json(request: Request) -> Any:
    """What a request brought as JSON; None for what is none, or is nested too deep to be a form's."""
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _pairs(found: Any) -> list[tuple[str, str]]:
    """The strings of a JSON object under their keys; whatever else it holds is not a form's."""
    if not isinstance(found, dict):
        return []
    listed = [(key, value if isinstance(value, list) else [value]) for key, value in found.items()]
    pairs = [(key, item) for key, values in listed for item in values if isinstance(item, str)]
    if len(pairs) > MOST_FIELDS:
        raise RequestEntityTooLarge
    return pairs
