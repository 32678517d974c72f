"""Adds a team that was not known, with who leads it; what its organisation is asked now, the team is asked as well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import policy
from app.circulation import leaders, openings
from app.circulation.models import Added, Asked, Circulation
from app.clock import today
from app.database import new_ref
from app.errors import Invalid
from app.organisations.models import Named, Organisation, Team
from app.organisations.newcomers import address_at, check_address
from app.organisations.posts import begin_leading
from app.policy import Actor
from app.text import single_line, words_joined
from app.trail.services import note


def add_team(session: Session, actor: Actor, place: Organisation, called: str, named: Named, *, now: datetime) -> Team:
    """Make a team of an organisation and appoint its leader; the team is asked, as added later, what its organisation
    is asked and can still record, so that its leader gets the asking letter.

    The same team with the same leader again is the one that is there. Raises `Invalid`, with the field, where a team of
    this name is there with somebody else, or the address cannot be used.
    """
    policy.require(actor, "add_team", place)
    check_address(session, place, named.email)
    session.execute(select(Organisation.id).where(Organisation.id == place.id).with_for_update(key_share=True))
    there = openings.team_called(session, place.id, called)
    if there is not None:
        return _as_it_is(session, there, named, now)
    team = Team(organisation_id=place.id, code=_code(called), name=called)
    session.add(team)
    session.flush()
    begin_leading(session, actor, team, address_at(session, named), now)
    asked = _ask(session, actor, place, team, now)
    note(session, actor, "team added", team.ref, now=now, organisation_id=place.id, detail={"asked": asked})
    return team


def _as_it_is(session: Session, there: Team, named: Named, now: datetime) -> Team:
    """The team that has the name, where this leader leads it; or why it is not added again."""
    held = leaders.leading(session, there.id, today(now))
    if any(appointment.address.email == named.email for appointment in held):
        return there
    if not there.confirmed:
        raise Invalid(f"Somebody says that she leads {there.name}. Confirm or decline that on your page first.", "team")
    names = words_joined([appointment.person.name for appointment in held]) if held else "nobody who is known here"
    raise Invalid(f"There is a team called “{there.name}” already, led by {names}. It was not added again.", "team")


def _code(called: str) -> str:
    """The reference of a team that was added here: unique in its organisation for as long as the name is."""
    return f"added: {single_line(called).casefold()}"


def _ask(session: Session, actor: Actor, place: Organisation, team: Team, now: datetime) -> int:
    title = leaders.title_in(session, actor, place.id, None, now)
    why = f"{actor.name}, {title}, added the team: it was not known here when the briefing went out."
    return len(ask(session, place, team, openings.recordable(session, place.id, today(now)), why, now))


def ask(
    session: Session, place: Organisation, team: Team, sent: Sequence[Circulation], why: str, now: datetime
) -> list[str]:
    """Ask a team of an organisation what was circulated, as added later; returns the references of what it is asked."""
    rows = [
        {
            "circulation_id": circulation.id,
            "partnership_id": circulation.partnership_id,
            "organisation_id": place.id,
            "team_id": team.id,
            "organisation_name": place.name,
            "team_name": team.name,
            "sector": place.sector,
            "added_at": now,
            "added": Added.LATER,
            "why": why,
            "ref": new_ref(),
        }
        for circulation in sent
    ]
    if rows:
        session.execute(insert(Asked), rows)
    return [str(row["ref"]) for row in rows]
