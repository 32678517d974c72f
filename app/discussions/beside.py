"""Text that is kept beside a draft and does not stand in it: set aside (`set_aside`), or from sheets (`sheet`).

It lost to another person's, or came from somebody signed out, or is the answers of a sheet that nobody saved yet. It
goes once it stands in the draft or somebody removes it. What is left when the minutes are sent goes into a correction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, NotRequired, TypedDict

from app.clock import moment_words
from app.discussions.content import PAGES, PARTS, SHEET, Content, length, same, shaped
from app.errors import Invalid
from app.saving import FROM_NOTHING, MOST_SET_ASIDE, MOST_TEXTS, Save, saved_by

NO_ROOM = (
    "There is no room for more beside this draft, so nothing was taken from this file. Save what an earlier sheet "
    "brought, or remove a text that is set aside, and upload it again."
)
IN_DRAFT = "The draft held all the answers of this sheet already, so there is nothing to choose."


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
    uploaded: bool = False,
) -> dict[str, Any]:
    """The content with a text set aside: see `Pages.put_aside`. Raises `Invalid` where it is too long and nobody has it
    in the boxes of a page: somebody is to have it in hers again (`person`)."""
    if person and (why := PAGES.too_long(given)):
        raise Invalid(why)
    return PAGES.put_aside(stored, given, by, at, person=person, save=save, uploaded=uploaded)


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
    """What came with a Word sheet beside its answers: who uploaded it when (ISO), what there is to say about it, text
    that stood outside the boxes, each with where, and which other team it names, if it does."""

    by: str
    at: str
    notes: list[str]
    extra: list[dict[str, str]]
    made_for: NotRequired[str]


def sheets_in(raw: Mapping[str, Any]) -> list[Brought]:
    """What came with the Word sheets that were uploaded, the latest first."""
    found: Any = raw.get(SHEET) or []
    one_alone = isinstance(found, dict)  # as drafts hold it that are older than the list
    return [found] if one_alone else found[::-1]


def noted(brought: Brought, words: str) -> Brought:
    """What came with a sheet, and one thing more that there is to say about it."""
    return {**brought, "notes": [*brought["notes"], words]}


def key_of(brought: Brought) -> str:
    """By what a page names what came with a sheet."""
    return f"{SHEET}-{hashlib.sha256(json.dumps([brought['by'], brought['at']]).encode()).hexdigest()[:12]}"


def brought_by(brought: Brought) -> str:
    """Who uploaded a sheet and when, as the end of a sentence."""
    return f"{brought['by']} uploaded on {moment_words(datetime.fromisoformat(brought['at']))}"


def with_sheet(raw: Mapping[str, Any], brought: Brought) -> dict[str, Any]:
    """The content with what came with one more sheet. What came with an earlier one stays for as long as text of it
    does, set aside or outside its boxes, unless the new one brings that too. Raises `Invalid` where it is too much."""
    answers = [(aside["by"], aside["at"]) for aside in raw.get("set_aside", [])]
    left = [
        one
        for one in sheets_in(raw)
        if (one["by"], one["at"]) in answers or any(text not in brought["extra"] for text in one["extra"])
    ]
    texts = [*reversed(left), brought]
    if len(texts) > MOST_TEXTS or sum(length(one["extra"]) for one in texts) > MOST_SET_ASIDE:
        raise Invalid(NO_ROOM)
    return {**raw, SHEET: texts}


def pushed_out(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a text that was set aside is not any more, for want of room."""
    there = list(everything(after))
    return any(
        not any(one.part == was.part and same(one.typed, was.typed, was.part) for one in there)
        for was in everything(before)
    )


def everything(raw: Mapping[str, Any]) -> list[Aside]:
    """The texts set aside, in the order of the pages, the latest of each first."""
    return [aside for part in PARTS for aside in asides(raw, part)]


def mark(raw: Mapping[str, Any]) -> str:
    """Which texts are set aside, in short, so that nobody sends without having been told of one; empty if none is."""
    keys = sorted(aside.key for aside in everything(raw))
    return f"-{hashlib.sha256(''.join(keys).encode()).hexdigest()[:8]}" if keys else ""


def without(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The content without the text of this key, or without what came with the sheet of it beside its answers."""
    sheets = [one for one in reversed(sheets_in(raw)) if key_of(one) != key]
    kept = {name: value for name, value in raw.items() if name != SHEET} | ({SHEET: sheets} if sheets else {})
    return {**kept, "set_aside": [a for a in raw.get("set_aside", []) if _read(a).key != key]}


def left_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What a correction takes over of the draft that was sent: the texts that are in no minutes yet."""
    texts = raw.get("set_aside", [])
    gone = {"let_go": raw["let_go"]} if "let_go" in raw else {}
    of_sheet = {SHEET: raw[SHEET]} if SHEET in raw and any(aside.is_sheet for aside in everything(raw)) else {}
    return {"set_aside": texts, **gone, **of_sheet} if texts else {}
