"""A pack as one file carries its pictures, and they are the very same where it is taken in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from flask import Flask

from app.clock import now
from app.database import db
from app.errors import Invalid
from app.packs import pictures
from app.packs.content import PackContent
from app.packs.faults import PackFaults
from app.packs.folder import read_whole
from app.packs.lending import packed, unpacked
from app.packs.services import publish_edition
from app.policy import CONSOLE
from tests.client import Client
from tests.packs.drawn import drawn, speckled, with_a_place
from tests.packs.samples import YAML
from tests.packs.test_lending import SLUG, Parts, shelf, zipped
from tests.packs.test_picture_pages import SHOWN, whole

GOOD: Parts = [
    (f"{SLUG}/pack.yaml", YAML),
    (f"{SLUG}/briefing.md", SHOWN),
    (f"{SLUG}/images/stairs.png", drawn()),
]


def test_there_and_back_a_pack_and_its_pictures_are_the_very_same(tmp_path: Path) -> None:
    content, bodies = whole(tmp_path)
    file = tmp_path / "pack.zip"
    file.write_bytes(packed(content, bodies))
    assert unpacked(file, shelf(tmp_path)) == content
    again, same = read_whole(shelf(tmp_path) / SLUG)
    assert (again.digest, same, packed(again, same)) == (content.digest, bodies, file.read_bytes())


def test_a_photograph_is_the_same_on_every_shelf_though_it_was_written_anew_on_the_first(tmp_path: Path) -> None:
    text = SHOWN.replace("stairs.png", "stairs.jpg")
    parts = [GOOD[0], (f"{SLUG}/briefing.md", text), (f"{SLUG}/images/stairs.jpg", with_a_place())]
    unpacked(zipped(parts, tmp_path), shelf(tmp_path))
    first, bodies = read_whole(shelf(tmp_path) / SLUG)
    (tmp_path / "pack.zip").write_bytes(packed(first, bodies))
    (tmp_path / "other").mkdir()
    unpacked(tmp_path / "pack.zip", tmp_path / "other")
    assert read_whole(tmp_path / "other" / SLUG) == (first, bodies)


def test_a_folder_with_its_own_entries_is_taken(tmp_path: Path) -> None:
    file = zipped([(f"{SLUG}/", ""), (f"{SLUG}/images/", ""), *GOOD], tmp_path)
    assert [one.name for one in unpacked(file, shelf(tmp_path)).pictures] == ["stairs.png"]


@pytest.mark.parametrize(
    "name",
    [
        f"{SLUG}/images/stairs.svg",
        f"{SLUG}/images/in/stairs.png",
        f"{SLUG}/images/../stairs.png",
        f"{SLUG}/images/Stairs.png",
        f"{SLUG}/stairs.png",
        f"{SLUG}/other/stairs.png",
        "images/stairs.png",
    ],
)
def test_what_lies_elsewhere_or_has_another_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="must hold one folder"):
        unpacked(zipped([*GOOD[:2], (name, drawn())], tmp_path), shelf(tmp_path))
    assert list(shelf(tmp_path).iterdir()) == []


def test_too_large_a_picture_is_refused_unread_and_what_is_none_reaches_no_shelf(tmp_path: Path) -> None:
    large = speckled(3_000)
    assert len(large) > pictures.LARGEST
    with pytest.raises(Invalid, match="more in this file"):
        unpacked(zipped([*GOOD[:2], (f"{SLUG}/images/stairs.png", large)], tmp_path), shelf(tmp_path))
    with pytest.raises(PackFaults, match=r"images/stairs\.png: This is no picture"):
        unpacked(zipped([*GOOD[:2], (f"{SLUG}/images/stairs.png", b"words")], tmp_path), shelf(tmp_path))
    assert list(shelf(tmp_path).iterdir()) == []


def test_the_page_and_the_command_give_the_same_file_with_the_pictures(
    app: Flask, client: Client, tmp_path: Path
) -> None:
    content, bodies = whole(tmp_path)
    with db.writing() as session:
        publish_edition(session, CONSOLE, content, bodies, now=now())
    told = app.test_cli_runner().invoke(args=["packs", "export", SLUG, "--output", str(tmp_path / "a.zip")])
    assert told.exit_code == 0
    got = client.get(f"/packs/{SLUG}/editions/1/pack.zip").data
    assert got == (tmp_path / "a.zip").read_bytes() == packed(content, bodies)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read(f"{SLUG}/images/stairs.png") == bodies["stairs.png"]
    told = app.test_cli_runner().invoke(
        args=["packs", "unpack", str(tmp_path / "a.zip"), "--into", str(shelf(tmp_path))]
    )
    assert told.exit_code == 0
    told = app.test_cli_runner().invoke(args=["packs", "publish", str(shelf(tmp_path) / SLUG)])
    assert "has this very text already" in told.output
    assert PackContent.from_dict(content.as_dict()) == content
