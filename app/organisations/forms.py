"""On which days somebody is away."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from app.web.forms import Choice, ChoiceField, Form, GovDateField, HiddenField

NEEDS_LAST = "Give the last day away."


class LeaveForm(Form):
    """Days to be noted."""

    starts_on = GovDateField(
        "First day away",
        description="Today or later. For example, 27 3 2027",
        needed="Give the first day away.",
        called="The first day",
    )
    ends_on = GovDateField(
        "Last day away",
        description="It counts as a day away. For example, 9 4 2027",
        needed=NEEDS_LAST,
        called="The last day",
    )


class Change(StrEnum):
    """What can be changed about days that are noted."""

    LAST = "last"
    OFF = "off"


class ChangeForm(Form):
    """Another last day, or none. `seen` is the change that stood when the page was made."""

    seen = HiddenField()
    decision = ChoiceField("What has changed?", needed="Choose what has changed.")
    ends_on = GovDateField(
        "New last day away", description="It counts as a day away. For example, 9 4 2027", called="The new last day"
    )

    def offer(self, off: str) -> None:
        """Set what can be chosen; `off` says what calling it off means."""
        self.decision.choices = [Choice(Change.LAST, "The last day away"), Choice(Change.OFF, *off.split("|"))]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether one was chosen; a day counts, and is asked for, only where the last day changes."""
        self.ends_on.needed = NEEDS_LAST if self.decision.data is Change.LAST else ""
        if self.decision.data is Change.OFF:
            self.ends_on.process_errors = []
        return super().validate(extra_validators)
