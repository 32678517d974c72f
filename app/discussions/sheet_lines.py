"""Tells the lines of a response sheet from what people wrote among them, and tidies what they wrote."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from app.discussions import sheet_words as words
from app.discussions.sheet_words import key
from app.text import is_blank
from app.word_text import Line, text_of

_ON, _OFF = "☑☒✓✔✗✘xX■", "☐□"
_BOX = re.compile(rf"\s*(?:([{_ON}{_OFF}])\s*|\[\s*([xX{_ON}]?)\s*\]\s*)?")
_SEPARATED = re.compile(r"[\s:–-]*")
_ALONE = re.compile(r"[\s.]*$|\s*[:\t\n]|\s+[–-]\s")  # what follows a label, and continues no sentence
_OPTIONAL = " (optional)"
_SHORTEST_BEGINNING = 15  # characters of a line of the sheet which somebody may have continued
_PROMPTS = sorted((*words.PROMPTS.values(), *words.PROGRAMS, *words.PROGRAM_DATES), key=len, reverse=True)
_KNOWN_PROMPTS = {key(prompt) for prompt in _PROMPTS}
_NUMBER = re.compile(r"\W*(?:(?:question|q)?\s*\d{1,2}\W+)?")  # of a question
_SURE = 25  # characters of a question that nobody writes by chance
_LONGEST_NAME = 200
_DAY = re.compile(
    r"(?i)(?:on\s+)?(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[\s,.]+)?(?:the\s+)?"
    r"(\d{1,2}(?:st|nd|rd|th)?)\s+(?:of\s+)?([a-z]+\.?,?\s+\d{4})\.?"
)


class Own:
    """The lines of one sheet. Each is known as often as it stands in the empty sheet, so that the same words typed by
    somebody are theirs; labels are known every time. A line is known as well where a day, an address or an identity in
    it is another, and `of_others`, in a sheet that was made for another request, where names are."""

    def __init__(
        self,
        lines: Iterable[str],
        labels: Mapping[str, str],
        ticks: Mapping[str, str],
        *,
        questions: Mapping[str, str] | None = None,
        of_others: bool = False,
    ) -> None:
        lines = list(lines)
        self._forms = words.FORMS + (words.FORMS_WITH_NAMES if of_others else ())
        self.labels = {key(label): (label, field) for label, field in labels.items()}
        optional = {key(label): field for label, field in labels.items() if label.endswith(_OPTIONAL)}
        self._short = {label.removesuffix(_OPTIONAL): field for label, field in optional.items()}
        self._questions = {bare: field for text, field in (questions or {}).items() if (bare := _bare(text))}
        self.ticks = dict(ticks)
        self._ticks = {key(label): label for label in ticks}
        self._left = Counter(self._form(key(line)) for line in lines)
        self._edges = {self._edge(line) for line in lines}
        self._beginnings = tuple(line for line in map(key, lines) if len(line) >= _SHORTEST_BEGINNING)
        self._hints = set(self._after_labels(map(key, lines)))

    def _after_labels(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines of the sheet between a label and the prompt of its answer."""
        under_label = False
        for line in lines:
            if under_label and line not in _KNOWN_PROMPTS and line not in self.labels:
                yield line
            under_label = line not in _KNOWN_PROMPTS and (under_label or line in self.labels)

    def _form(self, line: str) -> str:
        """A line, or how it looks in every sheet where it differs from sheet to sheet."""
        return next((form.pattern for form in self._forms if form.fullmatch(line)), line)

    def _edge(self, text: str) -> str:
        return re.sub(r"\d+", "", self._form(key(text)))

    def knows(self, line: str) -> bool:
        """Whether a line, as `key` makes it, is one of the sheet's."""
        short = line.rstrip(" :") in self._short
        return line in self.labels or short or self._form(line) in self._left or _bare(line) in self._questions

    def is_own(self, text: str) -> bool:
        """Whether a line is the sheet's own; it then stands one time less in what is still to come."""
        parts = [key(part) for part in text.split("\t")]
        if len(parts) > 1 and all(self.knows(part) for part in parts):  # a row that became a line
            return True
        line = key(text)
        form = self._form(line)
        if self._left[form] > 0:
            self._left[form] -= 1
            return True
        return line in self.labels or line in _KNOWN_PROMPTS

    def is_hint(self, text: str) -> bool:
        """Whether a line of the sheet's stands between a label and its answer."""
        return key(text) in self._hints

    def is_prompt(self, text: str) -> bool:
        """Whether a line is what an empty control says."""
        return key(text) in _KNOWN_PROMPTS

    def is_edge(self, text: str) -> bool:
        """Whether a line is of the sheet's page header or footer, whatever page it names."""
        return self._edge(text) in self._edges

    def label(self, text: str) -> tuple[str, str, str]:
        """The label with which a line begins, its field, and what was written after it; or all empty."""
        head, _, rest = text.partition("\t")
        if field := self._questions.get(_bare(head)):
            self.is_own(head)
            return head.strip()[:80], field, rest
        line = key(text)
        if not (known := beginning(line, self.labels)):
            return self._shortened(text)
        label, field = self.labels[known]
        self.is_own(label)
        return label, field, _rest(label, text)

    def _shortened(self, text: str) -> tuple[str, str, str]:
        """The same of a label that was retyped without “(optional)”: only where no sentence goes on after it."""
        known = beginning(key(text), self._short)
        rest = key(text)[len(known) :]
        if not known or not (known.endswith("?") or _ALONE.match(rest)):
            return "", "", ""
        after = _rest(known, text)
        return text[: len(text) - len(after)].strip(" \t\n:–-")[:80], self._short[known], after

    def is_sure(self, text: str) -> bool:
        """Whether a line is a question by which alone a document is known for a sheet."""
        bare = _bare(text.partition("\t")[0])
        return bare in self._questions and len(bare) >= _SURE

    def tick(self, text: str) -> tuple[str, bool, str]:
        """The label of the box to tick on a line, whether it is ticked, and what was written after its words."""
        box = _BOX.match(text)
        words_of_it = text[box.end() :] if box else text
        line = key(words_of_it)
        for known, label in self._ticks.items():
            if line.startswith(known):
                self._left[key(f"☐ {label}")] -= 1
                ticked = bool(box and ((box[1] or "") in tuple(_ON) or box[2]))
                return label, ticked, _rest(label, words_of_it)
        return "", False, words_of_it

    def begun(self, text: str) -> tuple[str, str]:
        """The line of the sheet that somebody continued, and how; or an empty one and the whole text."""
        line = key(text)
        # All at once first: most lines begin with none.
        begun = [b for b in self._beginnings if line.startswith(b)] if line.startswith(self._beginnings) else []
        known = max((one for one in begun if self._left[self._form(one)] > 0), key=len, default="")
        if not known:
            return "", text
        self._left[self._form(known)] -= 1
        rest = _rest(known, text)
        return text[: len(text) - len(rest)].strip()[:80], rest


