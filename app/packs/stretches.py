"""A briefing cut at its headings: what stands under each, and what a person should look at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.packs.blocks import BOXED, Block, Kind
from app.packs.content import SectionType
from app.packs.wordings import Called, bare, called

NO_WORDS = (Kind.BREAK, Kind.PICTURE)  # what is no word of the document's own flow


@dataclass(frozen=True)
class Doubt:
    """What a person should look at, as a sentence, and in which section."""

    what: str
    where: str = ""


@dataclass
class Stretch:
    """What stands under one heading. `level` is the heading's; `known` says by which words its type was known."""

    type: SectionType
    heading: str
    level: int
    known: Called | None = None
    blocks: list[Block] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The heading that it has in the pack."""
        return bare(self.heading) or self.heading if self.type is SectionType.OTHER else self.type.heading

    @property
    def lists(self) -> bool:
        """Whether it holds a list."""
        return any(block.kind is Kind.ITEM for block in self.blocks)

    @property
    def says(self) -> list[Block]:
        """Its blocks without the ends of pages."""
        return [block for block in self.blocks if block.kind is not Kind.BREAK]


def cut(flow: Sequence[Block], doubts: list[Doubt]) -> tuple[list[Block], list[Stretch]]:
    """What stands before the first section, and the sections as they come. A text box stands beside the text: what
    comes after it goes on with what stood before it."""
    levels = [b.level for b in flow if b.kind is Kind.HEADING]
    top = min((b.level for b in flow if b.kind is Kind.HEADING and called(b.text)), default=min(levels, default=0))
    before, stretches = list[Block](), list[Stretch]()
    own = aside = before  # what the text goes on with, and what the box beside it does
    all_in_boxes = all(b.place.startswith(BOXED) for b in flow if b.kind is Kind.HEADING)
    for block in flow:
        known = called(block.text) if block.kind is Kind.HEADING else None
        boxed = block.place.startswith(BOXED)
        if not boxed and aside is not own:
            _say_where(stretches, own, doubts)
            aside = own
        if block.kind is Kind.HEADING and (block.level <= top or not stretches or (known and known.whole)):
            stretches.append(Stretch(known.type if known else SectionType.OTHER, block.text, block.level, known))
            aside = stretches[-1].blocks
            own = own if boxed and not all_in_boxes else aside
        else:
            aside.append(block)
    for stretch in stretches:
        stretch.blocks = list(_from_the_edge(stretch.blocks))
    return before, stretches


def _say_where(stretches: Sequence[Stretch], own: list[Block], doubts: list[Doubt]) -> None:
    main = next((one for one in stretches if one.blocks is own), None)
    if main and main is not stretches[-1]:
        what = f"“{stretches[-1].heading}” stood in a text box: what comes after it was left in “{main.title}”."
        doubts.append(Doubt(what, main.title))


def _from_the_edge(blocks: Sequence[Block]) -> Iterator[Block]:
    """Lists whose outermost items stand at the edge, however far their document had moved them in."""
    for is_list, run in itertools.groupby(blocks, lambda block: block.kind is Kind.ITEM):
        items = list(run)
        edge = min(block.level for block in items) if is_list else 0
        yield from (replace(block, level=block.level - edge) for block in items) if edge else items
