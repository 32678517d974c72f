"""Says who is asking, before any page."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Guard every route of an app."""
