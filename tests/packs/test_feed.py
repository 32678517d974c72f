"""The feed of the library keeps the rules of Atom (RFC 4287), and a pack is called the same in it for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from lxml import etree

from app.database import db
from app.packs.content import PackContent
from app.packs.feed import ATOM, MOST, Entry, feed, id_of
from app.packs.services import publish_edition
from app.policy import CONSOLE
from tests.client import Client
from tests.conftest import NOW
from tests.packs.test_writing_out import of_sample

# What RFC 4287 asks of a feed, in the compact form of our own words turned to RELAX NG: of elements that it names once,
# one; ids, dates and links in their form; an author for the feed. Section numbers are those of the RFC.
RULES = f"""\
<grammar xmlns="http://relaxng.org/ns/structure/1.0" ns="{ATOM}"
         datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <start><element name="feed"><ref name="language"/><interleave>
    <oneOrMore><ref name="author"/></oneOrMore> <!-- 4.1.1 -->
    <ref name="id"/><ref name="title"/><ref name="updated"/>
    <oneOrMore><ref name="link"/></oneOrMore>
    <zeroOrMore><ref name="entry"/></zeroOrMore>
  </interleave></element></start>
  <define name="entry"><element name="entry"><interleave> <!-- 4.1.2 -->
    <oneOrMore><ref name="author"/></oneOrMore>
    <ref name="id"/><ref name="title"/><ref name="updated"/><oneOrMore><ref name="link"/></oneOrMore>
    <optional><element name="summary"><text/></element></optional>
  </interleave></element></define>
  <define name="author"><element name="author"> <!-- 3.2 -->
    <element name="name"><data type="string"><param name="minLength">1</param></data></element>
  </element></define>
  <define name="id"><element name="id"> <!-- 4.2.6: an IRI that never changes -->
    <data type="string"><param name="pattern">urn:uuid:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}</param></data>
  </element></define>
  <define name="title"><element name="title"> <!-- 3.1: plain text where no type is said -->
    <data type="string"><param name="minLength">1</param></data></element></define>
  <define name="updated"><element name="updated"> <!-- 3.3: RFC 3339, capitals T and Z -->
    <data type="dateTime"><param name="pattern">[0-9-]{{10}}T[0-9:]{{8}}(\\.[0-9]+)?(Z|[+-][0-9:]{{5}})</param></data>
  </element></define>
  <define name="link"><element name="link"> <!-- 4.2.7 -->
    <attribute name="rel"><choice><value>self</value><value>alternate</value></choice></attribute>
    <attribute name="type"><data type="string"><param name="pattern">[a-z]+/[a-z+]+</param></data></attribute>
    <attribute name="href"><data type="anyURI"/></attribute></element></define>
  <define name="language"><attribute name="lang" ns="http://www.w3.org/XML/1998/namespace"><data type="language"/>
  </attribute></define>
