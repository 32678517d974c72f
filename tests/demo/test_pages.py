"""One click to be somebody, only in a demonstration; and the mailbox page."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.clock import now
from app.database import db
from app.demo.models import Demonstration
from app.demo.services import load
from app.policy import Role
from tests import factories as make
from tests.client import Client
from tests.conftest import settings_for


@pytest.fixture
def demonstration(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = create_app(settings_for(database_url, tmp_path, demonstration=True))
    made.test_client_class = Client
    with made.app_context():
        yield made
        made.extensions["database_engine"].dispose()


def test_one_click_signs_in_as_a_team_leader(demonstration: Flask) -> None:
    with db.writing() as session:
        load(session, "small", now=now())
    client = demonstration.test_client()
    page = client.get("/demonstration").text
    assert "Team leader, Health Visiting North" in page
    response = client.post_form("/demonstration", at="", follow_redirects=True)  # type: ignore[attr-defined]
    assert response.status_code == 200
    assert "Your page" in response.text


def test_without_the_mark_nobody_is_signed_in_by_one_click(demonstration: Flask) -> None:
    with db.writing() as session:
        ref = make.person(session).ref
    client = demonstration.test_client()
    assert client.get("/demonstration").status_code == 404
    token = client.get("/sign-in").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert client.post(f"/demonstration/sign-in/{ref}", data={"csrf_token": token}).status_code == 404
    assert client.get("/home").status_code == 303


def test_a_real_service_has_none_of_these_pages(client: Client) -> None:
    for url in ("/demonstration", "/demonstration/mailbox", "/demonstration/mailbox/000001"):
        assert client.get(url).status_code in (303, 404)
    assert not [rule for rule in client.application.url_map.iter_rules() if rule.endpoint.startswith("demo.")]


def test_the_mailbox_shows_letters_newest_first_with_their_text_and_files(demonstration: Flask, tmp_path: Path) -> None:
    with db.writing() as session:
        session.add(Demonstration(size="small", made_at=now()))
    folder = tmp_path / "mailbox"
    folder.mkdir(exist_ok=True)
    for number, subject in enumerate(("First", "<b>Second</b>"), 1):
        letter = EmailMessage()
        letter["To"], letter["Subject"] = "leader@example.gov.uk", subject
        letter.set_content("Open http://localhost/home\n<script>alert(1)</script>")
        letter.add_attachment(b"bytes", maintype="application", subtype="x-test", filename="a.docx")
        (folder / f"{number:06d}.eml").write_bytes(letter.as_bytes())
    client = demonstration.test_client()
    page = client.get("/demonstration/mailbox").text
    assert page.index("&lt;b&gt;Second") < page.index("First")
    letter_page = client.get("/demonstration/mailbox/000002").text
    assert '<a href="http://localhost/home"' in letter_page
    assert "&lt;script&gt;alert(1)" in letter_page
    assert client.get("/demonstration/mailbox/000002/0").data == b"bytes"
    assert client.get("/demonstration/mailbox/000002/1").status_code == 404
    assert client.get("/demonstration/mailbox/..%2fservice").status_code == 404


def test_whoever_was_imported_into_a_demonstration_is_nobody_to_be(demonstration: Flask) -> None:
    with db.writing() as session:
        session.add(Demonstration(size="small", made_at=now()))
        real = make.holder(session, Role.OFFICER, make.partnership(session))
        ref, name = real.ref, real.name
    client = demonstration.test_client()
    assert name not in client.get("/demonstration").text
    token = client.get("/sign-in").text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    assert client.post(f"/demonstration/sign-in/{ref}", data={"csrf_token": token}).status_code == 404
