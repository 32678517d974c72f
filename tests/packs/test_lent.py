"""A briefing that another partnership lends as one file is begun from on the page, with its source kept."""

from __future__ import annotations

import html
import io
import zipfile
from io import BytesIO

import pytest
from sqlalchemy import select

from app import boxed
from app.database import db
from app.errors import Invalid
from app.packs.drafted import from_content
from app.packs.drafts import PackDraftPicture
from app.packs.folder import read_folder
from app.packs.lending import NO_ZIP, ODD, lent, packed
from app.packs.shelf import SHELF
from tests.client import Client
from tests.packs.drawn import drawn
from tests.packs.samples import BRIEFING, YAML
from tests.packs.test_lending import GOOD, SLUG, Parts
from tests.packs.test_making import begun, draft_now, officers, page, post
from tests.packs.test_writing_out import of_sample

__all__ = ["officers"]
NAI = "nai-under-5-2021"


def file_of(parts: Parts) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts:
            archive.writestr(name, text)
    return made.getvalue()


def test_a_pack_that_is_lent_is_begun_from_with_every_word_and_its_source(
    client: Client, officers: tuple[int, int]
) -> None:
    content = read_folder(SHELF / NAI)
    client.as_person(officers[0])
    url = begun(client, how="file", file=(BytesIO(packed(content)), "Lent pack.ZIP"))
    made = draft_now()
    wanted = from_content(content)
    assert {key: made.content[key] for key in wanted} == wanted
    assert made.content["source_name"] == content.source.name
    assert (made.begun_from, made.wrote) == ("the file Lent pack.ZIP", {officers[0]})
    assert "Lent pack.ZIP" in page(client, url)


def test_its_pictures_come_along_and_one_that_cannot_be_read_is_said(client: Client, officers: tuple[int, int]) -> None:
    client.as_person(officers[0])
    long = f"{'a' * 61}.png"
    names = {"chart.png": drawn(size=(40, 30)), "broken.png": b"no picture", "photo.png": drawn("JPEG"), long: drawn()}
    text = "\n\n".join([BRIEFING, *(f"![What it shows]({name})" for name in names if len(name) < 60)])
    names["unseen.png"] = drawn(colour="red")
    pictures: Parts = [(f"{SLUG}/images/{name}", body) for name, body in names.items()]
    file = file_of([GOOD[0], (f"{SLUG}/briefing.md", text), *pictures])
    url = begun(client, how="file", file=(BytesIO(file), "pack.zip"))
    with db.reading() as session:
        assert [(one.name, one.wide) for one in session.scalars(select(PackDraftPicture))] == [("chart.png", 40)]
    said = page(client, url)
    assert "The picture “broken.png” was not taken over." in said
    assert "The picture “photo.png” was not taken over. By its content it is a JPG." in said
    assert "unseen" not in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"not a zip", NO_ZIP),
        (file_of(GOOD[:1]), ODD),
        (
            file_of([(f"{SLUG}/pack.yaml", YAML.replace("title:", "titel:", 1)), GOOD[1]]),
            "to mend, by whoever made the file. The first: pack.yaml",
        ),
        (file_of([(f"{SLUG}/pack.yaml", "a: &a [1, 2]\nb: [*a, *a]\n" * 2), GOOD[1]]), "The first: pack.yaml"),
    ],
    ids=["no zip", "one file only", "a wrong word", "aliases"],
)
def test_a_file_that_is_no_pack_is_refused_with_what_to_do_and_begins_nothing(
    client: Client, officers: tuple[int, int], body: bytes, words: str
) -> None:
    client.as_person(officers[0])
    answers = {"how": "file", "file": (BytesIO(body), "pack.zip")}
    refused = post(client, "/publish/new", answers, content_type="multipart/form-data")
    assert refused.status_code == 422 and words in html.unescape(refused.text)


def test_a_pack_that_grows_when_it_is_unpacked_is_refused_in_the_box() -> None:
    parts: Parts = [(f"{SLUG}/pack.yaml", "a" * 50_000_000), GOOD[1]]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts:
            archive.writestr(name, text)
    with pytest.raises(Invalid, match="There is more in this file than a pack holds"):
        lent(made.getvalue(), boxed.read)


def test_what_is_lent_is_the_pack_without_its_pictures() -> None:
    found = lent(packed(of_sample()), boxed.read)
    assert (found.content, found.pictures, found.doubts) == (of_sample(), {}, [])
