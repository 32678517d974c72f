"""Reads drafts and minutes, and who will read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.circulation.models import Asked, Circulation
from app.clock import today
from app.discussions.content import shaped
from app.discussions.drafts import Draft
from app.discussions.models import Minutes, MinutesFor, Reply, Response
from app.discussions.news import ActionNews
from app.discussions.record import Amiss, Bounds, Record, published_on, read
from app.errors import NotFound
from app.organisations.ahead import Decided, ahead
from app.organisations.models import Appointment
from app.organisations.queries import covering, holders, on_leave
from app.packs.models import Edition, Pack
from app.policy import Actor, Role, prepared, within
from app.text import words_joined


def draft(session: Session, actor: Actor, ref: str, *, to_send: bool = False) -> Draft:
    """A draft, open or sent, with what was asked, the edition's points and the partnership; `to_send`: with the
    edition's text too, by which it is judged. Raises `NotFound`."""
    condition, keys = prepared(actor, "record", Draft)
    wanted = session.scalars(_draft(condition, to_send), {"draft": ref, **keys})
    if (found := wanted.unique().one_or_none()) is None:
        raise NotFound
    return found


@lru_cache(maxsize=100)
def _draft(seen: ColumnElement[bool], to_send: bool) -> Select[Draft]:
    text = () if to_send else (_edition.defer(Edition.content),)
    return select(Draft).where(Draft.ref == bindparam("draft"), seen).options(*_WITH_ASKED, *text)


def open_draft(session: Session, actor: Actor, asked: Asked) -> Draft | None:
    """The draft that the team has open for what it was asked, if any."""
    condition, keys = prepared(actor, "record", Draft)
    found = session.scalar(_open_draft(condition), {"asked": asked.id, **keys})
    if found is not None:
        set_committed_value(found, "asked", asked)
    return found


@lru_cache(maxsize=100)
def _open_draft(seen: ColumnElement[bool]) -> Select[Draft]:
    of_it = (Draft.asked_id == bindparam("asked"), Draft.sent_at.is_(None))
    return select(Draft).where(*of_it, seen).options(joinedload(Draft.changed_by))


def minutes(session: Session, actor: Actor, ref: str) -> Minutes:
    """One version of minutes with its answers and their points, actions, meeting and what it answers.
    Raises `NotFound` for what the actor may not read and for what is not there."""
    may_read = within(actor, "read_minutes", Minutes)
    if (found := session.scalar(select(Minutes).where(Minutes.ref == ref, may_read).options(*WHOLE))) is None:
        raise NotFound
    return found


_asked = joinedload(Draft.asked)
_edition = _asked.joinedload(Asked.circulation).joinedload(Circulation.edition)
_WITH_ASKED = (
    _asked.joinedload(Asked.circulation).joinedload(Circulation.partnership),
    _asked.joinedload(Asked.circulation).joinedload(Circulation.closings),
    _asked.joinedload(Asked.team),
    _edition.options(selectinload(Edition.points), joinedload(Edition.pack).joinedload(Pack.newest_standing)),
    joinedload(Draft.changed_by),
)
_asked_by_minutes = joinedload(Minutes.covers).joinedload(MinutesFor.asked)
_circulation = selectinload(Minutes.covers).joinedload(MinutesFor.asked).joinedload(Asked.circulation)
WHOLE = (
    joinedload(Minutes.discussion),
    joinedload(Minutes.recorded_by),
    joinedload(Minutes.organisation),
    joinedload(Minutes.edition).options(defer(Edition.content), joinedload(Edition.pack), selectinload(Edition.points)),
    selectinload(Minutes.responses).joinedload(Response.point),
    selectinload(Minutes.actions),
    selectinload(Minutes.news).joinedload(ActionNews.action),
    _circulation.joinedload(Circulation.partnership),
)
"""Everything that a page about one version shows."""


def receipt(session: Session, actor: Actor, ref: str) -> Minutes:
    """One version of minutes without what was said: its meeting, edition and what it answers. Raises `NotFound`."""
    found = session.scalars(
        select(Minutes)
        .where(Minutes.ref == ref, within(actor, "read_minutes", Minutes))
        .options(
            joinedload(Minutes.discussion),
            joinedload(Minutes.edition).defer(Edition.content),
            _asked_by_minutes.joinedload(Asked.circulation).joinedload(Circulation.partnership),
            _asked_by_minutes.joinedload(Asked.team),
        )
    ).unique()
    minutes = found.one_or_none()
    if minutes is None:
        raise NotFound
    return minutes


def versions(session: Session, actor: Actor, minutes: Minutes) -> Sequence[Minutes]:
    """Every version of the same record that the actor may read, oldest first, each with its meeting and recorder: a
    correction may be about other teams than the version before."""
    return session.scalars(
        select(Minutes)
        .where(Minutes.thread == minutes.thread, within(actor, "read_minutes", Minutes))
        .options(joinedload(Minutes.discussion), joinedload(Minutes.recorded_by))
        .order_by(Minutes.version)
    ).all()


