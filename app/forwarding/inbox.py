"""A lead's inbox: what is to read, what waits for a team, then the rest. Each list is walked along the minutes of an
organisation in the order in which they came in (a unique index), so that a page costs by its length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app import policy
from app.discussions.models import Minutes, MinutesFor, Response
from app.errors import NotFound
from app.forwarding.models import Acknowledgement, Answer, How, Question, Share, SharedAnswer
from app.forwarding.queries import not_acknowledged, teams_of, waits_for_team
from app.organisations.models import Partnership
from app.packs.models import Edition
from app.policy import Actor
from app.trail.models import Event

MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Waiting:
    """A line of a lead's inbox. `word` is one of the statuses that a lead reads, `notes` what it does not say: that she
    recorded them, that the team answered her question, who is said to have them, what a partnership has all the same,
    or how many answers it has of how many. `opened`: whoever reads the list has opened it."""

    ref: str
    teams: str
    organisation: str
    briefing: str
    sent_at: datetime
    version: int
    word: str
    held_on: date
    notes: tuple[str, ...] = ()
    opened: bool = False


@dataclass(frozen=True)
class Inbox:
    """A page of an inbox: what is `to_read` (of `count` in all, up to a thousand), what waits for a team that was
    `asked` something, then the `lines` of the rest. `more`, `others` and `older` are the references before which the
    next page of each begins, empty on the last."""

    to_read: list[Waiting]
    asked: list[Waiting]
    lines: list[Waiting]
    more: str
    others: str
    older: str
    count: int


def inbox(
    session: Session, actor: Actor, *, unread: str = "", waiting: str = "", before: str = "", limit: int = 50
) -> Inbox:
    """The newest version of every set of minutes that the actor receives, newest first: what is to read, before the
    reference `unread`; what waits for a team, before `waiting`; and the rest, before `before`. Raises `NotFound` for
    somebody whose role receives none, and where she receives no minutes of such a reference."""
    if not actor.may("receive_minutes"):
        raise NotFound
    to_read, asked = is_to_read(actor), waits_for_team()
    lists = ((to_read, unread), (asked, waiting), (~to_read & ~asked, before))
    found = [_page(session, actor, which, first, limit) for which, first in lists]
    more, others, older = (lines[limit - 1].ref if len(lines) > limit else "" for lines in found)
    shown = {name: lines[:limit] for name, lines in zip(("to_read", "asked", "lines"), found, strict=True)}
    return Inbox(**shown, more=more, others=others, older=older, count=number_to_read(session, actor))


def is_to_read(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a row of `Minutes`, the newest of its record, is still to be read by the actor: somebody else recorded it
    and nobody has said here that he or she has it or waits for the team's answer about it. What went by a decision
    taken beforehand, or was shared by the lead who recorded it, is still to be read."""
    return sa.and_(Minutes.recorded_by_id != actor.person, not_acknowledged(), ~waits_for_team())


def number_to_read(session: Session, actor: Actor) -> int:
    """How many sets of minutes are to read, counted up to a thousand."""
    waiting = sa.select(Minutes.id).where(_received(actor), Minutes.newest, is_to_read(actor)).limit(MOST_COUNTED)
    return session.scalar(sa.select(sa.func.count()).select_from(waiting.subquery())) or 0


def next_to_read(session: Session, actor: Actor, but: Minutes) -> Waiting | None:
    """The minutes to read next: those that came in last, but for these."""
    return next(iter(_page(session, actor, is_to_read(actor) & (Minutes.id != but.id), "", 0)), None)


def _received(actor: Actor) -> sa.ColumnElement[bool]:
    return policy.within(actor, "receive_minutes", Minutes)


def _this_shared() -> sa.ColumnElement[bool]:
    """Whether a share of this version stands."""
    return sa.exists().where(Share.minutes_id == Minutes.id, Share.shared)


def received_by(actor: Actor) -> sa.Select[Any]:
    """The minutes that the actor receives, of any version, with all that `line_of` says of them."""
    return (
        sa.select(Minutes, (~not_acknowledged()).label("known"), waits_for_team().label("asked_back"))
        .add_columns(
            _this_shared().label("shared"),
            _opened_by(actor).label("opened"),
            _answered().label("answered"),
            _told().label("told"),
            *_standing(),
        )
        .where(_received(actor))
        .options(
            selectinload(Minutes.covers).joinedload(MinutesFor.asked),
            joinedload(Minutes.edition).defer(Edition.content),
            joinedload(Minutes.organisation),
            joinedload(Minutes.discussion),
        )
    )


