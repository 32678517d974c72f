"""What a person does with the pieces of a briefing in the making, its sentences and items: moves them up and down, to
another place, or out of the text among the questions and recommendations.

Each takes a content and returns a new one. What stays reads as it did.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markdown_it import MarkdownIt

from app.packs import sorting
from app.packs.drafted import Drafted, PointDrafted, RecommendationDrafted, shaped
from app.packs.fitting import stands
from app.packs.guessing import addressee, kind_of
from app.packs.marking import escaped, words_of
from app.packs.sentences import Sentence, sentences_of

_READER = MarkdownIt("commonmark", {"html": False})
_LISTS = ("bullet_list_open", "ordered_list_open")
_REFERRED = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")  # a link whose address is left over
_NUMBER = re.compile(r"(\d{1,9})([.)])( +)")
POINTS, RECOMMENDATIONS, NOWHERE = "points", "recommendations", "nowhere"


@dataclass(frozen=True)
class Piece:
    """A sentence, an item with what stands below it, or a heading of a section: by which name a page knows it, its
    Markdown, and what it says in plain words. `block` is the paragraph of which it is a sentence, `between` what stands
    there before it; `at` counts the pieces of its section. `beside` is the Markdown that goes with it: a question's
    note, or whom a recommendation is for."""

    name: str
    markdown: str
    words: str
    block: str
    is_item: bool = False
    between: str = ""
    at: int = 0
    beside: str = ""

    @property
    def whole(self) -> str:
        """Its Markdown with what goes with it."""
        return "\n\n".join(filter(None, (self.markdown, self.beside)))


def pieces_of(number: int, markdown: str) -> list[Piece]:
    """The pieces of a section, which is the one of this number."""
    env: dict[str, Any] = {}
    pieces = list[Piece]()
    for block, (text, kind) in enumerate(_blocks(markdown, env)):
        said = sentences_of(text, env) if kind == "paragraph_open" else [Sentence("", text)]
        for between, one in said:
            words = _REFERRED.sub(r"\1", words_of(one, env)) or one
            at, is_item = len(pieces), kind == "list_item_open"
            pieces.append(Piece(f"{number}-{at}", one, words, f"{number}-{block}", is_item, between, at))
    return pieces


def _blocks(markdown: str, env: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The blocks of a text with the kind of each, items of lists one by one; and whatever else stands between."""
    lines, spans, at = markdown.split("\n"), list[tuple[int, int, str]](), 0
    for token in _READER.parse(markdown, env):
        is_item = token.type == "list_item_open" and token.level == 1
        if token.map and (is_item or (token.level == 0 and token.type not in _LISTS)):
            start, end = token.map
            spans += [(at, start, ""), (start, end, token.type)]
            at = end
    for start, end, kind in [*spans, (at, len(lines), "")]:
        if text := "\n".join(lines[start:end]).strip("\n"):
            yield from [(text, kind)] if text.strip() else []


def joined(pieces: Sequence[Piece]) -> str:
    """Pieces as the text of a section again: sentences of one paragraph that are neighbours now go on in one, unless
    they would grow together there; numbered items that stand in another order are numbered anew."""
    text, before = "", None
    for piece in _numbered(pieces):
        if before and before.block == piece.block and _stay_two(before, piece):
            text += piece.between or " "
        else:
            text += "\n" if before and before.is_item and piece.is_item else "\n\n"
        text, before = text + piece.markdown, piece
    return text.strip("\n")


def _stay_two(before: Piece, piece: Piece) -> bool:
    """Whether two sentences of a paragraph are two where they stand side by side: they were neighbours, or the first
    ends as sentences do."""
    return before.at + 1 == piece.at or len(sentences_of(f"{before.markdown} {piece.markdown}", {})) == 2


def _numbered(pieces: Sequence[Piece]) -> list[Piece]:
    made = list[Piece]()
    for marks, run in itertools.groupby(pieces, _mark):
        items = list(run)
        found = [match for one in items if marks and (match := _NUMBER.match(one.markdown))]
        numbers = [int(match[1]) for match in found]
        in_turn = numbers == sorted(numbers)
        made += items if in_turn else [_as_number(one, min(numbers) + i) for i, one in enumerate(items)]
    return made


def _mark(piece: Piece) -> str:
    """What stands behind the number of an item; empty for what has none."""
    found = _NUMBER.match(piece.markdown) if piece.is_item else None
    return found[2] if found else ""


def _as_number(piece: Piece, number: int) -> Piece:
    """An item with another number, its lines below moved as far as its first."""
    found = _NUMBER.match(piece.markdown)
    assert found
    mark = f"{number}{found[2]}{found[3]}"
    by = len(mark) - len(found[0])
    first, *below = piece.markdown[len(found[0]) :].split("\n")
    moved = [" " * by + line if by > 0 and line.strip() else line for line in below]
    return replace(piece, markdown="\n".join([mark + first, *moved]))


def left_pieces(left_over: Sequence[Sequence[str]]) -> list[Piece]:
    """What an import put nowhere, as pieces; `left_over` has of each why, and its text."""
    return [_plain(f"left-{i}", text) for i, (_, text) in enumerate(left_over)]


def row_pieces(content: Drafted) -> dict[str, list[Piece]]:
    """The questions and the recommendations as pieces, by their lists. Whom a recommendation is for goes with it where
    its own words do not say so."""
    asked = [_plain(f"{POINTS}-{i}", p["question"], p["note"].strip("\n")) for i, p in enumerate(content["points"])]
    said = [
        _plain(f"{RECOMMENDATIONS}-{i}", r["text"], "" if stands(r["audience"], r["text"]) else _for(r["audience"]))
        for i, r in enumerate(content["recommendations"])
    ]
    return {POINTS: asked, RECOMMENDATIONS: said}


