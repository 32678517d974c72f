"""Fields where people choose: radios, tick boxes, lists. The choices may be an enumeration, pairs, or set by the view.

`data` is read from the choices each time, so a view may set `form.team.choices` after making the form, and what was
sent counts only if it is among them. A choice's key is its value as text; what comes back in `data` is the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from wtforms.validators import ValidationError

from app.web import widgets
from app.web.fields import Entry


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen: what it stands for, what people read, and a hint below it."""

    value: Any
    label: str
    hint: str = ""

    @property
    def key(self) -> str:
        """What the browser sends for it."""
        return key_of(self.value)


def key_of(value: Any) -> str:
    """The text a browser sends for a value; empty for None."""
    return "" if value is None else str(value.value if isinstance(value, Enum) else value)


def choices_of(given: Any) -> list[Choice]:
    """Choices from an enumeration, a mapping (value to label) or an iterable of `Choice`, tuples or plain values."""
    if isinstance(given, Mapping):
        return [Choice(value, label) for value, label in given.items()]
    items: Iterable[Any] = given or ()
    return [_choice(item) for item in items]


def _choice(item: Any) -> Choice:
    if isinstance(item, Choice):
        return item
    if isinstance(item, Enum):
        words = [getattr(item, name, None) for name in ("words", "label")]
        return Choice(item, next((word for word in words if isinstance(word, str)), _sentence_case(key_of(item))))
    return Choice(*item) if isinstance(item, tuple) else Choice(item, str(item))


def _sentence_case(key: str) -> str:
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


class _Chosen(Entry):
    """The base: what was sent is kept as keys and read through the choices."""

    unknown = "Choose one of the answers shown."

    def __init__(self, label: str | None = None, validators: Any = None, *, choices: Any = (), **kw: Any):
        self.keys: list[str] = []
        self.choices = choices
        super().__init__(label, validators, **kw)

    @property
    def choices(self) -> list[Choice]:
        """The answers that can be chosen, in the order shown."""
        return self._choices

    @choices.setter
    def choices(self, given: Any) -> None:
        self._choices = choices_of(given)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.keys = [value for value in valuelist if isinstance(value, str) and value]

    def check(self) -> None:
        if not set(self.keys) <= {choice.key for choice in self.choices}:
            raise ValidationError(self.unknown)

    def is_empty(self) -> bool:
        return not self.keys

    def is_chosen(self, choice: Choice) -> bool:
        """Whether this answer is the one, or one of those, that were chosen."""
        return choice.key in self.keys


class _One(_Chosen):
    @property
    def data(self) -> Any:
        """The value chosen, or None."""
        return next((choice.value for choice in self.choices if choice.key in self.keys), None)

    @data.setter
    def data(self, value: Any) -> None:
        self.keys = [key_of(value)] if key_of(value) else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist[:1])


class ChoiceField(_One):
    """One answer out of a few, all in sight (radios)."""

    widget = staticmethod(widgets.radios)


class PickField(_One):
    """One answer out of many, in a list; `blank` is what the list shows while nothing is chosen."""

    widget = staticmethod(widgets.pick)
    unknown = "Choose one of the answers in the list."

    def __init__(self, label: str | None = None, validators: Any = None, *, blank: str = "Choose", **kw: Any):
        super().__init__(label, validators, **kw)
        self.blank = blank


class TicksField(_Chosen):
    """Any number of answers (tick boxes). `data` is the list of values ticked, in the order shown."""

    widget = staticmethod(widgets.ticks)
    unknown = "Tick only answers that are shown."

    @property
    def data(self) -> list[Any]:
        """The values ticked."""
        return [choice.value for choice in self.choices if choice.key in self.keys]

    @data.setter
    def data(self, values: Iterable[Any] | None) -> None:
        self.keys = [key_of(value) for value in values or ()]


class TickField(Entry):
    """One tick box: yes, or not. `data` is a bool."""

    widget = staticmethod(widgets.tick)
    data: bool

    def process_data(self, value: Any) -> None:
        self.data = bool(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = bool(valuelist) and valuelist[0] not in ("", "0", "false", "no")
