"""A chart's SVG as the PNG that Word can hold, with the words that stand for it.

The renderer leaves text out without a word where it has no font. So the font is looked for once, by drawing a letter;
on a machine that has none there is no picture, and the table beside it, with the same figures, does its work alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import resvg_py
from docx.oxml import parse_xml

FAMILIES = ("Arial", "Liberation Sans", "Helvetica", "DejaVu Sans", "Noto Sans", "FreeSans", "Nimbus Sans")

_SCALE = 3.0  # pixels for each unit of the drawing: sharp in print
_LETTER = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text y="8">{}</text></svg>'


@dataclass(frozen=True)
class Picture:
    """A PNG, and the words that stand for it."""

    png: bytes
    words: str


def picture(svg: str) -> Picture | None:
    """A drawing (complete SVG, with its namespace) as a picture, or None on a machine with no font for its labels.

    The words are the drawing's own `title` and `desc`. Raises ValueError for what is no drawing or has neither.
    """
    family = font_family()
    if family is None:
        return None
    root = parse_xml(svg)
    texts = [root.findtext(f"{{http://www.w3.org/2000/svg}}{name}", "").strip() for name in ("title", "desc")]
    words = " ".join(text if text.endswith(".") else f"{text}." for text in texts if text)
    if not words:
        raise ValueError("The drawing has neither a title nor a description")
    return Picture(_png(svg, family), words)


@cache
def font_family() -> str | None:
    """The first family of `FAMILIES` that this machine has, or None."""
    empty = _png(_LETTER.format(""), "")
    return next((family for family in FAMILIES if _png(_LETTER.format("M"), family) != empty), None)


def _png(svg: str, family: str) -> bytes:
    return resvg_py.svg_to_bytes(
        svg_string=svg, zoom=_SCALE, background="#ffffff", font_family=family, sans_serif_family=family
    )
