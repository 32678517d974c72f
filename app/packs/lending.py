"""A pack as one file that another partnership can put on its own shelf: a zip that holds its folder.

The same pack gives the same bytes on every machine: the two texts and the pictures are stored as they are, in this
order and with one date. A file that comes from elsewhere is looked at before anything of it is read, and nothing but a
whole and faultless pack ever reaches the shelf.
"""

from __future__ import annotations

import base64
import os
import re
import stat
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.errors import Conflict, Invalid
from app.packs import pictures as of_packs
from app.packs.content import KEY, KEY_LENGTH, PackContent
from app.packs.faults import BRIEFING, FACTS, IMAGES, PackFaults
from app.packs.folder import LARGEST, read_folder, read_texts
from app.packs.writing_out import briefing_md, facts_yaml
from app.text import counted

LARGEST_FILE = 2 * LARGEST + of_packs.MOST * of_packs.LARGEST + 20_000
READER = "app.packs.lending:read"
MOST_READ = 32 * 1024 * 1024  # bytes: a file of the largest that may be uploaded, as text, and more
LONGEST_SAID = 500
MOST_PARTS = of_packs.MOST + 10
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can name
_ENTRY = b"PK\x01\x02"  # stands once for every part in the list at a zip's end
_IN_ANY_FOLDER = {FACTS, BRIEFING}
_PICTURE = re.compile(rf"{IMAGES}/{of_packs.NAME.pattern}")

NO_ZIP = "This is not a pack in one file. Take the one that a briefing’s page offers, as it is."
DAMAGED = "This file is damaged or did not arrive whole. Fetch it again."
TOO_LARGE = "There is more in this file than a pack holds. Take the one that a briefing’s page offers, as it is."
PROTECTED = "This file is protected with a password. Ask for one without it."
ODD = (
    f"This file must hold one folder, named in lower-case words with hyphens, with {FACTS} and {BRIEFING} in it, and "
    f"its pictures in a folder “{IMAGES}” there."
)


def packed(content: PackContent, pictures: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """The pack as a zip of its folder; `pictures` are the bytes of its own, by their names."""
    made = BytesIO()
    parts = [(FACTS, facts_yaml(content).encode()), (BRIEFING, briefing_md(content.sections).encode())]
    parts += [(f"{IMAGES}/{one.name}", pictures[one.name]) for one in content.pictures]
    with ZipFile(made, "w", ZIP_STORED) as archive:
        for name, body in parts:
            part = ZipInfo(f"{content.slug}/{name}", _FIRST_DAY)
            part.create_system, part.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            archive.writestr(part, body)
    return made.getvalue()


def unpacked(file: Path, into: Path) -> PackContent:
    """Put the pack in a file on a shelf, as a folder of its name. Raises `Invalid` for what is no pack, `PackFaults`
    for one with faults, `Conflict` where the shelf has a folder of that name."""
    slug, files = _files(_body(file))
    place = into / slug
    if place.exists() or place.is_symlink():
        raise Conflict(f"There is a folder {place} already. Move it away, or give another place.")
    with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=into) as beside:
        made = Path(beside) / slug
        made.mkdir()
        if len(files) > len(_IN_ANY_FOLDER):
            (made / IMAGES).mkdir()
        for name, body in files.items():
            (made / name).write_bytes(body)
        content = read_folder(made)
        os.rename(made, place)
    return content


@dataclass(frozen=True)
class Lent:
    """What a file brings for a pack in the making: its texts, and its pictures by the names that the texts give them.
    `doubts` are what a person should look at."""

    content: PackContent
    pictures: dict[str, of_packs.Taken]
    doubts: list[str]


def lent(body: bytes, box: Callable[..., Any]) -> Lent:
    """The pack in the bytes of a file, read in the `box` (`boxed.read`), each of its pictures in one of its own.
    Raises `Invalid` with what to do."""
    told = box(READER, body, most=MOST_READ)
    content, found, doubts = PackContent.from_dict(told["content"]), dict[str, of_packs.Taken](), list[str]()
    for name, coded in told["pictures"].items():
        try:
            found[name] = _picture(name, base64.b64decode(coded))
        except Invalid as refused:
            said = f"The picture “{name[:60]}” was not taken over. {refused.message}"
            doubts.append(f"{said} Then add it to the briefing.")
    return Lent(content, found, doubts)


