"""Apps for what is tried on both databases at once, made one after the other: making one has Python parse, and Python
3.11 fails now and then where two threads do that at once."""

from __future__ import annotations

import threading

from flask import Flask

import app
from app.settings import Settings

_one_at_a_time = threading.Lock()


def create_app(settings: Settings) -> Flask:
    """An app with these settings."""
    with _one_at_a_time:
        return app.create_app(settings)
