"""Pictures of figures as SVG, for a page as they are and for Word as PNG: text and presentation attributes only.

No style attribute is used (the content policy forbids it) and no colour carries meaning alone: every bar says its
figure and has a shade that survives a black-and-white printer. Widths are shares of the picture's
own width and text has a fixed size, so that at 320 pixels the bars shrink and the words do not.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Sequence

from markupsafe import Markup

INK = "#0b0c0c"
FILLS = ("#0f4c57", "#5f9ea6", "#bfdfe2", "#ffffff")
HATCHES = ("M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", "M0,4 h8")
_LINE, _LEADING, _BAR, _GAP = 24, 19, 24, 8
_LINE_LENGTH, _MOST_LINES = 28, 2
Row = tuple[str, Sequence[int]]


def funnel_svg(title: str, steps: Sequence[tuple[str, int]], *, width: int | None = None) -> Markup:
    """One bar per step, each as long as its share of the largest; `width` in pixels for PNG, else as wide as it may be.

    Steps are (words, number), numbers 0 or more. Raises `ValueError` for a negative number.
    """
    rows = [(name, [number]) for name, number in steps]
    return _picture(title, rows, [""], width)


def bars_svg(title: str, rows: Sequence[Row], series: Sequence[str], *, width: int | None = None) -> Markup:
    """For each row a group of bars, one per series, all on one scale; a row is (words, a number per series)."""
    return _picture(title, rows, series, width)


def _picture(title: str, rows: Sequence[Row], series: Sequence[str], width: int | None) -> Markup:
    uneven = any(len(numbers) != len(series) for _, numbers in rows)
    if uneven or len(series) > len(FILLS) + len(HATCHES) or any(n < 0 for _, numbers in rows for n in numbers):
        raise ValueError("a picture takes at most six series, a number for each in every row, and none below 0")
    told = _told(rows, series)
    key = "c" + hashlib.sha256(f"{title}|{told}".encode()).hexdigest()[:10]
    largest = max((max(numbers, default=0) for _, numbers in rows), default=0) or 1
    parts, y = [], 4
    if len(series) > 1:
        legend, y = _legend(series, key, y)
        parts.append(legend)
    for label, numbers in rows:
        drawn, y = _group(label, numbers, largest, key, y)
        parts.append(drawn)
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="app-chart" role="img" aria-labelledby="{key}-title {key}-desc"'
        ' width="{width}" height="{height}" font-family="arial, sans-serif" font-size="16" fill="{ink}">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{told}</desc>{patterns}{parts}</svg>'
    ).format(
        key=key,
        width=width or "100%",
        height=y,
        ink=INK,
        title=title,
        told=told,
        patterns=_patterns(series, key),
        parts=Markup("").join(parts),
    )


def _told(rows: Sequence[Row], series: Sequence[str]) -> str:
    """The figures as a sentence."""
    said = [
        (label, ", ".join(f"{name} {n:,}".strip() for name, n in zip(series, numbers, strict=True)))
        for label, numbers in rows
    ]
    return "; ".join(f"{label}: {figures}" for label, figures in said) + "."


def _patterns(series: Sequence[str], key: str) -> Markup:
    needed = HATCHES[: max(0, len(series) - len(FILLS))]
    return Markup("").join(
        Markup(
            '<pattern id="{key}-{n}" width="8" height="8" patternUnits="userSpaceOnUse">'
            '<rect width="8" height="8" fill="#ffffff"/><path d="{path}" stroke="{ink}" stroke-width="1.5"/></pattern>'
        ).format(key=key, n=n, path=path, ink=INK)
        for n, path in enumerate(needed)
    )


def _fill(index: int, key: str) -> str:
    return FILLS[index] if index < len(FILLS) else f"url(#{key}-{index - len(FILLS)})"


def _rect(x: float, y: float, share: float, height: int, fill: str) -> Markup:
    """A bar from `x` percent over `share` percent of the width."""
    return Markup(
        '<rect x="{x:.3f}%" y="{y}" width="{w:.3f}%" height="{h}" fill="{fill}" stroke="{ink}" stroke-width="1"/>'
    ).format(x=x, y=y, w=share, h=height, fill=fill, ink=INK)


def _text(x: str, y: float, words: str, *, anchor: str = "start", fill: str = INK, weight: str = "normal") -> Markup:
    return Markup(
        '<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">{words}</text>'
    ).format(x=x, y=y, anchor=anchor, weight=weight, fill=fill, words=words)


def _lines(label: str) -> list[str]:
    """A label in lines that fit a telephone's screen; what is left over after two is told by the table."""
    return textwrap.wrap(label, _LINE_LENGTH, max_lines=_MOST_LINES, placeholder=" …") or [""]


def _label(words: str, y: int) -> tuple[list[Markup], int]:
    lines = _lines(words)
    texts = [_text("1", y + 16 + n * _LEADING, line, weight="bold") for n, line in enumerate(lines)]
    return texts, y + _LINE + (len(lines) - 1) * _LEADING


def _legend(series: Sequence[str], key: str, y: int) -> tuple[Markup, int]:
    parts = []
    for index, name in enumerate(series):
        swatch = Markup('<rect x="1" y="{y}" width="18" height="16" fill="{fill}" stroke="{ink}" stroke-width="1"/>')
        parts += [swatch.format(y=y, fill=_fill(index, key), ink=INK), _text("28", y + 14, _lines(name)[0])]
        y += _LINE
    return Markup("").join(parts), y + _GAP


def _group(label: str, numbers: Sequence[int], largest: int, key: str, y: int) -> tuple[Markup, int]:
    """A label and under it a bar for each number with the number at its end; 85 % of the width is the longest bar."""
    parts, y = _label(label, y)
    for index, number in enumerate(numbers):
        share = 85 * number / largest
        parts.append(_rect(0.2, y, max(share, 0.3), _BAR - 4, _fill(index, key)))
        parts.append(_text(f"{share + 2:.3f}%", y + 18, f"{number:,}"))
        y += _BAR
    return Markup("").join(parts), y + _GAP
