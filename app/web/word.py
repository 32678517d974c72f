"""Writing a Word document that reads well to eyes and to a screen reader: title, headings, marking, tables, pictures.

python-docx holds the file (properties, header, footer, pictures, links); the body is written as text between them, so
that ten thousand rows cost what their words cost. The same calls give the same bytes: no clock is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from types import MappingProxyType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.shape import CT_Inline
from docx.shared import Emu, Inches, Length, Mm
from lxml import etree

from app.text import single_line
from app.web import prose as written
from app.web.pictures import Picture
from app.web.prose import Kind
from app.web.word_controls import Control, in_cell, locked, tick
from app.web.word_markup import (
    NEW_PAGE,
    Block,
    Cell,
    Column,
    Place,
    bold,
    escaped,
    line,
    lines,
    paragraph,
    run,
    table_end,
    table_row,
    table_start,
)
from app.web.word_prose import prose
from app.web.word_template import BULLETS, NUMBERS, TEXT_WIDTH, template

__all__ = ["About", "Block", "Cell", "Column", "Control", "Paper"]

_LONGEST_PROPERTY = 255  # the library refuses a longer title or author
_BODY = "word/document.xml"
_POINTS = 96  # of a picture, in an inch of a screen
_MOST_HEIGHT = Mm(150)
_CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{name}"><vt:lpwstr>{value}</vt:lpwstr>'
    "</property></Properties>"
)


@dataclass(frozen=True)
class About:
    """What a document says of itself. `moment`, aware, is the instant it speaks of: it dates the file and its parts."""

    title: str
    author: str
    subject: str
    marking: str
    footer: str
    moment: datetime
    revision: int = 1
    own: tuple[str, str] | None = None  # name and value of a property that is not one of Word's


class Paper:
    """One document being written from top to bottom. Every method takes any string that `text.clean` returns."""

    def __init__(self, about: About) -> None:
        self._shell = Document(BytesIO(template()))
        self._moment = about.moment.astimezone(UTC)
        self._body: list[str] = []
        self._pictures, self._lists = 0, BULLETS
        self._links: dict[str, str] = {}
        self._describe(about)
        self._mark(about)

    def _describe(self, about: About) -> None:
        known = self._shell.core_properties
        known.title, known.subject = _property(about.title), _property(about.subject)
        known.author = known.last_modified_by = _property(about.author)
        known.comments, known.category, known.language = "", _property(about.marking), "en-GB"
        known.created = known.modified = self._moment.replace(tzinfo=None)
        known.revision = about.revision
        if about.own:
            name, value = map(escaped, about.own)
            custom = _CUSTOM.format(name=name, value=value).encode()
            part = Part(
                PackURI("/docProps/custom.xml"), CONTENT_TYPE.OFC_CUSTOM_PROPERTIES, custom, self._shell.part.package
            )
            self._shell.part.package.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)

    def _mark(self, about: About) -> None:
        section = self._shell.sections[0]
        paragraphs = [*section.header._element.iter(qn("w:p")), *section.footer._element.iter(qn("w:p"))]
        for one, words in zip(paragraphs, (about.marking, about.footer, about.marking), strict=True):
            next(one.iter(qn("w:t"))).text = single_line(words)

    def title(self, words: str, *subtitles: str) -> None:
        """The document's name, and what stands under it in smaller letters."""
        self._body.append(line(single_line(words), "Title"))
        for subtitle in subtitles:
            self.text(subtitle, "Subtitle")

    def heading(self, words: str, level: int, *, new_page: bool = False) -> None:
        """A real heading, level 1 to 3, which stays with what follows it. A line break in it becomes a space."""
        self._body.append(line(single_line(words), f"Heading{level}", NEW_PAGE if new_page else ""))

    def text(self, words: str, style: str = "Normal") -> None:
        """Text with every one of its line breaks: n lines make n paragraphs."""
        self._body.append(lines(words, style))

    def bullets(self, items: Iterable[tuple[str, str]]) -> None:
        """A list: an item begins with words in bold, which may be none. A line break inside an item stays inside it."""
        self._body.extend(paragraph("ListBullet", bold(strong), run(words)) for strong, words in items)

    def note(self, strong: str, *rest: str) -> None:
        """A shaded box: a sentence in bold, then further texts, each with its breaks."""
        self.text(strong, "NoteTitle")
        for words in rest:
            self.text(words, "Note")

    def facts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Names in bold with their values beside them: paragraphs and not a table, because they are no table."""
        self._body.extend(paragraph("Fact", bold(name), run("\t"), run(value)) for name, value in pairs)

    def link(self, before: str, address: str) -> None:
        """A sentence that ends with an address, which can be followed on screen and read in print."""
        key = self._shell.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        shown = run(address, '<w:rStyle w:val="Hyperlink"/>')
        anchor = f'<w:hyperlink {nsdecls("r")} r:id="{key}">{shown}</w:hyperlink>'
        self._body.append(paragraph("Normal", run(f"{before} "), anchor))

    def prose(
        self, blocks: Iterable[written.Block], below: int, pictures: Mapping[str, bytes] = MappingProxyType({})
    ) -> None:
        """Written text, its headings below a heading of a level. None is deeper than 3, and no level is left out.
        `pictures` are the bytes of those that it shows, by their names."""
        held: list[written.Block] = []
        deepest = below
        for block in blocks:
            if block.kind not in (Kind.HEADING, Kind.PICTURE):
                held.append(block)
                continue
            self._body.extend(prose(held, self._counting, self._linking))
            held = []
            if block.kind is Kind.PICTURE:
                self._shown(pictures[block.picture], block.words)
                continue
            deepest = min(below + block.level, deepest + 1, 3)
            self.heading(block.words, deepest)
        self._body.extend(prose(held, self._counting, self._linking))

    def _counting(self, level: int, first: int) -> int:
        self._lists += 1
        begins = f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{first}"/></w:lvlOverride>'
        made = f'<w:num {nsdecls("w")} w:numId="{self._lists}"><w:abstractNumId w:val="{NUMBERS}"/>{begins}</w:num>'
        self._shell.part.numbering_part.element.append(parse_xml(made))
        return self._lists

    def _linking(self, address: str) -> str:
        # Under keys of our own: the library looks through all links for each new one.
        key = self._links.setdefault(address, f"link{len(self._links) + 1}")
        if key not in self._shell.part.rels:
            self._shell.part.rels.add_relationship(RELATIONSHIP_TYPE.HYPERLINK, address, key, is_external=True)
        return key

    def table(
        self, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, shown: bool = True
    ) -> None:
        """A table whose first row is repeated on every page, its caption above it unless a heading says the same.

        `rows` may be a generator of thousands. A cell is a text, a number, None (a dash) or blocks of text with their
        styles; the first cell of a row names the row.
        """
        caption = single_line(caption)
        if shown:
            self._body.append(line(caption, "Caption"))
        self._body.append(table_start(caption, columns))
        self._body.extend(table_row(columns, row) for row in rows)
        self._body.append(table_end())

    def form(self, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell | Control]]) -> None:
        """A table with visible boxes, some of whose cells are to be filled in, on screen or by hand. A heading or the
        first row says what it is, so that its caption is for listeners only."""
        self._body.append(table_start(single_line(caption), columns, "Form"))
        for row in rows:
            cells = [Place(in_cell(c), Mm(c.room).twips) if isinstance(c, Control) else c for c in row]
            self._body.append(table_row(columns, cells))
        self._body.append(table_end())

    def tick(self, control: Control, words: str) -> None:
        """A box to tick, before its words."""
        self._body.append(tick(control, words))

    def locked(self, tag: str, title: str, words: str) -> None:
        """A line in small letters that a program finds by its tag."""
        self._body.append(locked(tag, title, words, "CellQuiet"))

    def picture(self, picture: Picture, width: Length = TEXT_WIDTH) -> None:
        """A picture with the words that stand for it where it cannot be seen."""
        self._draw(self._shell.part.new_pic_inline(BytesIO(picture.png), width=width), picture.words)

    def _shown(self, body: bytes, words: str) -> None:
        """A PNG or JPEG as large as on a screen, at most as wide as the text and not much higher than half a page."""
        _, image = self._shell.part.get_or_add_image(BytesIO(body))
        across, down = Inches(image.px_width / _POINTS), Inches(image.px_height / _POINTS)
        scale = min(1, TEXT_WIDTH / across, _MOST_HEIGHT / down)
        inline = self._shell.part.new_pic_inline(BytesIO(body), Emu(int(across * scale)), Emu(int(down * scale)))
        self._draw(inline, words)

    def _draw(self, inline: CT_Inline, words: str) -> None:
        self._pictures += 1  # the library counts them in the body, where it does not see ours
        for name, value in (("id", self._pictures), ("name", f"Picture {self._pictures}"), ("descr", words)):
            inline.docPr.set(name, str(value))
        for side in "TBLR":
            inline.set(f"dist{side}", "0")  # without these LibreOffice sets it in from the margin
        drawing = etree.tostring(inline, encoding="unicode")
        self._body.append(paragraph("Picture", f"<w:r><w:drawing>{drawing}</w:drawing></w:r>"))

    def file(self) -> bytes:
        """The finished .docx. Its parts bear the document's own moment and not that of writing."""
        shell, finished = BytesIO(), BytesIO()
        self._shell.save(shell)
        with ZipFile(shell) as parts, ZipFile(finished, "w") as archive:
            for name in parts.namelist():
                member = ZipInfo(name, self._moment.timetuple()[:6])
                member.compress_type = ZIP_DEFLATED
                with archive.open(member, "w") as part:
                    part.writelines(self._filled(parts.read(name)) if name == _BODY else [parts.read(name)])
        return finished.getvalue()

    def _filled(self, empty: bytes) -> Iterable[bytes]:
        before, end, after = empty.partition(b"<w:sectPr")
        yield before
        yield from (piece.encode() for piece in self._body)
        yield end + after


def _property(words: str) -> str:
    return single_line(words)[:_LONGEST_PROPERTY]
