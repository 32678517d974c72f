"""What a mail has beside the briefing in it: who sent it to whom, a greeting, signs of what is quoted, a signature.

It is taken out before the text is read, and listed as left over. What a signature holds is nobody's guess, so that a
person is told where it began.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.packs.arranging import titled
from app.packs.blocks import Block, Kind, LeftOver, Pieces
from app.packs.bullets import is_short
from app.packs.marking import escaped
from app.packs.wordings import called

Lines = Sequence[str | None]
_FEWEST = 3  # so many lines make the head of a mail, or show that lines are quoted
_QUOTED = re.compile(r"\s*>[>\s]*")
_HEAD = re.compile(r"(from|sent|to|cc|bcc|subject|date|reply-to|importance|attachments?):(?:\s+(\S.*))?", re.IGNORECASE)
_ABOVE_HEAD = re.compile(r"-*\s?(?:begin )?(?:original|forwarded) message\s?:?-*", re.IGNORECASE)
_SENT_ON = re.compile(r"(?:(?:fwd?|re)\s*:\s*)+", re.IGNORECASE)
_GREETING = re.compile(
    r"(?:dear|hi|hello|good (?:morning|afternoon)|annwyl|prynhawn da|bore da)(?: [^\s.?:]+){0,4}[,!]?", re.IGNORECASE
)
_END = re.compile(
    r"(?:with )?(?:(?:kind|kindest|best|warm|warmest) (?:regards|wishes)|regards|yours (?:sincerely|faithfully)|"
    r"cofion(?: cynnes| gorau)?)[,.!]?",
    re.IGNORECASE,
)
_END_OF_MAIL = re.compile(r"--|(?:many |with )?thanks[,.!]?|diolch(?: yn fawr)?[,.!]?", re.IGNORECASE)


@dataclass
class Subject:
    """What a mail is about, as it was typed and without what says that it was sent on."""

    line: str = ""
    words: str = ""


def without_mail(lines: Lines, pieces: Pieces) -> tuple[list[str | None], Subject]:
    """The lines of the text in a mail, what it was about, and in `left_over` what else it had."""
    quoted = {place for place, line in enumerate(lines) if line and line.lstrip().startswith(">")}
    quoted = quoted if len(quoted) >= _FEWEST else set()
    text = [_QUOTED.sub("", line, 1) if line and place in quoted else line for place, line in enumerate(lines)]
    heads = _heads(text)
    changes = (
        {place for place in range(1, len(lines)) if (place in quoted) != (place - 1 in quoted)} if quoted else set()
    )
    kept = list(text)
    subject = _leave_heads(kept, heads, pieces)
    is_mail = bool(quoted or heads) | _leave_greetings(kept, heads, pieces)
    _leave_ends(kept, {head.start for head in heads} | changes, is_mail, pieces)
    return kept, subject


def _heads(lines: Lines) -> list[range]:
    """Where the heads of mails stand."""
    heads, names, before = list[range](), list[str](), ""
    for place, line in enumerate([*lines, None]):
        found = _HEAD.fullmatch((line or "").strip())
        if found:
            names.append(found[1].lower())
        elif line and line.strip() and names and names[-1] in ("to", "cc", "bcc") and before.endswith((";", ",")):
            names.append(names[-1])
        else:
            if len(names) >= _FEWEST and {"from", "to"} & {*names} and {"subject", "sent", "date"} & {*names}:
                heads.append(range(place - len(names), place))
            names = []
        before = (line or "").strip()
    return heads


def _leave_heads(kept: list[str | None], heads: Sequence[range], pieces: Pieces) -> Subject:
    subject = Subject()
    for head in heads:
        for place in head:
            line = (kept[place] or "").strip()
            found = _HEAD.fullmatch(line)
            if found and found[1].lower() == "subject" and found[2] and not subject.line:
                subject = Subject(line, _SENT_ON.sub("", found[2], 1))
            else:
                pieces.left_over.append(LeftOver(line, "the head of an e-mail"))
            kept[place] = ""
    for place, said in enumerate(kept):
        if heads and said and _ABOVE_HEAD.fullmatch(said.strip()):
            pieces.left_over.append(LeftOver(said.strip(), "the head of an e-mail"))
            kept[place] = ""
    return subject


def _leave_greetings(kept: list[str | None], heads: Sequence[range], pieces: Pieces) -> bool:
    """A greeting stands first, or first after the head of a mail. Whether there was one."""
    after, found = {head.stop for head in heads}, False
    first = True
    for place, line in enumerate(kept):
        first = first or place in after
        if line and line.strip():
            if first and _GREETING.fullmatch(line.strip()):
                pieces.left_over.append(LeftOver(line.strip(), "the greeting of an e-mail"))
                kept[place], found = "", True
            first = False
    return found


def _leave_ends(kept: list[str | None], others: set[int], is_mail: bool, pieces: Pieces) -> None:
    """From words of goodbye on all is left over, up to another mail, a page or a heading that briefings have. `others`
    is where another mail begins."""
    began = told = False
    for place, line in enumerate(kept):
        said = (line or "").strip()
        began = began and not (line is None or place in others or _begins(said))
        if not began and (_END.fullmatch(said) or (is_mail and _END_OF_MAIL.fullmatch(said))):
            began = True
            if not told:
                pieces.doubts.append(f"What stands from “{said}” on was taken for the end of an e-mail and left over.")
            told = True
        if began and said:
            pieces.left_over.append(LeftOver(said, "the end of an e-mail"))
            kept[place] = ""


def _begins(said: str) -> bool:
    known = called(said) if is_short(said) else None
    return known is not None and known.whole


def entitle(pieces: Pieces, subject: Subject) -> None:
    """The subject of a mail is the title where the text in it has none."""
    if not subject.line:
        return
    first = [place for place, block in enumerate(pieces.blocks) if block.text][:5]
    same = next((i for i in first if pieces.blocks[i].text.casefold() == subject.words.casefold()), None)
    if same is not None:
        block = pieces.blocks[same]
        pieces.blocks[same] = Block(Kind.HEADING, block.text, block.markdown)
    elif subject.words and not titled(pieces.blocks)[0]:
        pieces.blocks.insert(0, Block(Kind.HEADING, subject.words, escaped(subject.words)))
        before = subject.line.removesuffix(subject.words).strip()
        pieces.left_over.append(LeftOver(before, "the head of an e-mail"))
        pieces.doubts.append("The subject of the e-mail became the title.")
        return
    pieces.left_over.append(LeftOver(subject.line, "the head of an e-mail"))
