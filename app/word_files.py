"""A bounded look at a file that should be a Word document, before anything of it is parsed.

A Word document is a zip of XML: it can be made so that a few kilobytes become gigabytes, or so that whoever opens it
fetches something from elsewhere. `opened` says what a file is and refuses, in one sentence, whatever is not a plain
Word document. It is meant to be called inside the box (`app.boxed`), where even a mistake here costs little.
"""

from __future__ import annotations

import re
import stat
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from app.errors import Invalid

MOST_UNPACKED = 20 * 1024 * 1024
MOST_PARTS = 500
MOST_RATIO, RATIO_FROM = 400, 4 * 1024 * 1024  # text that repeats itself packs 200 times smaller, and is no attack

_ENTRY = b"PK\x01\x02"  # stands once for every part in the list at a zip's end
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"
_TYPES = "[Content_Types].xml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_LOCAL_DRIVE = re.compile(r"(?i)(file:/*)?[a-z]:[\\/]")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_ENCODINGS = {b"utf-8", b"utf-16", b"us-ascii"}
_HARMLESS = {"hyperlink", "image", "video", "audio"}  # kept as addresses; nothing here follows them

_DO = "Open it in Word, choose Save as and then Word document (.docx), and upload that."
NOT_WORD = "This is not a Word document. Open it where it was made, save it as a Word document (.docx) and upload that."
EMPTY = "This file is empty. Check that it was saved, and upload it again."
DAMAGED = "This file is damaged or did not arrive whole. Open it in Word, save a fresh copy and upload that."
PROTECTED = "This file is protected with a password. Save a copy without it and upload that."
TOO_LARGE = "There is more in this file than can be read. Copy its text into a new Word document and upload that."
ODD = "This file is not made as Word makes its documents. Copy its text into a new Word document and upload that."
MACROS = "This document holds macros, which are small programs. Save it as a Word document (.docx) and upload that."
ELSEWHERE = "This document fetches parts of itself from elsewhere. Copy its text into a new one and upload that."
_BEGINNINGS = (
    (b"%PDF-", "This is a PDF, which cannot be read back. Upload the Word document that it was made from."),
    (b"MZ", "This is a program and not a Word document. Upload a file whose name ends in .docx."),
    (b"\x7fELF", "This is a program and not a Word document. Upload a file whose name ends in .docx."),
    (b"{\\rtf", f"This is a rich text file. {_DO}"),
    (b"\x89PNG", "This is a picture. Type what it says into a Word document, or into the page itself."),
    (b"\xff\xd8\xff", "This is a picture. Type what it says into a Word document, or into the page itself."),
)
_OTHER_OFFICE = (
    ("macroEnabled", MACROS),
    ("template.main", f"This is a Word template. {_DO}"),
    ("spreadsheetml", "This is a spreadsheet. Copy its text into a Word document and upload that."),
    ("presentationml", "This is a presentation. Copy its text into a Word document and upload that."),
)


def opened(body: bytes) -> ZipFile:
    """The parts of a Word document, looked at and safe to parse with `parsed`. Raises `Invalid` for anything else."""
    _recognised(body)
    if body.count(_ENTRY) > 10 * MOST_PARTS:
        raise Invalid(TOO_LARGE)  # before a list of them is made
    try:
        archive = ZipFile(BytesIO(body))
        _look_at_list(archive)
        _look_at_parts(archive)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        raise Invalid(DAMAGED) from error
    return archive


def parsed(part: bytes) -> etree._Element:
    """The root of a part. Raises `Invalid` where it is not XML. Nothing outside it is ever read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise Invalid(DAMAGED) from error


def _recognised(body: bytes) -> None:
    """Refuse what is not even a zip, saying what it is."""
    if not body:
        raise Invalid(EMPTY)
    if body.startswith(_OLD_OFFICE):
        encrypted = "EncryptedPackage".encode("utf-16-le") in body
        raise Invalid(PROTECTED if encrypted else f"This file is in an old format of Office. {_DO}")
    for beginning, message in _BEGINNINGS:
        if body.startswith(beginning):
            raise Invalid(message)
    if not body.startswith(b"PK"):
        raise Invalid(NOT_WORD)


def _look_at_list(archive: ZipFile) -> None:
    """Refuse by what the zip says of itself; a part that is longer than it says fails when it is read."""
    parts = archive.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise Invalid(TOO_LARGE)
    if unpacked > RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
        raise Invalid(TOO_LARGE)
    if any(part.flag_bits & 0x1 for part in parts):
        raise Invalid(PROTECTED)
    if len({part.filename.casefold() for part in parts}) < len(parts) or any(map(_odd, parts)):
        raise Invalid(ODD)
    if any(part.filename.casefold().endswith(("vbaproject.bin", "vbadata.xml")) for part in parts):
        raise Invalid(MACROS)


def _odd(part: ZipInfo) -> bool:
    name = part.filename
    outside = name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
    unix = part.external_attr >> 16
    return outside or stat.S_ISLNK(unix) or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED)


def _look_at_parts(archive: ZipFile) -> None:
    names = archive.namelist()
    if "mimetype" in names and archive.read("mimetype").startswith(_OPEN_DOCUMENT):
        raise Invalid(f"This is an OpenDocument file. {_DO}")
    if _TYPES not in names:
        raise Invalid(NOT_WORD)
    for name in names:
        # A part of any name may be named as XML by the list of types, so all that look like it are looked at.
        part = archive.read(name)
        if name.endswith((".xml", ".rels")) or part.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"):
            _plain_xml(part)
        if name.endswith(".rels"):
            _nothing_from_elsewhere(parsed(part))
    _is_word(parsed(archive.read(_TYPES)))


def _plain_xml(part: bytes) -> None:
    """Refuse XML that defines anything of its own (entities), in whichever encoding it hides that."""
    declared = _ENCODING.search(part[:400].replace(b"\0", b""))
    if declared and declared[1].lower() not in _ENCODINGS:
        raise Invalid(ODD)
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or b"<!DOCTYPE" in part.replace(b"\0", b""):
        raise Invalid(ODD)


def _nothing_from_elsewhere(relations: etree._Element) -> None:
    """Refuse what Word would fetch when it opens the file. A template on the writer's own disk is fetched by nobody."""
    for relation in relations.iter("{*}Relationship"):
        kind = str(relation.get("Type", "")).rpartition("/")[2]
        if str(relation.get("TargetMode", "")).lower() != "external" or kind in _HARMLESS:
            continue
        if kind == "attachedTemplate" and _LOCAL_DRIVE.match(str(relation.get("Target", ""))):
            continue
        raise Invalid(ELSEWHERE)


def _is_word(types: etree._Element) -> None:
    said = [str(one.get("ContentType", "")) for one in types.iter("{*}Override", "{*}Default")]
    for mark, message in _OTHER_OFFICE:
        if any(mark in kind for kind in said):
            raise Invalid(message)
    if _MAIN not in said:
        raise Invalid(NOT_WORD)
