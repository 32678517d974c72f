"""What the tests of `post` share: a database with something owed, a mail system, a clock that can be set, a sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import Database, db
from app.post.models import Attempt, Delivery, Post
from app.post.sender import Sender
from app.post.transport import Timeouts, Transport
from app.settings import Settings
from tests.conftest import NOW, settings_for
from tests.post.smtp_stub import Stub
from tests.post.toy import Toy, prepare, toy_app

Sending = Callable[..., Sender]
QUICK = Timeouts(connect=1, command=1, letter=1, confirmation=1)


class Hands:
    """A clock whose hands are moved by the test."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Move on by so many minutes, hours, …"""
        self.at += timedelta(**by)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub() as made:
        yield made


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def toys(database_url: str) -> Iterator[Flask]:
    """An app that owes toy letters, with its context open."""
    prepare(database_url)
    made = toy_app(database_url)
    with made.app_context():
        yield made
        made.extensions["database_engine"].dispose()


@pytest.fixture
def database(toys: Flask) -> Database:
    return db


@pytest.fixture
def sending(database: Database, stub: Stub, hands: Hands, tmp_path: Path) -> Sending:
    """Makes senders towards the stub."""

    def make(*, settings: Settings | None = None, **changes: Any) -> Sender:
        towards = settings or settings_for("", tmp_path, mail_port=stub.port)
        values = {"post": Post(letters=(Toy(),)), "transport": Transport(towards, timeouts=QUICK), "clock": hands}
        return Sender(database=database, settings=towards, **{**values, **changes})

    return make


def delivery_about(about: str) -> Delivery:
    """The delivery about a thing, read anew."""
    with db.reading() as session:
        return session.scalars(sa.select(Delivery).where(Delivery.about == about)).one()


def attempts_about(about: str) -> list[Attempt]:
    """The attempts of the letter about a thing, in their order."""
    with db.reading() as session:
        of_it = sa.select(Attempt).join(Delivery, Delivery.id == Attempt.delivery_id).where(Delivery.about == about)
        return list(session.scalars(of_it.order_by(Attempt.id)))
