"""What a draft holds: everything that was typed, as strings, usable or not, so that nothing typed is lost.

How its pages are saved by several people is said in `app.saving`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from app.saving import FROM_NOTHING, Pages, Save, length, saved_by

__all__ = [
    "FROM_NOTHING",
    "Content",
    "Save",
    "length",
    "saved_by",
]


class DateTyped(TypedDict):
    """A date in three boxes."""

    day: str
    month: str
    year: str


class PointTyped(TypedDict):
    """What stands under one point: words, and for a knowledge check the three counts."""

    words: str
    yes: str
    partly: str
    not_yet: str
    not_counted: bool


class ActionTyped(TypedDict):
    """What, who and by when. `by` is `2026-06-12` once it was understood."""

    what: str
    who: str
    by: str


class NewsTyped(TypedDict):
    """What became of an earlier action (a value of `Became`, or empty), a new date as an action has it, and why."""

    how: str
    by: str
    because: str


class Content(TypedDict):
    """All that a person types into a draft. `meeting_of` is the reference of minutes of the same meeting, if any;
    `received` how the record came to whoever records it for the team, empty for the team's own; `news` is by the keys
    of earlier actions."""

    held_on: DateTyped
    setting: str
    present: str
    chaired_by: str
    received: str
    also: list[str]
    meeting_of: str
    no_notes: bool
    points: dict[str, PointTyped]
    actions: list[ActionTyped]
    news: dict[str, NewsTyped]
    question_to_lead: str
    question_to_partnership: str


MEETING = ("held_on", "setting", "present", "chaired_by", "received", "also", "meeting_of")
SAID = ("no_notes", "points", "actions", "news", "question_to_lead", "question_to_partnership")
PARTS = {"meeting": MEETING, "said": SAID}
SHEET = "sheet"


def shaped(raw: Mapping[str, Any]) -> Content:
    """A draft's content with every key in place, whatever of it is there. Other keys are left out."""
    held_on, points, actions, news = (raw.get(key) or {} for key in ("held_on", "points", "actions", "news"))
    return Content(
        held_on=DateTyped(day=_text(held_on, "day"), month=_text(held_on, "month"), year=_text(held_on, "year")),
        setting=_text(raw, "setting"),
        present=_text(raw, "present"),
        chaired_by=_text(raw, "chaired_by"),
        received=_text(raw, "received"),
        also=[str(ref) for ref in raw.get("also") or ()],
        meeting_of=_text(raw, "meeting_of"),
        no_notes=bool(raw.get("no_notes")),
        points={str(key): _point(point) for key, point in points.items()},
        actions=[ActionTyped(what=_text(row, "what"), who=_text(row, "who"), by=_text(row, "by")) for row in actions],
        news={str(key): news_of(said) for key, said in news.items()},
        question_to_lead=_text(raw, "question_to_lead"),
        question_to_partnership=_text(raw, "question_to_partnership"),
    )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return "" if value is None else str(value)


def news_of(raw: Mapping[str, Any]) -> NewsTyped:
    """What was said about one earlier action, in full shape."""
    return NewsTyped(how=_text(raw, "how"), by=_text(raw, "by"), because=_text(raw, "because"))


def _point(raw: Mapping[str, Any]) -> PointTyped:
    return PointTyped(
        words=_text(raw, "words"),
        yes=_text(raw, "yes"),
        partly=_text(raw, "partly"),
        not_yet=_text(raw, "not_yet"),
        not_counted=bool(raw.get("not_counted")),
    )


NO_POINT = PointTyped(words="", yes="", partly="", not_yet="", not_counted=False)


def _bare(values: dict[str, Any]) -> dict[str, Any]:
    """A page without empty rows and empty points."""
    bare = dict(values)
    if "points" in bare:
        bare["points"] = {key: point for key, point in bare["points"].items() if any(point.values())}
        bare["actions"] = [row for row in bare["actions"] if any(row.values())]
        bare["news"] = {key: said for key, said in bare["news"].items() if any(said.values())}
    return bare


PAGES = Pages(PARTS, shaped, _bare)
parts_given, part_of, same, clashes = PAGES.given, PAGES.part_of, PAGES.same, PAGES.clashes


def merged(
    stored: Mapping[str, Any], given: Mapping[str, Any], save: Save, becomes: int, by_id: int = 0, at: str = ""
) -> dict[str, Any]:
    """As `Pages.merged`, with what came with a Word sheet; `by_word` stands in it once answers of a sheet do."""
    after = PAGES.merged(stored, given, save, becomes, by_id, at)
    brought = {key: stored[key] for key in (SHEET, "by_word") if key in stored}
    gone = [aside for aside in stored.get("set_aside", []) if aside not in after["set_aside"]]
    if any(str(aside.get("save", (0, ""))[1]).startswith(SHEET) for aside in gone):
        brought["by_word"] = True
    return {**after, **brought}
