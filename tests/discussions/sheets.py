"""Response sheets to fill in and to break: what people, Word and other programs do to the file, as edits of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from lxml import etree

from app.discussions.sheet import SheetFacts, SheetPoint, response_sheet, told
from app.discussions.sheet_reading import read
from app.discussions.sheet_words import Reading, Told
from app.packs.models import PointKind

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OPEN = '<w:x xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
BODY = "word/document.xml"

FACTS = SheetFacts(
    partnership="East Sussex Safeguarding Children Partnership",
    marking="OFFICIAL",
    organisation="East Downs Healthcare NHS Trust",
    team="Hailsham health visiting",
    briefing_title="Non-accidental injury in children under 5",
    edition=1,
    asked="7k2m9qx4tz3d",
    edition_ref="a1b2c3d4e5f6",
    answer_by=date(2026, 6, 12),
    made_at=datetime(2026, 5, 1, 9, 0, tzinfo=UTC),
    address="https://learning.example.org/asked/7k2m9qx4tz3d/sheet",
    lead="Rosa Ames",
    lead_title="Named Nurse",
    points=(
        SheetPoint(number=1, key="injury", question="What is a non-accidental injury?", note="Listen for: a story."),
        SheetPoint(
            number=2,
            key="vig",
            question="Do you know what Video Interaction Guidance (VIG) is?",
            kind=PointKind.KNOWLEDGE_CHECK,
            note="A practitioner films everyday moments and looks at them together with the parent.\nIt is offered.",
        ),
        SheetPoint(number=3, key="fathers", question="How do you engage fathers and non-birthing partners?"),
    ),
    numbers_to_call=(("Single Point of Advice", "01234 567890"), ("In an emergency", "999")),
)
LINES = {
    "held_on": "12 June 2026",
    "setting": "Group supervision",
    "present": "14",
    "chaired_by": "Team manager",
    "points-vig-yes": "5",
    "points-vig-partly": "6",
    "points-vig-not_yet": "3",
    "actions-0-who": "Team manager",
    "actions-0-by": "31 July 2026",
    "actions-1-who": "Everybody",
}


def para(*runs: str, marks: str = "") -> str:
    """A paragraph; a run that is not markup is text."""
    made = (one if one.startswith("<") else f'<w:r><w:t xml:space="preserve">{one}</w:t></w:r>' for one in runs)
    return f"<w:p>{f'<w:pPr>{marks}</w:pPr>' if marks else ''}{''.join(made)}</w:p>"


def nodes(markup: str) -> list[etree._Element]:
    """Elements of the body's language."""
    return list(etree.fromstring(f"{_OPEN}{markup}</w:x>".encode()))


def edited(file: bytes, change: Callable[[etree._Element], object], part: str = BODY) -> bytes:
    """The file after a change of one part."""
    with ZipFile(BytesIO(file)) as archive:
        root = etree.fromstring(archive.read(part))
    change(root)
    return with_parts(file, {part: etree.tostring(root)})


def with_parts(file: bytes, parts: dict[str, bytes | None]) -> bytes:
    """The file with parts added, replaced, or (None) taken out."""
    made = BytesIO()
    with ZipFile(BytesIO(file)) as archive, ZipFile(made, "w", ZIP_DEFLATED) as new:
        for name in [name for name in archive.namelist() if name not in parts]:
            new.writestr(name, archive.read(name))
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return made.getvalue()


def control(root: etree._Element, tag: str) -> etree._Element:
    """The control with a tag."""
    return next(one for one in root.iter(f"{W}sdt") if one.find(f"{W}sdtPr/{W}tag[@{W}val='{tag}']") is not None)


def fill(root: etree._Element, tag: str, markup: str) -> None:
    """Put content into a control as a person would: its prompt is gone."""
    sdt = control(root, tag)
    prompting = sdt.find(f"{W}sdtPr/{W}showingPlcHdr")
    if prompting is not None:
        prompting.getparent().remove(prompting)
    content = sdt.find(f"{W}sdtContent")
    if sdt.getparent().tag == f"{W}p" and not markup.startswith("<"):
        markup = f'<w:r><w:t xml:space="preserve">{markup}</w:t></w:r>'
    content[:] = nodes(markup if markup.startswith("<") else para(markup))


