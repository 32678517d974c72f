"""What of a document's words has room in the places that a pack has for them, and what is left of them."""

from __future__ import annotations

import re
from collections import Counter

LONGEST_HEADING, LONGEST_TITLE, LONGEST_SOURCE, LONGEST_QUESTION = 100, 150, 250, 300
_WORD = re.compile(r"[^\W_]+")


def stands(words: str, there: str) -> bool:
    """Whether every word stands in a text, however it is written there."""
    said, found = (Counter(_WORD.findall(text.casefold())) for text in (words, there))
    return said <= found


def cut(text: str, longest: int) -> tuple[str, str]:
    """A text of a length that a line may have, ended between words where that can be, and what is left of it."""
    if len(text) <= longest:
        return text, ""
    kept = text[: longest + 1].rsplit(" ", 1)[0][:longest]
    return kept, text[len(kept) :].strip()


def cut_question(question: str) -> tuple[str, str]:
    """As `cut`, for a question, which ends with a sentence where that can be."""
    if len(question) <= LONGEST_QUESTION:
        return question, ""
    at = max(question.rfind(mark, 0, LONGEST_QUESTION) for mark in ("? ", ". ")) + 1 or question.rfind(
        " ", 0, LONGEST_QUESTION
    )
    at = at if at > 0 else LONGEST_QUESTION
    return question[:at].strip(), question[at:].strip()
