"""Reads saved lists, and works out what of one can be ticked today: teams that went over into another are followed,
what is no longer the partnership's is said by the name it had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.circulation.audience import Line
from app.circulation.kept_lists import Kept, Ticks
from app.circulation.saved import SavedList, SavedListDeleted, SavedListPlace
from app.clock import today
from app.errors import NotFound
from app.organisations.models import Partnership, TeamSuccession
from app.policy import Actor, within


def lists(session: Session, actor: Actor, partnership: Partnership) -> list[Kept]:
    """The saved lists of a partnership, by name. One statement."""
    teams, places = (
        sa.select(sa.func.count(column)).where(SavedListPlace.saved_list_id == SavedList.id).scalar_subquery()
        for column in (SavedListPlace.team_id, SavedListPlace.id)
    )
    wanted = sa.select(SavedList, teams, places).where(_of(actor, partnership), stands())
    rows = session.execute(wanted.options(joinedload(SavedList.by)))
    found = [Kept(one.ref, one.name, teams, places - teams, one.by.name, one.at) for one, teams, places in rows]
    return sorted(found, key=lambda kept: (kept.name.casefold(), kept.ref))


def stands() -> sa.ColumnElement[bool]:
    """Whether a row of `SavedList` is the newest of its name, and was not deleted."""
    newer = aliased(SavedList)
    same = (newer.partnership_id == SavedList.partnership_id, newer.key == SavedList.key, newer.id > SavedList.id)
    deleted = sa.exists().where(SavedListDeleted.saved_list_id == SavedList.id)
    return sa.and_(~sa.exists().where(*same).correlate_except(newer), ~deleted.correlate(SavedList))


def saved_list(session: Session, actor: Actor, partnership: Partnership, ref: str) -> SavedList:
    """A list of the partnership, though another have its name since or it be deleted. Raises `NotFound`."""
    wanted = sa.select(SavedList).where(SavedList.ref == ref, _of(actor, partnership))
    found = session.scalar(wanted)
    if found is None:
        raise NotFound
    return found


def called(session: Session, partnership: Partnership, key: str) -> SavedList | None:
    """The list that stands under a name, with what is on it."""
    of_it = (SavedList.partnership_id == partnership.id, SavedList.key == key)
    return session.scalar(sa.select(SavedList).where(*of_it, stands()).options(selectinload(SavedList.places)))


def ticks(
    session: Session, actor: Actor, partnership: Partnership, ref: str, lines: Sequence[Line], now: datetime
) -> Ticks:
    """What of a list can be ticked among these lines. Raises `NotFound` where there is no such list any more. Three
    statements at most."""
    wanted = sa.select(SavedList).where(SavedList.ref == ref, _of(actor, partnership), stands())
    found = session.scalar(wanted.options(selectinload(SavedList.places)))
    if found is None:
        raise NotFound
    organisations = {line.organisation_id: line.organisation_ref for line in lines}
    teams = {line.team_id: line for line in lines if line.team_id is not None}
    missing = [one.team_id for one in found.places if one.team_id is not None and one.team_id not in teams]
    after = successions(session, {one.organisation_id for one in found.places}, today(now)) if missing else {}
    made = Ticks(found.name)
    for one in found.places:
        if one.team_id is None and one.organisation_id in organisations:
            made.organisations.add(organisations[one.organisation_id])
        elif one.team_id in teams:
            made.teams.add(teams[one.team_id].team_ref)
        else:
            _follow(made, one, [teams[key] for key in heirs(one.team_id, after) if key in teams])
    return made


def _follow(made: Ticks, one: SavedListPlace, into: list[Line]) -> None:
    """Tick what a team went over into; without any it is gone."""
    if not into:
        made.gone.append(one.name)
        return
    made.teams.update(line.team_ref for line in into)
    made.followed.append((one.name, [line.team_name for line in into]))


def successions(session: Session, organisation_ids: Iterable[int], day: date) -> dict[int, list[int]]:
    """Into which teams those of these organisations went over by a day."""
    found = defaultdict[int, list[int]](list)
    pairs = sa.select(TeamSuccession.from_team_id, TeamSuccession.to_team_id).where(
        TeamSuccession.organisation_id.in_(list(organisation_ids)), TeamSuccession.on <= day
    )
    for before, after in session.execute(pairs.order_by(TeamSuccession.id)):
        found[before].append(after)
    return found


def heirs(team_id: int | None, after: dict[int, list[int]]) -> list[int]:
    """What a team became in the end, or on the way there."""
    found, todo = list[int](), list(after.get(team_id or 0, []))
    while todo:
        key = todo.pop(0)
        if key not in found:
            found.append(key)
            todo += after.get(key, [])
    return found


def _of(actor: Actor, partnership: Partnership) -> sa.ColumnElement[bool]:
    return sa.and_(SavedList.partnership_id == partnership.id, within(actor, "save_list", SavedList))
