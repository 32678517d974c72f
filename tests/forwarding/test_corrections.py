"""What a correction changed, as the lead and the team read it; and what the lead asked, where the team corrects."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.discussions.models import Action, Minutes, MinutesFor
from app.forwarding.corrections import corrected, waiting_questions
from app.forwarding.course import course
from app.policy import Role
from tests.client import parse
from tests.forwarding.scene import DAY, Scene
from tests.forwarding.visits import Visits, earlier, statements, words

OLD = {"point-0": "We ring both parents.", "point-1": "Two of us know.", "point-2": "In the open."}
NEW = {"point-0": "We ring <b>all</b> parents.", "point-1": "Two of us know."}


def versions(scene: Scene) -> dict[str, Any]:
    first = scene.sent(at=earlier(3), answers=OLD, question_to_lead="Who trains us?")
    first.actions.append(Action(position=0, what="Ring fathers", who="Duty worker", by=date(2026, 12, 1)))
    first.responses[1].yes = 2
    later = scene.corrected(first, at=earlier(2), answers=NEW, present=9, question_to_lead="Who trains us?")
    later.actions.append(Action(position=0, what="Ring fathers", who="Team manager", by=date(2026, 12, 1)))
    later.responses[1].yes = 3
    third = scene.corrected(later, at=earlier(1), answers=NEW, present=9)
    return {"first": first.ref, "minutes": later.ref, "third": third.ref, "thread": first.thread}


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, versions)


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


def marked(page: TestResponse, tag: str) -> list[str]:
    """What a page shows as removed (`del`) or added (`ins`), as it is heard."""
    return [" ".join("".join(e.itertext()).split()) for e in parse(page).iter(tag)][1:]  # the first is the key


def test_the_lead_reads_what_a_correction_changed_part_by_part_and_what_it_did_not(place: Visits) -> None:
    page = place.page("lead", f"/minutes/{place.refs['minutes']}")
    said = words(page)
    assert "What changed since version 1 Version 1 was sent by Leader on" in said
    assert said.index("What changed since") < said.index("What the team said")
    assert "We ring [removed: both] [added: <b>all</b>] parents." in said
    assert "How many were there: [removed: 7] [added: 9]" in said
    assert "Show of hands: [removed: 2 yes] [added: 3 yes]" in said
    assert "Ring fathers – [removed: Duty worker] [added: Team manager] – by 1 December 2026" in said
    assert "[removed: In the open.]" in said
    assert "Not changed (1) Question for the safeguarding lead What the team said" in said
    assert len(marked(page, "del")) == len(marked(page, "ins")) + 1 == 5
    assert "What changed since version 1" in words(place.page("leader", f"/minutes/{place.refs['minutes']}"))
    assert "What changed since" not in words(place.page("lead", f"/minutes/{place.refs['first']}"))


def test_a_later_version_is_compared_with_the_one_before_until_somebody_has_another(place: Visits) -> None:
    url = f"/minutes/{place.refs['third']}"
    page = words(place.page("lead", url))
    assert "What changed since version 2" in page and "[removed: Who trains us?]" in page
    assert "Compare with version 1" in page
    since = words(place.page("lead", f"{url}?since=1"))
    assert "What changed since version 1" in since and "We ring [removed: both]" in since
    place.does(lambda scene: scene.has(_minutes(scene, place.refs["first"])))
    assert "What changed since version 1" in words(place.page("lead", url)), "the lead has read that one"
    for odd in ("9", "x", "-1", "9" * 40):
        assert "What changed since version 1" in words(place.page("lead", f"{url}?since={odd}"))


def _minutes(scene: Scene, ref: str) -> Minutes:
    return scene.session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()


def test_a_version_that_somebody_may_not_read_is_not_compared(scene: Scene) -> None:
    """A record that was of two teams is corrected to be of one: whoever writes for that one has read both; a leader of
    the other reads the first only; and somebody of the new team alone reads no difference to what is not hers."""
    first = scene.sent(answers=OLD)
    second = scene.sent(asked=scene.south, thread=first.thread, version=2, answers=NEW)
    south = scene.actor(scene.appointed(Role.LEADER, scene.circle.teams[1]))
    there = course(scene.session, south, second).versions
    assert corrected(scene.session, south, second, there) is None
    lead = scene.actor(scene.lead)
    found = corrected(scene.session, lead, second, course(scene.session, lead, second).versions)
    assert found is not None and found.changes.parts[0].facts[0].called == "Minutes of"


def test_what_the_lead_asked_stands_on_every_page_of_the_correction(app: Flask) -> None:
    def asked(scene: Scene) -> dict[str, Any]:
        minutes = scene.sent(at=earlier(3), answers=OLD)
        return {"minutes": minutes.ref, "asked": scene.asked.ref, "question": scene.ask(minutes, at=earlier(2)).ref}

    place = Visits(app, asked)
    browser = place.browser("leader")
    answer = browser.post_form(f"/minutes/{place.refs['minutes']}", {}, at="/correct")
    assert answer.status_code == 303
    for url in (answer.location, f"/asked/{place.refs['asked']}/meeting"):
        page = words(browser.get(url))
        assert "Lead, Named Nurse, asked on" in page and "Who was there?" in page
        assert "Answer the question as well: a correction alone does not answer it." in page
        assert page.index("Who was there?") < page.index("Continue")
    saying = {"words": "Eight of us."}
    assert browser.post_form(f"/questions/{place.refs['question']}/answer", saying, at="/answer").status_code == 303
    assert "Leader answered on" in words(browser.get(answer.location))


def test_a_question_waits_until_somebody_decides_and_a_correction_does_not_answer_it(scene: Scene) -> None:
    first = scene.sent()
    leader = scene.actor(scene.leader)
    assert not waiting_questions(scene.session, leader, first.thread)
    scene.ask(first)
    assert [q.words for q in waiting_questions(scene.session, leader, first.thread)] == ["Who was there?"]
    stranger = scene.actor(scene.circle.noise_leader)
    assert not waiting_questions(scene.session, stranger, first.thread)
    scene.has(first, at=first.sent_at + DAY)
    assert not waiting_questions(scene.session, leader, first.thread)
    scene.ask(first, words="And then?", at=first.sent_at + 2 * DAY)
    assert len(waiting_questions(scene.session, leader, first.thread)) == 1
    second = scene.corrected(first, at=first.sent_at + 3 * DAY)
    assert [q.words for q in waiting_questions(scene.session, leader, first.thread)] == ["And then?"]
    scene.has(second, at=first.sent_at + 4 * DAY)
    assert not waiting_questions(scene.session, leader, first.thread)


def test_a_correction_does_not_take_over_what_was_shared(scene: Scene) -> None:
    first = scene.sent(answers=OLD)
    given = scene.share(first)
    later = scene.corrected(first, answers=NEW)
    now = course(scene.session, scene.actor(scene.lead), later)
    assert [share.minutes_id for share in now.shares] == [first.id] and not now.given
    assert {answer.response.words for answer in given.answers} == set(OLD.values())


def test_comparing_takes_no_more_statements_for_more_answers_and_versions(app: Flask) -> None:
    def more(scene: Scene) -> dict[str, Any]:
        found = versions(scene)
        first = scene.sent(at=earlier(3), answers=OLD)
        for hours in range(2, 0, -1):
            first = scene.corrected(first, at=earlier(hours), answers={"point-0": str(hours)})
        first.covers.append(MinutesFor(asked_id=scene.south.id))
        for n in range(20):
            first.actions.append(Action(position=n, what=f"Deed {n}"))
        return {**found, "more": first.ref}

    place = Visits(app, more)
    browser = place.browser("lead")
    few = statements(app, browser, f"/minutes/{place.refs['third']}")
    assert statements(app, browser, f"/minutes/{place.refs['more']}") <= few
