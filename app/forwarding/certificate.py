"""The certificate of one version of minutes: one page in Word for whoever inspects, from plain values.

It says what was forwarded when to whom and what became of it, and holds nothing of what a team said. It is one page
whatever the history: long names are cut short, but for the briefing's title. No fact is cut: what does not fit is left
out whole, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from app import clock
from app.text import counted, single_line, words_joined
from app.web.word import About, Column, Paper

LINES = 41  # of a page in a wide font, without its title, its headings and the first rows of its tables
_BETWEEN = 0.7  # of a line, between two rows of a table
_HEADING = 3  # lines
_WIDE, _RECORDED, _ACROSS = (32, 53), (18, 68), 84  # characters on a line: of columns, and from edge to edge
_CAPITAL = 1.2  # of the width of a small letter
_SMALL = 0.8  # of the characters of a cell fit on a line of larger letters
_NAME, _TITLE = 54, 60  # characters, of what may be of any length
_BRIEFING = 150  # characters: as many as the title of a briefing may have, so that it stands there whole
_FACTS = (Column("The minutes", 4), Column("As recorded", 12))
_LETTERS = (Column("Email to", 6), Column("What became of it", 10))
_PEOPLE = (Column("Who", 6), Column("What and when", 10))
NO_DOCUMENT = "No Word document was kept: these minutes were loaded from an earlier record."
BEING_MADE = "The Word document is being made. Ask for this certificate again in a minute."
GONE = "No longer kept."
CHECK = (
    "Have a computer work out the digest of the copy: the same 64 characters show that it is the exact document. Any "
    "change gives others, saving it anew in Word too."
)
COMMANDS = (
    ("Windows, in Command Prompt", "certutil -hashfile FILE.docx SHA256"),
    ("Mac, in Terminal", "shasum -a 256 FILE.docx; on Linux: sha256sum FILE.docx"),
)
_RECORD = "The record:"
_MORE = "And {} of emails and people: see the record at the service."
LIMITS = "That a mail system took an email does not show that it arrived; that somebody opened the minutes does."


@dataclass(frozen=True)
class DocumentFacts:
    """What is known of the exact document: its digest (SHA-256), its size in bytes, when it was made; and whether it is
    still kept."""

    digest: str
    size: int
    made_at: datetime
    kept: bool = True


@dataclass(frozen=True)
class FileFacts:
    """What is known of the minutes in Word that the team attached: their digest (SHA-256), their size in bytes, when
    they were attached; and whether they are still kept. Not their name: it is the team's own words."""

    digest: str
    size: int
    attached_at: datetime
    kept: bool = True


@dataclass(frozen=True)
class Fact:
    """A whole sentence. One that matters `less` stands only where there is room for it beside all others."""

    words: str
    less: bool = False


@dataclass(frozen=True)
class Row:
    """A line of a table: whom it is about and what there is to say, oldest first."""

    who: str
    facts: tuple[Fact, ...]

    @property
    def what(self) -> str:
        """All that there is to say, as one text."""
        return " ".join(fact.words for fact in self.facts)


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """All that stands on a certificate. `letters` and `people` are whole, the most telling first; `document` is None
    where there is none, and then `waits` says whether one is still to come. `signed` is who asked for it, with a
    title, at the moment `as_of`. `corrected`: the number of the version that took its place, and when."""

    reference: str
    version: int
    organisation: str
    teams: tuple[str, ...]
    briefing_title: str
    short_title: str
    edition: int
    partnerships: tuple[str, ...]
    held_on: date
    sent_at: datetime
    sent_by: str
    document: DocumentFacts | None
    letters: tuple[Row, ...]
    people: tuple[Row, ...]
    signed: str
    as_of: datetime
    address: str
    own_file: FileFacts | None = None
    corrected: tuple[int, datetime] | None = None
    waits: bool = False
    marking: str = "OFFICIAL-SENSITIVE"


def certificate_document(facts: CertificateFacts) -> bytes:
    """The .docx of a certificate."""
    teams = _teams(facts)
    paper = Paper(_about(facts, teams))
    below = f"{teams}, {_short(facts.organisation, _NAME)}"
    paper.title("Certificate of forwarding", below)
    recorded, closing = _facts(facts), _closing(facts)
    paper.table("The minutes", _FACTS, recorded, shown=False)
    letters, people = _filled((facts.letters, facts.people), _room(facts, below, recorded, closing))
    paper.heading("What mail systems said", 1)
    _table(paper, "Emails", _LETTERS, letters, "" if facts.letters else "No email was sent with these minutes.")
    paper.heading("Who opened, acknowledged and shared them", 1)
    _table(paper, "People", _PEOPLE, people, "" if facts.people else "Nobody has opened them here so far.")
    if _has_file(facts):
        paper.heading("How to check a copy", 1)
    left = _number((*facts.letters, *facts.people)) - _number((*letters, *people))
    for words in (*closing[:-1], f"{_MORE.format(counted(left, 'more fact'))} {closing[-1]}" if left else closing[-1]):
        paper.text(words, "Cell")
    paper.link(_RECORD, facts.address)
    return paper.file()


def _number(rows: Iterable[Row]) -> int:
    return sum(len(row.facts) for row in rows)


def _room(facts: CertificateFacts, below: str, recorded: list[tuple[str, str]], closing: list[str]) -> float:
    """How many lines there are for emails and people."""
    below_tables = [*closing[:-1], f"{_MORE} {closing[-1]}"]
    larger = (below, f"{_RECORD} {facts.address}")
    return LINES - sum(
        (
            *(_height(who, what, _RECORDED) for who, what in recorded),
            *(_lines(words, _ACROSS) for words in below_tables),
            *(_lines(words, int(_ACROSS * _SMALL)) / _SMALL for words in larger),
            _HEADING if _has_file(facts) else 0,
        )
    )


