"""Words of the library: what a pack says in plain words, the words that are looked for, and where they stand.

Text and question are cut into words by the same rule, here and not by the databases, which disagree about hyphens,
slashes and apostrophes; so nothing that a stranger types reaches a database as anything but words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.packs.content import GlossaryTerm, PackContent, SectionType
from app.packs.sections import plain_note

MOST_WORDS, LONGEST_WORD, LONGEST_QUESTION = 12, 40, 200
MOST_INDEXED = 400_000  # bytes: PostgreSQL refuses an index entry of more than a megabyte, and no briefing is so long
GLOSSARY = "What the words mean"
ROUND_IT = 90  # characters of the text on either side of a word that was found

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = re.compile(r"(?<=\w{3})(?:ies|ied|ing|ed|es|s|y|e)\Z")
# The words that PostgreSQL leaves out of an English index. SQLite keeps them, so they are left out of what is asked.
_IN_EVERY_TEXT = re.compile(
    "i|me|my|myself|we|our|ours|ourselves|you|your|yours|yourself|yourselves|he|him|his|himself|she|her|hers|herself|it"
    "|its|itself|they|them|their|theirs|themselves|what|which|who|whom|this|that|these|those|am|is|are|was|were|be|been"
    "|being|have|has|had|having|do|does|did|doing|a|an|the|and|but|if|or|because|as|until|while|of|at|by|for|with|about"
    "|against|between|into|through|during|before|after|above|below|to|from|up|down|in|out|on|off|over|under|again"
    "|further|then|once|here|there|when|where|why|how|all|any|both|each|few|more|most|other|some|such|no|nor|not|only"
    "|own|same|so|than|too|very|s|t|can|will|just|don|should|now"
)


@dataclass(frozen=True)
class Extract:
    """Where words were found: the section, and the text before, at and after the first of them."""

    where: str
    before: str
    hit: str
    after: str


def indexed(text: str) -> str:
    """A text as it is searched: its words in lower case with a space between them."""
    words = " ".join(_WORD.findall(text.casefold()))
    return words.encode()[:MOST_INDEXED].decode(errors="ignore")


def asked_for(question: str) -> tuple[str, ...]:
    """The words that somebody looks for; none where there are only words that stand in every text."""
    words = _WORD.findall(question[:LONGEST_QUESTION].casefold())
    told = dict.fromkeys(word[:LONGEST_WORD] for word in words if not _IN_EVERY_TEXT.fullmatch(word))
    return tuple(told)[:MOST_WORDS]


def parts(content: PackContent) -> list[list[str]]:
    """The sections of a pack in plain words, each as its heading and its text; the glossary is the last."""
    found = [[section.title, _text(content, section.type, section.markdown)] for section in content.sections]
    terms = "\n".join(map(_term, content.glossary))
    return [*found, [GLOSSARY, terms]] if terms else found


def head(content: PackContent) -> str:
    """What counts for more than the rest: titles and topics."""
    return indexed(" ".join([content.title, content.short_title, *content.topics]))


def body(content: PackContent, told: Sequence[Sequence[str]]) -> str:
    """The rest: the source, whom it is for, and every part."""
    source = content.source
    return indexed(" ".join([source.name, source.title, *content.audience, *(" ".join(part) for part in told)]))


def _text(content: PackContent, kind: SectionType, markdown: str) -> str:
    lists = {
        SectionType.RECOMMENDATIONS: [f"{said.text} ({said.audience})" for said in content.recommendations],
        SectionType.POINTS_FOR_DISCUSSION: [point.question for point in content.points],
    }
    return "\n".join([plain_note(markdown), *lists.get(kind, ())]).strip()


def _term(entry: GlossaryTerm) -> str:
    return f"{entry.term} ({entry.full}): {entry.meaning}" if entry.full else f"{entry.term}: {entry.meaning}"


def extract(told: Sequence[Sequence[str]], words: Sequence[str]) -> Extract | None:
    """The part in which most of the words stand, round the first of them. None where they stand in no part, such as in
    the title alone."""
    roots = [_ENDINGS.sub("", word) for word in words]
    best, most = None, 0
    for where, text in told:
        folded = text.lower()
        if len(folded) != len(text):  # a few letters are two in lower case, and places would no longer agree
            folded = text
        found = [at for root in roots if (at := _first(folded, root)) >= 0]
        if len(found) > most:
            best, most = _round(where, text, min(found)), len(found)
    return best


def _first(folded: str, root: str) -> int:
    """Where a word first begins so; -1 for nowhere."""
    at = folded.find(root)
    while at > 0 and folded[at - 1].isalnum():
        at = folded.find(root, at + 1)
    return at


def _round(where: str, text: str, start: int) -> Extract:
    found = _WORD.match(text, start)
    end = found.end() if found else start
    before, after = text[max(0, start - ROUND_IT) : start], text[end : end + ROUND_IT]
    if start > ROUND_IT:
        before = f"…{before.partition(' ')[2]}"
    if end + ROUND_IT < len(text):
        after = f"{after.rpartition(' ')[0]}…"
    return Extract(where, *(piece.replace("\n", " ") for piece in (before, text[start:end], after)))
