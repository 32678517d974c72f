"""Signing in is tried with a clock that stands still, and with browsers that share nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts import guard, routes
from tests import client as clients
from tests.accounts.browsers import Apart, Clock, browser
from tests.conftest import NOW


@pytest.fixture
def client(app: Flask) -> Apart:
    return browser(app)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, for the pages of signing in and the guard."""
    made = Clock(NOW)
    for module in (routes, guard, clients):
        monkeypatch.setattr(module, "now", made)
    return made
