"""The one form of a launch. It goes from page to page whole: nothing typed is lost, and nothing is stored early."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from wtforms.widgets import HiddenInput

from app.circulation.models import LONGEST_NOTE
from app.circulation.saved import LONGEST_NAME
from app.circulation.scheduled import HOURS
from app.clock import opens
from app.database import REF_LENGTH
from app.web.fields import Entry
from app.web.forms import Choice, ChoiceField, Form, GovDateField, LineField, PickField, TickField, WordsField

EVERYBODY = "*"
_REF = re.compile(rf"[0-9a-z]{{{REF_LENGTH}}}")


class RefsField(Entry):
    """Public references that were ticked, or that a hidden field carries with spaces between. `data` is a set of them;
    what is not a reference is dropped, what is not the partnership's falls out where the list is worked out."""

    widget = HiddenInput()
    data: set[str]

    def process_data(self, value: Any) -> None:
        self.data = set(value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        words = [word for value in valuelist if isinstance(value, str) for word in value.split()]
        self.data = {word for word in words if _REF.fullmatch(word)}

    def shown(self) -> str:
        """All of them in one hidden field."""
        return " ".join(sorted(self.data))


class Sending(StrEnum):
    """When the letters of a launch go out."""

    NOW = "now"
    LATER = "later"


class CirculateForm(Form):
    """Whom to ask, by when, with what words, and when the letters go out; and, carried along unseen, who asks, the
    one-time key and the list that was shown last; and the buttons that tick many, and save or delete a list."""

    organisations = RefsField("Who is asked")
    teams = RefsField("Teams")
    again = TickField("Ask those too who were asked about this briefing before")
    answer_by = GovDateField(
        "Date to answer by",
        description="Teams can still write up their discussion after this date.",
        needed="Give the date to answer by.",
    )
    sending = ChoiceField(
        "When do the letters go out?",
        choices=[Choice(Sending.NOW, "As soon as I confirm"), Choice(Sending.LATER, "Later, on a day that I choose")],
    )
    on = GovDateField("Day on which they go out", called="The day on which they go out")
    hour = PickField(
        "Time",
        choices=[Choice(str(hour), f"{hour}:00") for hour in HOURS],
        description="London time",
        called="The time",
    )
    cover_note = WordsField(
        "Cover note (optional)",
        description=f"Stands in every letter. Plain words, up to {LONGEST_NOTE:,} characters. "
        "Do not write about a child or a family here.",
        called="Cover note",
        max_length=LONGEST_NOTE,
        rows=8,
    )
    partnership = LineField("Partnership")
    once = LineField("Key")
    digest = LineField("Digest")
    shown = WordsField("List")
    tick = LineField("Tick")
    untick = LineField("Untick")
    list_name = LineField(
        "Name of the list",
        description="Every officer of the partnership sees it. For example, Schools in Hailsham",
        called="The name",
        max_length=LONGEST_NAME,
    )
    replace = LineField("Replace")
    tick_list = LineField("Tick a list")
    delete_list = LineField("Delete a list")
    sure = LineField("Delete it")

    @property
    def day(self) -> date:
        """The date to answer by of a form that was validated."""
        assert self.answer_by.data is not None
        return self.answer_by.data

    @property
    def leaves(self) -> datetime | None:
        """When the letters go out, where that is later; of a form that was validated."""
        if self.sending.data is not Sending.LATER:
            return None
        assert self.on.data is not None
        return opens(self.on.data, int(self.hour.data))

    def validate(self, extra_validators: Any = None) -> bool:
        """Day and time count, and are asked for, only where the letters go out later."""
        if self.sending.data is Sending.LATER:
            self.on.needed, self.hour.needed = "Give the day on which the letters go out.", "Choose the time."
        else:
            self.on.process_errors, self.hour.keys = [], []
        return super().validate(extra_validators)

    def shift(self, by_sector: dict[str, tuple[set[str], set[str]]]) -> None:
        """Carry out a “tick all” or “untick all” button. `by_sector`: the references of organisations and teams."""
        for sector, (organisations, teams) in by_sector.items():
            if self.tick.data in (sector, EVERYBODY):
                self.organisations.data |= organisations
            if self.untick.data in (sector, EVERYBODY):
                self.organisations.data -= organisations
                self.teams.data -= teams
