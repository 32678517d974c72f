"""A briefing out of a Word document, in the order in which it is read: `read` runs in the box (`app.boxed`).

Words in text boxes, tables and diagrams are read where they are anchored, and so are pictures with their descriptions.
What is no part of the text (headers, footnotes, comments, what was deleted) is left over, each with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zipfile import ZipFile

from lxml import etree

from app.packs import pictures
from app.packs.blocks import BOXED, Block, Kind, LeftOver, Pieces
from app.packs.bullets import is_short, item_of
from app.packs.marking import Run, marked
from app.packs.word_looks import Looks
from app.packs.word_runs import Runs, Said
from app.packs.word_tables import BETWEEN, laid_out, under_headings
from app.text import clean, counted, single_line
from app.word_files import opened, parsed
from app.word_lists import Lists
from app.word_text import W, content_of, drop_copies, name_of

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_BESIDE = (
    ("header", "in the head of a page"),
    ("footer", "in the foot of a page"),
    ("comments", "a comment beside the text"),
    ("charts/chart", "in a chart"),
)
_NOTES = (("word/footnotes.xml", "a footnote"), ("word/endnotes.xml", "an endnote"))
_PICTURES = ("blip", "imagedata")
JPEG = b"\xff\xd8\xff"
_NO_POINTS = {"parTrans", "sibTrans", "pres"}


def read(body: bytes, _told: object) -> dict[str, Any]:
    """The pieces of a Word document, as plain values. Raises `Invalid` for anything else."""
    return _Reading(opened(body)).pieces().as_json()


class _Reading:
    def __init__(self, archive: ZipFile) -> None:
        names = [name for name in archive.namelist() if name.startswith("word/") and name.endswith((".xml", ".rels"))]
        self.parts = {name: parsed(archive.read(name)) for name in names}
        for root in self.parts.values():
            drop_copies(root)
        core = parsed(archive.read("docProps/core.xml")) if "docProps/core.xml" in archive.namelist() else None
        self.called = "" if core is None else next((clean(str(one.text or "")) for one in core.iter(_TITLE)), "")
        self.lists = Lists(self.parts.get("word/numbering.xml"), self.parts.get("word/styles.xml"))
        self.looks = Looks(self.parts.get("word/styles.xml"))
        self.left_over: list[LeftOver] = []
        self.notes: dict[tuple[str, str], str] = {}
        self.archive, self.pictures, self.names = archive, dict[str, bytes](), dict[str, str]()
        self.elsewhere = 0
        self.signs: list[str] = []
        relations = self.parts.get("word/_rels/document.xml.rels")
        of_document = [] if relations is None else relations.iter("{*}Relationship")
        self.targets = {str(one.get("Id")): str(one.get("Target", "")) for one in of_document}

    def pieces(self) -> Pieces:
        body = self.parts.get("word/document.xml")
        blocks = [] if body is None else list(under_headings(self.blocks(body, "")))
        self._beside()
        doubts = []
        if self.elsewhere:
            was = "was" if self.elsewhere == 1 else "were"
            what = f"{counted(self.elsewhere, 'picture')} {was} not taken over"
            doubts.append(f"{what}: there are too many, or they are not in the document. Say in words what they show.")
        if self.signs:
            self.left_over.append(LeftOver(" ".join(self.signs), "the numbers or letters of lists"))
        return Pieces(blocks, self.left_over, doubts, self.called, self.pictures)

    def blocks(self, container: etree._Element, place: str) -> Iterator[Block]:
        """The paragraphs and tables in a body, a cell, a box."""
        for child in container.iterchildren(etree.Element):
            name = name_of(child)
            if name == "p":
                yield from self._paragraph(child, place)
            elif name == "tbl":
                yield from self._table(child, place)
            elif name == "sdt":
                yield from self.blocks(content_of(child), place)
            elif name in ("del", "moveFrom"):
                self._leave("".join(_texts(child)), "deleted or moved with tracked changes")
            elif not name.endswith("Pr"):
                yield from self.blocks(child, place)

    def _paragraph(self, paragraph: etree._Element, place: str) -> Iterator[Block]:
        look, mark = self.looks.of(paragraph), self.lists.mark(paragraph)
        said = Runs(self.targets, look).of(paragraph)
        self._keep(said)
        if paragraph.find(f"{W}pPr/{W}pageBreakBefore") is not None:
            yield Block(Kind.BREAK)
        if look.contents:
            self._leave(said.text, "a table of contents")
        elif look.level is not None and said.text.strip():
            yield Block(Kind.HEADING, _plain(said.runs), marked(_bare(said.runs)), look.level, place=place)
        else:
            yield from self._lines(said, mark and "  " * look.deeper + mark, place)
        for shape in said.shapes:
            yield from self._shape(shape)
        if said.ends_page:
            yield Block(Kind.BREAK)

    def _keep(self, said: Said) -> None:
        for text, why in said.left:
            self._leave(text, why)
        for kind, key in said.notes:
            self.notes[kind, key] = " ".join(said.text.split()[:6])

    def _lines(self, said: Said, mark: str, place: str) -> Iterator[Block]:
        """A paragraph that is no heading by its style: lines of it may be items of a list that somebody typed."""
        lines = [line for line in said.lines() if _plain(line)]
        if not any(item_of(_plain(line)) for line in lines):
            lines = [[run for i, line in enumerate(lines) for run in ([Run(" ")] if i else []) + line]] if lines else []
        alone = len(lines) == 1
        for line in lines:
            text = _plain(line)
            item = None if mark else item_of(text)
            if mark:
                depth = (len(mark) - len(mark.lstrip())) // 2
                yield Block(Kind.ITEM, text, marked(line), depth, not mark.strip().startswith("-"), place)
            elif item and not (self._stands_out(line, said) and is_short(item.text)):
                self.signs += [item.sign] if any(map(str.isalnum, item.sign)) else []
                rest = _after(line, len(text) - len(item.text))
                yield Block(Kind.ITEM, item.text, marked(rest), 0, item.ordered, place)
            elif alone and is_short(text):
                out = self._stands_out(line, said)
                yield Block(Kind.LIKE_HEADING, text, marked(_bare(line) if out else line), 1 if out else 2, place=place)
            else:
                yield Block(Kind.PARAGRAPH, text, marked(line), place=place)

    def _stands_out(self, line: list[Run], said: Said) -> bool:
        words = [run for run in line if run.text.strip()]
        return bool(words) and (
            all(run.bold for run in words) or self.looks.is_large(said.height) or _plain(line).isupper()
        )

    def _shape(self, shape: etree._Element) -> Iterator[Block]:
        """What stands in a drawing: text boxes, diagrams and pictures where they are anchored."""
        boxes = list(shape.iter(f"{W}txbxContent"))
        for box in boxes:
            if not any(above in boxes for above in box.iterancestors()):
                yield from self.blocks(box, BOXED)
        for diagram in shape.iter(f"{_DIAGRAM}relIds"):
            yield from self._diagram(self.targets.get(str(diagram.get(f"{_RELATED}dm", "")), ""))
        own = [one for one in shape.iter("{*}*") if not any(above in boxes for above in one.iterancestors())]
        said = [str(one.get("descr") or one.get("title") or "") for one in own if name_of(one) == "docPr"]
        shown = [one for one in own if name_of(one) in _PICTURES]
        names = [name for name in map(self._picture, shown) if name]
        for number, name in enumerate(names):
            words = single_line(" ".join(said)) if number == 0 else ""
            yield Block(Kind.PICTURE, words, pictures.line(words, name))
        for text in [] if names else said:
            self._leave(text, "what a picture shows" if shown else "how a drawing is described")

    def _picture(self, shown: etree._Element) -> str:
        """The name of a picture that lies in the document; empty where it does not, or where there are too many."""
        key = shown.get(f"{_RELATED}embed") or shown.get(f"{_RELATED}id") or ""
        part = f"word/{self.targets.get(key, '')}"
        if part in self.names:
            return self.names[part]
        if part not in self.archive.namelist() or len(self.pictures) >= pictures.MOST:
            self.elsewhere += 1
            return ""
        body = self.archive.read(part)
        name = f"picture-{len(self.pictures) + 1}.{'jpg' if body.startswith(JPEG) else 'png'}"
        self.names[part], self.pictures[name] = name, body
        return name

    def _diagram(self, target: str) -> Iterator[Block]:
        root = self.parts.get(f"word/{target}")
        for point in [] if root is None else root.iter(f"{_DIAGRAM}pt"):
            if str(point.get("type", "")) not in _NO_POINTS:
                text = " ".join("".join(str(t.text or "") for t in p.iter(f"{_A}t")) for p in point.iter(f"{_A}p"))
                if text.strip():
                    runs = [Run(clean(text))]
                    yield Block(Kind.ITEM, _plain(runs), marked(runs), place="in a diagram")

    def _table(self, table: etree._Element, place: str) -> Iterator[Block]:
        rows = [
            [list(self.blocks(cell, "in a table")) for cell in _wrapped(row, "tc")] for row in _wrapped(table, "tr")
        ]
        for one in laid_out(rows):
            if isinstance(one, LeftOver):
                self.left_over.append(one)
            else:
                yield replace(one, place=f"{BOXED}, {one.place}") if place.startswith(BOXED) else one

    def _beside(self) -> None:
        """What stands in parts of its own."""
        for name, root in self.parts.items():
            for beginning, why in _BESIDE:
                if name.startswith(f"word/{beginning}") and not name.endswith(".rels") and "Extended" not in name:
                    self._leave("\n".join(filter(str.strip, _paragraphs(root))), why)
        for name, what in _NOTES:
            root = self.parts.get(name)
            for note in [] if root is None else root.iterchildren(etree.Element):
                at = self.notes.get((what, str(note.get(f"{W}id"))), "")
                self._leave("\n".join(_paragraphs(note)), f"{what} to “{at} …”" if at else what)

    def _leave(self, text: str, why: str) -> None:
        text = clean(text).strip()
        self.left_over += [LeftOver(text, why)] if text else []


def _plain(runs: list[Run]) -> str:
    return " ".join("".join(run.text for run in runs).split())


def _bare(runs: list[Run]) -> list[Run]:
    """The words of a heading, whose look says only that it is one."""
    return [Run(run.text, address=run.address) for run in runs]


def _after(runs: list[Run], count: int) -> list[Run]:
    """What is left of a line without its first characters, spaces between words counted once."""
    left = "".join(run.text for run in runs)
    skipped = len(left) - len(left.lstrip())
    sign = left[skipped:].split(None, 1)
    skip = skipped + len(left[skipped:]) - len(sign[1]) if len(sign) > 1 else count
    kept = []
    for run in runs:
        kept += [Run(run.text[skip:], run.bold, run.italic, run.address)] if skip < len(run.text) else []
        skip = max(0, skip - len(run.text))
    return kept


def _texts(element: etree._Element) -> Iterator[str]:
    return (str(one.text or "") for one in element.iter(f"{W}t", f"{W}delText", f"{_A}t", "{*}v"))


def _paragraphs(root: etree._Element) -> Iterator[str]:
    yield from ("".join(_texts(one)) for one in root.iter(f"{W}p", f"{_A}p"))
    for series in root.iter("{*}ser"):
        yield BETWEEN.join(_figures(series, {"p"}))
    yield BETWEEN.join(_figures(root, {"p", "ser"}))


def _figures(chart: etree._Element, but: set[str]) -> Iterator[str]:
    """The labels and figures that a chart shows, but for those in elements of these names."""
    for one in chart.iter("{*}v", "{*}pt"):
        text = str(one.text or "").strip()
        if text and not any(name_of(above) in but for above in one.iterancestors()):
            yield text


def _wrapped(container: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The rows of a table or the cells of a row, whatever they are wrapped in."""
    for child in container.iterchildren(etree.Element):
        name = name_of(child)
        if name == wanted:
            yield child
        elif name == "sdt":
            yield from _wrapped(content_of(child), wanted)
        elif not name.endswith("Pr") and name not in ("p", "tbl", "tblGrid"):
            yield from _wrapped(child, wanted)
