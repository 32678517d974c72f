"""What a draft holds: everything that was typed, as strings, usable or not, so that nothing typed is lost.

Beside it, under keys of their own, stand which page was saved at which version (`saved`) and texts that lost to another
person's (`set_aside`). Two people clash only where both changed the same page of the form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
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
MOST_SET_ASIDE, MOST_TEXTS, MOST_RESCUED = 1_000_000, 20, 3
SAID = ("no_notes", "points", "actions", "news", "question_to_lead", "question_to_partnership")
PARTS = {"meeting": MEETING, "said": SAID}


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
        return self.save.opening.startswith("sheet")


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
    """The content after a save that makes version `becomes`: pages that it does not bring stay as they are."""
    now_saved = {part: [becomes, save.opening, by_id, at] for part in parts_given(given)}
    saved = {**stored.get("saved", {}), **now_saved}
    values = pages_of(stored, PARTS) | pages_of(given, parts_given(given))
    kept = [aside for aside in stored.get("set_aside", []) if not _is_in(aside, values, save, parts_given(given))]
    brought = {"sheet": stored["sheet"]} if "sheet" in stored else {}
    return {**values, **brought, "saved": saved, "set_aside": kept}


def _is_in(aside: Mapping[str, Any], values: Mapping[str, Any], save: Save, parts: Collection[str]) -> bool:
    """Whether a text set aside stands in what is saved: word for word, or it stood in the boxes of this page."""
    stood = aside["part"] in parts and bool(save.opening) and list(aside.get("save", ()))[1:] == [save.opening]
    return stood or same(aside["typed"], values, aside["part"])


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


def length(value: Any) -> int:
    """How many characters of text stand in a value, however deep."""
    if isinstance(value, str):
        return len(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(map(length, inside))


def asides(raw: Mapping[str, Any], part: str) -> Iterator[Aside]:
    """The texts set aside for one page, the latest first."""
    for aside in reversed(raw.get("set_aside", [])):
        if aside["part"] == part:
            save = Save(*aside.get("save", (0,)))
            yield Aside(part, aside["by"], aside["at"], shaped(aside["typed"]), aside.get("person", ""), save)


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
    found: Brought | None = raw.get("sheet")
    return found
