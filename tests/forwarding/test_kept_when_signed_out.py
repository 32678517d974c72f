"""A lead's question and a team's answer have no draft: they are kept for whoever was signed out meanwhile."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.unsent import Unsent
from app.database import db
from app.discussions.models import Minutes
from app.forwarding.models import Answer, Question, Share
from tests.client import Client, filled, parse
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, words

OURS = {"Sec-Fetch-Site": "same-origin", "Referer": "http://localhost/"}
SAID = "“Ça va?” – <b>both</b> parents\n\n  were asked, always."
KEPT_WORDS = "What you typed is kept."


@pytest.fixture
def place(app: Flask) -> Visits:
    def arrange(scene: Scene) -> dict[str, str]:
        sent, other = scene.sent(), scene.sent()
        return {"minutes": sent.ref, "question": scene.ask(other).ref}

    return Visits(app, arrange)


def form_to(page: TestResponse, at: str) -> dict[str, object]:
    form = next(form for form in parse(page).iter("form") if form.get("action", "").endswith(at))
    return {**filled(form), **{box.get("name", ""): box.text or "" for box in form.iter("textarea")}}


def signed_out(client: Client, url: str, typed: dict[str, object]) -> TestResponse:
    for name in ("signed-in", "forms", "browser"):
        client.delete_cookie(name, domain="localhost")
    return client.post(url, data=typed, headers=OURS)


def kept() -> list[Unsent]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Unsent)))


def test_a_leads_question_is_in_its_box_again_for_her_alone_and_no_tick_with_it(place: Visits) -> None:
    minutes, decision = f"/minutes/{place.refs['minutes']}", f"/minutes/{place.refs['minutes']}/decision"
    lead = place.browser("lead")
    typed = {**form_to(lead.get(minutes), "/decision"), "decision": "ask", "question": SAID, "answers": []}
    assert KEPT_WORDS in signed_out(lead, decision, typed).text
    for other in ("deputy", "leader", "officer"):
        assert "were asked, always" not in place.page(other, minutes).text
    back = place.browser("lead")
    page = back.get(minutes)
    shown = form_to(page, "/decision")
    assert (shown["decision"], shown["question"]) == (["ask"], SAID)
    assert shown["answers"], "every answer is ticked as at first"
    assert "is here, and is not sent yet:" in words(page)
    assert back.post(decision, data=shown, headers=OURS).status_code == 303
    with db.reading() as session:
        assert SAID in session.scalars(sa.select(Question.words)).all()
        shared = sa.select(Share).join(Share.minutes).where(Minutes.ref == place.refs["minutes"])
        assert session.scalars(shared).all() == []
    assert kept() == []


def test_a_decision_in_which_nothing_was_typed_is_to_be_sent_again_as_before(place: Visits) -> None:
    minutes, lead = f"/minutes/{place.refs['minutes']}", place.browser("lead")
    typed = {**form_to(lead.get(minutes), "/decision"), "decision": "keep"}
    answer = signed_out(lead, f"{minutes}/decision", typed)
    assert answer.status_code == 403 and "Send it again" in answer.text and kept() == []


def test_a_teams_answer_is_in_its_box_again_and_can_be_removed(place: Visits) -> None:
    url = f"/questions/{place.refs['question']}/answer"
    leader = place.browser("leader")
    typed = {**form_to(leader.get(url), "/answer"), "words": SAID}
    assert KEPT_WORDS in signed_out(leader, url, typed).text
    back = place.browser("leader")
    page = back.get(url)
    assert "is in the boxes below, and is not sent yet." in words(page)
    shown = form_to(page, "/answer")
    assert shown["words"] == SAID
    gone = back.post(url, data={**shown, "do": "remove"}, headers=OURS)
    assert "What you typed is removed." in words(back.get(gone.location)) and kept() == []
    signed_out(back, url, typed)
    again = place.browser("leader")
    assert again.post(url, data=form_to(again.get(url), "/answer"), headers=OURS).status_code == 303
    with db.reading() as session:
        assert session.scalars(sa.select(Answer.words)).all()[-1] == SAID
    assert kept() == []
