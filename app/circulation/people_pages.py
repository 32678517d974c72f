"""What the pages on which people are named show."""

from __future__ import annotations

from typing import Any

from flask import Response

from app import policy
from app.circulation import colleagues, leaders, openings
from app.circulation.models import Asked, OtherLeader
from app.circulation.people_forms import LeaderForm, PersonForm, TeamForm
from app.clock import now, today
from app.database import db
from app.organisations.models import Organisation, Team
from app.text import words_joined
from app.web import actor, page


def colleague(asked: Asked, form: PersonForm) -> Response:
    """Who else writes up a discussion: those named, and the boxes for one more."""
    named = [(one, colleagues.until(one.at, asked)) for one in colleagues.history(db.session, asked)]
    standing = [one for one, until in named if one.ended is None and until >= today(now())]
    wrong = colleagues.not_reached(db.session, standing, now())
    return page(
        "circulation/colleague.html", form=form, named=named, standing=standing, not_reached=wrong, **about(asked)
    )


def leader(asked: Asked, form: LeaderForm) -> Response:
    """Who leads a team now, for whoever was asked and does not; and what was said last."""
    said = leaders.last_said(db.session, asked.team_id) if asked.team_id else None
    settlers = leaders.settlers(db.session, asked.organisation_id, asked.team_id or 0, now())
    names = words_joined([f"{held.person.name}, {held.title}" for held in settlers]) if settlers else ""
    may_name = policy.allows(actor(), "name_colleague", asked)
    shown: dict[str, Any] = {"form": form, "said": said, "settlers": names, "may_name": may_name}
    return page("circulation/leader.html", **shown, **about(asked))


def settle(said: OtherLeader, form: PersonForm) -> Response:
    """What was said of who leads a team: to be confirmed or declined, or what came of it."""
    last, at = leaders.last_said(db.session, said.team_id), today(now())
    stopping = [held.person.name for held in leaders.stopping(db.session, said, at) if not said.settled]
    return page(
        "circulation/settle_leader.html",
        form=form,
        said=said,
        since=last if last is not None and last.id != said.id else None,
        stopping=words_joined(stopping) if stopping else "",
        in_time=said.asked.circulation.answer_by >= at,
        **about(said.asked),
    )


def name_leader(team: Team, form: PersonForm) -> Response:
    """A team that nobody leads, or by now somebody does: who, and the boxes for who is to lead it."""
    held = leaders.leading(db.session, team.id, today(now()))
    open_now = openings.still_open(db.session, team.organisation_id, today(now()))
    names = words_joined([one.person.name for one in held]) if held else ""
    return page("circulation/name_leader.html", form=form, team=team, leads=names, open=open_now)


def add_team(place: Organisation, form: TeamForm) -> Response:
    """A team that is missing: what it is called and who leads it; and the one of this name, where there is one."""
    there = openings.team_called(db.session, place.id, form.team.data) if form.team.errors and form.team.data else None
    open_now = openings.recordable(db.session, place.id, today(now()))
    passed = [one for one in open_now if one.answer_by < today(now())]
    return page("circulation/add_team.html", form=form, place=place, there=there, open=open_now, passed=passed)


def about(asked: Asked) -> dict[str, Any]:
    """What each of these pages says: what was asked, whom to call about a child, and the way back."""
    partnership = asked.circulation.partnership
    seen = asked.team is not None and policy.allows(actor(), "see_team", asked.team)
    back = {"endpoint": "home.team", "team": asked.team.ref} if asked.team and seen else {"endpoint": "home.mine"}
    return {
        "ask": asked,
        "partnership": partnership,
        "numbers_to_call": partnership.numbers_to_call,
        "back": back,
    }
