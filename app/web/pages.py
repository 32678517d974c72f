"""How a view answers: with a page, or by sending the browser elsewhere.

The status follows from the form: a page that shows a form with faults is a 422, so that the unit of work rolls back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, g, make_response, redirect, render_template, url_for

from app.errors import NotSignedIn
from app.policy import Actor

View = TypeVar("View", bound=Callable[..., Any])


def page(template: str, status: int | None = None, *, cache: str = "no-store", **context: Any) -> Response:
    """A rendered page, never kept by a browser or proxy unless `cache` (a Cache-Control value) says otherwise.

    Without a `status` it is 422 when `context["form"]` has faults and 200 otherwise.
    """
    form = context.get("form")
    if "partnership" in context and "numbers_to_call" in context:
        g.speaks_for = context["partnership"]  # so that the frame need not look for one
    if status is None:
        status = 422 if form is not None and form.faults else 200
    response = make_response(render_template(template, **context), status)
    response.headers["Cache-Control"] = cache
    return response


def back_to(endpoint: str, **values: Any) -> Response:
    """After a change: have the browser GET another page (303), so that a reload changes nothing again. That page says
    so where something was left out of the text that was sent."""
    if g.get("left_out"):
        values = {**values, "left_out": 1}
    response = redirect(url_for(endpoint, **values), 303)
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def actor() -> Actor:
    """Who is asking. Raises `NotSignedIn` where the guard of `accounts` has found nobody."""
    found: Actor | None = g.get("actor")
    if found is None:
        raise NotSignedIn
    return found


def public(view: View) -> View:
    """Mark a view as open to anybody; every other view is closed by the guard of `accounts`."""
    view.is_public = True  # type: ignore[attr-defined]
    return view
