"""What the tests of signing in need: a clock that stands still until it is moved, and browsers that share nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.client import Client


class Clock:
    """Takes the place of `app.clock.now` where a package has imported it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def shift(self, by: timedelta) -> None:
        self.at += by


class Apart(Client):
    """A browser whose requests each have an app context of their own, as with a server."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def browser(app: Flask, *, cookies: bool = True) -> Apart:
    """Another browser."""
    return Apart(app, TestResponse, use_cookies=cookies)
