"""Senders that are killed lose no letter. A modest number of kills; `python -m tests.faults` does it in full."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.post.models import Delivery, State
from tests.faults.killing import POINTS, kill_at
from tests.faults.nursery import Nursery, Order, nursery
from tests.post.smtp_stub import Stub
from tests.post.toy import owe, prepare, toy_app

pytestmark = pytest.mark.faults
SENDERS, LETTERS = 4, 200


@pytest.fixture(scope="module")
def senders() -> Iterator[Nursery]:
    with nursery() as running:
        yield running


@pytest.mark.parametrize("point", POINTS)
def test_a_sender_killed_at_a_point_loses_nothing_and_doubles_only_what_may_have_been_sent(
    database_url: str, senders: Nursery, point: str
) -> None:
    counted = kill_at(point, kills=3, letters=30, url=database_url, nursery=senders)
    assert counted.kills == 3
    assert counted.holds, counted


def test_four_senders_at_once_send_every_letter_exactly_once(database_url: str, senders: Nursery) -> None:
    prepare(database_url)
    with Stub() as stub, toy_app(database_url).app_context():
        owe(db, *[f"n{i:04}" for i in range(LETTERS)], since=now())
        ends = senders.run(Order(database_url=database_url, mail_port=stub.port, senders=SENDERS))
        assert ends == [0] * SENDERS
        assert sorted(stub.copies().values()) == [1] * LETTERS
        assert stub.connections >= 2, "only one of the senders sent anything"
        with db.reading() as session:
            accepted = sa.select(sa.func.count()).where(Delivery.state == State.ACCEPTED)
            assert session.scalar(accepted) == LETTERS
        db.engine.dispose()
