"""What differs between two editions of a pack, part by part, in words that an officer and a team can read."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.differences import Difference, difference
from app.packs.content import PackContent, PointKind, when_words
from app.packs.marking import words_of
from app.packs.pictures import shown_in
from app.packs.prose import blocks

_Texts = dict[str, tuple[str, str]]  # by their keys: what each is called, and what it says


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
        *_order("sections", _own(before), _own(after)),
        *_pictures(before, after),
        *_texts("Question: ", _points(before), _points(after)),
        *_order("questions", _points(before), _points(after)),
        *_kinds(before, after),
        *_texts("Note to: ", _notes(before), _notes(after)),
        *_texts("Recommendation: ", _recommended(before), _recommended(after)),
        *_order("recommendations", _recommended(before), _recommended(after)),
        *_texts("Word: ", _glossary(before), _glossary(after)),
        *_order("words that are explained", _glossary(before), _glossary(after)),
        *_texts("Link: ", _links(before), _links(after)),
        *_order("links", _links(before), _links(after)),
        *_addresses(before, after),
    ]


def _facts(before: PackContent, after: PackContent) -> Iterator[Change]:
    was, now = _said(before), _said(after)
    yield from (Change(name, was[name], now[name]) for name in now if was[name] != now[name])


def _said(content: PackContent) -> dict[str, str]:
    """What is said of a pack as a whole, in words. The words to look out for are for no reader of the public page."""
    source = content.source
    return {
        "Title": content.title,
        "Short title": content.short_title,
        "First published": when_words(content.published),
        "To be reviewed by": when_words(content.review),
        "Type": content.type.words,
        "Source": source.name,
        "Title at the source": source.title,
        "Date at the source": when_words(source.date) if source.date else "",
        "Address of the source": source.url or "",
        "What it is about": ", ".join(content.topics),
        "Whom it is for": ", ".join(content.audience),
    }


def _texts(kind: str, before: _Texts, after: _Texts) -> Iterator[Change]:
    """Texts by their keys, each with what it is called: changed, new, gone."""
    for key in dict.fromkeys([*after, *before]):
        (called, now), (was_called, was) = after.get(key, ("", "")), before.get(key, ("", ""))
        heading = kind + (called or was_called)
        if key in before and key in after:
            if was != now:
                yield Change(heading, words=difference(was, now))
        else:
            yield Change(heading, was=was, now=now)


def _order(called: str, before: _Texts, after: _Texts) -> Iterator[Change]:
    """What stands in both editions, in the order of either, where these are not the same."""
    was, now = ("\n".join(after[key][1] for key in keys if key in before and key in after) for keys in (before, after))
    if was != now:
        yield Change(f"The order of the {called} changed", words=difference(was, now))


def _addresses(before: PackContent, after: PackContent) -> Iterator[Change]:
    """Links within the texts that stand in both editions: their words say nothing of where they lead."""
    was, now = _led(before), _led(after)
    for key in dict.fromkeys([*now, *was]):
        if key[0] not in _keys(before) or key[0] not in _keys(after) or was.get(key) == now.get(key):
            continue
        how = "goes to another address" if key in was and key in now else "is new" if key in now else "was taken out"
        yield Change(f"A link {how}: {key[1]}", was.get(key, ""), now.get(key, ""))


def _led(content: PackContent) -> dict[tuple[str, str, int], str]:
    """Where each link of a text leads, by the key of the text, its words, and how many of the same stood before it."""
    found, seen = dict[tuple[str, str, int], str](), Counter[tuple[str, str]]()
    for key, markdown in _keys(content).items():
        for words, address in _linked(markdown):
            found[key, words, seen[key, words]] = address
            seen[key, words] += 1
    return found


def _linked(markdown: str) -> Iterator[tuple[str, str]]:
    for block in blocks(markdown):
        for address, pieces in itertools.groupby(block.pieces, lambda piece: piece.address):
            if address:
                yield "".join(piece.words for piece in pieces), address


def _keys(content: PackContent) -> dict[str, str]:
    """Every text that may hold a link, by a key of its own."""
    sections = {f"{one.type} {one.title}": one.markdown for one in content.sections}
    return sections | {f"note {one.key}": one.note for one in content.points}


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


def _sections(content: PackContent) -> _Texts:
    return {f"{one.type} {one.title}": (one.title, _lines(one.markdown)) for one in content.sections if one.markdown}


def _own(content: PackContent) -> _Texts:
    """The sections that are read, by what each is called."""
    return {key: (called, called) for key, (called, _) in _sections(content).items()}


def _points(content: PackContent) -> _Texts:
    return {one.key: (_short(one.question), one.question) for one in content.points}


def _notes(content: PackContent) -> _Texts:
    return {one.key: (_short(one.question), _lines(one.note)) for one in content.points}


def _kinds(before: PackContent, after: PackContent) -> Iterator[Change]:
    words = {PointKind.OPEN: "answered in words", PointKind.KNOWLEDGE_CHECK: "a knowledge check"}
    was = {one.key: one.kind for one in before.points}
    for one in after.points:
        if one.key in was and was[one.key] is not one.kind:
            yield Change(f"Question: {_short(one.question)}", words[was[one.key]], words[one.kind])


def _recommended(content: PackContent) -> _Texts:
    return {one.key: (_short(one.text), f"{one.text} For: {one.audience}") for one in content.recommendations}


def _glossary(content: PackContent) -> _Texts:
    return {one.term: (one.term, " – ".join(filter(None, (one.full, one.meaning)))) for one in content.glossary}


def _links(content: PackContent) -> _Texts:
    return {one.url: (one.title, f"{one.title}: {one.url}") for one in content.links}


def _short(text: str) -> str:
    words: Sequence[str] = text.split()
    return " ".join(words[:10]) + (" …" if len(words) > 10 else "")
