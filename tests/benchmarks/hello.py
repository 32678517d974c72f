"""A bare Flask "hello", the yardstick: what the same server does with the least that Flask can do."""

from __future__ import annotations

from flask import Flask


def serving() -> Flask:
    """An app with one page of five bytes."""
    app = Flask(__name__)
    app.add_url_rule("/", "hello", lambda: "hello")
    return app
