"""What a person's own page shows.

Each role sees its own part: what it has to do, in the words that it reads. Of what a team wrote nothing is read here
but what it said it would do, for those who write for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, defer, joinedload

from app import policy
from app.circulation import leaders, openings, schedules
from app.circulation.colleagues import written_to
from app.circulation.models import Asked, Circulation, OtherLeader
from app.circulation.scheduled import ScheduledLaunch
from app.collation.coverage import circulations
from app.discussions.carrying import Carried, open_actions_of
from app.discussions.models import MinutesFor, Reply
from app.errors import NotFound
from app.forwarding.gaps import Gap, gaps
from app.forwarding.inbox import number_to_read
from app.forwarding.not_arrived import Missed, missed
from app.forwarding.standing_rows import with_standing
from app.forwarding.standings import Standing, standings_of
from app.home.company import Company, company
from app.home.postroom import Postroom, postroom
from app.organisations.mending import Numbers, number
from app.organisations.models import Organisation, Partnership, Team
from app.packs.models import Edition
from app.policy import Actor, Role
from app.post.flow import Standstill, is_stalled
from app.post.models import Letters

MOST = 60
RECENT = 10
WRITERS = (Role.LEADER, Role.MINUTES)
RECEIVERS = (Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR)
# What is read as JSON is read anew for each row, and no line of a list shows it.
LISTS = (
    Partnership.numbers_to_call,
    Partnership.secure_domains,
    Partnership.reminder_days,
    Partnership.answer_reminder_days,
    Partnership.school_holidays,
)
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
        over = self.standing.is_closed or self.standing.is_dropped
        return not over and (self.step in OPEN or self.standing.started)


@dataclass(frozen=True)
class Stand:
    """Where the teams of a place stand: a page of lines, newest first, by circulation. `earlier`: after which one the
    next page begins, if there is one."""

    lines: dict[Circulation, list[Line]] = field(default_factory=dict)
    earlier: str = ""


@dataclass(frozen=True)
class Work:
    """What waits for a person. `named` are asks that they were named to write up, `teams` those of the teams they write
    for, `doing` what these said they would do; `stand` those of the places they receive for; `to_read` counts minutes;
    `company` is who else receives them; `circulations` are those of their partnerships, `scheduled` those that wait for
    their day, came to nothing or did not go to everybody; `leaders` what was said of who leads a team, to be settled by
    them; `places` where they may add a team; `gaps` are where nobody may read what was sent, `missed` who gets no email
    about it. `post` is for whoever looks after letters; `standstill` for whoever others ask when no letter comes."""

    named: list[Line] = field(default_factory=list)
    teams: list[Line] = field(default_factory=list)
    doing: Sequence[Carried] = ()
    stand: Stand = Stand()
    to_read: int = 0
    company: Sequence[Company] = ()
    circulations: Sequence[Circulation] = ()
    scheduled: Sequence[ScheduledLaunch] = ()
    gaps: Sequence[Gap] = ()
    post: Postroom | None = None
    standstill: Standstill | None = None
    missed: Sequence[Missed] = ()
    leaders: Sequence[OtherLeader] = ()
    places: Sequence[Organisation] = ()
    to_mend: Numbers | None = None

    @property
    def our_teams(self) -> dict[int, Team]:
        """The teams of `teams`, by their keys."""
        return {line.asked.team.id: line.asked.team for line in self.teams if line.asked.team}


def work(session: Session, actor: Actor, letters: Iterable[Letters], now: datetime) -> Work:
    """Everything on a person's page. `letters` are what writes letters, for whoever looks after the post."""
    writes, receives = acting_as(actor, *WRITERS), acting_as(actor, *RECEIVERS)
    ours = asked_of(session, writes, open_first=True) if writes.grants else []
    theirs = asked_of(session, receives, most=MOST + 1) if receives.grants else []
    named = asked_of(session, acting_as(actor, Role.COLLEAGUE), open_first=True) if actor.has(Role.COLLEAGUE) else []
    found = standings_of(session, [*named, *ours, *theirs], now)
    return Work(
        named=[line_of(row.Asked, found[row.asked_id], Reader.TEAM, actor) for row in named],
        teams=[line_of(row.Asked, found[row.asked_id], Reader.TEAM, actor) for row in ours],
        doing=_doing(session, writes),
        stand=_stand(theirs, found, actor),
        to_read=number_to_read(session, actor) if actor.may("receive_minutes") else 0,
        company=company(session, actor, now) if actor.may("receive_minutes") else (),
        circulations=circulations(session, actor)[:RECENT] if actor.may("see_circulation") else [],
        scheduled=schedules.open_ones(session, actor, now) if actor.may("circulate") else (),
        gaps=gaps(session, actor, now) if actor.may("see_unread") else (),
        post=postroom(session, actor, letters, now) if actor.may("see_post") else None,
        standstill=is_stalled(session, now, letters) if actor.has(Role.ADMINISTRATOR, Role.OFFICER) else None,
        missed=missed(session, actor, now) if actor.has(Role.ADMINISTRATOR) else (),
        leaders=leaders.to_settle(session, actor) if actor.may("settle_leader") else (),
        places=openings.places(session, actor) if actor.may("add_team") else (),
        to_mend=number(session, actor, now, written_to(now)) if actor.may("mend") else None,
    )


