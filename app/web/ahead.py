"""Pages that are the same for everybody, answered ahead of Flask as long as they would be made the same again.

The database is asked, at a glance, for all that such a page was made of: for whoever has a cookie each time, for the
others ten times a second at most, and again after whatever this process has changed. So there is nothing to tell the
other processes: a pack that is withdrawn is gone from each of them a tenth of a second later.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import is_resource_modified

from app.database import db

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT = 200
LOOKED_AFTER = 0.1
"""For so many seconds a page that stood is taken to stand."""
IN_A_304 = {"cache-control", "etag", "vary"}
"""What RFC 9110 (15.4.5) has beside a date in an answer that only says that nothing has changed."""


@dataclass(slots=True)
class Page:
    """A page, what it was made of, and what tells of what it would be made now; and when that was last the same."""

    made_of: Hashable
    made_of_now: Callable[[], Hashable]
    etag: str
    headers: list[tuple[str, str]]
    headers_of_304: list[tuple[str, str]]
    body: bytes
    stood_at: float = 0.0


class Ahead:
    """What stands before Flask. By address it keeps the pages last asked for, as views have offered them."""

    def __init__(self, app: Flask) -> None:
        self._flask: WSGIApplication = app.wsgi_app
        self._logger = app.logger
        self._pages: dict[str, Page] = {}
        self._lock = Lock()
        self._changed_at = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the page that is kept, or have Flask answer."""
        page = self._good(environ) if _is_plain(environ) else None
        if page is None:
            return self._flask(environ, start_response)
        if "HTTP_IF_NONE_MATCH" in environ and not is_resource_modified(environ, page.etag):
            start_response("304 NOT MODIFIED", page.headers_of_304)
            return []
        start_response("200 OK", page.headers)
        return [page.body]

    def keep(self, path: str, page: Page) -> None:
        """Keep a page, and let the one kept longest go where there are too many."""
        with self._lock:
            self._pages.pop(path, None)
            self._pages[path] = page
            if len(self._pages) > KEPT:
                del self._pages[next(iter(self._pages))]

    def changed(self) -> None:
        """This process changes something: no page is taken to stand as it did."""
        self._changed_at = monotonic()

    def _good(self, environ: WSGIEnvironment) -> Page | None:
        page = self._pages.get(environ["PATH_INFO"])
        if page is None:
            return None
        asked_at = monotonic()
        if page.stood_at > max(self._changed_at, asked_at - LOOKED_AFTER) and "HTTP_COOKIE" not in environ:
            return page
        try:
            if page.made_of_now() != page.made_of:
                return None
            page.stood_at = asked_at
            return page
        except SQLAlchemyError as fault:  # Flask has a page that says so
            self._logger.error("a kept page could not be looked after: %s", type(fault).__name__)
            return None


def _is_plain(environ: WSGIEnvironment) -> bool:
    return environ["REQUEST_METHOD"] == "GET" and not environ.get("QUERY_STRING") and not environ.get("SCRIPT_NAME")


def init_app(app: Flask) -> None:
    """Stand before an app."""
    app.extensions["ahead"] = app.wsgi_app = ahead = Ahead(app)  # type: ignore[method-assign]
    db.when_changed(app, ahead.changed)


def offer(response: Response, made_of: Hashable, made_of_now: Callable[[], Hashable]) -> None:
    """Have a page that is about to be answered in full kept for this address, with the headers that it has by now and
    those of every answer. `made_of_now` is called outside of any request."""
    if not _is_plain(request.environ):
        return
    headers = [*response.headers, *current_app.extensions["headers"].items()]
    of_304 = [header for header in headers if header[0].lower() in IN_A_304]
    page = Page(made_of, made_of_now, response.headers["ETag"], headers, of_304, response.get_data())
    current_app.extensions["ahead"].keep(request.environ["PATH_INFO"], page)
