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

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.circulation.models import AnswerBy, Asked, Circulation, Colleague, ColleagueEnded
from app.clock import today
from app.errors import NotFound
from app.organisations.models import Person
from app.packs.models import Edition
from app.policy import Actor, Grant, Role, within

LASTS = timedelta(days=60)
"""For so long somebody is named, from the naming or from the date to answer by, whichever is later."""


def stands(now: datetime) -> ColumnElement[bool]:
    """Whether a row of `Colleague` has not been taken back and has not ended by itself."""
    asked, set_to = _others()
    of_it = (asked.id == Colleague.asked_id, set_to.circulation_id == asked.circulation_id)
    not_over = exists().where(*of_it, set_to.on >= today(now) - LASTS).correlate_except(asked, set_to)
    taken_back = exists().where(ColleagueEnded.colleague_id == Colleague.id)
    return ~taken_back & or_(Colleague.at >= now - LASTS, not_over)


@cache
def _others() -> tuple[Any, Any]:
    return aliased(Asked), aliased(AnswerBy)


def until(at: datetime, asked: Asked) -> date:
    """The last day for somebody who was named at this moment, if it is not taken back."""
    return max(today(at), *(set_to.on for set_to in asked.circulation.dates)) + LASTS


def is_named(person_id: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a person was named for anything that stands, as SQL."""
    return exists().where(Colleague.person_id == person_id, Colleague.at <= now, stands(now))


def grants(session: Session, person_id: int, now: datetime) -> tuple[Grant, ...]:
    """What a person was named for, as roles: one for each organisation. One query."""
    rows = session.execute(
        select(Colleague.organisation_id, Colleague.asked_id)
        .where(Colleague.person_id == person_id, Colleague.at <= now, stands(now))
        .order_by(Colleague.id)
    )
    named: defaultdict[int, set[int]] = defaultdict(set)
    for organisation_id, asked_id in rows:
        named[organisation_id].add(asked_id)
    return tuple(Grant(Role.COLLEAGUE, where, asked=frozenset(asked)) for where, asked in named.items())


def is_any_named(now: datetime) -> ColumnElement[bool]:
    """Whether somebody is named for a row of `Asked`, as SQL."""
    return exists().where(Colleague.asked_id == Asked.id, stands(now))


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
            circulation.joinedload(Circulation.edition).joinedload(Edition.pack),
        )
    ).one()
