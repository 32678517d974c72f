"""Ten briefings as partnerships write them in Word, about things that nobody has to have said; and what each says.

`words_in` reads a file in a way of its own, so that what an import gives can be compared with it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZipFile

from docx import Document
from docx.document import Document as Docx
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt
from lxml import etree

from tests.packs.beside_text import with_chart, with_diagram, with_note

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
QUESTIONS = (
    "How do we hear what babies tell us?",
    "Do you know how to reach the duty team?",
    "What will we do on Monday?",
)
THEMES = ("Home visits were made in pairs.", "Staff wrote down what they saw.", "The school rang the same day.")
CHALLENGES = ("Fathers were seen late.", "Two recording systems held different dates.")
LEARNING = ("Bruising in babies who cannot move is never routine.", "Ask who else lives in the home.")
CHANGES = ("Health visitors to ask about every adult in the home.", "The partnership should check this in a year.")


def saved(document: Docx) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _listed(document: Docx, items: tuple[str, ...], style: str = "List Bullet") -> None:
    for item in items:
        document.add_paragraph(item, style=style)


def _dot() -> bytes:
    """A picture of one grey dot, as PNG."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
    made = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def heading_styles() -> bytes:
    """As a careful writer does it: styles for everything, a link, emphasis, a heading below a heading."""
    document = Document()
    document.add_heading("Babies and bruises: what an audit of six cases found", 0)
    document.add_paragraph("12 March 2025")
    document.add_heading("Context", 1)
    said = document.add_paragraph("Six babies were seen ")
    said.add_run("with bruises").bold = True
    said.add_run(" within two years; all are ")
    said.add_run("safe now").italic = True
    said.add_run(". Costs of £1,200 * 2 [sic] were met, a_b <c> & d.")
    document.add_heading("The families", 2)
    document.add_paragraph("Three families had moved within the year.")
    document.add_heading("How the audit was carried out", 1)
    document.add_paragraph("Auditors read the records.")
    document.add_heading("Good practice", 1)
    _listed(document, THEMES)
    document.add_heading("What didn’t go well", 1)
    _listed(document, CHALLENGES)
    document.add_heading("Lessons learned", 1)
    _listed(document, LEARNING)
    document.add_heading("Recommendations", 1)
    _listed(document, CHANGES, "List Number")
    document.add_heading("Questions for your team", 1)
    _listed(document, QUESTIONS, "List Number")
    return saved(document)


def bold_headings() -> bytes:
    """As most do: bold lines for headings, bullets typed by hand, soft line ends inside a paragraph."""
    document = Document()
    title = document.add_paragraph().add_run("Learning briefing: neglect in plain sight")
    title.bold, title.font.size = True, Pt(22)
    for heading, items in (
        ("Background", ("A sibling group of four was known to five agencies for three years.",)),
        ("What worked well", tuple(f"•\t{theme}" for theme in THEMES)),
        ("Challenges", ("\n".join(f"- {one}" for one in CHALLENGES),)),
        ("Learning points", tuple(f"o {one}" for one in LEARNING)),
        ("Voice of the child", ("“Nobody asked me,” said one.",)),
        ("Next steps", tuple(f"{n}. {one}" for n, one in enumerate(CHANGES, 1))),
        ("Points for discussion", tuple(f"{n}) {one}" for n, one in enumerate(QUESTIONS, 1))),
    ):
        document.add_paragraph().add_run(heading).bold = True
        for item in items:
            said = document.add_paragraph()
            for i, line in enumerate(item.split("\n")):
                said.add_run().add_break() if i else None
                said.add_run(line)
    return saved(document)


