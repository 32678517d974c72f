"""What a person's own page and a team's page show.

Each role sees its own part: what it has to do, in the words that it reads. Nothing here reads what a team wrote.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from app import clock, policy
from app.circulation.models import Asked, Circulation
from app.collation.coverage import circulations
from app.discussions.models import MinutesFor, Reply
from app.errors import NotFound
from app.forwarding.inbox import number_to_read
from app.forwarding.queries import OF_USE
from app.forwarding.standings import Standing, standings
from app.organisations.models import Team, TeamSuccession
from app.packs.models import Edition
from app.policy import Actor, Role
from app.post.models import Letters
from app.post.queries import WAITING, Progress, not_noted, progress_of_many
from app.post.queries import Standing as LettersStanding
from app.post.queries import standings as letters_standings

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
    """Something asked, where it stands (`words`, and `step` for its colour), and what mail did."""

    asked: Asked
    standing: Standing
    words: str
    step: str
    mail: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something waits for the team."""
        return self.step in OPEN


@dataclass(frozen=True)
class Post:
    """How letters stand, without their contents: what became of those noted, and those that no sender has seen yet."""

    standings: list[LettersStanding]
    unseen: int
    unseen_since: datetime | None


@dataclass(frozen=True)
class Work:
    """What waits for a person. `teams` are asks of the teams they write for, `organisations` asks of the places they
    receive for, by circulation; `to_read` counts minutes; `circulations` are those of their partnerships."""

    teams: list[Line] = field(default_factory=list)
    organisations: dict[Circulation, list[Line]] = field(default_factory=dict)
    to_read: int = 0
    circulations: Sequence[Circulation] = ()
    post: Post | None = None


def work(session: Session, actor: Actor, letters: Iterable[Letters], now: datetime) -> Work:
    """Everything on a person's page. `letters` are what writes letters, for whoever looks after the post."""
    writes, receives = _as(actor, *WRITERS), _as(actor, *RECEIVERS)
    ours = _asked(session, writes, open_first=True) if writes.grants else []
    theirs = _asked(session, receives) if receives.grants else []
    found = standings(session, {asked.id for asked in [*ours, *theirs]}, now) if ours or theirs else {}
    by_circulation: dict[Circulation, list[Line]] = {}
    for asked in sorted(theirs, key=lambda a: (-a.circulation_id, a.name, a.id)):
        line = _line(asked, found[asked.id], Reader.LEAD, actor)
        by_circulation.setdefault(asked.circulation, []).append(line)
    return Work(
        teams=[_line(asked, found[asked.id], Reader.TEAM, actor) for asked in ours],
        organisations=by_circulation,
        to_read=number_to_read(session, actor) if actor.may("receive_minutes") else 0,
        circulations=circulations(session, actor)[:RECENT] if actor.may("see_circulation") else [],
        post=_post(session, letters, now) if actor.may("see_post") else None,
    )


def _as(actor: Actor, *roles: Role) -> Actor:
    """The actor with these roles only."""
    return replace(actor, grants=tuple(grant for grant in actor.grants if grant.role in roles))


def _asked(session: Session, actor: Actor, *only: sa.ColumnElement[bool], open_first: bool = False) -> Sequence[Asked]:
    """What was asked of the actor's places, newest first; or first what nobody has answered."""
    answers = (sa.exists().where(MinutesFor.asked_id == Asked.id), sa.exists().where(Reply.asked_id == Asked.id))
    order = [sa.or_(*answers)] if open_first else []
    circulation = joinedload(Asked.circulation)
    return session.scalars(
        sa.select(Asked)
        .where(policy.within(actor, "see_asked", Asked), *only)
        .options(
            joinedload(Asked.team).joinedload(Team.organisation),
            circulation.joinedload(Circulation.edition).options(defer(Edition.content), joinedload(Edition.pack)),
            circulation.joinedload(Circulation.partnership),
        )
        .order_by(*order, Asked.id.desc())
        .limit(MOST)
    ).all()


