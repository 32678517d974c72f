"""An officer is told in time that a briefing is to be looked at again: once, and only of the edition that counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import start_of
from app.organisations.models import Partnership, Person
from app.packs import emails
from app.packs.models import Edition
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE, Role
from app.post.models import Delivery, Letter, Superseded
from tests import factories as make
from tests.conftest import NOW

REVIEW = date(2027, 6, 1)
FOUR_WEEKS_BEFORE = start_of(date(2027, 5, 4))
Scene = tuple[Partnership, Person, Edition]


@pytest.fixture
def scene(session: Session) -> Scene:
    ours, theirs = make.partnership(session), make.partnership(session)
    officer, reviewer, elsewhere = (make.person(session) for _ in range(3))
    make.appoint(session, officer, Role.OFFICER, ours)
    make.appoint(session, reviewer, Role.REVIEWER, ours)
    make.appoint(session, elsewhere, Role.OFFICER, theirs)
    return ours, officer, make.edition(session, ours, review_on=REVIEW, made_at=NOW)


def owed(session: Session, now: object) -> list[tuple[str, str]]:
    return [(one.about, one.person) for one in emails.owed(session, now)]  # type: ignore[arg-type]


def noted(session: Session, scene: Scene) -> Delivery:
    values = {"about": scene[2].ref, "person": scene[1].ref, "owed_since": NOW, "message_id": "<r@test>"}
    return make.kept(session, Delivery(kind=emails.REVIEW, **values))


def test_it_is_owed_from_four_weeks_before_until_sixty_days_after_and_once(session: Session, scene: Scene) -> None:
    _, officer, edition = scene
    assert owed(session, FOUR_WEEKS_BEFORE - timedelta(seconds=1)) == []
    assert owed(session, FOUR_WEEKS_BEFORE) == [(edition.ref, officer.ref)]
    assert owed(session, start_of(REVIEW + timedelta(days=60))) == [(edition.ref, officer.ref)]
    assert owed(session, start_of(REVIEW + timedelta(days=61))) == []
    noted(session, scene)
    assert owed(session, FOUR_WEEKS_BEFORE) == []


def test_a_newer_edition_or_a_pack_that_is_retired_owes_none(session: Session, scene: Scene, app: Flask) -> None:
    ours, _, edition = scene
    letter = noted(session, scene)
    with app.test_request_context():
        told = emails.letter(session, letter, FOUR_WEEKS_BEFORE)
        assert isinstance(told, Letter)
        assert "1 June 2027" in told.subject and edition.title in told.body and told.reply_to == ours.reply_to
    session.delete(letter)
    newer = Edition(
        pack_id=edition.pack_id,
        number=2,
        title="Newer",
        short_title="Newer",
        review_on=REVIEW + timedelta(days=365),
        content={},
        digest="e" * 64,
        made_at=NOW,
        made_by="the command line",
    )
    make.kept(session, newer)
    assert owed(session, FOUR_WEEKS_BEFORE) == []
    with app.test_request_context():
        assert isinstance(emails.letter(session, noted(session, scene), FOUR_WEEKS_BEFORE), Superseded)
    other = make.edition(session, ours, review_on=REVIEW, made_at=NOW)
    assert [about for about, _ in owed(session, FOUR_WEEKS_BEFORE)] == [other.ref]
    let_stand(session, CONSOLE, other.pack, Standing.RETIRED, "Out of date.", now=NOW)
    assert owed(session, FOUR_WEEKS_BEFORE) == []


def test_history_that_is_loaded_owes_none(session: Session, scene: Scene) -> None:
    ours, _, _ = scene
    make.edition(session, ours, review_on=REVIEW, made_at=ours.letters_from - timedelta(days=1))
    assert len(owed(session, FOUR_WEEKS_BEFORE)) == 1
