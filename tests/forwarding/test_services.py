"""What a lead does with minutes: by whom, how often, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.discussions import queries as discussions
from app.errors import Conflict, Denied, Invalid, NotFound
from app.forwarding import queries, services
from app.forwarding.models import Acknowledgement, Question, Share, SharedAnswer, Withdrawal
from app.organisations.models import Partnership
from app.policy import CONSOLE, Role
from app.trail.models import Event
from tests.conftest import NOW
from tests.forwarding.scene import EARLIER, Scene

LATER = NOW + timedelta(hours=1)
DEEDS: dict[str, Callable[..., Any]] = {
    "acknowledge": services.acknowledge,
    "share": lambda session, actor, minutes, now: services.share(
        session,
        actor,
        minutes,
        queries.partnerships_of(minutes)[0].id,
        {r.id: True for r in minutes.responses},
        now=now,
    ),
    "ask": lambda session, actor, minutes, now: services.ask_team(session, actor, minutes, "Why?", now=now),
}


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def events(scene: Scene, ref: str) -> list[Event]:
    scene.session.flush()
    return list(scene.session.scalars(sa.select(Event).where(Event.about == ref).order_by(Event.id)))


def standing(scene: Scene, minutes: Any) -> dict[str, dict[str, bool]]:
    """What each partnership can see: short name to the keys of points and whether their answers may be quoted."""
    scene.session.flush()
    points = {response.id: response.point.key for response in minutes.responses}
    return {
        given.partnership.short_name: {points[a.response_id]: a.quotable for a in given.answers}
        for given in queries.standing_shares(scene.session, minutes)
    }


def how_many(scene: Scene, model: type, minutes: Any) -> int:
    return (
        scene.session.scalar(sa.select(sa.func.count()).select_from(model).where(model.minutes_id == minutes.id)) or 0
    )  # type: ignore[attr-defined]


# Who


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", ["leader", "officer", "reviewer", "noise_lead", "noise_leader", "noise_officer"])
def test_only_those_who_receive_minutes_decide_on_them(scene: Scene, deed: str, who: str) -> None:
    minutes = scene.sent()
    with pytest.raises(Denied):
        DEEDS[deed](scene.session, scene.actor(getattr(scene.circle, who)), minutes, now=NOW)
    assert events(scene, minutes.ref) == []


@pytest.mark.parametrize("deed", DEEDS)
def test_the_command_line_decides_nothing(scene: Scene, deed: str) -> None:
    with pytest.raises(Denied):
        DEEDS[deed](scene.session, CONSOLE, scene.sent(), now=NOW)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("team", [0, 1])
def test_a_lead_for_a_team_decides_for_that_team_only(scene: Scene, deed: str, team: int) -> None:
    midwife = scene.appointed(Role.LEAD, scene.circle.teams[0], local_title="Named Midwife")
    minutes = scene.sent(scene.leader, [scene.asked, scene.south][team])
    if team:
        with pytest.raises(Denied):
            DEEDS[deed](scene.session, scene.actor(midwife), minutes, now=NOW)
    else:
        made = DEEDS[deed](scene.session, scene.actor(midwife), minutes, now=NOW)
        assert (made.name, made.title) == (midwife.name, "Named Midwife")


@pytest.mark.parametrize("deed", DEEDS)
def test_a_role_that_ended_yesterday_decides_nothing_today(scene: Scene, deed: str) -> None:
    minutes = scene.sent()
    scene.ended(scene.lead, Role.LEAD, date(2026, 11, 22))
    with pytest.raises(Denied):
        DEEDS[deed](scene.session, scene.actor(scene.lead), minutes, now=NOW)


def test_a_share_of_another_place_is_not_found_and_one_of_ones_own_cannot_be_taken_back_by_the_team(
    scene: Scene,
) -> None:
    given = scene.share(scene.sent())
    foreign = scene.session.scalars(sa.select(Share).where(Share.id != given.id)).first()
    for who, ref in [
        (scene.lead, foreign.ref),
        (scene.lead, "0" * 12),
        (scene.leader, given.ref),
        (scene.circle.officer, given.ref),
    ]:
        with pytest.raises(NotFound):
            queries.share(scene.session, scene.actor(who), ref)
    assert queries.share(scene.session, scene.actor(scene.deputy), given.ref) is given
    with pytest.raises(Denied):
        services.withdraw(scene.session, scene.actor(scene.leader), given, now=NOW)


# Acknowledging


def test_said_twice_or_by_the_deputy_after_the_lead_the_first_stands(scene: Scene) -> None:
    minutes = scene.sent()
    said = scene.has(minutes)
    assert scene.has(minutes, at=LATER) is said
    assert scene.has(minutes, scene.deputy, at=LATER) is said
    assert (said.name, said.title, said.at) == (scene.lead.name, "Named Nurse", NOW)
    assert how_many(scene, Acknowledgement, minutes) == 1
    assert [(e.kind, e.by, e.organisation_id, e.detail) for e in events(scene, minutes.ref)] == [
        ("acknowledged", scene.lead.name, scene.circle.organisation.id, {})
    ]


def test_nobody_ever_acknowledges_or_questions_minutes_of_their_own(scene: Scene) -> None:
    for person, other in [(scene.lead, scene.deputy), (scene.deputy, scene.lead)]:
        minutes = scene.sent(person)
        for deed in ("acknowledge", "ask"):
            with pytest.raises(Denied):
                DEEDS[deed](scene.session, scene.actor(person), minutes, now=NOW)
        assert scene.has(minutes, other).person_id == other.id


def test_a_lead_who_recorded_them_herself_may_share_them_with_a_deputy_or_without(scene: Scene) -> None:
    assert scene.share(scene.sent(scene.lead)).by_id == scene.lead.id
    scene.ended(scene.deputy, Role.DEPUTY)
    minutes = scene.sent(scene.lead)
    scene.share(minutes)
    assert how_many(scene, Acknowledgement, minutes) == 0
    assert len(standing(scene, minutes)[scene.circle.partnership.short_name]) == 3


def test_who_holds_both_roles_signs_as_the_lead(scene: Scene) -> None:
    minutes = scene.sent()
    scene.appointed(Role.LEAD, who=scene.deputy, local_title="Named Doctor", at=EARLIER)
    assert scene.has(minutes, scene.deputy).title == "Named Doctor"


# Sharing


def test_an_answer_that_was_not_ticked_never_leaves(scene: Scene) -> None:
    minutes = scene.sent()
    given = scene.share(minutes, point_0=True, point_2=False)
    name = scene.circle.partnership.short_name
    assert standing(scene, minutes) == {name: {"point-0": True, "point-2": False}}
    keys = {r.id for r in minutes.responses if r.point.key != "point-1"}
    assert (
        set(scene.session.scalars(sa.select(SharedAnswer.response_id).where(SharedAnswer.share_id == given.id))) == keys
    )
    assert [(e.kind, e.partnership_id, e.detail) for e in events(scene, minutes.ref)] == [
        ("shared", scene.circle.partnership.id, {"answers": 2})
    ]


def test_the_same_ticks_again_change_nothing_whoever_sets_them(scene: Scene) -> None:
    minutes = scene.sent()
    given = scene.share(minutes, point_0=True, point_2=False)
    assert scene.share(minutes, at=LATER, point_2=False, point_0=True) is given
    assert scene.share(minutes, scene.deputy, at=LATER, point_0=True, point_2=False) is given
    assert how_many(scene, Share, minutes) == 1
    assert len(events(scene, minutes.ref)) == 1


@pytest.mark.parametrize("ticks", [{"point_0": True}, {"point_0": False, "point_1": False}, {"point_2": False}])
def test_other_ticks_take_the_place_of_those_before(scene: Scene, ticks: dict[str, bool]) -> None:
    minutes = scene.sent()
    before = scene.share(minutes, point_0=True, point_1=False)
    after = scene.share(minutes, scene.deputy, at=LATER, **ticks)
    assert standing(scene, minutes) == {
        scene.circle.partnership.short_name: {key.replace("_", "-"): may for key, may in ticks.items()}
    }
    assert (before.shared, after.shared) == (False, True)
    assert [e.kind for e in events(scene, minutes.ref)] == ["shared", "shared"]


def test_a_version_that_was_corrected_since_is_not_shared(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    second = scene.corrected(first)
    with pytest.raises(Conflict, match="corrected version"):
        scene.share(first)
    assert standing(scene, first) == {}
    scene.share(second)
    assert list(standing(scene, second)) == [scene.circle.partnership.short_name]


def test_the_share_of_a_correction_takes_the_place_of_the_older_one(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    older = scene.share(first, at=EARLIER)
    second = scene.corrected(first)
    assert older.shared
    newer = scene.share(second)
    assert (older.shared, newer.shared) == (False, True)


def test_two_partnerships_are_shared_with_apart(scene: Scene) -> None:
    other, asked = scene.other_partnership()
    minutes = scene.sent(scene.leader, scene.asked, asked)
    ours = scene.circle.partnership
    first = scene.share(minutes, to=ours, point_0=True)
    scene.share(minutes, to=other, point_1=False)
    assert standing(scene, minutes) == {ours.short_name: {"point-0": True}, other.short_name: {"point-1": False}}
    services.withdraw(scene.session, scene.actor(scene.lead), first, now=LATER)
    assert standing(scene, minutes) == {other.short_name: {"point-1": False}}


def refused(scene: Scene, minutes: Any, answers: dict[int, bool], to: Partnership | None = None) -> str:
    with pytest.raises(Invalid) as refusal:
        services.share(
            scene.session, scene.actor(scene.lead), minutes, (to or scene.circle.partnership).id, answers, now=NOW
        )
    assert how_many(scene, Share, minutes) == 0
    return refusal.value.field or ""


def test_what_cannot_be_shared_is_refused(scene: Scene) -> None:
    minutes, other = scene.sent(at=EARLIER), scene.sent()
    key, foreign = minutes.responses[0].id, other.responses[0].id
    assert refused(scene, minutes, {key: True}, to=scene.circle.noise_partnership) == ""
    assert refused(scene, minutes, {key: True, foreign: True}) == ""
    assert refused(scene, minutes, {}) == "answers"


def test_minutes_without_an_answer_can_be_shared_for_the_rest_of_them(scene: Scene) -> None:
    minutes = scene.sent(answers={}, took_no_notes=True)
    services.share(scene.session, scene.actor(scene.lead), minutes, scene.circle.partnership.id, {}, now=NOW)
    assert standing(scene, minutes) == {scene.circle.partnership.short_name: {}}


# Taking back


def test_what_was_shared_is_taken_back_once_and_can_be_shared_again(scene: Scene) -> None:
    minutes = scene.sent()
    given = scene.share(minutes)
    taken = services.withdraw(scene.session, scene.actor(scene.deputy), given, now=NOW)
    assert taken.by_id == scene.deputy.id
    assert services.withdraw(scene.session, scene.actor(scene.lead), given, now=LATER) is taken
    assert standing(scene, minutes) == {}
    again = scene.share(minutes, at=LATER)
    assert again is not given and again.shared
    assert [e.kind for e in events(scene, minutes.ref)] == ["shared", "withdrew the share", "shared"]
    assert [e.detail for e in events(scene, minutes.ref)][1] == {}, "the reason is nobody else's"


def test_a_share_that_another_took_the_place_of_is_not_taken_back_any_more(scene: Scene) -> None:
    minutes = scene.sent()
    old = scene.share(minutes, point_0=True)
    scene.share(minutes, point_1=True)
    with pytest.raises(Conflict, match="shared anew"):
        services.withdraw(scene.session, scene.actor(scene.lead), old, now=NOW)
    assert scene.session.get(Withdrawal, old.id) is None
    assert standing(scene, minutes) == {scene.circle.partnership.short_name: {"point-1": True}}


# Asking


def test_a_question_is_kept_as_it_was_asked_and_the_same_again_is_the_same(scene: Scene) -> None:
    minutes = scene.sent()
    asked = scene.ask(minutes, words=" Who was there?\r\nAnd why? ")
    assert asked.words == "Who was there?\nAnd why?"
    assert scene.ask(minutes, scene.deputy, words="Who was there?\nAnd why?") is asked
    scene.ask(minutes, words="What else?")
    assert how_many(scene, Question, minutes) == 2
    assert [(e.kind, e.detail) for e in events(scene, minutes.ref)] == [("asked the team", {}), ("asked the team", {})]


@pytest.mark.parametrize("words", ["", "  \n ", "\u200b", "x" * 2_001])
def test_a_question_has_words_and_not_too_many(scene: Scene, words: str) -> None:
    minutes = scene.sent()
    with pytest.raises(Invalid) as refusal:
        scene.ask(minutes, words=words)
    assert refusal.value.field == "question"
    assert how_many(scene, Question, minutes) == 0


def test_nobody_is_asked_about_a_version_that_was_corrected_since(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.corrected(first)
    with pytest.raises(Conflict, match="corrected version"):
        scene.ask(first)


def test_the_team_reads_the_question_with_every_version(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    asked = scene.ask(first, at=EARLIER)
    second = scene.corrected(first)
    assert [q.id for q in queries.questions(scene.session, second)] == [asked.id]


def test_what_is_foreign_and_what_is_made_up_are_not_found_alike(scene: Scene) -> None:
    minutes = scene.sent()
    for who in (scene.circle.noise_lead, scene.circle.officer):
        for ref in (minutes.ref, "0" * 12):
            with pytest.raises(NotFound):
                discussions.minutes(scene.session, scene.actor(who), ref)
    assert discussions.minutes(scene.session, scene.actor(scene.leader), minutes.ref) is minutes
