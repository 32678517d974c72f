"""A briefing that was read, as the beginning of a pack: sections in Markdown, points, recommendations, and facts.

Every word of the source stands in the pack or in `left_over`: where a heading became that of every pack, or a line a
date, it is left over unless the pack says its words all the same. What a pack wants and no source says (a note for each
point) stays empty, to be written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.packs import guessing
from app.packs.arranging import Arranged, arranged, beginning
from app.packs.blocks import Block, Kind, LeftOver, Pieces, markdown_of
from app.packs.content import PointKind, SectionType, when_words
from app.packs.drafted import Drafted, PointDrafted, RecommendationDrafted, SectionDrafted
from app.packs.fitting import (
    LONGEST_HEADING,
    LONGEST_QUESTION,
    LONGEST_SOURCE,
    LONGEST_TITLE,
    cut,
    cut_question,
    stands,
)
from app.packs.marking import escaped
from app.packs.sections import COUNTED, INTRODUCED
from app.packs.stretches import Doubt, Stretch
from app.packs.wordings import NUMBERED
from app.text import counted

REVIEWED_AFTER = timedelta(days=365)
_BESIDE_TITLE = 3  # so many blocks behind the title stand beside it


@dataclass
class Imported:
    """What came of a document; `doubts` is what a person should check."""

    drafted: Drafted
    doubts: list[Doubt]
    left_over: list[LeftOver]

    def doubt(self, what: str, where: str = "") -> None:
        """Something that a person should look at."""
        self.doubts.append(Doubt(what, where))


def imported(pieces: Pieces, today: date) -> Imported:
    """The beginning of a pack, out of the pieces of a document; `today` is when it was read."""
    found = arranged(pieces)
    made = Imported(_facts(found, pieces, today), found.doubts, found.left_over)
    _open(made, found, pieces)
    for stretch in found.stretches:
        _place(made, stretch)
    _missing(made)
    return made


def _facts(found: Arranged, pieces: Pieces, today: date) -> Drafted:
    texts = [found.title, *(block.text for block in pieces.blocks)]
    name, short = guessing.publisher(texts)
    title = found.title or pieces.called
    kind = guessing.type_of(title, texts)
    return Drafted(
        title=cut(title, LONGEST_TITLE)[0],
        short_title=guessing.shortened(title),
        type=kind.value if kind else "",
        source_name=name,
        source_partnership=short.lower(),
        source_title=cut(title, LONGEST_SOURCE)[0],
        source_date="",
        source_url="",
        published="",
        review=(today + REVIEWED_AFTER).isoformat(),
        sections=[],
        points=[],
        recommendations=[],
        glossary=[],
        links=[],
        watch=[],
        topics=[],
        audience=[],
    )


def _open(made: Imported, found: Arranged, pieces: Pieces) -> None:
    """What stands before the first section: the title, a date, and words that are put under the first heading."""
    drafted, rest = made.drafted, list[Block]()
    title = found.title or pieces.called
    if end := cut(title, LONGEST_TITLE)[1]:
        made.left_over.append(LeftOver(end, "the end of the title"))
        made.doubt(f"The title is {len(title)} characters long. {LONGEST_TITLE} at most: its end is left over.")
    for block in found.before:
        if block.kind is Kind.BREAK:
            continue
        short = block.kind is not Kind.PICTURE and len(block.text.split()) <= 8
        when = guessing.date_in(block.text) if short and not drafted["published"] else None
        if when:
            drafted["published"] = when.written
            _doubt_date(made, block.text, when, beside=block in found.before[:_BESIDE_TITLE])
            if not stands(block.text, when_words(when.written)):
                made.left_over.append(LeftOver(block.text, f"it became the date {when_words(when.written)}"))
        else:
            rest.append(block)
    if not drafted["published"]:
        said = [found.title, *(block.text for block in pieces.blocks[:12] if not block.audience)]
        text, when = next(((text, one) for text in said if (one := guessing.date_in(text))), ("", None))
        if when:
            drafted["published"] = when.written
            _doubt_date(made, text, when, beside=text == found.title)
    if rest:
        _before(made, found, rest)


def _doubt_date(made: Imported, text: str, when: guessing.When, *, beside: bool) -> None:
    """A date is that of publication where it stands alone, beside the title or beside a word that says so."""
    if not beside and text != when.words and not guessing.SAYS_WHEN.search(text):
        made.doubt(f"The date {when_words(when.written)} was found in “{beginning(text)}”: see whether it is right.")


def _before(made: Imported, found: Arranged, rest: list[Block]) -> None:
    first = next((s for s in found.stretches if s.type is SectionType.BACKGROUND), None)
    if first is None:
        first = Stretch(SectionType.BACKGROUND, "", 0)
        found.stretches.insert(0, first)
    first.blocks = [*rest, *first.blocks]
    what = f"{counted(len(rest), 'paragraph')} from before the first heading"
    made.doubt(f"{what} {'stands' if len(rest) == 1 else 'stand'} at the beginning of “{first.title}”.", first.title)


def _place(made: Imported, stretch: Stretch) -> None:
    if stretch.type is not SectionType.RECOMMENDATIONS:
        stretch.blocks = list(map(_with_audience, stretch.blocks))
    if stretch.type is SectionType.POINTS_FOR_DISCUSSION:
        body = _points(made, stretch)
    elif stretch.type is SectionType.RECOMMENDATIONS:
        body = _recommendations(made, stretch)
    else:
        body = list(_listed(made, stretch))
    own = stretch.type is SectionType.OTHER
    title, rest = cut(stretch.title, LONGEST_HEADING) if own else (stretch.title, "")
    head = [*_heading(made, stretch), *([Block(Kind.PARAGRAPH, rest, escaped(rest))] if rest else [])]
    markdown = markdown_of([*head, *body])
    made.drafted["sections"].append(SectionDrafted(type=stretch.type.value, title=title, markdown=markdown))
    if own and stretch.known is None:
        made.doubt(f"“{stretch.heading}” is no heading that every pack has, so it became a section of its own.", title)
    if not stretch.says:
        made.doubt(f"“{stretch.heading}” stands over nothing. Move its text under it, or take it out.", title)
    for block in stretch.says:
        if block.kind is Kind.PICTURE and not block.text:
            made.doubt(f"A picture in “{title}” has no words. Write what it shows.", title)
    if any(block.place for block in stretch.says):
        place = next(block.place for block in stretch.says if block.place)
        made.doubt(f"Some of “{title}” stood {place}. See that it reads well as text.", title)


def _with_audience(block: Block) -> Block:
    """A row of a table of recommendations that stands elsewhere: whom it is for is one of its words there."""
    if not block.audience:
        return block
    more = f" ({escaped(block.audience)})"
    return replace(block, text=f"{block.text} ({block.audience})", markdown=block.markdown + more, audience="")


def _heading(made: Imported, stretch: Stretch) -> list[Block]:
    """What becomes of a heading of which the pack's own does not say every word: one that says more than a section is
    called stays, below the pack's own; any other is left over."""
    heading, number = stretch.heading.strip(), NUMBERED.match(stretch.heading.strip())
    if stands(heading, stretch.title):
        return []
    if number and stands(heading[number.end() :], stretch.title):
        made.left_over.append(LeftOver(number[0].strip(), "the number of a heading"))
    elif stretch.known and not stretch.known.whole and stretch.type not in INTRODUCED:
        return [Block(Kind.HEADING, heading, escaped(heading), 9)]
    else:
        made.left_over.append(LeftOver(heading, f"a heading, now “{stretch.title}”"))
    return []