def newest(session: Session, thread: str) -> Minutes:
    """The version of a record that was sent last, whole."""
    return session.scalars(select(Minutes).where(Minutes.thread == thread, Minutes.newest).options(*WHOLE)).one()


def sent_from(session: Session, draft: Draft) -> Minutes | None:
    """The minutes that a draft became, if it was sent."""
    return session.scalar(select(Minutes).where(Minutes.draft_id == draft.id).options(*WHOLE))


def content_sent(session: Session, thread: str) -> dict[str, Any]:
    """What the draft held of which the newest version of a record was made."""
    made_of = select(Minutes.draft_id).where(Minutes.thread == thread, Minutes.newest)
    return session.scalars(select(Draft.content).where(Draft.id.in_(made_of))).one_or_none() or {}


def records_of(session: Session, asked: Asked) -> Sequence[Minutes]:
    """The newest version of each record that answers what was asked, the latest meeting first."""
    found = session.scalars(_records(), {"asked": asked.id}).all()
    return sorted(found, key=lambda one: (one.discussion.held_on, one.id), reverse=True)


@cache
def _records() -> Select[Minutes]:
    answers = (MinutesFor.asked_id == bindparam("asked"), Minutes.newest)
    answering = select(Minutes).join(MinutesFor, MinutesFor.minutes_id == Minutes.id).where(*answers)
    return answering.options(joinedload(Minutes.discussion))


def latest_reply(session: Session, asked: Asked) -> Reply | None:
    """What the team last answered without minutes, if it did."""
    return session.scalars(
        select(Reply).where(Reply.asked_id == asked.id).options(joinedload(Reply.by)).order_by(Reply.id.desc()).limit(1)
    ).first()


@dataclass(frozen=True)
class Readers:
    """Who receives minutes of some teams. `own` is true where their recorder is the safeguarding lead herself: then
    they are for the deputies, and where there is none they stand as recorded by the lead."""

    people: tuple[Appointment, ...]
    own: bool = False

    @property
    def names(self) -> str:
        """Their names as they are spoken; empty where there is nobody."""
        return words_joined([held.person.name for held in self.people]) if self.people else ""

    @property
    def either(self) -> str:
        """Their names where it takes but one of them, each of whom may do it."""
        return words_joined([held.person.name for held in self.people], "or") if self.people else ""

    @property
    def called(self) -> str:
        """Their names, each with the role's title."""
        return words_joined([f"{held.person.name}, {held.title}" for held in self.people]) if self.people else ""


def readers(session: Session, asks: Collection[Asked], recorder: int | None, now: datetime) -> Readers:
    """Who receives a record that answers these requests (of one organisation) when this person sends it now."""
    held = holders(session, next(iter(asks)).organisation_id, (Role.LEAD, Role.DEPUTY), today(now))
    others = [a for a in held if a.person_id != recorder]
    away = on_leave(session, {a.person_id for a in others}, today(now))
    found: dict[int, Appointment] = {}
    for team in {asked.team_id for asked in asks}:
        here = covering(others, team)
        leads = [a for a in here if a.role is Role.LEAD]
        # As for every letter: a deputy is written to where no lead is there today.
        there = any(a.person_id not in away for a in leads)
        found.update({a.person_id: a for a in (leads if there else here)})
    people = sorted(found.values(), key=lambda a: (a.role is not Role.LEAD, held.index(a)))
    mine = [a for a in held if a.person_id == recorder and a.role is Role.LEAD]
    is_lead = any(covering(mine, asked.team_id) for asked in asks)
    return Readers(tuple(people), own=is_lead and not any(a.role is Role.LEAD for a in people))


def decided_ahead(session: Session, asks: Collection[Asked], now: datetime) -> Decided:
    """By which decisions of leads answers to these requests (of one organisation) go to a partnership at once, unless
    the team is not confirmed."""
    places = {(asked.team_id, asked.partnership_id) for asked in asks}
    decided = ahead(session, next(iter(asks)).organisation_id, places, now)
    return decided if decided and all(asked.confirmed for asked in asks) else {}


def bounds(edition: Edition, now: datetime) -> Bounds:
    """The days on which a meeting about an edition can have been."""
    return Bounds(today(now), *published_on(edition.content))


def record_of(draft: Draft, now: datetime) -> Record | list[Amiss]:
    """The record that a draft makes now, or what keeps it from being one."""
    edition = draft.asked.circulation.edition
    kinds = {point.key: point.kind for point in edition.points}
    return read(shaped(draft.content), kinds, bounds(edition, now))


def named(asks: Iterable[Asked]) -> str:
    """The teams (or organisations) of some requests, each once, as they are spoken."""
    return words_joined(list(dict.fromkeys(asked.name for asked in asks)))
