"""How often whoever receives minutes gets emails about them, between its pages and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from app import clock, policy
from app.clock import now
from app.database import db
from app.errors import NotFound
from app.forwarding.forms import Often, RhythmForm
from app.organisations.deciding import choose_letters
from app.organisations.hearing import Rhythm
from app.organisations.models import Appointment
from app.organisations.queries import held_to, rhythms_chosen
from app.web import actor, page


@dataclass(frozen=True)
class RhythmPlace:
    """An appointment by which this person receives minutes, and all that was chosen for it, the last first."""

    held: Appointment
    chosen: Sequence[Rhythm]

    @property
    def last(self) -> Rhythm | None:
        """The choice that stands, if any was ever made."""
        return self.chosen[0] if self.chosen else None

    @property
    def weekly(self) -> bool:
        """Whether it is one letter a week."""
        return self.last is not None and self.last.weekly

    @property
    def name(self) -> str:
        """The teams that the appointment is narrowed to, or its organisation."""
        return self.held.named_teams or (self.held.organisation.name if self.held.organisation else "")


def places() -> list[RhythmPlace]:
    """Everything for which this person can choose. Raises `NotFound` for whoever receives no minutes."""
    found = held_to(db.session, policy.within(actor(), "choose_letters", Appointment), now())
    chosen = rhythms_chosen(db.session, [held.id for held in found])
    return [RhythmPlace(held, [one for one in chosen if one.appointment_id == held.id]) for held in found]


def place(appointment: str) -> RhythmPlace:
    """One of them. Raises `NotFound`."""
    for one in places():
        if one.held.ref == appointment:
            return one
    raise NotFound


def overview() -> Response:
    """All of them, and what was just chosen."""
    found = places()
    done = [one for one in found if one.held.ref == request.args.get("done") and one.chosen]
    return page("forwarding/emails_to_you.html", places=found, done=done)


def form_for(one: RhythmPlace) -> RhythmForm:
    """The form as things stand."""
    form = RhythmForm()
    if not form.is_submitted():
        form.often.data = Often.WEEKLY if one.weekly else Often.EACH
    return form


def carry_out(one: RhythmPlace, form: RhythmForm, at: datetime) -> None:
    """Keep what was chosen."""
    choose_letters(db.session, actor(), one.held, weekly=form.often.data is Often.WEEKLY, now=at)


def chosen_words(chosen: Rhythm | None) -> str:
    """What a choice says, in a sentence."""
    if chosen is None:
        return "You get a letter for each set of minutes. Nothing else has been chosen."
    what = "one letter a week, on Monday" if chosen.weekly else "a letter for each set of minutes"
    return f"You get {what}, since {clock.moment_words(chosen.at)}."
