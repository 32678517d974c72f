"""Whether an attached file is a plain Word document, and what it is called. Nothing of it is taken over or changed.

It is opened by the lead in Word, so it must do nothing there but be read: beside what every upload is refused for
(`word_files`), pictures from elsewhere, objects of other programs and fields that run something are refused here.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from app.errors import Invalid
from app.text import clean, single_line
from app.word_files import ELSEWHERE, opened, parsed

LONGEST_NAME = 100
OBJECTS = (
    "This document holds an object of another program, which cannot be looked into. Copy its text into a new Word "
    "document and upload that."
)
RUNS = (
    "This document holds a field that starts another program when it is opened. Copy its text into a new Word document "
    "and upload that."
)
NOTHING = "There is nothing in this document. Check that it is the one that you meant."

_OBJECT = re.compile(r"(?i)word/(embeddings/.*\.(bin|exe|com|js|vbs|bat|docm|xlsm|pptm)|activex/.*)")
_FIELD_THAT_RUNS = re.compile(r"(?i)\bDDE(AUTO)?\b")
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\x00-\x1f]+')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_PICTURES = ("word/media/", "word/charts/", "word/diagrams/", "word/embeddings/")


def read(file: bytes, _told: Any = None) -> int:
    """How many pieces of text stand in a file. Raises `Invalid` where it is not a plain Word document, or is empty. It
    is meant to be called in the box."""
    archive = opened(file)
    names = archive.namelist()
    if any(_OBJECT.fullmatch(name) for name in names):
        raise Invalid(OBJECTS)
    for name in names:
        if name.endswith(".rels"):
            _nothing_from_elsewhere(parsed(archive.read(name)))
    roots = [parsed(archive.read(name)) for name in names if name.startswith("word/") and name.endswith(".xml")]
    if any(map(_runs, roots)):
        raise Invalid(RUNS)
    texts = sum(bool((text.text or "").strip()) for root in roots for text in root.iter("{*}t"))
    if not (texts or any(name.startswith(_PICTURES) for name in names)):
        raise Invalid(NOTHING)
    return texts


def _nothing_from_elsewhere(relations: etree._Element) -> None:
    """Refuse what Word would fetch when the lead opens the file. Links wait until they are followed."""
    for relation in relations.iter("{*}Relationship"):
        kind = str(relation.get("Type", "")).rpartition("/")[2]
        outside = str(relation.get("TargetMode", "")).lower() == "external"
        if kind == "aFChunk" or (outside and kind not in ("hyperlink", "attachedTemplate")):
            raise Invalid(ELSEWHERE)


def _runs(root: etree._Element) -> bool:
    """Whether a part has a field that starts something."""
    fields = "".join("".join(one.itertext()) for one in root.iter("{*}instrText"))
    simple = " ".join(str(value) for one in root.iter("{*}fldSimple") for value in one.attrib.values())
    return bool(_FIELD_THAT_RUNS.search(f"{fields} {simple}"))


def file_name(given: str) -> str:
    """What an attached file is called, from what a browser said: without folders, characters that turn the direction or
    cannot be seen, and what a file system would not take; never longer than 100 characters, and a .docx."""
    try:
        plain = single_line(_NOT_IN_NAMES.sub(" ", _UNSEEN.sub("", clean(given).replace("\\", "/").rpartition("/")[2])))
    except Invalid:
        plain = ""
    stem = re.sub(r"(?i)(\.docx)+$", "", plain).strip(". ")[: LONGEST_NAME - len(".docx")].strip(". ")
    if not stem or _RESERVED.fullmatch(stem):
        stem = "minutes"
    return f"{stem}.docx"
