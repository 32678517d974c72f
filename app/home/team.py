"""What a team's page shows: what it is asked and by when, or why nothing is, and what it recorded.

Each role reads where it stands in its own words. Nothing here reads what a team wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import clock, policy
from app.circulation import colleagues, leaders
from app.circulation.models import Asked, Circulation, Colleague, OtherLeader
from app.discussions.carrying import Carried, open_actions
from app.discussions.entered import is_any_standing, standing_for
from app.discussions.outside import Outside
from app.errors import NotFound
from app.forwarding.queries import OF_USE
from app.forwarding.standings import standings_of
from app.home.queries import RECEIVERS, WRITERS, Line, Reader, acting_as, asking, is_before, line_of
from app.organisations.models import Appointment, AppointmentTeam, Team, TeamSuccession
from app.organisations.queries import in_dates
from app.packs.models import Edition
from app.policy import Actor, Role
from app.post.queries import Progress, progress_of_many

A_PAGE = 12
_FEW = ("is_named", "is_entered", "is_said")


@dataclass(frozen=True)
class Why:
    """Why a team is asked nothing: it became another team, or the last circulation was to others."""

    became: Sequence[tuple[str, str]] = ()
    last: Circulation | None = None


@dataclass(frozen=True)
class Meeting:
    """Minutes that the team recorded, with where they stand as the reader reads it: words and the step for a colour,
    one for each partnership that says something else."""

    ref: str
    briefing: str
    held_on: date
    statuses: dict[str, str]


@dataclass(frozen=True)
class TeamPage:
    """A team as somebody reads of it. `lines` are what it was asked, newest first, a page of them; `earlier` after
    which one the next page begins, if there is one; `sent` what it recorded of them, for those who may read that, the
    latest meeting first; by the key of what was asked `named` who else may write it up (`not_reached`: those of them
    whom letters do not reach), and `entered` what the partnership entered; `said` what was said of who leads the team,
    while that is open; `people` who leads it and who writes for it, for those who receive its minutes: they remind it;
    `doing` what it said it would do and has not done, for those who may read that."""

    team: Team
    reader: Reader
    lines: list[Line] = field(default_factory=list)
    earlier: str = ""
    sent: list[Meeting] = field(default_factory=list)
    may_record: bool = False
    may_name: bool = False
    named: Mapping[int, list[Colleague]] = field(default_factory=dict)
    not_reached: frozenset[int] = frozenset()
    may_enter: bool = False
    entered: Mapping[int, Outside] = field(default_factory=dict)
    may_say: bool = False
    may_settle: bool = False
    said: OtherLeader | None = None
    doing: Sequence[Carried] = ()
    today: date | None = None
    people: Sequence[Appointment] = ()
    why: Why | None = None


def team(session: Session, actor: Actor, ref: str, now: datetime, *, before: str = "") -> TeamPage:
    """The page of a team that the actor may see, or of what it was asked earlier: `before` what it was asked by this
    reference. Raises `NotFound`."""
    seen, sees = policy.prepared(actor, "see_asked", Asked), policy.prepared(actor, "see_team", Team)
    values = {"team": ref, "before": before, **seen.keys, **sees.keys, **colleagues.moments(now)}
    asks = session.execute(_asks_of(seen.condition, sees.condition, earlier=bool(before)), values).all()
    if not asks:
        if before:
            raise NotFound
        return _asked_nothing(session, actor, ref, now)
    asks, further = asks[:A_PAGE], asks[A_PAGE:]
    rows = [row.Asked for row in asks]
    found = rows[0].team
    reader, known = reads_as(actor, found), standings_of(session, asks, now)
    lines = _with_mail(session, [line_of(asked, known[asked.id], reader, actor) for asked in rows], now)
    may_record = policy.allows(actor, "record", rows[0])  # who may write for a team may read what it wrote
    sent = _sent(lines, reader, actor) if may_record else []
    return TeamPage(
        found,
        reader,
        lines,
        rows[-1].ref if further else "",
        sent,
        may_record,
        **_beside(session, actor, rows, [any(row._mapping[name] for row in asks) for name in _FEW], now),
        doing=open_actions(session, actor, found) if sent and not before else [],
        today=clock.today(now),
        people=_people(session, actor, found, now),
    )


def _asked_nothing(session: Session, actor: Actor, ref: str, now: datetime) -> TeamPage:
    found = _team(session, actor, ref)
    people, why = _people(session, actor, found, now), _why_nothing(session, actor, found, now)
    return TeamPage(found, reads_as(actor, found), people=people, why=why)


@lru_cache(maxsize=100)
def _asks_of(seen: sa.ColumnElement[bool], sees: sa.ColumnElement[bool], *, earlier: bool) -> sa.Select[Any]:
    """What a `team` was asked, with what few have: somebody named, something entered or said. One more than a page."""
    wanted = sa.select(Team.id).where(Team.ref == sa.bindparam("team"), sees).scalar_subquery()
    few_have = (colleagues.is_any_named_now(), is_any_standing(), leaders.is_any_said())
    labelled = (have.label(name) for name, have in zip(_FEW, few_have, strict=True))
    asks = asking(seen, most=A_PAGE + 1).where(Asked.team_id == wanted, *([is_before()] if earlier else []))
    return asks.add_columns(*labelled)


def _beside(
    session: Session, actor: Actor, rows: Sequence[Asked], has: Sequence[bool], now: datetime
) -> dict[str, Any]:
    """Who else writes it up, what was entered from outside and what was said of who leads the team, as far as the team
    `has` these: few teams do."""
    (is_named, is_entered, is_said), keys, team_id = has, [asked.id for asked in rows], rows[0].team_id or 0
    may_name = policy.allows(actor, "name_colleague", rows[0])
    named = colleagues.named_for(session, keys, now) if may_name and is_named else {}
    return {
        "may_name": may_name,
        "named": named,
        "not_reached": colleagues.not_reached(session, [one for some in named.values() for one in some], now),
        "may_enter": policy.allows(actor, "enter_outside", rows[0]),
        "entered": standing_for(session, keys) if is_entered else {},
        **_leading(actor, rows[0], leaders.last_said(session, team_id) if is_said else None),
    }


def _leading(actor: Actor, asked: Asked, said: OtherLeader | None) -> dict[str, Any]:
    """What was said last of who leads the team while nobody has settled it, for those who may say or settle it."""
    may_say = policy.allows(actor, "say_leader", asked)
    may_settle = said is not None and policy.allows(actor, "settle_leader", said)
    is_open = said is not None and said.settled is None and (may_say or may_settle)
    return {"may_say": may_say, "may_settle": may_settle, "said": said if is_open else None}


def _team(session: Session, actor: Actor, ref: str) -> Team:
    found = session.scalars(sa.select(Team).where(Team.ref == ref, policy.within(actor, "see_team", Team))).first()
    if found is None:
        raise NotFound
    return found


def reads_as(actor: Actor, found: Team) -> Reader:
    """As what the actor reads where a team stands: the nearest there is."""
    if policy.allows(acting_as(actor, *WRITERS), "see_team", found):
        return Reader.TEAM
    return Reader.LEAD if policy.allows(acting_as(actor, *RECEIVERS), "see_team", found) else Reader.OFFICER


def _people(session: Session, actor: Actor, found: Team, now: datetime) -> Sequence[Appointment]:
    """Who leads the team and who writes for it today, with the address at which each is written to."""
    if reads_as(actor, found) is not Reader.LEAD:
        return ()
    return session.scalars(
        sa.select(Appointment)
        .join(AppointmentTeam, AppointmentTeam.appointment_id == Appointment.id)
        .where(AppointmentTeam.team_id == found.id, Appointment.role.in_(WRITERS), in_dates(clock.today(now)))
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .order_by(Appointment.role, Appointment.starts_on, Appointment.id)
    ).all()


def _with_mail(session: Session, lines: list[Line], now: datetime) -> list[Line]:
    """The same lines with what mail did, as a second line beside the status of what was just sent."""
    letters = progress_of_many(session, "minutes", [line.opens for line in lines if line.step == "sent"])
    return [replace(line, mail=_mail(line, letters, now)) if line.step == "sent" else line for line in lines]


def _mail(line: Line, letters: dict[str, list[Progress]], now: datetime) -> str:
    """What became of the letters. Where there is none yet it waits, unless each reader gets one a week about all."""
    record = line.standing.of(line.opens).last
    if record is None or not record.readers:
        return ""
    owed = record.sent_at >= max(line.asked.circulation.partnership.letters_from, now - OF_USE)
    if words := list(dict.fromkeys(letter.at(now) for letter in letters.get(record.ref, []))):
        return "; ".join(words)
    if not owed or all(one.weekly for one in record.reading):
        return ""
    # Whoever came to the role later gets a letter about all that waited, which this is not.
    due = any(not one.weekly and one.counts_from <= record.sent_at for one in record.reading)
    return Progress(owed_since=record.sent_at if due else None).at(now)


def _sent(lines: list[Line], reader: Reader, actor: Actor) -> list[Meeting]:
    """Each meeting once, though two partnerships asked for it."""
    found: dict[str, Meeting] = {}
    pairs = [(line, record) for line in lines for record in line.standing.records]
    pairs.sort(key=lambda pair: (pair[1].held_on, pair[1].sent_at, pair[1].ref), reverse=True)
    for line, record in pairs:
        title = line.asked.circulation.edition.short_title
        meeting = found.setdefault(record.ref, Meeting(record.ref, title, record.held_on, {}))
        only = line_of(line.asked, line.standing.of(record.ref), reader, actor)
        meeting.statuses[only.words] = only.step
    return list(found.values())


def _why_nothing(session: Session, actor: Actor, found: Team, now: datetime) -> Why:
    """For a team that was asked nothing."""
    became = session.execute(
        sa.select(Team.name, TeamSuccession.on)
        .join(TeamSuccession, TeamSuccession.to_team_id == Team.id)
        .where(TeamSuccession.from_team_id == found.id, TeamSuccession.on <= clock.today(now))
        .order_by(Team.name, Team.id)
    ).all()
    of_its = {membership.partnership_id for membership in found.organisation.memberships}
    if reads_as(actor, found) is Reader.OFFICER:  # what another partnership asks is not hers to know
        of_its &= actor.partnerships(Role.OFFICER)
    return Why([(name, clock.date_words(on)) for name, on in became], None if became else _last(session, of_its))


def _last(session: Session, partnership_ids: Collection[int]) -> Circulation | None:
    return session.scalars(
        sa.select(Circulation)
        .where(Circulation.partnership_id.in_(partnership_ids))
        .options(joinedload(Circulation.partnership), joinedload(Circulation.edition).defer(Edition.content))
        .order_by(Circulation.id.desc())
        .limit(1)
    ).first()
