"""Ten clicks at the same moment, and a lead and her deputy at once: through a real database, one account of it."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.database import db
from app.discussions import queries as discussions
from app.discussions import services as recording
from app.discussions.models import Minutes
from app.errors import Conflict
from app.forwarding import queries, services
from app.forwarding.models import Acknowledgement, Document, Question, Share, Withdrawal
from app.organisations.queries import actor_for
from app.trail.models import Event
from tests.conftest import NOW
from tests.forwarding.scene import Scene

MANY = 10


@pytest.fixture
def world(app: Flask) -> dict[str, Any]:
    """The keys of a lead, her deputy, their leader and the partnership; the reference of minutes."""
    with db.writing() as session:
        scene = Scene(session)
        minutes = scene.sent()
        return {
            "lead": scene.lead.id,
            "deputy": scene.deputy.id,
            "leader": scene.leader.id,
            "partnership": scene.circle.partnership.id,
            "ref": minutes.ref,
        }


Deed = Callable[[Session, Any, Minutes], Any]


def at_once(app: Flask, ref: str, who: list[int], deed: Callable[[int], Deed]) -> list[Any]:
    """All of these people do it at the same moment, each in a transaction of their own; the keys of what came of it."""
    start = threading.Barrier(len(who))

    def do(number: int, person: int) -> Any:
        with app.app_context():
            start.wait(60)
            with db.writing() as session:
                actor = actor_for(session, person, NOW)
                made = deed(number)(session, actor, discussions.minutes(session, actor, ref))
                session.flush()
                return sa.inspect(made).identity

    with ThreadPoolExecutor(len(who)) as pool:
        return [going.result() for going in [pool.submit(do, n, person) for n, person in enumerate(who)]]


def count(model: type, ref: str) -> int:
    with db.reading() as session:
        minutes = sa.select(Minutes.id).where(Minutes.ref == ref).scalar_subquery()
        found = sa.select(sa.func.count()).select_from(model).where(model.minutes_id == minutes)  # type: ignore[attr-defined]
        return session.scalar(found) or 0


def kinds(ref: str) -> Counter[str]:
    with db.reading() as session:
        return Counter(session.scalars(sa.select(Event.kind).where(Event.about == ref)))


@pytest.mark.parametrize("both", [False, True])
def test_ten_acknowledgements_at_once_are_one(app: Flask, world: dict[str, Any], both: bool) -> None:
    who = [world["lead"], world["deputy"] if both else world["lead"]] * (MANY // 2)
    made = at_once(app, world["ref"], who, lambda _: lambda s, a, m: services.acknowledge(s, a, m, now=NOW))
    assert len(set(made)) == 1
    assert (count(Acknowledgement, world["ref"]), kinds(world["ref"])) == (1, Counter(acknowledged=1))


def sharing(world: dict[str, Any], answers: Callable[[int, Minutes], dict[int, bool]]) -> Callable[[int], Deed]:
    def of(number: int) -> Deed:
        return lambda session, actor, minutes: services.share(
            session, actor, minutes, world["partnership"], answers(number, minutes), now=NOW
        )

    return of


def test_ten_equal_shares_at_once_are_one(app: Flask, world: dict[str, Any]) -> None:
    who = [world["lead"], world["deputy"]] * (MANY // 2)
    made = at_once(app, world["ref"], who, sharing(world, lambda _, m: {r.id: False for r in m.responses}))
    assert len(set(made)) == 1
    assert (count(Share, world["ref"]), kinds(world["ref"])) == (1, Counter(shared=1))


def test_of_ten_different_shares_at_once_one_stands(app: Flask, world: dict[str, Any]) -> None:
    def ticks(number: int, minutes: Minutes) -> dict[int, bool]:
        return {r.id: bool(number & 1) for n, r in enumerate(minutes.responses) if number & 2 or n}

    at_once(app, world["ref"], [world["lead"]] * MANY, sharing(world, ticks))
    with db.reading() as session:
        minutes = session.scalars(sa.select(Minutes).where(Minutes.ref == world["ref"])).one()
        shares = queries.standing_shares(session, minutes)
        last = session.scalar(sa.select(sa.func.max(Share.id)).where(Share.minutes_id == minutes.id))
        assert [given.id for given in shares] == [last]
    assert kinds(world["ref"])["shared"] == count(Share, world["ref"]) <= MANY


def test_ten_equal_questions_at_once_are_one(app: Flask, world: dict[str, Any]) -> None:
    who = [world["lead"], world["deputy"]] * (MANY // 2)
    made = at_once(app, world["ref"], who, lambda _: lambda s, a, m: services.ask_team(s, a, m, "Why?", now=NOW))
    assert len(set(made)) == 1
    assert (count(Question, world["ref"]), kinds(world["ref"])) == (1, Counter({"asked the team": 1}))


def test_ten_that_take_the_same_share_back_at_once_do_it_once(app: Flask, world: dict[str, Any]) -> None:
    with db.writing() as session:
        actor = actor_for(session, world["lead"], NOW)
        minutes = discussions.minutes(session, actor, world["ref"])
        answers = {r.id: False for r in minutes.responses}
        given = services.share(session, actor, minutes, world["partnership"], answers, now=NOW).ref

    def take(session: Session, actor: Any, _: Minutes) -> Withdrawal:
        return services.withdraw(session, actor, queries.share(session, actor, given), now=NOW)

    made = at_once(app, world["ref"], [world["lead"], world["deputy"]] * (MANY // 2), lambda _: take)
    assert len(set(made)) == 1
    assert kinds(world["ref"])["withdrew the share"] == 1


def test_a_correction_and_a_share_at_once_never_leave_a_share_of_the_older_version_given_after_it(
    app: Flask, world: dict[str, Any]
) -> None:
    """Either the share came first and stands until the newer is shared, or it is refused."""

    def corrects(session: Session, actor: Any, minutes: Minutes) -> Minutes:
        draft = recording.correct(session, actor, minutes, now=NOW)
        draft.content = {**draft.content, "question_to_lead": "Who?"}
        return recording.send_minutes(session, actor, draft, now=NOW)

    def shares(session: Session, actor: Any, minutes: Minutes) -> Any:
        try:
            return services.share(
                session, actor, minutes, world["partnership"], {r.id: True for r in minutes.responses}, now=NOW
            )
        except Conflict:
            return minutes

    at_once(app, world["ref"], [world["leader"], world["lead"]], lambda number: shares if number else corrects)
    with db.reading() as session:
        thread = sa.select(Minutes.ref).where(Minutes.thread == world["ref"])
        about = sa.select(Event.kind).where(Event.about.in_(thread)).order_by(Event.id)
        order = list(session.scalars(about))
    assert order.count("sent") == 1
    assert count(Share, world["ref"]) == 0 or order.index("shared") < order.index("sent")


def test_two_senders_that_made_the_same_document_keep_one(app: Flask, world: dict[str, Any]) -> None:
    bodies = [b"one", b"two"] * (MANY // 2)
    made = at_once(
        app,
        world["ref"],
        [world["lead"]] * MANY,
        lambda number: lambda s, a, m: services.keep_document(s, m.ref, bodies[number], now=NOW),
    )
    assert len(set(made)) == 1
    assert count(Document, world["ref"]) == 1
    with db.reading() as session:
        key = sa.select(Minutes.id).where(Minutes.ref == world["ref"]).scalar_subquery()
        body, digest = session.execute(
            sa.select(Document.body, Document.digest).where(Document.minutes_id == key)
        ).one()
        assert hashlib.sha256(body).hexdigest() == digest
