"""A lead's standing decisions, between their pages and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from app import clock
from app.clock import now
from app.database import db
from app.errors import NotFound
from app.forwarding.forms import Ahead, AheadForm
from app.organisations import ahead
from app.organisations.deciding import decide_ahead
from app.organisations.decisions import StandingDecision
from app.organisations.models import Appointment, Organisation, Partnership
from app.web import actor, page


@dataclass(frozen=True)
class AheadPlace:
    """What a decision is for: an appointment of this person and a partnership; all that was decided, the last first."""

    held: Appointment
    partnership: Partnership
    taken: Sequence[StandingDecision]

    @property
    def last(self) -> StandingDecision | None:
        """The decision that stands, if any was ever taken."""
        return self.taken[0] if self.taken else None

    @property
    def organisation(self) -> Organisation:
        """Where the appointment is: that of a lead is in an organisation."""
        if self.held.organisation is None:
            raise NotFound
        return self.held.organisation


def places() -> list[AheadPlace]:
    """Everything for which this person can decide. Raises `NotFound` for whoever leads nothing."""
    found = ahead.appointments(db.session, actor(), now())
    taken = ahead.taken(db.session, [held.id for held, _ in found])
    return [
        AheadPlace(held, asker, [t for t in taken if (t.appointment_id, t.partnership_id) == (held.id, asker.id)])
        for held, askers in found
        for asker in askers
    ]


def place(appointment: str, partnership: str) -> AheadPlace:
    """One of them. Raises `NotFound`."""
    for one in places():
        if (one.held.ref, one.partnership.slug) == (appointment, partnership):
            return one
    raise NotFound


def overview() -> Response:
    """All of them, and what was just decided."""
    found = places()
    done = [one for one in found if one.held.ref == request.args.get("done") and one.last]
    return page("forwarding/standing_decisions.html", places=found, done=done)


def form_for(one: AheadPlace) -> AheadForm:
    """The form as things stand."""
    form = AheadForm()
    if not form.is_submitted():
        form.seen.data = one.last.ref if one.last else ""
        form.sharing.data = Ahead.AT_ONCE if one.last and one.last.at_once else Ahead.READ_FIRST
        form.quotable.data = bool(one.last and one.last.quotable)
    return form


def carry_out(one: AheadPlace, form: AheadForm, at: datetime) -> None:
    """Keep what was chosen. What may be quoted counts only where answers are shared at once."""
    decide_ahead(
        db.session,
        actor(),
        one.held,
        one.partnership.id,
        at_once=form.sharing.data is Ahead.AT_ONCE,
        quotable=form.quotable.data,
        seen=form.seen.data if form.seen.data is not None else None,
        now=at,
    )


def decided_words(decision: StandingDecision | None) -> str:
    """What a decision says, in a sentence."""
    if decision is None:
        return "You read each one first. That holds until you decide otherwise."
    day = f"since {clock.moment_words(decision.at)}"
    if not decision.at_once:
        return f"You read each one first, {day}."
    quoting = "They may be quoted." if decision.quotable else "They may not be quoted."
    return f"Shared at once when the check finds nothing, {day}. {quoting}"
