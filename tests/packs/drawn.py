"""Pictures for the tests: small ones that are whole, and those that are not what they seem."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image


def drawn(
    kind: str = "PNG", size: tuple[int, int] = (60, 40), colour: str = "teal", mode: str = "RGB", **how: Any
) -> bytes:
    """A picture of one colour, but for its first point."""
    picture, file = Image.new(mode, size, colour), BytesIO()
    picture.putpixel((0, 0), (0, 0, 0, 0)[: len(picture.getbands())])
    picture.save(file, kind, **how)
    return file.getvalue()


def with_a_place() -> bytes:
    """A photograph, lying on its side, that says where and with what it was taken."""
    said = Image.Exif()
    said[0x0112], said[0x010F] = 6, "A camera"
    said[0x8825] = {1: "N", 2: (50.0, 52.0, 12.0)}
    return drawn("JPEG", exif=said, comment=b"the house of the family")


def speckled(side: int, kind: str = "JPEG") -> bytes:
    """A picture in which no two points are alike, so that it takes much room."""
    file = BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(file, kind)
    return file.getvalue()
