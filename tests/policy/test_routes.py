"""Every route of the application, called as everybody, about what is theirs, what is not and what is not there.

What each is answered stands in `matrix.py`; a route without a row there fails. A deed that is refused leaves every
table as it was but the trail and the sessions; one that is done is done on a copy of the world and changes something.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.clock import now
from app.database import db
from app.organisations.models import Appointment, Person
from tests.policy import matrix
from tests.policy.matrix import FOR_EVERYBODY, PEOPLE, WITHOUT_APPOINTMENT, Open, Row
from tests.policy.posted import NOTHING_STORED, SENT, SHOWN_AGAIN
from tests.policy.stage import ANONYMOUS, MADE_UP, Stage, moved_to, staged, told, without_what_differs

CLOSED, PUBLIC, DEMONSTRATION = matrix.closed(), matrix.public(), matrix.public(matrix.DEMONSTRATION)
WITH_A_THING = [row for row in CLOSED if row.thing and row.thing not in FOR_EVERYBODY]
DEEDS = [row for row in CLOSED if row.method == "POST"]


def named(row: Row | Open) -> str:
    return f"{row.method} {row.page} {row.thing}".strip()


def thing(stage: Stage, row: Row | Open, where: str = "here") -> str:
    """The reference of what a row is about."""
    return getattr(stage.world, where).get(row.thing, MADE_UP) if row.thing else MADE_UP


def sent(row: Row | Open) -> dict[str, str]:
    """What is posted: said for the page about the thing, or for the page."""
    if row.method == "GET":
        return {}
    return SENT[name] if (name := f"{row.page} {row.thing}") in SENT else SENT[row.page]


def answers(stage: Stage, row: Row, url: str) -> dict[str, str]:
    """What everybody is answered at an address, in the words of the matrix."""
    return {person: told(stage.ask(person, row.method, url, sent(row))) for person in everybody()}


def everybody() -> list[str]:
    return [ANONYMOUS, *PEOPLE.values(), *WITHOUT_APPOINTMENT]


def expected(cells: dict[str, str]) -> dict[str, str]:
    """The cells of a row, and what they leave out because it is the same for every closed page."""
    return {ANONYMOUS: "sign in", **cells, **dict.fromkeys(WITHOUT_APPOINTMENT, "unappointed")}


def refused_only(row: Row) -> dict[str, str]:
    return {person: cell for person, cell in expected(row.cells).items() if cell != "ok"}


def test_every_route_has_a_row(stage: Stage) -> None:
    rows = {(row.page, row.method) for row in (*CLOSED, *PUBLIC)}
    routes = {
        (rule.endpoint, method)
        for rule in stage.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes - rows == set(), "say in tests/policy/matrix.py who may see this"
    assert rows - routes == set(), "these rows speak of no route"


def test_a_page_is_open_to_anybody_only_where_the_matrix_says_so(stage: Stage) -> None:
    views = stage.app.view_functions
    marked = {name for name, view in views.items() if getattr(view, "is_public", False) or name == "static"}
    assert marked == {row.page for row in PUBLIC}


@pytest.mark.parametrize("row", [row for row in CLOSED if row.method == "GET"], ids=named)
def test_everybody_gets_the_page_or_is_turned_away_as_the_matrix_says(row: Row, stage: Stage) -> None:
    before = stage.tables()
    url = stage.address(row.page, row.method, thing(stage, row))
    assert answers(stage, row, url) == expected(row.cells)
    assert stage.tables() == before, "a GET changes nothing"


@pytest.mark.parametrize("row", DEEDS, ids=named)
def test_whoever_may_not_is_turned_away_and_nothing_is_changed(row: Row, stage: Stage) -> None:
    before = stage.tables()
    url = stage.address(row.page, row.method, thing(stage, row))
    got = {person: told(stage.ask(person, row.method, url, sent(row))) for person in refused_only(row)}
    assert got == refused_only(row)
    assert stage.tables() == before, "a refusal leaves nothing behind"


@pytest.mark.parametrize("row", DEEDS, ids=named)
def test_whoever_may_does_it(row: Row, kind: str, stage: Stage, copies: Callable[[], str]) -> None:
    people = [person for person, cell in row.cells.items() if cell == "ok"]
    # A copy of the world is dear on PostgreSQL, and who may is read alike: one person there, everybody on SQLite.
    for person in people if kind == "sqlite" else people[:1]:
        _does_it(row, person, stage, copies())


def _does_it(row: Row, person: str, stage: Stage, copy: str) -> None:
    url = stage.address(row.page, row.method, thing(stage, row))
    with moved_to(stage, copy) as copied:
        decides = row.page == "forwarding.decide"
        fields = {**sent(row), **(copied.seen(person, thing(copied, row)) if decides else {})}
        before = copied.tables()
        answer = copied.ask(person, row.method, url, fields)
        shown = {200, 409, 422} if row.page in NOTHING_STORED else {200 if row.page in SHOWN_AGAIN else 303}
        assert answer.status_code in shown, f"{person}: {answer.status_code}: {said(answer)}"
        changed = copied.tables() != before
    done_before = row.thing in ("taken_share", "sent_draft") and row.page != "discussions.said"
    done_before |= row.page == "home.release"  # no letters are held in this world
    assert changed is not (row.page in NOTHING_STORED or done_before), person


@pytest.mark.parametrize("row", WITH_A_THING, ids=named)
def test_what_is_foreign_is_answered_like_what_is_not_there(row: Row, stage: Stage) -> None:
    foreign, before = thing(stage, row, "there"), stage.tables()
    there, nowhere = (stage.address(row.page, row.method, ref) for ref in (foreign, MADE_UP))
    wanted = expected(dict.fromkeys(row.cells, "--")) | {"officer elsewhere": row.cells["officer"]}
    for person, cell in wanted.items():
        if cell == "ok" and row.method == "POST":
            continue
        answer = stage.ask(person, row.method, there, sent(row))
        assert told(answer) == cell, f"{person} at {there}"
        if person != "officer elsewhere":
            like = stage.ask(person, row.method, nowhere, sent(row))
            assert without_what_differs(answer, foreign) == without_what_differs(like, MADE_UP), person
    assert stage.tables() == before


@pytest.mark.parametrize("row", PUBLIC, ids=named)
def test_what_is_open_is_open_to_everybody_alike(row: Open, stage: Stage, copies: Callable[[], str]) -> None:
    url = stage.address(row.page, row.method, thing(stage, row))
    with moved_to(stage, copies()) as copied:
        before = copied.tables()
        got = {person: copied.ask(person, row.method, url, sent(row)).status_code for person in everybody()}
        assert set(got.values()) <= row.statuses, got
        stored = {"code_asked"} if row.page == "accounts.sign_in" and row.method == "POST" else set()
        after = copied.tables()
    assert {name for name in before if before[name] != after[name]} == stored


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("row", DEMONSTRATION, ids=named)
def test_the_pages_of_a_demonstration_are_there_only_in_one(
    row: Open, marked: bool, peopled: object, tokens: dict[str, str], copies: Callable[[], str], tmp_path: object
) -> None:
    from app.demo.models import Demonstration
    from app.demo.queries import DOMAIN

    url, world = peopled  # type: ignore[misc]
    with staged(copies(), tmp_path, world, tokens, demonstration=True) as stage:  # type: ignore[arg-type]
        if marked:
            with stage.app.app_context(), db.writing() as session:
                session.add(Demonstration(size="small", made_at=now()))
                somebody = session.scalars(sa.select(Person).where(Person.ref == world.here["person"])).one()
                somebody.addresses[0].email = f"somebody@{DOMAIN}"
        url = stage.address(row.page, row.method, thing(stage, row))
        got = {person: stage.ask(person, row.method, url, sent(row)).status_code for person in everybody()}
    assert set(got.values()) <= (row.statuses if marked else {404}), got


def test_without_a_demonstration_there_is_no_way_in_by_one_click(stage: Stage) -> None:
    assert not [rule for rule in stage.app.url_map.iter_rules() if rule.endpoint.startswith("demo.")]
    person = stage.world.here["person"]
    assert stage.ask(ANONYMOUS, "POST", f"/demonstration/sign-in/{person}").status_code == 404


def test_every_table_of_the_matrix_names_the_same_people_that_the_world_holds(stage: Stage) -> None:
    assert {*PEOPLE.values(), *WITHOUT_APPOINTMENT} <= set(stage.world.people)
    assert all(set(row.cells) == set(PEOPLE.values()) for row in CLOSED)


REMOVED = [
    ("leader", "team"),
    ("lead", "minutes"),
    ("deputy", "minutes"),
    ("officer", "circulation"),
    ("reviewer", "edition"),
]


@pytest.mark.parametrize(("person", "about"), REMOVED)
def test_a_role_that_ends_is_gone_with_the_next_request(
    person: str, about: str, stage: Stage, copies: Callable[[], str]
) -> None:
    row = next(row for row in CLOSED if row.thing == about and row.method == "GET")
    url = stage.address(row.page, "GET", thing(stage, row))
    with moved_to(stage, copies()) as copied:
        assert told(copied.ask(person, "GET", url)) == "ok"
        ended(copied.app, copied.world.people[person])
        assert told(copied.ask(person, "GET", url)) == "unappointed"


def said(answer: TestResponse) -> str:
    """The words of a page, for a failure that can be read."""
    words = re.sub(r"<[^>]+>|\s+", " ", answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0])
    return re.sub(r" +", " ", words)[:600]


def ended(app: Flask, person: int) -> None:
    """End everything that somebody is appointed to, yesterday."""
    with app.app_context(), db.writing() as session:
        held = sa.update(Appointment).where(Appointment.person_id == person)
        session.execute(held.values(starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31)))
