"""The certificate of one version of minutes: one page in Word for whoever inspects, from plain values.

It says what was forwarded when to whom and what became of it, and holds nothing of what a team said. It is one page
whatever the history: long names are cut short, but for the briefing's title, and what does not fit is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app import clock
from app.text import counted, single_line, words_joined
from app.web.word import About, Column, Paper

LINES = 24  # that the rows of all tables may take together, so that all is one page in a wide font too
_BETWEEN = 0.6  # of a line
_WIDE = 22, 46  # characters on a line of either column in a wide font
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
class Row:
    """A line of a table: whom it is about and what there is to say."""

    who: str
    what: str


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """All that stands on a certificate. `letters` and `people` are whole, the most telling first; `document` is None
    where there is none, and then `waits` says whether one is still to come. `signed` is who asked for it, with a
    title, at the moment `as_of`."""

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
    waits: bool = False
    marking: str = "OFFICIAL-SENSITIVE"


def certificate_document(facts: CertificateFacts) -> bytes:
    """The .docx of a certificate."""
    teams = _teams(facts)
    paper = Paper(_about(facts, teams))
    paper.title("Certificate of forwarding", f"{teams}, {_short(facts.organisation, _NAME)}")
    rows = _facts(facts)
    paper.table("The minutes", _FACTS, [(row.who, row.what) for row in rows], shown=False)
    room = LINES - sum(map(_height, rows))
    letters, most_letters, left = _fitting(facts.letters, room / 2)
    people, most_people, _ = _fitting(facts.people, left + room / 2)
    paper.heading("What mail systems said", 1)
    _table(paper, "Emails", _LETTERS, letters, most_letters, "No email was sent with these minutes.")
    paper.heading("Who opened, acknowledged and shared them", 1)
    _table(paper, "People", _PEOPLE, people, most_people, "Nobody has opened them here so far.")
    _closing(paper, facts)
    return paper.file()


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


def _facts(facts: CertificateFacts) -> list[Row]:
    """What the certificate is about, and what is known of the exact document."""
    rows = [
        Row("Briefing", f"{_short(facts.briefing_title, _BRIEFING)}, edition {facts.edition}"),
        Row("Asked by", _first(facts.partnerships, "partnership")),
        Row("Meeting", f"{clock.date_words(facts.held_on)}; version {facts.version}, reference {facts.reference}"),
        Row("Sent", f"{clock.moment_words(facts.sent_at)}, by {_short(facts.sent_by, _TITLE)}"),
    ]
    if (known := facts.document) is None:
        rows.append(Row("Word document", BEING_MADE if facts.waits else NO_DOCUMENT))
    else:
        rows.extend(_known("Word document", f"Made on {clock.moment_words(known.made_at)}", known))
    if (own := facts.own_file) is not None:
        rows.extend(_known("Team’s own minutes", f"Attached on {clock.moment_words(own.attached_at)}", own))
    return rows


def _known(what: str, begun: str, known: DocumentFacts | FileFacts) -> list[Row]:
    """What is known of an exact file, by which a copy of it can be checked."""
    said = f"{begun}; {counted(known.size, 'byte')}."
    return [
        Row(what, said if known.kept else f"{said} {GONE}"),
        Row("Digest (SHA-256)", f"{known.digest[:32]}\n{known.digest[32:]}"),
    ]


def _fitting(rows: tuple[Row, ...], room: float) -> tuple[list[Row], int, float]:
    """Rows with nothing too long in them, how many of them fit into the room, one at least, and the room left."""
    cut = [_cut(row, max(1, int(room)) * _WIDE[1]) for row in rows]
    number, left = 0, room
    for row in cut:
        if number and _height(row) > left:
            break
        number, left = number + 1, left - _height(row)
    return cut, number, left


def _cut(row: Row, most: int) -> Row:
    return Row("\n".join(_short(line, _NAME) for line in row.who.split("\n")), _short(row.what, most))


def _height(row: Row) -> float:
    """How many lines a row takes, with the room between two rows."""
    one, other = _WIDE
    who = sum(1 + len(line) // one for line in row.who.split("\n"))
    return _BETWEEN + max(who, *(1 + len(line) // other for line in row.what.split("\n")))


def _table(paper: Paper, caption: str, columns: tuple[Column, ...], rows: list[Row], most: int, otherwise: str) -> None:
    """The first rows; of the rest how many there are."""
    if not rows:
        paper.text(otherwise)
        return
    paper.table(caption, columns, [(row.who, row.what) for row in rows[:most]], shown=False)
    if len(rows) > most:
        paper.text(f"And {len(rows) - most} more: see the record.", "CellQuiet")


def _closing(paper: Paper, facts: CertificateFacts) -> None:
    if facts.document is not None or facts.own_file is not None:
        paper.heading("How to check a copy", 1)
        paper.text(CHECK, "Cell")
        for place, command in COMMANDS:
            paper.text(f"{place}: {command}", "Cell")
    taken = f"{clock.moment_words(facts.as_of)} for {_short(facts.signed, _TITLE)}"
    paper.text(f"{LIMITS} Taken from the record on {taken}.", "Cell")
    paper.link("The record:", facts.address)


def _short(words: str, most: int) -> str:
    """Words on one line, cut short where they are too many."""
    plain = single_line(words)
    return f"{plain[: most - 1].rstrip()}…" if len(plain) > most else plain
