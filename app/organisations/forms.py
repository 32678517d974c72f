"""On which days somebody is away; where somebody is written to."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from app.web.forms import Choice, ChoiceField, EmailField, Form, GovDateField, HiddenField

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


class Right(StrEnum):
    """What is right about an address that letters did not reach."""

    OTHER = "other"
    SAME = "same"


class MendForm(Form):
    """Where somebody is written to from now on: at another address, or at this one, which is right again."""

    decision = ChoiceField(
        "What is right?",
        needed="Choose what is right.",
        choices=[
            Choice(Right.OTHER, "It is another address"),
            Choice(Right.SAME, "The address is right", "For example, the mailbox was full and has room again."),
        ],
    )
    email = EmailField(
        "Work email address",
        description="Letters go there from now on, and the person can sign in by it.",
        called="The address",
        needed="Give the work email address at which the person gets letters.",
    )

    @property
    def address(self) -> str:
        """The address, as addresses are kept."""
        return self.email.data.lower()

    def only_right_again(self) -> None:
        """Offer no other address."""
        self.decision.choices = self.decision.choices[1:]

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether one was chosen; the address counts, and is asked for, only where it is another one."""
        if self.is_submitted() and self.decision.data is not Right.OTHER:
            self.email.data, self.email.needed, self.email.process_errors = "", "", []
        return super().validate(extra_validators)
