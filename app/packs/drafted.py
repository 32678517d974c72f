"""What a pack that is being made holds: everything as typed, usable or not. `content` says what it must become."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from app.packs.content import PackContent, SectionType
from app.saving import Pages
from app.text import is_blank


class SectionDrafted(TypedDict):
    """A section: a value of `SectionType`, its heading, its text in Markdown."""

    type: str
    title: str
    markdown: str


class PointDrafted(TypedDict):
    """A question put to teams: a key, a value of `PointKind`, the words, and the note for whoever leads (Markdown)."""

    key: str
    kind: str
    question: str
    note: str


class RecommendationDrafted(TypedDict):
    """What should change, and whom it is for."""

    key: str
    audience: str
    text: str


class TermDrafted(TypedDict):
    """An entry of the glossary."""

    term: str
    full: str
    meaning: str


class LinkDrafted(TypedDict):
    """Something to read beside the briefing."""

    title: str
    url: str


class Drafted(TypedDict):
    """A whole pack in the making. Dates are `2021-04` or `2021-04-30`, or whatever was typed."""

    title: str
    short_title: str
    type: str
    source_name: str
    source_partnership: str
    source_title: str
    source_date: str
    source_url: str
    published: str
    review: str
    sections: list[SectionDrafted]
    points: list[PointDrafted]
    recommendations: list[RecommendationDrafted]
    glossary: list[TermDrafted]
    links: list[LinkDrafted]
    watch: list[str]
    topics: list[str]
    audience: list[str]


def facts_of(drafted: Drafted) -> dict[str, Any]:
    """What pack.yaml says, in its order; what may be left out is, where it is empty."""
    source = {key: drafted[f"source_{key}"] for key in ("name", "partnership", "title")}  # type: ignore[literal-required]
    when = {key: drafted[f"source_{key}"] for key in ("date", "url") if drafted[f"source_{key}"]}  # type: ignore[literal-required]
    terms = [{key: value for key, value in term.items() if value or key != "full"} for term in drafted["glossary"]]
    said: dict[str, Any] = {key: drafted[key] for key in ("title", "short_title", "type")}
    said |= {"source": source | when, "published": drafted["published"], "review": drafted["review"]}
    lists = {key: drafted[key] for key in ("points", "recommendations")}
    several = {"watch": drafted["watch"], "topics": drafted["topics"], "audience": drafted["audience"]}
    return said | lists | {"glossary": terms, "links": drafted["links"]} | several


_LINES = ("title", "short_title", "type", "published", "review")
_SOURCE = ("source_name", "source_partnership", "source_title", "source_date", "source_url")
LISTS = ("watch", "topics", "audience")
"""What is typed one on a line."""
PARTS = {
    "about": (*_LINES, *_SOURCE, *LISTS[1:]),
    "sections": ("sections",),
    "points": ("points",),
    "recommendations": ("recommendations",),
    "words": ("glossary", "links", "watch"),
}
ROWS = {
    "sections": ("type", "title", "markdown"),
    "points": ("key", "kind", "question", "note"),
    "recommendations": ("key", "audience", "text"),
    "glossary": ("term", "full", "meaning"),
    "links": ("title", "url"),
}
_SECTIONS = {kind.value for kind in SectionType}
_NO_WORDS = {"key", "kind", "type"}
"""What a row has although nobody typed anything in it."""


def shaped(raw: Mapping[str, Any]) -> Drafted:
    """A draft's content with every key in place, whatever of it is there. Other keys are left out."""
    lines = {key: str(raw.get(key) or "") for key in (*_LINES, *_SOURCE)}
    rows = {
        name: [{key: str(row.get(key) or "") for key in keys} for row in raw.get(name) or ()]
        for name, keys in ROWS.items()
    }
    for section in rows["sections"]:
        section["type"] = section["type"] if section["type"] in _SECTIONS else SectionType.OTHER.value
    several = {key: [str(word) for word in raw.get(key) or ()] for key in LISTS}
    return Drafted(**lines, **rows, **several)  # type: ignore[typeddict-item,no-any-return]


def is_empty(row: Mapping[str, str]) -> bool:
    """Whether nothing was typed in a row of a list."""
    title = row.get("title", "") if row.get("type", "other") == SectionType.OTHER.value else ""
    return is_blank(title) and all(is_blank(text) for key, text in row.items() if key not in {*_NO_WORDS, "title"})


def _bare(values: dict[str, Any]) -> dict[str, Any]:
    """A page without the rows in which nothing was typed."""
    return {key: [row for row in value if not is_empty(row)] if key in ROWS else value for key, value in values.items()}


PAGES = Pages(PARTS, shaped, _bare)


def pieces(raw: Mapping[str, Any], part: str) -> dict[str, str]:
    """Every text of a page by the name of the box in which it stands: `points-0-note`."""
    found: dict[str, str] = {}
    for name, value in PAGES.part_of(raw, part).items():
        if name in ROWS:
            found |= {f"{name}-{i}-{key}": row[key] for i, row in enumerate(value) for key in ROWS[name]}
        else:
            found[name] = "\n".join(value) if isinstance(value, list) else value
    return found


def from_pieces(found: Mapping[str, str], part: str) -> dict[str, Any]:
    """A page put together from its texts by the names of their boxes; rows without any are left out."""
    made: dict[str, Any] = {}
    for name in PARTS[part]:
        if name not in ROWS:
            text = found.get(name, "")
            made[name] = [line.strip() for line in text.split("\n") if line.strip()] if name in LISTS else text
            continue
        numbers = sorted({int(key.split("-")[1]) for key in found if key.startswith(f"{name}-")})
        made[name] = [{key: found.get(f"{name}-{n}-{key}", "") for key in ROWS[name]} for n in numbers]
    return made


def as_chosen(
    typed: Mapping[str, Any], stored: Mapping[str, Any], part: str, chosen: Mapping[str, str]
) -> dict[str, Any]:
    """A page put together with what a draft holds, as was chosen beside each box: `mine`, `theirs` or `both`."""
    own, other = pieces(typed, part), pieces(stored, part)
    whole = {}
    for name in {**own, **other}:
        texts = own.get(name, ""), other.get(name, "")
        how = chosen.get(name, "mine" if name in own else "theirs")
        whole[name] = "\n\n".join(filter(None, texts)) if how == "both" else texts[how == "theirs"]
    return from_pieces(whole, part)


def of_partnership(raw: Mapping[str, Any], owner: str) -> Drafted:
    """What was typed, as the pack of its partnership. Where nothing says when or where its source can be found, it is
    dated by its first publication."""
    typed = shaped(raw)
    dated = typed["source_date"] or (typed["published"] if not typed["source_url"] else "")
    return {**typed, "source_partnership": owner, "source_date": dated}


def from_content(content: PackContent) -> Drafted:
    """A pack as it would be typed again."""
    said = content.model_dump(mode="json")
    source = {f"source_{key}": value for key, value in said["source"].items()}
    return shaped({**said, **source})
