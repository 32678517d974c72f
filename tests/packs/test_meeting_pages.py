"""Slides, guide and meeting pack through HTTP: open to anybody, kept, and the same for everybody."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.database import db
from app.organisations.models import Partnership
from app.packs.content import PackContent
from app.packs.services import publish_edition
from app.packs.slides import slides
from app.policy import CONSOLE, Role
from tests import factories as make
from tests.client import Client, parse
from tests.packs.huge import SLUG, huge, real
from tests.web.word_reading import faults, paragraphs

PAGE = "/packs/nai-under-5-2021"
KINDS = ("slides", "guide", "meeting.docx")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def published(app: Flask) -> PackContent:
    with db.writing() as session:
        make.partnership(session, slug="esscp", short_name="ESSCP")
        publish_edition(session, CONSOLE, real(), now=now())
    return real()


def publish(**changed: object) -> None:
    with db.writing() as session:
        publish_edition(session, CONSOLE, PackContent.from_dict({**real().as_dict(), **changed}), now=now())


def said(element: Element) -> str:
    return " ".join(words for part in element.itertext() for words in part.split())


def at(page: Element, key: str) -> Element:
    return next(element for element in page.iter() if element.get("id") == key)


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_the_same_for_everybody_and_sets_no_cookie(kind: str, client: Client, published: PackContent) -> None:
    anonymous = client.get(f"{PAGE}/{kind}")
    with db.writing() as session:
        who = make.person(session)
        make.appoint(session, who, Role.OPERATOR)
        reader = who.id
    assert client.as_person(reader).get(f"{PAGE}/{kind}").data == anonymous.data
    assert anonymous.status_code == 200
    assert "Set-Cookie" not in anonymous.headers
    assert anonymous.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_that_a_browser_calls_the_service_stands_in_none(
    kind: str, client: Client, published: PackContent
) -> None:
    assert b"evil.example" not in client.get(f"{PAGE}/{kind}", headers={"Host": "evil.example"}).data
    assert b"evil.example" not in client.get(PAGE, headers={"Host": "evil.example"}).data


@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_that_has_it_is_told_so_until_there_is_a_new_edition(
    kind: str, client: Client, published: PackContent
) -> None:
    etag = {"If-None-Match": client.get(f"{PAGE}/{kind}").headers["ETag"]}
    assert client.get(f"{PAGE}/{kind}", headers=etag).status_code == 304
    publish(title="Another title")
    assert client.get(f"{PAGE}/{kind}", headers=etag).status_code == 200
    assert client.get(f"{PAGE}/editions/1/{kind}", headers=etag).status_code == 304


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_takes_one_statement_or_none_of_a_session(
    kind: str, app: Flask, client: Client, published: PackContent
) -> None:
    sent: list[str] = []
    sa.event.listen(app.extensions["database_engine"], "before_cursor_execute", lambda *a: sent.append(a[2]))
    client.get(f"{PAGE}/{kind}")
    sent.clear()
    client.get(f"{PAGE}/{kind}")
    assert sum(statement.startswith("SELECT") for statement in sent) == (kind == "meeting.docx"), sent


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_there_is_a_404(kind: str, client: Client, published: PackContent) -> None:
    for address in ("/packs/no-such", f"{PAGE}/editions/2", f"{PAGE}/editions/0"):
        assert client.get(f"{address}/{kind}").status_code == 404


def test_a_changed_number_to_call_shows_at_once_though_all_are_kept(client: Client, published: PackContent) -> None:
    for kind in KINDS:
        client.get(f"{PAGE}/{kind}")
    with db.writing() as session:
        session.execute(sa.update(Partnership).values(numbers_to_call=[["New desk", "01234 000000"]]))
    assert "01234 000000" in client.get(f"{PAGE}/slides").text
    assert "01234 000000" in client.get(f"{PAGE}/guide").text
    assert "New desk: 01234 000000" in paragraphs(client.get(f"{PAGE}/meeting.docx").data)


def test_the_meeting_pack_is_a_word_file_to_keep_that_speaks_of_its_edition(
    client: Client, published: PackContent
) -> None:
    publish(title="Another title")
    newest, first = client.get(f"{PAGE}/meeting.docx"), client.get(f"{PAGE}/editions/1/meeting.docx")
    assert newest.content_type == WORD
    assert newest.headers["Content-Disposition"] == 'attachment; filename="nai-under-5-2021-meeting.docx"'
    assert faults(newest.data) == []
    assert paragraphs(newest.data, "Title") == ["Another title"]
    assert paragraphs(first.data, "Title") == [published.title]
    assert any(f"http://localhost{PAGE}/editions/1" in line for line in paragraphs(first.data))


def test_no_transaction_is_open_while_the_word_file_is_made(
    client: Client, published: PackContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.packs import meeting_pages

    was, seen = meeting_pages.meeting_pack, []

    def made(facts: object) -> bytes:
        seen.append(db.session.in_transaction())
        return was(facts)  # type: ignore[arg-type]

    monkeypatch.setattr(meeting_pages, "meeting_pack", made)
    assert client.get(f"{PAGE}/meeting.docx").status_code == 200
    assert seen == [False]


def test_every_slide_is_a_section_with_a_heading_and_links_to_the_next_and_the_one_before(
    client: Client, published: PackContent
) -> None:
    page = parse(client.get(f"{PAGE}/slides"))
    sections = list(page.iter("section"))
    assert len(sections) == len(slides(published)) + 1
    for number, section in enumerate(sections, 1):
        heading = at(page, str(section.get("aria-labelledby")))
        assert heading.tag == ("h1" if number == 1 else "h2")
        assert section.get("id") == f"slide-{number}"
        links = [a.get("href") for a in next(section.iter("nav")).iter("a")]
        near = [number - 1] * (number > 1) + [number + 1] * (number < len(sections))
        assert links == [f"#slide-{n}" for n in near]
        assert f"{number} of {len(sections)}" in said(section)


def test_the_explanation_of_a_point_is_a_slide_after_its_question(client: Client, published: PackContent) -> None:
    text = [said(section) for section in parse(client.get(f"{PAGE}/slides")).iter("section")]
    for number, point in enumerate(published.points, 1):
        question = next(
            i for i, words in enumerate(text) if words.startswith(f"Question {number}") and point.question in words
        )
        assert f"Question {number}: when you have talked" in text[question + 1]
        assert not [words for words in text[: question + 1] if f"Question {number}: when" in words]


def test_slides_of_the_largest_pack_are_a_page_without_faults(client: Client, published: PackContent) -> None:
    with db.writing() as session:
        publish_edition(session, CONSOLE, huge(), now=now())
    for kind in KINDS:
        assert client.get(f"/packs/{SLUG}/{kind}").status_code == 200


def test_the_guide_has_the_minutes_and_each_note_below_its_question(client: Client, published: PackContent) -> None:
    page = parse(client.get(f"{PAGE}/guide"))
    rows = [[said(cell) for cell in row.iter("td")] for row in page.iter("tr")][1:]
    assert rows[0] == ["Before", "Before the meeting: everybody reads the briefing"]
    assert rows[2] == ["2 to 7 5 minutes", f"1. {published.points[0].question}"]
    for number, section in enumerate(page.iter("section"), 1):
        assert said(section).startswith(f"{number}. {published.points[number - 1].question}")


def test_the_briefing_leads_to_all_three_of_its_own_edition(client: Client, published: PackContent) -> None:
    publish(title="Another title")
    for number in (1, 2):
        page = client.get(f"{PAGE}/editions/{number}").text
        assert [kind for kind in KINDS if f'href="{PAGE}/editions/{number}/{kind}"' in page] == list(KINDS)
