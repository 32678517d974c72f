"""Reading a Word document back, and finding what would keep somebody from reading it.

`faults` is the accessibility check of every Word document of the service; the rest says what a document holds.
"""

from __future__ import annotations

import os
import re
import subprocess
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from lxml import etree

ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore numPr pBdr shd tabs bidi spacing ind jc outlineLvl",
    "rPr": "rStyle rFonts b bCs i iCs color sz szCs u rtl lang",
    "tblPr": "tblStyle tblW tblInd tblBorders tblLayout tblCellMar tblLook tblCaption",
    "trPr": "cantSplit trHeight tblHeader",
    "sdtPr": "alias tag id lock showingPlcHdr text date docPartObj dropDownList checkbox",
}


def part(file: bytes, name: str) -> etree._Element:
    """The root of one part, read as Word would: no entities, no network."""
    with ZipFile(BytesIO(file)) as archive:
        return etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, no_network=True))


def body(file: bytes) -> etree._Element:
    return part(file, "word/document.xml")


def words(element: etree._Element) -> str:
    """The text of an element with its tabs and line breaks."""
    pieces = {qn("w:t"): None, qn("w:tab"): "\t", qn("w:br"): "\n"}
    return "".join(pieces[one.tag] or one.text or "" for one in element.iter(*pieces))


def style(paragraph: etree._Element) -> str:
    named = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "Normal" if named is None else str(named.get(qn("w:val")))


def paragraphs(file: bytes, *styles: str) -> list[str]:
    """The text of the body's paragraphs, tables included; only those in some styles where any is named."""
    return [words(one) for one in body(file).iter(qn("w:p")) if not styles or style(one) in styles]


def headings(file: bytes) -> list[tuple[int, str]]:
    """Level and text of every heading, in order."""
    every = body(file).iter(qn("w:p"))
    return [(int(style(one)[-1]), words(one)) for one in every if style(one).startswith("Heading")]


def tables(file: bytes) -> list[list[list[str]]]:
    """Every table as rows of cells, a cell's paragraphs joined by line breaks."""
    return [
        [
            ["\n".join(words(p) for p in cell.iter(qn("w:p"))) for cell in row.iter(qn("w:tc"))]
            for row in one.iter(qn("w:tr"))
        ]
        for one in body(file).iter(qn("w:tbl"))
    ]


def faults(file: bytes) -> list[str]:
    """What is wrong with a document for somebody who listens to it, or for Word. Empty where all is well."""
    document = Document(BytesIO(file))
    known = document.core_properties
    with ZipFile(BytesIO(file)) as archive:
        broken = archive.testzip()
        everything = b"".join(archive.read(name) for name in archive.namelist())
    found = [f"broken part {broken}"] if broken else []
    found += [f"no {name}" for name in ("title", "author", "subject", "language") if not getattr(known, name)]
    found += [
        f"says {word}" for word in ("python-docx", "2013-12", "en-US", "Macintosh") if word.encode() in everything
    ]
    found += [f"language {value}" for value in {known.language, *_languages(file)} - {"en-GB"}]
    found += _heading_faults(file) + _table_faults(file) + _picture_faults(file) + _edge_faults(document)
    return found + _style_faults(file) + _order_faults(file)


def _languages(file: bytes) -> set[str]:
    said = [one.get(qn("w:val")) for one in part(file, "word/styles.xml").iter(qn("w:lang"))]
    return {*said, *(one.get(qn("w:val")) for one in body(file).iter(qn("w:lang")))} if said else {"not in the styles"}


def _heading_faults(file: bytes) -> list[str]:
    levels = [0, *(level for level, _ in headings(file))]
    found = [f"heading {after} under {before}" for before, after in pairwise(levels) if after > before + 1]
    found += ["an empty heading" for _, text in headings(file) if not text.strip()]
    titles = [style(one) for one in body(file).iter(qn("w:p"))]
    if titles.count("Title") != 1 or titles[:1] != ["Title"]:
        found.append("not one title, at the beginning")
    return found if len(levels) > 1 else [*found, "no headings"]


