"""pack.yaml, checked: what pydantic finds and what only shows between values, as faults with lines in plain words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.packs.content import GlossaryTerm, Link, PackFacts, PackRecommendation, Point, Source, first_day, slugged
from app.packs.faults import FACTS, Fault
from app.packs.sections import prose_faults
from app.packs.yaml_lines import Place, Tree, read_yaml
from app.text import single_line

_MODELS: dict[str, type[BaseModel]] = {
    "source": Source,
    "points": Point,
    "recommendations": PackRecommendation,
    "glossary": GlossaryTerm,
    "links": Link,
}
_WANTED = {
    "string_type": "must be words",
    "tuple_type": "must be a list, each item beginning with “- ”",
    "model_type": "must be lines of “key: words”",
}
_HINTS = {
    "short_title": "a title of 40 characters at most, such as “NAI under 5”",
    "type": "one of multi_agency_audit, lcspr, rapid_review, national_review, thematic, seven_minute_briefing",
    "source": "who first published it: name, partnership, title, and a date or an address (url)",
    "partnership": "the short name of the partnership, such as “esscp”",
    "published": "the month or day when it was first published, such as 2021-04 or 2021-04-30",
    "review": "the day by which it is to be looked at again, such as 2027-04-30",
    "points": "the discussion points, one at least",
    "key": "lower-case words with hyphens, the same in every edition",
    "kind": "open, or knowledge_check",
    "note": "what whoever leads the discussion says after the question",
    "audience": "whom it is addressed to",
}


def read_facts(text: str) -> tuple[PackFacts | None, list[Fault]]:
    """What pack.yaml says, if it can be read whole, and every fault in it."""
    tree, facts = read_yaml(text), None
    if tree.value is None:
        if not tree.faults:
            tree.refuse((), "This file is empty. Write the facts of the pack in it.")
        return None, tree.faults
    for place, message in contradictions(tree.value):
        tree.refuse(place, message)
    for i, point in _entries(tree.value, "points"):
        _check_note(tree, ("points", i, "note"), point.get("note"))
    try:
        facts = PackFacts.model_validate_json(json.dumps(tree.value))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["type"] == "too_short" and detail["input"]:
                continue  # there are some, and each has a fault of its own
            tree.refuse(detail["loc"], said(detail))
    return facts, tree.faults


def _entries(value: Any, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = value.get(name) if isinstance(value, dict) else None
    for i, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield i, entry


def _check_note(tree: Tree, place: Place, note: object) -> None:
    if isinstance(note, str):
        first = tree.blocks.get(place)
        for fault in prose_faults(note.strip("\n"), FACTS, first or 1, headings=False):
            tree.faults.append(fault if first else Fault(FACTS, tree.line(place), fault.message))


def contradictions(value: Any) -> Iterator[tuple[Place, str]]:
    """What only shows between values: repeats, a review before the publication, a source that nobody could find."""
    for name in ("points", "recommendations"):
        yield from _repeats(("key",), name, value)
    yield from _repeats(("term", "full"), "glossary", value)
    if not isinstance(value, dict):
        return
    for name in ("topics", "audience"):
        yield from _twice(name, value.get(name))
    if _later(value.get("published"), value.get("review")):
        yield ("review",), "“review” is before “published”. Give a later day."
    source = value.get("source")
    if isinstance(source, dict) and not {"date", "url"} & source.keys():
        yield ("source",), "“source” has neither “date” nor “url”. Add one, so that a reader can find it."


def _repeats(fields: tuple[str, ...], name: str, value: Any) -> Iterator[tuple[Place, str]]:
    seen: dict[str, int] = {}
    for i, entry in _entries(value, name):
        for field in fields:
            # Compared as an id on the page is made: “VIG” and “vig” would have the same.
            words = slugged(str(entry.get(field, "")))
            if words and seen.setdefault(words, i) != i:
                yield (name, i, field), f"“{entry[field]}” stands twice in {name}. Change one of the two."


def _twice(name: str, lines: object) -> Iterator[tuple[Place, str]]:
    seen = set[str]()
    for i, line in enumerate(lines if isinstance(lines, list) else []):
        words = single_line(line).casefold() if isinstance(line, str) else ""
        if words and words in seen:
            yield (name, i), f"“{line}” stands twice in {name}. Take one out."
        seen.add(words)


def _later(published: object, review: object) -> bool:
    try:
        return first_day(single_line(str(published))) > first_day(single_line(str(review)))
    except ValueError:
        return False


def said(detail: ErrorDetails, called: str = "") -> str:
    """What is wrong with a value, as a sentence; it begins with what the value is called, or with its key."""
    place, context = detail["loc"], detail.get("ctx", {})
    named = [part for part in place if isinstance(part, str)]
    key = named[-1] if named else "pack.yaml"
    here = called or (f"Each of “{key}”" if place and isinstance(place[-1], int) else f"“{key}”")
    match detail["type"]:
        case "missing":
            return f"{here} is missing. Add it{_hint(key)}."
        case "extra_forbidden":
            return _unknown(place)
        case "string_too_short" | "too_short":
            return f"{here} is empty. Write it{_hint(key)}."
        case "string_too_long":
            return f"{here} is longer than {context['max_length']:,} characters. Shorten it."
        case "too_long":
            return f"{here} holds more than {context['max_length']}. Take some out."
        case "enum":
            return f"{here} is not one of the words known here. Write{_hint(key)[1:]}."
        case "wording":
            return f"{here} is not in its form: {context['message']}."
        case kind:
            return f"{here} {_WANTED.get(kind, 'cannot be read')}."


def _hint(key: str) -> str:
    return f": {_HINTS[key]}" if key in _HINTS else ""


def _unknown(place: Place) -> str:
    key, within = str(place[-1]), str(place[0]) if len(place) > 1 else ""
    known = list(_MODELS[within].model_fields if within else PackFacts.model_fields)
    near = difflib.get_close_matches(key, known, n=1)
    advice = f"Did you mean “{near[0]}”?" if near else f"Use one of {', '.join(known)}."
    return f"“{key}” is not known here. {advice}"
