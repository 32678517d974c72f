"""Answers received outside the service, as the officer types them in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from app.clock import month_words
from app.discussions import record, retyping
from app.discussions.forms import SaidForm, said_form, said_pairs
from app.discussions.models import SETTING_WORDS, Received
from app.discussions.outside import Entry
from app.discussions.record import Amiss, Said
from app.discussions.sending_forms import ShownOnce
from app.packs.models import DiscussionPoint
from app.web.forms import Choice, ChoiceField, CountField, PickField
from app.web.incoming import Incoming

MONTHS = 24


class OutsideForm(SaidForm, ShownOnce):
    """What a team sent. Of what teams write here, only the questions are on the page."""

    received = ChoiceField(
        "How did it come to you?",
        needed="Say how it came to you.",
        choices=[
            Choice(Received.MAIL, "By email"),
            Choice(Received.PAPER, "On paper"),
            Choice(Received.WORD, "As a Word file"),
        ],
    )
    month = PickField("In which month did the team meet?", needed="Choose the month in which the team met.")
    setting = ChoiceField(
        "What kind of meeting was it?", choices=SETTING_WORDS, needed="Choose what kind of meeting it was."
    )
    present = CountField(
        "How many people were there?",
        called="How many people were there",
        needed="Say how many people were there.",
        minimum=1,
        maximum=record.MOST_PRESENT,
    )

    def offer(self, day: date, *, also: date | None = None) -> None:
        """The months to choose from: two years back from this day, and the one that was chosen before."""
        last = day.year * 12 + day.month - 1
        months = [date(n // 12, n % 12 + 1, 1) for n in range(last, last - MONTHS, -1)]
        shown = [*months, *([also] if also and also not in months else [])]
        self.month.choices = [Choice(month.isoformat(), month_words(month)) for month in shown]

    def entry(self, said: Said) -> Entry:
        """What was typed, of a form that was judged."""
        assert self.present.data is not None
        return Entry(
            month=date.fromisoformat(self.month.data),
            setting=self.setting.data,
            present=self.present.data,
            received=self.received.data,
            answers=said.answers,
        )

    def judged(self, read: Said | list[Amiss]) -> Said | None:
        """What the team said, where the whole page can be used."""
        return read if self.judge(read) and isinstance(read, Said) else None


def outside_form(
    points: Iterable[DiscussionPoint], before: Entry | None, typed: Sequence[tuple[str, str]] = ()
) -> OutsideForm:
    """The form for an edition's points: as it was sent; else with what was `typed` and could not be; else filled with
    what was entered before."""
    kind: type[OutsideForm] = type("OutsideFormOfEdition", (OutsideForm, said_form(points)), {})
    form, pairs = kind(), typed or (_pairs(before) if before else ())
    return form if form.is_submitted() or not pairs else kind(Incoming(pairs))


def _pairs(before: Entry) -> list[tuple[str, Any]]:
    meeting = record.Meeting(held_on=before.month, setting=before.setting, present=before.present)
    typed = retyping.typed(record.Record(meeting, Said(answers=before.answers)))
    own = [("received", before.received.value), ("month", before.month.isoformat()), ("setting", before.setting.value)]
    return [*own, ("present", str(before.present)), *said_pairs(typed)]
