"""The places of a Word document that are to be filled in: content controls, as markup.

A control is either a paragraph's (one line) or a cell's (as many paragraphs as one likes). Its name (`w:tag`) is for
whoever reads the file back, its title for people. None can be deleted by accident; what stands in it can be changed.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import Enum

from app.web.word_markup import escaped, line, paragraph, run

_TICKS = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
_PROMPT = '<w:rStyle w:val="PlaceholderText"/>'
_GLYPH = '<w:rFonts w:ascii="MS Gothic" w:eastAsia="MS Gothic" w:hAnsi="MS Gothic" w:cs="MS Gothic"/>'
_NOT_TICKED = "☐"


class Shape(Enum):
    """What can be put into a control."""

    WORDS = ""  # paragraphs, lists, tables
    LINE = "<w:text/>"
    DAY = (
        '<w:date><w:dateFormat w:val="d MMMM yyyy"/><w:lid w:val="en-GB"/>'
        '<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>'
    )
    TICK = (
        f'<w14:checkbox {_TICKS}><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>'
    )


@dataclass(frozen=True)
class Control:
    """A place to fill in. `prompt` stands in it until then. `room` is the least height of its row on paper, in
    millimetres. `choices` are pairs of words and value, for a list to choose from."""

    tag: str
    title: str
    prompt: str = ""
    shape: Shape = Shape.LINE
    room: int = 9
    choices: tuple[tuple[str, str], ...] = ()


def in_cell(control: Control) -> str:
    """The content of a table's cell that is to be filled in."""
    prompt = run(control.prompt, _PROMPT)
    if control.shape is Shape.WORDS:
        return _part(control, _control(control, paragraph("Cell", prompt)))
    return paragraph("Cell", _control(control, prompt))


def tick(control: Control, words: str) -> str:
    """A paragraph with a box to tick before its words."""
    return paragraph("Tick", _control(control, run(_NOT_TICKED, _GLYPH)), run(f" {words}"))


def locked(tag: str, title: str, words: str, style: str) -> str:
    """A line that a program finds by its tag and nobody changes by accident."""
    start = f"<w:sdt>{_properties(tag, title, 'sdtContentLocked')}</w:sdtPr>"
    return f"{start}<w:sdtContent>{line(words, style)}</w:sdtContent></w:sdt>"


def _control(control: Control, content: str) -> str:
    prompting = "" if control.shape is Shape.TICK else "<w:showingPlcHdr/>"
    start = f"{_properties(control.tag, control.title, 'sdtLocked')}{prompting}{_kind(control)}</w:sdtPr>"
    return f"<w:sdt>{start}<w:sdtContent>{content}</w:sdtContent></w:sdt>"


def _part(control: Control, content: str) -> str:
    """A control in a document part, as Word wraps the controls of a cover page. LibreOffice (7.4) leaves what stands in
    a part as it is; of any other control of several paragraphs it makes a field of the first, and loses a comment in
    that one with the words before it."""
    number = zlib.crc32(f"{control.tag} part".encode()) & 0x7FFFFFFF
    properties = f'<w:id w:val="{number}"/><w:docPartObj><w:docPartGallery w:val="Quick Parts"/></w:docPartObj>'
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def _properties(tag: str, title: str, lock: str) -> str:
    # A number unlike every other in the document, and the same each time the document is made.
    number = zlib.crc32(tag.encode()) & 0x7FFFFFFF
    return (
        f'<w:sdtPr><w:alias w:val="{escaped(title)}"/><w:tag w:val="{escaped(tag)}"/><w:id w:val="{number}"/>'
        f'<w:lock w:val="{lock}"/>'
    )


def _kind(control: Control) -> str:
    if not control.choices:
        return control.shape.value
    offered = "".join(
        f'<w:listItem w:displayText="{escaped(words)}" w:value="{escaped(value)}"/>' for words, value in control.choices
    )
    return f"<w:dropDownList>{offered}</w:dropDownList>"
