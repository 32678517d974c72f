"""Who was named to write up one discussion, and what that lets her do.

It is a role like any other in the policy table, but for one `Asked` and by the instant: `grants` gives it to whoever
signs in, beside what she is appointed to. It ends when it is taken back, or by itself: nobody reads on for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.circulation.models import AnswerBy, Asked, Circulation, Colleague, ColleagueEnded
from app.clock import today
from app.database import Instant
from app.errors import NotFound
from app.organisations.models import Address, Person
from app.packs.models import Edition, Pack
from app.policy import Actor, Grant, Role, within
from app.post import unreached

LASTS = timedelta(days=60)
"""For so long somebody is named, from the naming or from the date to answer by, whichever is later."""


def stands(now: datetime) -> ColumnElement[bool]:
    """Whether a row of `Colleague` has not been taken back and has not ended by itself."""
    return _stands(now - LASTS, today(now) - LASTS)


@cache
def stands_now() -> ColumnElement[bool]:
    """The same for statements that are put together once: by the `moments` of now."""
    return _stands(bindparam("named_since", type_=Instant), bindparam("named_since_day", type_=Date))


def _stands(since: Any, day: Any) -> ColumnElement[bool]:
    asked, set_to = _others()
    of_it = (asked.id == Colleague.asked_id, set_to.circulation_id == asked.circulation_id)
    not_over = exists().where(*of_it, set_to.on >= day).correlate_except(asked, set_to)
    taken_back = exists().where(ColleagueEnded.colleague_id == Colleague.id)
    return ~taken_back & or_(Colleague.at >= since, not_over)


@cache
def _others() -> tuple[Any, Any]:
    return aliased(Asked), aliased(AnswerBy)


def moments(now: datetime) -> dict[str, date]:
    """What `stands_now` and what is made of it are executed with."""
    return {"named_until": now, "named_since": now - LASTS, "named_since_day": today(now) - LASTS}


def until(at: datetime, asked: Asked) -> date:
    """The last day for somebody who was named at this moment, if it is not taken back."""
    return max(today(at), *(set_to.on for set_to in asked.circulation.dates)) + LASTS


@cache
def is_named() -> ColumnElement[bool]:
    """Whether a `Person` was named for anything that stands, as SQL, by the `moments` of now."""
    return exists().where(_of(Person.id), stands_now())


def grants(session: Session, person_id: int, now: datetime) -> tuple[Grant, ...]:
    """What a person was named for, as roles: one for each organisation. One query."""
    named_for = select(Colleague.organisation_id, Colleague.asked_id).where(_of(person_id), stands_now())
    rows = session.execute(named_for.order_by(Colleague.id), moments(now))
    named: defaultdict[int, set[int]] = defaultdict(set)
    for organisation_id, asked_id in rows:
        named[organisation_id].add(asked_id)
    return tuple(Grant(Role.COLLEAGUE, where, asked=frozenset(asked)) for where, asked in named.items())


def _of(person_id: Any) -> ColumnElement[bool]:
    return and_(Colleague.person_id == person_id, Colleague.at <= bindparam("named_until", type_=Instant))


def is_any_reached(now: datetime) -> ColumnElement[bool]:
    """Whether somebody is named for a row of `Asked` at an address that letters reach, as SQL, by the moments of
    `unreached`."""
    reached = (Address.id == Colleague.address_id, Address.email.not_in(unreached.addresses()))
    return _is_any(stands(now) & exists().where(*reached).correlate(Colleague))


def written_to(now: datetime) -> Select[int, int, str, str, str, str]:
    """Whoever stands named by somebody else: her address, where and for what, and by whom. For the list of addresses
    that letters do not reach (`organisations.mending.Also`)."""
    asked, by = aliased(Asked), aliased(Person)
    told = (Colleague.address_id, Colleague.organisation_id, Colleague.ref, asked.ref.label("asked"))
    return (
        select(*told, asked.team_name.label("team"), by.name.label("by"))
        .join(asked, asked.id == Colleague.asked_id)
        .join(by, by.id == Colleague.by_id)
        .where(stands(now), Colleague.by_id != Colleague.person_id)
    )


def not_reached(session: Session, named: Collection[Colleague], now: datetime) -> frozenset[int]:
    """The keys of those whom letters do not reach at the address by which they were named. One statement."""
    keys = [one.address_id for one in named]
    wrong = select(Address.id).where(Address.id.in_(keys), Address.email.in_(unreached.addresses()))
    found = set(session.scalars(wrong, unreached.moments(now))) if keys else set()
    return frozenset(one.id for one in named if one.address_id in found)


@cache
def is_any_named_now() -> ColumnElement[bool]:
    """Whether somebody is named for a row of `Asked`, as SQL, by the `moments` of now."""
    return _is_any(stands_now())


def _is_any(stands: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Colleague.asked_id == Asked.id, stands)


def named_for(session: Session, asked_ids: Collection[int], now: datetime) -> dict[int, list[Colleague]]:
    """Who is named for what was asked, by its key, in the order of naming. The caller has checked who may see it."""
    found: defaultdict[int, list[Colleague]] = defaultdict(list)
    for colleague in session.scalars(_whole().where(Colleague.asked_id.in_(asked_ids), stands(now))):
        found[colleague.asked_id].append(colleague)
    return found


def history(session: Session, asked: Asked) -> Sequence[Colleague]:
    """Everybody who was ever named for what was asked, with who took it back. The caller has checked."""
    return session.scalars(_whole().where(Colleague.asked_id == asked.id)).all()


def _whole() -> Select[Colleague]:
    ended = joinedload(Colleague.ended).joinedload(ColleagueEnded.by)
    return (
        select(Colleague)
        .options(joinedload(Colleague.person), joinedload(Colleague.address), joinedload(Colleague.by), ended)
        .order_by(Colleague.id)
    )


def colleague(session: Session, actor: Actor, ref: str) -> Colleague:
    """Somebody who was named, for whoever may name. Raises `NotFound`."""
    found = session.scalar(
        _whole()
        .where(Colleague.ref == ref, within(actor, "name_colleague", Colleague))
        .options(joinedload(Colleague.asked).joinedload(Asked.circulation))
    )
    if found is None:
        raise NotFound
    return found


def standing(session: Session, person_ref: str, asked_ids: Collection[int], now: datetime) -> Colleague | None:
    """By what a person may write and read for one of these today, if she was named and not appointed; with person and
    address."""
    found = _whole().join(Person, Person.id == Colleague.person_id)
    return session.scalars(
        found.where(Person.ref == person_ref, Colleague.asked_id.in_(asked_ids), stands(now)).limit(1)
    ).first()


def named_in(session: Session, person_ref: str, circulation_id: int, now: datetime) -> Sequence[Colleague]:
    """What somebody is named for today of all that a circulation asked; with person and address."""
    of_it = select(Asked.id).where(Asked.circulation_id == circulation_id)
    found = _whole().join(Person, Person.id == Colleague.person_id).options(joinedload(Colleague.asked))
    return session.scalars(found.where(Person.ref == person_ref, Colleague.asked_id.in_(of_it), stands(now))).all()


def letter_of(session: Session, ref: str) -> Colleague:
    """Somebody who was named, with all that the letter to her says."""
    circulation = joinedload(Colleague.asked).joinedload(Asked.circulation)
    return session.scalars(
        _whole()
        .where(Colleague.ref == ref)
        .options(
            circulation.joinedload(Circulation.partnership),
            circulation.selectinload(Circulation.dates),
            circulation.joinedload(Circulation.edition).defer(Edition.content),
            circulation.joinedload(Circulation.edition).joinedload(Edition.pack).joinedload(Pack.newest_standing),
        )
    ).one()
