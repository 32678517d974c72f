"""A briefing's pages are answered ahead of Flask, and never as they would no longer be made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest
import sqlalchemy as sa
from flask import Flask, request_started
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import create_app
from app.clock import now
from app.database import db
from app.organisations.models import Partnership
from app.packs.content import PackContent
from app.packs.models import Pack
from app.packs.services import publish_edition
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE
from app.web.ahead import LOOKED_AFTER
from tests import factories as make
from tests.client import Client
from tests.conftest import settings_for
from tests.packs.huge import real

PAGE = "/packs/nai-under-5-2021"
PAGES = (PAGE, f"{PAGE}/editions/1", f"{PAGE}/guide", f"{PAGE}/slides", f"{PAGE}/editions/1/guide")


@pytest.fixture(params=["esscp", "elsewhere"])
def published(app: Flask, request: pytest.FixtureRequest) -> PackContent:
    """Where the source is not here, the page speaks for the only partnership there is."""
    with db.writing() as session:
        make.partnership(session, slug=request.param, short_name="ESSCP", reply_to="office@esscp.example.gov.uk")
        publish_edition(session, CONSOLE, real(), now=now())
    return real()


@pytest.fixture
def by_flask(app: Flask) -> list[str]:
    """The addresses for which Flask was asked."""
    asked: list[str] = []

    def note(sender: Flask, **_: object) -> None:
        from flask import request

        asked.append(request.path)

    request_started.connect(note, app)
    app.extensions["noted"] = note  # a signal holds what it calls weakly
    return asked


def headers(answer: TestResponse) -> list[tuple[str, str]]:
    """All but the date, which the web server adds where it is not there."""
    return sorted(pair for pair in answer.headers if pair[0] != "Date")


@pytest.mark.parametrize("at", PAGES)
def test_from_the_second_on_it_is_the_same_answer_ahead_of_flask(
    at: str, client: Client, published: PackContent, by_flask: list[str]
) -> None:
    first = client.get(at)
    known = {"If-None-Match": first.headers["ETag"]}
    none_by_flask = client.get(f"{at}?by=flask", headers=known)
    assert by_flask == [at, at]
    second, none = client.get(at), client.get(at, headers=known)
    assert by_flask == [at, at]
    assert (first.status_code, none.status_code, none.data) == (200, 304, b"")
    assert second.data == first.data
    assert headers(second) == headers(first)
    assert headers(none) == headers(none_by_flask)


def test_another_etag_is_answered_in_full_and_a_weak_or_listed_one_is_good(
    client: Client, published: PackContent
) -> None:
    etag = client.get(PAGE).headers["ETag"]
    for known, status in ((f"W/{etag}", 304), (f'"other", {etag}', 304), ("*", 304), ('"other"', 200), ("", 200)):
        assert client.get(PAGE, headers={"If-None-Match": known}).status_code == status, known


def test_whatever_is_more_than_plain_asking_flask_answers(
    client: Client, published: PackContent, by_flask: list[str]
) -> None:
    client.get(PAGE)
    assert client.head(PAGE).data == b"" and client.get(f"{PAGE}?left_out=1").status_code == 200
    assert client.post(PAGE).status_code in (400, 405)
    assert by_flask == [PAGE] * 4


def set_on(**values: object) -> Callable[[Session], object]:
    return lambda session: session.execute(sa.update(Partnership).values(**values))


def stand(standing: Standing) -> Callable[[Session], object]:
    return lambda session: let_stand(
        session, CONSOLE, session.scalars(sa.select(Pack)).one(), standing, "So.", now=now()
    )


def published_anew(session: Session) -> None:
    publish_edition(session, CONSOLE, PackContent.from_dict({**real().as_dict(), "title": "Another"}), now=now())


def joined_by_another(session: Session) -> None:
    make.partnership(session, name="An earlier one")


CHANGES = {
    "name": set_on(name="Another name"),
    "colour": set_on(colour="#112233"),
    "numbers": set_on(numbers_to_call=[["New desk", "01234 000000"]]),
    "reply name": set_on(reply_name="another office"),
    "reply address": set_on(reply_to="another@esscp.example.gov.uk"),
    "edition": published_anew,
    "retired": stand(Standing.RETIRED),
    "withdrawn": stand(Standing.WITHDRAWN),
    "partnership": joined_by_another,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_is_seen_by_every_process_a_tenth_of_a_second_later(
    change: str, client: Client, published: PackContent, app: Flask, tmp_path: Path, database_url: str
) -> None:
    def process() -> Flask:
        return create_app(settings_for(database_url, tmp_path))

    def answers(of: Flask) -> list[tuple[int, bytes]]:
        browser = of.test_client()
        return [(answer.status_code, answer.data) for answer in map(browser.get, PAGES)]

    other, anew = process(), process()
    before = answers(other)
    assert answers(other) == before
    with db.writing() as session:
        CHANGES[change](session)
    sleep(LOOKED_AFTER)
    after = answers(other)
    assert after == answers(anew), "as whoever never kept anything makes them"
    if change == "withdrawn":
        assert {status for status, _ in after} == {410}
    for made in (other, anew):
        made.extensions["database_engine"].dispose()


@pytest.mark.parametrize("who", ["whoever has a cookie", "this very process"])
def test_what_changes_is_seen_at_once_by(
    who: str, client: Client, published: PackContent, app: Flask, tmp_path: Path, database_url: str
) -> None:
    other = create_app(settings_for(database_url, tmp_path))
    browser, by_itself = other.test_client(), who == "this very process"
    if not by_itself:
        browser.set_cookie("signed-in", "x")
    assert [browser.get(PAGE).status_code for _ in range(3)] == [200] * 3
    with other.app_context() if by_itself else app.app_context(), db.writing() as session:
        stand(Standing.WITHDRAWN)(session)
    assert browser.get(PAGE).status_code == 410
    other.extensions["database_engine"].dispose()


def test_a_page_that_stood_just_now_asks_the_database_nothing(
    client: Client, published: PackContent, app: Flask
) -> None:
    client.get(PAGE)
    looks: list[str] = []
    sa.event.listen(app.extensions["database_engine"], "checkout", lambda *_: looks.append("look"))
    began = monotonic()
    for _ in range(200):
        assert client.get(PAGE).status_code == 200
    # However long the machine takes for them: one look at first, and one more each time that so long has gone by.
    assert 1 <= len(looks) <= 1 + (monotonic() - began) / LOOKED_AFTER
    before = len(looks)
    sleep(LOOKED_AFTER)
    assert client.get(PAGE).status_code == 200
    assert len(looks) == before + 1


def test_a_sentence_for_whoever_sent_something_is_in_no_kept_page(client: Client, published: PackContent) -> None:
    for at in PAGES:
        said = client.get(f"{at}?left_out=1")
        assert "were left out of your text" not in said.text
        assert client.get(at).data == said.data


def test_where_the_database_does_not_answer_the_page_says_so(
    client: Client, published: PackContent, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client.get(PAGE)
    with app.extensions["database_engine"].begin() as connection:
        connection.exec_driver_sql("ALTER TABLE pack_standing RENAME TO put_away")
    assert client.get(PAGE).status_code == 503
    assert "a kept page could not be looked after" in caplog.text
    with app.extensions["database_engine"].begin() as connection:
        connection.exec_driver_sql("ALTER TABLE put_away RENAME TO pack_standing")
    assert client.get(PAGE).status_code == 200


def test_a_glance_leaves_the_connection_as_it_found_it(client: Client, published: PackContent, app: Flask) -> None:
    engine = app.extensions["database_engine"]
    client.get(PAGE)
    for _ in range(40):  # more than there are connections
        assert client.get(PAGE).status_code == 200
    assert engine.pool.checkedout() == 0
    with db.writing() as session:
        session.execute(sa.update(Partnership).values(name="Not kept"))
        session.rollback()
    assert "Not kept" not in client.get(PAGE).text
