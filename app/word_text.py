"""What a Word document says, line by line, with the content control that each piece of a line stands in.

Word keeps text in many places and wraps it in many ways; here every word comes out once and in order: lists as `- ` and
`1. `, soft breaks as lines, links as their text, tracked insertions as text, tracked deletions counted and left out.
What stands beside the body (headers, comments, notes, text boxes) is given apart, with the name of the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from zipfile import ZipFile

from lxml import etree

from app.word_files import parsed
from app.word_lists import Lists

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_PLAIN = {"tab": "\t", "cr": "\n", "noBreakHyphen": "\u2011", "ptab": "\t"}
_TICKS = {"F0FE": "☒", "F0FD": "☒", "F052": "☑", "F0FC": "✓", "F0A8": "☐", "F06F": "☐", "F0A3": "☐"}
_NO_TEXT = {"instrText", "delInstrText", "footnoteReference", "endnoteReference", "commentReference", "annotationRef"}
_BESIDE = (("header", "in a page header"), ("footer", "in a page footer"), ("comments", "in a comment"))
_NOTES = (("footnotes", "in a footnote"), ("endnotes", "in an endnote"))
_BOX = "in a text box"


@dataclass(frozen=True)
class Control:
    """A content control: its tag, whether it shows its own prompt, whether its box is ticked (None: it has none), and
    what its list offers (words, value)."""

    tag: str = ""
    prompting: bool = False
    ticked: bool | None = None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Piece:
    """Text without a line break, in one control or in none (an empty tag)."""

    text: str
    control: Control = Control()


Line = list[Piece]


@dataclass(frozen=True)
class Row:
    """A row of a table of the body: the lines of every cell, and which table it is of."""

    cells: list[list[Line]]
    table: int


@dataclass
class Words:
    """All that a document says. `called` is what its properties call it, `beside` are places and lines; `deleted`
    counts tracked deletions."""

    body: list[Line | Row] = field(default_factory=list)
    beside: list[tuple[str, str]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)
    deleted: int = 0
    pictures: int = 0
    called: str = ""


def text_of(line: Line) -> str:
    """A line without its controls."""
    return "".join(piece.text for piece in line)


def joined(row: Row, control: Control | None = None) -> Line:
    """A row as one line, its cells set apart by ` | `, in the control that the whole row stands in, if any. Nothing is
    set apart from empty cells at its end."""
    between, within = Piece(" | ", control or Control()), Piece(" ", control or Control())
    line: Line = []
    last = max((n for n, cell in enumerate(row.cells) if any(text_of(inner).strip() for inner in cell)), default=0)
    for number, cell in enumerate(row.cells):
        line += [between] if 0 < number <= last else []
        for place, inner in enumerate(cell):
            line += [within, *inner] if place else inner
    return line


def words_of(archive: ZipFile) -> Words:
    """What a document says. `archive` comes from `word_files.opened`. Raises `Invalid` where a part is not XML."""
    names = archive.namelist()
    roots = {name: parsed(archive.read(name)) for name in names if name.startswith("word/") and name.endswith(".xml")}
    for root in roots.values():
        drop_copies(root)
    walk = _Walk(Lists(roots.get("word/numbering.xml"), roots.get("word/styles.xml")))
    body = roots.get("word/document.xml")
    walk.words.body.extend([] if body is None else walk.blocks(body, Control()))
    for name, root in roots.items():
        for beginning, place in (*_BESIDE, *_NOTES):
            if name.startswith(f"word/{beginning}") and "Extended" not in name and "Ids" not in name:
                walk.beside(root, place)
    if "docProps/custom.xml" in names:
        properties = parsed(archive.read("docProps/custom.xml")).iter("{*}property")
        walk.words.properties = {str(one.get("name")): "".join(one.itertext()).strip() for one in properties}
    if "docProps/core.xml" in names:
        walk.words.called = next(
            (str(one.text or "") for one in parsed(archive.read("docProps/core.xml")).iter(_TITLE)), ""
        )
    return walk.words


def drop_copies(root: etree._Element) -> None:
    """Take out what a part says a second time, for older programs."""
    for copy in list(root.iter(f"{_COMPATIBLE}Fallback")):
        parent = copy.getparent()
        if parent is not None and parent.find(f"{_COMPATIBLE}Choice") is not None:
            parent.remove(copy)


class _Walk:
    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.words = Words()
        self._tables = 0

    def beside(self, root: etree._Element, place: str) -> None:
        """Keep the lines of something that stands beside the body."""
        for item in list(self.blocks(root, Control())):
            text = text_of(joined(item) if isinstance(item, Row) else item).strip()
            if text:
                self.words.beside.append((place, text))

    def blocks(self, container: etree._Element, control: Control) -> Iterator[Line | Row]:
        """The paragraphs and the rows of tables in a body, a cell, a control."""
        for child in container.iterchildren(etree.Element):
            name = name_of(child)
            if name == "p":
                yield from self._paragraph(child, control)
            elif name == "tbl":
                yield from self._table(child, control)
            elif name == "sdt":
                yield from self.blocks(content_of(child), _control(child, control))
            elif not name.endswith("Pr"):
                yield from self.blocks(child, control)

    def _table(self, table: etree._Element, control: Control) -> Iterator[Line | Row]:
        self._tables += 1
        number = self._tables
        for row, of_row in _wrapped(table, "tr", control):
            cells = [
                [joined(i) if isinstance(i, Row) else i for i in self.blocks(cell, of_cell)]
                for cell, of_cell in _wrapped(row, "tc", of_row)
            ]
            made = Row(cells, number)
            # One that somebody pasted into a control is text of that control.
            yield joined(made, control) if control.tag else made

    def _paragraph(self, paragraph: etree._Element, control: Control) -> Iterator[Line]:
        mark = self.lists.mark(paragraph)
        lines: list[Line] = [[Piece(mark, control)] if mark else []]
        for text, within in self._inline(paragraph, control):
            first, *others = text.split("\n")
            lines[-1] += [Piece(first, within)] if first else []
            lines += [[Piece(other, within)] if other else [] for other in others]
        if mark and len(lines) == 1 and len(lines[0]) == 1:
            lines = [[]]  # an empty item of a list says nothing
        yield from lines

    def _inline(self, container: etree._Element, control: Control) -> Iterator[tuple[str, Control]]:
        """The text of a paragraph or of anything in it."""
        for child in container.iterchildren(etree.Element):
            name = name_of(child)
            if name == "sdt":
                inner = _control(child, control)
                yield "", inner  # so that a control with nothing in it is seen as well
                yield from self._inline(content_of(child), inner)
            elif name in ("del", "moveFrom"):
                self.words.deleted += 1 if name == "del" and any(_texts(child)) else 0
            elif name in ("drawing", "pict", "object"):
                self._shape(child)
            elif child.tag.startswith(_MATHS):
                yield "".join(str(one.text or "") for one in child.iter(f"{_MATHS}t")), control
            elif text := own_text(child, name):
                yield text, control
            elif not name.endswith("Pr") and name not in _NO_TEXT:
                yield from self._inline(child, control)

    def _shape(self, shape: etree._Element) -> None:
        boxes = list(shape.iter(f"{W}txbxContent"))
        for box in boxes:
            if not any(above in boxes for above in box.iterancestors()):
                self.beside(box, _BOX)
        self.words.pictures += any(name_of(one) in ("blip", "imagedata", "OLEObject") for one in shape.iter("{*}*"))


def own_text(element: etree._Element, name: str) -> str:
    """What an element of a run says by itself."""
    if name == "t":
        return str(element.text or "")
    if name == "br":
        return "" if element.get(f"{W}type") in ("page", "column") else "\n"
    if name == "sym":
        code = str(element.get(f"{W}char", "")).upper()
        return _TICKS.get(code) or "•"
    if name == "checkBox":  # of the forms of Word before 2007
        on = element.find(f"{W}checked")
        on = element.find(f"{W}default") if on is None else on
        return "☒" if is_on(on) else "☐"
    return _PLAIN.get(name, "")


def _texts(element: etree._Element) -> Iterator[str]:
    return (str(one.text) for one in element.iter(f"{W}delText", f"{W}t") if one.text)


def _wrapped(container: etree._Element, wanted: str, control: Control) -> Iterator[tuple[etree._Element, Control]]:
    """The rows of a table or the cells of a row, whatever they are wrapped in."""
    for child in container.iterchildren(etree.Element):
        name = name_of(child)
        if name == wanted:
            yield child, control
        elif name == "sdt":
            yield from _wrapped(content_of(child), wanted, _control(child, control))
        elif not name.endswith("Pr") and name not in ("p", "tbl", "tblGrid"):
            yield from _wrapped(child, wanted, control)


def _control(sdt: etree._Element, outer: Control) -> Control:
    """A control as it is; one without a name inside a named one is part of that."""
    properties = sdt.find(f"{W}sdtPr")
    if properties is None:
        return outer
    by_name = {name_of(one): one for one in properties.iterchildren(etree.Element)}
    tag = by_name["tag"].get(f"{W}val", "") if "tag" in by_name else ""
    if outer.tag and not tag:
        return outer
    box = by_name.get("checkbox")
    checked = None if box is None else next((one for one in box if name_of(one) == "checked"), None)
    offered = [one for name in ("dropDownList", "comboBox") if name in by_name for one in by_name[name]]
    return Control(
        tag=str(tag),
        prompting=is_on(by_name.get("showingPlcHdr")),
        ticked=None if box is None else is_on(checked),
        choices=tuple((str(o.get(f"{W}displayText", "")), str(o.get(f"{W}value", ""))) for o in offered),
    )


def content_of(sdt: etree._Element) -> etree._Element:
    """What stands in a content control."""
    found = sdt.find(f"{W}sdtContent")
    return etree.Element("empty") if found is None else found


def is_on(switch: etree._Element | None) -> bool:
    """A switch is on where it stands, unless it says otherwise."""
    if switch is None:
        return False
    value = next((value for key, value in switch.attrib.items() if str(key).endswith("}val")), "1")
    return str(value).lower() in ("1", "true", "on")


def name_of(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)
