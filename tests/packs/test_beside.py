"""What a briefing has beside its text: a poster with a code, and every edition for ever."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import segno
import sqlalchemy as sa
from flask import Flask

from app.database import db
from app.packs.content import PackContent
from app.packs.models import Edition
from app.packs.services import publish_edition
from app.policy import CONSOLE, Role
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.packs.test_writing_out import of_sample

PAGE = "/packs/falls-2025"


@pytest.fixture
def published(app: Flask) -> PackContent:
    content = of_sample()
    with db.writing() as session:
        publish_edition(session, CONSOLE, content, now=NOW)
    return content


def modules(svg: str) -> set[tuple[int, int]]:
    """The dark places of a code, by row and column, read from the strokes that draw it."""
    (path,) = [e for e in ElementTree.fromstring(svg).iter() if e.get("stroke")]
    found, x, y = set(), 0.0, 0.0
    for step, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path.get("d", "")):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if step == "M":
            x, y = values
        elif step == "m":
            x, y = x + values[0], y + values[1]
        else:
            found |= {(int(y), int(x) + i) for i in range(int(values[0]))}
            x += values[0]
    return found


def test_the_code_is_that_of_the_full_address(client: Client, published: PackContent, app: Flask) -> None:
    answer = client.get(f"{PAGE}/qr.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    where = f"{app.config['SETTINGS'].service_url}{PAGE}"
    matrix = segno.make(where, error="m", micro=False).matrix
    border = 4
    wanted = {(r + border, c + border) for r, row in enumerate(matrix) for c, dark in enumerate(row) if dark}
    assert modules(answer.text) == wanted
    assert modules(answer.text) != modules(_svg(f"{where}x"))
    again = client.get(f"{PAGE}/qr.svg", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def _svg(where: str) -> str:
    return segno.make(where, error="m", micro=False).svg_inline(border=4)


def test_the_code_needs_nothing_that_the_policy_forbids(client: Client, published: PackContent) -> None:
    svg = client.get(f"{PAGE}/qr.svg").text
    assert not re.search(r"<(script|style)|style=|on\w+=|href|url\(", svg)
    assert 'viewBox="0 0 ' in svg


def test_the_poster_says_what_it_is_and_the_address_in_words(
    client: Client, published: PackContent, app: Flask
) -> None:
    page = client.get(f"{PAGE}/poster").text
    where = f"{app.config['SETTINGS'].service_url}{PAGE}"
    assert f'<p class="app-poster__address">{where}</p>' in page
    assert f'src="{PAGE}/qr.svg"' in page
    said = "Rapid review by Anyshire Safeguarding Children Partnership, November 2025: what was learned, and 2 points"
    assert f"{said} for your team to discuss." in page
    assert f"{PAGE}/poster" in client.get(PAGE).text


def test_what_is_beside_no_briefing_is_not_there(client: Client, published: PackContent) -> None:
    for name in ("poster", "qr.svg", "editions", "editions/1/pack.zip"):
        assert client.get(f"/packs/no-such/{name}").status_code == 404


def test_every_edition_is_listed_with_when_and_by_which_role(
    client: Client, published: PackContent, app: Flask
) -> None:
    with db.writing() as session:
        source = make.partnership(session, slug="anyshire", short_name="ASCP")
        officer = make.person(session, name="Partnership officer of the day")
        make.appoint(session, officer, Role.OFFICER, source)
        actor = make.actor_of(session, officer, NOW)
        changed = PackContent.from_dict({**published.as_dict(), "title": "Changed"})
        publish_edition(session, actor, changed, now=NOW + timedelta(days=1))
    page = client.get(f"{PAGE}/editions").text
    assert re.findall(r'href="[^"]*/editions/(\d+)">', page) == ["2", "1"]
    assert "A partnership officer, ASCP" in page
    assert "Whoever runs this service, for its source" in page
    assert "Partnership officer of the day" not in page, "a name is for the trail"
    assert "24 November 2026" in page
    assert '<h1 class="govuk-heading-l">Editions of Changed</h1>' in page


def stored(number: int) -> tuple[str, str]:
    with db.reading() as session:
        found = session.scalars(sa.select(Edition).where(Edition.number == number)).one()
        return json.dumps(found.content), found.digest


def test_an_edition_stays_as_it_was_to_the_byte_after_ten_later_ones(
    client: Client, published: PackContent, app: Flask
) -> None:
    first, file = stored(1), client.get(f"{PAGE}/editions/1/pack.zip").data
    article = re.compile(r"<article.*</article>", re.DOTALL)
    (said,) = article.findall(client.get(f"{PAGE}/editions/1").text)
    for number in range(10):
        with db.writing() as session:
            later = PackContent.from_dict({**published.as_dict(), "title": f"Later {number}", "topics": ["Falls"]})
            publish_edition(session, CONSOLE, later, now=NOW + timedelta(days=number + 1))
    app.extensions["kept_briefings"].pages.clear()
    assert stored(1) == first
    assert stored(1)[1] == published.digest
    assert client.get(f"{PAGE}/editions/1/pack.zip").data == file
    assert article.findall(client.get(f"{PAGE}/editions/1").text) == [said]
    assert client.get(f"{PAGE}/editions").text.count("/pack.zip") == 11
    assert all(client.get(f"{PAGE}/editions/{number}").status_code == 200 for number in range(1, 12))
