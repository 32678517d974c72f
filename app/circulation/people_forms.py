"""Naming somebody: by name and work address, or saying that one does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.organisations.models import Named, Organisation
from app.web.forms import Choice, ChoiceField, EmailField, Form, LineField

LONGEST_NAME = 120


class PersonForm(Form):
    """Somebody else: name and work address."""

    name = LineField(
        "Name",
        description="First and last name.",
        called="The name",
        needed="Give the person’s name.",
        max_length=LONGEST_NAME,
    )
    email = EmailField(
        "Work email address",
        description="We write to it. It is how the person signs in: a code is sent there.",
        called="The address",
        needed="Give the person’s work email address.",
    )

    def named(self) -> Named:
        """Who was named."""
        return Named(self.name.data, self.email.data.lower())


class ColleagueForm(PersonForm):
    """Who else is to write up a discussion."""


class LeaderForm(PersonForm):
    """Who leads a team now, as far as whoever is asked knows."""

    who = ChoiceField(
        "Who leads the team now?",
        needed="Say who leads the team now, or that you do not know.",
        choices=[Choice("known", "I know who"), Choice("unknown", "I do not know")],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether somebody is named, or it is said that nobody is known. Until one is chosen no box is asked for: the
        page shows none."""
        if self.is_submitted() and self.who.data != "known":
            for field in (self.name, self.email):
                field.data, field.needed, field.process_errors = "", "", []
        return super().validate(extra_validators)


class SettleForm(PersonForm):
    """Who leads a team from today."""


class TeamForm(PersonForm):
    """A team that was not known, and who leads it."""

    team = LineField(
        "What is the team called?",
        description="As people in your organisation call it. For example, Health visiting, Hailsham",
        called="The team’s name",
        needed="Say what the team is called.",
        max_length=LONGEST_NAME,
    )
    name = LineField(
        "Who leads it?",
        description="First and last name.",
        called="The name",
        needed="Give the name of who leads the team.",
        max_length=LONGEST_NAME,
    )


class ClaimForm(Form):
    """Which team somebody leads whom nobody knew. In which organisation it can be is set by the page (`offer`)."""

    name = LineField(
        "Your name",
        description="First and last name. Your safeguarding lead reads it.",
        called="Your name",
        needed="Give your name.",
        max_length=LONGEST_NAME,
    )
    organisation = ChoiceField("Where do you work?", needed="Choose where you work.")
    team = LineField(
        "Which team do you lead?",
        description="As people in your organisation call it. For example, Health visiting, Hailsham",
        called="The team’s name",
        needed="Say which team you lead.",
        max_length=LONGEST_NAME,
    )

    def offer(self, places: Sequence[Organisation]) -> None:
        """Set where it can be: asked only where there are several."""
        self.organisation.choices = [Choice(place.ref, place.name) for place in places]
        if len(places) == 1:
            self.organisation.needed = ""

    def where(self, places: Sequence[Organisation]) -> Organisation:
        """The place that was chosen, or the only one."""
        return next((place for place in places if place.ref == self.organisation.data), places[0])