def _for(audience: str) -> str:
    return f"For: {escaped(audience.strip())}"


def _plain(name: str, text: str, beside: str = "") -> Piece:
    return Piece(name, "\n".join(escaped(line.strip()) for line in text.split("\n")), text, name, beside=beside)


def moved(content: Drafted, names: Collection[str], to: str, left: Sequence[Piece] = ()) -> Drafted:
    """The pieces of these names taken out of where they stand, or of those that were `left` over, and put at the end of
    a section (its number), or among the points, the recommendations; or nowhere, for good. Rows of the list to which
    they are moved stay."""
    sections, taken = list(content["sections"]), list[Piece]()
    for number, section in enumerate(sections):
        pieces = pieces_of(number, section["markdown"])
        chosen = [piece for piece in pieces if piece.name in names]
        if chosen:
            taken += chosen
            sections[number] = {**section, "markdown": joined([p for p in pieces if p not in chosen])}
    rows = {name: pieces for name, pieces in row_pieces(content).items() if name != to}
    taken += [piece for piece in (*itertools.chain(*rows.values()), *left) if piece.name in names]
    if to.isdecimal() and int(to) < len(sections):
        section = sections[int(to)]
        come = [replace(one, block=f"taken-{one.block}", markdown=one.whole) for one in taken]
        sections[int(to)] = {**section, "markdown": joined([*pieces_of(int(to), section["markdown"]), *come])}
    kept = {
        name: [row for piece, row in zip(pieces, content[name], strict=True) if piece.name not in names]  # type: ignore[literal-required]
        for name, pieces in rows.items()
    }
    made: Drafted = {**content, **kept, "sections": sections}  # type: ignore[typeddict-item]
    if to == POINTS:
        asked = [PointDrafted(key="", kind=kind_of(p.words).value, question=p.words, note=p.beside) for p in taken]
        made["points"] = [*content["points"], *asked]
    elif to == RECOMMENDATIONS:
        texts = [" ".join(filter(None, (p.words, words_of(p.beside)))) for p in taken]
        said = [RecommendationDrafted(key="", audience=addressee(text), text=text) for text in texts]
        made["recommendations"] = [*content["recommendations"], *said]
    return sorting.with_keys(made)


def shifted(content: Drafted, names: Collection[str], how: str) -> tuple[Drafted, list[str]]:
    """The pieces of these names one place `up` or `down`, each in its section; and by which names they are known
    there. What stands at the edge stays."""
    sections, now_named = list(content["sections"]), list[str]()
    back = how == "down"
    for number, section in enumerate(sections):
        pieces = pieces_of(number, section["markdown"])
        order = _by_one(pieces, names, back=back)
        now_named += [f"{number}-{at}" for at, piece in enumerate(order) if piece.name in names]
        if [piece.name for piece in order] != [piece.name for piece in pieces]:
            sections[number] = {**section, "markdown": joined(order)}
    made: dict[str, Any] = {**content, "sections": sections}
    for name, pieces in row_pieces(content).items():
        order = _by_one(pieces, names, back=back)
        made[name] = [made[name][pieces.index(piece)] for piece in order]
        now_named += [f"{name}-{at}" for at, piece in enumerate(order) if piece.name in names]
    return shaped(made), now_named


def _by_one(pieces: Sequence[Piece], names: Collection[str], *, back: bool) -> list[Piece]:
    """The pieces with those of these names one place up, or `back` by one; what stands at the edge stays."""
    order, stuck = list(pieces[::-1] if back else pieces), True
    for at, piece in enumerate(order):
        if piece.name not in names:
            stuck = False
        elif not stuck:
            order[at - 1 : at + 1] = order[at], order[at - 1]
    return order[::-1] if back else order


def put_at(content: Drafted, name: str, place: str) -> tuple[Drafted, str]:
    """The piece of this name put where the piece `place` stands, which makes room for it; and by which name it is known
    there, empty where one of them is none."""
    sections = list(content["sections"])
    kept = {number: pieces_of(number, one["markdown"]) for number, one in enumerate(sections)}
    at = {piece.name: (number, i) for number, pieces in kept.items() for i, piece in enumerate(pieces)}
    if name in at and place in at:
        (of, was), (to, becomes) = at[name], at[place]
        piece = kept[of].pop(was)
        kept[to].insert(becomes, piece if of == to else replace(piece, block=f"taken-{piece.block}"))
        for number in {of, to}:
            sections[number] = {**sections[number], "markdown": joined(kept[number])}
        return {**content, "sections": sections}, f"{to}-{becomes}"
    return content, ""


def words_from(content: Drafted, names: Collection[str], to: str, left: Sequence[Piece]) -> list[str]:
    """Every word that comes to where these are moved, and that no section held: of what was `left` over, and of rows of
    other lists with what goes with them."""
    lists = [pieces for name, pieces in row_pieces(content).items() if name != to]
    rows = [piece for piece in itertools.chain(*lists) if piece.name in names]
    beside = [words_of(piece.beside) for piece in rows]
    return " ".join([*(piece.words for piece in (*left, *rows)), *beside]).split()


def words_in(content: Drafted) -> list[str]:
    """Every word that is read in the sections, in no order: what is moved among them takes none away."""
    return sorted(itertools.chain(*(words_of(section["markdown"]).split() for section in content["sections"])))
