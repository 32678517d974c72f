"""A team that was asked, and the browser of whoever leads it. Where there is more to it, a module has its own."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World


@pytest.fixture
def place(app: Flask) -> World:
    return worlds.world()


@pytest.fixture
def leader(app: Flask, place: World) -> Client:
    return worlds.browser_of(app, place.leader)


@pytest.fixture
def colleague(app: Flask, place: World) -> Client:
    return worlds.browser_of(app, place.colleague)
