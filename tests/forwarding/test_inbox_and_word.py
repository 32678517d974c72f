"""The Word copy, and what reading leaves behind: one event each time, and nothing else."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.discussions.models import Minutes
from app.forwarding import making, queries
from app.forwarding.emails import WORD
from app.forwarding.models import Document
from app.trail.models import Event
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, change, earlier, form_at, statements, tables, words

MADE_UP = "0" * 12
KEPT = b"PK\x03\x04 the very bytes \x00\xff"
LOADED = timedelta(days=40)


def arrange(scene: Scene) -> dict[str, Any]:
    made, fresh = scene.sent(at=earlier()), scene.sent(at=earlier())
    scene.documented(made, KEPT)
    old = scene.sent(at=earlier() - LOADED)
    noise = scene.session.scalars(sa.select(Minutes.ref).where(Minutes.organisation_id == scene.circle.noise.id))
    return {"made": made.ref, "fresh": fresh.ref, "old": old.ref, "foreign": noise.first()}


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, arrange)


def word(place: Visits, name: str) -> str:
    return f"/minutes/{place.refs[name]}/word"


# The Word copy


@pytest.mark.parametrize("who", ["leader", "lead", "deputy"])
def test_the_word_copy_is_the_very_bytes_that_are_kept(place: Visits, who: str) -> None:
    answer = place.page(who, word(place, "made"))
    assert (answer.status_code, answer.data) == (200, KEPT)
    assert answer.content_type == WORD
    with db.reading() as session:
        name = queries.file_name(session.scalars(sa.select(Minutes).where(Minutes.ref == place.refs["made"])).one())
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_until_it_is_made_a_page_looks_again_by_itself_and_then_it_is_there(place: Visits) -> None:
    page = place.page("lead", word(place, "fresh"))
    assert page.status_code == 202
    assert "data-look-again" in page.text and word(place, "fresh") in page.text, "by itself, and by hand"
    assert "The Word copy is being made" in words(page)
    assert making.DocumentMaker()(db, earlier(0)) > 0
    answer = place.page("lead", word(place, "fresh"))
    assert (answer.status_code, answer.data[:2]) == (200, b"PK")


def test_of_loaded_history_a_copy_is_made_on_the_spot_and_not_kept(place: Visits) -> None:
    before = tables()
    first, second = (place.page("lead", word(place, "old")) for _ in range(2))
    assert (first.status_code, first.data) == (200, second.data)
    with zipfile.ZipFile(BytesIO(first.data)) as file:
        assert place.refs["old"].encode() in b"".join(file.read(name) for name in file.namelist())
    assert Document.__tablename__ not in change(before)


# Nothing is kept by a browser


@pytest.mark.parametrize("path", ["/inbox", "/minutes/{made}", "/minutes/{made}/word", "/minutes/{fresh}/word"])
def test_nothing_of_it_is_kept_by_a_browser_or_on_the_way(place: Visits, path: str) -> None:
    answer = place.page("lead", path.format(**place.refs))
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"ETag", "Last-Modified", "Expires"} & set(answer.headers.keys())


# What is foreign


@pytest.mark.parametrize("path", ["/minutes/{}", "/minutes/{}/word", "/inbox?before={}"])
def test_what_is_foreign_is_answered_like_what_is_made_up(place: Visits, path: str) -> None:
    browser = place.browser("lead")
    foreign, made_up = (browser.get(path.format(ref)) for ref in (place.refs["foreign"], MADE_UP))
    assert (foreign.status_code, foreign.text) == (404, made_up.text)
    assert made_up.status_code == 404


def test_so_are_deeds_and_the_team_may_read_but_not_decide(place: Visits) -> None:
    browser = place.browser("lead")
    token = {"csrf_token": form_at(browser.get(f"/minutes/{place.refs['made']}"), "/decision")["csrf_token"]}
    data = {**token, "decision": "keep"}
    answers = [browser.post(f"/minutes/{ref}/decision", data=data) for ref in (place.refs["foreign"], MADE_UP)]
    assert [answer.status_code for answer in answers] == [404, 404]
    team = place.browser("leader")
    token = {"csrf_token": form_at(team.get(f"/minutes/{place.refs['made']}"), "/correct")["csrf_token"]}
    assert team.post(f"/minutes/{place.refs['made']}/decision", data={**token, "decision": "keep"}).status_code == 403


# What reading leaves behind


def events(place: Visits, name: str) -> list[tuple[str, int | None]]:
    with db.reading() as session:
        found = sa.select(Event.kind, Event.person_id).where(Event.about == place.refs[name]).order_by(Event.id)
        return [(kind, person) for kind, person in session.execute(found)]


@pytest.mark.parametrize("path", ["/minutes/{made}", "/minutes/{made}/word"])
def test_each_reading_leaves_one_event_of_who_read_what_and_nothing_else(place: Visits, path: str) -> None:
    lead, team = place.browser("lead"), place.browser("leader")
    for browser in (lead, team):
        browser.get("/home")  # so that being seen just now is noted already
    before = tables()
    for browser in (lead, lead, team):
        assert browser.get(path.format(**place.refs)).status_code == 200
    assert events(place, "made") == [
        ("read", place.people["lead"]),
        ("read", place.people["lead"]),
        ("reread", place.people["leader"]),
    ]
    assert change(before) == {"event": 3}


def test_what_shows_nothing_of_them_leaves_nothing(place: Visits) -> None:
    browser = place.browser("lead")
    browser.get("/home")
    before = tables()
    browser.get("/inbox")
    browser.get(word(place, "fresh"))
    browser.head(f"/minutes/{place.refs['made']}")
    browser.head(word(place, "made"))
    assert change(before) == {}
    assert browser.get(f"/minutes/{place.refs['foreign']}").status_code == 404
    assert [kind for kind, person in events(place, "foreign") if person == place.people["lead"]] == ["denied"]


@pytest.mark.parametrize("decision", ["keep", "ask", "share"])
def test_the_page_after_a_press_on_it_is_no_opening_and_its_address_later_is_one(place: Visits, decision: str) -> None:
    browser, made = place.browser("lead"), f"/minutes/{place.refs['made']}"
    form = form_at(browser.get(made), "/decision")
    words_ = {"question": "Who was there?"} if decision == "ask" else {}
    answer = browser.post(f"{made}/decision", data={**form, "decision": decision, **words_})
    assert answer.status_code == 303 and browser.get(answer.location).status_code == 200

    def openings() -> int:
        return sum(event == ("read", place.people["lead"]) for event in events(place, "made"))

    assert openings() == 1
    for beside in (browser.get(made), browser.get(f"{made}?done=stopped")):
        assert beside.status_code == 200
    assert openings() == 3, "nor does it hide another way in"
    place.page("deputy", answer.location)
    assert ("read", place.people["deputy"]) in events(place, "made"), "it was not she who pressed"


def test_a_lead_who_recorded_them_reads_her_own(app: Flask) -> None:
    place = Visits(app, lambda scene: {"made": scene.sent(scene.lead, at=earlier()).ref})
    place.page("lead", f"/minutes/{place.refs['made']}")
    place.page("deputy", f"/minutes/{place.refs['made']}")
    assert [kind for kind, _ in events(place, "made")] == ["reread", "read"]


# What a page costs


@pytest.mark.parametrize("path", ["/inbox", "/minutes/{made}"])
def test_a_page_takes_as_many_statements_however_much_there_is(app: Flask, place: Visits, path: str) -> None:
    browser = place.browser("lead")
    address = path.format(**place.refs)
    few = statements(app, browser, address)

    def more(scene: Scene) -> None:
        asked = scene.session.scalars(sa.select(Minutes).where(Minutes.ref == place.refs["made"])).one()
        scene.asked = asked.covers[0].asked
        for number in range(10):
            scene.sent(at=earlier())
            scene.ask(asked, words=f"{number}?", at=earlier())
            scene.share(asked, at=earlier(), point_0=bool(number % 2))

    place.does(more)
    assert statements(app, browser, address) <= few + 2, "two more for the share that is there now"
    assert few <= 28, "three of them for what was held back, kept for want of a lead, or could not be sent before"
