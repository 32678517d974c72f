"""Who is asked of a list that was confirmed some days ago: teams that went over into others are followed, and what is
not asked as it was confirmed is said in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.circulation.audience import Plan
from app.circulation.listing import MOST_NAMED, named
from app.circulation.lists import heirs, successions
from app.circulation.scheduled import ScheduledLaunch
from app.clock import today
from app.organisations.models import Organisation, Team
from app.text import words_joined


@dataclass(frozen=True)
class Followed:
    """The references of the teams that stand for a list today, and into which each of it went over that is no more.
    `names` are those of the teams of the list and of these, by reference."""

    teams: frozenset[str]
    became: dict[str, list[str]]
    names: dict[str, str]


def followed(session: Session, refs: Collection[str], now: datetime) -> Followed:
    """What these teams are today. Three statements at most."""
    listed = session.execute(_teams().where(Team.ref.in_(refs))).all()
    after = successions(session, {row.organisation_id for row in listed}, today(now))
    ended = {row.ref: [key for key in heirs(row.id, after) if key not in after] for row in listed if row.id in after}
    into = {key for keys in ended.values() for key in keys}
    found = {row.id: row for row in session.execute(_teams().where(Team.id.in_(into)))} if into else {}
    became = {ref: [found[key].ref for key in keys if key in found] for ref, keys in ended.items()}
    stands = {row.ref for row in listed} - ended.keys()
    names = {row.ref: _name(row) for row in (*listed, *found.values())}
    return Followed(frozenset(stands.union(*became.values())), became, names)


def _teams() -> Select[int, str, int, str, str]:
    place = Organisation.id == Team.organisation_id
    names = Team.name.label("name"), Organisation.name.label("organisation")
    return select(Team.id, Team.ref, Team.organisation_id, *names).join(Organisation, place).order_by(Team.id)


def _name(row: Any) -> str:
    return row.name if row.name == row.organisation else f"{row.name} ({row.organisation})"


def differs_words(session: Session, launch: ScheduledLaunch, today: Followed, plan: Plan) -> list[str]:
    """Who of a scheduled list is not asked as it was confirmed, in sentences; none where everybody is."""
    asked = {line.team_ref for line in plan.lines} | {line.organisation_ref for line in plan.lines}
    before = {line.key[2:]: line.name for line, _ in plan.left_out}
    went_over = [(today.names[ref], [today.names[one] for one in into]) for ref, into in today.became.items() if into]
    ended = [ref for ref, into in today.became.items() if not into]
    there = asked | before.keys()
    gone = sorted((today.names[ref] for ref in (*ended, *today.teams) if ref not in there), key=str.casefold)
    gone += _places(session, launch, there)
    return [
        *_followed_words(went_over),
        *([f"Not asked, having been asked about this briefing meanwhile: {named(before.values())}."] if before else []),
        *([f"Not asked, as no longer here: {named(gone)}."] if gone else []),
    ]


def _followed_words(went_over: Sequence[tuple[str, list[str]]]) -> list[str]:
    said = [f"{name} went over into {words_joined(into)}." for name, into in went_over[:MOST_NAMED]]
    more = len(went_over) - MOST_NAMED
    return [*said, *([f"{more:,} more went over into other teams."] if more > 0 else [])]


def _places(session: Session, launch: ScheduledLaunch, there: Collection[str]) -> list[str]:
    """The names of organisations that were to be asked as a whole and are not there any more."""
    missing = [ref for ref in launch.organisations if ref not in there]
    found = select(Organisation.name).where(Organisation.ref.in_(missing)).order_by(Organisation.id)
    return list(session.scalars(found)) if missing else []
