"""Who was named to write up one discussion, and what that lets her do.

It is a role like any other in the policy table, but for one `Asked` and by the instant: `grants` gives it to whoever
signs in, beside what she is appointed to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, joinedload

from app.circulation.models import Asked, Circulation, Colleague, ColleagueEnded
from app.errors import NotFound
from app.organisations.models import Person
from app.packs.models import Edition
from app.policy import Actor, Grant, Role, within


def stands() -> ColumnElement[bool]:
    """Whether a row of `Colleague` has not been taken back."""
    return ~exists().where(ColleagueEnded.colleague_id == Colleague.id)


def is_named(person_id: Any, now: datetime) -> ColumnElement[bool]:
    """Whether a person was named for anything that stands, as SQL."""
    return exists().where(Colleague.person_id == person_id, Colleague.at <= now, stands())


def grants(session: Session, person_id: int, now: datetime) -> tuple[Grant, ...]:
    """What a person was named for, as roles: one for each organisation. One query."""
    rows = session.execute(
        select(Colleague.organisation_id, Colleague.asked_id)
        .where(Colleague.person_id == person_id, Colleague.at <= now, stands())
        .order_by(Colleague.id)
    )
    named: defaultdict[int, set[int]] = defaultdict(set)
    for organisation_id, asked_id in rows:
        named[organisation_id].add(asked_id)
    return tuple(Grant(Role.COLLEAGUE, where, asked=frozenset(asked)) for where, asked in named.items())


def is_any_named() -> ColumnElement[bool]:
    """Whether somebody is named for a row of `Asked`, as SQL."""
    return exists().where(Colleague.asked_id == Asked.id, stands())


def named_for(session: Session, asked_ids: Collection[int]) -> dict[int, list[Colleague]]:
    """Who is named for what was asked, by its key, in the order of naming. The caller has checked who may see it."""
    found: defaultdict[int, list[Colleague]] = defaultdict(list)
    for colleague in session.scalars(_whole().where(Colleague.asked_id.in_(asked_ids), stands())):
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


def standing(session: Session, person_ref: str, asked_ids: Collection[int]) -> Colleague | None:
    """By what a person may write and read for one of these today, if she was named and not appointed; with person and
    address."""
    found = _whole().join(Person, Person.id == Colleague.person_id)
    return session.scalars(
        found.where(Person.ref == person_ref, Colleague.asked_id.in_(asked_ids), stands()).limit(1)
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