def _table_faults(file: bytes) -> list[str]:
    found = []
    control = f"{qn('w:sdt')}/{qn('w:sdtContent')}"  # Word itself puts one into another in a cell
    places = [f"{inside}{qn('w:p')}" for inside in ("", f"{control}/", f"{control}/{control}/")]
    for table in body(file).iter(qn("w:tbl")):
        rows = table.findall(qn("w:tr"))
        marked = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
        caption = table.find(f"{qn('w:tblPr')}/{qn('w:tblCaption')}")
        if not marked[0] or any(marked[1:]):
            found.append("a table whose first row alone is not its header")
        if caption is None or not caption.get(qn("w:val")):
            found.append("a table without a caption")
        if any(not words(cell).strip() for cell in rows[0].iter(qn("w:tc"))):
            found.append("an empty column heading")
        if len({len(row.findall(qn("w:tc"))) for row in rows}) != 1 or len(rows) < 2:
            found.append("a table with uneven rows, or none")
        if any(all(cell.find(place) is None for place in places) for cell in table.iter(qn("w:tc"))):
            found.append("a cell without a paragraph, which Word calls damage")
    return found


def _picture_faults(file: bytes) -> list[str]:
    drawn = [one for one in body(file).iter() if etree.QName(one).localname == "docPr"]
    found = ["a picture without words" for one in drawn if not (one.get("descr") or "").strip()]
    return [*found, *(["two pictures with one number"] if len({one.get("id") for one in drawn}) < len(drawn) else [])]


def _edge_faults(document: WordDocument) -> list[str]:
    section = document.sections[0]
    head, foot = section.header._element, section.footer._element
    fields = "".join(one.get(qn("w:instr")) for one in foot.iter(qn("w:fldSimple"))).split()
    return [
        *([] if words(head).strip() else ["an empty page header"]),
        *([] if words(head).strip() in words(foot) else ["the marking is not in the footer"]),
        *([] if fields == ["PAGE", "NUMPAGES"] else ["no page numbers"]),
    ]


def _style_faults(file: bytes) -> list[str]:
    styles = {str(one.get(qn("w:styleId"))): one for one in part(file, "word/styles.xml").iter(qn("w:style"))}
    used = {str(one.get(qn("w:val"))) for one in body(file).iter(qn("w:pStyle"), qn("w:rStyle"), qn("w:tblStyle"))}
    kept = {name for name, one in styles.items() if one.find(f"{qn('w:pPr')}/{qn('w:keepNext')}") is not None}
    loose = {f"Heading{level}" for level in (1, 2, 3)} | {"Caption", "Title"}
    return [*(f"unknown style {name}" for name in used - set(styles)), *(f"{name} may part" for name in loose - kept)]


def _order_faults(file: bytes) -> list[str]:
    """Word refuses elements in an order other than the standard's; only those that we write are known here."""
    found = []
    for root in (body(file), part(file, "word/styles.xml")):
        for name, order in ORDERS.items():
            for element in root.iter(qn(f"w:{name}")):
                given = [etree.QName(child).localname for child in element]
                if [child for child in order.split() if child in given] != given:
                    found.append(f"{name} out of order: {given}")
    return found


def as_pdf(file: bytes, soffice: str, folder: Path) -> bytes:
    """The document as LibreOffice prints it, which proves that it opens there."""
    (folder / "document.docx").write_bytes(file)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    order = [soffice, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), "document.docx"]
    subprocess.run(
        order, cwd=folder, env={**os.environ, "HOME": str(folder)}, check=True, capture_output=True, timeout=120
    )
    return (folder / "document.pdf").read_bytes()


def pages(pdf: bytes) -> int:
    """How many pages a PDF of LibreOffice has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
