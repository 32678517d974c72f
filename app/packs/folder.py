"""Reads a pack folder: pack.yaml and briefing.md, both checked to the end, every fault in one report.

`pack.yaml` holds what has a key or is looked up (title, source, dates, questions, recommendations, glossary, links);
`briefing.md` holds what is read, under headings that are the section types. Nothing is said in both: the sections
“Recommendations” and “Points for discussion” may hold an introduction, and the page puts the lists of pack.yaml there.
"""

from __future__ import annotations

import difflib
import stat
from pathlib import Path

from app.packs.content import KEY, KEY_LENGTH, PackContent, PackFacts, Section, SectionType
from app.packs.facts import read_facts
from app.packs.faults import BRIEFING, FACTS, Fault, PackFaults
from app.packs.sections import INTRODUCED, read_sections
from app.packs.yaml_lines import UNREADABLE
from app.text import clean

__all__ = ["Fault", "PackContent", "PackFaults", "read_folder"]

LARGEST = 1_000_000


def read_folder(path: Path) -> PackContent:
    """The pack in a folder, whose name is its slug. Raises `PackFaults` with every fault that it has."""
    slug, faults = path.resolve().name, list[Fault]()
    if not path.is_dir():
        raise PackFaults(slug, [Fault(slug, 0, "There is no such folder. Give the folder that holds pack.yaml.")])
    if not KEY.fullmatch(slug) or len(slug) > KEY_LENGTH:
        faults.append(
            Fault(slug, 0, f"Name the folder in lower-case words with hyphens, {KEY_LENGTH} characters at most.")
        )
    facts, sections = _facts(path, faults), _sections(path, faults)
    introduced = any(section.type is SectionType.RECOMMENDATIONS for section in sections)
    if facts and introduced and not facts.recommendations:
        faults.append(
            Fault(FACTS, 0, "briefing.md introduces recommendations and there are none here. Add “recommendations”.")
        )
    if faults or not facts:
        raise PackFaults(slug, faults)
    said = {name: getattr(facts, name) for name in PackFacts.model_fields}
    return PackContent(slug=slug, sections=_complete(sections, facts), **said)


def _facts(folder: Path, faults: list[Fault]) -> PackFacts | None:
    text = _text(folder, FACTS, faults)
    if text is None:
        return None
    facts, more = read_facts(text)
    faults += more
    return facts


def _sections(folder: Path, faults: list[Fault]) -> list[Section]:
    text = _text(folder, BRIEFING, faults)
    if text is None:
        return []
    sections, more = read_sections(text)
    faults += more
    return sections


def _complete(sections: list[Section], facts: PackFacts) -> tuple[Section, ...]:
    """Every section, with those whose lists stand in pack.yaml: counted, and put in their place where left out."""
    counts = {
        SectionType.RECOMMENDATIONS: len(facts.recommendations),
        SectionType.POINTS_FOR_DISCUSSION: len(facts.points),
    }
    whole = [s.model_copy(update={"items": counts[s.type]}) if s.type in INTRODUCED else s for s in sections]
    order = list(SectionType)
    for kind, count in counts.items():
        if count and not any(section.type is kind for section in whole):
            before = [i for i, s in enumerate(whole, 1) if order.index(s.type) < order.index(kind)]
            whole.insert(max(before, default=0), Section(type=kind, title=kind.heading, markdown="", items=count))
    return tuple(whole)


def _text(folder: Path, name: str, faults: list[Fault]) -> str | None:
    """A file's text, clean; None where there is none to read. A byte order mark and CRLF are no faults."""
    data = _bytes(folder, name, faults)
    if data is None:
        return None
    try:
        raw = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(Fault(name, line, "This is not UTF-8. Save the file again as text with the encoding UTF-8."))
        return None
    lines = raw.split("\n")
    for number, words in enumerate(lines, 1):
        if bad := UNREADABLE.search(words):
            faults.append(
                Fault(name, number, f"A character that cannot be seen (U+{ord(bad[0]):04X}) is here. Take it out.")
            )
    return clean("\n".join(UNREADABLE.sub(" ", words) for words in lines))


def _bytes(folder: Path, name: str, faults: list[Fault]) -> bytes | None:
    file, message = folder / name, ""
    try:
        found = file.lstat()
    except FileNotFoundError:
        near = difflib.get_close_matches(name, [p.name for p in folder.iterdir()], n=1)
        message = (
            f"This file is missing. There is “{near[0]}”: rename it." if near else "This file is missing. Write it."
        )
    else:
        if stat.S_ISLNK(found.st_mode):
            message = "This is a link to another file. Put the file itself here."
        elif not stat.S_ISREG(found.st_mode):
            message = "This is not a text file. Put one here."
        elif found.st_size > LARGEST:
            message = f"This file is {found.st_size:,} bytes long. {LARGEST:,} at most: shorten it."
    if message:
        faults.append(Fault(name, 0, message))
        return None
    return file.read_bytes()
