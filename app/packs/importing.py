"""A file or a pasted text into pieces, by what it is. A Word document is read in the box that the caller gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from app.errors import Invalid
from app.packs import pictures
from app.packs.blocks import Block, Kind, LeftOver, Pieces
from app.packs.text_reading import LARGEST, read_text

Box = Callable[..., Any]
"""`boxed.read`: the name of a reader and the bytes of a file, to what it makes of them."""
MOST_READ = 32 * 1024 * 1024  # bytes of what is read from a document: its words, and its pictures as they stand in it

WORD_READER = "app.packs.word_reading:read"
_MARKDOWN = {".md", ".markdown"}
_EMAIL = {".eml", ".msg"}
_TEXT = {".txt", ".text", *_MARKDOWN}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
NOT_TEXT = "This file is not text. Save it as text with the encoding UTF-8, or as a Word document (.docx)."
PDF = "This is a PDF, which cannot be read back. Upload the Word document that it was made from, or paste its text."
EMAIL = "This is an email. Paste its text, or upload the document that came with it."
TOO_LONG = f"This text is longer than {LARGEST:,} characters. Take out what is not part of the briefing."
NOTHING = "There is nothing to read in this. Check that it is the right file, and that its words are no picture."


def pieces_of(name: str, body: bytes, box: Box) -> Pieces:
    """The pieces of a file: text or Markdown by its name, anything else as Word. Raises `Invalid` with what to do."""
    suffix = PurePath(name).suffix.lower()
    if suffix in _TEXT:
        return pieces_of_text(_decoded(body), is_markdown=suffix in _MARKDOWN)
    if suffix in _EMAIL:
        raise Invalid(EMAIL)
    if body.startswith(b"%PDF-"):
        raise Invalid(PDF)
    return with_pictures(_with_words(Pieces.from_json(box(WORD_READER, body, most=MOST_READ))))


def pieces_of_text(text: str, *, is_markdown: bool = False) -> Pieces:
    """The pieces of a text that somebody typed or pasted. Raises `Invalid`."""
    if len(text) > LARGEST:
        raise Invalid(TOO_LONG)
    return _with_words(read_text(text, is_markdown=is_markdown))


def with_pictures(pieces: Pieces) -> Pieces:
    """The same with its pictures read, each in a box of its own; one that cannot be shown is left over, and said."""
    blocks, names = list[Block](), dict[str, str]()
    for name, body in pieces.pictures.items():
        try:
            taken = pictures.taken(body, fit=True)
        except Invalid as refused:
            pieces.doubts.append(f"A picture was not taken over. {refused.message} Then add it to the briefing.")
        else:
            names[name] = f"{name.rpartition('.')[0]}.{pictures.ENDINGS[taken.media_type]}"
            pieces.taken[names[name]] = taken
    for block in pieces.blocks:
        shown = pictures.shown_in(block.markdown)[0].name if block.kind is Kind.PICTURE else ""
        if shown in names:
            blocks.append(replace(block, markdown=pictures.line(block.text, names[shown])))
        elif not shown:
            blocks.append(block)
        elif block.text:
            pieces.left_over.append(LeftOver(block.text, "what a picture shows that was not taken over"))
    pieces.blocks = blocks
    return pieces


def _with_words(pieces: Pieces) -> Pieces:
    if not any(block.text for block in pieces.blocks):
        raise Invalid(NOTHING)
    return pieces


def _decoded(body: bytes) -> str:
    """Text in the encoding that its first bytes name; UTF-8, or what Windows wrote before that."""
    encoding = next((named for mark, named in _MARKS if body.startswith(mark)), "utf-8")
    for one in (encoding, "cp1252"):
        try:
            text = body.decode(one)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid(NOT_TEXT)
