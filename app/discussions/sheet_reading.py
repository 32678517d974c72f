"""Reads a response sheet that came back: what was filled in, what was written elsewhere in it, and which sheet it was.

Called inside the box (`app.boxed`): it imports nothing of the web or the database. A cell in which a control of ours
stands belongs to that control's field with all that is in it. Where a field has no control any more, its label leads to
it: what stands between that label and the next line of the sheet's own is the answer. No word is dropped: what is
neither an answer nor the sheet's own is in `extra`.

Both ways are needed, as running showed. Word keeps controls and tags. LibreOffice 7.4 drops every `w:tag` and turns
prompts into text, but keeps tables, boxes to tick and properties, and every word of the large boxes since they stand in
a part (`app.web.word_controls`). Of a control of several paragraphs without one, as in sheets of before, and of a plain
line it makes a field: a comment in its first paragraph is lost with what stands before it, and a soft line break moves.
A sheet copied into a new document keeps nothing but its lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from app.discussions import sheet_words as words
from app.discussions.content import shaped
from app.discussions.sheet_lines import Own, as_day, beginning, ended, made_for, without_prompts, written
from app.discussions.sheet_words import TAG, Extra, Identity, Reading
from app.text import is_blank
from app.word_files import opened
from app.word_text import Line, Row, Words, joined, text_of, words_of

SINGLE = re.compile(r"held_on|setting|present|chaired_by|points-.+-(yes|partly|not_yet)")
_ACTION = re.compile(r"actions-\d+-(what|who|by)")
_FEWEST_LABELS = 2  # by which a document without controls is taken for a sheet


def read(file: bytes, told: Mapping[str, Any] | None = None) -> Reading:
    """What stands in a Word file. `told` is a `sheet_words.Told`; without it the sheet's own questions and notes are
    taken for somebody's text. Raises `Invalid` where the file is not a Word document."""
    document = words_of(opened(file))
    return _Reader(document, told or {}).reading()


def lines_of(file: bytes) -> list[str]:
    """Every line of a sheet that we made, prompts included, and of its page headers and footers."""
    document = words_of(opened(file))
    body = [line for item in document.body for line in (_of_cells(item) if isinstance(item, Row) else [item])]
    return [*(text for line in body if (text := text_of(line).strip())), *(text for _, text in document.beside)]


def _of_cells(row: Row) -> list[Line]:
    return [line for cell in row.cells for line in cell]


