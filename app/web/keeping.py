"""A form that is refused before its view has seen it: whoever was signed out, lost a cookie or a role keeps the text.

A view that has a place for such text says how it is kept (`@rescued_by`). The pages for what went wrong ask here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from flask import current_app, g, request

from app.errors import Invalid
from app.web.incoming import Incoming, sent
from app.web.typed import MOST_GIVEN_BACK, OURS

View = TypeVar("View", bound=Callable[..., object])
Rescue = Callable[[], str]
"""Has what the request brought kept, afterwards, and says at which address it is offered back; empty where it is not
kept. It is called outside the view's own transaction, and for people who are not signed in. Raises `Invalid` for a text
that is too long to be kept."""
LONGEST_KEPT = 1_000_000
"""So many characters of one page: more than three times what any form takes."""


class Kept(NamedTuple):
    """For whom text is kept and what it is about: two public references."""

    about: str
    person: str


def key_for(whose: Kept) -> str:
    """What a page carries, so that its text can be kept though whoever sends it cannot be let in any more."""
    return _key(whose, current_app.config["SETTINGS"].secret_key)


def _key(whose: Kept, secret: str) -> str:
    said = "\x1f".join(("to keep what is typed", *whose)).encode()
    return ".".join((*whose, hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()))


def by_key() -> Kept | None:
    """Whose page the request brings, by the key that it carries; None where that is none of ours. A page may be open
    for longer than the key of the service stays the same: the key before counts, too."""
    given = sent(request, "kept_for")
    about, _, rest = given.partition(".")
    whose = Kept(about, rest.partition(".")[0])
    carried = given.encode("utf-8", "replace")
    ours = (_key(whose, secret).encode() for secret in current_app.config["SETTINGS"].secret_keys)
    return whose if any(hmac.compare_digest(carried, key) for key in ours) else None


def page_name(endpoint: str = "") -> str:
    """What the page that is asked for, or another about the same, is called in a key: its endpoint, and the references
    of what it is about."""
    return "-".join([*(endpoint or str(request.endpoint)).split("."), *(request.view_args or {}).values()])


def brought() -> list[tuple[str, str]]:
    """Every answer that a form brought, typed or chosen, as a form takes it again; nothing of more than is kept."""
    incoming, ours = Incoming.of(request), OURS | {"csrf_token"}
    pairs = [(key, text) for key, text in incoming.items(multi=True) if key not in ours and isinstance(text, str)]
    fits = len(pairs) <= MOST_GIVEN_BACK and incoming.characters <= LONGEST_KEPT
    return pairs if fits and any(text for _, text in pairs) else []


def rescued_by(rescue: Rescue) -> Callable[[View], View]:
    """Mark a view whose forms are kept even where they are refused."""

    def mark(view: View) -> View:
        view.rescue = rescue  # type: ignore[attr-defined]
        return view

    return mark


def rescued() -> str:
    """Keep what the request brought, if its view can; the address where it is offered back, or empty. Never raises."""
    if request.method != "POST" or request.endpoint is None:
        return ""
    rescue: Rescue | None = getattr(current_app.view_functions.get(request.endpoint), "rescue", None)
    if rescue is None:
        return ""
    try:
        return rescue()
    except Invalid as refusal:  # the page that gives the text back says this too
        g.not_kept = refusal.message
        return ""
    except Exception as fault:  # whatever it is, the text is given back on the page instead
        current_app.logger.error("a text could not be rescued: %s", type(fault).__name__)
        return ""
