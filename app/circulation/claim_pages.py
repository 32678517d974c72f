"""The one page between the code and the discussion for somebody whom nobody knew: which team she leads."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask.typing import ResponseReturnValue

from app.circulation import claiming, claims, leaders
from app.circulation.models import OtherLeader
from app.circulation.people_forms import ClaimForm
from app.circulation.routes import circulation
from app.clock import now
from app.database import db
from app.errors import Conflict
from app.organisations.models import Organisation
from app.text import words_joined
from app.web import actor, back_to, page


@circulation.route("/your-team", methods=["GET", "POST"])
def claim() -> ResponseReturnValue:
    """Which team do you lead?"""
    places, form = claims.places(db.session, actor()), ClaimForm()
    form.offer(places)
    if form.validate():
        try:
            with form.refusals():
                where, said = form.where(places), (form.team.data, form.name.data)
                asked = claiming.claim_team(db.session, actor(), where, *said, now=now())
                return back_to("discussions.meeting", asked=asked.ref)
        except Conflict as closed:
            form.refuse(closed.message)
            return _page(places, form, 409)
    return _page(places, form)


def _page(places: Sequence[Organisation], form: ClaimForm, status: int | None = None) -> Response:
    person = actor().person or 0
    said = [one for place in places if (one := claims.said_by(db.session, person, place.id)) is not None]
    return page(
        "circulation/claim.html",
        status,
        form=form,
        places=places,
        said=[(one, claims.asked_of(db.session, one.team_id)[0], _settlers(one)) for one in said],
        left=[place for place in places if place.id not in {one.organisation_id for one in said}],
    )


def _settlers(said: OtherLeader) -> str:
    """Who is asked to confirm it, as they are spoken; empty where that is the partnership."""
    held = leaders.settlers(db.session, said.organisation_id, said.team_id, now())
    return words_joined([f"{one.person.name}, {one.title}" for one in held]) if held else ""