</grammar>"""
URL = "/packs/feed.atom"


def valid(body: bytes) -> etree._Element:
    root = etree.fromstring(body)
    rules = etree.RelaxNG(etree.fromstring(RULES))
    assert rules.validate(root), rules.error_log
    ids = [found.text for found in root.iter(f"{{{ATOM}}}id")]
    assert len(ids) == len(set(ids)), "4.1.1: no two have the same id"
    for of, wanted in [
        (root, ["alternate", "self"]),
        *((one, ["alternate"]) for one in root.findall(f"{{{ATOM}}}entry")),
    ]:
        links = sorted(found.get("rel", "") for found in of.findall(f"{{{ATOM}}}link"))
        assert links == wanted, "4.1.1, 4.1.2: one alternate of a type; the feed says where it is itself"
    addresses = [found.get("href", "") for found in root.iter(f"{{{ATOM}}}link")]
    assert all(re.match("https?://", address) for address in addresses)
    return root


def texts(root: etree._Element, name: str) -> list[str]:
    return [found.text or "" for found in root.findall(f"{{{ATOM}}}entry/{{{ATOM}}}{name}")]


@pytest.fixture
def publish(app: Flask) -> Callable[..., None]:
    def published(slug: str, at: datetime = NOW, **changed: Any) -> None:
        content = PackContent.from_dict({**of_sample().as_dict(), "slug": slug, **changed})
        with db.writing() as session:
            publish_edition(session, CONSOLE, content, now=at)

    return published


def test_it_is_valid_with_briefings_and_without(client: Client, publish: Callable[..., None]) -> None:
    answer = client.get(URL)
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert texts(valid(answer.data), "title") == []
    publish("one", title="Falls & <stairs> \u05d0 \U0001f476")
    publish("two", NOW + timedelta(hours=1))
    root = valid(client.get(URL).data)
    assert texts(root, "title") == ["Falls in the first year", "Falls & <stairs> \u05d0 \U0001f476"]
    assert texts(root, "updated") == ["2026-11-23T11:00:00Z", "2026-11-23T10:00:00Z"]
    assert root.findtext(f"{{{ATOM}}}updated") == "2026-11-23T11:00:00Z"
    assert "Rapid review by Anyshire" in texts(root, "summary")[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<updated>2026-11-23T10:00:00Z", b"<updated>2026-11-23 10:00:00"),
        (b"<id>urn:uuid:", b"<id>pack-"),
        (b"<author>", b"<writer>"),
        (b'rel="self"', b'rel="alternate"'),
        (b"<title>Falls", b"<title></title><title>Falls"),
    ],
)
def test_the_rules_find_what_breaks_them(old: bytes, new: bytes, client: Client, publish: Callable[..., None]) -> None:
    publish("one")
    body = client.get(URL).data
    assert old in body
    broken = body.replace(old, new)
    if new == b"<writer>":
        broken = broken.replace(b"</author>", b"</writer>")
    with pytest.raises(AssertionError):
        valid(broken)


def test_a_pack_keeps_its_id_through_its_editions_and_on_another_service(
    client: Client, publish: Callable[..., None]
) -> None:
    publish("one")
    first = valid(client.get(URL).data)
    publish("one", NOW + timedelta(days=400), title="Changed")
    second = valid(client.get(URL).data)
    assert texts(first, "id") == texts(second, "id") == [id_of("anyshire", "one")]
    assert first.findtext(f"{{{ATOM}}}id") == second.findtext(f"{{{ATOM}}}id")
    assert texts(second, "title") == ["Changed"]
    assert id_of("anyshire", "one") == "urn:uuid:6f3c5f2b-ce2c-567e-bf9f-514b5bf5df75"
    assert id_of("elsewhere", "one") != id_of("anyshire", "one")


def test_it_holds_the_newest_fifty(client: Client, app: Flask) -> None:
    made = [Entry("o", f"s-{i}", f"T {i}", "S", "Words.", datetime(2026, 1, 1, tzinfo=UTC)) for i in range(60)]
    body = feed(
        made, title="T", author="A", own="https://a.test/f", page="https://a.test/", address="https://a.test/{}".format
    )
    assert texts(valid(body), "title") == [f"T {i}" for i in range(MOST)]


def test_whoever_has_it_is_told_so_until_something_is_published(client: Client, publish: Callable[..., None]) -> None:
    publish("one")
    first = client.get(URL)
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, first.headers["Cache-Control"]) == (304, b"", "no-cache")
    publish("one", NOW + timedelta(days=1), title="Changed")
    assert client.get(URL, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_library_and_briefing_name_it_and_its_links_lead_back(client: Client, publish: Callable[..., None]) -> None:
    publish("one")
    for page in ("/packs", "/packs?q=fell", "/packs/one", "/packs/one/editions/1"):
        assert (
            f'<link rel="alternate" type="application/atom+xml" title="Learning briefings" href="{URL}">'
            in client.get(page).text
        )
    root = valid(client.get(URL).data)
    links = {found.get("rel"): found.get("href", "") for found in root.findall(f"{{{ATOM}}}link")}
    (own,) = [found.get("href", "") for found in root.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link")]
    for address, path in ((links["self"], URL), (links["alternate"], "/packs"), (own, "/packs/one")):
        assert address.endswith(path)
        assert client.get(path).status_code == 200
