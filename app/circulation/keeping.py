"""Saves what is ticked as a list of the partnership, under a name, and deletes one. Facts: see `saved`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import policy
from app.circulation import lists, queries
from app.circulation.audience import Line
from app.circulation.saved import SavedList, SavedListDeleted, SavedListPlace
from app.errors import Conflict, Invalid
from app.organisations.models import Partnership
from app.policy import Actor
from app.text import is_blank, single_line
from app.trail.services import note

MOST = 60
NAMELESS = "Give the list a name, then save it."
NOTHING = "Tick at least one organisation or team, then save them as a list."
REPLACED = "This list was saved anew since, so it was not deleted. Look at it again."


Ticked = tuple[Collection[str], Collection[str]]
"""The references of the organisations and of the teams that are ticked."""


class NameTaken(Conflict):
    """There is another list of this name, which may be replaced. `there` is that list, `teams` and `organisations` how
    much is ticked now."""

    def __init__(self, there: SavedList, teams: int, organisations: int) -> None:
        super().__init__(f"There is a list called “{there.name}” already.")
        self.there, self.teams, self.organisations = there, teams, organisations


def save_list(
    session: Session,
    actor: Actor,
    partnership: Partnership,
    name: str,
    ticked: Ticked,
    *,
    replaces: str = "",
    now: datetime,
) -> SavedList:
    """Keep what is ticked, by references, under a name; the same under the same name again is the list that is there.

    Raises `NameTaken` where another list has the name that is not the one to be replaced (`replaces`, its reference),
    and `Invalid` with the field where there is no name, or nothing of the partnership is ticked."""
    policy.require(actor, "save_list", partnership)
    name = _named(name)
    places = _places(queries.lines(session, actor, partnership, now), *ticked)
    if not places:
        raise Invalid(NOTHING, "organisations")
    session.execute(select(Partnership.id).where(Partnership.id == partnership.id).with_for_update())
    there = lists.called(session, partnership, name.casefold())
    if there is not None and _keys(there.places) == _keys(places):
        return there
    if there is not None and there.ref != replaces:
        of_teams = sum(one.team_id is not None for one in places)
        raise NameTaken(there, of_teams, len(places) - of_teams)
    if there is None:
        _make_room(session, partnership)
    return _keep(session, actor, partnership, name, places, now, anew=there is not None)


def delete_list(session: Session, actor: Actor, found: SavedList, *, now: datetime) -> None:
    """Delete a list for all officers. Done twice, the first stands. Raises `Conflict` where it was saved anew since."""
    policy.require(actor, "save_list", found)
    session.execute(select(Partnership.id).where(Partnership.id == found.partnership_id).with_for_update())
    if session.get(SavedListDeleted, found.id) is not None:
        return
    newest = select(func.max(SavedList.id)).where(
        SavedList.partnership_id == found.partnership_id, SavedList.key == found.key
    )
    if session.scalar(newest) != found.id:
        raise Conflict(REPLACED)
    session.add(SavedListDeleted(saved_list_id=found.id, by_id=_person(actor), at=now))
    session.flush()
    note(session, actor, "list deleted", found.ref, now=now, partnership_id=found.partnership_id)


def _named(name: str) -> str:
    if is_blank(name):
        raise Invalid(NAMELESS, "list_name")
    return single_line(name)


def _places(lines: list[Line], organisations: Collection[str], teams: Collection[str]) -> list[SavedListPlace]:
    """What is ticked of what there is: an organisation as a whole is one place, whatever of its teams is ticked too."""
    wholes = {line.organisation_id: line for line in lines if line.organisation_ref in organisations}
    single = [line for line in lines if line.team_ref in teams and line.organisation_id not in wholes]
    whole = [
        SavedListPlace(organisation_id=key, team_id=None, organisation_name=line.organisation_name, team_name="")
        for key, line in wholes.items()
    ]
    return whole + [
        SavedListPlace(
            organisation_id=line.organisation_id,
            team_id=line.team_id,
            organisation_name=line.organisation_name,
            team_name=line.team_name,
        )
        for line in single
        if line.team_id is not None
    ]


def _keys(places: list[SavedListPlace]) -> set[tuple[int, int | None]]:
    return {(one.organisation_id, one.team_id) for one in places}


def _make_room(session: Session, partnership: Partnership) -> None:
    there = select(func.count(SavedList.id)).where(SavedList.partnership_id == partnership.id, lists.stands())
    if (session.scalar(there) or 0) >= MOST:
        raise Invalid(f"There are {MOST} lists already. Delete one that is no longer wanted first.", "list_name")


def _keep(
    session: Session,
    actor: Actor,
    partnership: Partnership,
    name: str,
    places: list[SavedListPlace],
    now: datetime,
    *,
    anew: bool,
) -> SavedList:
    by, key = _person(actor), name.casefold()
    made = SavedList(partnership_id=partnership.id, name=name, key=key, by_id=by, at=now, places=places)
    session.add(made)
    session.flush()
    what = "list replaced" if anew else "list saved"
    where = {"partnership_id": partnership.id, "detail": {"places": len(places)}}
    note(session, actor, what, made.ref, now=now, **where)
    return made


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