def _line(asked: Asked, standing: Standing, reader: Reader, actor: Actor) -> Line:
    if reader is Reader.TEAM:
        return Line(asked, standing, standing.team, standing.step)
    if reader is Reader.LEAD:
        return Line(asked, standing, standing.lead_reads(actor.person), standing.lead_step(actor.person))
    return Line(asked, standing, standing.officer, standing.officer_step)


def _post(session: Session, letters: Iterable[Letters], now: datetime) -> Post:
    unseen = not_noted(session, now, letters)
    return Post(letters_standings(session), len(unseen), min((owed.since for owed in unseen), default=None))


@dataclass(frozen=True)
class Why:
    """Why a team is asked nothing: it became another team, or the last circulation was to others."""

    became: Sequence[tuple[str, str]] = ()
    last: Circulation | None = None


@dataclass(frozen=True)
class TeamPage:
    """A team as somebody reads of it. `lines` are what it was asked, newest first; `sent` what it recorded, for those
    who may read that: reference, briefing and day of each meeting, the latest first."""

    team: Team
    reader: Reader
    lines: list[Line]
    sent: list[tuple[str, str, date]]
    may_record: bool
    why: Why | None = None


def team(session: Session, actor: Actor, ref: str, now: datetime) -> TeamPage:
    """The page of a team that the actor may see. Raises `NotFound`."""
    wanted = sa.select(Team.id).where(Team.ref == ref, policy.within(actor, "see_team", Team)).scalar_subquery()
    rows = _asked(session, actor, Asked.team_id == wanted)
    found = rows[0].team if rows else None
    if found is None:
        found = _team(session, actor, ref)
        return TeamPage(
            found, reads_as(actor, found), [], [], may_record=False, why=_why_nothing(session, actor, found, now)
        )
    reader, known = reads_as(actor, found), standings(session, [asked.id for asked in rows], now)
    lines = _with_mail(session, [_line(asked, known[asked.id], reader, actor) for asked in rows], now)
    may_record = policy.allows(actor, "record", rows[0])  # who may write for a team may read what it wrote
    return TeamPage(found, reader, lines, _sent(lines) if may_record else [], may_record)


def _team(session: Session, actor: Actor, ref: str) -> Team:
    found = session.scalars(sa.select(Team).where(Team.ref == ref, policy.within(actor, "see_team", Team))).first()
    if found is None:
        raise NotFound
    return found


def reads_as(actor: Actor, found: Team) -> Reader:
    """As what the actor reads where a team stands: the nearest there is."""
    if policy.allows(_as(actor, *WRITERS), "see_team", found):
        return Reader.TEAM
    return Reader.LEAD if policy.allows(_as(actor, *RECEIVERS), "see_team", found) else Reader.OFFICER


def _with_mail(session: Session, lines: list[Line], now: datetime) -> list[Line]:
    """The same lines with what mail did, as a second line beside the status of what was just sent."""
    letters = progress_of_many(session, "minutes", [ref for line in lines if (ref := line.standing.minutes_ref)])
    return [replace(line, mail=_mail(line, letters, now)) if line.step == "sent" else line for line in lines]


def _mail(line: Line, letters: dict[str, list[Progress]], now: datetime) -> str:
    record = line.standing.last
    if record is None or not record.readers:
        return ""
    owed = record.sent_at >= max(line.asked.circulation.partnership.letters_from, now - OF_USE)
    words = list(dict.fromkeys(letter.words for letter in letters.get(record.ref, [])))
    return "; ".join(words) or (WAITING if owed else "")


def _sent(lines: list[Line]) -> list[tuple[str, str, date]]:
    titles = {line.asked.id: line.asked.circulation.edition.short_title for line in lines}
    records = [(record, titles[line.asked.id]) for line in lines for record in line.standing.records]
    records.sort(key=lambda found: (found[0].held_on, found[0].sent_at, found[0].ref), reverse=True)
    return list(dict.fromkeys((record.ref, title, record.held_on) for record, title in records))


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
