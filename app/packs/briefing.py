"""Markdown of a pack to safe HTML: the only module that makes `Markup`, and only of what nh3 let through.

Headings are put below the section's own, without gaps; the first mention of a glossary term in each section leads to
its entry (`#glossary-…`). Rendering the same pack gives the same text, so a page of it can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app.packs.content import GlossaryTerm, PackContent, Section, SectionType, slugged

_READER = MarkdownIt("commonmark", {"html": False})
_LOWEST = 6
_HEADINGS = {f"h{level}" for level in range(3, _LOWEST + 1)}
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre", "br", "hr"} | _HEADINGS


def _ours(address: str) -> str | None:
    return address if address.startswith("#glossary-") else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}, **{heading: {"id"} for heading in _HEADINGS}},
    allowed_classes={"a": {"glossary"}},
    url_schemes={"http", "https"},
    url_relative=_ours,
    link_rel=None,
)


@dataclass(frozen=True)
class Subheading:
    """A heading inside a section, for the contents list."""

    id: str
    words: str
    level: int


@dataclass(frozen=True)
class Shown:
    """A section as a page shows it under a heading of level 2. `items` is the number of items in its list."""

    id: str
    type: SectionType
    heading: str
    html: Markup
    items: int
    subheadings: tuple[Subheading, ...]


def sections(content: PackContent) -> tuple[Shown, ...]:
    """Every section of a pack, in order, its glossary terms led to their entries."""
    taken: set[str] = set()
    return tuple(_shown(section, content.glossary, taken) for section in content.sections)


def note(markdown: str, glossary: Sequence[GlossaryTerm] = ()) -> Markup:
    """A facilitator's note. Give the glossary only where its entries stand on the same page."""
    tokens = _READER.parse(markdown)
    _lead_to_glossary(tokens, glossary)
    return _safe(tokens)


def _shown(section: Section, glossary: Sequence[GlossaryTerm], taken: set[str]) -> Shown:
    name = section.type.value if section.type is not SectionType.OTHER else f"other {section.title}"
    own = _unused(slugged(name), taken)
    tokens = _READER.parse(section.markdown)
    below = tuple(_put_below(tokens, own, taken))
    _lead_to_glossary(tokens, glossary)
    return Shown(own, section.type, section.title, _safe(tokens), section.items, below)


def _safe(tokens: list[Token]) -> Markup:
    return Markup(_CLEANER.clean(_READER.renderer.render(tokens, _READER.options, {})))


def _unused(name: str, taken: set[str]) -> str:
    made, count = name, 1
    while made in taken:
        count += 1
        made = f"{name}-{count}"
    taken.add(made)
    return made


def _put_below(tokens: Sequence[Token], section: str, taken: set[str]) -> Iterator[Subheading]:
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    levels = {tag: min(3 + i, _LOWEST) for i, tag in enumerate(used)}
    for i, token in enumerate(tokens):
        if token.type not in ("heading_open", "heading_close"):
            continue
        level = levels[token.tag]
        token.tag = f"h{level}"
        if token.type == "heading_open":
            words = "".join(child.content for child in tokens[i + 1].children or ())
            own = _unused(f"{section}-{slugged(words)}".strip("-"), taken)
            token.attrSet("id", own)
            yield Subheading(own, words, level)


def _lead_to_glossary(tokens: Sequence[Token], glossary: Sequence[GlossaryTerm]) -> None:
    """Makes the first mention of each term a link, never in a heading, a link or code."""
    if not glossary:
        return
    pattern, left = _mentions(glossary), {entry.slug for entry in glossary}
    for i, token in enumerate(tokens):
        if token.type != "inline" or tokens[i - 1].type == "heading_open":
            continue
        marked, depth = list[Token](), 0
        for child in _joined(token.children or []):
            depth += child.nesting if child.tag == "a" else 0
            marked += _marked(child.content, pattern, glossary, left) if child.type == "text" and not depth else [child]
        token.children = marked


def _mentions(glossary: Sequence[GlossaryTerm]) -> re.Pattern[str]:
    names = [(name, i) for i, entry in enumerate(glossary) for name in (entry.term, entry.full) if name]
    names.sort(key=lambda named: -len(named[0]))
    forms = "|".join(f"(?P<e{i}_{n}>{_form(name)})" for n, (name, i) in enumerate(names))
    return re.compile(rf"(?<!\w)(?:{forms})(?!\w)")


def _form(name: str) -> str:
    """A name as it may stand in a sentence: in any case unless it is all capitals, and in the plural."""
    stem = re.escape(name[:-1]) + "(?:y|ies)" if name.endswith("y") else re.escape(name) + "s?"
    return stem if name.upper() == name else f"(?i:{stem})"


def _joined(children: Sequence[Token]) -> Iterator[Token]:
    """Neighbouring texts and the line ends between them as one text, so that a term may go over a line end."""
    held = ""
    for child in children:
        if child.type in ("text", "softbreak"):
            held += child.content or " "
            continue
        if held:
            yield _words(held)
            held = ""
        yield child
    if held:
        yield _words(held)


def _words(words: str) -> Token:
    return Token("text", "", 0, content=words)


def _marked(text: str, pattern: re.Pattern[str], glossary: Sequence[GlossaryTerm], left: set[str]) -> Iterator[Token]:
    done = 0
    for match in pattern.finditer(text):
        slug = glossary[int(str(match.lastgroup)[1:].split("_")[0])].slug
        if slug in left:
            left.remove(slug)
            yield _words(text[done : match.start()])
            yield Token("link_open", "a", 1, attrs={"href": f"#glossary-{slug}", "class": "glossary"})
            yield _words(match[0])
            yield Token("link_close", "a", -1)
            done = match.end()
    yield _words(text[done:])
