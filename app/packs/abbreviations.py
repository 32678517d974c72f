"""Abbreviations that a briefing uses and its glossary does not explain, with the long form where the text gives it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from app.packs.content import slugged
from app.packs.drafted import Drafted, pieces
from app.packs.marking import words_of

_SHORT = re.compile(r"(?<![\w-])(?=[A-Za-z]*[A-Z][A-Za-z]*[A-Z])[A-Z][A-Za-z]{1,9}(?![\w-])")
_KNOWN = {"GP", "NHS", "UK", "OK", "ID", "IT", "TV", "AM", "PM", "MS", "MR", "MRS", "DR", "PDF", "USA", "EU", "GOV"}
MOST = 30
_NEAR, _MOST_WORDS = 200, 10  # characters and words that a long form stands within


class Abbreviation(NamedTuple):
    """A short form and its long form, empty where the text does not give it."""

    short: str
    full: str


def unexplained(content: Drafted) -> list[Abbreviation]:
    """At most `MOST`, those used most often first. What everybody knows (NHS, GP) is not asked about."""
    text = "\n".join(_texts(content))
    explained = {slugged(name) for term in content["glossary"] for name in (term["term"], term["full"]) if name}
    used = Counter(word.removesuffix("s") for word in _SHORT.findall(text))
    asked = [
        word
        for word, _ in used.most_common()
        if slugged(word) not in explained and word.upper() not in _KNOWN and sum(map(str.isupper, word)) * 2 > len(word)
    ]
    return [Abbreviation(word, _long_form(word, text)) for word in asked[:MOST]]


def _texts(content: Drafted) -> list[str]:
    parts: list[Mapping[str, str]] = [pieces(content, part) for part in ("sections", "points", "recommendations")]
    said = [text for part in parts for name, text in part.items() if not name.endswith(("-key", "-kind", "-type"))]
    return [words_of(text) for text in said]


def _long_form(short: str, text: str) -> str:
    """The words before `(ABC)` whose first letters it is made of; or those in the brackets behind it."""
    at = max(text.find(f"({short})"), text.find(f"({short}s)"))
    words = text[max(0, at - _NEAR) : max(0, at)].split()[-_MOST_WORDS:]
    for count in range(1, len(words) + 1):
        if _spells(words[-count:], short):
            return " ".join(words[-count:])
    at = text.find(f"{short} (")
    inside = text[at + len(short) + 2 : at + _NEAR].partition(")")[0] if at >= 0 else ""
    return inside.strip() if inside and _spells(inside.split(), short) else ""


def _spells(words: list[str], short: str) -> bool:
    """Whether the first letters of words are those of a short form; small words between them may be left out."""
    letters = [part[0].lower() for word in words for part in word.split("-") if part]
    wanted = short.lower()
    if not letters or letters[0] != wanted[0]:
        return False
    found = 0
    for letter in letters:
        found += found < len(wanted) and letter == wanted[found]
    return found == len(wanted) and len(letters) <= 2 * len(wanted)
