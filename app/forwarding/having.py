"""“I have these”: a lead says of several sets of minutes, opened before, that she has them.

Each is held and acknowledged by the service that does it on its own page, so that nothing can be said of several that
could not be said of one. What moved on meanwhile is left out and told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import Response, request

from app import clock
from app.database import db
from app.errors import NotFound
from app.forwarding import services
from app.forwarding.forms import HaveForm
from app.forwarding.inbox import Waiting, inbox
from app.forwarding.together import Together, together
from app.web import actor, page
from app.web.forms import Choice


def inbox_page(form: HaveForm | None = None) -> Response:
    """The inbox, or a page of it. What this person has opened of it and nobody has can be ticked."""
    pages = {name: request.args.get(name, "") for name in ("unread", "waiting", "before")}
    found = inbox(db.session, actor(), unread=pages["unread"], waiting=pages["waiting"], before=pages["before"])
    form = form or HaveForm()
    form.minutes.choices = [_choice(line) for line in found.to_read if line.opened]
    return page("forwarding/inbox.html", inbox=found, pages=pages, form=form)


def form_sent() -> HaveForm:
    """What was ticked, as far as this person receives it: also what she could not tick by now, so that she is told."""
    form = HaveForm()
    form.minutes.choices = [_choice(one.line) for one in _received(form.minutes.keys)]
    return form


def carry_out(refs: Iterable[str], at: datetime) -> list[str]:
    """Acknowledge each of these minutes that can be; returns all their references, for the page that says what came of
    it. Records are held in one order, so that two people who do this at once wait for one another and never cross."""
    found = sorted(together(db.session, actor(), refs), key=lambda one: one.minutes.thread)
    for one in found:
        services.hold(db.session, actor(), one.minutes)
    for one in together(db.session, actor(), [one.line.ref for one in found]):
        if one.open:
            services.acknowledge(db.session, actor(), one.minutes, now=at)
    return [one.line.ref for one in found]


def _received(refs: Iterable[str]) -> list[Together]:
    try:
        return together(db.session, actor(), refs)
    except NotFound:
        return []


def _choice(line: Waiting) -> Choice:
    met = f"Met on {clock.date_words(line.held_on)}, sent {clock.moment_words(line.sent_at)}"
    version = f", version {line.version}" if line.version > 1 else ""
    return Choice(line.ref, f"{line.teams}: {line.briefing}", f"{met}{version}")
