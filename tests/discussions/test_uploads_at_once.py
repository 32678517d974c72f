"""Eight Word sheets come at the same moment, two of them hostile: each is answered, each text is in its own draft."""

from __future__ import annotations

import json
import resource
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import boxed
from app.circulation.models import Asked
from app.database import db
from app.discussions.drafts import Draft
from app.policy import Role
from tests import factories as make
from tests.base import word_made
from tests.base.test_boxed import children, children_of_a_box, grows_by_less_than
from tests.client import Client
from tests.discussions import worlds
from tests.discussions.test_uploads import fill, sheet, upload
from tests.discussions.worlds import words

TEAMS, MOST_GROWN = 8, 60  # megabytes: eight small files, and what threads and connections take
WAITED = boxed.WAIT + TEAMS / boxed.AT_ONCE * boxed.PATIENCE  # seconds in which the last in the queue is answered
HOSTILE = {2: (word_made.bomb(400), "more in this file"), 5: (word_made.lying(), "damaged")}
"""Which of them, with what, and what is said of it."""


class Team(NamedTuple):
    """A team's leader at a browser of hers, what the team was asked, and the word that only its sheet says."""

    browser: Client
    asked: str
    says: str


@pytest.fixture
def teams(app: Flask) -> list[Team]:
    with db.writing() as session:
        circle = make.circle(session)
        places = [make.team(session, circle.organisation) for _ in range(TEAMS)]
        made = []
        for asked in make.circulate(session, circle.partnership, circle.edition, places).asked:
            leader = make.person(session)
            make.appoint(session, leader, Role.LEADER, circle.organisation, (session.get_one(Asked, asked.id).team,))
            made.append((leader.id, asked.ref))
    return [Team(worlds.browser_of(app, key), ref, f"Only{number}word.") for number, (key, ref) in enumerate(made)]


def file_of(team: Team, number: int) -> bytes:
    boxes = {"points-point-0-words": f"{team.says} " * 500, "question_to_lead": team.says, "present": str(number + 1)}
    return HOSTILE[number][0] if number in HOSTILE else fill(sheet(team.browser, team.asked), boxes)


def in_drafts() -> dict[str, str]:
    """All that the draft for each request holds."""
    with db.reading() as session:
        rows = session.execute(select(Asked.ref, Draft.content).join(Draft, Draft.asked_id == Asked.id))
        return {ref: json.dumps(content) for ref, content in rows}


def test_eight_sheets_at_once_two_of_them_hostile_are_all_answered_and_no_text_strays(teams: list[Team]) -> None:
    files = [file_of(team, number) for number, team in enumerate(teams)]
    for team in teams:
        upload(team.browser, team.asked, b"")  # everything is loaded that an upload needs

    def send(team: Team, file: bytes) -> TestResponse:
        return upload(team.browser, team.asked, file)

    largest, began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, time.monotonic()
    with grows_by_less_than(MOST_GROWN), ThreadPoolExecutor(TEAMS) as pool:
        answers = list(pool.map(send, teams, files))
    assert time.monotonic() - began < WAITED
    assert [answer.status_code for answer in answers] == [422 if n in HOSTILE else 303 for n in range(TEAMS)]
    for number, (_, told) in HOSTILE.items():
        assert told in words(answers[number])
    began_with = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # a child counts what its parent ever held
    most = max(largest * 1024, began_with * 1024, boxed.MEMORY)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 <= most, "nor did a reader take more"
    assert not [box for box in children_of_a_box("sheet_reading") if box in children()]
    kept = in_drafts()
    for number, team in enumerate(teams):
        said = [other.says for other in teams if other.says in kept.get(team.asked, "")]
        assert said == ([] if number in HOSTILE else [team.says])
        assert (team.asked in kept) is (number not in HOSTILE), "what cannot be read begins no draft"
    for number, team in enumerate(teams):
        page = team.browser.get(answers[number].location) if number not in HOSTILE else answers[number]
        assert not [other.says for other in teams if other is not team and other.says in page.text]
