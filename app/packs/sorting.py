"""What a person does with the rows of a pack in the making, its sections, questions and all else: move, join, split.

Each takes a content and returns a new one; nothing that was typed goes, unless it was asked to go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.packs.content import SectionType
from app.packs.drafted import ROWS, Drafted, SectionDrafted, is_empty, shaped
from app.packs.guessing import key_for
from app.packs.wordings import bare, called

_NEW_SECTION = re.compile(r" {0,3}##[ \t]+(\S.*)")
_ORDER = [kind.value for kind in SectionType]
_OTHER = SectionType.OTHER.value
JOINED = ("sections", "points", "recommendations")
"""The lists in which a row can be joined to the one above it."""


def rearranged(content: Drafted, how: str, name: str, number: int, to: int = -1) -> Drafted:
    """One row of a list moved up, down or `to` a place of its own, joined to the one above it, or taken out; a list
    with one row more; all sections in the order of every pack."""
    rows: list[Any] = list(content[name])  # type: ignore[literal-required]
    if how == "more":
        rows.append(dict.fromkeys(ROWS[name], "") | ({"type": _OTHER} if name == "sections" else {}))
    elif how == "order":
        rows = in_order(rows)
    elif 0 <= number < len(rows):
        other = number - 1 if how == "up" else number + 1
        if how in ("up", "down") and 0 <= other < len(rows):
            rows[number], rows[other] = rows[other], rows[number]
        elif how == "join" and number and name in JOINED:
            put = _together if name == "sections" else _in_one
            rows[number - 1] = put(rows[number - 1], rows.pop(number))
        elif how == "to" and 0 <= to < len(rows):
            rows.insert(to, rows.pop(number))
        elif how == "remove":
            rows.pop(number)
    return shaped({**content, name: rows})


def _together(above: Mapping[str, str], below: Mapping[str, str]) -> dict[str, str]:
    title = below["title"] if below["type"] == _OTHER else SectionType(below["type"]).heading
    texts = [above["markdown"].strip("\n"), f"### {title}" if title else "", below["markdown"].strip("\n")]
    return {**above, "markdown": "\n\n".join(filter(None, texts))}


def _in_one(above: Mapping[str, str], below: Mapping[str, str]) -> dict[str, str]:
    """Two questions or recommendations as one: what both say goes on, a sentence after the other, a note after a note.
    All else is that of the row above, or of the one below where nothing stood above."""
    words = "question" if "question" in above else "text"
    leads = above if above[words].strip() else below
    between = {words: " ", "note": "\n\n", "audience": ", "}
    both = {name: [row[name].strip() for row in (above, below)] for name in between if name in above}
    both = {name: list(dict.fromkeys(said)) if name == "audience" else said for name, said in both.items()}
    return {**leads, **{name: between[name].join(filter(None, said)) for name, said in both.items()}}


def in_order(sections: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Sections in the order of every pack; one of its own stays behind the one that it stood behind."""
    at, placed = -1, list[tuple[int, Mapping[str, str]]]()
    for section in sections:
        at = at if section["type"] == _OTHER else _ORDER.index(section["type"])
        placed.append((at, section))
    return [section for _, section in sorted(placed, key=lambda one: one[0])]


def split(content: Drafted) -> Drafted:
    """A line that begins with `##` begins a section, of the type that its words mean."""
    made = list[SectionDrafted]()
    for section in content["sections"]:
        current, lines = section, list[str]()
        for line in section["markdown"].split("\n"):
            heading = _NEW_SECTION.fullmatch(line)
            if heading:
                made.append(_with(current, lines))
                current, lines = _headed(heading[1].rstrip("# \t") or heading[1]), []
            else:
                lines.append(line)
        made.append(_with(current, lines))
    kept = [one for one in made if not is_empty(one) or one["type"] != _OTHER]  # type: ignore[arg-type]
    return {**content, "sections": kept} if len(made) > len(content["sections"]) else content


def _with(section: SectionDrafted, lines: Sequence[str]) -> SectionDrafted:
    return {**section, "markdown": "\n".join(lines).strip("\n")}


def _headed(heading: str) -> SectionDrafted:
    known = called(heading)
    if known and known.whole:
        return SectionDrafted(type=known.type.value, title=known.type.heading, markdown="")
    return SectionDrafted(type=_OTHER, title=bare(heading) or heading, markdown="")


def with_keys(content: Drafted) -> Drafted:
    """A key for each question and recommendation that has none; one that has keeps it, so that editions follow."""
    points, said = _keyed(content["points"], "question"), _keyed(content["recommendations"], "text")
    return {**content, "points": points, "recommendations": said}


def _keyed(rows: Sequence[Any], words: str) -> list[Any]:
    taken, used, keyed = {row["key"] for row in rows}, set[str](), []
    for row in rows:
        if row[words].strip() and (not row["key"] or row["key"] in used):
            row = {**row, "key": key_for(row[words], taken)}
            taken.add(row["key"])
        used.add(row["key"])
        keyed.append(row)
    return keyed
