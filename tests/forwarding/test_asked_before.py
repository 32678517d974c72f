"""A question of the lead stays with the team when it corrects: on the newest version, with the way to answer it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import moment_words
from app.forwarding import services
from app.forwarding.course import course
from app.forwarding.models import Question
from app.policy import Role
from app.post.models import Letter
from app.web.addresses import address_of
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene
from tests.forwarding.test_emails import written
from tests.forwarding.visits import Visits, earlier, words

UNANSWERED = "The question itself is not answered so far."


@pytest.fixture
def place(app: Flask) -> Visits:
    def arrange(scene: Scene) -> dict[str, Any]:
        first = scene.sent(at=earlier(3))
        question = scene.ask(first, at=earlier(2))
        second = scene.corrected(first, at=earlier(1))
        since = moment_words(second.sent_at)
        return {"first": first.ref, "second": second.ref, "question": question.ref, "since": since}

    return Visits(app, arrange)


def newest(place: Visits, who: str) -> str:
    return words(place.page(who, f"/minutes/{place.refs['second']}"))


def test_the_newest_version_says_that_a_correction_came_and_who_may_answers_there(place: Visits) -> None:
    for who in ("leader", "lead"):
        page = newest(place, who)
        assert f"The team sent a correction after it was asked this, on {place.refs['since']}. {UNANSWERED}" in page
    assert "Answer the question, or write to Lead: " in newest(place, "leader")
    assert "Answer the question" not in newest(place, "lead")
    assert "Answer the question" not in words(place.page("leader", f"/minutes/{place.refs['first']}"))


def test_the_answer_leads_to_the_newest_version_where_team_and_lead_read_it(place: Visits) -> None:
    browser, answer = place.browser("leader"), f"/questions/{place.refs['question']}/answer"
    page = browser.get(answer)
    assert f"/minutes/{place.refs['second']}" in page.text and f"/minutes/{place.refs['first']}" not in page.text
    assert "A correction alone does not answer the question." in words(page)
    sent = browser.post_form(answer, {"words": "Everybody."}, at="/answer")
    assert sent.location == f"/minutes/{place.refs['second']}?answered=1"
    assert "Your answer is sent. You do not need to do anything more." in words(browser.get(sent.location))
    for who in ("leader", "lead"):
        page_ = newest(place, who)
        assert "Everybody." in page_ and UNANSWERED not in page_
        happened = page_.partition("What happened to these minutes")[2]
        asked = happened.index("Lead, Named Nurse, asked the team a question about version 1.")
        assert asked < happened.index("Version 2 was sent") < happened.index("answered the question about version 1.")
    assert "Add to the answer" in newest(place, "leader")


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def waits(scene: Scene, question: Question) -> bool:
    scene.session.flush()
    minutes = question.minutes
    return question in course(scene.session, scene.actor(scene.leader), minutes).with_team


def test_it_is_with_the_team_until_somebody_decides_about_a_version_after_it(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.has(first, at=EARLIER)
    question = scene.ask(first, at=EARLIER + DAY / 24)
    assert waits(scene, question)
    second = scene.corrected(first, at=EARLIER + DAY / 12)
    assert waits(scene, question)
    scene.has(second, at=NOW)
    assert not waits(scene, question)


def test_the_letter_about_an_answer_leads_to_the_newest_version_that_its_reader_may_read(
    app: Flask, scene: Scene
) -> None:
    reader = scene.appointed(Role.LEAD, scene.circle.teams[0])
    first = scene.sent(at=EARLIER)
    question = scene.ask(first, reader, at=EARLIER)
    answer = services.answer_question(scene.session, scene.actor(scene.leader), question, "All.", now=NOW)
    scene.session.flush()

    def leads_to() -> str:
        made = written(scene, "answered", answer.ref, reader)
        assert isinstance(made, Letter)
        return made.body

    assert address_of("forwarding.minutes", minutes=first.ref) in leads_to()
    second = scene.corrected(first)
    assert address_of("forwarding.minutes", minutes=second.ref) in leads_to()
    scene.sent(asked=scene.south, thread=first.thread, version=3)
    assert address_of("forwarding.minutes", minutes=first.ref) in leads_to(), "the newest is of a team not hers"