def _about(facts: CertificateFacts, teams: str) -> About:
    return About(
        title=f"Certificate: {facts.short_title}, {teams}, {clock.date_words(facts.held_on)}",
        author=facts.organisation,
        subject=facts.briefing_title,
        marking=facts.marking,
        footer=f"Certificate of minutes {facts.reference}, version {facts.version}",
        moment=facts.as_of,
    )


def _teams(facts: CertificateFacts) -> str:
    return _first(facts.teams, "team")


def _first(names: tuple[str, ...], one: str) -> str:
    """The first of some names, and how many more there are."""
    more = [counted(len(names) - 1, f"more {one}")] if len(names) > 1 else []
    return words_joined([*(_short(name, _TITLE) for name in names[:1]), *more])


def _facts(facts: CertificateFacts) -> list[tuple[str, str]]:
    """What the certificate is about, and what is known of the exact document."""
    rows = [
        ("Briefing", f"{_short(facts.briefing_title, _BRIEFING)}, edition {facts.edition}"),
        ("Asked by", _first(facts.partnerships, "partnership")),
        ("Meeting", f"{clock.date_words(facts.held_on)}; version {facts.version}, reference {facts.reference}"),
        ("Sent", f"{clock.moment_words(facts.sent_at)}, by {_short(facts.sent_by, _TITLE)}"),
    ]
    if facts.corrected is not None:
        number, at = facts.corrected
        rows.append(("Corrected", f"Version {number} took its place on {clock.moment_words(at)}"))
    if (known := facts.document) is None:
        rows.append(("Word document", BEING_MADE if facts.waits else NO_DOCUMENT))
    else:
        rows.append(_known("Word document", f"Made on {clock.moment_words(known.made_at)}", known))
    if (own := facts.own_file) is not None:
        rows.append(_known("Team’s own minutes", f"Attached on {clock.moment_words(own.attached_at)}", own))
    return rows


def _known(what: str, begun: str, known: DocumentFacts | FileFacts) -> tuple[str, str]:
    """What is known of an exact file, by which a copy of it can be checked."""
    said = f"{begun}; {counted(known.size, 'byte')}.{'' if known.kept else f' {GONE}'}"
    return what, f"{said}\nDigest (SHA-256): {known.digest[:32]}\n{known.digest[32:]}"


def _who(row: Row) -> Row:
    return replace(row, who="\n".join(_short(line, _NAME) for line in row.who.split("\n")))


def _filled(whole: tuple[tuple[Row, ...], ...], room: float) -> list[list[Row]]:
    """The rows of each table with the facts that fit into the room: first row by row, the tables in turn, what matters
    most, then what matters less. After one that does not fit, none of its table and weight stands: what is left out is
    what is less telling."""
    tables = [[_who(row) for row in rows] for rows in whole]
    every = [
        (fact.less, at, table, number)
        for table, rows in enumerate(tables)
        for at, row in enumerate(rows)
        for number, fact in enumerate(row.facts)
    ]
    shown: list[list[Row]] = [[replace(row, facts=()) for row in rows] for rows in tables]
    over = set()
    for less, at, table, number in sorted(every):
        before, row = shown[table][at], tables[table][at]
        more = replace(row, facts=tuple(one for one in row.facts if one in (*before.facts, row.facts[number])))
        takes = _tall(more) - _tall(before)
        if (less, table) in over or takes > room:
            over.add((less, table))
        else:
            room, shown[table][at] = room - takes, more
    return [[row for row in rows if row.facts] for rows in shown]


def _tall(row: Row) -> float:
    return _height(row.who, row.what, _WIDE) if row.facts else 0


def _height(who: str, what: str, wide: tuple[int, int]) -> float:
    """How many lines a row takes, with the room between two rows."""
    return _BETWEEN + max(_lines(words, width) for words, width in zip((who, what), wide, strict=True))


def _lines(words: str, width: int) -> int:
    """How many lines words take, broken between words; a capital, or a letter of another script, is wider."""
    number = 0
    for line in words.split("\n"):
        number, used = number + 1, 0.0
        for word in line.split():
            takes = sum(1 if letter.isascii() and not letter.isupper() else _CAPITAL for letter in word)
            if used and used + 1 + takes > width:
                number, used = number + 1, 0.0
            used += takes + bool(used)
            number, used = number + int(used / width), used % width
    return number


def _table(paper: Paper, caption: str, columns: tuple[Column, ...], rows: list[Row], otherwise: str) -> None:
    if rows:
        paper.table(caption, columns, [(row.who, row.what) for row in rows], shown=False)
    elif otherwise:
        paper.text(otherwise)


def _has_file(facts: CertificateFacts) -> bool:
    return facts.document is not None or facts.own_file is not None


def _closing(facts: CertificateFacts) -> list[str]:
    check = [CHECK, *(f"{place}: {command}" for place, command in COMMANDS)] if _has_file(facts) else []
    taken = f"{clock.moment_words(facts.as_of)} for {_short(facts.signed, _TITLE)}"
    return [*check, f"{LIMITS} Taken from the record on {taken}."]


def _short(words: str, most: int) -> str:
    """Words on one line, cut short where they are too many."""
    plain = single_line(words)
    return f"{plain[: most - 1].rstrip()}…" if len(plain) > most else plain
