"""What the response sheet says and where its answers stand: for writing it, and for reading it when it comes back.

The labels are those of the pages. Each is unique in a sheet, so that it is found again where a program has lost the
content controls. `FORMAT` counts the ways in which a sheet was ever laid out: sheets are filled in months later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypedDict, cast

from app.discussions.content import Content
from app.text import clean

FORMAT = "1"
PROPERTY = "Response sheet"  # a property of the document, which holds the identity and the keys of the points
IDENTITY = "identity"  # the tag of the control that holds it as well
ROWS_OF_ACTIONS = 5

ONLY_THIS_PART = "Only the part of your meeting about this briefing."
NO_NAMES = "No names of children or families."
HELD_ON, SETTING = "When did the team meet?", "What kind of meeting was it?"
PRESENT, CHAIRED_BY = "How many people were there?", "Which role chaired? (optional)"
NO_NOTES = "We discussed this but took no notes"
TO_LEAD = "A question for your safeguarding lead (optional)"
TO_PARTNERSHIP = "A question for the partnership (optional)"
TO_DO = "What the team will do"
STILL_TO_DO = (
    "What your team said before that it would do",
    "Talk about what became of each. The page asks you when you upload this sheet.",
)
TITLE = "Response sheet: "
COMMENTS = "Put comments into the large boxes only: some programs lose one in a small box, with the words before it."
FOR_BY = "for the {partnership} by {day}"
GOES_TO = f"{ONLY_THIS_PART} {NO_NAMES} It goes to {{reader}}, who decides what is shared."
LEAD, ANY_LEAD = "your safeguarding lead, {name}", "your organisation’s safeguarding lead"
FILLED_IN, UPLOAD_AT = "When it is filled in, upload it at", "Upload it at"
SAVE = "Save this document and upload it by {day}. You can check it there before it is sent."
READ_BY = "Only the lead reads the first. The {partnership} reads the second only if the lead shares it."
WHICH = "Briefing edition {edition}. Sheet {identity}"
ACTIONS = ("What", "Who (a role)", "By when")
COUNTS = {"yes": "yes", "partly": "partly", "not_yet": "not yet"}

PROMPTS = {
    "line": "Write here",
    "words": "Write here what was said",
    "day": "Write or choose the day",
    "choice": "Choose one",
    "count": "How many",
    "question": "Write your question here",
}
HINTS = {
    "held_on": "For example, 12 June 2026",
    "present": "Everybody who took part, the chair included",
    "chaired_by": "A role, not a name. For example, team manager",
}
# Word's own prompts, which it puts where a control was emptied, and which other programs take for text.
PROGRAMS = ("Click or tap here to enter text.", "Click here to enter text.", "Choose an item.")
PROGRAM_DATES = ("Click or tap to enter a date.", "Click here to enter a date.")

TAG = re.compile(r"held_on|setting|present|chaired_by|no_notes|question_to_lead|question_to_partnership|identity|"
                 r"points-.+-(?:words|yes|partly|not_yet|not_counted)|actions-\d{1,3}-(?:what|who|by)")  # fmt: skip
SHEET = re.compile(r"\b([0-9a-z]{12})-([0-9a-z]{12})-([0-9]{1,3})\b")


class Identity(TypedDict):
    """Which sheet it was: references of what was asked and of its edition, and the format. Empty where not found."""

    asked: str
    edition: str
    format: str


class Extra(TypedDict):
    """Text that stood outside the places for answers, and where."""

    where: str
    text: str


class Reading(TypedDict):
    """What was read from a file. `how`: by its `controls`, by its `labels`, or `none` where it is not a sheet; then all
    of its text is in `extra`. `made_for` is the team that it names, with its organisation. `deleted` counts tracked
    deletions and `pictures` pictures, which were not taken."""

    how: str
    identity: Identity
    made_for: str
    content: Content
    extra: list[Extra]
    deleted: int
    pictures: int


class Told(TypedDict):
    """What a reader is told of the sheet that it expects: its own lines, its points' keys, their questions by key, and
    the settings' values by their words."""

    own: list[str]
    points: list[str]
    questions: dict[str, str]
    settings: dict[str, str]


