"""What a person's own page shows.

Each role sees its own part: what it has to do, in the words that it reads. Nothing here reads what a team wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from app import policy
from app.circulation import leaders, openings
from app.circulation.models import Asked, Circulation, OtherLeader
from app.collation.coverage import circulations
from app.discussions.models import MinutesFor, Reply
from app.forwarding.gaps import Gap, gaps
from app.forwarding.inbox import number_to_read
from app.forwarding.not_arrived import Missed, missed
from app.forwarding.standings import Standing, standings
from app.home.company import Company, company
from app.home.postroom import Postroom, postroom
from app.organisations.models import Organisation, Team
from app.packs.models import Edition
from app.policy import Actor, Role
from app.post.flow import Standstill, is_stalled
from app.post.models import Letters

MOST = 60
RECENT = 10
WRITERS = (Role.LEADER, Role.MINUTES)
RECEIVERS = (Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR)
OPEN = ("asked", "started", "question")


class Reader(StrEnum):
    """As what somebody reads where a team stands: of the team, of its organisation, of the partnership."""

    TEAM = "team"
    LEAD = "lead"
    OFFICER = "officer"


@dataclass(frozen=True)
class Line:
    """Something asked, where it stands (`words`, and `step` for its colour; `note` where that does not say all), which
    minutes to open (`opens`, empty where there are none), and what mail did."""

    asked: Asked
    standing: Standing
    words: str
    step: str
    opens: str = ""
    note: str = ""
    mail: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something waits for the team."""
        return self.step in OPEN or self.standing.started


@dataclass(frozen=True)
class Work:
    """What waits for a person. `named` are asks that they were named to write up, `teams` those of the teams they write
    for, `organisations` those of the places they receive for, by circulation; `to_read` counts minutes; `company` is
    who else receives them; `circulations` are those of their partnerships; `leaders` what was said of who leads a team,
    to be settled by them; `places` where they may add a team; `gaps` are where nobody may read what was sent, `missed`
    who gets no email about it. `post` is for whoever looks after letters; `standstill` for whoever others ask when no
    letter comes."""

    named: list[Line] = field(default_factory=list)
    teams: list[Line] = field(default_factory=list)
    organisations: dict[Circulation, list[Line]] = field(default_factory=dict)
    to_read: int = 0
    company: Sequence[Company] = ()
    circulations: Sequence[Circulation] = ()
    gaps: Sequence[Gap] = ()
    post: Postroom | None = None
    standstill: Standstill | None = None
    missed: Sequence[Missed] = ()
    leaders: Sequence[OtherLeader] = ()
    places: Sequence[Organisation] = ()


def work(session: Session, actor: Actor, letters: Iterable[Letters], now: datetime) -> Work:
    """Everything on a person's page. `letters` are what writes letters, for whoever looks after the post."""
    writes, receives = acting_as(actor, *WRITERS), acting_as(actor, *RECEIVERS)
    ours = asked_of(session, writes, open_first=True) if writes.grants else []
    theirs = asked_of(session, receives) if receives.grants else []
    named = asked_of(session, acting_as(actor, Role.COLLEAGUE), open_first=True) if actor.has(Role.COLLEAGUE) else []
    every = {asked.id for asked in [*named, *ours, *theirs]}
    found = standings(session, every, now) if every else {}
    by_circulation: dict[Circulation, list[Line]] = {}
    for asked in sorted(theirs, key=lambda a: (-a.circulation_id, a.name, a.id)):
        line = line_of(asked, found[asked.id], Reader.LEAD, actor)
        by_circulation.setdefault(asked.circulation, []).append(line)
    return Work(
        named=[line_of(asked, found[asked.id], Reader.TEAM, actor) for asked in named],
        teams=[line_of(asked, found[asked.id], Reader.TEAM, actor) for asked in ours],
        organisations=by_circulation,
        to_read=number_to_read(session, actor) if actor.may("receive_minutes") else 0,
        company=company(session, actor, now) if actor.may("receive_minutes") else (),
        circulations=circulations(session, actor)[:RECENT] if actor.may("see_circulation") else [],
        gaps=gaps(session, actor, now) if actor.may("see_unread") else (),
        post=postroom(session, actor, letters, now) if actor.may("see_post") else None,
        standstill=is_stalled(session, now, letters) if actor.has(Role.ADMINISTRATOR, Role.OFFICER) else None,
        missed=missed(session, actor, now) if actor.has(Role.ADMINISTRATOR) else (),
        leaders=leaders.to_settle(session, actor) if actor.may("settle_leader") else (),
        places=openings.places(session, actor) if actor.may("add_team") else (),
    )


def acting_as(actor: Actor, *roles: Role) -> Actor:
    """The actor with these roles only."""
    return replace(actor, grants=tuple(grant for grant in actor.grants if grant.role in roles))


def asked_of(
    session: Session, actor: Actor, *only: sa.ColumnElement[bool], open_first: bool = False
) -> Sequence[Asked]:
    """What was asked of the actor's places, newest first; or first what nobody has answered."""
    return session.scalars(asking(actor, *only, open_first=open_first)).all()


def asking(actor: Actor, *only: sa.ColumnElement[bool], open_first: bool = False) -> sa.Select[Any]:
    """The same as a statement, for whoever wants to know more of each."""
    answers = (sa.exists().where(MinutesFor.asked_id == Asked.id), sa.exists().where(Reply.asked_id == Asked.id))
    order = [sa.or_(*answers)] if open_first else []
    circulation = joinedload(Asked.circulation)
    return (
        sa.select(Asked)
        .where(policy.within(actor, "see_asked", Asked), *only)
        .options(
            joinedload(Asked.team).joinedload(Team.organisation),
            circulation.joinedload(Circulation.edition).options(defer(Edition.content), joinedload(Edition.pack)),
            circulation.joinedload(Circulation.partnership),
        )
        .order_by(*order, Asked.id.desc())
        .limit(MOST)
    )


def line_of(asked: Asked, standing: Standing, reader: Reader, actor: Actor) -> Line:
    """Something asked as this reader reads it."""
    last = standing.minutes_ref
    if reader is Reader.TEAM:
        return Line(asked, standing, standing.team, standing.step, last)
    if reader is Reader.LEAD:
        who, unread = actor.person, standing.to_read(actor.person)
        step, note = standing.lead_step(who), standing.lead_note(who)
        return Line(asked, standing, standing.lead_reads(who), step, unread.ref if unread else last, note)
    return Line(asked, standing, standing.officer, standing.officer_step, last)


def published(session: Session) -> Sequence[Edition]:
    """The newest edition of every pack, newest first, for the front page."""
    newest = sa.select(sa.func.max(Edition.id)).group_by(Edition.pack_id)
    return session.scalars(
        sa.select(Edition)
        .where(Edition.id.in_(newest))
        .options(defer(Edition.content), joinedload(Edition.pack))
        .order_by(Edition.made_at.desc(), Edition.id.desc())
        .limit(MOST)
    ).all()
