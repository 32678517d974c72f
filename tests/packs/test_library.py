"""The public library: what there is, newest first; what is looked for, best first; whatever a stranger types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.packs.content import PackContent
from app.packs.entries import LibraryEntry, LibraryFacet, LibraryText
from app.packs.finding import ON_A_PAGE, Wanted, library
from app.packs.models import Edition
from app.packs.services import publish_edition
from app.packs.shelving import shelve_all
from app.policy import CONSOLE
from tests.client import Client
from tests.conftest import NOW
from tests.packs.test_writing_out import of_sample

Publish = Any


@pytest.fixture
def publish(app: Flask) -> Publish:
    """Publishes a pack that is made of the small good one; a later one a minute after the one before."""
    moments = iter(range(1_000))

    def published(slug: str, at: datetime | None = None, **changed: Any) -> PackContent:
        said = {**of_sample().as_dict(), "title": f"Title of {slug}", "slug": slug, **changed}
        content = PackContent.from_dict(said)
        with db.writing() as session:
            publish_edition(session, CONSOLE, content, now=at or NOW + timedelta(minutes=next(moments)))
        return content

    return published


def slugs(client: Client, **asked: str) -> list[str]:
    response = client.get("/packs", query_string=asked)
    assert response.status_code == 200
    return re.findall(r'<li><a class="govuk-link" href="/packs/([a-z0-9-]+)"', response.text)


def section(words: str) -> dict[str, Any]:
    return {"type": "background", "title": "Background", "markdown": words, "items": 0}


def test_everything_is_listed_newest_first_and_a_new_edition_comes_to_the_top(client: Client, publish: Publish) -> None:
    for slug in ("one", "two", "three"):
        publish(slug)
    assert slugs(client) == ["three", "two", "one"]
    publish("one", short_title="Changed")
    assert slugs(client) == ["one", "three", "two"]
    assert "(edition 2)" in client.get("/packs").text


def test_an_empty_library_says_so(client: Client, app: Flask) -> None:
    assert "There is no briefing to find here at the moment." in client.get("/packs").text
    assert slugs(client, q="fathers") == []


WHERE = {
    "title": {"title": "About quokkas"},
    "short title": {"short_title": "Quokka"},
    "source": {"source": {"name": "Quokka SCP", "partnership": "q", "title": "T", "date": "2025-01"}},
    "title of the source": {"source": {"name": "N", "partnership": "q", "title": "On quokkas", "date": "2025-01"}},
    "a section": {"sections": [section("Three **quokkas** fell.")]},
    "a link's words": {"sections": [section("See [the quokka](https://example.org/).")]},
    "a question": {"points": [{"key": "a", "kind": "open", "question": "Is this a quokka?", "note": "n"}]},
    "a recommendation": {"recommendations": [{"key": "a", "audience": "All", "text": "Feed the quokka."}]},
    "the glossary": {"glossary": [{"term": "Quokka", "meaning": "An animal."}]},
    "a topic": {"topics": ["Quokkas"]},
    "whom it is for": {"audience": ["Quokka keepers"]},
}


@pytest.mark.parametrize("where", WHERE)
def test_a_word_is_found_wherever_it_stands_and_in_its_other_forms(
    where: str, client: Client, publish: Publish
) -> None:
    whole = [*of_sample().as_dict()["sections"]]
    sections = {"sections": [*WHERE[where].get("sections", whole[:1]), *whole[1:]]}
    publish("with", **{**WHERE[where], **sections})
    publish("without")
    for typed in ("quokka", "QUOKKAS", "Quokka’s"):
        assert slugs(client, q=typed) == ["with"], typed


def test_a_note_and_an_earlier_edition_are_not_searched(client: Client, publish: Publish) -> None:
    publish("one", title="Quokka", points=[{"key": "a", "kind": "open", "question": "Q?", "note": "A wombat."}])
    assert (slugs(client, q="wombat"), slugs(client, q="quokka")) == ([], ["one"])
    publish("one", title="Numbat")
    assert (slugs(client, q="quokka"), slugs(client, q="numbat")) == ([], ["one"])


TYPED = [
    *(
        '"',
        "'",
        '""',
        'fathers"',
        "(",
        ")))",
        "*",
        "^",
        ":",
        "-",
        "+",
        "&",
        "|",
        "!",
        "<->",
        "\\",
        "%",
        "_",
        "--",
        ";",
        "/*",
    ),
    *("AND", "OR", "NOT", "NEAR", "NEAR(", "a NEAR/2 b", "head:x", "{head body}:x", "^x", "x*", "x:*", "!x", "x & | y"),
    *(
        "\u202e\u05d0\u05d1",
        "\u0645\u0631\u062d\u0628\u0627",
        "\u00b2",
        "\U0001f476",
        "\u200b",
        "…",
        "'; DROP TABLE pack; --",
    ),
    *(
        "x" * 10_000,
        "x " * 5_000,
        "(" * 10_000,
        "\u00e9" * 300,
        "1e999",
        "0x1F",
        "null",
        "’s",
        "a@b.example",
        "https://a/b?c",
    ),
]


@pytest.mark.parametrize("order", ["", "newest"])
def test_whatever_a_stranger_types_is_answered_with_a_page(order: str, client: Client, publish: Publish) -> None:
    publish("one")
    for typed in TYPED:
        for more in ({}, {"topic": typed, "year": typed, "type": typed, "audience": typed, "after": typed}):
            response = client.get("/packs", query_string={"q": typed, "order": order, **more})
            assert response.status_code == 200, typed
            assert len(response.data) < 20_000


@pytest.mark.parametrize("typed", ["a\x00b", "\x00", "a\ud800b".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_what_no_text_can_hold_leads_nowhere_and_breaks_nothing(typed: str, client: Client, publish: Publish) -> None:
    assert client.get("/packs", query_string={"q": typed}).status_code in (200, 404)


def test_no_word_is_read_as_an_operator(client: Client, publish: Publish) -> None:
    publish("fathers", title="Fathers")
    publish("quokkas", title="Quokkas")
    assert slugs(client, q="fathers OR quokkas") == []
    assert slugs(client, q="fathers | quokkas") == []
    assert slugs(client, q="NOT fathers") == ["fathers"]
    assert slugs(client, q="-fathers") == ["fathers"]
    assert slugs(client, q="!fathers") == ["fathers"]
    assert slugs(client, q="quok*") == []
    assert slugs(client, q="head:fathers") == []
    assert slugs(client, q='"babies two"') == ["quokkas", "fathers"]


def test_words_that_stand_in_every_text_are_left_out_and_alone_are_no_question(
    client: Client, publish: Publish
) -> None:
    publish("one", sections=[section("Fathers stay away."), *of_sample().as_dict()["sections"][1:]])
    assert slugs(client, q="how are the fathers") == ["one"]
    page = client.get("/packs?q=the+what").text
    assert "“the what” stands in every briefing" in page
    assert 'href="/packs">See all briefings' in page
    assert slugs(client, q="the what") == []


def test_where_nothing_is_found_the_page_says_so_and_leads_back_to_all(client: Client, publish: Publish) -> None:
    publish("one")
    for asked in ({"q": "zebra"}, {"q": "zebra fell"}, {"topic": "zebras"}, {"q": "fell", "year": "1999"}):
        page = client.get("/packs", query_string=asked).text
        assert "No briefing was found" in page
        assert 'href="/packs">See all briefings' in page
    assert slugs(client, after="no-such-pack") == []
    assert "There are no more briefings." in client.get("/packs?after=no-such-pack").text


def test_what_was_typed_stands_in_the_form_again_and_nothing_of_it_is_markup(client: Client, publish: Publish) -> None:
    publish("one", sections=[section("Two & three < four fell."), *of_sample().as_dict()["sections"][1:]])
    page = client.get("/packs", query_string={"q": '"><script>', "topic": '"><b>'}).text
    assert 'value="&#34;&gt;&lt;script&gt;"' in page
    assert "<script>" not in page.replace("<script>document.body", "")
    assert "Two &amp; three &lt; four <strong>fell</strong>." in client.get("/packs?q=fell").text


def test_it_is_narrowed_by_type_topic_year_and_audience_alone_and_together(client: Client, publish: Publish) -> None:
    publish("a", type="thematic", topics=["Neglect", "Fathers"], audience=["Police"], published="2019-03")
    publish("b", type="thematic", topics=["fathers"], audience=["Schools"], published="2020-01-31")
    publish("c", topics=["Neglect"], published="2019-12", review="2027-01-31")
    assert slugs(client, type="thematic") == ["b", "a"]
    assert slugs(client, topic="fathers") == ["b", "a"]
    assert slugs(client, topic="FATHERS") == ["b", "a"]
    assert slugs(client, year="2019") == ["c", "a"]
    assert slugs(client, audience="police") == ["a"]
    assert slugs(client, year="2019", topic="neglect", type="thematic") == ["a"]
    assert slugs(client, q="fell", topic="neglect") == ["c", "a"]
    assert slugs(client, q="fell", topic="neglect", order="newest", type="thematic") == ["a"]
    page = client.get("/packs?topic=neglect").text
    assert '<option value="neglect" selected>Neglect</option>' in page
    assert re.findall(r'<option value="(\d{4})"', page) == ["2020", "2019"]


def test_a_word_of_the_title_counts_for_more_and_the_newest_may_be_asked_for(client: Client, publish: Publish) -> None:
    publish("title", title="Quokkas")
    publish("body", sections=[section("A quokka fell."), *of_sample().as_dict()["sections"][1:]])
    assert slugs(client, q="quokka") == ["title", "body"]
    assert slugs(client, q="quokka", order="newest") == ["body", "title"]


@pytest.mark.parametrize("asked", [{}, {"q": "fell"}, {"q": "fell", "order": "newest"}, {"year": "2025"}], ids=repr)
def test_pages_follow_each_other_without_a_gap_or_a_repeat(
    asked: dict[str, str], client: Client, publish: Publish
) -> None:
    whole = 2 * ON_A_PAGE + 3
    for number in range(whole):
        publish(
            f"pack-{number}", sections=[section("fell " * (number % 5 + 1)), *of_sample().as_dict()["sections"][1:]]
        )
    found: list[str] = []
    page = client.get("/packs", query_string=asked)
    assert f"{whole} briefings" in page.text
    while True:
        found += re.findall(r'<li><a class="govuk-link" href="/packs/([a-z0-9-]+)"', page.text)
        more = re.search(r'rel="next" href="([^"]+)"', page.text)
        if not more:
            break
        page = client.get(more[1].replace("&amp;", "&"))
    assert len(found) == len(set(found)) == whole
    if asked.get("q") and "order" not in asked:
        assert found != sorted(found, key=lambda slug: -int(slug[5:]))
    else:
        assert found == [f"pack-{number}" for number in reversed(range(whole))]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    said: list[str] = []
    sa.event.listen(app.extensions["database_engine"], "before_cursor_execute", lambda *a: said.append(a[2]))
    yield said


def test_a_search_takes_as_many_statements_for_fifty_packs_as_for_one(
    app: Flask, client: Client, publish: Publish
) -> None:
    asked = ({}, {"q": "fell"}, {"q": "fell", "order": "newest"}, {"topic": "a", "year": "2025"}, {"after": "pack-0"})
    publish("pack-0", topics=["A"])
    counts = []
    for _ in range(2):
        with statements(app) as said:
            for one in asked:
                slugs(client, **one)
            counts.append(len(said))
        for number in range(1, 50):
            publish(f"pack-{number}", topics=["A", f"B{number}"])
    assert counts[0] == counts[1]
    with statements(app) as said:
        slugs(client, q="fell", topic="a", year="2025")
        assert len([line for line in said if line.startswith(("SELECT", "WITH"))]) == 4, (
            said
        )  # one is for the name above the page


def everything(app: Flask) -> list[list[tuple[Any, ...]]]:
    """What the library holds, but the keys of places."""
    with db.reading() as session:
        shown = [column for column in LibraryEntry.__table__.columns if column.name != "place"]
        slug = LibraryEntry.pack_id
        text = sa.select(slug, LibraryText.parts, LibraryText.head, LibraryText.body).join(LibraryEntry)
        facet = sa.select(slug, LibraryFacet.kind, LibraryFacet.key, LibraryFacet.label).join(LibraryEntry)
        order = sa.select(slug).order_by(LibraryEntry.place)
        found = [sorted(map(tuple, session.execute(one)), key=repr) for one in (sa.select(*shown), text, facet)]
        return [*found, list(map(tuple, session.execute(order)))]


def test_the_index_is_made_anew_by_a_command_and_is_what_publishing_made(
    app: Flask, client: Client, publish: Publish
) -> None:
    for slug in ("b", "a", "c"):
        publish(slug, topics=["Falls"], glossary=[{"term": "Quokka", "full": "Setonix", "meaning": "An animal."}])
    publish("b", title="Changed", at=NOW + timedelta(days=1))
    before, found = everything(app), slugs(client, q="quokka")
    with db.writing() as session:
        for table in ("library_facet", "library_text", "library_entry"):
            session.execute(sa.delete(sa.table(table)))
    assert slugs(client) == slugs(client, q="quokka") == []
    result = app.test_cli_runner().invoke(args=["packs", "index"])
    assert (result.exit_code, result.output) == (0, "The library holds 3 packs.\n")
    assert everything(app) == before
    assert slugs(client, q="quokka") == found
    assert slugs(client) == ["b", "c", "a"]


def test_a_publication_that_fails_leaves_the_library_as_it_was(app: Flask, client: Client, publish: Publish) -> None:
    publish("one", title="Quokka")
    before = everything(app)
    content = PackContent.from_dict({**of_sample().as_dict(), "slug": "one", "title": "Wombat"})
    with db.writing() as session:
        publish_edition(session, CONSOLE, content, now=NOW)
        session.rollback()
    assert everything(app) == before
    assert (slugs(client, q="quokka"), slugs(client, q="wombat")) == (["one"], [])


def test_a_text_longer_than_an_index_takes_is_published_and_found_by_its_beginning(
    app: Flask, client: Client, publish: Publish
) -> None:
    words = [" ".join(f"w{part}x{number}" for number in range(2_500)) for part in range(60)]
    many = [{"type": "other", "title": f"Part {i}", "markdown": text, "items": 0} for i, text in enumerate(words)]
    publish("long", sections=[section("Quokka."), *many])
    assert slugs(client, q="quokka") == ["long"]
    with db.reading() as session:
        assert library(session, Wanted(words=("quokka",))).total == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Edition)) == 1
    with db.writing() as session:
        assert shelve_all(session) == 1
