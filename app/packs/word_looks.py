"""How the paragraphs of a Word document look: which are headings, by their style or by being bold or large.

Styles follow one another (`basedOn`); a level of the outline makes a heading in whatever language Word was used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from app.word_text import W, is_on

_LONGEST_CHAIN = 12
_LARGER = 4  # half points
_BODY = 22
_LIST = re.compile(r"list (?:bullet|number|continue) ([2-5])")


@dataclass(frozen=True)
class Look:
    """Of a style or a paragraph. `level` is a heading's: 0 for a title, None for none. `size` is in half points;
    `deeper` is how far a style moves its lists in: 1 for “List Bullet 2”."""

    level: int | None = None
    bold: bool = False
    size: int = 0
    contents: bool = False
    deeper: int = 0


class Looks:
    """The styles of one document."""

    def __init__(self, styles: etree._Element | None) -> None:
        found = [] if styles is None else styles.findall(f"{W}style")
        self._styles = {str(one.get(f"{W}styleId")): one for one in found}
        self._default = next((key for key, one in self._styles.items() if _is_default(one)), "")
        sizes = [] if styles is None else styles.findall(f"{W}docDefaults//{W}sz")
        self._known: dict[str, Look] = {}
        self.body = self._of_style(self._default, 0).size or (_number(sizes[0], 0) if sizes else 0) or _BODY

    def of(self, paragraph: etree._Element) -> Look:
        """The look that a paragraph has by its style and its own level in the outline."""
        look = self._of_style(_value(paragraph.find(f"{W}pPr/{W}pStyle")) or self._default, 0)
        own = paragraph.find(f"{W}pPr/{W}outlineLvl")
        level = _number(own, 9) if own is not None else 9
        return replace(look, level=level + 1) if level < 9 else look

    def is_large(self, size: int) -> bool:
        """Whether letters of this size stand out from the text."""
        return size >= self.body + _LARGER

    def _of_style(self, key: str, depth: int) -> Look:
        style = self._styles.get(key)
        if style is None or depth > _LONGEST_CHAIN:
            return Look()
        if key not in self._known:
            base = self._of_style(_value(style.find(f"{W}basedOn")), depth + 1)
            self._known[key] = _own(style, base)
        return self._known[key]


def _own(style: etree._Element, base: Look) -> Look:
    name = _value(style.find(f"{W}name")).lower()
    outline, bold, size = (style.find(f"{W}{path}") for path in (f"pPr/{W}outlineLvl", f"rPr/{W}b", f"rPr/{W}sz"))
    level = base.level
    listed = _LIST.fullmatch(name)
    if name == "title":
        level = 0
    elif name.startswith("heading ") and name[8:].isdigit():
        level = int(name[8:])
    elif outline is not None:
        level = _number(outline, 9) + 1 if _number(outline, 9) < 9 else None
    return Look(
        level=level,
        bold=base.bold if bold is None else is_on(bold),
        size=base.size if size is None else _number(size, base.size),
        contents=base.contents or name.startswith("toc "),
        deeper=int(listed[1]) - 1 if listed else base.deeper,
    )


def _is_default(style: etree._Element) -> bool:
    return style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true")


def _value(element: etree._Element | None) -> str:
    return "" if element is None else str(element.get(f"{W}val", ""))


def _number(element: etree._Element, otherwise: int) -> int:
    written = _value(element)
    return int(written) if written.isdecimal() and len(written) < 6 else otherwise
