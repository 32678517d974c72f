"""Which page to go on to after signing in: only pages of this service that are there to be read.

What names the page comes from the address bar, so whatever a browser could take for another site is refused, and
whatever is not the address of a page here as well.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException

LONGEST = 500
_PLAIN = re.compile(r"/(?!/)[^\\\s\x00-\x1f\x7f]*")
_ELSEWHERE = re.compile(r"//|.*[\\\x00-\x1f\x7f]", re.DOTALL)


def safe_path(wanted: str | None) -> str:
    """The path (with its query) if it can be gone on to; otherwise empty."""
    if not wanted or len(wanted) > LONGEST:
        return ""
    decoded = wanted
    for _ in range(3):  # what means another site once it is decoded is refused, however often it was encoded
        decoded = unquote(decoded)
        if _ELSEWHERE.match(decoded):
            return ""
    return wanted if _PLAIN.fullmatch(wanted) and _is_a_page(urlsplit(wanted).path) else ""


def page_asked_for() -> str:
    """The page that the request is for, or for a form the page that it stood on, if it can be gone back to."""
    if request.method in ("GET", "HEAD"):
        return safe_path(request.full_path.removesuffix("?"))
    stood_on = urlsplit(request.referrer or "")
    if stood_on.netloc != request.host:
        return ""
    return safe_path(f"{stood_on.path}?{stood_on.query}" if stood_on.query else stood_on.path)


def _is_a_page(path: str) -> bool:
    """Whether there is a page to read at this path; those of signing in lead nowhere."""
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, _ = adapter.match(path, "GET") if adapter else ("", {})
    except HTTPException:
        return False
    return endpoint.partition(".")[0] not in ("accounts", "static", "")
