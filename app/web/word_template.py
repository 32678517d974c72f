"""The empty Word document that every document of the service starts from.

It is made once in a process from the library's own template: our stylesheet (`word_styles.xml`) in place of 430 kB of
table styles, A4, en-GB, nothing of the template's author or date. Opening what is left takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.rel import Relationships
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm

BULLETS = 2  # the one list of bullets at every level
NUMBERS = 2  # the pattern of numbered lists, of which each is a list of its own
TEXT_WIDTH = Mm(164)  # A4 less the two margins; every table and picture fits in it

_KEPT = {
    RELATIONSHIP_TYPE.OFFICE_DOCUMENT,
    RELATIONSHIP_TYPE.CORE_PROPERTIES,
    RELATIONSHIP_TYPE.STYLES,
    RELATIONSHIP_TYPE.SETTINGS,
    RELATIONSHIP_TYPE.NUMBERING,
    RELATIONSHIP_TYPE.THEME,
}


def _levels(form: str, marks: Sequence[str]) -> str:
    """Nine levels of a list. Their indents stand with the paragraphs, which may be in quotations too."""
    return "".join(
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{marks[level % 2] or f"%{level + 1}."}"/><w:lvlJc w:val="left"/></w:lvl>'
        for level in range(9)
    )


_NUMBERING = f"""<w:numbering {nsdecls("w")}>
  <w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/>
    <w:numFmt w:val="bullet"/><w:pStyle w:val="ListBullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>
    <w:pPr><w:ind w:left="340" w:hanging="255"/></w:pPr></w:lvl></w:abstractNum>
  <w:abstractNum w:abstractNumId="1">
    <w:multiLevelType w:val="hybridMultilevel"/>{_levels("bullet", "•–")}</w:abstractNum>
  <w:abstractNum w:abstractNumId="{NUMBERS}">
    <w:multiLevelType w:val="multilevel"/>{_levels("decimal", ("", ""))}</w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
  <w:num w:numId="{BULLETS}"><w:abstractNumId w:val="1"/></w:num></w:numbering>"""
_SETTINGS = f"""<w:settings {nsdecls("w")}>
  <w:zoom w:percent="100"/><w:defaultTabStop w:val="720"/><w:characterSpacingControl w:val="doNotCompress"/>
  <w:compat>
    <w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>
  <w:themeFontLang w:val="en-GB"/>
  <w:clrSchemeMapping w:bg1="light1" w:t1="dark1" w:bg2="light2" w:t2="dark2" w:accent1="accent1" w:accent2="accent2"
    w:accent3="accent3" w:accent4="accent4" w:accent5="accent5" w:accent6="accent6" w:hyperlink="hyperlink"
    w:followedHyperlink="followedHyperlink"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>"""
_FOOTER = f"""<w:ftr {nsdecls("w")}>
  <w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr><w:r><w:t/></w:r>
    <w:r><w:tab/><w:t xml:space="preserve">Page </w:t></w:r>
    <w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple><w:r><w:t xml:space="preserve"> of </w:t></w:r>
    <w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p>
  <w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr><w:r><w:t/></w:r></w:p></w:ftr>"""
_HEADER = f'<w:hdr {nsdecls("w")}><w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr><w:r><w:t/></w:r></w:p></w:hdr>'


@cache
def template() -> bytes:
    """The empty document as a file. Its header and footer hold empty runs for the marking and the footer's words."""
    document = Document()
    _drop(document.part.package.rels)
    _drop(document.part.rels)
    stylesheet = Path(__file__).with_name("word_styles.xml").read_bytes()
    _replace(document.styles.element, stylesheet)
    _replace(document.part.numbering_part.element, _NUMBERING)
    _replace(document.settings.element, _SETTINGS)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(23)
    section.top_margin, section.bottom_margin = Mm(25), Mm(25)
    section.header_distance, section.footer_distance = Mm(11), Mm(9)
    section._sectPr.remove(section._sectPr.find(qn("w:docGrid")))  # a line grid, which would stretch the line spacing
    section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
    _replace(section.header._element, _HEADER)
    _replace(section.footer._element, _FOOTER)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _drop(rels: Relationships) -> None:
    for key in [key for key, rel in rels.items() if rel.reltype not in _KEPT]:
        del rels[key]


def _replace(element: BaseOxmlElement, markup: str | bytes) -> None:
    element[:] = list(parse_xml(markup))
