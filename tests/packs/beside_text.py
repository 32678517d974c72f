"""What a Word file keeps in parts of its own, and python-docx cannot make: notes, charts, diagrams."""

from __future__ import annotations

from docx.document import Document as Docx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph

_OF_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OF_DRAWING = "application/vnd.openxmlformats-officedocument.drawingml"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_A, _C, _DGM = (f"http://schemas.openxmlformats.org/drawingml/2006/{name}" for name in ("main", "chart", "diagram"))
_DSP = "http://schemas.microsoft.com/office/drawing/2008/diagram"
_SHAPE = """<w:r %s xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"><w:drawing>
 <wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="4000000" cy="2000000"/>
 <wp:docPr id="%d" name="Drawn"/><a:graphic xmlns:a="%s"><a:graphicData uri="%s">%s</a:graphicData></a:graphic>
 </wp:inline></w:drawing></w:r>"""


def _part(document: Docx, name: str, content_type: str, kind: str, xml: str) -> str:
    """A part of this file; the key of its relation."""
    package = document.part.package
    assert package is not None
    part = Part(PackURI(f"/word/{name}.xml"), f"{content_type}+xml", xml.encode(), package)
    return document.part.relate_to(part, f"{_RELATED}/{kind}")


def _said(text: str) -> str:
    return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"


def with_note(document: Docx, paragraph: Paragraph, kind: str, text: str) -> None:
    """A paragraph with a note to it: a `footnote` or an `endnote`."""
    marks = "".join(
        f'<w:{kind} w:type="{mark}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p></w:{kind}>'
        for number, mark in enumerate(("separator", "continuationSeparator"), -1)
    )
    said = f'<w:{kind} w:id="1"><w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t>{text}</w:t></w:r></w:p></w:{kind}>'
    whole = f"<w:{kind}s {nsdecls('w')}>{marks}{said}</w:{kind}s>"
    _part(document, f"{kind}s", f"{_OF_WORD}.{kind}s", f"{kind}s", whole)
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:{kind}Reference w:id="1"/></w:r>'))


def with_chart(document: Docx, title: str, labels: tuple[str, ...], figures: tuple[int, ...]) -> None:
    """A chart of columns. Its labels and figures stand in it as Word last read them out of its table."""
    said, counted = (
        "".join(f'<c:pt idx="{i}"><c:v>{one}</c:v></c:pt>' for i, one in enumerate(those))
        for those in (labels, figures)
    )
    many = f'<c:ptCount val="{len(labels)}"/>'
    whole = f"""<c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}"><c:chart>
 <c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:t>{title}</a:t></a:r></a:p></c:rich></c:tx></c:title>
 <c:autoTitleDeleted val="0"/><c:plotArea><c:layout/><c:barChart><c:barDir val="col"/><c:grouping val="clustered"/>
 <c:ser><c:idx val="0"/><c:order val="0"/><c:tx><c:strRef><c:f>A!$B$1</c:f><c:strCache><c:ptCount val="1"/>
 <c:pt idx="0"><c:v>Households</c:v></c:pt></c:strCache></c:strRef></c:tx>
 <c:cat><c:strRef><c:f>A!$A$2:$A$4</c:f><c:strCache>{many}{said}</c:strCache></c:strRef></c:cat>
 <c:val><c:numRef><c:f>A!$B$2:$B$4</c:f><c:numCache><c:formatCode>General</c:formatCode>{many}{counted}</c:numCache>
 </c:numRef></c:val></c:ser><c:axId val="1"/><c:axId val="2"/></c:barChart>
 <c:catAx><c:axId val="1"/><c:scaling/><c:axPos val="b"/><c:crossAx val="2"/></c:catAx>
 <c:valAx><c:axId val="2"/><c:scaling/><c:axPos val="l"/><c:crossAx val="1"/></c:valAx></c:plotArea></c:chart>
 </c:chartSpace>"""
    key = _part(document, "charts/chart1", f"{_OF_DRAWING}.chart", "chart", whole)
    inside = f'<c:chart xmlns:c="{_C}" xmlns:r="{_RELATED}" r:id="{key}"/>'
    document.add_paragraph()._p.append(parse_xml(_SHAPE % (nsdecls("w"), 101, _A, _C, inside)))


def _steps(steps: tuple[str, ...], names: str) -> str:
    """What a diagram says: its points, and how each hangs on the whole."""
    points = "".join(
        f'<dgm:pt modelId="{i}"><dgm:prSet/><dgm:spPr/><dgm:t><a:bodyPr/>{_said(step)}</dgm:t>'
        f'</dgm:pt><dgm:pt modelId="{i}00" type="parTrans"/><dgm:pt modelId="{i}01" type="sibTrans"/>'
        for i, step in enumerate(steps, 1)
    )
    links = "".join(
        f'<dgm:cxn modelId="{i}02" srcId="9" destId="{i}" srcOrd="{i - 1}" destOrd="0"'
        f' parTransId="{i}00" sibTransId="{i}01"/>'
        for i in range(1, len(steps) + 1)
    )
    return f"""<dgm:dataModel {names}><dgm:ptLst><dgm:pt modelId="9" type="doc"><dgm:prSet/><dgm:spPr/></dgm:pt>{points}
 </dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst><dgm:bg/><dgm:whole/></dgm:dataModel>"""


def with_diagram(document: Docx, steps: tuple[str, ...]) -> None:
    """SmartArt: a list of steps, beside which Word keeps how they looked."""
    names = f'xmlns:dgm="{_DGM}" xmlns:a="{_A}"'
    layout = f"<dgm:layoutDef {names}><dgm:layoutNode/></dgm:layoutDef>"
    parts = {
        "dm": ("data1", "diagramData", "diagramData", _steps(steps, names)),
        "lo": ("layout1", "diagramLayout", "diagramLayout", layout),
        "qs": ("quickStyle1", "diagramStyle", "diagramQuickStyle", f"<dgm:styleDef {names}/>"),
        "cs": ("colors1", "diagramColors", "diagramColors", f"<dgm:colorsDef {names}/>"),
    }
    keys = {
        name: _part(document, f"diagrams/{file}", f"{_OF_DRAWING}.{kind}", related, xml)
        for name, (file, kind, related, xml) in parts.items()
    }
    drawn = f'<dsp:drawing xmlns:dsp="{_DSP}" {names}>{"".join(map(_said, steps))}</dsp:drawing>'
    _part(document, "diagrams/drawing1", "application/vnd.ms-office.drawingml.diagramDrawing", "diagramDrawing", drawn)
    held = " ".join(f'r:{name}="{key}"' for name, key in keys.items())
    inside = f'<dgm:relIds xmlns:dgm="{_DGM}" xmlns:r="{_RELATED}" {held}/>'
    document.add_paragraph()._p.append(parse_xml(_SHAPE % (nsdecls("w"), 102, _A, _DGM, inside)))
