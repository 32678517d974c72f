"""Each field as a whole GOV.UK component: label, hint, fault and what was typed, by the library's own macros.

`{{ form.held_on }}` is enough. `{{ form.words(size="m", rows=8) }}` changes how it looks; these words are understood
by all: `size` (label or legend: s, m, l, xl, or none), `heading` (it is the page's h1), `hint`, `class_`, and by radios
and tick boxes `reveals` (a choice's value to the field or markup shown below it). Others become its attributes.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, request
from markupsafe import Markup, escape
from wtforms.widgets import HiddenInput

from app import differences
from app.differences import Difference
from app.saving import stays
from app.web.incoming import sent

Params = dict[str, Any]
# Macros indent what is nested in them, text boxes too; written as references, line ends are safe from that.
_LINE_END = Markup("&#10;")
# Stands in a component where what was typed goes. Random, so that no text can hold it by design or by accident.
_HERE = f"typed-{secrets.token_hex(16)}"
_MOST_REMEMBERED = 4_000
_remembered: dict[tuple[str, str], list[Markup]] = {}


def component(name: str, params: Params, *typed: str) -> Markup:
    """The markup of a component of the library, by the name of its folder (`date-input`).

    A macro takes 0.1 to 0.6 ms and makes the same of the same parameters, so what it made is remembered, up to a number
    of components. What was typed stays out of that: in `params` a mark stands in its place, and it comes in `typed`, in
    the order in which it stands in the component.
    """
    pieces = _pieces(name, params)
    if len(pieces) == 1:
        return pieces[0]
    return Markup("").join([pieces[0], *(part for pair in zip(typed, pieces[1:], strict=True) for part in pair)])


def _pieces(name: str, params: Params) -> list[Markup]:
    if "errorMessage" in params:  # rare, and it may quote what was typed
        return _made_in_pieces(name, params)
    key = (name, repr(params))
    pieces = _remembered.get(key)
    if pieces is None:
        pieces = _made_in_pieces(name, params)
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = pieces
    return pieces


def _made_in_pieces(name: str, params: Params) -> list[Markup]:
    """What stands before, between and after the places for what was typed.

    What an answer reveals is shown and hidden by our style sheet: by script the library would put on the radio an
    attribute (aria-expanded) that it may not have.
    """
    markup = made(name, params).replace(Markup(' data-aria-controls="'), Markup(' data-shows="'))
    for kind in ("radios", "checkboxes"):
        markup = markup.replace(Markup(f' govuk-{kind}__conditional--hidden"'), Markup('"'))
    return markup.split(_HERE)


def made(name: str, params: Params) -> Markup:
    """The same, made anew."""
    macro = "govuk" + name.title().replace("-", "")
    template = current_app.jinja_env.get_template(f"govuk_frontend_jinja/components/{name}/macro.html")
    markup: Markup = getattr(template.module, macro)(params)
    return markup


def boxed(text: str) -> Markup:
    """Text as it stands inside a text box, so that it comes back from a browser as it is, first empty lines and all."""
    lines = escape(text).replace("\n", _LINE_END)
    return _LINE_END + lines if text.startswith("\n") else lines


def beside(theirs: str, mine: str) -> Difference | None:
    """As `differences.beside`, the texts the other way round: `{{ theirs | beside(mine) }}`. Macros give markup."""
    one, other = (text.unescape() if isinstance(text, Markup) else text for text in (mine, theirs))
    return differences.beside(one, other)


def chosen(piece: str, mine: str, theirs: str, *, together: bool) -> str:
    """Which of two texts is to stay: what was chosen where the page was sent, else as `saving.stays` has it."""
    asked = sent(request, f"take-{piece}") if request.method == "POST" else ""
    if asked in ("mine", "theirs") or (asked == "both" and together):
        return asked
    return stays(mine, theirs, together=together)


def line(field: Any, **options: Any) -> Markup:
    """One input."""
    params, rest = described(field, options, group=False)
    changed = {key: rest.pop(key) for key in ("autocomplete", "inputmode", "type") if key in rest}
    given = {**getattr(field, "input_options", {}), **changed}
    classes = " ".join(filter(None, (given.pop("classes", ""), params.pop("classes", ""))))
    params = {**params, **given, "classes": classes, "attributes": rest}
    shown = field.shown()
    return component("input", {**params, "value": _HERE}, shown) if shown else component("input", params)


def hidden(field: Any, **options: Any) -> Markup:
    """What nobody sees. A long form has dozens of these, and WTForms takes twenty times as long to write one."""
    if options:
        return HiddenInput()(field, **options)
    name, value = escape(field.name), escape(field._value())
    return Markup(f'<input id="{escape(field.id)}" name="{name}" type="hidden" value="{value}">')


def words(field: Any, **options: Any) -> Markup:
    """A text box of several lines."""
    params, rest = described(field, options, group=False)
    params.update(rows=rest.pop("rows", field.rows), spellcheck=True, autocomplete=rest.pop("autocomplete", None))
    return component("textarea", {**params, "value": _HERE, "attributes": rest}, boxed(field.shown()))


def pick(field: Any, **options: Any) -> Markup:
    """A list to choose from."""
    params, rest = described(field, options, group=False)
    blank = {"value": "", "text": field.blank, "selected": field.is_empty()}
    items = [{"value": c.key, "text": c.label, "selected": field.is_chosen(c)} for c in field.choices]
    return component("select", {**params, "items": [blank, *items], "attributes": rest})


def radios(field: Any, **options: Any) -> Markup:
    """Answers of which one is chosen."""
    return _chosen("radios", field, options)


def ticks(field: Any, **options: Any) -> Markup:
    """Answers of which any number is chosen."""
    return _chosen("checkboxes", field, options)


def tick(field: Any, **options: Any) -> Markup:
    """One tick box, its label beside it."""
    params, rest = described(field, options, group=True)
    item = {"value": "yes", "text": field.label.text, "checked": field.data, "hint": params.pop("hint", None)}
    del params["fieldset"]
    return component("checkboxes", {**params, "items": [{**item, "attributes": rest}]})


def date_boxes(field: Any, **options: Any) -> Markup:
    """A date in three boxes."""
    params, rest = described(field, options, group=True)
    wrong = field.wrong_parts or (("day", "month", "year") if field.errors else ())
    widths = {"day": 2, "month": 2, "year": 4}
    items = [
        {
            "name": part,
            "value": _HERE if text else None,
            "classes": f"govuk-input--width-{widths[part]}" + (" govuk-input--error" if part in wrong else ""),
            # A month may be written as a word, which a keypad of digits would not allow.
            "inputmode": "text" if part == "month" else "numeric",
        }
        for part, text in field.written._asdict().items()
    ]
    del params["idPrefix"], params["name"]
    params.update(id=field.id, namePrefix=field.name, items=items, attributes=rest)
    return component("date-input", params, *filter(None, field.written))


def _chosen(name: str, field: Any, options: dict[str, Any]) -> Markup:
    reveals = {getattr(key, "value", key): shown for key, shown in options.pop("reveals", {}).items()}
    params, rest = described(field, options, group=True)
    items = [
        {
            "value": choice.key,
            "text": choice.label,
            "checked": field.is_chosen(choice),
            "hint": {"text": _HERE} if choice.hint else None,
            "conditional": {"html": _HERE} if choice.key in reveals else None,
        }
        for choice in field.choices
    ]
    params.update(items=items, attributes=rest)
    typed = [(choice.hint, reveals.get(choice.key)) for choice in field.choices]  # a hint may be what people wrote
    return component(name, params, *(escape(part) for pair in typed for part in pair if part))


def described(field: Any, options: dict[str, Any], *, group: bool) -> tuple[Params, dict[str, Any]]:
    """What every component has, and the options left over as attributes. A group's label is its legend."""
    size = options.pop("size", "s")
    style = "govuk-fieldset__legend--" if group else "govuk-label--"
    caption = {
        "text": field.label.text,
        "classes": style + size if size else "",
        "isPageHeading": options.pop("heading", False),
    }
    hint = options.pop("hint", field.description)
    params: Params = {"name": field.name, "classes": options.pop("class", "")}
    params.update(
        {"idPrefix": field.id, "fieldset": {"legend": caption}} if group else {"id": field.id, "label": caption}
    )
    if hint:
        params["hint"] = {"text": hint}
    if field.errors:
        params["errorMessage"] = {"text": str(field.errors[0])}
    return params, {key: value for key, value in options.items() if value is not None and value is not False}