def ticked(root: etree._Element, tag: str) -> None:
    """Tick a box."""
    sdt = control(root, tag)
    next(one for one in sdt.iter() if etree.QName(one).localname == "checked").set(
        "{http://schemas.microsoft.com/office/word/2010/wordml}val", "1"
    )
    next(sdt.iter(f"{W}t")).text = "☒"


def filled(words: dict[str, str], *ticks: str, facts: SheetFacts = FACTS) -> bytes:
    """A sheet with content in some of its controls, by tag: text, or markup."""

    def change(root: etree._Element) -> None:
        for tag, markup in words.items():
            fill(root, tag, markup)
        for tag in ticks:
            ticked(root, tag)

    return edited(response_sheet(facts), change)


def after(file: bytes, words: str, markup: str) -> bytes:
    """The file with markup after the paragraph or the table in which some words stand."""

    def change(root: etree._Element) -> None:
        body = root.find(f"{W}body")
        place = next(one for one in body if words in "".join(t.text or "" for t in one.iter(f"{W}t")))
        for node in reversed(nodes(markup)):
            place.addnext(node)

    return edited(file, change)


def without_controls(root: etree._Element) -> None:
    """What a program does that does not know controls: their content stays where it is."""
    for sdt in list(root.iter(f"{W}sdt")):
        place = sdt.getparent()
        at = place.index(sdt)
        place[at : at + 1] = list(sdt.find(f"{W}sdtContent"))


def resaved(file: bytes, soffice: str, folder: Path) -> bytes:
    """The file as LibreOffice saves it."""
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "sheet.docx").write_bytes(file)
    order = [soffice, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "docx"]
    environ = {**os.environ, "HOME": str(folder)}
    order += ["--outdir", str(folder / "out"), str(folder / "in" / "sheet.docx")]
    subprocess.run(order, cwd=folder, env=environ, check=True, capture_output=True, timeout=120)
    return (folder / "out" / "sheet.docx").read_bytes()


def item(words: str, level: int = 0, of: int = 7) -> str:
    return para(words, marks=f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{of}"/></w:numPr>')


def table(*rows: tuple[str, ...]) -> str:
    cells = ["".join(f"<w:tc>{para(cell)}</w:tc>" for cell in row) for row in rows]
    return f"<w:tbl><w:tblGrid/>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


TOLD: Told = told(FACTS)
WORDS = {
    "points-injury-words": para("An injury somebody caused.") + para("") + para("A story that changes."),
    "points-vig-words": para("Most do."),
    "points-fathers-words": para("Letters to both."),
    "actions-0-what": para("Add a prompt"),
    "actions-1-what": para("Invite VIG") + para("to the meeting"),
    "question_to_lead": para("A reminder?"),
    "question_to_partnership": para("Training?") + para("When?"),
}
TICKS = ("no_notes", "points-vig-not_counted")
FULL = filled({**LINES, **WORDS}, *TICKS)
IDENTITY = {"asked": "7k2m9qx4tz3d", "edition": "a1b2c3d4e5f6", "format": "1"}


def point(
    words: str, yes: str = "", partly: str = "", not_yet: str = "", not_counted: bool = False
) -> dict[str, object]:
    return {"words": words, "yes": yes, "partly": partly, "not_yet": not_yet, "not_counted": not_counted}


EXPECTED = {
    "held_on": {"day": "12 June 2026", "month": "", "year": ""},
    "setting": "group_supervision",
    "present": "14",
    "chaired_by": "Team manager",
    "also": [],
    "meeting_of": "",
    "received": "",
    "no_notes": True,
    "points": {
        "injury": point("An injury somebody caused.\n\nA story that changes."),
        "vig": point("Most do.", "5", "6", "3", True),
        "fathers": point("Letters to both."),
    },
    "actions": [
        {"what": "Add a prompt", "who": "Team manager", "by": "31 July 2026"},
        {"what": "Invite VIG\nto the meeting", "who": "Everybody", "by": ""},
    ],
    "question_to_lead": "A reminder?",
    "news": {},
    "question_to_partnership": "Training?\nWhen?",
}


def found(file: bytes) -> Reading:
    return read(file, TOLD)
