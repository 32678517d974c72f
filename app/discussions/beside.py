"""Text that is kept beside a draft and does not stand in it: set aside (`set_aside`), or from a sheet (`sheet`).

It lost to another person's, or came from somebody signed out, or is the answers of a sheet that nobody saved yet. It
goes once it stands in the draft or somebody removes it. What is left when the minutes are sent goes into a correction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from app.clock import moment_words
from app.discussions.content import (
    FROM_NOTHING,
    PARTS,
    SHEET,
    Content,
    Save,
    length,
    part_of,
    parts_given,
    same,
    saved_by,
    shaped,
)

MOST_SET_ASIDE, MOST_TEXTS, MOST_RESCUED = 1_000_000, 20, 3


class Aside(NamedTuple):
    """Text that does not stand in the draft and is kept: which page, who typed it, when (ISO), and the text. It lost to
    another person's; or it was sent by somebody signed out (then `person` is her reference, `save` where it came from).
    """

    part: str
    by: str
    at: str
    typed: Content
    person: str = ""
    save: Save = FROM_NOTHING

    @property
    def moment(self) -> datetime:
        """When it was typed."""
        return datetime.fromisoformat(self.at)

    @property
    def is_sheet(self) -> bool:
        """Whether it came with a Word sheet."""
        return self.save.opening.startswith(SHEET)

    @property
    def called(self) -> str:
        """What it is, as the end of a sentence."""
        if self.is_sheet:
            return f"what the Word sheet says that {self.by} uploaded on {moment_words(self.moment)}"
        return f"what {self.by} typed on {moment_words(self.moment)}"

    @property
    def key(self) -> str:
        """By what a page names it: nothing of the text can be read from that."""
        told = json.dumps([self.part, self.by, self.at, self.typed], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def put_aside(
    stored: Mapping[str, Any],
    given: Mapping[str, Any],
    by: str,
    at: str,
    *,
    person: str = "",
    save: Save = FROM_NOTHING,
) -> dict[str, Any]:
    """The content with a text set aside, unless that very text stands in it or was set aside before. Of what somebody
    signed out sent for a page the newest few stay, so that nobody's text is pushed out by hers."""
    there = stored.get("set_aside", [])
    if person:  # the same text sent again is the newest of hers once more
        there = [a for a in there if not (a["part"] in parts_given(given) and same(a["typed"], given, a["part"]))]
    whose = {"person": person, "save": list(save)} if person else {}
    new = [
        {"part": part, "by": by, "at": at, "typed": part_of(given, part), **whose}
        for part in parts_given(given)
        if not same(stored, given, part) and not any(a["part"] == part and same(a["typed"], given, part) for a in there)
    ]
    if person and new:
        hers = [aside for aside in there if aside.get("person") == person and aside["part"] == new[0]["part"]]
        there = [aside for aside in there if aside not in hers[: len(hers) - MOST_RESCUED + 1]]
    return {**stored, "set_aside": _bounded([*there, *new])}


def _bounded(texts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest of the texts set aside, as many as a page can show: the newest of all whatever its length."""
    kept, room = texts[-1:], MOST_SET_ASIDE - length(texts[-1:])
    for text in texts[-MOST_TEXTS:-1][::-1]:
        room -= length(text)
        if room < 0:
            break
        kept.insert(0, text)
    return kept


def asides(raw: Mapping[str, Any], part: str) -> Iterator[Aside]:
    """The texts set aside for one page, the latest first."""
    return (_read(aside) for aside in reversed(raw.get("set_aside", [])) if aside["part"] == part)


def _read(aside: Mapping[str, Any]) -> Aside:
    save = Save(*aside.get("save", (0,)))
    return Aside(aside["part"], aside["by"], aside["at"], shaped(aside["typed"]), aside.get("person", ""), save)


def rescued(raw: Mapping[str, Any], part: str, person: str) -> Aside | None:
    """What this person brought to a page and could not have saved there, if the page was not saved since: it goes into
    the boxes again."""
    hers = next((aside for aside in asides(raw, part) if person and aside.person == person), None)
    _, _, _, since = saved_by(raw, part)
    return hers if hers and (not since or hers.moment >= datetime.fromisoformat(since)) else None


class Brought(TypedDict):
    """What came with a Word sheet beside its answers: who uploaded it when (ISO), what there is to say about it, and
    text that stood outside the boxes, each with where."""

    by: str
    at: str
    notes: list[str]
    extra: list[dict[str, str]]


def sheet_in(raw: Mapping[str, Any]) -> Brought | None:
    """What came with the Word sheet that was uploaded last, if any."""
    found: Brought | None = raw.get(SHEET)
    return found


def everything(raw: Mapping[str, Any]) -> list[Aside]:
    """The texts set aside, in the order of the pages, the latest of each first."""
    return [aside for part in PARTS for aside in asides(raw, part)]


def mark(raw: Mapping[str, Any]) -> str:
    """Which texts are set aside, in short, so that nobody sends without having been told of one; empty if none is."""
    keys = sorted(aside.key for aside in everything(raw))
    return f"-{hashlib.sha256(''.join(keys).encode()).hexdigest()[:8]}" if keys else ""


def without(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The content without the text of this key; or, by `SHEET`, without what a sheet brought beside its answers."""
    kept = {name: value for name, value in raw.items() if name != SHEET or key != SHEET}
    return {**kept, "set_aside": [a for a in raw.get("set_aside", []) if _read(a).key != key]}


def left_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a correction takes over of the draft that was sent: the texts that are in no minutes yet."""
    texts = raw.get("set_aside", [])
    of_sheet = {SHEET: raw[SHEET]} if SHEET in raw and any(aside.is_sheet for aside in everything(raw)) else {}
    return {"set_aside": texts, **of_sheet} if texts else {}
