"""What a person's own page and a team's page show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app import policy
from app.circulation.models import Asked, Circulation
from app.discussions.models import Minutes, MinutesFor
from app.errors import NotFound
from app.forwarding.models import Acknowledgement
from app.forwarding.standings import Standing, standings
from app.organisations.models import Team
from app.packs.models import Edition
from app.policy import Actor, Role

MOST = 60
Line = tuple[Asked, Standing]


@dataclass(frozen=True)
class Work:
    """What waits for a person: asks of the teams they write for, asks of the organisations they receive for, minutes to
    read, circulations of their partnerships."""

    teams: list[Line]
    organisations: list[Line]
    to_read: int
    circulations: Sequence[Circulation]


def work(session: Session, actor: Actor, now: datetime) -> Work:
    """Everything on a person's page, in six statements at most."""
    writes = {team for grant in actor.grants if grant.role in (Role.LEADER, Role.MINUTES) for team in grant.teams}
    receives = actor.organisations(Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR)
    asked = _asked(session, actor, writes, receives) if writes or receives else []
    found = standings(session, [a.id for a in asked], now) if asked else {}
    lines = [(a, found[a.id]) for a in asked]
    return Work(
        teams=[line for line in lines if line[0].team_id in writes],
        organisations=[line for line in lines if line[0].organisation_id in receives],
        to_read=_to_read(session, actor) if actor.may("receive_minutes") else 0,
        circulations=_circulations(session, actor) if actor.may("see_circulation") else [],
    )


def _asked(session: Session, actor: Actor, teams: set[int], organisations: frozenset[int]) -> Sequence[Asked]:
    return session.scalars(
        sa.select(Asked)
        .where(
            policy.within(actor, "see_asked", Asked),
            sa.or_(Asked.team_id.in_(teams), Asked.organisation_id.in_(organisations)),
        )
        .options(
            joinedload(Asked.team),
            joinedload(Asked.circulation).joinedload(Circulation.edition).joinedload(Edition.pack),
        )
        .order_by(Asked.id.desc())
        .limit(MOST)
    ).all()


def _to_read(session: Session, actor: Actor) -> int:
    nobody = ~sa.exists().where(Acknowledgement.minutes_id == Minutes.id)
    waiting = sa.select(Minutes.id).where(policy.within(actor, "acknowledge", Minutes), Minutes.newest, nobody)
    return session.scalar(sa.select(sa.func.count()).select_from(waiting.limit(1_000).subquery())) or 0


def _circulations(session: Session, actor: Actor) -> Sequence[Circulation]:
    return session.scalars(
        sa.select(Circulation)
        .where(policy.within(actor, "see_circulation", Circulation))
        .options(
            joinedload(Circulation.edition).joinedload(Edition.pack),
            joinedload(Circulation.partnership),
            selectinload(Circulation.dates),
        )
        .order_by(Circulation.id.desc())
        .limit(MOST)
    ).all()


def team(session: Session, actor: Actor, ref: str) -> Team:
    """A team that the actor writes or receives for. Raises `NotFound`."""
    found = session.scalars(
        sa.select(Team)
        .where(Team.ref == ref, policy.within(actor, "see_team", Team))
        .options(joinedload(Team.organisation))
    ).first()
    if found is None:
        raise NotFound
    return found


def asks(session: Session, actor: Actor, found: Team, now: datetime) -> list[Line]:
    """What a team was asked, newest first, each with where it stands."""
    rows = _asked(session, actor, {found.id}, frozenset())
    known = standings(session, [a.id for a in rows], now) if rows else {}
    return [(a, known[a.id]) for a in rows]


def sent(session: Session, actor: Actor, found: Team) -> Sequence[Minutes]:
    """The newest versions of what a team recorded, newest first."""
    covered = sa.exists().where(
        MinutesFor.minutes_id == Minutes.id, MinutesFor.asked_id == Asked.id, Asked.team_id == found.id
    )
    return session.scalars(
        sa.select(Minutes)
        .where(policy.within(actor, "read_minutes", Minutes), covered, Minutes.newest)
        .options(joinedload(Minutes.edition), joinedload(Minutes.discussion))
        .order_by(Minutes.id.desc())
        .limit(MOST)
    ).all()


def published(session: Session) -> Sequence[Edition]:
    """The newest edition of every pack, newest first, for the front page."""
    newest = sa.select(sa.func.max(Edition.id)).group_by(Edition.pack_id)
    return session.scalars(
        sa.select(Edition)
        .where(Edition.id.in_(newest))
        .options(joinedload(Edition.pack))
        .order_by(Edition.made_at.desc(), Edition.id.desc())
        .limit(MOST)
    ).all()
