"""A pack as one file: the same bytes every time, read back the very same, and nothing odd is taken in."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from app.database import db
from app.errors import Conflict, Invalid
from app.packs.content import PackContent
from app.packs.faults import PackFaults
from app.packs.folder import LARGEST, read_folder
from app.packs.lending import LARGEST_FILE, packed, unpacked
from app.packs.services import publish_edition
from app.packs.shelf import SHELF
from app.policy import CONSOLE
from tests.client import Client
from tests.conftest import NOW
from tests.packs.samples import BRIEFING, YAML
from tests.packs.test_writing_out import of_sample

SLUG = "falls-2025"
Parts = list[tuple[str | zipfile.ZipInfo, str | bytes]]
GOOD: Parts = [(f"{SLUG}/pack.yaml", YAML), (f"{SLUG}/briefing.md", BRIEFING)]


def zipped(parts: Parts, place: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(place / "pack.zip", "w", method) as archive:
        for name, text in parts:
            archive.writestr(name, text)
    return place / "pack.zip"


def shelf(tmp_path: Path) -> Path:
    made = tmp_path / "shelf"
    made.mkdir(exist_ok=True)
    return made


def test_a_pack_is_unpacked_as_the_very_same(tmp_path: Path) -> None:
    for content in (of_sample(), read_folder(SHELF / "nai-under-5-2021")):
        (tmp_path / "pack.zip").write_bytes(packed(content))
        assert unpacked(tmp_path / "pack.zip", shelf(tmp_path)) == content
        again = read_folder(shelf(tmp_path) / content.slug)
        assert (again, again.digest, again.source) == (content, content.digest, content.source)
    assert sorted(path.name for path in shelf(tmp_path).iterdir()) == [SLUG, "nai-under-5-2021"]


def test_the_same_pack_makes_the_same_bytes_with_one_date(tmp_path: Path) -> None:
    made = packed(of_sample())
    assert made == packed(PackContent.from_dict(of_sample().as_dict()))
    archive = zipfile.ZipFile(io.BytesIO(made))
    assert archive.namelist() == [f"{SLUG}/pack.yaml", f"{SLUG}/briefing.md"]
    assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {part.create_system for part in archive.infolist()} == {3}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_folder_that_was_packed_by_hand_is_taken_too(method: int, tmp_path: Path) -> None:
    file = zipped([(f"{SLUG}/", ""), *GOOD[::-1]], tmp_path, method)
    assert unpacked(file, shelf(tmp_path)).slug == SLUG


def link() -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(f"{SLUG}/briefing.md")
    made.external_attr = (stat.S_IFLNK | 0o777) << 16
    return made


def named(*names: str) -> Parts:
    return [(name, YAML if name.endswith("yaml") else BRIEFING) for name in names]


ODD = {
    "one file only": GOOD[:1],
    "a third file": [*GOOD, (f"{SLUG}/more.txt", "more")],
    "a file beside the folder": [*GOOD, (".DS_Store", "")],
    "two folders": [GOOD[0], ("other/briefing.md", BRIEFING)],
    "a folder within": named(f"{SLUG}/in/pack.yaml", f"{SLUG}/in/briefing.md"),
    "no folder": named("pack.yaml", "briefing.md"),
    "a folder above": named("../pack.yaml", "../briefing.md"),
    "a way out": named(f"{SLUG}/../../pack.yaml", f"{SLUG}/../../briefing.md"),
    "from the root": named("/pack.yaml", "/briefing.md"),
    "a drive": named("C:\\pack.yaml", "C:\\briefing.md"),
    "capitals": named("Falls/pack.yaml", "Falls/briefing.md"),
    "dots": named("./pack.yaml", "./briefing.md"),
    "a name without end": named(f"{'a' * 41}/pack.yaml", f"{'a' * 41}/briefing.md"),
    "a link": [GOOD[0], (link(), "/etc/passwd")],
    "another folder's entry": [("other/", ""), *GOOD],
    "nothing": [],
}


@pytest.mark.parametrize("what", ODD)
def test_a_zip_that_is_not_one_folder_with_two_files_is_refused_in_a_sentence(what: str, tmp_path: Path) -> None:
    file = zipped(ODD[what], tmp_path)
    with pytest.raises(Invalid, match="must hold one folder"):
        unpacked(file, shelf(tmp_path))
    assert list(shelf(tmp_path).iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pack.zip", "shelf"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="must hold one folder"):
        unpacked(zipped([GOOD[0], GOOD[0]], tmp_path), shelf(tmp_path))
    with pytest.raises(Invalid, match="must hold one folder"):
        unpacked(zipped([*GOOD, GOOD[0]], tmp_path), shelf(tmp_path))


def test_what_is_no_zip_damaged_protected_or_too_large_is_refused(tmp_path: Path) -> None:
    good = zipped(GOOD, tmp_path).read_bytes()
    locked = bytearray(good)
    for at in (good.index(b"PK\x01\x02") + 8, good.rindex(b"PK\x01\x02") + 8):
        locked[at] |= 1
    broken = bytearray(good)
    broken[60] ^= 0xFF
    lied = bytearray(good)
    lied[good.index(b"PK\x01\x02") + 24] ^= 0x01  # the length that the list gives of the first part
    bombs = {name: b"0" * (LARGEST + 1) for name, _ in GOOD}
    cases = [
        (b"", "not a pack"),
        (b"title: x", "not a pack"),
        (b"PK", "damaged"),
        (good[:-30], "damaged"),
        (bytes(broken), "damaged"),
        (bytes(lied), "damaged"),
        (bytes(locked), "password"),
        (good + b"x" * LARGEST_FILE, "more in this file"),
        (zipped(list(bombs.items()), tmp_path).read_bytes(), "more in this file"),
        (zipped([(f"{SLUG}/{i}", "") for i in range(31)], tmp_path).read_bytes(), "more in this file"),
    ]
    for body, words in cases:
        (tmp_path / "pack.zip").write_bytes(body)
        with pytest.raises(Invalid, match=words):
            unpacked(tmp_path / "pack.zip", shelf(tmp_path))
    assert list(shelf(tmp_path).iterdir()) == []


def test_a_pack_with_faults_is_named_with_each_and_reaches_no_shelf(tmp_path: Path) -> None:
    file = zipped([(GOOD[0][0], YAML.replace("type: rapid_review", "type: rapid")), GOOD[1]], tmp_path)
    with pytest.raises(PackFaults, match=r"pack\.yaml, line 3"):
        unpacked(file, shelf(tmp_path))
    assert list(shelf(tmp_path).iterdir()) == []


def test_a_folder_that_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    file = zipped(GOOD, tmp_path)
    (shelf(tmp_path) / SLUG).mkdir()
    (shelf(tmp_path) / SLUG / "mine.txt").write_text("mine")
    with pytest.raises(Conflict, match="There is a folder"):
        unpacked(file, shelf(tmp_path))
    assert [path.name for path in (shelf(tmp_path) / SLUG).iterdir()] == ["mine.txt"]
    (shelf(tmp_path) / SLUG / "mine.txt").unlink()
    (shelf(tmp_path) / SLUG).rmdir()
    (shelf(tmp_path) / SLUG).symlink_to(tmp_path)
    with pytest.raises(Conflict):
        unpacked(file, shelf(tmp_path))


@pytest.fixture
def two_editions(app: Flask) -> list[PackContent]:
    first = of_sample()
    editions = [first, PackContent.from_dict({**first.as_dict(), "title": "Changed"})]
    with db.writing() as session:
        for content in editions:
            publish_edition(session, CONSOLE, content, now=NOW)
    return editions


def test_one_service_exports_and_another_takes_it_in_and_publishes_it_with_its_source(
    app: Flask, two_editions: list[PackContent], tmp_path: Path
) -> None:
    run, file = app.test_cli_runner().invoke, str(tmp_path / "falls.zip")
    told = run(args=["packs", "export", SLUG, "--output", file])
    assert (told.exit_code, told.output) == (0, f"Written: {SLUG}, edition 2, to {file}\n")
    assert Path(file).read_bytes() == packed(two_editions[1])
    assert run(args=["packs", "export", SLUG, "--edition", "1", "--output", file]).exit_code == 0
    assert Path(file).read_bytes() == packed(two_editions[0])
    told = run(args=["packs", "unpack", file, "--into", str(shelf(tmp_path))])
    assert told.exit_code == 0, told.output
    assert "from Anyshire Safeguarding Children Partnership" in told.output
    told = run(args=["packs", "publish", str(shelf(tmp_path) / SLUG)])
    assert "edition 3" in told.output  # the first text again is another than the second
    assert read_folder(shelf(tmp_path) / SLUG).digest == two_editions[0].digest


def test_commands_say_in_a_line_what_is_wrong(app: Flask, two_editions: list[PackContent], tmp_path: Path) -> None:
    run = app.test_cli_runner().invoke
    for args, words in (
        (["export", "no-such", "--output", str(tmp_path / "a.zip")], "There is no pack called no-such."),
        (["export", SLUG, "--edition", "9", "--output", str(tmp_path / "a.zip")], "There is no edition 9 of a pack"),
        (["export", SLUG, "--output", str(tmp_path / "gone" / "a.zip")], "The file could not be written"),
        (["unpack", __file__, "--into", str(shelf(tmp_path))], "This is not a pack in one file."),
    ):
        told = run(args=["packs", *args])
        assert told.exit_code == 1
        assert words in told.output
        assert "Traceback" not in told.output
    assert [path.name for path in tmp_path.iterdir() if ".sqlite" not in path.name] == ["shelf"]


def test_anybody_fetches_an_edition_as_a_file_and_is_told_when_they_have_it(
    client: Client, two_editions: list[PackContent]
) -> None:
    for number, content in enumerate(two_editions, 1):
        answer = client.get(f"/packs/{SLUG}/editions/{number}/pack.zip")
        assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/zip", packed(content))
        assert answer.headers["Content-Disposition"] == f"attachment; filename={SLUG}-edition-{number}.zip"
        again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    assert client.get(f"/packs/{SLUG}/editions/3/pack.zip").status_code == 404
