"""The pictures of a pack: what one is, where its text shows them, and the words that stand for them.

A text shows a picture with `![what it shows](name.png)` on a line of its own. What a picture is is found by reading it
in the box, never by its name.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app import boxed
from app.errors import Invalid
from app.packs.content import Picture, slugged
from app.packs.faults import BRIEFING
from app.text import is_blank, single_line

READER = "app.packs.picture_reading:read"
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\.(?:png|jpg)")
NAME_LENGTH = 60
MOST = 20
LARGEST = 2 * 1024 * 1024
SIDE = 4_000
LONGEST_WORDS = 1_000
ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}
NOT_READ = "This picture could not be read in the time there is. Save it anew, smaller, as PNG or JPEG."
TOO_HEAVY = f"This file is larger than {boxed.LARGEST // 1024 // 1024} MB. Make the picture smaller."
_OURS = {boxed.TOO_LONG: NOT_READ, boxed.TOO_MUCH: NOT_READ, boxed.UNREADABLE: NOT_READ, boxed.TOO_LARGE: TOO_HEAVY}
_READER = MarkdownIt("commonmark", {"html": False})
_SIGNS, _ESCAPED = re.compile(r"([!-/:-@\[-`{-~])"), r"\\\1"
_known: dict[str, tuple[str, int, int]] = {}  # what was read already and is kept as it stands, by its digest
_MOST_KNOWN = 1_000


@dataclass(frozen=True)
class Taken:
    """A picture that was read: nothing but its points is in `body`."""

    media_type: str
    width: int
    height: int
    body: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its bytes, in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()

    def named(self, name: str) -> Picture:
        """As a pack knows it."""
        return Picture(name=name, media_type=self.media_type, width=self.width, height=self.height, digest=self.digest)


@dataclass(frozen=True)
class Shown:
    """Where a text shows a picture: the line, counted from 1, the picture's name and the words that stand for it."""

    line: int
    name: str
    words: str


def taken(body: bytes, *, fit: bool = False) -> Taken:
    """A picture out of a file. `fit`: one that is too large is made smaller. Raises `Invalid` with what to do."""
    digest = hashlib.sha256(body).hexdigest()
    if digest in _known:
        return Taken(*_known[digest], body)
    try:
        told = boxed.read(READER, body, {"side": SIDE, "bytes": LARGEST, "fit": fit})
    except Invalid as refused:
        raise Invalid(_OURS.get(refused.message, refused.message)) from refused
    said = (str(told["media_type"]), int(told["width"]), int(told["height"]))
    if told["body"]:
        return Taken(*said, base64.b64decode(told["body"]))
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    _known[digest] = said
    return Taken(*said, body)


def shown_in(markdown: str) -> list[Shown]:
    """The pictures that a text shows, in order."""
    return list(_shown(_READER.parse(markdown)))


def _shown(tokens: Sequence[Token]) -> Iterator[Shown]:
    for token in tokens:
        if picture := alone(token):
            line = token.map[0] + 1 if token.map else 0
            yield Shown(line, str(picture.attrs.get("src", "")), words_for(picture))


def alone(token: Token) -> Token | None:
    """The picture that is all there is of a paragraph in no list and no quotation; None for whatever else."""
    children = token.children or []
    if token.type == "inline" and token.level == 1 and len(children) == 1 and children[0].type == "image":
        return children[0]
    return None


def words_for(picture: Token) -> str:
    """The words that stand for a picture, on one line."""
    said = (child.content or " " * child.type.endswith("break") for child in picture.children or ())
    return " ".join("".join(said).split())


def fault_of(picture: Token, *, stands_alone: bool) -> str:
    """What is wrong with a picture where a text shows it, and what to do; empty where nothing is."""
    name, words = str(picture.attrs.get("src", "")), words_for(picture)
    if not stands_alone:
        return "A picture stands on a line of its own, in no list, with an empty line above and below. Move it there."
    if "title" in picture.attrs:
        return f"The picture “{name[:60]}” has words after its name. Put what it shows between the square brackets."
    if not NAME.fullmatch(name) or len(name) > NAME_LENGTH:
        return (
            f"“{name[:60]}” cannot be the name of a picture. Give that of a file in the folder “images”: lower-case "
            "letters, digits and hyphens, then .png or .jpg."
        )
    if is_blank(words):
        return (
            f"The picture “{name}” has no words. Write what it shows between the square brackets, for whoever cannot "
            "see it."
        )
    if len(words) > LONGEST_WORDS:
        return f"The words of the picture “{name}” are {len(words):,} characters long. {LONGEST_WORDS:,} at most."
    return ""


def misnamed(name: str, media_type: str = "") -> str:
    """What is wrong with the name of a picture's file, and what to do; empty where nothing is. `media_type` is what was
    found in it."""
    if not NAME.fullmatch(name) or len(name) > NAME_LENGTH:
        return "Name it in lower-case letters, digits and hyphens, with .png or .jpg at its end."
    ending = ENDINGS.get(media_type, "")
    if not name.endswith(f".{ending}" if ending else ""):
        return f"By its content it is a {ending.upper()}. Let its name end with .{ending}, here and in {BRIEFING}."
    return ""


def line(words: str, name: str) -> str:
    """The line of a text that shows a picture with these words, which stand there as plainly as they can."""
    plain = single_line(words)
    shown = f"![{plain}]({name})"
    if [one.words for one in shown_in(shown)] == [plain]:
        return shown
    return f"![{_SIGNS.sub(_ESCAPED, plain)}]({name})"


def free_name(words: str, media_type: str, names: Collection[str]) -> str:
    """A name for a picture that none of these is."""
    stem, ending = slugged(words)[: NAME_LENGTH - 10].strip("-") or "picture", ENDINGS[media_type]
    name, number = f"{stem}.{ending}", 1
    while name in names:
        number += 1
        name = f"{stem}-{number}.{ending}"
    return name