class _Reader:
    """One pass over a document, from top to bottom, that knows after which line of the sheet it is."""

    def __init__(self, document: Words, told: Mapping[str, Any]) -> None:
        self.document = document
        self.settings = {words.key(word): str(value) for word, value in told.get("settings", {}).items()}
        known = document.properties.get(words.PROPERTY, "").split()
        self.named = known[0] if known else ""
        self.keys = [str(key) for key in known[1:] or told.get("points", ())]
        lines = [str(line) for line in told.get("own", ())]
        of_others = self._is_of_others(lines)
        lines = _of_that_team(lines, document) if of_others else lines
        self.controls = {piece.control.tag for line in _all_lines(document) for piece in line} - {words.IDENTITY}
        self.controls = {tag for tag in self.controls if TAG.fullmatch(tag)}
        labels, questions = words.labels(self.keys), self._questions(told.get("questions", {}))
        self.own = Own(lines, labels, words.ticks(self.keys), questions=questions, of_others=of_others)
        self.answers: dict[str, list[str]] = defaultdict(list)
        self.ticked: set[str] = set()
        self.actions: list[dict[str, str]] = []
        self.extra: list[Extra] = []
        self.outside: dict[str, list[str]] = {}
        self.labels: set[str] = set()
        self.is_sure = False
        self.current = self.after = ""
        self.table = self.table_of_actions = -1

    def reading(self) -> Reading:
        """All that was found."""
        for item in self.document.body:
            if isinstance(item, Row):
                self._row(item)
            else:
                self._line(item)
        by_labels = self.is_sure or len(self.labels) >= _FEWEST_LABELS
        how = "controls" if self.controls else "labels" if by_labels else "none"
        if how == "none":
            return self._no_sheet()
        self.extra += [Extra(where=where, text="\n".join(lines)) for where, lines in self.outside.items()]
        for place, text in dict.fromkeys(self.document.beside):
            if not (self.own.is_edge(text) and place.startswith("in a page")):
                self.extra.append(Extra(where=place, text=text))
        content = self._content()
        return self._reading(how, content, self.extra)

    def _no_sheet(self) -> Reading:
        lines = [text_of(joined(item) if isinstance(item, Row) else item) for item in self.document.body]
        found = [Extra(where="", text=ended(lines))]
        return self._reading("none", {}, [*found, *(Extra(where=at, text=text) for at, text in self.document.beside)])

    def _reading(self, how: str, content: Mapping[str, Any], extra: list[Extra]) -> Reading:
        return Reading(
            how=how,
            identity=self._identity(),
            made_for=made_for(map(text_of, _all_lines(self.document))),
            content=shaped(content),
            extra=[one for one in extra if not is_blank(one["text"])],
            deleted=self.document.deleted,
            pictures=self.document.pictures,
        )

    def _identity(self) -> Identity:
        """From the property, or else from the text of the sheet or of its footers."""
        lines = [text_of(line) for line in _all_lines(self.document)]
        for text in (self.named, *lines, *(text for _, text in self.document.beside)):
            if found := words.SHEET.search(text):
                return Identity(asked=found[1], edition=found[2], format=found[3])
        return Identity(asked="", edition="", format="")

    def _questions(self, asked: Mapping[str, str]) -> dict[str, str]:
        """The questions that lead to what was said about them, with their fields: those whose box has neither its
        control nor its label any more, as in a sheet that somebody typed again."""
        boxes = {words.key(words.words_label(number)): key for number, key in enumerate(self.keys, 1)}
        there = {beginning(words.key(text_of(line)), boxes) for line in _all_lines(self.document)}
        bare = [key for label, key in boxes.items() if label not in there and key in asked]
        fields = {asked[key]: f"points-{key}-words" for key in bare}
        return {question: field for question, field in fields.items() if field not in self.controls}

    def _is_of_others(self, own: list[str]) -> bool:
        """Whether a sheet says that it was made for another request than the one whose lines we know."""
        known = self._identity()
        return bool(known["asked"]) and not any(
            words.identity(known["asked"], known["edition"]) in line for line in own
        )

    def _row(self, row: Row) -> None:
        heads = [words.key(text_of(cell[0])) if cell else "" for cell in row.cells]
        if heads == [words.key(heading) for heading in words.ACTIONS]:
            self.table_of_actions = row.table
            for cell in row.cells:
                self.own.is_own(text_of(cell[0]))
            self.current, self.after = "", words.TO_DO
        elif row.table == self.table_of_actions or any(_ACTION.fullmatch(_field(cell)) for cell in row.cells):
            self._action(row)
        elif any(_field(cell) for cell in row.cells) or len(row.cells) == 1 or self.own.knows(heads[0]):
            self._cells(row)
        else:
            self._loose(text_of(joined(row)))

    def _cells(self, row: Row) -> None:
        """The cells of a row of ours: what is under or beside a label is that label's, whatever it says."""
        is_first, self.table = row.table != self.table, row.table
        for number, cell in enumerate(row.cells):
            beside_label = number > 0 or (len(row.cells) == 1 and not is_first)
            led_to = self.current if beside_label and self.current not in self.controls else ""
            field = _field(cell) or led_to
            for line in cell:
                self._line(line, field)
        if len(row.cells) > 1:
            self.current = ""

    def _action(self, row: Row) -> None:
        texts = []
        for cell in row.cells:
            texts.append(ended([written(line) for line in cell]))
            for line in cell:
                self.own.is_own(text_of(line))  # its prompts are not looked for again
        what, who, by, *others = [*texts, "", "", ""]
        self.actions.append({"what": what, "who": " ".join(who.split()), "by": " ".join(by.split())})
        self.extra += [Extra(where="beside an action", text=text) for text in others if text]

    def _line(self, line: Line, field: str = "") -> None:
        """A line; `field` says whose cell it stands in."""
        if any(piece.control.ticked is not None and _is_known(piece.control.tag) for piece in line):
            self._tick(line)
        elif any(piece.control.tag == words.IDENTITY for piece in line):
            self.own.is_own(text_of(line))
        elif field:
            self._answer(field, line)
        elif tags := {piece.control.tag for piece in line if _is_known(piece.control.tag)}:
            for tag in tags:
                self._answer(tag, [piece for piece in line if piece.control.tag == tag])
            self._loose("".join(piece.text for piece in line if not _is_known(piece.control.tag)))
        else:
            self._loose(text_of(line))

    def _answer(self, field: str, line: Line) -> None:
        if field in self.own.ticks.values():
            self._loose(text_of(line))
            return
        self.own.is_own(text_of(line))
        for piece in line:
            for offered, value in piece.control.choices if field == "setting" else ():
                self.settings.setdefault(words.key(offered), value)
        self.answers[field].append(written(line))

    def _tick(self, line: Line) -> None:
        control = next(piece.control for piece in line if piece.control.ticked is not None)
        if control.ticked:
            self.ticked.add(control.tag)
        rest = "".join(piece.text for piece in line if piece.control is not control)
        _, _, after = self.own.tick(rest)
        self.labels.add(control.tag)
        label = next((label for label, field in self.own.ticks.items() if field == control.tag), self.after)
        self.current, self.after = "", label
        self._loose(after)

    def _loose(self, text: str) -> None:
        """Text outside controls and cells that say whose it is."""
        label, ticked, rest = self.own.tick(text)
        if label:
            field = self.own.ticks[label]
            self.labels.add(field)
            self.ticked |= {field} if ticked and field not in self.controls else set()
            self.current, self.after = "", label
            self._keep(rest)
            return
        label, field, rest = self.own.label(text)
        if label:
            self.labels.add(field)
            self.is_sure = self.is_sure or self.own.is_sure(text)
            self.current, self.after = field, label
            self._keep(rest)
        elif self.own.is_own(text):
            if not self.own.is_hint(text) and not self.own.is_prompt(text):
                heads = [words.key(part) for part in text.split("\t")] == [words.key(head) for head in words.ACTIONS]
                self.current, self.after = "", words.TO_DO if heads else text.strip()[:80]
        elif "\t" in text and self.after == words.TO_DO:
            self._typed_action(text)
        else:
            begun, rest = self.own.begun(text)
            self.after = begun or self.after
            self._keep(rest)

    def _typed_action(self, text: str) -> None:
        parts = [ended([without_prompts(part.strip())]) for part in text.split("\t", 2)]
        what, who, by = [*parts, "", ""][:3]
        self.actions.append({"what": what, "who": who, "by": by})

    def _keep(self, text: str) -> None:
        """An answer, where the label before has lost its control; else text outside."""
        if self.current and self.current not in self.controls:
            self.answers[self.current].append(without_prompts(text))
            if SINGLE.fullmatch(self.current) and text.strip():
                self.current = ""
        elif text.strip():
            where = f"after “{self.after}”" if self.after else "at the beginning"
            self.outside.setdefault(where, []).append(text)

    def _content(self) -> dict[str, Any]:
        texts = {field: ended(lines) for field, lines in self.answers.items()}
        texts = {field: " ".join(text.split()) if SINGLE.fullmatch(field) else text for field, text in texts.items()}
        said = texts.get("setting", "")
        setting = self.settings.get(words.key(said), said if said in self.settings.values() else "")
        if said and not setting:
            self.extra.insert(0, Extra(where=f"after “{words.SETTING}”", text=said))
        of_tags = (re.fullmatch(r"points-(.+)-(?:words|yes|partly|not_yet|not_counted)", tag) for tag in self.controls)
        keys = dict.fromkeys([*self.keys, *sorted(found[1] for found in of_tags if found)])
        names = ("words", "yes", "partly", "not_yet")
        return {
            **texts,
            "held_on": {"day": as_day(texts.get("held_on", ""))},
            "setting": setting,
            "no_notes": "no_notes" in self.ticked,
            "points": {
                key: {
                    **{name: texts.get(f"points-{key}-{name}", "") for name in names},
                    "not_counted": f"points-{key}-not_counted" in self.ticked,
                }
                for key in keys
            },
            "actions": [row for row in self.actions if any(row.values())],
        }


def _of_that_team(own: list[str], document: Words) -> list[str]:
    """The lines of a sheet with the title and the team of the one at hand: what the file is called repeats both."""
    called = words.key(document.called)
    for line in map(text_of, _all_lines(document)):
        if line.startswith(words.TITLE) and called.startswith(title := f"{words.key(line)}, "):
            return [line, called.removeprefix(title), *own[2:]]
    return own


def _all_lines(document: Words) -> list[Line]:
    return [line for item in document.body for line in (_of_cells(item) if isinstance(item, Row) else [item])]


def _field(cell: list[Line]) -> str:
    """The field whose control stands in a cell, if any but one to tick."""
    tags = (p.control.tag for line in cell for p in line if p.control.ticked is None and _is_known(p.control.tag))
    return next((tag for tag in tags if tag != words.IDENTITY), "")


def _is_known(tag: str) -> bool:
    return bool(tag and TAG.fullmatch(tag))
