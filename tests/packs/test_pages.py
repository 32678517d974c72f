"""The public pages of packs and the officer's page that publishes, through HTTP."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.database import db
from app.packs import shelf
from app.packs.content import PackContent
from app.packs.folder import read_folder
from app.packs.services import publish_edition
from app.policy import CONSOLE, Role
from tests import factories as make
from tests.client import Client

PAGE = "/packs/nai-under-5-2021"


@pytest.fixture
def content() -> PackContent:
    return read_folder(shelf.SHELF / "nai-under-5-2021")


@pytest.fixture
def published(app: Flask, content: PackContent) -> PackContent:
    with db.writing() as session:
        make.partnership(session, slug="esscp", short_name="ESSCP", reply_to="office@esscp.example.gov.uk")
        publish_edition(session, CONSOLE, content, now=now())
    return content


def text_of(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.get_data(as_text=True)


def test_anybody_reads_a_briefing_with_its_counts_glossary_and_source(client: Client, published: PackContent) -> None:
    page = text_of(client, PAGE)
    for section, items in (("Key themes (good practice)", 9), ("Key challenges", 3), ("Learning identified", 4)):
        assert f'{section}</a> <span class="app-count">({items})</span>' in page
    assert "What the words mean" in page
    assert 'id="glossary-vig"' in page
    assert published.source.title.replace("&", "&amp;") in page


def test_the_page_says_how_a_practitioner_is_heard(client: Client, published: PackContent) -> None:
    page = text_of(client, PAGE)
    assert "Tell your team leader" in page
    assert "office@esscp.example.gov.uk" in page


def test_the_page_is_the_same_for_everybody_and_sets_no_cookie(client: Client, published: PackContent) -> None:
    anonymous = client.get(PAGE)
    with db.writing() as session:
        who = make.person(session)
        make.appoint(session, who, Role.OPERATOR)
        reader = who.id
    signed_in = client.as_person(reader).get(PAGE)
    assert anonymous.data == signed_in.data
    assert "Set-Cookie" not in anonymous.headers
    assert "csrf_token" not in anonymous.text


def test_a_browser_that_has_the_page_is_told_so_and_is_not_after_a_new_edition(
    client: Client, published: PackContent
) -> None:
    etag = client.get(PAGE).headers["ETag"]
    assert client.get(PAGE, headers={"If-None-Match": etag}).status_code == 304
    with db.writing() as session:
        changed = PackContent.from_dict({**published.as_dict(), "short_title": "Under fives"})
        publish_edition(session, CONSOLE, changed, now=now())
    assert client.get(PAGE, headers={"If-None-Match": etag}).status_code == 200


def test_edition_1_stays_readable_and_says_that_there_is_a_newer_one(client: Client, published: PackContent) -> None:
    assert "the newest" not in text_of(client, f"{PAGE}/editions/1")
    with db.writing() as session:
        changed = PackContent.from_dict({**published.as_dict(), "title": "Another title"})
        publish_edition(session, CONSOLE, changed, now=now())
    old = text_of(client, f"{PAGE}/editions/1")
    assert published.title in old
    assert "Read edition 2, the newest" in old
    assert "Another title" in text_of(client, PAGE)


def test_a_changed_number_to_call_shows_at_once_though_the_page_is_kept(client: Client, published: PackContent) -> None:
    text_of(client, PAGE)
    with db.writing() as session:
        from app.organisations.models import Partnership

        session.execute(sa.update(Partnership).values(numbers_to_call=[["New desk", "01234 000000"]]))
    assert "01234 000000" in text_of(client, PAGE)


def test_a_briefing_that_is_not_there_is_a_404_page(client: Client, published: PackContent) -> None:
    for url in ("/packs/no-such", f"{PAGE}/editions/2", f"{PAGE}/editions/0", "/packs/%00"):
        assert client.get(url).status_code == 404


def test_a_kept_page_takes_no_session(app: Flask, client: Client, published: PackContent) -> None:
    text_of(client, PAGE)
    said: list[str] = []
    engine = app.extensions["database_engine"]
    sa.event.listen(engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    text_of(client, PAGE)
    assert said == [], "the one look at what it was made of takes none (test_ahead)"


@pytest.fixture
def officer(app: Flask) -> int:
    with db.writing() as session:
        source = make.partnership(session, slug="esscp")
        who = make.person(session)
        make.appoint(session, who, Role.OFFICER, source)
        key = who.id
    return key


def test_an_officer_publishes_from_the_page_and_is_led_on_to_circulate(client: Client, officer: int) -> None:
    client.as_person(officer)
    assert "Not published" in text_of(client, "/publish")
    response = client.post_form("/publish", at="/publish/nai-under-5-2021", follow_redirects=True)
    assert "The next step is to circulate it" in response.text
    assert "edition 1" in response.text
    assert "Every briefing here is published as it stands." in response.text
    assert "/circulate/nai-under-5-2021" in response.text


def test_a_folder_with_faults_shows_each_and_cannot_be_published(
    client: Client, officer: int, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "broken"
    folder.mkdir()
    (folder / "pack.yaml").write_text("title: Broken\n")
    monkeypatch.setattr(shelf, "SHELF", Path(str(tmp_path)))
    monkeypatch.setattr(shelf.folders, "__defaults__", (Path(str(tmp_path)),))
    page = text_of(client.as_person(officer), "/publish")
    assert "Needs mending" in page
    assert "briefing.md: This file is missing" in page
    assert "Publish edition" not in page


def test_an_officer_of_another_partnership_sees_that_its_source_publishes_it(client: Client, officer: int) -> None:
    with db.writing() as session:
        who = make.person(session)
        make.appoint(session, who, Role.OFFICER, make.partnership(session))
        other = who.id
    page = text_of(client.as_person(other), "/publish")
    assert "publishes this one" in page
    assert "Publish edition" not in page
