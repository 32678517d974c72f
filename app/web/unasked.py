"""What a form brought that its page does not ask for: nothing reads it, and one line in the log says that it came.

Whoever sends more than a page asks for may be trying what else can be set. What stood under those names is never told:
it may be what somebody typed. For the same reason a name that no field can have is counted only, which leaves nothing
that could break the line either.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, Response, current_app, g, request

from app.web.incoming import OUR_KEYS, names_sent

MOST_NAMED, LONGEST_NAMED = 10, 40


def asks_for(names: Iterable[str]) -> None:
    """Note the names that a form takes, those in rows and parts in full."""
    g.setdefault("asked_for", set()).update(names)


def init_app(app: Flask) -> None:
    """Have every form that was taken or shown again looked through."""
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    if request.method == "POST" and _was_read(response.status_code):
        asked = {"csrf_token"} | g.get("asked_for", set())
        if rest := [name for name in names_sent(request) if name not in asked]:
            current_app.logger.warning("%s was sent what it does not ask for: %s", request.endpoint, _named(rest))
    return response


def _was_read(status: int) -> bool:
    """Whether a view has read what came: not where it was turned away before, nor where a page that has a form made
    none, because what it was about is done already. What has no page of its own may ask for nothing at all."""
    makes_none = request.url_rule is not None and "GET" not in (request.url_rule.methods or ())
    return (status < 400 or status in (409, 422)) and ("asked_for" in g or makes_none)


def _named(names: list[str]) -> str:
    told = [name[:LONGEST_NAMED] for name in names if OUR_KEYS.fullmatch(name)][:MOST_NAMED]
    more = len(names) - len(told)
    return ", ".join([*told, *([f"{more:,} more"] if more else [])])
