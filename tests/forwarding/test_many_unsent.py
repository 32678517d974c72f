"""What it costs to find out who is to hear of letters that failed grows with their number, not with its square."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.forwarding import unsent
from app.post.models import Attempt, Delivery, Outcome, State
from app.post.told import Telling, ToldOf
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import EARLIER, Scene


class Work:
    """Counts what SQLite does, in thousands of its own steps: that is the same on every machine."""

    def __init__(self, session: Session) -> None:
        self.driver: Any = session.connection().connection.dbapi_connection
        self.steps = 0

    def __enter__(self) -> Work:
        self.driver.set_progress_handler(self._count, 1_000)
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.set_progress_handler(None, 0)

    def _count(self) -> int:
        self.steps += 1
        return 0


def _letter(scene: Scene, number: str, about: str, state: State, **values: Any) -> Delivery:
    to = {"role": "lead", "person": scene.lead.ref, "address": scene.lead.addresses[0].email}
    said = {"kind": "minutes", "owed_since": EARLIER, "message_id": f"<{number}@test>", "last_reason": "No.", **values}
    return make.kept(scene.session, Delivery(about=about, state=state, **to, **said))


def _at(scene: Scene, count: int) -> int:
    """The work with so many minutes more: a letter about each that failed, one about another that went, and one letter
    that told of half of them among others."""
    weekly = _letter(scene, f"w{count}", f"week {count}", State.ACCEPTED, kind="weekly", accepted_at=NOW)
    telling = make.kept(scene.session, Telling(delivery_id=weekly.id))
    tried = {"at": NOW, "outcome": Outcome.ACCEPTED, "phase": "confirmation", "telling_id": telling.id}
    make.kept(scene.session, Attempt(delivery_id=weekly.id, **tried))
    for number in range(count):
        minutes = scene.sent(at=EARLIER)
        _letter(scene, f"f{count}-{number}", minutes.ref, State.FAILED)
        _letter(scene, f"a{count}-{number}", scene.sent(at=EARLIER).ref, State.ACCEPTED, accepted_at=NOW)
        if number % 2:
            make.kept(scene.session, ToldOf(telling_id=telling.id, about=minutes.ref))
    with Work(scene.session) as work:
        found = list(unsent.owed(scene.session, NOW))
    assert found
    return work.steps


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_four_times_as_many_letters_that_failed_are_four_times_the_work(app: Flask, session: Session) -> None:
    scene = Scene(session)
    first, then = _at(scene, 40), _at(scene, 120)  # 40 and 160 altogether
    assert then < first * 6, (first, then)
