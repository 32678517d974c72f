"""Markdown of a pack to safe HTML: the only module that makes `Markup`, and only of what nh3 let through.

Headings are put below the section's own, without gaps; the first mention of a glossary term in each section leads to
its entry (`#glossary-…`). Rendering the same pack gives the same text, so a page of it can be kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.packs.content import GlossaryTerm, PackContent, Picture, Section, SectionType, slugged
from app.packs.pictures import NAME, words_for
from app.text import leftwards
from app.web.prose import Block, Kind, Nest, Piece

_READER = MarkdownIt("commonmark", {"html": False})
_LOWEST = 6
GOES_ON = "app-goes-on"  # the class of what is left of an item that began on the slide before
_HEADINGS = {f"h{level}" for level in range(3, _LOWEST + 1)}
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "blockquote", "code", "pre", "br", "hr", "img"} | _HEADINGS
_PICTURE = re.compile(rf"(?:/[\w-]+)+/pictures/{NAME.pattern}")
Address = Callable[[str], str]
"""Where a picture is, by its name."""


def _ours(address: str) -> str | None:
    return address if address.startswith("#glossary-") or _PICTURE.fullmatch(address) else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={
        "*": set(),
        "a": {"href"},
        "ol": {"start"},
        "img": {"src", "alt", "width", "height", "loading"},
        **{heading: {"id"} for heading in _HEADINGS},
    },
    tag_attribute_values={name: {"dir": {"rtl"}} for name in _TAGS},
    allowed_classes={"a": {"glossary"}, "li": {GOES_ON}},
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


@dataclass(frozen=True)
class Pictures:
    """The pictures that may be shown, by their names, and where they are."""

    known: Mapping[str, Picture]
    at: Address

    @classmethod
    def of(cls, content: PackContent, at: Address) -> Pictures:
        """Those of a pack."""
        return cls({one.name: one for one in content.pictures}, at)

    def image(self, name: str) -> Token | None:
        """A picture as it stands on a page, but for its words; None where there is none of this name."""
        found = self.known.get(name)
        if found is None:
            return None
        size: dict[str, str | int | float] = {"width": found.width, "height": found.height}
        return Token("image", "img", 0, attrs={"src": self.at(name), "alt": "", **size, "loading": "lazy"})


_NONE = Pictures({}, str)


def sections(content: PackContent, at: Address = str) -> tuple[Shown, ...]:
    """Every section of a pack, in order, its glossary terms led to their entries, its pictures shown from where they
    are."""
    taken, pictures = set[str](), Pictures.of(content, at)
    return tuple(_shown(section, content.glossary, taken, pictures) for section in content.sections)


def note(markdown: str, glossary: Sequence[GlossaryTerm] = ()) -> Markup:
    """A facilitator's note. Give the glossary only where its entries stand on the same page."""
    return _note(markdown, tuple(glossary))


@lru_cache(maxsize=500)  # the form of every team that writes shows those of its edition
def _note(markdown: str, glossary: tuple[GlossaryTerm, ...]) -> Markup:
    tokens = _READER.parse(markdown)
    _lead_to_glossary(tokens, glossary)
    return _safe(tokens)


def written(text: Sequence[Block], goes_on: Block | None = None, pictures: Pictures = _NONE) -> Markup:
    """Blocks as they stand on a slide. `goes_on` is the last block of the slide before, if this is the rest of it."""
    before, path, html = _path(goes_on) if goes_on else (), list[_Tag](), list[str]()
    for block in text:
        wanted = _path(block)
        shared = next((i for i, (one, two) in enumerate(zip(path, wanted, strict=False)) if one != two), None)
        shared = min(len(path), len(wanted)) if shared is None else shared
        html += [f"</{tag.name}>" for tag in reversed(path[shared:])]
        for i, tag in enumerate(wanted[shared:], shared):
            first = wanted[i + 1].item if tag.name == "ol" else 0
            html.append(_opened(tag, first, rest=tag in before, way=_way(block)))
        path = list(wanted)
        html.append(_image(block, pictures) if block.kind is Kind.PICTURE else _block(block))
    return Markup(_CLEANER.clean("".join([*html, *(f"</{tag.name}>" for tag in reversed(path))])))


class _Tag(NamedTuple):
    name: str
    which: int
    item: int = 0


def _path(block: Block) -> tuple[_Tag, ...]:
    """The elements that a block stands in: two for an item of a list."""
    lists = {Nest.BULLET: "ul", Nest.NUMBER: "ol"}
    found: list[_Tag] = []
    for step in block.steps:
        if step.nest is Nest.QUOTE:
            found.append(_Tag("blockquote", step.which))
        else:
            found += [_Tag(lists[step.nest], step.which), _Tag("li", step.which, step.item)]
    return tuple(found)


def _way(block: Block) -> str:
    """The direction, where it is not the page's own: the marks of a list stand on its side."""
    return ' dir="rtl"' if leftwards(block.words) else ""


def _opened(tag: _Tag, first: int, *, rest: bool, way: str) -> str:
    if tag.name == "ol":
        return f'<ol start="{first}"{way}>'
    return f'<li class="{GOES_ON}">' if tag.name == "li" and rest else f"<{tag.name}{way}>"


def _image(block: Block, pictures: Pictures) -> str:
    image = pictures.image(block.picture)
    if image is None:
        return f"<p>{escape(_instead(block.words))}</p>"
    image.children = [_words(block.words)]
    return f"<p>{_READER.renderer.render([Token('inline', '', 0, children=[image])], _READER.options, {})}</p>"


def _block(block: Block) -> str:
    name = {Kind.TEXT: "p", Kind.CODE: "pre", Kind.HEADING: f"h{min(2 + block.level, _LOWEST)}"}[block.kind]
    return f"<{name}{_way(block)}>{''.join(map(_piece, block.pieces))}</{name}>"


def _piece(piece: Piece) -> str:
    html = str(escape(piece.words)).replace("\n", "<br>")
    for wanted, tag in ((piece.code, "code"), (piece.emphasis, "em"), (piece.strong, "strong")):
        html = f"<{tag}>{html}</{tag}>" if wanted else html
    return f'<a href="{escape(piece.address)}">{html}</a>' if piece.address else html


def _shown(section: Section, glossary: Sequence[GlossaryTerm], taken: set[str], pictures: Pictures) -> Shown:
    name = section.type.value if section.type is not SectionType.OTHER else f"other {section.title}"
    own = _unused(slugged(name), taken)
    tokens = _READER.parse(section.markdown)
    below = tuple(_put_below(tokens, own, taken))
    _lead_to_glossary(tokens, glossary)
    return Shown(own, section.type, section.title, _safe(tokens, pictures), section.items, below)


def _safe(tokens: list[Token], pictures: Pictures = _NONE) -> Markup:
    for token in tokens:
        token.children = token.children and [_pictured(child, pictures) for child in token.children]
    return Markup(_CLEANER.clean(_READER.renderer.render(tokens, _READER.options, {})))


def _pictured(child: Token, pictures: Pictures) -> Token:
    """A picture from where it is; one that is not there, by its words."""
    if child.type != "image":
        return child
    image = pictures.image(str(child.attrs.get("src", "")))
    if image is None:
        return _words(_instead(words_for(child)))
    image.children = [_words(words_for(child))]
    return image


def _instead(words: str) -> str:
    return f"Picture: {words}" if words else "A picture without words"


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