def _listed(made: Imported, stretch: Stretch) -> Iterator[Block]:
    """The blocks of a section. One that is a list in every pack becomes one where it was typed in paragraphs."""
    said = stretch.says
    if stretch.type not in COUNTED or stretch.lists or not said:
        yield from said
        return
    made.doubt(f"“{stretch.title}” was typed as paragraphs; each became an item of its list.", stretch.title)
    for block in said:
        yield (
            block
            if block.kind in (Kind.HEADING, Kind.PICTURE)
            else Block(Kind.ITEM, block.text, block.markdown, 0, False, block.place)
        )


def _points(made: Imported, stretch: Stretch) -> list[Block]:
    """The questions, and what introduces them. What stands under a question is the beginning of its note."""
    introduction, asked = _asked(stretch)
    taken = set[str]()
    for question, below in asked:
        text, rest = cut_question(question.text)
        if rest:
            made.doubt(
                f"A question was longer than {LONGEST_QUESTION} characters: its end is in its note.", stretch.title
            )
        kind = guessing.kind_of(text)
        if kind is PointKind.KNOWLEDGE_CHECK:
            made.doubt(f"“{text}” asks what people know, so it is a knowledge check.", stretch.title)
        key = guessing.key_for(text, taken)
        taken.add(key)
        body = [Block(Kind.PARAGRAPH, rest, escaped(rest))] if rest else []
        note = markdown_of([*body, *(_raised(block) for block in below if block.kind is not Kind.HEADING)])
        made.drafted["points"].append(PointDrafted(key=key, kind=kind.value, question=text, note=note))
        _leave_headings(made, below)
    _leave_headings(made, introduction)
    return [block for block in introduction if block.kind is not Kind.HEADING]


