"""What is the same for everybody is made once and kept: the page or file of an edition, by all that stands in it.

A browser that has it already is told so by its ETag.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from flask import Response, current_app, request

from app.organisations.models import Partnership
from app.packs.models import Edition
from app.packs.shown import Shown
from app.packs.standing import Standing
from app.web import page
from app.web.ahead import offer

KEPT, MOST_BYTES = 200, 64 * 1024 * 1024
HTML = "text/html; charset=utf-8"


class Kept:
    """Pages and files that were made, the last used ones; by a key that changes whenever one would. Files with pictures
    are large, so that fewer of them are kept."""

    def __init__(self) -> None:
        self.pages: OrderedDict[Hashable, tuple[bytes, str]] = OrderedDict()
        self.held = 0
        self.lock = Lock()

    def get(self, key: Hashable) -> tuple[bytes, str] | None:
        """A page and its digest, if it is kept."""
        with self.lock:
            found = self.pages.get(key)
            if found is not None:
                self.pages.move_to_end(key)
            return found

    def keep(self, key: Hashable, body: bytes) -> tuple[bytes, str]:
        """Keep a page, and let the one used longest ago go where there are too many."""
        with self.lock:
            self.held += len(body) - len(self.pages.pop(key, (b"", ""))[0])
            self.pages[key] = found = (body, hashlib.sha256(body).hexdigest()[:32])
            while len(self.pages) > KEPT or self.held > MOST_BYTES:
                self.held -= len(self.pages.popitem(last=False)[1][0])
            return found


def answer(
    store: str, key: Hashable, made: Callable[[], bytes], content_type: str = HTML, *, ahead_by: Shown | None = None
) -> Response:
    """What is kept under a key in one of the app's stores, or what `made` makes of it now. With `ahead_by` it is
    answered ahead of Flask from now on, while that stands."""
    kept: Kept = current_app.extensions[store]
    body, digest = kept.get(key) or kept.keep(key, made())
    response = Response(body, content_type=content_type, headers={"Cache-Control": "no-cache"})
    response.set_etag(digest)
    if ahead_by is not None:
        offer(response, ahead_by.facts, ahead_by.again)
    response.make_conditional(request)
    return response


def withdrawn(edition: Edition, partnership: Partnership | None) -> Response | None:
    """What there is to read in place of a pack that was withdrawn; None where it was not."""
    if edition.pack.standing is not Standing.WITHDRAWN:
        return None
    return page("packs/_withdrawn.html", 410, cache="no-cache", edition=edition, partnership=partnership)
