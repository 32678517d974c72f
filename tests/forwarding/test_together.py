"""“I have these”: several sets of minutes are acknowledged together, each as if on its own page."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.database import db
from app.discussions.models import Minutes
from app.forwarding.models import Acknowledgement, Share
from app.trail.models import Event
from tests.client import Client
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, earlier, faults, form_at, has_form, statements, words


def four(scene: Scene) -> dict[str, Any]:
    scene.circle.partnership.short_name, scene.circle.edition.short_title = "ESSCP", "NAI"
    scene.asked.team_name = "North"
    made = [scene.sent(at=earlier(5 - n)).ref for n in range(4)]
    noise = scene.session.scalars(
        sa.select(Minutes.ref).where(Minutes.organisation_id == scene.circle.noise.id).order_by(Minutes.id.desc())
    ).first()
    return {"made": made, "own": scene.sent(scene.lead, at=earlier()).ref, "foreign": noise}


@pytest.fixture
def place(app: Flask) -> Visits:
    return Visits(app, four)


def opened(place: Visits, *refs: str, who: str = "lead") -> Client:
    """Somebody's browser that has opened these."""
    browser = place.browser(who)
    for ref in refs:
        assert browser.get(f"/minutes/{ref}").status_code == 200
    return browser


def offered(page: TestResponse) -> list[str]:
    return [part.split('"')[0] for part in page.text.split('name="minutes" type="checkbox" value="')[1:]]


def ticked(browser: Client, *refs: str) -> TestResponse:
    return browser.post("/inbox/have", data={**form_at(browser.get("/inbox"), "/inbox/have"), "minutes": list(refs)})


def said() -> list[tuple[str, str]]:
    """Who has said of which minutes of the trust that he or she has them."""
    with db.reading() as session:
        rows = session.execute(
            sa.select(Minutes.ref, Acknowledgement.name)
            .join(Minutes, Minutes.id == Acknowledgement.minutes_id)
            .where(Acknowledgement.at >= earlier())
        )
        return sorted((ref, name) for ref, name in rows)


def test_only_what_she_has_opened_is_offered_and_nothing_is_ticked(place: Visits) -> None:
    one, two, *_ = place.refs["made"]
    assert not has_form(place.page("lead", "/inbox"), "/inbox/have")
    browser = opened(place, one, two, place.refs["own"])
    opened(place, place.refs["made"][2], who="deputy")
    page = browser.get("/inbox")
    assert offered(page) == [two, one], "newest first, without what only the deputy opened, and without her own"
    assert "minutes" not in form_at(page, "/inbox/have")
    assert words(page).count("opened by you") == 2
    assert "Tick those that you have. That says by your name “I have this”, and shares nothing." in words(page)


def test_two_meetings_of_one_day_are_told_apart_by_when_they_were_sent(place: Visits) -> None:
    one, two, *_ = place.refs["made"]
    said = words(opened(place, one, two).get("/inbox")).partition("Opened and not confirmed yet")[2]
    sent = re.findall(r"Met on [^,]+, sent \d+ \w+ \d{4} at [\d:]+", said.partition("I have these")[0])
    assert len(sent) == len(set(sent)) == 2


def test_a_version_that_she_has_not_opened_is_not_offered_though_she_opened_the_one_before(place: Visits) -> None:
    ref = place.refs["made"][0]
    browser = opened(place, ref)
    place.does(lambda scene: scene.corrected(_minutes(scene, ref), at=earlier(0)))
    assert offered(browser.get("/inbox")) == []


def _minutes(scene: Scene, ref: str) -> Minutes:
    return scene.session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()


def test_those_ticked_are_acknowledged_by_name_and_nothing_is_shared(place: Visits) -> None:
    one, two, three, _ = place.refs["made"]
    browser = opened(place, one, two, three)
    answer = ticked(browser, one, three)
    assert answer.status_code == 303
    assert said() == sorted([(one, "Lead"), (three, "Lead")])
    page = words(browser.get(answer.location))
    assert page.startswith("You have 2 sets of minutes It says so by your name, Lead")
    assert "Not shared so far Saying that you have them shared nothing." in page
    assert page.count("North: NAI, 18 November 2026 Read, not shared") == 2 and "Left out" not in page
    assert offered(browser.get("/inbox")) == [two]
    with db.reading() as session:
        kinds = sa.select(Event.kind).where(Event.about == one).order_by(Event.id)
        assert list(session.scalars(kinds)) == ["read", "acknowledged"]
        assert session.scalars(sa.select(Share).where(Share.at >= earlier())).all() == []


