"""Sending at once: ten clicks on one button, and 120 teams in the same second, through a real app on each database."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from app.circulation.models import Asked
from app.database import db
from app.discussions import drafting
from app.discussions.drafts import Draft
from app.discussions.models import Action, Discussion, Minutes, MinutesFor, Response
from app.policy import Role
from app.trail.models import Event
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions import worlds
from tests.discussions.typing_in import content, point
from tests.discussions.worlds import SAID, Apart, form_at

TEAMS = 120
Answer = tuple[int, str]


def at_once(posts: list[tuple[Client, str, dict[str, Any]]]) -> list[Answer]:
    """Post all of these at the same moment; the status and the place that each was sent to."""
    start = threading.Barrier(len(posts))

    def post(client: Client, url: str, data: dict[str, Any]) -> Answer:
        start.wait(60)
        answer = client.post(url, data=data)
        return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(len(posts)) as pool:
        return [going.result() for going in [pool.submit(post, *one) for one in posts]]


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_ten_identical_posts_at_once_are_one_set_of_minutes_and_one_receipt(app: Flask) -> None:
    place = worlds.world()
    leader = worlds.browser_of(app, place.leader)
    check = worlds.write(leader, place)
    data = worlds.to_send(leader, check)
    answers = at_once([(copy_of(leader), check, data) for _ in range(10)])
    assert {status for status, _ in answers} == {303} and len({where for _, where in answers}) == 1
    assert [count(model) for model in (Minutes, Discussion, MinutesFor, Response, Action)] == [1, 1, 1, 2, 1]
    with db.reading() as session:
        kinds = Counter(session.scalars(select(Event.kind).where(Event.kind.in_(["begun", "sent"]))))
        assert kinds == {"begun": 1, "sent": 1}


def copy_of(browser: Client) -> Client:
    """The same browser once more, so that it can post from another thread."""
    made = Apart(browser.application, browser.response_wrapper)
    made._cookies = dict(browser._cookies or {})
    return made


def test_ten_identical_saves_at_once_are_one_draft(app: Flask) -> None:
    place = worlds.world()
    leader = worlds.browser_of(app, place.leader)
    data = {**form_at(leader.get(place.meeting), "/meeting"), **worlds.MEETING, "do": "continue"}
    answers = at_once([(copy_of(leader), place.meeting, data) for _ in range(10)])
    assert {status for status, _ in answers} == {303} and len({where for _, where in answers}) == 1
    assert count(Draft) == 1


def test_two_people_who_save_at_once_never_overwrite_each_other_unseen(app: Flask) -> None:
    place = worlds.world()
    people = [worlds.browser_of(app, key) for key in (place.leader, place.colleague)]
    said = worlds.begin(people[0], place)
    for turn in range(10):
        pages = [form_at(who.get(said), "/said") for who in people]
        typed = [{**page, **SAID, "question_to_lead": f"{turn} by {n}"} for n, page in enumerate(pages)]
        answers = at_once([(who, said, {**text, "do": "later"}) for who, text in zip(people, typed, strict=True)])
        assert sorted(status for status, _ in answers) == [303, 409]
        with db.reading() as session:
            kept = session.scalars(select(Draft)).one().content
        texts = [kept["question_to_lead"], *(aside["typed"]["question_to_lead"] for aside in kept["set_aside"])]
        assert {f"{turn} by 0", f"{turn} by 1"} <= set(texts), "both texts are kept"


def test_what_is_saved_while_a_draft_is_sent_never_gets_into_what_was_sent(app: Flask) -> None:
    place = worlds.world()
    leader = worlds.browser_of(app, place.leader)
    for turn in range(8):
        check = worlds.write(leader, place)
        said = check.replace("check", "said")
        sending, page = worlds.to_send(leader, check), form_at(leader.get(said), "/said")
        texts = [{**page, "question_to_lead": f"{turn} while sending {n}", "do": "later"} for n in range(3)]
        answers = at_once([(copy_of(leader), check, sending), *[(copy_of(leader), said, text) for text in texts]])
        assert {status for status, _ in answers} <= {303, 409}
        with db.writing() as session:
            for draft, minutes in session.execute(select(Draft, Minutes).join(Minutes, Minutes.draft_id == Draft.id)):
                assert draft.content["question_to_lead"] == minutes.question_to_lead
            session.execute(delete(Draft).where(Draft.sent_at.is_(None)))


@pytest.fixture
def teams(app: Flask) -> list[tuple[int, str, str]]:
    """The leader's key, the draft's reference and the text of each of 120 teams that are about to send."""
    made = []
    with db.writing() as session:
        circle = make.circle(session)
        places = [make.team(session, circle.organisation) for _ in range(TEAMS)]
        for asked in make.circulate(session, circle.partnership, circle.edition, places).asked:
            leader = make.person(session)
            make.appoint(session, leader, Role.LEADER, circle.organisation, (session.get_one(Asked, asked.id).team,))
            words = f"What team {asked.team_id} said"
            typed = content(points={"point-0": point(words), "point-1": point(yes="8")})
            actor = make.actor_of(session, leader)
            draft = drafting.save_draft(session, actor, asked, typed, version=0, now=NOW)
            made.append((leader.id, draft.ref, words))
    return made


def test_120_teams_that_send_at_once_all_do_and_none_twice(app: Flask, teams: list[tuple[int, str, str]]) -> None:
    posts = []
    for leader, draft, _ in teams:
        browser = worlds.browser_of(app, leader)
        check = f"/drafts/{draft}/check"
        posts.append((browser, check, worlds.to_send(browser, check)))
    answers = at_once(posts)
    assert Counter(status for status, _ in answers) == {303: TEAMS}
    assert len({where for _, where in answers}) == TEAMS
    with db.reading() as session:
        words = session.scalars(select(Response.words).where(Response.words != "")).all()
        assert sorted(words) == sorted(text for _, _, text in teams)
        drafts = session.scalars(select(Draft.sent_at)).all()
        assert len(drafts) == TEAMS and all(drafts)
    assert [count(model) for model in (Minutes, Discussion, MinutesFor, Action)] == [TEAMS] * 4
    assert count(Response) == 2 * TEAMS
