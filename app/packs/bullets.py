"""The signs with which lists are typed: bullets of every kind, numbers, letters; and lines that are no text at all."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.packs.wordings import LONGEST

_SIGNS = (  # what is nothing but the sign of a list
    r"[\u2022\u2023\u2219\u25aa\u25b6\u25b8\u25ba\u25c6\u25cb\u25cf\u25e6\u25a0\u25a1\u2043\u2981\uf0b7\uf0a7\uf0d8"
    r"\uf0fc\u2611\u2705\u2713\u2714\u2751\u2752\u2756\u2794\u27a1\u27a2\u27a4\u2192]\ufe0f?"
)
_BULLET = re.compile(rf"({_SIGNS}(?=\s*\S)|(?:[\u00b7*+\u2013\u2014-]|o)(?=\s+\S))\s*")
SIGN = re.compile(rf"{_SIGNS}|[\u00b7\u2013\u2014-]")
"""The sign of an item on a line of its own, as it comes from slides."""
_NUMBER = re.compile(r"(\(?\d{1,2}[.)]|\(?[a-z][.)]|\(?[ivx]{1,4}[.)])\s+(?=\S)")
_PAGE = re.compile(
    r"(?:[-\u2013\u2014|]\s*)?(?:(?:page|slide|pg?\.?)\s*)?(\d{1,3})(?:\s*(?:of|/)\s*\d{1,3})?(?:\s*[-\u2013\u2014|])?",
    re.IGNORECASE,
)
RULE = re.compile(r"[-_*=~\u2013\u2014\u2500\s]{3,}")
HYPHENS = ("-", "\u2010", "\u00ad")
_ENDED = re.compile(r"[.!?:;\u2026][)\"'\u201d\u2019\]]*$")


class Item(NamedTuple):
    """A line of a list: the sign before it, whether that counts, and what is read."""

    sign: str
    ordered: bool
    text: str

    @property
    def number(self) -> int:
        """The number that was typed; 1 for anything else."""
        typed = self.sign.strip("().")
        return int(typed) if typed.isdecimal() else 1


def item_of(line: str) -> Item | None:
    """A line that begins with the sign of a list; None for any other."""
    for pattern, ordered in ((_BULLET, False), (_NUMBER, True)):
        if found := pattern.match(line):
            return Item(found[1], ordered, line[found.end() :])
    return None


def page_of(line: str) -> int | None:
    """The number of a line that holds the number of a page and nothing else."""
    found = _PAGE.fullmatch(line)
    return int(found[1]) if found else None


def is_ended(text: str) -> bool:
    """Whether a text ends as a sentence, a question or the beginning of a list does."""
    return bool(_ENDED.search(text))


def goes_on(before: str, after: str) -> bool:
    """Whether a text seems to go on in another that stands after it."""
    return bool(before) and not is_ended(before) and after[:1].islower()


def joined(before: str, after: str) -> str:
    """Two lines of one sentence. A hyphen at the end of the first stays: nobody can tell whose it is."""
    divided = before.endswith(HYPHENS) and before[-2:-1].isalnum() and after[:1].islower()
    return before + after if divided else f"{before} {after}"


def is_short(line: str) -> bool:
    """Whether a line could be a heading by its looks: a few words that do not end as a sentence does."""
    words = line.split()
    return 0 < len(words) <= LONGEST - 2 and not line.endswith((".", ";", ",")) and not line[:1].islower()