def _doing(session: Session, actor: Actor) -> list[Carried]:
    """What the teams that the actor writes for said they would do and have not done, what is due soonest first."""
    found = open_actions_of(session, actor, actor.organisations(*WRITERS)) if actor.grants else []
    return sorted(found, key=lambda one: one.by or date.max)


def teams(session: Session, actor: Actor, now: datetime, before: str = "") -> Stand:
    """Where the teams of the actor's places stand, further back than her own page reaches: `before` the line of this
    reference. Raises `NotFound` for whoever receives for no place, and where no line is before that one."""
    receives = acting_as(actor, *RECEIVERS)
    rows = asked_of(session, receives, most=MOST + 1, before=before) if receives.grants else []
    if not receives.grants or (before and not rows):
        raise NotFound
    return _stand(rows, standings_of(session, rows, now), actor)


def _stand(rows: Sequence[sa.Row[Any]], found: Mapping[int, Standing], actor: Actor) -> Stand:
    here, by_circulation = [row.Asked for row in rows[:MOST]], dict[Circulation, list[Line]]()
    for asked in sorted(here, key=lambda a: (-a.circulation_id, a.name, a.id)):
        line = line_of(asked, found[asked.id], Reader.LEAD, actor)
        by_circulation.setdefault(asked.circulation, []).append(line)
    return Stand(by_circulation, here[-1].ref if len(rows) > MOST else "")


def acting_as(actor: Actor, *roles: Role) -> Actor:
    """The actor with these roles only."""
    return replace(actor, grants=tuple(grant for grant in actor.grants if grant.role in roles))


def asked_of(
    session: Session, actor: Actor, *, open_first: bool = False, most: int = MOST, before: str = ""
) -> Sequence[sa.Row[Any]]:
    """What was asked of the actor's places, with its standing, newest first; or first what nobody has answered. A team
    that was declined is none of them, unless it had sent something."""
    seen = policy.prepared(actor, "see_asked", Asked)
    wanted = asking(seen.condition, open_first=open_first, most=most).where(_is_of_ours())
    return session.execute(wanted.where(is_before()) if before else wanted, {**seen.keys, "before": before}).all()


@cache
def _is_of_ours() -> sa.ColumnElement[bool]:
    sent = sa.exists().where(MinutesFor.asked_id == Asked.id).correlate(Asked)
    return sa.or_(sent, ~leaders.is_turned_down())


@cache
def is_before() -> sa.ColumnElement[bool]:
    """Whether something was asked before that of the reference `before`: where a page of a list goes on."""
    last = aliased(Asked)
    return Asked.id < sa.select(last.id).where(last.ref == sa.bindparam("before")).scalar_subquery()


@lru_cache(maxsize=100)
def asking(seen: sa.ColumnElement[bool], *, open_first: bool = False, most: int = MOST) -> sa.Select[Any]:
    """The same as a statement, for whoever wants to know more of each. `seen` is what the policy lets somebody see."""
    answers = [sa.exists().where(kind.asked_id == Asked.id).correlate(Asked) for kind in (MinutesFor, Reply)]
    order = [sa.or_(*answers)] if open_first else []
    circulation = joinedload(Asked.circulation)
    return (
        with_standing(sa.select(Asked).add_columns(Asked.id.label("asked_id")))
        .where(seen)
        .options(
            joinedload(Asked.team).joinedload(Team.organisation),
            circulation.joinedload(Circulation.edition).options(defer(Edition.content), joinedload(Edition.pack)),
            circulation.joinedload(Circulation.partnership).options(*map(defer, LISTS)),
        )
        .order_by(*order, Asked.id.desc())
        .limit(most)
    )


def line_of(asked: Asked, standing: Standing, reader: Reader, actor: Actor) -> Line:
    """Something asked as this reader reads it."""
    last = standing.minutes_ref
    if reader is Reader.TEAM:
        return Line(asked, standing, standing.team, standing.step, last, standing.entered_note)
    if reader is Reader.LEAD:
        who, unread = actor.person, standing.to_read(actor.person)
        step, note = standing.lead_step(who), standing.lead_note(who) or standing.entered_note
        return Line(asked, standing, standing.lead_reads(who), step, unread.ref if unread else last, note)
    return Line(asked, standing, standing.officer, standing.officer_step, last, standing.entered_note)


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
