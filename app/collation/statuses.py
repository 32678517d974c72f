"""Where each team stands that was asked, as the officer reads it: a table, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.collation.coverage import UNIT, Scope, asked_of, units
from app.forwarding.standings import Standing, standings
from app.organisations.models import Team
from app.policy import Actor, within

ON_A_PAGE = 100
_FURTHER = ("asked", "started", "replied", "sent", "question", "acknowledged", "shared")


@dataclass(frozen=True)
class Status:
    """A team, or an organisation where no team was known, with the furthest that any time it was asked has come: in
    `words`, and as the `step` for a colour. `team_ref` is that of a page which the reader may see; `key` is where the
    next page begins; `later`: it was asked only after the launch; `note` a second line to the words."""

    organisation: str
    sector: str
    team: str
    words: str
    step: str
    key: str
    team_ref: str = ""
    later: bool = False
    note: str = ""


def statuses(session: Session, actor: Actor, about: Scope, now: datetime, *, after: str = "") -> list[Status]:
    """At most `ON_A_PAGE`, by organisation and team; `after` is the key of the last that was seen, and nothing follows
    one that is made up. Six statements at most."""
    each = units(actor, about, {}).subquery("unit")
    unit = each.c
    order = (unit.organisation, unit.organisation_id, unit.team, unit.asked_id)
    found = sa.select(each).order_by(*order).limit(ON_A_PAGE)
    if after:
        last = sa.select(*order).join(Asked, Asked.id == unit.asked_id).where(Asked.ref == after)
        row = session.execute(last).one_or_none()
        if row is None:
            return []
        found = found.where(sa.tuple_(*order) > sa.tuple_(*row))
    rows = session.execute(found).all()
    stands = _furthest(session, actor, about, [row.unit for row in rows], now)
    return [_status(row, *stands[row.unit]) for row in rows]


def _furthest(
    session: Session, actor: Actor, about: Scope, keys: Collection[int], now: datetime
) -> dict[int, tuple[Standing, str, str]]:
    """By unit: the standing of the time that came furthest, a reference of it, and that of the team's page."""
    of_page = sa.case((within(actor, "see_team", Team), Team.ref)).label("team_ref")
    rows = session.execute(
        asked_of(actor, about)
        .outerjoin(Team, Team.id == Asked.team_id)
        .where(UNIT.in_(keys))
        .with_only_columns(Asked.id, Asked.ref, UNIT.label("unit"), of_page)
        .order_by(Asked.id)
    ).all()
    known = standings(session, [row.id for row in rows], now) if rows else {}
    times: defaultdict[int, list[tuple[Standing, str, str]]] = defaultdict(list)
    for row in rows:
        times[row.unit].append((known[row.id], row.ref, row.team_ref or ""))
    # The newest time gives the key, as `units` does; of two that came as far it counts too.
    return {
        key: (max(reversed(some), key=lambda one: _FURTHER.index(one[0].officer_step))[0], some[-1][1], some[-1][2])
        for key, some in times.items()
    }


def _status(row: Any, standing: Standing, key: str, team_ref: str) -> Status:
    step, note = standing.officer_step, standing.entered_note
    words, later = standing.officer, not row.launch
    return Status(row.organisation, row.sector, row.team, words, step, key, team_ref, later=later, note=note)