def test_the_button_pressed_twice_says_it_once_and_answers_alike(place: Visits) -> None:
    one, two, *_ = place.refs["made"]
    browser = opened(place, one, two)
    data = {**form_at(browser.get("/inbox"), "/inbox/have"), "minutes": [one, two]}
    first, second = (browser.post("/inbox/have", data=data) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert said() == sorted([(one, "Lead"), (two, "Lead")])
    assert "You have 2 sets of minutes" in words(browser.get(second.location))


MEANWHILE: dict[str, tuple[Callable[[Scene, Minutes], Any], str]] = {
    "corrected": (
        lambda scene, minutes: scene.corrected(minutes, at=earlier(0)),
        "The team has corrected these since. Open them to find the newest version, and read that first.",
    ),
    "said": (lambda scene, minutes: scene.has(minutes, scene.deputy, at=earlier(0)), "Deputy said “I have this” on "),
    "asked": (
        lambda scene, minutes: scene.ask(minutes, scene.deputy, at=earlier(0)),
        "The team was asked a question about these since. Open them to decide.",
    ),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_moved_on_meanwhile_is_left_out_with_a_sentence_and_the_rest_is_done(place: Visits, what: str) -> None:
    one, two, *_ = place.refs["made"]
    browser, (deed, sentence) = opened(place, one, two), MEANWHILE[what]
    data = {**form_at(browser.get("/inbox"), "/inbox/have"), "minutes": [one, two]}
    place.does(lambda scene: deed(scene, _minutes(scene, one)))
    page = words(browser.get(browser.post("/inbox/have", data=data).location))
    assert page.startswith("You have 1 set of minutes") and f"Left out North: NAI, 18 November 2026 {sentence}" in page
    assert [pair for pair in said() if pair[1] == "Lead"] == [(two, "Lead")]


def test_neither_her_own_nor_what_she_never_opened_is_confirmed_by_a_form_of_her_own_making(place: Visits) -> None:
    one, two, *_ = place.refs["made"]
    browser, own = opened(place, one, place.refs["own"]), place.refs["own"]
    page = words(browser.get(ticked(browser, two, own).location))
    assert page.startswith("Nothing was confirmed Why")
    assert "You recorded these yourself, so there is nothing to confirm." in page
    assert "You have not opened these yet. Read them first." in page
    assert said() == []


def test_nothing_ticked_is_said_on_the_page_and_foreign_is_answered_like_made_up(place: Visits) -> None:
    browser = opened(place, place.refs["made"][0])
    page = ticked(browser)
    assert page.status_code == 422 and faults(page) == {"minutes": "Tick the minutes that you have."}
    assert offered(page) == [place.refs["made"][0]]
    foreign, nowhere = (ticked(browser, ref) for ref in (place.refs["foreign"], "0" * 12))
    assert (foreign.status_code, faults(foreign)) == (nowhere.status_code, faults(nowhere))
    for ref in (place.refs["foreign"], "0" * 12, "", "'"):
        assert browser.get(f"/inbox/had?of={ref}").status_code == 404
    assert place.page("leader", f"/inbox/had?of={place.refs['made'][0]}").status_code == 404
    assert place.browser("leader").post("/inbox/have", data={"minutes": place.refs["made"][0]}).status_code in (
        400,
        404,
    )
    assert said() == []


def test_a_page_takes_as_many_as_it_shows_and_leads_on(app: Flask) -> None:
    place = Visits(app, lambda scene: {"made": [scene.sent(at=earlier()).ref for _ in range(53)]})
    browser = opened(place, *place.refs["made"])
    first = browser.get("/inbox")
    assert len(offered(first)) == 50 and "More to read" in words(first)
    assert ticked(browser, *place.refs["made"]).status_code == 422, "more than a page"
    answer = ticked(browser, *offered(first))
    assert "You have 50 sets of minutes" in words(browser.get(answer.location))
    assert len(said()) == 50 and len(offered(browser.get("/inbox"))) == 3


def test_statements_do_not_grow_with_how_many_were_opened_or_confirmed(place: Visits, app: Flask) -> None:
    one, *rest = place.refs["made"]
    browser = opened(place, one)
    few = statements(app, browser, "/inbox")
    for ref in rest:
        browser.get(f"/minutes/{ref}")
    assert statements(app, browser, "/inbox") == few
    had = ticked(browser, *place.refs["made"]).location
    assert statements(app, browser, had) == statements(app, browser, f"/inbox/had?of={one}")


def test_a_lead_and_her_deputy_who_do_it_at_once_leave_one_account(place: Visits, app: Flask) -> None:
    made = place.refs["made"]
    browsers = {who: opened(place, *made, who=who) for who in ("lead", "deputy")}
    forms = {who: form_at(browser.get("/inbox"), "/inbox/have") for who, browser in browsers.items()}
    start = threading.Barrier(2)

    def press(who: str) -> int:
        with app.app_context():
            start.wait(60)
            refs = made if who == "lead" else made[::-1]
            return browsers[who].post("/inbox/have", data={**forms[who], "minutes": refs}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert [going.result() for going in [pool.submit(press, who) for who in browsers]] == [303, 303]
    assert sorted(ref for ref, _ in said()) == sorted(made), "each by one of them"