def beginning(line: str, labels: Iterable[str]) -> str:
    """The longest of these with which a line begins, as that of question 12 begins like that of question 1; or none."""
    return max((label for label in labels if line.startswith(label)), key=len, default="")


def _bare(question: str) -> str:
    """A question without its number, its quotation marks and the marks around it."""
    line = key(question).replace('"', "").replace("'", "")
    return line[_NUMBER.match(line).end() :].rstrip(" .:?!")  # type: ignore[union-attr]


def _rest(label: str, text: str) -> str:
    """What follows a label in a text that begins with it, whatever its spaces and quotation marks."""
    pattern = r"\s*" + r"\s+".join(re.escape(word) for word in key(label).split())
    found = re.match(pattern, words.folded(text))
    rest = text[found.end() :] if found else text
    separated = _SEPARATED.match(rest)
    return rest[separated.end() :] if separated else rest


def written(line: Line) -> str:
    """The text of a line but for what a control prompts. That a control says of itself that it prompts is not enough:
    LibreOffice (7.4) leaves it so when somebody typed over the prompt."""
    prompting = {piece.control for piece in line if piece.control.prompting}
    prompts = {one for one in prompting if key(text_of([p for p in line if p.control == one])) in _KNOWN_PROMPTS}
    return without_prompts(text_of([piece for piece in line if piece.control not in prompts]))


def made_for(lines: Iterable[str]) -> str:
    """Which team and organisation a sheet names below its title; empty where it has none."""
    said = iter([line.strip() for line in lines if not is_blank(line)])
    if not any(line.startswith(words.TITLE) for line in said):
        return ""
    whom, under = next(said, ""), next(said, "")
    of, _, _ = under.rpartition(", for the ") if words.FORMS_WITH_NAMES[0].fullmatch(key(under)) else ("", "", "")
    return ", ".join(name[:_LONGEST_NAME] for name in (whom, of) if name)


def without_prompts(text: str) -> str:
    """A line without the prompt that a program left at its beginning or end."""
    for prompt in _PROMPTS:
        if text.strip() == prompt:
            return ""
        if text.startswith(prompt) and len(prompt) >= _SHORTEST_BEGINNING:
            return text.removeprefix(prompt).lstrip()
    return text


def ended(lines: list[str]) -> str:
    """Lines as a text, without the empty ones around it; nothing where there is nothing to read in them."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()
    return "" if is_blank(text) else text


def as_day(written: str) -> str:
    """A day as the pages read it: without its weekday and the small words of a spoken date. Anything else as it is."""
    found = _DAY.fullmatch(written)
    return f"{found[1]} {found[2]}" if found else written
