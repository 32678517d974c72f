"""A published edition keeps its pictures: on its page, its slides and its Word file, each with its words."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from docx import Document
from docx.oxml.ns import qn
from flask import Flask

from app.clock import now
from app.database import db
from app.packs import briefing
from app.packs.changes import changes
from app.packs.content import PackContent
from app.packs.folder import read_whole
from app.packs.kept import Kept
from app.packs.models import EditionPicture, Pack
from app.packs.services import publish_edition
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE
from tests.client import Client
from tests.packs.drawn import drawn
from tests.packs.samples import BRIEFING
from tests.packs.test_folder import folder
from tests.web.word_reading import faults

SLUG, WORDS = "falls-2025", "Two stairs, one gate & a “cot”"
SHOWN = BRIEFING.replace("Two babies fell.", f"Two babies fell.\n\n![{WORDS}](stairs.png)\n\nBoth are *well*.")
AT = f"/packs/{SLUG}/editions/1/pictures/stairs.png"


def whole(tmp_path: Path, briefing_md: str = SHOWN, **bodies: bytes) -> tuple[PackContent, dict[str, bytes]]:
    made = folder(tmp_path, briefing=briefing_md, name=SLUG)
    (made / "images").mkdir(exist_ok=True)
    for name, body in (bodies or {"stairs": drawn(size=(800, 600))}).items():
        (made / "images" / f"{name}.png").write_bytes(body)
    return read_whole(made)


@pytest.fixture
def published(app: Flask, tmp_path: Path) -> PackContent:
    content, pictures = whole(tmp_path)
    with db.writing() as session:
        publish_edition(session, CONSOLE, content, pictures, now=now())
    return content


def test_the_page_shows_a_picture_with_its_words_and_size(client: Client, published: PackContent) -> None:
    page = client.get(f"/packs/{SLUG}").text
    words = WORDS.replace("&", "&amp;")
    (tag,) = re.findall("<img [^>]*>", page)
    assert f'alt="{words}"' in tag and f'src="{AT}"' in tag and 'width="800"' in tag and 'height="600"' in tag


def test_a_picture_is_sent_as_what_it_is_and_kept_for_ever(client: Client, published: PackContent) -> None:
    answer = client.get(AT)
    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/png", drawn(size=(800, 600)))
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "img-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    again = client.get(AT, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("wrong", ["editions/2/pictures/stairs.png", "editions/1/pictures/gate.png"])
def test_there_is_no_other_picture(client: Client, published: PackContent, wrong: str) -> None:
    assert client.get(f"/packs/{SLUG}/{wrong}").status_code == 404


def test_the_bytes_are_kept_with_the_edition_and_are_those_that_it_says(app: Flask, published: PackContent) -> None:
    with db.reading() as session:
        (kept,) = session.scalars(sa.select(EditionPicture))
        assert hashlib.sha256(kept.body).hexdigest() == kept.digest == published.pictures[0].digest


def test_another_picture_under_the_same_name_is_another_edition_and_the_first_stays(
    client: Client, published: PackContent, tmp_path: Path
) -> None:
    content, pictures = whole(tmp_path, stairs=drawn(colour="red"))
    with db.writing() as session:
        edition, fresh = publish_edition(session, CONSOLE, content, pictures, now=now())
        assert (fresh, edition.number) == (True, 2)
    assert client.get(AT).data == drawn(size=(800, 600))
    assert client.get(AT.replace("/1/", "/2/")).data == drawn(colour="red")
    with db.writing() as session:
        assert publish_edition(session, CONSOLE, content, pictures, now=now())[1] is False


def test_the_pictures_of_a_withdrawn_pack_are_gone_like_its_text(client: Client, published: PackContent) -> None:
    with db.writing() as session:
        pack = session.scalars(sa.select(Pack)).one()
        let_stand(session, CONSOLE, pack, Standing.WITHDRAWN, "It was wrong.", now=now())
    assert client.get(AT).status_code == client.get(f"/packs/{SLUG}").status_code == 410


def test_slides_show_it_and_so_does_the_word_file_no_wider_than_its_page(
    client: Client, published: PackContent
) -> None:
    slides = client.get(f"/packs/{SLUG}/slides").text
    assert slides.count(f'src="{AT}"') == 1 and WORDS.replace("&", "&amp;") in slides
    file = client.get(f"/packs/{SLUG}/meeting.docx").data
    assert faults(file) == []
    document = Document(io.BytesIO(file))
    (shown,) = document.element.body.iter(qn("wp:docPr"))
    assert shown.get("descr") == WORDS
    (extent,) = document.element.body.iter(qn("wp:extent"))
    width, height = int(extent.get("cx")), int(extent.get("cy"))
    section = document.sections[0]
    assert width <= section.page_width - section.left_margin - section.right_margin
    assert round(width / height, 2) == 1.33
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert drawn(size=(800, 600)) in [archive.read(n) for n in archive.namelist() if n.startswith("word/media/")]


def test_a_picture_that_is_not_there_is_told_in_its_words_and_nothing_is_fetched_from_elsewhere() -> None:
    for text in ("![A cot](cot.png)", "![A cot](https://example.org/cot.png)", "See ![A cot](/cot.png)"):
        html = str(briefing.note(text))
        assert "Picture: A cot" in html and "img" not in html


def test_what_became_of_pictures_is_said_between_editions(tmp_path: Path) -> None:
    first, _ = whole(tmp_path / "a")
    other, _ = whole(tmp_path / "b", SHOWN.replace("one gate", "no gate"))
    replaced, _ = whole(tmp_path / "c", stairs=drawn(colour="red"))
    none, _ = whole(tmp_path / "d", BRIEFING, **{".hidden": b""})
    assert [(one.heading, one.was, one.now) for one in changes(none, first)] == [
        ("Section: Background", "", ""),
        ("A picture was added", "", WORDS),
    ]
    assert [one.heading for one in changes(first, none)][1:] == ["A picture was taken out"]
    (said,) = changes(first, other)
    assert said.heading == "The description of a picture changed" and said.words is not None
    assert [one.heading for one in changes(first, replaced)] == ["A picture was put in the place of another"]
    assert changes(first, first) == []


def test_large_files_are_kept_only_as_long_as_there_is_room() -> None:
    kept = Kept()
    for number in range(5):
        kept.keep(number, bytes(20 * 1024 * 1024))
    assert list(kept.pages) == [2, 3, 4]
    kept.keep(4, b"")
    assert kept.held == 40 * 1024 * 1024