def seven_minutes() -> bytes:
    """A 7-minute briefing: numbered boxes in a table that is there for its looks."""
    document = Document()
    document.add_heading("7-minute briefing: safe sleeping", 0)
    boxes = (
        ("1. Background", ("Every year babies die in unsafe sleeping places.",)),
        ("2. Why it matters", ("Most of these deaths could be prevented.",)),
        ("3. What we found", LEARNING),
        ("4. What worked well", THEMES),
        ("5. Challenges", CHALLENGES),
        ("6. What needs to happen", CHANGES),
        ("7. Questions to consider", QUESTIONS),
    )
    table = document.add_table(rows=4, cols=2)
    for place, (heading, items) in enumerate(boxes):
        cell = table.rows[place // 2].cells[place % 2]
        cell.paragraphs[0].add_run(heading).bold = True
        for item in items:
            cell.add_paragraph(item, style="List Bullet" if len(items) > 1 else None)
    return saved(document)


def columns() -> bytes:
    """Two columns of text, and a table whose columns are sections."""
    document = Document()
    document.sections[0]._sectPr.append(parse_xml(f'<w:cols {nsdecls("w")} w:num="2" w:space="400"/>'))
    document.add_heading("Exploitation of boys: a thematic briefing", 0)
    document.add_heading("Summary", 1)
    document.add_paragraph("Boys are noticed later than girls. " * 12)
    table = document.add_table(rows=2, cols=2)
    for cell, heading, items in zip(
        table.rows[0].cells, ("What went well", "Areas for improvement"), (0, 1), strict=True
    ):
        cell.text = heading
        filled = table.rows[1].cells[items]
        for one in (THEMES, CHALLENGES)[items]:
            filled.add_paragraph(one, style="List Bullet")
    document.add_heading("Learning", 1)
    for one in LEARNING:
        document.add_paragraph(one)
    document.add_heading("Reflective questions", 1)
    for question in QUESTIONS:
        document.add_paragraph(question)
    return saved(document)


BOX = """<w:r %s xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">
 <mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">
 <wp:extent cx="3000000" cy="900000"/><wp:docPr id="%d" name="Box" descr="A box with a frame"/><a:graphic>
 <a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr/><wps:spPr>
 <a:xfrm><a:off x="0" y="0"/><a:ext cx="3000000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>
 </wps:spPr><wps:txbx><w:txbxContent>%s</w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic>
 </wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox><w:txbxContent>%s</w:txbxContent></v:textbox>
 </w:pict></mc:Fallback></mc:AlternateContent></w:r>"""


def _paragraph(text: str, bold: bool = False) -> str:
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f"<w:p><w:r>{look}<w:t>{text}</w:t></w:r></w:p>"


def text_boxes() -> bytes:
    """Sections in boxes beside the text, each twice, as Word writes them for older programs."""
    document = Document()
    document.add_heading("Hidden harm: parents who drink", 0)
    document.add_heading("Introduction", 1)
    document.add_paragraph("Parents spoke openly once they were asked.")
    document.add_heading("Findings", 1)
    _listed(document, LEARNING)
    for number, (heading, items) in enumerate((("Strengths", THEMES), ("Discussion questions", QUESTIONS)), 1):
        inside = _paragraph(heading, bold=True) + "".join(_paragraph(f"• {one}") for one in items)
        document.add_paragraph()._p.append(parse_xml(BOX % (nsdecls("w"), number, inside, inside)))
    return saved(document)


def numbered() -> bytes:
    """Lists inside lists, numbers typed before headings, a question with prompts below it."""
    document = Document()
    document.add_paragraph("Rapid review learning summary", style="Title")
    for number, heading in enumerate(("Introduction", "Learning themes", "Actions", "Questions to discuss"), 1):
        document.add_heading(f"{number}. {heading}", 1)
        if heading == "Introduction":
            document.add_paragraph("A boy of three was hurt in January 2024; the review was quick.")
        elif heading == "Learning themes":
            for one in LEARNING:
                document.add_paragraph(one, style="List Number")
                document.add_paragraph("And say why.", style="List Bullet 2")
        elif heading == "Actions":
            _listed(document, CHANGES, "List Number 2")
        else:
            for question in QUESTIONS:
                document.add_paragraph(question, style="List Bullet")
                document.add_paragraph("Think of one family.", style="List Bullet 2")
    return saved(document)


def slides() -> bytes:
    """Slides whose text somebody put into a document: short lines, page breaks, numbers of slides."""
    document = Document()
    pages = (
        ("Online harm: what we learned", "A briefing for staff", "Slide 1"),
        ("Why are we talking about this", "Three children were groomed on one game", "Slide 2"),
        ("Good practice", *(f"– {one}" for one in THEMES), "Slide 3"),
        ("Barriers", *(f"– {one}" for one in CHALLENGES), "Slide 4"),
        ("Time to reflect", *QUESTIONS, "Slide 5"),
    )
    for lines in pages:
        for line in lines:
            document.add_paragraph(line)
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    return saved(document)


def pictures() -> bytes:
    """A picture with and one without a description, a footnote and an endnote, running heads, a comment."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Official – for partner agencies"
    document.sections[0].footer.paragraphs[0].text = "Page 1 of 4"
    document.add_heading("Injuries on the stairs", 0)
    document.add_heading("Background", 1)
    seen = document.add_paragraph("Falls were seen in every season.")
    document.add_comment(seen.runs, text="Is that so?", author="Reviewer", initials="R")
    with_note(document, seen, "footnote", "Counted by the ambulance service.")
    with_note(document, seen, "endnote", "The figures for 2024 came late.")
    for description in ("Falls by season: three in spring, five in autumn", ""):
        shown = document.add_picture(BytesIO(_dot()), width=Pt(120))
        shown._inline.docPr.set("descr", description)
    document.add_heading("Key messages", 1)
    _listed(document, LEARNING)
    document.add_heading("Discussion points", 1)
    _listed(document, QUESTIONS)
    return saved(document)


def changed() -> bytes:
    """Tracked changes, hidden words, a content control, a table of contents, a link that is a field."""
    document = Document()
    document.add_heading("Transitions at sixteen", 0)
    toc = document.styles.add_style("toc 1", 1)
    document.add_paragraph("Overview\t1", style=toc)
    document.add_heading("Overview", 1)
    said = document.add_paragraph("Young people ")
    ns = nsdecls("w")
    for xml in (
        f'<w:ins {ns} w:id="1" w:author="QA"><w:r><w:t xml:space="preserve">aged sixteen </w:t></w:r></w:ins>',
        f'<w:del {ns} w:id="2" w:author="QA"><w:r><w:delText>of all ages</w:delText></w:r></w:del>',
        f"<w:r {ns}><w:t>wait for months.</w:t></w:r>",
        f"<w:r {ns}><w:rPr><w:vanish/></w:rPr><w:t> Not for print.</w:t></w:r>",
        f'<w:r {ns}><w:fldChar w:fldCharType="begin"/></w:r>',
        f'<w:r {ns}><w:instrText> HYPERLINK "https://www.example.org/read" </w:instrText></w:r>',
        f'<w:r {ns}><w:fldChar w:fldCharType="separate"/></w:r>',
        f'<w:r {ns}><w:t xml:space="preserve"> Read more</w:t></w:r>',
        f'<w:r {ns}><w:fldChar w:fldCharType="end"/></w:r>',
    ):
        said._p.append(parse_xml(xml))
    inside = f"<w:sdtContent>{_paragraph('In a control.')}</w:sdtContent>"
    control = f'<w:sdt {ns}><w:sdtPr><w:tag w:val="x"/></w:sdtPr>{inside}</w:sdt>'
    said._p.addnext(parse_xml(control))
    document.add_heading("Key findings", 1)
    _listed(document, LEARNING)
    document.add_heading("Prompts for reflection", 1)
    _listed(document, QUESTIONS)
    return saved(document)


def foreign() -> bytes:
    """A table of figures and an action plan, a chart, a diagram, right-to-left words, signs that Markdown knows, a very
    long question."""
    document = Document()
    document.add_heading("Families who speak other languages", 0)
    document.add_heading("Context", 1)
    document.add_paragraph("مرحبا بكم – Witamy – ਜੀ ਆਇਆਂ ਨੂੰ. 50 % * 2 = 1_0 #1 [a](b) `c` \\d")
    table = document.add_table(rows=3, cols=3)
    for row, cells in zip(
        table.rows, (("Area", "2023", "2024"), ("North", "4", "7"), ("South", "9", "3")), strict=True
    ):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    with_chart(document, "Families by language", ("Polish", "Arabic", "Punjabi"), (12, 7, 5))
    with_diagram(document, ("Ask", "Listen twice", "Write it down"))
    document.add_heading("Learning outcomes", 1)
    _listed(document, LEARNING)
    document.add_heading("Action plan", 1)
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(table.rows, (("Action", "Who"), *((one, "All agencies") for one in CHANGES)), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_heading("Questions", 1)
    _listed(document, (*QUESTIONS, "Have you " + "asked for an interpreter, " * 20 + "or not?"))
    return saved(document)


BRIEFINGS: dict[str, Callable[[], bytes]] = {
    made.__name__: made
    for made in (
        *(heading_styles, bold_headings, seven_minutes, columns, text_boxes),
        *(numbered, slides, pictures, changed, foreign),
    )
}


def words(*texts: str) -> Counter[str]:
    """How often each word stands in some texts."""
    return Counter(word for text in texts for word in re.findall(r"[^\W_]+", text))


def words_in(file: bytes) -> Counter[str]:
    """Every word of a Word file: of its text, its notes, its heads and feet, its comments, its pictures, its charts and
    diagrams."""
    with ZipFile(BytesIO(file)) as archive:
        names = [n for n in archive.namelist() if n.startswith("word/") and n.endswith(".xml")]
        names = [n for n in names if not n.startswith("word/diagrams/drawing")]  # how a diagram looked: a copy
        roots = [etree.fromstring(archive.read(name)) for name in names]
    texts: list[str] = []
    for root in roots:
        for copy in list(root.iter("{*}Fallback")):
            copy.getparent().remove(copy)
        texts += ["".join(_of(paragraph)) for paragraph in root.iter(f"{W}p")]
        texts += ["".join(t.text or "" for t in paragraph.iter(f"{A}t")) for paragraph in root.iter(f"{A}p")]
        texts += [str(one.text or "") for one in root.iter(f"{CHART}v")]
        texts += [str(one.get("descr")) for one in root.iter("{*}docPr") if one.get("descr")]
    return words(*texts)


def _of(paragraph: etree._Element) -> Iterator[str]:
    for one in paragraph.iter(f"{W}t", f"{W}delText", f"{W}tab", f"{W}br"):
        if next(one.iterancestors(f"{W}p")) is paragraph:
            yield f" {one.text} " if one.tag == f"{W}delText" else str(one.text or " ")
