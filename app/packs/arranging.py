"""The pieces of somebody's briefing, put under the sections that a pack has.

Sections are known by their headings. What came in the wrong order (pages out of turn, a list that goes on far from its
beginning, a heading below its own text) is put where it seems to belong, and every such step is a `Doubt` that a person
reads: nothing is guessed in silence, and nothing is dropped.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.packs.blocks import Block, Kind, LeftOver, Pieces
from app.packs.bullets import goes_on, joined
from app.packs.content import SectionType
from app.packs.marking import escaped
from app.packs.run_in import under_own_lines
from app.packs.sections import COUNTED, INTRODUCED
from app.packs.stretches import NO_WORDS, Doubt, Stretch, cut
from app.packs.wordings import bare, called
from app.text import counted

_ORDER = list(SectionType)
_FOR_WHOM = re.compile(r"for (?:all |the |our )?\w+(?:[ ,/&-]+\w+){0,4}", re.IGNORECASE)
_OF_METHOD = re.compile(
    r"\b(auditors?|audit tool|audit meeting|questionnaires?|interview(?:s|ed)?|front ?line practitioners?|case files?|"
    r"records were|sampled?|surveys?|focus groups?|small groups?|workshops?|methodology|within the last)\b",
    re.IGNORECASE,
)


@dataclass
class Arranged:
    """A document under sections. `title` is its own, `before` what stood between that and the first section."""

    title: str
    before: list[Block]
    stretches: list[Stretch]
    doubts: list[Doubt]
    left_over: list[LeftOver]


def arranged(pieces: Pieces) -> Arranged:
    """The sections of a document, in the order in which a pack has them."""
    doubts = [Doubt(what) for what in pieces.doubts]
    title, rest = titled(list(_over_pages(pieces.blocks, doubts)))
    rest, run_in = under_own_lines(rest)
    if run_in:
        doubts.append(Doubt(f"These stood at the beginning of their text and were made headings: {', '.join(run_in)}."))
    before, stretches = cut(list(_with_headings(rest)), doubts)
    _bring_tails(stretches, doubts)
    _text_above_heading(stretches, doubts)
    stretches = _one_of_each(stretches, doubts)
    return Arranged(title, before, _in_order(stretches, doubts), doubts, list(pieces.left_over))


def _over_pages(blocks: Sequence[Block], doubts: list[Doubt]) -> Iterator[Block]:
    """Sentences that a page's end divides are put together."""
    held: Block | None = None
    ends: list[Block] = []
    for block in blocks:
        if block.kind is Kind.BREAK and held is not None:
            ends.append(block)
        elif held is not None and ends and _is_rest(held, block):
            held = replace(held, text=joined(held.text, block.text), markdown=joined(held.markdown, block.markdown))
            held = replace(held, kind=Kind.PARAGRAPH) if held.kind is Kind.LIKE_HEADING else held
            doubts.append(Doubt(f"A sentence went over the end of a page: “{beginning(held.text)}”."))
        else:
            yield from [held, *ends] if held is not None else ()
            held, ends = (block, []) if block.kind is not Kind.BREAK else (None, [])
            yield from [block] if held is None else ()
    yield from [held, *ends] if held is not None else ()


def _is_rest(before: Block, after: Block) -> bool:
    text = (Kind.PARAGRAPH, Kind.LIKE_HEADING)
    return before.kind in (*text, Kind.ITEM) and after.kind in text and goes_on(before.text, after.text)


def _with_headings(blocks: Sequence[Block]) -> Iterator[Block]:
    """What only looks like a heading is one, or is not: where the document marks its own, the marked ones count."""
    real = [block.level for block in blocks if block.kind is Kind.HEADING and block.level and called(block.text)]
    level = min(real, default=2)
    said = [block for block in blocks if block.kind not in NO_WORDS]
    after = dict(itertools.pairwise(map(id, said)))
    by_id = {id(block): block for block in said}
    fresh = True
    for block in blocks:
        if block.kind is Kind.LIKE_HEADING:
            yield _judged(block, by_id.get(after.get(id(block), 0)), level, bool(real), fresh)
        else:
            yield block
        fresh = block.kind is Kind.BREAK


def _judged(block: Block, after: Block | None, level: int, real: bool, fresh: bool) -> Block:
    """A line that looks like a heading. `fresh`: it stands first on its page."""
    known = called(block.text)
    marked = block.level == 1  # bold, or all in capitals
    stands_over = after is not None and after.kind in (Kind.ITEM, Kind.PARAGRAPH)
    if known and (known.whole or (not real and (marked or not block.text.endswith("?")))):
        return replace(block, kind=Kind.HEADING, level=level)
    if marked and stands_over and not known:
        below = real or bool(_FOR_WHOM.fullmatch(block.text.strip(" :")))
        return replace(block, kind=Kind.HEADING, level=level + below)
    if not real and stands_over and after and (fresh or after.kind is Kind.ITEM) and not block.text.endswith(":"):
        return replace(block, kind=Kind.HEADING, level=level)
    return replace(block, kind=Kind.PARAGRAPH)


def titled(flow: Sequence[Block]) -> tuple[str, list[Block]]:
    """The title of the whole, and what is left."""
    said = [block for block in flow if block.kind not in NO_WORDS]
    for block in said[:5]:
        if block.kind is Kind.HEADING and block.level == 0:
            return block.text, [other for other in flow if other is not block]
    first = said[0] if said else None
    known = called(first.text) if first else None
    if first is None or first.kind is Kind.ITEM or len(first.text) > 250 or (known and known.whole):
        return "", list(flow)
    if first.kind is Kind.PARAGRAPH and (len(first.text.split()) > 25 or first.text.endswith(".")):
        return "", list(flow)
    return first.text, [other for other in flow if other is not first]


