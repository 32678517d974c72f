"""The page of a launch that waits for its day, and the button that takes it back."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from app.circulation import listing, queries, schedules, scheduling
from app.circulation.date_forms import RecordingForm
from app.circulation.routes import circulation
from app.clock import now
from app.database import db
from app.web import actor, back_to, page


@circulation.get("/scheduled/<ref:launch>")
def scheduled(launch: str) -> ResponseReturnValue:
    """Who will be asked and when; or what came of it."""
    found = schedules.scheduled(db.session, actor(), launch)
    partnership = found.partnership
    names = queries.names_of(db.session, actor(), partnership, [*found.teams, *found.organisations])
    return page(
        "circulation/scheduled.html",
        launch=found,
        due=found.at <= now(),
        asked=listing.counts_words(*found.asked),
        names=sorted(names.values(), key=str.casefold),
        form=RecordingForm(),
        partnership=partnership,
        numbers_to_call=partnership.numbers_to_call,
    )


@circulation.post("/scheduled/<ref:launch>/cancel")
def cancel_scheduled(launch: str) -> ResponseReturnValue:
    """Take it back."""
    scheduling.cancel(db.session, actor(), schedules.scheduled(db.session, actor(), launch), now=now())
    return back_to(".scheduled", launch=launch, done=1)
