"""Sessions: a new token each time, its digest alone is kept; they end by rest, by age, by number and by signing out."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries, services
from app.accounts.models import SignedIn
from app.organisations.models import Person
from app.trail.models import Event
from tests import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def who(session: Session) -> Person:
    return factories.person(session)


def runs(session: Session, token: str, now: datetime) -> bool:
    return queries.signed_in(session, token, now) is not None


def test_each_session_has_a_token_of_its_own_and_only_its_digest_is_kept(
    session: Session, who: Person, now: datetime
) -> None:
    tokens = [services.begin(session, who, now=now) for _ in range(3)]
    assert len(set(tokens)) == 3
    assert all(len(token) >= 43 for token in tokens)  # 256 bits
    kept = session.scalars(select(SignedIn.digest)).all()
    assert not set(tokens) & set(kept)
    assert {queries.digest_of(token) for token in tokens} <= set(kept)


@pytest.mark.parametrize(("rest", "good"), [(30 * MINUTE - timedelta(seconds=1), True), (30 * MINUTE, False)])
def test_half_an_hour_without_use_ends_a_session(
    session: Session, who: Person, now: datetime, rest: timedelta, good: bool
) -> None:
    token = services.begin(session, who, now=now)
    running = queries.signed_in(session, token, now)
    assert running is not None
    services.seen(session, running.id, now=now + 20 * MINUTE)
    session.expire_all()
    assert runs(session, token, now + 20 * MINUTE + rest) is good


@pytest.mark.parametrize(("minutes", "good"), [(719, True), (720, False)])
def test_twelve_hours_end_a_session_however_much_it_is_used(
    session: Session, who: Person, now: datetime, minutes: int, good: bool
) -> None:
    token = services.begin(session, who, now=now)
    running = queries.signed_in(session, token, now)
    assert running is not None
    services.seen(session, running.id, now=now + (minutes - 1) * MINUTE)
    session.expire_all()
    assert runs(session, token, now + minutes * MINUTE) is good


def test_a_fourth_session_ends_the_oldest(session: Session, who: Person, now: datetime) -> None:
    other = services.begin(session, factories.person(session), now=now)
    tokens = [services.begin(session, who, now=now + n * MINUTE) for n in range(5)]
    assert [runs(session, token, now + 5 * MINUTE) for token in tokens] == [False, False, True, True, True]
    assert runs(session, other, now + 5 * MINUTE)


def test_a_session_that_was_signed_out_of_is_over_and_another_goes_on(
    session: Session, who: Person, now: datetime
) -> None:
    first, second = (services.begin(session, who, now=now) for _ in range(2))
    services.end(session, first, now=now)
    services.end(session, first, now=now)
    services.end(session, "made up", now=now)
    session.expire_all()
    assert (runs(session, first, now), runs(session, second, now)) == (False, True)
    ended = select(SignedIn).where(SignedIn.digest == queries.digest_of(first))
    services.seen(session, session.scalars(ended).one().id, now=now + MINUTE)
    session.expire_all()
    assert not runs(session, first, now + MINUTE)
    kinds = session.scalars(select(Event.kind).where(Event.about == who.ref).order_by(Event.id)).all()
    assert kinds == ["signed in", "signed in", "signed out"]


def test_an_older_use_never_moves_a_session_back(session: Session, who: Person, now: datetime) -> None:
    token = services.begin(session, who, now=now)
    running = queries.signed_in(session, token, now)
    assert running is not None
    services.seen(session, running.id, now=now - MINUTE)
    session.expire_all()
    assert running.seen_at == now


@pytest.mark.parametrize("token", ["", "made up", "\x00", "é" * 100])
def test_a_made_up_token_is_nobodys(session: Session, now: datetime, token: str) -> None:
    assert not runs(session, token, now)
