"""Pictures of a pack folder: each is read and made plain, has words, and is shown; whatever else is a named fault."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.errors import Invalid
from app.packs import pictures
from app.packs.content import PackContent
from app.packs.folder import read_folder, read_whole
from app.packs.pictures import shown_in, taken
from tests.packs.drawn import drawn, speckled, with_a_place
from tests.packs.samples import BRIEFING
from tests.packs.test_folder import faults, folder

LINE = "![Two stairs, one gate](stairs.png)"
SHOWN = BRIEFING.replace("Two babies fell.", f"Two babies fell.\n\n{LINE}\n\nBoth are well.")


def pack(tmp_path: Path, briefing: str = SHOWN, **files: bytes) -> Path:
    """A folder that holds these pictures, `stairs_png` as stairs.png."""
    made = folder(tmp_path, briefing=briefing)
    (made / "images").mkdir()
    for name, body in (files or {"stairs_png": drawn()}).items():
        (made / "images" / ".".join(name.rsplit("_", 1)).replace("_", "-")).write_bytes(body)
    return made


def test_a_pack_holds_the_pictures_that_its_briefing_shows(tmp_path: Path) -> None:
    content, bodies = read_whole(pack(tmp_path))
    assert bodies == {"stairs.png": drawn()}
    (only,) = content.pictures
    assert (only.name, only.media_type, only.width, only.height) == ("stairs.png", "image/png", 60, 40)
    assert LINE in content.sections[0].markdown
    assert PackContent.from_dict(content.as_dict()) == content


def test_the_digest_of_a_pack_covers_its_pictures_and_one_without_any_keeps_its_own(tmp_path: Path) -> None:
    one = read_folder(pack(tmp_path / "a"))
    other = read_folder(pack(tmp_path / "b", stairs_png=drawn(colour="red")))
    assert one.digest != other.digest
    assert "pictures" not in read_folder(folder(tmp_path / "c")).as_dict()


def test_a_picture_that_holds_nothing_else_is_kept_byte_for_byte() -> None:
    for body in (
        drawn(),
        drawn("JPEG"),
        drawn("JPEG", progressive=True),
        drawn(mode="RGBA"),
        drawn(mode="L", colour="white"),
    ):
        assert taken(body).body == body


@pytest.mark.parametrize(
    "body",
    [
        with_a_place(),
        drawn(dpi=(300, 300)),
        drawn() + b"<script>alert(1)</script>",
        drawn("JPEG") + b"PK\x03\x04",
        drawn("JPEG", mode="CMYK"),
    ],
    ids=["a place", "a resolution", "a script behind it", "a zip behind it", "colours for print"],
)
def test_whatever_hangs_on_a_picture_is_gone_and_what_is_left_is_kept_as_it_is(body: bytes) -> None:
    made = taken(body)
    assert made.body != body
    assert taken(made.body).body == made.body
    for trace in (b"camera", b"family", b"Exif", b"script", b"PK", b"pHYs"):
        assert trace not in made.body


def test_a_photograph_stands_upright_without_what_its_camera_said() -> None:
    made = taken(with_a_place())
    assert (made.width, made.height) == (40, 60)
    assert Image.open(BytesIO(made.body)).size == (40, 60)


def test_a_picture_with_a_second_one_in_it_shows_the_first() -> None:
    file = BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    made = Image.open(BytesIO(taken(file.getvalue()).body))
    assert (getattr(made, "n_frames", 1), made.convert("RGB").getpixel((0, 0))) == (1, (255, 0, 0))


REFUSED = {
    "an SVG": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "This is a drawing in SVG"),
    "a GIF": (drawn("GIF"), "This is a GIF, which is not taken. Save it as PNG or JPEG."),
    "a TIFF": (drawn("TIFF"), "This is a TIFF"),
    "a bitmap": (drawn("BMP"), "This is a bitmap (BMP)"),
    "a WebP": (drawn("WEBP"), "a kind that not every browser and Word can show"),
    "text": (b"no picture", "This is no picture that can be shown"),
    "nothing": (b"", "This is no picture that can be shown"),
    "half a picture": (drawn("JPEG", (400, 400))[:-900], "damaged or did not arrive whole"),
    "the head of one": (b"\x89PNG\r\n\x1a\n", "damaged or did not arrive whole"),
    "too wide": (drawn(size=(4_001, 5)), "This picture is 4,001 by 5 points large. 4,000 at most"),
    "too high": (drawn(size=(5, 4_001)), "5 by 4,001 points"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_picture_is_refused_by_what_it_is_and_not_by_its_name(what: str, tmp_path: Path) -> None:
    body, words = REFUSED[what]
    (fault,) = faults(pack(tmp_path, stairs_png=body))
    assert (fault.file, fault.line) == ("images/stairs.png", 0)
    assert words in fault.message


def test_a_picture_of_two_megabytes_is_taken_and_one_of_more_is_not(tmp_path: Path) -> None:
    large = speckled(3_000)
    assert len(large) > pictures.LARGEST
    (fault,) = faults(pack(tmp_path, stairs_png=large))
    assert "2 MB at most: make the picture smaller" in fault.message
    with pytest.raises(Invalid, match="2 MB at most"):
        taken(large)
    made = taken(large, fit=True)
    assert max(made.width, made.height) == 1_600 and len(made.body) <= pictures.LARGEST


def test_a_small_file_that_would_become_huge_costs_nothing() -> None:
    bomb = drawn(size=(30_000, 30_000), mode="L", colour="white")
    for fit in (False, True):
        with pytest.raises(Invalid, match="30,000 by 30,000 points"):
            taken(bomb, fit=fit)


FAULTY = {
    "![](stairs.png)": (5, "The picture “stairs.png” has no words. Write what it shows"),
    "![\u200b](stairs.png)": (5, "has no words"),
    f"![{'w' * 1_001}](stairs.png)": (5, "are 1,001 characters long. 1,000 at most"),
    "![Stairs](Stairs.PNG)": (5, "“Stairs.PNG” cannot be the name of a picture"),
    "![Stairs](../stairs.png)": (5, "“../stairs.png” cannot be the name of a picture"),
    "![Stairs](https://example.org/stairs.png)": (5, "cannot be the name of a picture"),
    "![Stairs](stairs.svg)": (5, "cannot be the name of a picture"),
    '![Stairs](stairs.png "Stairs")': (5, "has words after its name"),
    "![Stairs](stairs.png) and words": (5, "A picture stands on a line of its own"),
    "See ![Stairs](stairs.png)": (5, "A picture stands on a line of its own"),
    "> ![Stairs](stairs.png)": (5, "A picture stands on a line of its own"),
    "- ![Stairs](stairs.png)": (5, "A picture stands on a line of its own"),
    "### ![Stairs](stairs.png)": (5, "A picture stands on a line of its own"),
    "[![Stairs](stairs.png)](https://example.org)": (5, "A picture stands on a line of its own"),
    f"{LINE}\n\n![A gate](stars.png)": (
        7,
        "There is no picture “stars.png” in the folder “images”. There is “stairs.png”",
    ),
}


@pytest.mark.parametrize("line", FAULTY)
def test_a_picture_is_shown_by_its_name_on_a_line_of_its_own_with_words(line: str, tmp_path: Path) -> None:
    at, words = FAULTY[line]
    found = [one for one in faults(pack(tmp_path, SHOWN.replace(LINE, line))) if one.file == "briefing.md"]
    assert [one.line for one in found] == [at] and words in found[0].message


def test_a_picture_that_nothing_shows_is_told_and_so_is_one_under_a_false_name(tmp_path: Path) -> None:
    (fault,) = faults(pack(tmp_path / "a", stairs_png=drawn(), gate_png=drawn()))
    assert (fault.file, "No line of briefing.md shows it" in fault.message) == ("images/gate.png", True)
    (fault,) = faults(pack(tmp_path / "b", stairs_png=drawn("JPEG")))
    assert "By its content it is a JPG. Let its name end with .jpg" in fault.message
    (fault,) = faults(pack(tmp_path / "c", stairs_png=drawn(), Gate_1_png=drawn()))
    assert "Name it in lower-case letters" in fault.message


def test_there_are_twenty_pictures_at_most_and_files_that_nobody_sees_do_not_count(tmp_path: Path) -> None:
    many = {f"p{n}_png": drawn() for n in range(21)}
    lines = "\n\n".join(f"![Picture {n}](p{n}.png)" for n in range(20))
    made = pack(tmp_path, SHOWN.replace(LINE, lines), **many)
    (fault,) = faults(made)
    assert fault.message == "Here are 21 files. 20 pictures at most: take some out."
    (made / "images" / "p20.png").rename(made / "images" / ".DS_Store")
    assert len(read_folder(made).pictures) == 20


def test_links_to_other_places_are_no_pictures(tmp_path: Path) -> None:
    made = pack(tmp_path)
    elsewhere = made.parent / "stairs.png"
    (made / "images" / "stairs.png").rename(elsewhere)
    (made / "images" / "stairs.png").symlink_to(elsewhere)
    assert [fault.message for fault in faults(made)] == ["This is no file. Put the picture itself here."]
    (made / "images" / "stairs.png").unlink()
    (made / "images").rmdir()
    (made / "images").symlink_to(made.parent)
    assert "This is no folder" in faults(made)[-1].message


def test_where_pictures_stand_is_read_from_the_text() -> None:
    text = "Words.\n\n![A *red* gate](a.png)\n\n- ![in a list](b.png)\n\n`![code](c.png)`\n\n![](d.jpg)\n"
    assert [(one.line, one.name, one.words) for one in shown_in(text)] == [(3, "a.png", "A red gate"), (9, "d.jpg", "")]


def test_the_library_that_reads_pictures_is_loaded_in_the_box_only() -> None:
    told = "import sys, app, app.packs.commands; app.create_app(); print('PIL' in sys.modules)"
    environment = {"DATABASE_URL": "sqlite://", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "False"
