"""What a draft holds: everything that was typed, as strings, usable or not, so that nothing typed is lost.

Beside it, under keys of their own, stand which page was saved at which version (`saved`) and texts that are not in it
(`beside`). Two people clash only where both changed the same page of the form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypedDict


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


class Save(NamedTuple):
    """Where a save comes from: the version of the draft that its page showed, and which opening of the page it was.

    The same opening may save again and again (Back, reload, a second click) without being taken for somebody else.
    """

    version: int
    opening: str = ""


FROM_NOTHING = Save(0)


NO_POINT = PointTyped(words="", yes="", partly="", not_yet="", not_counted=False)


def parts_given(given: Mapping[str, Any]) -> list[str]:
    """The pages of the form that a save brings: `meeting`, `said` or both."""
    return [part for part, keys in PARTS.items() if any(key in given for key in keys)]


def part_of(raw: Mapping[str, Any], part: str) -> dict[str, Any]:
    """One page's share of a content, in full shape."""
    whole = shaped(raw)
    return {key: whole[key] for key in PARTS[part]}  # type: ignore[literal-required]


def pages_of(raw: Mapping[str, Any], parts: Iterable[str]) -> dict[str, Any]:
    """These pages' share of a content, in full shape."""
    return {key: value for part in parts for key, value in part_of(raw, part).items()}


def same(one: Mapping[str, Any], other: Mapping[str, Any], part: str) -> bool:
    """Whether two contents say the same on a page: empty rows and empty points do not count."""
    return _bare(part_of(one, part)) == _bare(part_of(other, part))


def _bare(values: dict[str, Any]) -> dict[str, Any]:
    bare = dict(values)
    if "points" in bare:
        bare["points"] = {key: point for key, point in bare["points"].items() if any(point.values())}
        bare["actions"] = [row for row in bare["actions"] if any(row.values())]
        bare["news"] = {key: said for key, said in bare["news"].items() if any(said.values())}
    return bare


def clashes(stored: Mapping[str, Any], stored_version: int, given: Mapping[str, Any], save: Save) -> list[str]:
    """The pages on which somebody else's text would be lost by this save."""
    return [part for part in parts_given(given) if _clashes(stored, stored_version, given, save, part)]


def _clashes(stored: Mapping[str, Any], version: int, given: Mapping[str, Any], save: Save, part: str) -> bool:
    # Content that does not say which page was saved when may have been saved up to now.
    last_version, last_opening, _, _ = saved_by(stored, part)
    last_version = last_version if "saved" in stored else version
    unseen = last_version > save.version and not (save.opening and save.opening == last_opening)
    return unseen and not same(stored, given, part)


def saved_by(stored: Mapping[str, Any], part: str) -> tuple[int, str, int, str]:
    """At which version a page was saved last, from which opening of it, by whom (key) and when (ISO); 0 and empty where
    that is not known."""
    version, opening, *who = stored.get("saved", {}).get(part, (0, ""))
    return (version, opening, *who) if who else (version, opening, 0, "")


def merged(
    stored: Mapping[str, Any], given: Mapping[str, Any], save: Save, becomes: int, by_id: int = 0, at: str = ""
) -> dict[str, Any]:
    """The content after a save that makes version `becomes`: pages that it does not bring stay as they are. `by_word`
    stands in it once answers of a Word sheet do."""
    now_saved = {part: [becomes, save.opening, by_id, at] for part in parts_given(given)}
    saved = {**stored.get("saved", {}), **now_saved}
    values = pages_of(stored, PARTS) | pages_of(given, parts_given(given))
    there = stored.get("set_aside", [])
    kept = [aside for aside in there if not _is_in(aside, values, save, parts_given(given))]
    brought = {key: stored[key] for key in (SHEET, "by_word") if key in stored}
    if any(aside not in kept and str(aside.get("save", (0, ""))[1]).startswith(SHEET) for aside in there):
        brought["by_word"] = True
    return {**values, **brought, "saved": saved, "set_aside": kept}


def _is_in(aside: Mapping[str, Any], values: Mapping[str, Any], save: Save, parts: Collection[str]) -> bool:
    """Whether a text set aside stands in what is saved: word for word, or it stood in the boxes of this page."""
    stood = aside["part"] in parts and bool(save.opening) and list(aside.get("save", ()))[1:] == [save.opening]
    return stood or same(aside["typed"], values, aside["part"])


def length(value: Any) -> int:
    """How many characters of text stand in a value, however deep."""
    if isinstance(value, str):
        return len(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(length, inside))
