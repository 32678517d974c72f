"""What a person typed, given back: no page that ends a form's journey may swallow it.

Only for forms of our own pages (a browser says where a form came from), so that nobody else's page can put words here.
Left out: the token, codes, which are of no use a second time, and what a page wrote into its form for itself.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flask import Request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from app.web.incoming import Incoming, brings_files, presentable
from app.web.widgets import boxed

# Larger than any form we take, so that one that was refused for its size can still be given back.
LARGEST_GIVEN_BACK = 6 * 1024 * 1024
# More answers than any page asks for; each makes a box of its own, many times the size of an empty answer.
MOST_GIVEN_BACK = 1_000
_NEVER = re.compile(r"(^|[_.-])(csrf_token|code|password)$")
# What pages of ours write into their forms for themselves, and the names of buttons.
OURS = frozenset(
    {"version", "opening", "seen", "once", "signing", "digest", "meeting_of", "do", "look", "kept_for", "part", "key"}
    | {"where", "replace", "tick_list", "delete_list", "sure"}
    | {"flagged", "of_state", "of_reason", "looked", "which", "piece", "to"}
)
# What is chosen and not typed: its values are keys, in which nobody would know again what she ticked.
CHOSEN = frozenset(
    {"answers", "decision", "organisation", "parts", "quotable", "partnerships", "sharing"}
    | {
        "hour",
        "how",
        "kind",
        "month",
        "pack",
        "partnership",
        "received",
        "section",
        "sending",
        "setting",
        "standing",
        "type",
        "who",
    }
)
# References, digests and keys in hidden fields: nobody types these.
_MACHINE = re.compile(r"(?=[a-z]*\d)[0-9a-hjkmnp-tv-z]{12}|[0-9a-f]{32,}|(?=\D*\d)[\w-]{40,}", re.ASCII)
_UNTYPED_IN_ROW = re.compile(r"-\d+-(key|kind|type)$|^look-\w+-where$")
_DATE_PART = re.compile(r"-(day|month|year)$")
_WORDS = re.compile(r"[_.-]+")
_POINT = re.compile(r"^points-(.+)-words$")  # the words under a question


class Typed(NamedTuple):
    """One answer: the name of its field in words, and the text."""

    label: str
    text: str

    @property
    def boxed(self) -> Markup:
        """The text as it stands in a text box."""
        return boxed(self.text)

    @property
    def rows(self) -> int:
        """How many lines a box needs to show it, within reason."""
        lines = sum(1 + len(line) // 70 for line in self.text.split("\n"))
        return min(lines, 30)


def typed_text(request: Request) -> list[Typed]:
    """Every answer that came with a request, a date's parts as one; empty for anything but a form of our own pages.

    Never raises and needs no database: it is called while something else has already gone wrong.
    """
    if request.method in ("GET", "HEAD", "OPTIONS") or not from_our_pages(request):
        return []
    try:
        request.max_content_length = request.max_form_memory_size = LARGEST_GIVEN_BACK
        incoming = Incoming.of(request)
    except (HTTPException, OSError, ValueError):
        return []
    answers: dict[str, list[str]] = {}
    for key, value in incoming.items(multi=True):
        if isinstance(value, str) and _is_typed(key, value) and (key in answers or len(answers) < MOST_GIVEN_BACK):
            answers.setdefault(_DATE_PART.sub("", key), []).append(value)
    dated = {_DATE_PART.sub("", key) for key in incoming if _DATE_PART.search(key)}
    return [Typed(_label(key), (" " if key in dated else "\n").join(texts)) for key, texts in answers.items()]


def to_send_again(request: Request) -> list[tuple[str, str]]:
    """Everything that a form of our own page brought but its token, to be sent once more by a button; empty where the
    browser does not say itself that it was our page, so that nobody can have a form of theirs sent by a click."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "same-origin" or brings_files(request):
        return []
    pairs = [(key, text) for key, text in Incoming.of(request).items(multi=True) if key != "csrf_token"]
    return pairs if len(pairs) <= MOST_GIVEN_BACK else []


def _is_typed(key: str, text: str) -> bool:
    return (
        key not in OURS | CHOSEN
        and not _UNTYPED_IN_ROW.search(key)
        and not _NEVER.search(key)
        and not all(_MACHINE.fullmatch(word) for word in text.split())
    )


def from_our_pages(request: Request) -> bool:
    """Whether the browser says that this form stood on a page of this service (or that a person sent it again)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    return request.headers.get("Origin", "").rstrip("/") == request.host_url.rstrip("/")


def _label(key: str) -> str:
    """`actions-0-what` as `Actions 1 what` (rows are counted from one), `points-what-is-nai-words` as `What is nai`."""
    key = _POINT.sub(r"\1", key)
    words = " ".join(str(int(word) + 1) if word.isdecimal() else word for word in _WORDS.split(key) if word)
    return presentable(words[:1].upper() + words[1:])[0]
