"""A paragraph in Markdown, divided where its sentences end.

Nobody can tell every end: where a full stop may belong to an abbreviation, or emphasis and links go over an end, the
sentences stay together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any, NamedTuple

from app.packs.marking import words_of

_END = re.compile(r"(?<![.?!…])[.?!…]++[\"'”’)\]*_]*+(\s++)(?=[\"'“‘(\[*_]*+([^\W_]))")
_LAST = re.compile(r"[^\W_][\w.’'-]*$")
_SHORT = re.compile(r"dr|mrs?|ms|prof|rev|st|sgt|insp|cllr|hon|approx|incl|cf|vs|viz|dept")
_COUNTED = re.compile(r"nos?|pp?|paras?|fig|vol|ch|art|sec|ss?|ed|cl")
_LONGEST, _LOOKS = 2_000, 20  # of a sentence, and into one that others may end: each look takes time by its length


class Sentence(NamedTuple):
    """`between` is what stands before it, to be put there again: a space, the end of a line, nothing."""

    between: str
    markdown: str


def sentences_of(paragraph: str, env: MutableMapping[str, Any]) -> list[Sentence]:
    """The sentences of a paragraph, each of which says by itself what it says there. `env` holds the addresses to which
    the text around it refers."""
    whole, found, at, begun, between, looks = words_of(paragraph, env), list[Sentence](), 0, 0, "", 0
    for end, space, begins in _ends(paragraph):
        looks += 1
        if end - begun > _LONGEST or looks > _LOOKS:
            break
        said = words_of(paragraph[begun:end], env)
        if said and whole.startswith(f"{said} ", at):
            found.append(Sentence(between, paragraph[begun:end]))
            at, begun, between, looks = at + len(said) + 1, begins, space, 0
    rest = paragraph[begun:]
    is_whole = words_of(rest, env) == whole[at:]
    return [*found, Sentence(between, rest)] if is_whole else [Sentence("", paragraph)]


def _ends(text: str) -> Iterator[tuple[int, str, int]]:
    """Where sentences seem to end, the space there, and where the next begins."""
    for found in _END.finditer(text):
        if not found[2].islower() and not _is_short(text[max(0, found.start() - 30) : found.start()], found):
            yield found.start(1), found[1], found.end(1)


def _is_short(before: str, found: re.Match[str]) -> bool:
    """Whether a full stop is that of an abbreviation: `e.g.`, `Dr.`, `J.`, and `No.` where a number follows."""
    last = _LAST.search(before)
    if last is None or not found[0].startswith(".") or found[0].startswith(".."):
        return False
    word = last[0].lower()
    inner = "." in word and all(len(part) == 1 for part in word.split("."))
    return (
        inner
        or (len(word) == 1 and word.isalpha())
        or bool(_SHORT.fullmatch(word))
        or (bool(_COUNTED.fullmatch(word)) and found[2].isdigit())
    )