def _bring_tails(stretches: Sequence[Stretch], doubts: list[Doubt]) -> None:
    """A list without a heading that follows the end of a page, where pages came out of turn, goes to the list that it
    goes on: the last one before it whose section may stand before the next."""
    for place in range(len(stretches) - 1):
        here, behind = stretches[place], stretches[place + 1]
        tail = _tail(here)
        if not tail or not _before(behind.type, here.type):
            continue
        for owner in reversed(stretches[:place]):
            if owner.lists and not _before(behind.type, owner.type) and owner.type is not SectionType.OTHER:
                here.blocks = here.blocks[: len(here.blocks) - len(tail)]
                owner.blocks += tail
                items = counted(sum(block.kind is Kind.ITEM for block in tail), "item")
                doubts.append(
                    Doubt(
                        f"{items} stood apart from their heading, after “{here.title}”, and were put at the end of "
                        f"“{owner.title}”. The first is “{beginning(tail[1].text)}”.",
                        owner.title,
                    )
                )
                break


def _tail(stretch: Stretch) -> list[Block]:
    """The last pages of a stretch, from the end of a page on, if they go on with a list."""
    blocks = stretch.blocks
    places = [i for i, block in enumerate(blocks[:-1]) if block.kind is Kind.BREAK]
    for place in places:
        if blocks[place + 1].kind is Kind.ITEM and any(b.kind is Kind.ITEM for b in blocks[:place]):
            return blocks[place:]
    return []


def _before(one: SectionType, other: SectionType) -> bool:
    """Whether a section stands before another in every pack."""
    if SectionType.OTHER in (one, other):
        return False
    return _ORDER.index(one) < _ORDER.index(other)


def _text_above_heading(stretches: Sequence[Stretch], doubts: list[Doubt]) -> None:
    """A heading “Method” with nothing below it has its text above: slides put such labels last."""
    for above, here in itertools.pairwise(stretches):
        if here.says or here.type is not SectionType.METHOD:
            continue
        said = [block for block in above.blocks if block.kind is not Kind.BREAK]
        own = list(
            itertools.takewhile(lambda b: len(set(map(str.lower, _OF_METHOD.findall(b.text)))) > 1, reversed(said))
        )
        if own and len(own) < len(said):
            here.blocks = list(reversed(own))
            above.blocks = [block for block in above.blocks if all(block is not one for one in own)]
            what = f"The heading “{here.heading}” stood below its text. {counted(len(own), 'paragraph')} above it"
            doubts.append(
                Doubt(
                    f"{what}, from “{beginning(own[-1].text)}”, {'was' if len(own) == 1 else 'were'} put under it.",
                    here.title,
                )
            )


def _one_of_each(stretches: Sequence[Stretch], doubts: list[Doubt]) -> list[Stretch]:
    """A pack has each section once: others of the same kind go into it, or keep the heading that they had."""
    mains: dict[tuple[SectionType, str], Stretch] = {}
    for stretch in sorted(stretches, key=lambda one: (not one.lists, not _is_exact(one))):
        mains.setdefault(_same(stretch), stretch)
    kept: list[Stretch] = []
    for stretch in stretches:
        main = mains[_same(stretch)]
        if stretch is main:
            kept.append(stretch)
        elif stretch.type in COUNTED | INTRODUCED and main.lists and not stretch.lists and stretch.says:
            stretch.type = SectionType.OTHER
            kept.append(stretch)
            doubts.append(
                Doubt(f"“{stretch.heading}” holds no list, so it became a section of its own.", stretch.title)
            )
        else:
            label = Block(Kind.HEADING, stretch.heading, escaped(stretch.heading), 9)
            main.blocks += [label, *stretch.blocks]
            doubts.append(
                Doubt(f"“{stretch.heading}” was put into “{main.title}”, of which there is one only.", main.title)
            )
    return kept


def _same(stretch: Stretch) -> tuple[SectionType, str]:
    return stretch.type, stretch.title.casefold() if stretch.type is SectionType.OTHER else ""


def _is_exact(stretch: Stretch) -> bool:
    return bare(stretch.heading).casefold() == stretch.type.heading.casefold()


def _in_order(stretches: Sequence[Stretch], doubts: list[Doubt]) -> list[Stretch]:
    """The sections as every pack has them; one of its own stays with the one before it, or with the one it leads to."""
    placed: list[tuple[int, Stretch]] = []
    for place, stretch in enumerate(stretches):
        at = _ORDER.index(stretch.type)
        if stretch.type is SectionType.OTHER:
            behind = stretches[place + 1] if place + 1 < len(stretches) else None
            leads = behind is not None and behind.level > stretch.level and behind.type is not SectionType.OTHER
            at = _ORDER.index(behind.type) if behind and leads else max((n for n, _ in placed[-1:]), default=-1)
        placed.append((at, stretch))
    in_order = [stretch for _, stretch in sorted(placed, key=lambda one: one[0])]
    if _typed(in_order) != _typed(stretches):
        doubts.append(Doubt("The sections stood in another order and were put into that of every pack."))
    return in_order


def _typed(stretches: Iterable[Stretch]) -> list[SectionType]:
    return [stretch.type for stretch in stretches if stretch.type is not SectionType.OTHER]


def beginning(text: str) -> str:
    """The first words of a text, by which a person finds it again."""
    words = text.split()
    return " ".join(words[:8]) + (" …" if len(words) > 8 else "")
