"""pack.yaml as plain text, lists and mappings that remember the line on which each was written.

YAML is only composed, never constructed: no value is turned into a number, a date or a truth, and no tag can make an
object. Faults name the line in the file.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from app.errors import Invalid
from app.packs.faults import FACTS, Fault
from app.text import clean

Place = tuple[str | int, ...]

UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_CHECK = "Check the indentation, the colons and the quotation marks, here and on the line above."
_HINTS = {
    "mapping values are not allowed here": "A text with a colon and a space in it needs quotation marks round it.",
    "found character '\\t' that cannot start any token": "Indent with spaces, not with the tab key.",
    "found unexpected end of stream": "The quotation mark that opens here is never closed.",
    "but found another document": "Take out this line: a pack is one document, so “---” may stand at the top only.",
}


@dataclass
class Tree:
    """The values, the line of each place in them, and for a `|` block the line of its first words."""

    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    blocks: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest thing round it that is there."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def refuse(self, place: Place, message: str) -> None:
        """Adds a fault at the line of a place."""
        self.faults.append(Fault(FACTS, self.line(place), message))

    def plain(self, node: Node, place: Place) -> Any:
        """A node as plain values, noting lines and faults on the way."""
        if id(node) in self._seen:  # its mark is where the anchor stands, so the line is that of what it stands in
            self.refuse(place, "An alias (*) repeats what an anchor (&) named. Write the text out instead.")
            return ""
        self._seen.add(id(node))
        self.lines.setdefault(place, node.start_mark.line + 1)
        if not str(node.tag).startswith("tag:yaml.org,2002:") or "/" in str(node.tag):
            self.refuse(place, "A tag (a word that begins with !) is not used here. Take it out.")
        if isinstance(node, MappingNode):
            return self._mapping(node, place)
        if isinstance(node, ScalarNode):
            return self._text(node, place)
        return [self.plain(item, (*place, i)) for i, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode):
                self.faults.append(Fault(FACTS, line, "A key must be a word."))
                continue
            here = (*place, str(key.value))
            if here in self.lines:
                first = self.lines[here]
                self.faults.append(Fault(FACTS, line, f"“{key.value}” is here twice, first on line {first}. Keep one."))
                continue
            self.lines[here] = line
            found[str(key.value)] = self.plain(item, here)
        return found

    def _text(self, node: ScalarNode, place: Place) -> str:
        value = "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)
        try:
            text = clean(value)
        except Invalid:
            text = None
        if text is None or UNREADABLE.search(value):
            self.refuse(place, "An escape (\\x or \\u) here makes a character that cannot be shown. Take it out.")
            return "?"
        if node.style == "|":
            leading = len(text) - len(text.lstrip("\n"))
            self.blocks[place] = node.start_mark.line + 2 + leading
        return text


def read_yaml(text: str) -> Tree:
    """The tree of a file's text; `value` is None where nothing could be read, and `faults` says why."""
    tree = Tree()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # what matters is whether an alias is used
            node = YAML(typ="safe", pure=True).compose(text)
        if node is not None:
            tree.value = tree.plain(node, ())
    except MarkedYAMLError as error:
        tree.faults.append(_unread(error))
    except (YAMLError, RecursionError, ValueError):
        tree.faults.append(Fault(FACTS, 0, "This cannot be read as YAML. Begin again from a pack that can be read."))
    return tree


def _unread(error: MarkedYAMLError) -> Fault:
    problem = str(error.problem or error.context or "")
    mark = error.context_mark if "end of stream" in problem and error.context_mark else error.problem_mark
    return Fault(FACTS, mark.line + 1 if mark else 0, f"This cannot be read as YAML. {_HINTS.get(problem, _CHECK)}")