_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u2011": "-", "–": "-", "…": "."})


def folded(text: str) -> str:
    """A text in which letters and marks that programs change into each other are one; as long as it was."""
    lower = text.lower()
    return (lower if len(lower) == len(text) else text).translate(_ALIKE)


def key(text: str) -> str:
    """By what a line of the sheet is known again, whatever a program did to its spaces and quotation marks."""
    return " ".join(folded(text).split())


_VARYING = {
    "day": r"\d{1,2} [a-z]+ \d{4}",
    "address": r"https?://\S{1,200}/asked/[0-9a-z]{12}/[a-z]+",
    "edition": r"\d{1,6}",
    "page": r"\d{0,4}",
    "identity": r"[0-9a-z]{12}-[0-9a-z]{12}-[0-9]{1,3}",
}
_NAME = r"[^.:;!?()]{1,200}"  # no sentence, so that nothing that somebody wrote into one of these lines is taken for it


def _form(line: str, **varying: str) -> re.Pattern[str]:
    """How a printed line looks, as `key` makes it, whatever stands in its places."""
    marks = {name: chr(number) for number, name in enumerate(varying)}  # which no document can hold
    found = re.escape(key(line.format_map(marks)))
    for name, mark in marks.items():
        found = found.replace(mark, varying[name])
    return re.compile(found)


FORMS = tuple(
    _form(line, **_VARYING)
    for line in (
        f"{FILLED_IN} {{address}}",
        f"{UPLOAD_AT} {{address}}",
        SAVE,
        WHICH,
        "Sheet {identity} Page {page} of {page}",
    )
)
"""The lines that differ between sheets in a day, an address or an identity only."""
FORMS_WITH_NAMES = (
    _form(f"{{names}}{FOR_BY}", names=f"(?:{_NAME}, )?", partnership=_NAME, day=_VARYING["day"]),
    _form(GOES_TO, reader=f"(?:{_form(LEAD, name=_NAME).pattern}|{_form(ANY_LEAD).pattern})"),
    _form(READ_BY, partnership=_NAME),
)
"""Those that differ in names as well."""


def identity(asked: str, edition: str) -> str:
    """The identity of a sheet as it stands in it."""
    return f"{asked}-{edition}-{FORMAT}"


def words_label(number: int) -> str:
    """Of the box for the words of a question."""
    return f"What the team said about question {number}"


def count_label(number: int, count: str) -> str:
    """Of the box for one count of a knowledge check."""
    return f"Question {number}: people who said {COUNTS[count]}"


def not_counted_label(number: int) -> str:
    """Of the tick for a knowledge check without counts."""
    return f"Question {number}: we did not count"


def labels(keys: Iterable[str]) -> dict[str, str]:
    """Every label with the name of its field, in the order of the sheet. Ticks are in `ticks`."""
    of_points = {
        label: f"points-{key}-{name}"
        for number, key in enumerate(keys, 1)
        for label, name in [*((count_label(number, c), c) for c in COUNTS), (words_label(number), "words")]
    }
    meeting = {HELD_ON: "held_on", SETTING: "setting", PRESENT: "present", CHAIRED_BY: "chaired_by"}
    return {**meeting, **of_points, TO_LEAD: "question_to_lead", TO_PARTNERSHIP: "question_to_partnership"}


def ticks(keys: Iterable[str]) -> dict[str, str]:
    """The labels of the ticks with the names of their fields."""
    counted = {not_counted_label(number): f"points-{key}-not_counted" for number, key in enumerate(keys, 1)}
    return {NO_NOTES: "no_notes", **counted}


def received(answer: Any) -> Reading:
    """What came out of the box, every text cleaned. Raises `Invalid` where a text is broken."""
    return cast(Reading, _cleaned(answer))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return {key: _cleaned(one) for key, one in value.items()} if isinstance(value, dict) else value
