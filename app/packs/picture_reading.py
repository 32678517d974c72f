"""What somebody sent as a picture, made plain: `read` runs in the box (`app.boxed`), which alone knows Pillow.

A file that holds nothing but its picture is kept byte for byte, so that a pack that is lent and borrowed stays the
same. Any other is written anew from its points: where it was taken, by whom, and whatever was hung on it, are gone.
"""

from __future__ import annotations

import base64
import re
import struct
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin

from app.errors import Invalid

Image.MAX_IMAGE_PIXELS = None  # its size is looked at below, before a point of it is read
Image.preinit()  # while files can still be opened: in the box no further part of the library can be loaded
_FORMATS = (
    PngImagePlugin.PngImageFile.format,
    JpegImagePlugin.JpegImageFile.format,
    MpoImagePlugin.MpoImageFile.format,
)
_MOST_POINTS = 40_000_000  # of a picture that is made smaller here: what the box has room for
_FITTED, _QUALITY = 1_600, 88
_PNG_PARTS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_SCAN, _JFIF, _END = 0xDA, 0xE0, 0xD9
_JPEG_PARTS = {_SCAN, _JFIF, 0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD}
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]")

_SAVE = "Save it as PNG or JPEG."
DAMAGED = "This picture is damaged or did not arrive whole. Save it anew."
UNKNOWN = f"This is no picture that can be shown on a page. {_SAVE}"
_KINDS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a bitmap (BMP)"),
    (b"II*\0", "a TIFF"),
    (b"MM\0*", "a TIFF"),
    (b"\x01\0\0\0", "a drawing of Windows (EMF)"),
    (b"\xd7\xcd\xc6\x9a", "a drawing of Windows (WMF)"),
    (b"%PDF-", "a PDF"),
)


def read(body: bytes, told: dict[str, Any]) -> dict[str, Any]:
    """The picture: its media type, width and height, and its bytes in base64, or none where they are those given.

    `told` holds the most `side` (in points) and `bytes` that it may have, and whether it is made to `fit` where it has
    more. Raises `Invalid` for whatever is no picture.
    """
    try:
        picture = Image.open(BytesIO(body), formats=_FORMATS)
    except (OSError, SyntaxError, ValueError) as error:
        raise Invalid(_what_it_is(body)) from error
    width, height = picture.size
    fits = max(width, height) <= told["side"] and len(body) <= told["bytes"]
    if not fits and (not told["fit"] or width * height > _MOST_POINTS):
        raise Invalid(_too_large(width, height, len(body), told))
    try:
        picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        raise Invalid(DAMAGED) from error
    kind = "PNG" if picture.format == "PNG" else "JPEG"
    made = body if fits and is_plain(body) else _anew(picture, kind, told, smaller=not fits)
    size = Image.open(BytesIO(made), formats=_FORMATS)
    if len(made) > told["bytes"]:
        raise Invalid(_too_large(size.width, size.height, len(made), told))
    said = {"media_type": f"image/{str(size.format).lower()}", "width": size.width, "height": size.height}
    return {**said, "body": "" if made == body else base64.b64encode(made).decode()}


def is_plain(body: bytes) -> bool:
    """Whether a file holds nothing but its picture: no words, no place, no profile, nothing behind its end."""
    return _is_plain_png(body) if body.startswith(b"\x89PNG") else _is_plain_jpeg(body)


def _is_plain_png(body: bytes) -> bool:
    at = 8
    while at + 12 <= len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        at += 12 + size
        if name == b"IEND":
            return bool(size == 0 and at == len(body))
        if name not in _PNG_PARTS:
            return False
    return False


def _is_plain_jpeg(body: bytes) -> bool:
    at = 2
    while at + 4 <= len(body) and body[at] == 0xFF and body[at + 1] in _JPEG_PARTS:
        part, size = body[at + 1], int.from_bytes(body[at + 2 : at + 4], "big")
        if part == _JFIF and body[at + 2 : at + 9] != b"\0\x10JFIF\0":
            return False
        at += 2 + size
        if part == _SCAN:
            found = _AFTER_SCAN.search(body, at)
            at = found.start() if found else len(body)
    return bytes(body[at:]) == bytes((0xFF, _END))


def _anew(picture: Image.Image, kind: str, told: dict[str, Any], *, smaller: bool) -> bytes:
    """The same picture without anything beside it, upright as its maker's camera held it."""
    shown = ImageOps.exif_transpose(picture)
    if smaller:
        shown = shown.convert("RGBA" if shown.has_transparency_data else "RGB")
        shown.thumbnail((_FITTED, _FITTED))
    made = _written(shown, kind)
    if smaller and len(made) > told["bytes"] and shown.mode == "RGB":
        return _written(shown, "JPEG")  # a photograph that somebody kept as PNG
    return made


def _written(shown: Image.Image, kind: str) -> bytes:
    made = BytesIO()
    if kind == "JPEG":
        shown = shown if shown.mode in ("L", "RGB") else shown.convert("RGB")
    shown.info = {name: shown.info[name] for name in ("transparency",) if name in shown.info}
    shown.save(made, kind, **({"quality": _QUALITY} if kind == "JPEG" else {}))
    return made.getvalue()


def _what_it_is(body: bytes) -> str:
    """Why this is not taken, in a sentence that says what it is, where that can be told."""
    begun = body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return DAMAGED
    if begun.startswith(b"<") and b"<svg" in body[:10_000].lower():
        return "This is a drawing in SVG, which can hold programs. Save it as PNG."
    if body[8:12] == b"WEBP" or body[4:8] == b"ftyp":
        return f"This is a picture of a kind that not every browser and Word can show. {_SAVE}"
    kind = next((words for beginning, words in _KINDS if body.startswith(beginning)), "")
    return f"This is {kind}, which is not taken. {_SAVE}" if kind else UNKNOWN


def _too_large(width: int, height: int, size: int, told: dict[str, Any]) -> str:
    if max(width, height) > told["side"] or told["fit"]:
        return f"This picture is {width:,} by {height:,} points large. {told['side']:,} at most: make it smaller."
    most = told["bytes"] // 1_048_576
    return f"This picture takes {size / 1_048_576:.1f} MB. {most} MB at most: make it smaller, or save it as JPEG."
