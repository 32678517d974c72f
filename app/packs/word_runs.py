"""The words of one paragraph of a Word document, with their looks; and what hangs on it that is no text of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from app.packs.marking import Run
from app.packs.word_looks import Look
from app.text import clean
from app.word_text import W, content_of, is_on, name_of, own_text

_MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LEADS = re.compile(r'\s*HYPERLINK\s+"([^"]+)"')
_NOTES = {"footnoteReference": "a footnote", "endnoteReference": "an endnote"}
_SILENT = {"delInstrText", "commentReference", "annotationRef", "footnoteRef", "endnoteRef"}


@dataclass
class Said:
    """`left` are texts that are no part of it, with the reason; `notes` the footnotes it refers to; `shapes` what is
    drawn in it; `height` is that of its largest letters, in half points."""

    runs: list[Run] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    shapes: list[etree._Element] = field(default_factory=list)
    height: int = 0
    ends_page: bool = False

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(run.text for run in self.runs)

    def lines(self) -> Iterator[list[Run]]:
        """Its lines, where it was typed with soft line ends."""
        line: list[Run] = []
        for run in self.runs:
            first, *others = run.text.split("\n")
            line.append(Run(first, run.bold, run.italic, run.address))
            for other in others:
                yield line
                line = [Run(other, run.bold, run.italic, run.address)]
        yield line


@dataclass
class Runs:
    """Reads paragraphs. `targets` are addresses by the id of their relation; `look` is that of the paragraph."""

    targets: Mapping[str, str]
    look: Look
    _said: Said = field(default_factory=Said)
    _address: str = ""
    _code: str = ""
    _fields: list[str] = field(default_factory=list)

    def of(self, paragraph: etree._Element) -> Said:
        """What a paragraph says."""
        self._said.height = self.look.size
        self._inline(paragraph, Run("", self.look.bold))
        return self._said

    def _inline(self, container: etree._Element, like: Run) -> None:
        for child in container.iterchildren(etree.Element):
            name = name_of(child)
            if name == "r":
                self._run(child, like)
            elif name == "hyperlink":
                self._inline(child, Run("", like.bold, like.italic, self._target(child)))
            elif name == "sdt":
                self._inline(content_of(child), like)
            elif name in ("del", "moveFrom"):
                text = "".join(str(one.text or "") for one in child.iter(f"{W}delText", f"{W}t"))
                self._said.left.append((text, "deleted or moved with tracked changes"))
            elif child.tag.startswith(_MATHS):
                self._add("".join(str(one.text or "") for one in child.iter(f"{_MATHS}t")), like)
            elif not name.endswith("Pr"):
                self._inline(child, like)

    def _run(self, run: etree._Element, like: Run) -> None:
        own = run.find(f"{W}rPr")
        look = Run("", _switched(own, "b", like.bold), _switched(own, "i", like.italic), like.address or self._address)
        size = None if own is None else own.find(f"{W}sz")
        written = "" if size is None else str(size.get(f"{W}val", ""))
        hidden = _switched(own, "vanish", False)
        for child in run.iterchildren(etree.Element):
            name = name_of(child)
            if name in ("drawing", "pict", "object"):
                self._said.shapes.append(child)
            elif name in ("AlternateContent", "Choice"):
                self._said.shapes += list(child.iter(f"{W}drawing", f"{W}pict"))
            elif name in _NOTES:
                self._said.notes.append((_NOTES[name], str(child.get(f"{W}id"))))
            elif name == "fldChar":
                self._field(str(child.get(f"{W}fldCharType", "")))
            elif name == "instrText":
                self._code += str(child.text or "")
            elif name == "br" and child.get(f"{W}type") == "page":
                self._said.ends_page = True
            elif name == "delText":
                self._said.left.append((str(child.text or ""), "deleted or moved with tracked changes"))
            elif name not in _SILENT and (text := own_text(child, name)):
                if hidden:
                    self._said.left.append((text, "hidden in the document"))
                    continue
                self._said.height = max(
                    self._said.height, int(written) if written.isdecimal() and len(written) < 6 else 0
                )
                self._add(text, Run("", look.bold, look.italic, look.address or self._address))

    def _field(self, kind: str) -> None:
        """Word keeps some links as fields: a code, then what is shown, until the field ends."""
        if kind == "begin":
            self._code = ""
        elif kind == "separate":
            found = _LEADS.match(self._code)
            self._fields.append(self._address)
            self._address = found[1] if found else self._address
        elif kind == "end" and self._fields:
            self._address = self._fields.pop()

    def _target(self, link: etree._Element) -> str:
        return self.targets.get(str(link.get(f"{_RELATED}id", "")), "")

    def _add(self, text: str, like: Run) -> None:
        self._said.runs.append(Run(clean(text.replace("\t", " ")), like.bold, like.italic, like.address))


def _switched(properties: etree._Element | None, name: str, otherwise: bool) -> bool:
    switch = None if properties is None else properties.find(f"{W}{name}")
    return otherwise if switch is None else is_on(switch)
