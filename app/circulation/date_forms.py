"""Changing the date to answer by; closing recording and opening it again."""

from __future__ import annotations

from datetime import date

from app.web.forms import Form, GovDateField, HiddenField


class AnswerByForm(Form):
    """Another date to answer by; `seen` is which date the page showed."""

    answer_by = GovDateField(
        "New date to answer by",
        description="For example, 27 3 2027",
        needed="Give the new date to answer by.",
    )
    seen = HiddenField()

    @property
    def day(self) -> date:
        """The date of a form that was validated."""
        assert self.answer_by.data is not None
        return self.answer_by.data


class RecordingForm(Form):
    """Nothing to fill in: the button says it."""
