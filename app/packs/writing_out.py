"""A pack as the text of its folder: pack.yaml and briefing.md, which `folder` reads back as the very same pack.

The YAML is laid out here and not by the library that reads it: the same pack gives the same bytes whatever the
library's version, long text stands on short lines as a person would write it, and no letter of an escape can grow
together with an accent behind it when the file is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt

from app.packs.content import PackFacts, Section, SectionType
from app.packs.sections import INTRODUCED

WIDTH = 100
_READER = MarkdownIt("commonmark")
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_OTHER_THAN_PLAIN = re.compile(r": | #|:\Z|\t|\n")
_MEANT_OTHERWISE = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}  # by some reader of YAML
_JOINERS = "\u200c\u200d"  # inside a written word or an emoji: seen by what they do


def facts_yaml(content: PackFacts) -> str:
    """The text of pack.yaml: what was left out is absent, the order is that of `PackFacts`."""
    return yaml_of(content.model_dump(mode="json", exclude_none=True, include=set(PackFacts.model_fields)))


def yaml_of(facts: Mapping[str, Any]) -> str:
    """The same of plain values, finished or not; empty lists are left out."""
    return "".join(f"{line}\n" for line in _mapping({name: value for name, value in facts.items() if value != []}, 0))


def briefing_md(sections: Sequence[Section]) -> str:
    """The text of briefing.md: every section under its heading of level 2."""
    return "\n".join(f"{_heading(s)}\n" + (f"\n{s.markdown}\n" if s.markdown else "") for s in _told(sections))


def _mapping(values: Mapping[str, Any], indent: int) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, str):
            yield from _text(f"{' ' * indent}{name}:", value, indent + 2, is_note=name == "note")
            continue
        if not indent and isinstance(value, list):
            yield ""
        yield f"{' ' * indent}{name}:"
        yield from _mapping(value, indent + 2) if isinstance(value, dict) else _items(value, indent + 2)


def _items(values: Sequence[Any], indent: int) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield from _text(f"{' ' * indent}-", value, indent + 2, is_note=False)
            continue
        first, *rest = _mapping(value, indent + 2)
        yield f"{' ' * indent}- {first.lstrip(' ')}"
        yield from rest


def _text(before: str, value: str, indent: int, *, is_note: bool) -> Iterator[str]:
    """A text behind its key or dash: on that line, or on lines of its own below it."""
    margin = " " * indent
    if is_note and ("\n" in value or len(value) > WIDTH or _begins_white(value)):
        # Where the first line begins with white space, a reader has to be told how much of it is margin: two columns.
        yield f"{before} |2" if _begins_white(value) else f"{before} |"
        yield from (margin + line if line else "" for line in value.split("\n"))
    elif not is_note and len(before) + 1 + len(value) > WIDTH and " " in value:
        yield f"{before} >-"
        yield from (margin + line for line in _wrapped(value, WIDTH - indent))
    else:
        yield f"{before} {_scalar(value)}"


def _begins_white(value: str) -> bool:
    return value[:1].isspace()


def _wrapped(value: str, width: int) -> Iterator[str]:
    """The words of one line on lines of at most this width. A break is read as one space, and there are no others."""
    line = ""
    for word in value.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _scalar(value: str) -> str:
    plain = value[:1].isalpha() and not _OTHER_THAN_PLAIN.search(value) and value.lower() not in _MEANT_OTHERWISE
    if _DATE.fullmatch(value) or (plain and all(map(_shown, value))):
        return value
    return _quoted(value)


def _shown(character: str) -> bool:
    return character.isprintable() or character in _JOINERS


def _quoted(value: str) -> str:
    """In double quotation marks, what cannot be seen as an escape. An accent behind an escape is one too: composed with
    the last letter of it, it would break it."""
    told, escaped = [], False
    for character in value:
        escaped = not _shown(character) or (escaped and bool(unicodedata.combining(character)))
        told.append(f"\\U{ord(character):08X}" if escaped else _marked(character))
    return f'"{"".join(told)}"'


def _marked(character: str) -> str:
    return f"\\{character}" if character in '"\\' else character


def _heading(section: Section) -> str:
    if section.type is not SectionType.OTHER or section.title == section.type.heading:
        return f"## {section.type.heading}"
    # Number signs at the end of a heading are no part of it: where they are meant, others stand behind them.
    return f"## Other: {section.title}" + (" ##" if section.title.endswith("#") else "")


def _told(sections: Sequence[Section]) -> Sequence[Section]:
    """The sections that are written. The empty ones at the end, whose lists stand in pack.yaml, are left to the reader
    where code that is never closed stands before them: it would take in whatever follows."""
    end = len(sections)
    while end and sections[end - 1].type in INTRODUCED and not sections[end - 1].markdown:
        end -= 1
    return sections[:end] if end and _is_open(sections[end - 1].markdown) else sections


def _is_open(markdown: str) -> bool:
    return _READER.parse(f"{markdown}\n\n## x")[-1].type != "heading_close"
