"""A form that is refused before its view has seen it: whoever was signed out, lost a cookie or a role keeps the text.

A view that has a place for such text says how it is kept (`@rescued_by`). The pages for what went wrong ask here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import current_app, request

View = TypeVar("View", bound=Callable[..., object])
Rescue = Callable[[], str]
"""Has what the request brought kept, afterwards, and says at which address it is offered back; empty where it is not
kept. It is called outside the view's own transaction, and for people who are not signed in."""


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
    except Exception as fault:  # whatever it is, the text is given back on the page instead
        current_app.logger.error("a text could not be rescued: %s", type(fault).__name__)
        return ""
