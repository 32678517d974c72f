"""The page on which an officer enters what a team sent outside the service."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from app import policy
from app.circulation import queries as circulation
from app.circulation.models import Asked
from app.clock import now, today
from app.database import db
from app.discussions import entered, entering, record
from app.discussions.content import shaped
from app.discussions.entering import entry_of
from app.discussions.looked_at import looks
from app.discussions.outside import Outside, entered_by
from app.discussions.outside_forms import OutsideForm, outside_form
from app.discussions.record import Amiss, Said
from app.discussions.second_look import Look
from app.errors import Conflict, Invalid
from app.web import actor, given_back, page
from app.web.given_back import Back


def asked(ref: str) -> Asked:
    """What was asked, for an officer of the partnership that asked it."""
    ask = circulation.asked(db.session, actor(), ref)
    policy.require(actor(), "enter_outside", ask)
    return ask


def form_for(ask: Asked, back: Back | None) -> OutsideForm:
    """The page as it was sent, else with what this person typed before and could not send, else as what was entered
    stands."""
    stands = entered.standing(db.session, ask)
    before = entry_of(stands) if stands else None
    form = outside_form(ask.circulation.edition.points, before, given_back.pairs(back))
    form.offer(today(now()), also=stands.month if stands else None)
    given_back.carry(form, back)
    return form


def read_said(ask: Asked, form: OutsideForm) -> Said | list[Amiss]:
    """What was typed under the questions, judged with as many people present as the page says."""
    kinds = {point.key: point.kind for point in ask.circulation.edition.points}
    return record.read_said(shaped(form.content()), kinds, form.present.data or record.MOST_PRESENT)


def to_look_at(ask: Asked, form: OutsideForm, said: Said) -> Sequence[Look]:
    """What looks like somebody's and has not been shown yet beside where it stands. Shown once, it may stay."""
    return form.to_look_at(looks(said, ask.circulation.edition, ask.circulation.partnership))


def enter(ask: Asked, form: OutsideForm, said: Said) -> None:
    """Keep it. Raises `Invalid`, so that the page is shown again with what was typed, where that cannot be done."""
    try:
        entering.enter(db.session, actor(), ask, form.entry(said), now=now())
    except Conflict as closed:
        raise Invalid(closed.message) from closed
    given_back.forget(form)


def outside(ask: Asked, form: OutsideForm, to_look_at: Sequence[Look] = (), back: Back | None = None) -> Response:
    """The boxes, with what stands and who entered it, what to look at once more before it is kept, and whether there is
    in them what this person typed before."""
    stands: Outside | None = entered.standing(db.session, ask)
    partnership = ask.circulation.partnership
    return page(
        "discussions/enter.html",
        ask=ask,
        form=form,
        stands=stands,
        looks=to_look_at,
        back_in=back,
        mark=entered_by(partnership.short_name, stands.received) if stands else "",
        points=list(zip(ask.circulation.edition.points, form.parts, strict=True)),
        partnership=partnership,
        numbers_to_call=partnership.numbers_to_call,
    )
