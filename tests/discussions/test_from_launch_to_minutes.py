"""From the launch over two reminders to the minutes, as people and a sender live it, with a clock set by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import opens
from app.database import db
from app.organisations.models import Person
from app.post import ledger
from app.post.models import Delivery, Letter, Outcome, Superseded
from app.post.results import Phase, Result
from tests import factories as make
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.worlds import World

LAUNCH = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
BY = date(2026, 6, 26)
LEASE = timedelta(minutes=15)
TOOK = Result(Outcome.ACCEPTED, Phase.CONFIRMATION)


class Post:
    """A sender that does everything a real one does with the letters of the service, at whatever moment it is told."""

    def __init__(self, app: Flask, leader: int) -> None:
        self.letters = app.extensions["post"].letters
        with db.reading() as session:
            self.leader = session.get_one(Person, leader).ref

    def at(self, moment: datetime) -> list[str]:
        """Subjects of what goes to the leader at a moment."""
        with db.writing() as session:
            for letters in self.letters:
                ledger.note(session, list(letters.owed(session, moment)), "service.test", moment)
        subjects = []
        while (subject := self._next(moment)) is not None:
            subjects.append(subject)
        return [subject for subject in subjects if subject]

    def _next(self, moment: datetime) -> str | None:
        with db.writing() as session:
            claim = ledger.claim(session, moment, LEASE)
            if claim is None:
                return None
            delivery = session.get_one(Delivery, claim.id)
            writer = next(letters for letters in self.letters if delivery.kind in letters.KINDS)
            written = writer.letter(session, delivery, moment)
            if isinstance(written, Letter):
                ledger.settle(session, claim, TOOK, moment, address=written.to_address, attached=False)
                return written.subject if delivery.person == self.leader else ""
            state = ledger.State.SUPERSEDED if isinstance(written, Superseded) else ledger.State.HELD
            again = None if isinstance(written, Superseded) else moment + written.look_again
            ledger.put_aside(session, claim, state, written.reason, again)
            return ""


@pytest.fixture
def place(app: Flask) -> World:
    """A team that was asked in June, and nobody has answered."""

    def asked_in_june(session: Session, circle: make.Circle) -> None:
        circle.asked.team_name, circle.edition.short_title = "North", "NAI under 5"
        circle.circulation.circulated_at = LAUNCH
        circle.circulation.dates[0].set_at, circle.circulation.dates[0].on = LAUNCH, BY
        for asked in circle.circulation.asked:
            asked.added_at = LAUNCH

    return worlds.world(asked_in_june)


def test_from_launch_to_reminder_to_a_start_to_another_reminder_to_minutes_and_then_silence(
    app: Flask, client: Client, place: World
) -> None:
    post = Post(app, place.leader)
    assert post.at(opens(date(2026, 6, 1), 11)) == ["North: to discuss by 26 June – NAI under 5"]
    assert not post.at(opens(date(2026, 6, 18), 10))
    assert post.at(opens(date(2026, 6, 19))) == ["Still open: North: to discuss by 26 June – NAI under 5"]
    assert not post.at(opens(date(2026, 6, 19), 15)) and not post.at(opens(date(2026, 6, 22)))
    leader = client.as_person(place.leader)
    check = worlds.write(leader, place)
    assert not post.at(opens(date(2026, 6, 27))), "a Saturday"
    assert post.at(opens(date(2026, 6, 29))) == ["Still open: North: minutes to finish – NAI under 5"]
    assert leader.post(check, data=worlds.to_send(leader, check)).status_code == 303
    assert not [one for one in post.at(opens(date(2026, 7, 10))) if "Still open" in one]
    with db.reading() as session:
        noted = session.scalars(
            sa.select(Delivery.role).join(Asked, Asked.ref == Delivery.about).where(Asked.ref == place.asked)
        )
        assert sorted(noted) == ["+1", "-5"]
