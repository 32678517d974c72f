"""Reads a pack folder: pack.yaml, briefing.md and its pictures, all checked to the end, every fault in one report.

`pack.yaml` holds what has a key or is looked up (title, source, dates, questions, recommendations, glossary, links);
`briefing.md` holds what is read, under headings that are the section types. Nothing is said in both: the sections
“Recommendations” and “Points for discussion” may hold an introduction, and the page puts the lists of pack.yaml there.
Pictures lie in `images/`; each is shown by briefing.md, which says in words what is to be seen.
"""

from __future__ import annotations

import difflib
import stat
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path

from app.errors import Invalid
from app.packs import pictures
from app.packs.content import KEY, KEY_LENGTH, PackContent, PackFacts, Section, SectionType
from app.packs.facts import read_facts
from app.packs.faults import BRIEFING, FACTS, IMAGES, Fault, PackFaults
from app.packs.sections import INTRODUCED, read_sections
from app.packs.yaml_lines import UNREADABLE
from app.text import clean

__all__ = ["Fault", "PackContent", "PackFaults", "read_folder", "read_whole"]

LARGEST = 1_000_000


def read_folder(path: Path) -> PackContent:
    """The pack in a folder, whose name is its slug. Raises `PackFaults` with every fault that it has."""
    return read_whole(path)[0]


def read_whole(path: Path) -> tuple[PackContent, dict[str, bytes]]:
    """The same, and the bytes of its pictures by their names, as they are to be kept."""
    slug, faults = path.resolve().name, list[Fault]()
    if not path.is_dir():
        raise PackFaults(slug, [Fault(slug, 0, "There is no such folder. Give the folder that holds pack.yaml.")])
    if not KEY.fullmatch(slug) or len(slug) > KEY_LENGTH:
        faults.append(
            Fault(slug, 0, f"Name the folder in lower-case words with hyphens, {KEY_LENGTH} characters at most.")
        )
    facts, text = _text(path, FACTS, faults), _text(path, BRIEFING, faults)
    found = _pictures(path, text or "", faults)
    content = _composed(slug, facts, text, faults)
    seen = tuple(one.named(name) for name, one in sorted(found.items()))
    return content.model_copy(update={"pictures": seen}), {name: one.body for name, one in found.items()}


def read_texts(slug: str, facts: bytes, briefing: bytes) -> PackContent:
    """The pack of two files, without its pictures. Raises `PackFaults`."""
    faults = list[Fault]()
    return _composed(slug, _decoded(facts, FACTS, faults), _decoded(briefing, BRIEFING, faults), faults)


def _composed(slug: str, facts_text: str | None, briefing: str | None, faults: list[Fault]) -> PackContent:
    """The pack of two texts, where neither they nor what was looked at before has `faults`."""
    facts, sections = None, list[Section]()
    if facts_text is not None:
        facts, more = read_facts(facts_text)
        faults += more
    if briefing is not None:
        sections, more = read_sections(briefing)
        faults += more
    introduced = any(section.type is SectionType.RECOMMENDATIONS for section in sections)
    if facts and introduced and not facts.recommendations:
        faults.append(
            Fault(FACTS, 0, "briefing.md introduces recommendations and there are none here. Add “recommendations”.")
        )
    if faults or not facts:
        raise PackFaults(slug, faults)
    said = {name: getattr(facts, name) for name in PackFacts.model_fields}
    return PackContent(slug=slug, sections=whole(sections, facts), **said)


def _pictures(folder: Path, briefing: str, faults: list[Fault]) -> dict[str, pictures.Taken]:
    """The pictures of a folder by their names, each shown by its briefing."""
    place = folder / IMAGES
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        faults.append(Fault(IMAGES, 0, "This is no folder. Put the pictures themselves into one of this name."))
        return {}
    files = sorted(place.iterdir()) if place.is_dir() else []
    files = [file for file in files if not file.name.startswith(".")]
    if len(files) > pictures.MOST:
        faults.append(
            Fault(IMAGES, 0, f"Here are {len(files)} files. {pictures.MOST} pictures at most: take some out.")
        )
        return {}
    shown = pictures.shown_in(briefing)
    faults += _missing(shown, {file.name for file in files})
    found, names = dict[str, pictures.Taken](), {one.name for one in shown}
    for file in files:
        try:
            found[file.name] = _picture(file, shown=file.name in names)
        except Invalid as refused:
            faults.append(Fault(f"{IMAGES}/{file.name}", 0, refused.message))
    return found


def _missing(shown: list[pictures.Shown], names: set[str]) -> Iterator[Fault]:
    for one in shown:
        if one.name not in names and pictures.NAME.fullmatch(one.name):
            near = difflib.get_close_matches(one.name, sorted(names), n=1)
            meant = f" There is “{near[0]}”." if near else ""
            message = (
                f"There is no picture “{one.name}” in the folder “{IMAGES}”.{meant} Put it there, or mend the name."
            )
            yield Fault(BRIEFING, one.line, message)


def _picture(file: Path, *, shown: bool) -> pictures.Taken:
    """A picture that lies in the folder. Raises `Invalid` for what is none, for one too large and for one not shown."""
    found = file.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise Invalid("This is no file. Put the picture itself here.")
    if wrong := pictures.misnamed(file.name):
        raise Invalid(wrong)
    if not shown:
        raise Invalid(f"No line of {BRIEFING} shows it. Write ![what it shows]({file.name}) there, or take it out.")
    if found.st_size > pictures.LARGEST:
        most = pictures.LARGEST // 1_048_576
        raise Invalid(f"This file is {found.st_size:,} bytes long. {most} MB at most: make the picture smaller.")
    taken = pictures.taken(file.read_bytes())
    if wrong := pictures.misnamed(file.name, taken.media_type):
        raise Invalid(wrong)
    return taken


def whole(sections: list[Section], facts: PackFacts) -> tuple[Section, ...]:
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
    return None if data is None else _decoded(data, name, faults)


def _decoded(data: bytes, name: str, faults: list[Fault]) -> str | None:
    try:
        raw = data.removeprefix(BOM_UTF8).decode()
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
