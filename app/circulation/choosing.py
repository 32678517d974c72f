"""The page on which an officer ticks who is asked, as it stands after whatever button was pressed on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from app.circulation import listing, lists, queries
from app.circulation.audience import Line
from app.circulation.forms import EVERYBODY, CirculateForm
from app.clock import now
from app.database import db
from app.errors import NotFound
from app.organisations.models import Partnership
from app.packs.models import Edition
from app.web import actor, page


def choose_page(
    edition: Edition, asker: Partnership, form: CirculateForm, *said: str, replacing: str = ""
) -> ResponseReturnValue:
    """Everything that can be ticked, and what is; what is `said` of lists, and which could be replaced."""
    lines, told = queries.lines(db.session, actor(), asker, now()), list(said)
    form.shift(listing.refs_by_sector(lines))
    if form.tick_list.data:
        told += _ticked(asker, form, lines)
    before = queries.asked_before(db.session, asker.id, edition.id)
    return launch_page(
        "choose",
        asker,
        form,
        edition=edition,
        sectors=listing.boxes(lines, form.organisations.data, form.teams.data, before),
        before=before,
        everybody=EVERYBODY,
        lists=lists.lists(db.session, actor(), asker),
        told=told,
        replacing=replacing,
        counts_words=listing.counts_words,
    )


def _ticked(asker: Partnership, form: CirculateForm, lines: Sequence[Line]) -> list[str]:
    """Tick all of a list beside what is ticked, and say so."""
    try:
        found = lists.ticks(db.session, actor(), asker, form.tick_list.data, lines, now())
    except NotFound:
        return ["This list was deleted or saved anew since. Those that there are stand below."]
    form.organisations.data |= found.organisations
    form.teams.data |= found.teams
    return listing.ticked_words(found)


def launch_page(
    name: str, asker: Partnership, form: CirculateForm, status: int | None = None, **more: Any
) -> ResponseReturnValue:
    """A page of a launch, with the form that goes through all of them."""
    more |= {"partnership": asker, "numbers_to_call": asker.numbers_to_call}
    return page(f"circulation/{name}.html", status, form=form, **more)