def _opened_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor has opened this version: the trail says so."""
    return sa.exists().where(Event.about == Minutes.ref, Event.kind == "read", Event.person_id == actor.person)


def _answered() -> sa.ColumnElement[bool]:
    """Whether the team answered a question about this version."""
    return sa.exists().where(Answer.question_id == Question.id, Question.minutes_id == Minutes.id)


def _told() -> sa.ScalarSelect[str]:
    """Who is said to have this version, by name, if anybody is."""
    noted = (Acknowledgement.minutes_id == Minutes.id, Acknowledgement.how == How.TOLD)
    return sa.select(sa.func.min(Acknowledgement.name)).where(*noted).correlate(Minutes).scalar_subquery()


def _page(session: Session, actor: Actor, which: sa.ColumnElement[bool], before: str, limit: int) -> list[Waiting]:
    """One line more than the limit, where there is one."""
    found = received_by(actor).where(Minutes.newest, which).order_by(Minutes.id.desc()).limit(limit + 1)
    if before:
        last = session.scalar(sa.select(Minutes.id).where(Minutes.ref == before, _received(actor)))
        if last is None:
            raise NotFound
        found = found.where(Minutes.id < last)
    return [line_of(row, actor) for row in session.execute(found)]


@cache
def _standing() -> list[sa.Label[Any]]:
    """Of the share that was given last and stands, whatever version it is of: the partnership, the version, and how
    many of its answers were let go."""
    version = aliased(Minutes)
    given = (
        sa.select(Share.id)
        .join(version, version.id == Share.minutes_id)
        .join(Partnership, Partnership.id == Share.partnership_id)
        .where(Share.thread == Minutes.thread, Share.shared)
        .order_by(Share.id.desc())
        .limit(1)
        .correlate(Minutes)
    )
    wanted: dict[str, Any] = {"short_name": Partnership.short_name, "stands": version.version}
    wanted["let_go"] = _number_of(SharedAnswer.share_id == Share.id, Share)
    wanted["said"] = _number_of(Response.minutes_id == version.id, version)
    return [given.with_only_columns(column).scalar_subquery().label(name) for name, column in wanted.items()]


def _number_of(which: sa.ColumnElement[bool], of: Any) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(which).correlate(of).scalar_subquery()


def line_of(row: sa.Row[Any], actor: Actor) -> Waiting:
    """The line of a row of `received_by`."""
    minutes: Minutes = row[0]
    if not (row.known or row.asked_back or minutes.recorded_by_id == actor.person):
        word = "To read"
    elif row.asked_back:
        word = "Waiting for the team"
    else:
        word = "Shared" if row.stands else "Read, not shared"
    return Waiting(
        ref=minutes.ref,
        teams=teams_of(minutes),
        organisation=minutes.organisation.name,
        briefing=minutes.edition.short_title,
        sent_at=minutes.sent_at,
        version=minutes.version,
        held_on=minutes.discussion.held_on,
        word=word,
        opened=row.opened,
        notes=tuple(note for note in _notes(row, word, actor) if note),
    )


def _notes(row: sa.Row[Any], word: str, actor: Actor) -> Iterator[str]:
    if row[0].recorded_by_id == actor.person:
        yield "Recorded by you"
    if row.answered and word == "To read":
        yield "The team answered what it was asked"
    if row.told and word == "To read":
        yield f"{row.told} is said to have these. Nobody has confirmed it here yet"
    if word != "Shared" or not row.shared:
        yield standing_note(row.stands or 0, row[0].version, row.short_name)
    elif row.let_go < row.said:
        yield f"{row.let_go} of {row.said} answers"


def standing_note(stands: int, newest: int, partnership: str) -> str:
    """What a partnership has of a record of which version `stands`, as a second line beside a status that does not say
    it; empty where it has nothing."""
    if not stands:
        return ""
    return f"{'Answers are' if stands == newest else f'Version {stands} is'} with the {partnership}"
