"""A place of a lead and a team leader, each with a browser, for the pages that a lead decides on."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories as make
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World


def named(session: Session, circle: make.Circle) -> None:
    circle.partnership.short_name, circle.organisation.name = "ESSCP", "Community Trust"
    circle.lead.name, circle.leader.name, circle.asked.team_name = "Lead", "Leader", "North"


@pytest.fixture
def place(app: Flask) -> World:
    return worlds.world(named)


@pytest.fixture
def lead(app: Flask, place: World) -> Client:
    return worlds.browser_of(app, place.lead)


@pytest.fixture
def leader(app: Flask, place: World) -> Client:
    return worlds.browser_of(app, place.leader)
