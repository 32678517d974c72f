"""A briefing out of plain text: typed, in Markdown, or pasted from a PDF, from slides, from a mail.

What was pasted has lost its looks: lines end where the page was full, pages end in the middle of sentences, and
between them stand numbers and running heads. Lines of one paragraph are put together again, and what belongs to the
paper is set apart. Every pass over the text takes time in proportion to its length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from app.packs.blocks import Block, Kind, LeftOver, Pieces
from app.packs.bullets import RULE, SIGN, Item, is_ended, is_short, item_of, joined, page_of
from app.packs.mail_reading import entitle, without_mail
from app.packs.marking import escaped, words_of
from app.packs.wordings import called
from app.text import clean

LARGEST = 300_000
"""Characters of a text."""
_HEADING = re.compile(r"(#{1,6})\s+(\S.*)")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_TABLE = re.compile(r"\|(.*)\|?")
_TABLE_RULE = re.compile(r"[|:\s-]+")
_PICTURE = re.compile(r"!\[[^\]\[]{0,1000}\]\([^)]{0,1000}\)")
_REFERENCE = re.compile(r"\[[^\]]+\]:\s+\S.*")
_BOLD_LINE = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1:?")
_EDGE = 2  # so many lines from the end of a page a running head may stand
_OFTEN = 3
_WIDEST = 140  # characters of a line of a page; what is longer is a paragraph on one line
_GAP = re.compile(r"\S {3,}\S")
_FEWEST_GAPS = 3
_FULL = 0.7  # of the width


def read_text(raw: str, *, is_markdown: bool = False) -> Pieces:
    """The pieces of a text. Markdown is read as such where the file is named so or has its headings. Raises `Invalid`
    where it is not text."""
    lines: list[str | None] = []
    for page in raw.split("\f"):
        lines += [None, *clean(page.removeprefix("\ufeff")).split("\n")]
    pieces = Pieces()
    lines, subject = without_mail(lines, pieces)
    marked = is_markdown or any(_HEADING.fullmatch(line.strip()) for line in lines if line)
    reading = _Reading(marked, _width(lines), pieces)
    _doubt_columns(lines, pieces)
    for line in _of_paper(_with_signs(lines[1:]), pieces):
        reading.take(line)
    reading.end()
    reading.tell_signs()
    entitle(pieces, subject)
    return pieces


def _width(lines: Sequence[str | None]) -> int:
    """How long a full line is: nine of ten are no longer. 0 where lines do not end because they are full: where those
    after long ones hardly ever begin within a sentence, each line is a paragraph."""
    lengths = sorted(len(line) for line in lines if line and line.strip())
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    after = [
        behind.strip()
        for line, behind in pairwise(lines)
        if line and behind and _is_full(line, width) and behind.strip() and not _is_start(behind.strip())
    ]
    within = sum(line[0].islower() for line in after)
    return width if width <= _WIDEST and 4 * within >= len(after) else 0


def _is_full(line: str, width: int) -> bool:
    """Whether a line could have ended because the page did."""
    return width * _FULL > 50 and width * _FULL <= len(line) <= width * 1.5


def _is_start(line: str) -> bool:
    """Whether a line begins something new by what it says: an item, or a heading that briefings have."""
    known = called(line) if is_short(line) else None
    return (known is not None and known.whole) or item_of(line) is not None


def _doubt_columns(lines: Sequence[str | None], pieces: Pieces) -> None:
    """Wide gaps within lines are told: nobody can say which column a line goes on in."""
    said = (line.strip() for line in lines if line)
    gaps = [line for line in said if _GAP.search(found.text if (found := item_of(line)) else line)]
    if len(gaps) >= _FEWEST_GAPS:
        pieces.doubts.append(
            f"{len(gaps)} lines have wide gaps in them, as where text stood in columns beside each other. The first is "
            f"“{' '.join(gaps[0].split()[:8])}”. See that its words stand in the right order."
        )


def _with_signs(lines: Sequence[str | None]) -> list[str | None]:
    """The lines, where the sign of an item that stood alone is put before the words below it."""
    made, sign = list[str | None](), ""
    for line, behind in pairwise([*lines, None]):
        words = f"{sign} {line.strip()}" if sign and line else line
        said = (behind or "").strip()
        sign = ""
        if words and SIGN.fullmatch(words.strip()) and said and not item_of(said) and not SIGN.fullmatch(said):
            sign = words.rstrip()
        else:
            made.append(words)
    return made


def _of_paper(lines: Sequence[str | None], pieces: Pieces) -> Iterator[str | None]:
    """The lines without numbers of pages and running heads; None where a page ends."""
    numbers = _page_numbers(lines)
    heads = _running_heads(lines, numbers)
    for place, line in enumerate(lines):
        if line is not None and place in numbers:
            pieces.left_over.append(LeftOver(line.strip(), "the number of a page"))
            yield None
        elif line is not None and place in heads:
            pieces.left_over.append(LeftOver(line.strip(), "a line that stands on every page"))
        else:
            yield line


def _page_numbers(lines: Sequence[str | None]) -> set[int]:
    """Where numbers of pages stand: alone on a line, each once, and no more of them missing than are there."""
    found = {
        place: page_of(line.strip()) for place, line in enumerate(lines) if line and page_of(line.strip()) is not None
    }
    bare = Counter(found.values())
    highest = max((number for number in bare if number is not None), default=0)
    return set(found) if found and max(bare.values()) == 1 and highest <= 3 * len(found) + 3 else set()


def _running_heads(lines: Sequence[str | None], numbers: set[int]) -> set[int]:
    """Where lines stand that are repeated near the ends of pages, whatever number is in them."""
    said = [place for place, line in enumerate(lines) if line is None or line.strip()]
    edges = {i for i, place in enumerate(said) if lines[place] is None or place in numbers}
    near = {i + step for i in edges for step in range(-_EDGE, _EDGE + 1)} - edges
    alike: dict[str, list[int]] = {}
    for i in sorted(near):
        if 0 <= i < len(said) and (line := lines[said[i]]) and not item_of(line.strip()):
            alike.setdefault(re.sub(r"\d+", "0", line.strip()), []).append(said[i])
    return {place for places in alike.values() if len(places) >= _OFTEN for place in places}


def _is_like_numbered_heading(block: Block) -> bool:
    """Whether an item with a number could be the heading of what stands below."""
    return block.kind is Kind.ITEM and block.ordered and is_short(block.text) and not is_ended(block.text)


@dataclass
class _Reading:
    """Lines on their way to blocks. `_open` is the block that the next line may go on."""

    marked: bool
    width: int
    pieces: Pieces
    _open: Block | None = None
    _lines: int = 0
    _last: str = ""
    _levels: list[tuple[int, str]] = field(default_factory=list)
    _signs: list[str] = field(default_factory=list)
    _number: int = 1
    _numbered: list[str] = field(default_factory=list)

    def take(self, line: str | None) -> None:
        """One line; None where a page ends."""
        if line is None:
            self._levels.clear()
            self.end()
            self.pieces.blocks.append(Block(Kind.BREAK))
        elif not line.strip():
            self.end()
        elif not self._special(line.strip()):
            self._words(line)

    def _special(self, line: str) -> bool:
        """Headings, rules, tables, and what Markdown has beside text."""
        heading = _HEADING.fullmatch(line) if self.marked else None
        row = _TABLE.fullmatch(line) if line.count("|") > 1 else None
        if heading:
            self._begin(Block(Kind.HEADING, *self._both(heading[2].rstrip("# \t")), level=len(heading[1])), line)
            self.end()
        elif self.marked and self._open and self._lines == 1 and _UNDERLINE.fullmatch(line):
            self._open = Block(Kind.HEADING, self._open.text, self._open.markdown, level=1 + (line[0] == "-"))
            self._leave(line, "a line drawn under a heading")
            self.end()
        elif RULE.fullmatch(line) or (row and _TABLE_RULE.fullmatch(line)):
            self.end()
            self._leave(line, "a line drawn across the page")
        elif row:
            cells = " | ".join(cell.strip() for cell in line.strip("|").split("|"))
            self._begin(Block(Kind.ITEM, *self._both(cells), place="in a table"), line)
            self.end()
        elif self.marked and _REFERENCE.fullmatch(line):
            self._leave(line, "an address that the text refers to")
        else:
            return False
        return True

    def _words(self, line: str) -> None:
        text = line.strip()
        item = item_of(text)
        within = item is not None and self._is_within(item)
        if item and not within and not self._is_heading(item):
            depth = self._depth(len(line) - len(line.lstrip()), "1" if item.ordered else item.sign)
            self._signs += [item.sign] if any(c.isalnum() for c in item.sign) else []
            self._begin(
                Block(Kind.ITEM, *self._both(item.text), level=depth, ordered=item.ordered, start=item.number), line
            )
        elif self._open and (within or self._goes_on(text)):
            more, marked = self._both(text)
            whole = joined(self._open.text, more)
            if len(whole) == len(self._open.text) + len(more) and "\u00ad" not in self._open.text[-1:]:
                self.pieces.doubts.append(
                    f"A word is divided at the end of a line: “{self._open.text.split()[-1]}{more.split()[0]}”."
                )
            self._open = replace(self._open, text=whole, markdown=joined(self._open.markdown, marked))
            self._lines, self._last = self._lines + 1, line
        else:
            self._begin(Block(Kind.PARAGRAPH, *self._both(text.lstrip("> ") if self.marked else text)), line)

    def _is_within(self, item: Item) -> bool:
        """Whether a number stands within a sentence: after a full line that did not end, where no list goes on."""
        block, last = self._open, self._last.strip()
        if block is None or not item.ordered or not _is_full(self._last, self.width) or is_ended(last):
            return False
        goes_on = block.kind is Kind.ITEM and block.ordered and item.number in (1, self._number + 1)
        return not goes_on and item.sign.strip("().") not in ("1", "a", "i") and not self._is_heading(item)

    def _is_heading(self, item: Item) -> bool:
        """Whether a line with a number is the heading of a section."""
        known = called(item.text) if item.ordered and is_short(item.text) else None
        return known is not None and known.whole and not self.marked

    def _goes_on(self, text: str) -> bool:
        """Whether a line goes on the one before it: who types by hand ends a line where she means to."""
        if self.marked or text[:1].islower():
            return True
        ends = is_ended(self._last.strip()) and is_short(text) and not _is_full(text, self.width)
        return _is_full(self._last, self.width) and not ends and not _is_start(text)

    def _depth(self, indent: int, sign: str) -> int:
        """How deep an item stands, by where it begins and which sign it has."""
        levels = self._levels
        while levels and (levels[-1][0] > indent or (levels[-1][1] != sign and sign in [known for _, known in levels])):
            levels.pop()
        if not levels or levels[-1][0] < indent or levels[-1][1] != sign:
            levels.append((indent, sign))
        return min(len(levels) - 1, 5)

    def _both(self, text: str) -> tuple[str, str]:
        """A line as it is read and in Markdown."""
        if not self.marked:
            return text, escaped(text)
        for shown in _PICTURE.finditer(text):
            self._leave(shown[0], "a picture and what it shows")
        words = _PICTURE.sub("", text).replace("<", "\\<").strip()
        said = words_of(words)
        if not said and any(character.isalnum() for character in words):  # the number of an item without words
            return words, escaped(words)
        return said, words

    def _leave(self, text: str, why: str) -> None:
        self.pieces.left_over += [LeftOver(text.strip(), why)] if text.strip() else []

    def _begin(self, block: Block, line: str) -> None:
        self.end()
        if block.kind is not Kind.ITEM:
            self._levels.clear()
        said = self.pieces.blocks
        alone = said and _is_like_numbered_heading(said[-1]) and not (len(said) > 1 and said[-2].ordered)
        if alone and block.kind is Kind.PARAGRAPH and not called(block.text):
            self._numbered.append(said[-1].text)
        self._open, self._lines, self._last, self._number = block, 1, line, block.start

    def end(self) -> None:
        """Nothing goes on the block that was open."""
        block, self._open = self._open, None
        if block is None or not block.text:
            return
        bold = _BOLD_LINE.fullmatch(block.markdown) if self.marked else None
        if block.kind is Kind.PARAGRAPH and self._lines == 1 and is_short(block.text):
            block = Block(Kind.LIKE_HEADING, block.text, bold[2] if bold else block.markdown, level=1 if bold else 2)
        self.pieces.blocks.append(block)

    def tell_signs(self) -> None:
        """Numbers and letters that were typed before items: the pack counts for itself. And which may be headings."""
        if self._numbered:
            more = f", and {len(self._numbered) - 3} more" if len(self._numbered) > 3 else ""
            said = ", ".join(f"“{text}”" for text in self._numbered[:3])
            self.pieces.doubts.append(
                f"A number stood before {said}{more}, with text below. That was taken for a list. See whether it is a "
                "heading."
            )
        self._leave(" ".join(self._signs), "the numbers or letters of lists")
