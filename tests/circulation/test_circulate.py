"""Circulating: the rows it adds, and what it refuses."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.circulation import queries, services
from app.circulation.audience import Chosen, Plan
from app.circulation.models import Added, AnswerBy, Asked, Circulation
from app.clock import is_working_day
from app.database import db
from app.errors import Conflict, Denied, Invalid
from app.packs.models import Edition
from app.policy import CONSOLE, Actor
from app.trail.models import Event
from tests import factories as make
from tests.circulation.worlds import big_world, statements
from tests.conftest import NOW

BY = date(2027, 1, 11)
WISHES: dict[str, Any] = {"answer_by": BY, "cover_note": "Please talk about this.", "once": "key", "now": NOW}


def planned(
    session: Session, circle: make.Circle, edition: Edition | None = None, **values: bool
) -> tuple[Actor, Plan]:
    actor = make.actor_of(session, circle.officer)
    text = edition or make.edition(session, circle.partnership)
    chosen = Chosen(text, frozenset({circle.organisation.ref}), **values)
    return actor, queries.plan(session, actor, circle.partnership, chosen, NOW)


def circulate(session: Session, actor: Actor, circle: make.Circle, plan: Plan, **changed: Any) -> Circulation:
    wishes = {**WISHES, **changed}
    return services.circulate(session, actor, circle.partnership, plan.edition, plan, **wishes)


def how_many(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_names_and_sector_are_kept_as_they_were(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    made = circulate(session, actor, circle, plan)
    was = {(circle.organisation.name, team.name, "Health") for team in circle.teams}
    circle.organisation.name, circle.organisation.sector, circle.teams[0].name = "Merged trust", "Other", "Renamed"
    session.flush()
    session.expire_all()
    kept = session.scalars(select(Asked).where(Asked.circulation_id == made.id)).all()
    assert {(a.organisation_name, a.team_name, a.sector) for a in kept} == was
    assert {(a.partnership_id, a.added, a.added_at) for a in kept} == {(circle.partnership.id, Added.LAUNCH, NOW)}


def test_a_launch_says_who_when_with_what_words_and_on_which_list(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    made = circulate(session, actor, circle, plan)
    session.expire_all()
    assert (made.edition_id, made.partnership_id, made.by_id) == (
        plan.edition.id,
        circle.partnership.id,
        circle.officer.id,
    )
    assert (made.cover_note, made.circulated_at, made.digest) == ("Please talk about this.", NOW, plan.digest)
    assert made.answer_by == BY
    assert [(d.on, d.set_at, d.by_id) for d in made.dates] == [(BY, NOW, circle.officer.id)]


def test_a_launch_is_on_the_trail_without_the_cover_note(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    made = circulate(session, actor, circle, plan)
    (event,) = session.scalars(select(Event).where(Event.about == made.ref)).all()
    assert (event.kind, event.person_id, event.partnership_id) == (
        "circulated",
        circle.officer.id,
        circle.partnership.id,
    )
    assert event.detail == {"asked": 2, "letters": 2}


def test_sent_twice_is_one_launch(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    made = circulate(session, actor, circle, plan)
    before = how_many(session, Asked), how_many(session, Event)
    assert circulate(session, actor, circle, plan, cover_note="Another", answer_by=date(2020, 1, 1)) is made
    assert (how_many(session, Asked), how_many(session, Event)) == before


def test_the_same_key_in_another_partnership_is_another_launch(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    make.circulate(session, circle.noise_partnership, plan.edition, [], once="key", digest=plan.digest)
    assert circulate(session, actor, circle, plan).partnership_id == circle.partnership.id


def test_a_key_that_was_used_for_another_list_is_refused(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    circulate(session, actor, circle, plan)
    _, other = planned(session, circle)
    with pytest.raises(Conflict):
        circulate(session, actor, circle, other)


def test_a_list_on_which_somebody_was_asked_meanwhile_is_refused(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    make.circulate(session, circle.partnership, plan.edition, [circle.teams[1]], at=NOW)
    with pytest.raises(Conflict):
        circulate(session, actor, circle, plan)


def test_what_is_asked_again_knowingly_is_asked_again(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle, circle.edition, again=True)
    made = circulate(session, actor, circle, plan)
    assert {a.team_id for a in made.asked} == {team.id for team in circle.teams}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"answer_by": NOW.date()}, "answer_by"),
        ({"answer_by": NOW.date() - timedelta(days=1)}, "answer_by"),
        ({"answer_by": NOW.date() + timedelta(days=367)}, "answer_by"),
        ({"cover_note": "x" * 2_001}, "cover_note"),
    ],
)
def test_a_date_or_note_that_cannot_be_used_is_refused_by_its_field(
    session: Session, changed: dict[str, Any], field: str
) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle)
    with pytest.raises(Invalid) as refusal:
        circulate(session, actor, circle, plan, **changed)
    assert refusal.value.field == field
    assert session.scalar(select(Circulation).where(Circulation.once == "key")) is None


def test_the_nearest_and_farthest_date_and_the_longest_note_are_taken(session: Session) -> None:
    circle = make.circle(session)
    for days in (1, 366):
        actor, plan = planned(session, circle)
        wishes = {"answer_by": NOW.date() + timedelta(days=days), "cover_note": "x" * 2_000, "once": f"key {days}"}
        assert circulate(session, actor, circle, plan, **wishes).answer_by == wishes["answer_by"]


def test_an_empty_list_is_refused(session: Session) -> None:
    circle = make.circle(session)
    actor, plan = planned(session, circle, circle.edition)
    assert plan.left_out
    with pytest.raises(Invalid) as refusal:
        circulate(session, actor, circle, plan)
    assert refusal.value.field == "organisations"


def test_only_the_partnerships_officer_and_the_console_may_circulate(session: Session) -> None:
    circle = make.circle(session)
    _, plan = planned(session, circle)
    for who in (circle.reviewer, circle.noise_officer, circle.lead, circle.leader, circle.deputy):
        with pytest.raises(Denied):
            circulate(session, make.actor_of(session, who), circle, plan)
    assert circulate(session, CONSOLE, circle, plan).by_id is None


def test_a_list_for_another_partnership_is_never_circulated(session: Session) -> None:
    circle = make.circle(session)
    _, plan = planned(session, circle)
    with pytest.raises(ValueError, match="another partnership"):
        services.circulate(session, CONSOLE, circle.noise_partnership, plan.edition, plan, **WISHES)


def test_the_date_offered_is_a_working_day_about_six_weeks_on() -> None:
    for days in range(400):
        moment = NOW + timedelta(days=days)
        offered = services.usual_date(moment)
        assert is_working_day(offered)
        # Christmas may fall on the day: four days that nobody works, at most.
        assert timedelta(weeks=6) <= offered - moment.date() <= timedelta(weeks=6, days=4)


def test_a_whole_partnership_is_written_with_as_few_statements_as_a_handful(session: Session) -> None:
    counts = []
    for size in ((3, 6), (300, 600)):
        world = big_world(session, *size)
        actor = make.actor_of(session, world.officer)
        plan = queries.plan(session, actor, world.partnership, world.everybody(), NOW)
        with statements(session) as sent:
            made = services.circulate(session, actor, world.partnership, world.edition, plan, **WISHES)
        assert len(made.asked) == len(plan.lines)
        # The rows themselves go in one by one on SQLite, which does not promise to return keys in the order given.
        counts.append([statement for statement in sent if not statement.startswith("INSERT INTO asked")])
    assert counts[0] == counts[1]
    assert len(counts[0]) <= 7


def test_ten_sendings_at_once_are_one_launch(app: Flask) -> None:
    with db.writing() as session:
        circle = make.circle(session)
        text = make.edition(session, circle.partnership)
        keys = circle.officer.id, circle.partnership.id, text.id, circle.organisation.ref
    made, faults = [], []
    start = threading.Barrier(10)

    def send() -> None:
        with app.app_context():
            start.wait()
            try:
                made.append(_sent(*keys))
            except Exception as fault:
                faults.append(fault)

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(set(made)) == 1
    with db.reading() as session:
        new = session.scalars(select(Circulation).where(Circulation.once == "key")).all()
        assert [len(one.asked) for one in new] == [2]
        assert len(session.scalars(select(AnswerBy).where(AnswerBy.circulation_id == new[0].id)).all()) == 1


def _sent(officer: int, partnership: int, edition: int, organisation: str) -> str:
    """What the confirm page does, on a list that was seen before anybody sent it."""
    with db.reading() as session:
        place, text = session.get_one(make.Partnership, partnership), session.get_one(Edition, edition)
        actor = make.people.actor_for(session, officer, NOW)
        plan = queries.plan(session, actor, place, Chosen(text, frozenset({organisation})), NOW)
    with db.writing() as session:
        place, text = session.get_one(make.Partnership, partnership), session.get_one(Edition, edition)
        try:
            return services.circulate(session, actor, place, text, plan, **WISHES).ref
        except (Conflict, Invalid):
            # Its plan was made after the first was sent: the page looks the key up then, as `confirm` does.
            found = queries.made_with(session, place, "key")
            assert found is not None
            return found.ref
