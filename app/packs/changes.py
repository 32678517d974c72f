"""What differs between two editions of a pack, part by part, in words that an officer and a team can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.differences import Difference, difference
from app.packs.content import PackContent, PointKind
from app.packs.marking import words_of
from app.packs.pictures import shown_in

_NAMES = {
    "title": "Title",
    "short_title": "Short title",
    "published": "First published",
    "review": "To be reviewed by",
}


@dataclass(frozen=True)
class Change:
    """A part that differs: `was` and `now` where a word or a number does, else the difference of its text. A part that
    is new has no `was`, one that went no `now`."""

    heading: str
    was: str = ""
    now: str = ""
    words: Difference | None = None


def changes(before: PackContent, after: PackContent) -> list[Change]:
    """What became otherwise from one edition to a later one; nothing of what stayed."""
    return [
        *_facts(before, after),
        *_texts("Section: ", _sections(before), _sections(after)),
        *_pictures(before, after),
        *_texts("Question: ", _points(before), _points(after)),
        *_kinds(before, after),
        *_texts("Note to: ", _notes(before), _notes(after)),
        *_texts("Recommendation: ", _recommended(before), _recommended(after)),
        *_texts("Word: ", _glossary(before), _glossary(after)),
        *_texts("Link: ", _links(before), _links(after)),
    ]


def _facts(before: PackContent, after: PackContent) -> Iterator[Change]:
    pairs: list[tuple[str, Any, Any]] = [
        (said, getattr(before, key), getattr(after, key)) for key, said in _NAMES.items()
    ]
    pairs.append(("Type", before.type.words, after.type.words))
    pairs.append(("Source", before.source.name, after.source.name))
    pairs.append(("Title at the source", before.source.title, after.source.title))
    yield from (Change(said, str(was), str(now)) for said, was, now in pairs if was != now)


def _texts(kind: str, before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> Iterator[Change]:
    """Texts by their keys, each with what it is called: changed, new, gone."""
    for key in dict.fromkeys([*after, *before]):
        (called, now), (was_called, was) = after.get(key, ("", "")), before.get(key, ("", ""))
        heading = kind + (called or was_called)
        if key in before and key in after:
            if was != now:
                yield Change(heading, words=difference(was, now))
        else:
            yield Change(heading, was=was, now=now)


def _lines(markdown: str) -> str:
    """A text in plain words, its blocks on lines of their own, without those of its pictures."""
    seen = {one.line for one in shown_in(markdown)}
    lines = (line for number, line in enumerate(markdown.split("\n"), 1) if number not in seen)
    return "\n".join(filter(None, map(words_of, lines)))


def _pictures(before: PackContent, after: PackContent) -> Iterator[Change]:
    was, now = _seen(before), _seen(after)
    for name in dict.fromkeys([*now, *was]):
        if name not in was:
            yield Change("A picture was added", now=now[name][1])
        elif name not in now:
            yield Change("A picture was taken out", was=was[name][1])
        else:
            (old, words), (new, more) = was[name], now[name]
            if old != new:
                yield Change("A picture was put in the place of another", was=words, now=more)
            elif words != more:
                yield Change("The description of a picture changed", words=difference(words, more))


def _seen(content: PackContent) -> dict[str, tuple[str, str]]:
    """What each picture is and the words that stand for it, by its name."""
    digests = {one.name: one.digest for one in content.pictures}
    shown = [one for section in content.sections for one in shown_in(section.markdown)]
    return {one.name: (digests.get(one.name, ""), one.words) for one in shown}


def _sections(content: PackContent) -> dict[str, tuple[str, str]]:
    return {f"{one.type} {one.title}": (one.title, _lines(one.markdown)) for one in content.sections if one.markdown}


def _points(content: PackContent) -> dict[str, tuple[str, str]]:
    return {one.key: (_short(one.question), one.question) for one in content.points}


def _notes(content: PackContent) -> dict[str, tuple[str, str]]:
    return {one.key: (_short(one.question), _lines(one.note)) for one in content.points}


def _kinds(before: PackContent, after: PackContent) -> Iterator[Change]:
    words = {PointKind.OPEN: "answered in words", PointKind.KNOWLEDGE_CHECK: "a knowledge check"}
    was = {one.key: one.kind for one in before.points}
    for one in after.points:
        if one.key in was and was[one.key] is not one.kind:
            yield Change(f"Question: {_short(one.question)}", words[was[one.key]], words[one.kind])


def _recommended(content: PackContent) -> dict[str, tuple[str, str]]:
    return {one.key: (_short(one.text), f"{one.text} For: {one.audience}") for one in content.recommendations}


def _glossary(content: PackContent) -> dict[str, tuple[str, str]]:
    return {one.slug: (one.term, " – ".join(filter(None, (one.full, one.meaning)))) for one in content.glossary}


def _links(content: PackContent) -> dict[str, tuple[str, str]]:
    return {one.url: (one.title, f"{one.title}: {one.url}") for one in content.links}


def _short(text: str) -> str:
    words: Sequence[str] = text.split()
    return " ".join(words[:10]) + (" …" if len(words) > 10 else "")