def _picture(name: str, body: bytes) -> of_packs.Taken:
    if wrong := of_packs.misnamed(name):
        raise Invalid(wrong)
    taken = of_packs.taken(body)
    if wrong := of_packs.misnamed(name, taken.media_type):
        raise Invalid(wrong)
    return taken


def read(body: bytes, _: Any) -> dict[str, Any]:
    """The reader of such files, for the box: the texts as a pack without pictures, and the pictures as they came."""
    slug, files = _files(body)
    try:
        content = read_texts(slug, files[FACTS], files[BRIEFING])
    except PackFaults as wrong:
        many = counted(len(wrong.faults), "thing")
        said = f"This briefing has {many} to mend, by whoever made the file. The first: {wrong.faults[0]}"
        raise Invalid(said[:LONGEST_SAID]) from None
    shown = {one.name for section in content.sections for one in of_packs.shown_in(section.markdown)}
    seen = {name.rpartition("/")[2]: part for name, part in files.items() if name.startswith(f"{IMAGES}/")}
    seen = {name: part for name, part in seen.items() if name in shown}
    if len(seen) > of_packs.MOST:
        raise Invalid(TOO_LARGE)
    return {"content": content.as_dict(), "pictures": {n: base64.b64encode(part).decode() for n, part in seen.items()}}


def _body(file: Path) -> bytes:
    with file.open("rb") as opened:
        body = opened.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise Invalid(TOO_LARGE)
    return body


def _files(body: bytes) -> tuple[str, dict[str, bytes]]:
    """The name of the folder in a zip, its two texts and pictures. Raises `Invalid` for whatever else it may hold."""
    if not body.startswith(b"PK"):
        raise Invalid(NO_ZIP)
    if body.count(_ENTRY) > MOST_PARTS:
        raise Invalid(TOO_LARGE)  # before a list of them is made
    try:
        archive = ZipFile(BytesIO(body))
        parts = _looked_at(archive)
        return parts[0].filename.partition("/")[0], {p.filename.partition("/")[2]: _read(archive, p) for p in parts}
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        raise Invalid(DAMAGED) from error


def _looked_at(archive: ZipFile) -> list[ZipInfo]:
    """The parts of a pack, refused by what the zip says of itself: the folders' own entries may stand beside them."""
    parts = [part for part in archive.infolist() if not part.is_dir()]
    folders = {part.filename.rstrip("/") for part in archive.infolist() if part.is_dir()}
    if any(part.flag_bits & 0x1 for part in parts):
        raise Invalid(PROTECTED)
    if any(part.file_size > _largest(part) for part in parts):
        raise Invalid(TOO_LARGE)
    slugs = {part.filename.partition("/")[0] for part in parts} | {one.removesuffix(f"/{IMAGES}") for one in folders}
    names = [part.filename.partition("/")[2] for part in parts]
    texts = [name for name in names if not _PICTURE.fullmatch(name)]
    if len(slugs) != 1 or set(texts) != _IN_ANY_FOLDER or len(set(names)) != len(names) or any(map(_odd, parts)):
        raise Invalid(ODD)
    slug = slugs.pop()
    if not KEY.fullmatch(slug) or len(slug) > KEY_LENGTH:
        raise Invalid(ODD)
    return parts


def _largest(part: ZipInfo) -> int:
    return of_packs.LARGEST if _PICTURE.fullmatch(part.filename.partition("/")[2]) else LARGEST


def _odd(part: ZipInfo) -> bool:
    kind = stat.S_IFMT(part.external_attr >> 16)
    return kind not in (0, stat.S_IFREG) or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED)


def _read(archive: ZipFile, part: ZipInfo) -> bytes:
    """A part, which fails here where it is longer than it says."""
    with archive.open(part) as opened:
        body = opened.read(_largest(part) + 1)
    if len(body) != part.file_size:
        raise Invalid(DAMAGED)
    return body
