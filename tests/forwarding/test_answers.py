"""A lead asks; the team answers on the same page; whoever asked hears of it once and reads it beside the question."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.errors import Denied, Invalid, NotFound
from app.forwarding import queries, services
from app.forwarding.course import course
from app.forwarding.history import history
from app.forwarding.models import Answer, Question
from app.forwarding.owed import owed
from tests.conftest import NOW
from tests.forwarding.scene import DAY, Scene

LATER = NOW + DAY / 2


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session, short_name="ESSCP")


def answered(scene: Scene, question: Question, words: str = "Both parents.", at: object = LATER) -> Answer:
    made = services.answer_question(scene.session, scene.actor(scene.leader), question, words, now=at)  # type: ignore[arg-type]
    scene.session.flush()
    scene.session.expire_all()
    return made


def test_an_answer_ends_the_waiting_and_stands_beside_the_question(scene: Scene) -> None:
    minutes = scene.sent()
    question = scene.ask(minutes, words="Which parent?")
    assert scene.read()[:2] == (f"Question from {scene.lead.name}", "Waiting for the team")
    answered(scene, question)
    assert scene.read(at=LATER)[1] == "To read"
    found = course(scene.session, scene.actor(scene.lead), minutes)
    assert [one.words for asked in found.questions for one in asked.replies] == ["Both parents."]
    told = [line.sentence for line in history(scene.session, minutes, found)]
    assert told[-1] == f"{scene.leader.name} answered the question." and "Both" not in "".join(told)


def test_a_question_after_the_answer_waits_again_and_an_old_page_of_the_lead_decides_nothing(scene: Scene) -> None:
    minutes = scene.sent()
    lead = scene.actor(scene.lead)
    before = course(scene.session, lead, minutes).seen
    question = scene.ask(minutes)
    asked = course(scene.session, lead, minutes).seen
    answered(scene, question)
    after = course(scene.session, lead, minutes)
    assert len({before, asked, after.seen}) == 3
    assert after.last is not None and after.last[2:] == (scene.leader.name, "answered a question")
    scene.ask(minutes, words="And who else?", at=NOW + DAY)
    assert scene.read(at=NOW + DAY)[1] == "Waiting for the team"


def test_the_same_answer_twice_is_one_and_another_one_is_added(scene: Scene) -> None:
    question = scene.ask(scene.sent())
    first = answered(scene, question)
    assert answered(scene, question, "  Both parents.\r\n").id == first.id
    answered(scene, question, "And the grandmother.")
    found = queries.question(scene.session, scene.actor(scene.leader), question.ref)
    assert [one.words for one in found.replies] == ["Both parents.", "And the grandmother."]


@pytest.mark.parametrize("words", ["", "  \u200b ", "x" * 10_001])
def test_an_answer_needs_words_and_not_too_many(scene: Scene, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        answered(scene, scene.ask(scene.sent()), words)
    assert refusal.value.field == "words"


def test_only_the_teams_own_people_answer(scene: Scene) -> None:
    question = scene.ask(scene.sent())
    for stranger in (scene.circle.noise_leader, scene.circle.officer, scene.circle.noise_lead):
        actor = scene.actor(stranger)
        with pytest.raises(NotFound):
            queries.question(scene.session, actor, question.ref)
        with pytest.raises(Denied):
            services.answer_question(scene.session, actor, question, "Slipped in.", now=NOW)


def test_whoever_asked_is_owed_one_letter_for_an_answer(scene: Scene) -> None:
    question = scene.ask(scene.sent())
    answer = answered(scene, question)
    letters = [letter for letter in owed(scene.session, LATER) if letter.kind == "answered"]
    assert [(letter.about, letter.person) for letter in letters] == [(answer.ref, scene.lead.ref)]
