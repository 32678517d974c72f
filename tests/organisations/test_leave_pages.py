"""Days away on their pages: a lead's own, and an administrator's of her organisation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import date_words, now, today
from app.database import db
from app.organisations.models import Leave
from app.policy import Role
from app.web.dates import PARTS
from tests import factories as make
from tests.client import Client, parse
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, faults, form_at, statements, words

DAY = timedelta(days=1)
PAGE = "/away"


@pytest.fixture
def place(app: Flask) -> Visits:
    def arrange(scene: Scene) -> dict[str, Any]:
        scene.circle.organisation.name, scene.circle.partnership.reply_name = "Community Trust", "the office"
        ada = scene.appointed(Role.ADMINISTRATOR)
        ada.name = "Ada"
        elsewhere = make.holder(scene.session, Role.ADMINISTRATOR, scene.circle.noise)
        return {"Ada": ada.id, "elsewhere": elsewhere.id}

    return Visits(app, arrange)


@pytest.fixture
def lead(place: Visits) -> Client:
    return place.browser("lead")


@pytest.fixture
def ada(place: Visits) -> Client:
    return place.browser(place.refs["Ada"])


def days(first: int | None = None, last: int | None = None) -> dict[str, str]:
    """The boxes for a first and a last day, counted from today."""
    told = {"starts_on": first, "ends_on": last}
    return {
        f"{name}-{part}": str(getattr(today(now()) + number * DAY, part))
        for name, number in told.items()
        if number is not None
        for part in PARTS
    }


def links(browser: Client, within: str = "") -> list[str]:
    """The pages to which the list of days away leads, of somebody if named."""
    found = []
    page = parse(browser.get(PAGE))
    for section in page.iter("section" if within else "main"):
        if within in "".join(section.itertext()):
            found += [a.get("href") or "" for a in section.iter("a")]
    return [link for link in found if link.startswith(PAGE)]


def notes(browser: Client, whose: str, first: int, last: int) -> Any:
    at = next(link for link in links(browser, whose) if link.startswith(f"{PAGE}/note/"))
    return browser.post_form(at, days(first, last), at=at)


def changes(browser: Client, at: str, decision: str, last: int | None = None) -> Any:
    return browser.post_form(at, {"decision": decision, **days(last=last)}, at=at)


def kept() -> list[tuple[int, int]]:
    """The days that are noted, counted from today."""
    with db.reading() as session:
        rows = session.execute(sa.select(Leave.starts_on, Leave.ends_on).order_by(Leave.id)).all()
    return [((one - today(now())).days, (other - today(now())).days) for one, other in rows]


def test_a_lead_notes_that_she_is_away_moves_the_last_day_and_calls_it_off(lead: Client) -> None:
    for page in ("/home", "/inbox"):
        assert PAGE in [a.get("href") for a in parse(lead.get(page)).iter("a")], page
    page = words(lead.get(PAGE))
    assert page.startswith("When you are away") and "No days away are noted." in page
    told = "At Community Trust the deputy is written to at once while you are away"
    assert (
        f"{told}, about minutes that come in and those that nobody has yet: Deputy, Deputy safeguarding lead." in page
    )
    answer = notes(lead, "", 0, 7)
    first, last = (date_words(today(now()) + number * DAY) for number in (0, 7))
    page = words(lead.get(answer.location))
    assert page.startswith(f"Done You are away from {first} to {last}.") and "(away today)" in page
    at = links(lead)[0]
    assert f"Now: {first} to {last}, both days included. Noted by you on" in words(lead.get(at))
    lead.get(changes(lead, at, "last", 3).location)
    assert kept() == [(0, 3)]
    page = words(lead.get(changes(lead, at, "off", 5).location))
    assert page.startswith("Done Those days no longer count") and "No days away are noted." in page
    assert kept() == [(0, -1)]
    assert "They were called off by Lead" in words(lead.get(at))
    notes(lead, "", 5, 7)
    ahead = changes(lead, links(lead)[0], "off")
    assert words(lead.get(ahead.location)).startswith("Done Those days no longer count") and kept()[1:] == [(5, 4)]


def test_what_cannot_be_is_said_at_its_box_and_what_was_typed_stays(lead: Client) -> None:
    answer = notes(lead, "", 5, 2)
    assert answer.status_code == 422
    assert next(iter(faults(answer).items()))[1].startswith("The last day away is before the first")
    assert f'value="{days(5)["starts_on-day"]}"' in answer.text
    empty = lead.post_form(at := links(lead)[0], {}, at=at)
    assert list(faults(empty).values()) == ["Give the first day away.", "Give the last day away."]
    notes(lead, "", 5, 7)
    again = notes(lead, "", 7, 9)
    assert list(faults(again)) == ["starts_on-day"] and "is noted already" in again.text
    at = links(lead)[0]
    for decision, last, why in (("", None, "Choose what"), ("last", None, "Give the last"), ("last", 2, "before the")):
        answer = changes(lead, at, decision, last)
        assert answer.status_code == 422 and why in next(iter(faults(answer).values())), decision
    assert kept() == [(5, 7)]


def test_what_was_changed_on_another_page_is_shown_before_it_is_changed(lead: Client, ada: Client) -> None:
    notes(lead, "", 2, 7)
    at = links(lead)[0]
    page = {**form_at(lead.get(at), at), "decision": "last", **days(last=4)}
    changes(ada, at, "last", 5)
    answer = lead.post(at, data=page)
    assert answer.status_code == 409 and "changed on another page" in answer.text
    assert "Noted by Ada on" in words(answer) and kept() == [(2, 5)]
    changes(ada, at, "off")
    answer = lead.post(at, data=page)
    assert answer.status_code == 409 and "They were called off by Ada" in words(answer)


def test_an_administrator_notes_them_of_the_leads_and_deputies_of_her_organisation(lead: Client, ada: Client) -> None:
    assert PAGE in [a.get("href") for a in parse(ada.get("/home")).iter("a")]
    page = words(ada.get(PAGE))
    assert "When leads and deputies are away" in page and "Leader" not in page.replace("Leads", "")
    assert (
        "At Community Trust letters to a deputy go on as ever. The leads read on their page that Deputy is away."
        in page
    )
    answer = notes(ada, "Lead, Named Nurse", 1, 3)
    page = words(ada.get(answer.location))
    assert page.startswith("Done Lead is away from") and "A letter says so to Lead." in page
    assert ", noted by Ada" in words(lead.get(PAGE))
    changes(lead, links(lead)[0], "last", 2)
    assert kept() == [(1, 2)]


def test_nobody_else_finds_any_of_it(place: Visits, lead: Client, ada: Client) -> None:
    notes(ada, "Lead, Named Nurse", 1, 3)
    own = [*links(lead), "/away/zzzzzzzzzzzz", "/away/note/zzzzzzzzzzzz"]
    for who in ("leader", "officer", "reviewer", "deputy", "noise_lead", place.refs["elsewhere"]):
        browser = place.browser(who)
        for at in own:
            assert browser.get(at).status_code == 404, (who, at)
        assert browser.get(PAGE).status_code == (404 if who in ("leader", "officer", "reviewer") else 200)
    assert "Lead, Named Nurse" not in words(place.page(place.refs["elsewhere"], PAGE))


def test_without_a_deputy_the_page_says_that_minutes_wait_and_whom_to_ask(place: Visits, lead: Client) -> None:
    place.does(lambda scene: scene.ended(scene.deputy, Role.DEPUTY))
    page = words(lead.get(PAGE))
    assert (
        "Community Trust has no deputy here, so minutes wait until you are back. To have a deputy named, ask Ada"
        in page
    )


def test_the_list_takes_as_many_statements_for_many_as_for_one(app: Flask, place: Visits, ada: Client) -> None:
    few = statements(app, ada, PAGE)

    def more(scene: Scene) -> None:
        trust = scene.lead.appointments[0].organisation
        for role in (Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR) * 3:
            scene.away(make.holder(scene.session, role, trust), today(now()), today(now()) + DAY)

    place.does(more)
    assert statements(app, ada, PAGE) == few <= 8
