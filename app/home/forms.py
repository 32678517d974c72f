"""What an operator sends: why letters are held, which of them to try again, which address is right."""

from __future__ import annotations

from app.web.forms import Form, HiddenField, LineField


class HoldForm(Form):
    """Why all letters are held."""

    because = LineField(
        "Why?",
        description="Others who look after letters read this. No names of children, families or teams.",
        called="Why letters are held",
        max_length=300,
    )


class RetryForm(Form):
    """Which letters to try again: those in a state for a reason, or all where neither is given."""

    of_state = HiddenField()
    of_reason = HiddenField()


class ClearForm(Form):
    """An address that is right again."""

    flagged = HiddenField()
