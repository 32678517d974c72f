"""The form base: clean text in, one list of faults out, and refusals of services shown on the field they name.

A form that was sent is read from what was sent and nothing else: an empty body is an empty form, never the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField
from wtforms.csrf.core import CSRFTokenField

from app.errors import Invalid
from app.saving import AT_ONCE, MOST_CHARACTERS, Save
from app.web.choices import Choice, ChoiceField, PickField, TickField, TicksField
from app.web.dates import GovDateField
from app.web.fields import CodeField, CountField, EmailField, HiddenField, LineField, WordsField
from app.web.incoming import Incoming
from app.web.unasked import asks_for

__all__ = [
    "Choice",
    "ChoiceField",
    "CodeField",
    "CountField",
    "DraftPage",
    "EmailField",
    "Fault",
    "FieldList",
    "Form",
    "FormField",
    "GovDateField",
    "HiddenField",
    "KeptPage",
    "LineField",
    "Part",
    "PickField",
    "TickField",
    "TicksField",
    "WordsField",
]

_STALE = "This page had been open too long. What you typed is still here: send it again."


class Fault(NamedTuple):
    """One line of the error summary: the id of the input to go to (empty for the form as a whole), and what to do."""

    id: str
    message: str


class Form(FlaskForm):
    """A form of one page. Text enters through `text.clean`; keys that are not fields are ignored, and logged."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What was sent, cleaned; None for a form that is only shown."""
            if isinstance(formdata, Incoming):
                return formdata
            if isinstance(formdata, Mapping) and not hasattr(formdata, "getlist"):
                return Incoming(formdata.items())
            if hasattr(formdata, "getlist"):
                return Incoming((key, value) for key in formdata for value in formdata.getlist(key))
            return Incoming.of(request) if formdata is not None and form.is_submitted() else None

        def render_field(self, field: Field, render_kw: Any) -> Any:
            """As WTForms does, but the token has no id: a page may hold several forms, and ids are unique."""
            if isinstance(field, CSRFTokenField):
                render_kw = {"id": False, **render_kw}
            return super().render_field(field, render_kw)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]

    def is_submitted(self) -> bool:
        """Whether the page is being sent rather than asked for."""
        return request.method not in ("GET", "HEAD", "OPTIONS")

    def process(self, formdata: Any = None, *args: Any, **kwargs: Any) -> None:
        """Read what was sent, or the defaults, into the fields."""
        incoming = self.meta.wrap_formdata(self, formdata)
        self._incoming: Incoming | None = incoming
        if incoming is not None:
            g.left_out = incoming.left_out  # the page that comes next says so
        super().process(incoming, *args, **kwargs)
        if incoming is not None and self.is_submitted():
            asks_for(self.takes())
        for key, reason in (incoming.broken if incoming is not None else {}).items():
            for _, field in leaves(self):
                if field.name == key or key in getattr(field, "part_names", ()):
                    field.process_errors = [reason, *field.process_errors]

    def takes(self) -> Iterator[str]:
        """The names of all that is read of what was sent: fields, their parts, and what a page has beside them."""
        for name, field in leaves(self):
            yield from getattr(field, "part_names", (name,))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the form was sent and every field can be used. Afterwards `faults` says what to change."""
        if not self.is_submitted():
            return False
        good = bool(super().validate(extra_validators))
        incoming = self._incoming
        if incoming is not None and incoming.characters > MOST_CHARACTERS:
            self.form_errors.append(AT_ONCE.format(incoming.characters, MOST_CHARACTERS))
            good = False
        return good

    @property
    def broken(self) -> str:
        """Why a text that was sent cannot be kept as it is; empty where every one can."""
        incoming = self._incoming
        return next(iter(incoming.broken.values()), "") if incoming is not None else ""

    @property
    def faults(self) -> list[Fault]:
        """Every fault in the order of the fields: those of rows and of forms within the form too, each once."""
        return [*(Fault("", message) for message in self.form_errors), *_faults(self)]

    @contextmanager
    def refusals(self, name: str | None = None) -> Iterator[None]:
        """Put an `Invalid` raised inside on the field it names, else on the field `name` or on the form, so that the
        page can be shown again."""
        try:
            yield
        except Invalid as refusal:
            self.refuse(refusal.message, refusal.field or name)

    def refuse(self, message: str, name: str | None = None) -> None:
        """Say what is wrong with the field of this name (`held_on`, or `points-0-words` in a row), or with the form."""
        field = self.find(name)
        if field is None or isinstance(field, FormField):
            (self if field is None else field.form).form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    def find(self, name: str | None) -> Field | None:
        """The field of this name, on the form itself or within it by its full name; None where there is none."""
        if name is None:
            return None
        if name in self._fields:
            found: Field = self._fields[name]
            return found
        return next((field for full, field in leaves(self) if full == name.replace(".", "-")), None)


class KeptPage(Form):
    """A page whose text is kept though it be refused. It carries unseen by what right, and which opening of the page it
    is. `back` is what `given_back` has put into its boxes, if anything."""

    back: Any = None
    opening = HiddenField()
    kept_for = HiddenField()

    def takes(self) -> Iterator[str]:
        """Beside the fields: its buttons."""
        yield from super().takes()
        yield "do"


class DraftPage(KeptPage):
    """One page of a draft. It carries unseen from which version it began, too."""

    version = HiddenField()

    def takes(self) -> Iterator[str]:
        """Beside those of every such page: what is to stay of two texts."""
        yield from super().takes()
        yield from (name for name in self._incoming or () if name.startswith("take-"))

    def save(self) -> Save:
        """Where a save of this page comes from."""
        version = str(self.version.data or "")
        return Save(int(version) if version.isdecimal() and len(version) < 9 else 0, str(self.opening.data or "")[:20])


class Part(Form):
    """A form inside another (`FormField(SomePart)`), which carries the one token for both."""

    class Meta(Form.Meta):
        csrf = False


def leaves(form: Any) -> Iterator[tuple[str, Field]]:
    """The fields that take input, with their full names: rows and forms within the form are walked through."""
    for field in form:
        if isinstance(field, FieldList):
            yield from _rows(field)
        elif isinstance(field, FormField):
            yield from leaves(field.form)
        else:
            yield field.name, field


def _rows(rows: FieldList[Any]) -> Iterator[tuple[str, Field]]:
    for entry in rows.entries:
        if isinstance(entry, FormField):
            yield from leaves(entry.form)
        elif isinstance(entry, FieldList):
            yield from _rows(entry)
        else:
            yield entry.name, entry


def _faults(form: Any) -> Iterator[Fault]:
    for field in form:
        yield from _faults_of(field)


def _faults_of(field: Any) -> Iterator[Fault]:
    if isinstance(field, CSRFTokenField):
        if field.errors:
            yield Fault("", _STALE)
    elif isinstance(field, FormField):
        yield from (Fault("", message) for message in field.form.form_errors)
        yield from _faults(field.form)
    elif isinstance(field, FieldList):
        yield from (Fault(_first_id(field), message) for message in field.errors if isinstance(message, str))
        for entry in field.entries:
            yield from _faults_of(entry)
    elif field.errors:
        yield Fault(first_id(field), str(field.errors[0]))


def first_id(field: Any) -> str:
    """The id of the input to go to for a field: of a date, the first part that is wrong."""
    return str(getattr(field, "fault_id", field.id))


def _first_id(rows: FieldList[Any]) -> str:
    """Where to go for a fault of a list of rows: its first input, or the form as a whole when it has none."""
    entries: Sequence[tuple[str, Field]] = list(_rows(rows))
    return first_id(entries[0][1]) if entries else ""
