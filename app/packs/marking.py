"""Plain words into Markdown that says exactly these words, and Markdown into plain words.

What is written by hand may hold any character; whatever Markdown would take for a sign of its own is escaped, and only
that, because people edit the result as they read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.packs.content import is_web_address

_READER = MarkdownIt("commonmark", {"html": False})
_SIGNS = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])"  # an escape
    r"|`"
    r"|(?<!\s)\*|\*(?!\s|$)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|[\[\]]"
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
)
_LINK = re.compile(r"\][(:\[]")
_BEGINNING = re.compile(
    r"(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|~{3,}|={1,}\s*$|-{1,}\s*$|(?:[-*_]\s*){3,}$)|(\d{1,9})([.)])(?=\s|$)"
)


@dataclass(frozen=True)
class Run:
    """Some words with one look: bold, in italics, leading to an address."""

    text: str
    bold: bool = False
    italic: bool = False
    address: str = ""


def _without_signs(text: str) -> str:
    """A text whose signs Markdown takes for letters. Brackets are none unless something stands close behind one."""
    links = bool(_LINK.search(text))
    return _SIGNS.sub(lambda sign: sign[0] if sign[0] in "[]" and not links else "\\" + sign[0], text)


def escaped(text: str) -> str:
    """One line of plain words, as Markdown that says them."""
    within = _without_signs(text)
    begun = _BEGINNING.match(within)
    if begun is None:
        return within
    if begun[2]:
        return f"{begun[2]}\\{within[begun.start(3) :]}"
    return f"\\{within}"


def marked(runs: Sequence[Run]) -> str:
    """One line of words with their looks, as Markdown; without looks where Markdown could not show them here."""
    plain = "".join(run.text for run in runs)
    made = "".join(map(_looked, _together(runs)))
    return made if words_of(made) == " ".join(plain.split()) else escaped(" ".join(plain.split()))


def words_of(markdown: str, env: MutableMapping[str, Any] | None = None) -> str:
    """What Markdown says, as plain words with single spaces: every block, without list marks. `env` is what the parser
    keeps of the text around it: the addresses to which it refers."""
    return " ".join(" ".join(_said(_READER.parse(markdown, env))).split())


def _said(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield "".join(child.content or " " * child.type.endswith("break") for child in token.children or ())
        elif token.type in ("fence", "code_block"):
            yield token.content


def _together(runs: Sequence[Run]) -> Iterator[Run]:
    """Neighbours of one look as one; spaces at the ends of a look stand outside it, as Markdown wants."""
    joined: list[Run] = []
    for run in runs:
        if joined and (joined[-1].bold, joined[-1].italic, joined[-1].address) == (run.bold, run.italic, run.address):
            joined[-1] = Run(joined[-1].text + run.text, run.bold, run.italic, run.address)
        elif run.text:
            joined.append(run)
    for run in joined:
        words = run.text.strip()
        before = run.text[: len(run.text) - len(run.text.lstrip())]
        yield Run(before)
        yield Run(words, run.bold, run.italic, run.address)
        yield Run(run.text[len(before) + len(words) :])


def _looked(run: Run) -> str:
    if not run.text or run.text.isspace():
        return run.text
    words = _without_signs(run.text)
    sign = "***" if run.bold and run.italic else "**" if run.bold else "*" if run.italic else ""
    words = f"{sign}{words}{sign}"
    return f"[{words}](<{run.address}>)" if is_web_address(run.address) and "<" not in run.address else words