def _asked(stretch: Stretch) -> tuple[list[Block], list[tuple[Block, list[Block]]]]:
    """What stands before the questions, and each question with what stands below it."""
    introduction, asked = list[Block](), list[tuple[Block, list[Block]]]()
    for block in stretch.says:
        if block.kind is Kind.PICTURE:  # a note holds none
            introduction.append(block)
            continue
        question = block.level == 0 and block.kind is Kind.ITEM if stretch.lists else block.text.endswith("?")
        if question:
            asked.append((block, []))
        else:
            (asked[-1][1] if asked else introduction).append(block)
    return introduction, asked


def _raised(block: Block) -> Block:
    """An item that stood below a question, as one of a list of its own."""
    return replace(block, level=max(block.level - 1, 0))


def _recommendations(made: Imported, stretch: Stretch) -> list[Block]:
    """What should change, and what introduces it. An item below another is a part of it."""
    introduction, said = list[Block](), list[list[Block]]()
    for block in _addressed(made, stretch):
        if block.kind is Kind.ITEM and block.level and said:
            said[-1].append(block)
        elif block.kind is Kind.ITEM or (
            not stretch.lists and block.kind is Kind.PARAGRAPH and not block.text.endswith(":")
        ):
            said.append([block])
        else:
            introduction.append(block)
            if said and block.kind is not Kind.HEADING:  # which is left over
                made.doubt(
                    f"“{beginning(block.text) or 'A picture'}” stood after recommendations and is now above them.",
                    stretch.title,
                )
    taken = {point["key"] for point in made.drafted["recommendations"]}
    for blocks in said:
        text = " ".join(block.text for block in blocks)
        key, audience = guessing.key_for(text, taken), blocks[0].audience or guessing.addressee(text)
        taken.add(key)
        made.drafted["recommendations"].append(RecommendationDrafted(key=key, audience=audience, text=text))
    _leave_headings(made, introduction)
    return [block for block in introduction if block.kind is not Kind.HEADING]


def _addressed(made: Imported, stretch: Stretch) -> Iterator[Block]:
    """What stands under recommendations, each for whom the heading right above it says."""
    above, whom = "", ""
    for block in stretch.says:
        if block.kind is Kind.HEADING:
            above, whom = block.text, guessing.whom(block.text)
        elif above and whom:
            made.doubt(f"“{above}” became whom the recommendations below it are for.", stretch.title)
            above = ""
        yield replace(block, audience=block.audience or whom)


def _leave_headings(made: Imported, blocks: Sequence[Block]) -> None:
    made.left_over += [
        LeftOver(b.text, "a heading inside a list of the pack") for b in blocks if b.kind is Kind.HEADING
    ]


def _missing(made: Imported) -> None:
    """What no document says, and what this one did not."""
    drafted = made.drafted
    unaddressed = sum(not said["audience"] for said in drafted["recommendations"])
    wanted = {
        "No points for discussion were found. Mark the sentences that ask something.": not drafted["points"],
        f"{counted(unaddressed, 'recommendation')} should say whom it is for.": unaddressed == 1,
        f"{counted(unaddressed, 'recommendation')} should each say whom they are for.": unaddressed > 1,
        "No title was found.": not drafted["title"],
        "No date was found on which it was published.": not drafted["published"],
        "It does not say which partnership it comes from.": not drafted["source_name"],
        "It does not say of which type the briefing is.": not drafted["type"],
    }
    made.doubts += [Doubt(what) for what, is_so in wanted.items() if is_so]
