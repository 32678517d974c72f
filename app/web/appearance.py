"""A partnership's own colour, as a style sheet whose address is the colour: nothing to look up, kept for ever.

Inline styles are not allowed by our content policy. The colour of words on it is the one that can be read.
"""

from __future__ import annotations

import re

from app.web.static import address

_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
# Black itself, not the near-black of other text: on a middling colour only one of these two reaches 4.5 to 1.
LIGHT, DARK = "#ffffff", "#000000"


def appearance_url(colour: str | None) -> str:
    """The address of the style sheet for a colour such as `#1d70b8`; empty for what is not a colour."""
    found = _COLOUR.fullmatch(colour or "")
    return address("web.appearance", colour=found[1].lower()) if found else ""


def style_sheet(colour: str) -> str | None:
    """The style sheet for six hexadecimal digits in lower case, or None for anything else."""
    if not re.fullmatch(r"[0-9a-f]{6}", colour):
        return None
    return f":root{{--govuk-brand-colour:#{colour};--on-brand-colour:{words_on(colour)}}}\n"


def words_on(colour: str) -> str:
    """White or black, whichever stands out more on a colour (WCAG 2.2, contrast ratio)."""
    return max((LIGHT, DARK), key=lambda words: contrast(words.lstrip("#"), colour))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
