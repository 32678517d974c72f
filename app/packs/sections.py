"""briefing.md into sections, and what may not stand in Markdown, with the line of each fault.

Read here with HTML switched on, so that it is found and refused; `briefing` renders with HTML switched off.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, autolink, html_inline, image, link
from markdown_it.token import Token

from app.packs.content import Section, SectionType, is_web_address
from app.packs.faults import BRIEFING, Fault
from app.packs.pictures import alone, fault_of
from app.text import is_blank

COUNTED = {SectionType.KEY_THEMES, SectionType.KEY_CHALLENGES, SectionType.LEARNING_IDENTIFIED}
INTRODUCED = {SectionType.RECOMMENDATIONS, SectionType.POINTS_FOR_DISCUSSION}
SECTION_LENGTH = 20_000
TITLE = "The title stands in pack.yaml. Take it out; sections begin with “## ”."
LISTED = "“{title}” holds a list. The list stands in pack.yaml; here may stand an introduction only."
NO_PICTURES = "A note holds no pictures. Put it into a section of the briefing."
_OTHER = re.compile(r"Other(?:: (\S.{0,99}))?")
_ORDER = list(SectionType)
_ALLOWED = ", ".join(f"“{t.heading}”" for t in _ORDER) + " and “Other: ” with a title of your own"
_PLAIN = MarkdownIt("commonmark", {"html": False})

_Rule = Callable[[StateInline, bool], bool]
_NOTED = {"link_open", "image", "html_inline"}


def _noting(rule: _Rule) -> _Rule:
    # The parser keeps lines for blocks only. Inside one we note where in its text a link, picture or tag began.
    def noted(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        found = rule(state, silent)
        for token in state.tokens[before:]:
            if found and token.type in _NOTED and "offset" not in token.meta:
                token.meta["offset"] = start
        return found

    return noted


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True})
    rules: dict[str, _Rule] = {"link": link, "image": image, "autolink": autolink, "html_inline": html_inline}
    for name, rule in rules.items():
        reader.inline.ruler.at(name, _noting(rule))
    reader.validateLink = lambda url: True  # type: ignore[method-assign]  # refused below with its line, not left as text
    return reader


_READER = _reader()


def prose_faults(text: str, file: str, first_line: int, *, headings: bool) -> list[Fault]:
    """What may not stand in a Markdown text that begins on a line of a file. `headings`: whether it may hold any,
    and pictures, as a section does and a note does not."""
    env: dict[str, object] = {}
    tokens = _READER.parse(text, env)
    found = [*_references(env), *_inside(tokens, headings), *([] if headings else _headings(tokens))]
    return [Fault(file, first_line + line, message) for line, message in found]


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    for token in tokens:
        if token.type == "heading_open":
            yield _start(token), "A note holds no headings. Write it as a sentence."


def _references(env: dict[str, object]) -> Iterator[tuple[int, str]]:
    references = env.get("references", {})
    for label, entry in references.items() if isinstance(references, dict) else ():
        yield entry["map"][0], f"“[{label.lower()}]:” stands apart. Write [words](https://…) where it is used."


def _inside(tokens: Sequence[Token], pictures: bool) -> Iterator[tuple[int, str]]:
    for before, token in itertools.pairwise([Token("", "", 0), *tokens]):
        if token.type == "html_block":
            yield _start(token), _html(token)
        for i, child in enumerate(token.children or ()):
            message = _child_fault(token.children or [], i)
            if child.type == "image":
                is_alone = before.type == "paragraph_open" and alone(token) is not None
                message = fault_of(child, stands_alone=is_alone) if pictures else NO_PICTURES
            if message:
                yield _start(token) + token.content.count("\n", 0, child.meta["offset"]), message


def _child_fault(children: Sequence[Token], i: int) -> str:
    child = children[i]
    if child.type == "html_inline":
        return _html(child)
    if child.type != "link_open":
        return ""
    if children[i + 1].type == "link_close":
        return "A link without words cannot be followed. Put words between the square brackets."
    address = str(child.attrs.get("href", ""))
    return "" if is_web_address(address) else f"The link “{address[:60]}” must begin with https:// or http://."


def _html(token: Token) -> str:
    return f"HTML (“{token.content.strip().splitlines()[0][:40]}”) is not taken. Use Markdown, or plain words."


def _start(token: Token) -> int:
    return token.map[0] if token.map else 0


@dataclass(frozen=True)
class _Heading:
    line: int
    ends: int
    words: str


def read_sections(text: str) -> tuple[list[Section], list[Fault]]:
    """The sections of a briefing in their order, and every fault in it. Both may be partly filled."""
    tokens = _READER.parse(text, {})
    faults = prose_faults(text, BRIEFING, 1, headings=True)
    headings = list(_section_headings(tokens, faults))
    faults += _before(tokens, headings)
    lines = text.split("\n")
    ends = [h.line for h in headings[1:]] + [len(lines)]
    read = []
    for heading, end in zip(headings, ends, strict=False):
        section = _section(heading, "\n".join(lines[heading.ends : end]), faults)
        if section:
            read.append((heading.line + 1, section))
    faults += _misplaced(read)
    return [section for _, section in read], faults


def _section_headings(tokens: Sequence[Token], faults: list[Fault]) -> Iterator[_Heading]:
    for token, words in itertools.pairwise(tokens):
        if token.type != "heading_open" or not token.map:
            continue
        start, end = token.map
        if token.level:
            faults.append(Fault(BRIEFING, start + 1, "A heading cannot stand in a list or a quotation. Move it out."))
        elif token.tag == "h1":
            faults.append(Fault(BRIEFING, start + 1, TITLE))
        elif token.tag == "h2":
            yield _Heading(start, end, words.content.strip())
        elif is_blank(words.content):
            faults.append(Fault(BRIEFING, start + 1, "This heading has no words. Write them, or take it out."))


def _before(tokens: Sequence[Token], headings: Sequence[_Heading]) -> list[Fault]:
    if not headings:
        return [Fault(BRIEFING, 0, "There is no section. Begin one with “## Background” on a line of its own.")]
    early = [t.map[0] for t in tokens if t.map and not t.level and t.map[0] < headings[0].line and t.tag != "h1"]
    message = "This text stands before the first section heading. Move it under one."
    return [Fault(BRIEFING, min(early) + 1, message)] if early else []


def _section(heading: _Heading, body: str, faults: list[Fault]) -> Section | None:
    line, body = heading.line + 1, body.strip("\n").rstrip()
    kind = next((t for t in _ORDER if t.heading == heading.words), None)
    other = _OTHER.fullmatch(heading.words)
    if not kind and not other:
        faults.append(Fault(BRIEFING, line, _unknown(heading.words)))
        return None
    kind = kind or SectionType.OTHER
    title = (other and other[1]) or kind.heading
    items = _items(body)
    faults += [Fault(BRIEFING, line, message) for message in _section_faults(kind, title, body, items)]
    return Section(type=kind, title=title, markdown="" if is_blank(body) else body, items=items)


def _section_faults(kind: SectionType, title: str, body: str, items: int) -> Iterator[str]:
    if kind in INTRODUCED:
        if items:
            yield LISTED.format(title=title)
    elif is_blank(body):
        yield f"“{title}” is empty. Write the section, or take its heading out."
    elif kind in COUNTED and not items:
        yield f"“{title}” holds no list. Begin each of its items with “- ”, so that they can be counted."
    if len(body) > SECTION_LENGTH:
        yield f"“{title}” is {len(body):,} characters long. {SECTION_LENGTH:,} at most: shorten it."


def _unknown(words: str) -> str:
    begun = [t.heading for t in _ORDER if words and t.heading.casefold().startswith(words.casefold())]
    near = begun or difflib.get_close_matches(words, [t.heading for t in _ORDER], n=1, cutoff=0.5)
    meant = f" Did you mean “{near[0]}”?" if near else ""
    return f"“{words[:80]}” is not the heading of a section.{meant} The headings are {_ALLOWED}."


def _items(body: str) -> int:
    return sum(token.type == "list_item_open" and token.level == 1 for token in _READER.parse(body))


def _misplaced(read: Sequence[tuple[int, Section]]) -> Iterator[Fault]:
    seen: dict[tuple[SectionType, str], int] = {}
    latest = SectionType.BACKGROUND
    for line, section in read:
        first = seen.setdefault((section.type, section.title.casefold()), line)
        if first != line:
            yield Fault(BRIEFING, line, f"“{section.title}” is here twice, first on line {first}. Put both in one.")
        elif section.type is SectionType.OTHER:
            continue
        elif _ORDER.index(section.type) < _ORDER.index(latest):
            yield Fault(BRIEFING, line, f"“{section.title}” stands after “{latest.heading}”. Move it before.")
        else:
            latest = section.type


def plain_note(markdown: str) -> str:
    """A note in plain lines, for a document: one for each paragraph and item, an item behind its number or a dash."""
    told, mark = [], ""
    for token in _PLAIN.parse(markdown):
        if token.type == "list_item_open":
            mark = f"{token.info}. " if token.info else "– "
        elif token.type == "inline":
            words = (child.content or " " * child.type.endswith("break") for child in token.children or ())
            told.append(mark + "".join(words))
            mark = ""
    return "\n".join(told)
