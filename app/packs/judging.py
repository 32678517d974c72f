"""Whether what was typed of a pack is a whole one, and if not, everything that is still to do, each with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.packs.content import PackContent, PackFacts, Picture, Section, SectionType
from app.packs.drafted import Drafted, facts_of, is_empty
from app.packs.facts import contradictions, said
from app.packs.faults import BRIEFING
from app.packs.fitting import LONGEST_HEADING
from app.packs.folder import whole
from app.packs.pictures import MOST, NAME, shown_in
from app.packs.sections import LISTED, TITLE, prose_faults, read_sections
from app.text import is_blank

_CALLED = {
    "title": "The title",
    "short_title": "The short title",
    "type": "The type of briefing",
    "published": "The date of first publication",
    "review": "The review date",
    "question": "The question",
    "note": "The note",
    "audience": "Whom it is for",
    "text": "What should change",
    "term": "The word",
    "full": "The long form",
    "meaning": "What it means",
    "url": "The address",
    "watch": "The words to look out for",
    "topics": "What it is about",
}
_ONE = {"points": "Question", "recommendations": "Recommendation", "glossary": "Word", "links": "Link"}
_PART = {
    "points": "points",
    "recommendations": "recommendations",
    "glossary": "words",
    "links": "words",
    "watch": "words",
}
_EMPTY = {
    "note": "Write what whoever leads the discussion says after it.",
    "audience": "Say whom it is for.",
    "review": "Write the day by which it is to be looked at again.",
    "published": "Write the month or day when it was first published.",
    "points": "Write one question at least.",
    "type": "Choose one.",
}
_HERE = {
    TITLE: "A heading here is marked as the title of the whole, with one # before it or === below. The title stands on "
    "the page “What it is and where it comes from”: take it out here, or begin it with ###.",
    LISTED: "“{title}” holds a list. Its list stands on a page of its own: move its items there on the page “Move "
    "pieces of the briefing”. Leave an introduction here, or nothing.",
}
"""What a page says where a folder of files is told of its files."""
_TWICE = {"glossary": "the words that are explained", "topics": "what it is about", "audience": "whom it is for"}


@dataclass(frozen=True)
class Amiss:
    """One thing to do: on which page, at which box, and what."""

    part: str
    field: str
    message: str


def judged(drafted: Drafted, slug: str, pictures: Sequence[Picture] = ()) -> PackContent | list[Amiss]:
    """The pack, or all that it wants. Rows in which nothing was typed do not count, nor do `pictures` that no section
    shows."""
    places = {name: [i for i, row in enumerate(rows) if not is_empty(row)] for name, rows in _rows(drafted).items()}
    filled: Drafted = {**drafted, **{name: [_rows(drafted)[name][i] for i in kept] for name, kept in places.items()}}  # type: ignore[typeddict-item]
    facts, amiss = _facts(filled, places)
    sections, more = _sections(filled, places["sections"])
    amiss += more
    amiss += _unseen(filled, places["sections"], {one.name for one in pictures})
    shown = {one.name for section in sections for one in shown_in(section.markdown)}
    if len(shown) > MOST:
        amiss.append(Amiss("sections", "sections", f"There are {len(shown)} pictures. {MOST} at most: take some out."))
    if facts is None or amiss:
        return list(dict.fromkeys(amiss))  # what is amiss fifty times in one box is one thing to do
    values = {name: getattr(facts, name) for name in PackFacts.model_fields}
    used = sorted((one for one in pictures if one.name in shown), key=lambda one: one.name)
    return PackContent(slug=slug, sections=whole(sections, facts), pictures=tuple(used), **values)


def _rows(drafted: Drafted) -> dict[str, list[Any]]:
    names = ("sections", "points", "recommendations", "glossary", "links")
    return {name: drafted[name] for name in names}  # type: ignore[literal-required]


def _facts(drafted: Drafted, places: Mapping[str, list[int]]) -> tuple[PackFacts | None, list[Amiss]]:
    values, facts, amiss = facts_of(drafted), None, list[Amiss]()
    for place, message in contradictions(values):
        amiss.append(_amiss(place, _between(place, message), places))
    for i, point in enumerate(drafted["points"]):
        for fault in prose_faults(point["note"], BRIEFING, 1, headings=False):
            amiss.append(_amiss(("points", i, "note"), fault.message, places))
    try:
        facts = PackFacts.model_validate_json(json.dumps(values))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["type"] != "too_short" or not detail["input"]:
                place = detail["loc"]
                name = next((part for part in reversed(place) if isinstance(part, str)), "")
                empty = detail["type"] in ("string_too_short", "too_short", "missing") or detail["input"] == ""
                called = _called(place)
                message = f"{called} is empty. {_EMPTY.get(name, 'Write it.')}" if empty else said(detail, called)
                amiss.append(_amiss(place, message, places))
    return facts, amiss


def _between(place: tuple[str | int, ...], message: str) -> str:
    """What does not agree between two boxes, by what these are called on their pages."""
    if place == ("review",):
        return "The review date is before the date of first publication. Give a later day."
    if place == ("source",):
        return "Nobody could find the source yet. Write its date or its address."
    name = str(place[0])
    return message.replace(f"stands twice in {name}", f"stands twice in {_TWICE.get(name, name)}")


def _called(place: tuple[str | int, ...]) -> str:
    """What a sentence about a value begins with."""
    name = next((part for part in reversed(place) if isinstance(part, str)), "")
    if place[:1] == ("source",) and len(place) > 1:
        return {"name": "The source", "title": "The title at the source", "date": "The date at the source"}.get(
            name, "Part of the source"
        )
    if len(place) > 2 and isinstance(place[1], int):
        return f"{_ONE[str(place[0])]} {place[1] + 1}: {_CALLED.get(name, name).lower()}"
    return "The list of questions" if name == "points" else _CALLED.get(name, name.replace("_", " ").capitalize())


def _amiss(place: tuple[str | int, ...], message: str, places: Mapping[str, list[int]]) -> Amiss:
    first = str(place[0]) if place else ""
    if first in places and len(place) > 1 and isinstance(place[1], int):
        row = places[first][place[1]]
        return Amiss(_PART[first], "-".join(map(str, (first, row, *place[2:]))), message)
    if first == "source":
        return Amiss("about", f"source_{place[1]}" if len(place) > 1 else "source_date", message)
    return Amiss(_PART.get(first, "about"), first, message)


def _sections(drafted: Drafted, places: list[int]) -> tuple[list[Section], list[Amiss]]:
    """The sections, each judged by itself, and together by their order."""
    made, amiss = list[Section](), list[Amiss]()
    for place, typed in zip(places, drafted["sections"], strict=True):
        sections, messages = _section(typed["type"], typed["title"], typed["markdown"])
        if len(sections) > 1:
            messages = [*messages, f"“{sections[0].title}” holds a heading of another section. Begin it with ###."]
        made += sections[:1]
        amiss += [Amiss("sections", f"sections-{place}-markdown", message) for message in messages]
    if not amiss:
        amiss = [Amiss("sections", f"sections-{places[i]}-type", message) for i, message in _order_faults(made)]
    if not made and not amiss:
        amiss.append(Amiss("sections", "sections", "There is no section. Write one at least."))
    return made, amiss


def _unseen(drafted: Drafted, places: list[int], names: set[str]) -> Iterator[Amiss]:
    """What the sections show and nobody has brought."""
    for place, typed in zip(places, drafted["sections"], strict=True):
        for one in shown_in(typed["markdown"]):
            if one.name not in names and NAME.fullmatch(one.name):
                message = f"There is no picture “{one.name}” here. Add it, or mend its name, or take its line out."
                yield Amiss("sections", f"sections-{place}-markdown", message)


def _section(kind: str, title: str, markdown: str) -> tuple[list[Section], list[str]]:
    own = kind == SectionType.OTHER.value
    if own and is_blank(title):
        return [], ["This section has no heading. Write one, or choose which section it is."]
    if own and len(title.strip()) > LONGEST_HEADING:
        return [], [f"The heading “{title[:60]}…” is longer than {LONGEST_HEADING} characters. Shorten it."]
    heading = f"Other: {title.strip()}" if own else SectionType(kind).heading
    sections, faults = read_sections(f"## {heading}\n\n{markdown}\n")
    here = {told.format(title=heading): said.format(title=heading) for told, said in _HERE.items()}
    return sections, [here.get(fault.message, fault.message) for fault in faults]


def _order_faults(sections: list[Section]) -> Iterator[tuple[int, str]]:
    order, seen = list(SectionType), set[tuple[SectionType, str]]()
    latest = SectionType.BACKGROUND
    for i, section in enumerate(sections):
        if (section.type, section.title.casefold()) in seen:
            yield i, f"“{section.title}” is here twice. Put both in one."
        elif section.type is not SectionType.OTHER and order.index(section.type) < order.index(latest):
            yield i, f"“{section.title}” stands after “{latest.heading}”. Move it up."
        elif section.type is not SectionType.OTHER:
            latest = section.type
        seen.add((section.type, section.title.casefold()))
