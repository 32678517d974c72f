"""The bullets and numbers of a Word document's lists, which do not stand in its text but are counted by Word."""

from __future__ import annotations

from collections import defaultdict

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST = 8
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi")


class Lists:
    """The lists of one document, counted as its paragraphs go by."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._shapes: dict[tuple[str, int], tuple[str, int]] = {}
        self._styles: dict[str, tuple[str, int]] = {}
        self._counted: dict[str, dict[int, int]] = defaultdict(dict)
        if numbering is not None:
            self._learn(numbering)
        for style in [] if styles is None else styles.iter(f"{W}style"):
            if placed := _placed(style):
                self._styles[str(style.get(f"{W}styleId"))] = placed

    def _learn(self, numbering: etree._Element) -> None:
        kinds = {str(one.get(f"{W}abstractNumId")): one for one in numbering.iter(f"{W}abstractNum")}
        for number in numbering.findall(f"{W}num"):
            key = str(number.get(f"{W}numId"))
            kind = kinds.get(_value(number.find(f"{W}abstractNumId")))
            for level in [] if kind is None else kind.findall(f"{W}lvl"):
                depth = _whole(str(level.get(f"{W}ilvl", "0")), 0)
                start = _whole(_value(level.find(f"{W}start")), 1)
                self._shapes[key, depth] = (_value(level.find(f"{W}numFmt")), start)
            for override in number.findall(f"{W}lvlOverride"):
                depth = _whole(str(override.get(f"{W}ilvl", "0")), 0)
                shape, start = self._shapes.get((key, depth), ("decimal", 1))
                self._shapes[key, depth] = (shape, _whole(_value(override.find(f"{W}startOverride")), start))

    def mark(self, paragraph: etree._Element) -> str:
        """What stands before a paragraph of a list (`- `, `2. `, indented by its depth); nothing before any other."""
        placed = _placed(paragraph) or self._styles.get(_value(paragraph.find(f"{W}pPr/{W}pStyle")))
        if placed is None or placed[0] == "0":
            return ""
        key, depth = placed
        shape, start = self._shapes.get((key, depth), ("bullet", 1))
        counted = self._counted[key]
        counted[depth] = counted.get(depth, start - 1) + 1
        for deeper in [level for level in counted if level > depth]:
            del counted[deeper]
        return "  " * depth + _written(shape, counted[depth])


def _written(shape: str, number: int) -> str:
    if shape == "none":
        return ""
    if shape.startswith("decimal"):
        return f"{number}. "
    many = _ROMAN if shape.endswith("Roman") else _LETTERS if shape.endswith("Letter") else ()
    if not many:
        return "- "
    word = many[number - 1] if 0 < number <= len(many) else str(number)
    return f"{word.upper() if shape.startswith('upper') else word}. "


def _placed(element: etree._Element) -> tuple[str, int] | None:
    """In which list a paragraph or a style stands, and how deep."""
    properties = element.find(f"{W}pPr/{W}numPr")
    number = None if properties is None else properties.find(f"{W}numId")
    if properties is None or number is None:
        return None
    return _value(number), min(_whole(_value(properties.find(f"{W}ilvl")), 0), _DEEPEST)


def _value(element: etree._Element | None) -> str:
    return "" if element is None else str(element.get(f"{W}val", ""))


def _whole(written: str, otherwise: int) -> int:
    return int(written) if written.isdecimal() and len(written) < 7 else otherwise
