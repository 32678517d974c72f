"""Fields that people type into. Each forgives what can be forgiven and says the rest in one sentence.

A field whose text could not be read shows that sentence alone: validators that would add to it or, like WTForms'
`DataRequired`, replace it, are not run. Sentences begin with what the field asks for (`called`, else its label).
"""

from __future__ import annotations

import re
from typing import Any

from wtforms import Field, StringField
from wtforms.validators import StopValidation, ValidationError

from app.text import is_blank, single_line
from app.web import widgets

LONGEST_WORDS = 100_000
LONGEST_LINE = 300
LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@.<>,;:\"()\[\]\\]+(\.[^\s@.<>,;:\"()\[\]\\]+)+")


class Entry(Field):
    """The base of every field here. `needed` is said when nothing was given; without it the field may be left empty."""

    def __init__(
        self, label: str | None = None, validators: Any = None, *, needed: str = "", called: str = "", **kw: Any
    ):
        super().__init__(label, validators, **kw)
        self.needed = needed
        self._called = called

    @property
    def called(self) -> str:
        """What a sentence about this field begins with."""
        return self._called or str(self.label.text).rstrip(" ?.:")

    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return not self.data

    def check(self) -> None:
        """Raise `ValidationError` with what is wrong with what was given. Not asked about an empty field."""

    def pre_validate(self, form: Any) -> None:
        """Stop at the first thing that is wrong."""
        if self.process_errors:
            raise StopValidation
        if self.is_empty():
            if self.needed:
                raise StopValidation(self.needed)
            return
        try:
            self.check()
        except ValidationError as fault:
            raise StopValidation(str(fault)) from fault


class _Typed(Entry):
    """Text typed by hand. `data` is always a string; blank text (spaces, zero-width characters) is the empty one."""

    data: str
    longest = LONGEST_LINE

    def __init__(self, label: str | None = None, validators: Any = None, *, max_length: int | None = None, **kw: Any):
        super().__init__(label, validators, **kw)
        self.max_length = max_length or self.longest

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else str(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = next((value for value in valuelist if isinstance(value, str)), "")
        self.data = "" if is_blank(typed) else self.tidy(typed)

    def tidy(self, typed: str) -> str:
        """What is kept of what was typed."""
        return typed

    def check(self) -> None:
        if len(self.data) > self.max_length:
            raise ValidationError(
                f"{self.called}: this is {len(self.data):,} characters long. Keep it to {self.max_length:,} or fewer."
            )

    def shown(self) -> str:
        """What stands in the box."""
        return self.data


class LineField(_Typed):
    """One line of text: white space is folded, so no line break reaches a subject or a name."""

    widget = staticmethod(widgets.line)

    def tidy(self, typed: str) -> str:
        return single_line(typed)


class HiddenField(StringField):
    """What a page carries and nobody sees or types."""

    widget = staticmethod(widgets.hidden)


class WordsField(_Typed):
    """Several lines of text, kept exactly as typed, in a box of `rows` lines."""

    widget = staticmethod(widgets.words)
    longest = LONGEST_WORDS

    def __init__(self, label: str | None = None, validators: Any = None, *, rows: int = 5, **kw: Any):
        super().__init__(label, validators, **kw)
        self.rows = rows


class EmailField(LineField):
    """An email address. Whether anybody reads there, only a letter can tell."""

    longest = LONGEST_ADDRESS
    input_options = {"type": "email", "autocomplete": "email", "spellcheck": False, "autocapitalize": "none"}

    def tidy(self, typed: str) -> str:
        return re.sub(r"\s", "", single_line(typed).removeprefix("mailto:"))

    def check(self) -> None:
        super().check()
        if not _ADDRESS.fullmatch(self.data):
            raise ValidationError("Write the email address in full, like name@example.org")


class CodeField(LineField):
    """A code of eight digits from an email; spaces and hyphens between them do not matter. `data` is the digits."""

    input_options = {
        "autocomplete": "one-time-code",
        "inputmode": "numeric",
        "spellcheck": False,
        "classes": "govuk-input--width-10 govuk-input--extra-letter-spacing",
    }
    digits = 8

    def tidy(self, typed: str) -> str:
        return _ascii_digits(re.sub(r"[\s\-\u2010-\u2015.]", "", typed))

    def check(self) -> None:
        if not (self.data.isascii() and self.data.isdigit()):
            raise ValidationError(f"The code is {self.digits} digits and nothing else. Copy it from the email.")
        if len(self.data) != self.digits:
            raise ValidationError(
                f"The code has {self.digits} digits, and this has {len(self.data)}. Look at the email again."
            )


class CountField(Entry):
    """How many: a whole number from `minimum` to `maximum`. `data` is an int, or None where nothing was given."""

    widget = staticmethod(widgets.line)
    input_options = {
        "inputmode": "numeric",
        "spellcheck": False,
        "autocomplete": "off",
        "classes": "govuk-input--width-4",
    }
    data: int | None

    def __init__(
        self, label: str | None = None, validators: Any = None, *, minimum: int = 0, maximum: int = 9_999, **kw: Any
    ):
        super().__init__(label, validators, **kw)
        self.minimum, self.maximum = minimum, maximum
        self._typed = ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self._typed = single_line(next((value for value in valuelist if isinstance(value, str)), ""))
        self.data = None
        if not is_blank(self._typed):
            self.data = self._read(self._typed)

    def is_empty(self) -> bool:
        return self.data is None

    def shown(self) -> str:
        """What stands in the box: what was typed, or the number it had before."""
        return self._typed if self.raw_data is not None else "" if self.data is None else str(self.data)

    def _read(self, typed: str) -> int:
        bare = _ascii_digits(re.sub(r"[\s,']", "", typed))
        if re.fullmatch(r"[-\u2212\u2013]\d+", bare, re.ASCII):
            raise ValidationError(f"{self.called}: this cannot be less than {self.minimum}.")
        if re.fullmatch(r"\d+[.]\d+", bare, re.ASCII) and bare.partition(".")[2].strip("0"):
            raise ValidationError(f"{self.called}: write a whole number, without a fraction.")
        whole = re.fullmatch(r"\+?(\d+)(?:[.]0*)?", bare, re.ASCII)
        if whole is None:
            raise ValidationError(f"{self.called}: write a whole number in figures, such as 8.")
        # The length is looked at first: turning a number of millions of digits into an int takes minutes.
        digits = whole[1].lstrip("0") or "0"
        if len(digits) > len(str(self.maximum)) or int(digits) > self.maximum:
            raise ValidationError(f"{self.called}: the most that can be written here is {self.maximum:,}.")
        if int(digits) < self.minimum:
            raise ValidationError(f"{self.called}: this cannot be less than {self.minimum}.")
        return int(digits)


def _ascii_digits(text: str) -> str:
    """The same text with digits of other scripts (full-width, Arabic-Indic) as 0 to 9."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)
