"""The tries to hand letters over, told by runs: tries of one letter, one after the other, that ended alike.

A mail system that is away for days is asked a hundred times. Up to `EACH` tries of a run are told one by one, more of
them as one, so that what is loaded is as long as the story and not as the mail system's bad days, unless somebody asks
for each. One statement.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.post.models import AddressCleared, Attempt, Bounce, Delivery, Outcome, State
from app.post.results import own_words, returned, why_of

EACH = 3
_IN_DOUBT = (Outcome.MAYBE, Outcome.STOPPED)


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try at a letter, or a run of `times` from `first_at` to `at`, of which the last is told.

    `ref` is that of the letter. `why` is one sentence, empty for a letter that was taken; `said` is what the mail
    system itself replied, as it did. `newest`: the letter was not tried since; `goes_on`: it will be. `twice`: it may
    have gone out before. `waits_since`: since when it has been owed, where it waits and is not held.
    """

    ref: str
    kind: str
    about: str
    person: str
    address: str
    first_at: datetime
    at: datetime
    times: int
    outcome: Outcome
    why: str
    said: str
    attached: bool
    newest: bool
    goes_on: bool
    twice: bool
    waits_since: datetime | None = None


def tries(session: Session, *which: sa.ColumnElement[bool], each: bool = False) -> list[Try]:
    """The tries at the letters that conditions on `Delivery` and `Attempt` name, in their order, with `each` as many
    as there were."""
    runs = _runs(*which)
    before = aliased(Attempt)
    doubt = sa.exists().where(
        before.delivery_id == Attempt.delivery_id, before.id < Attempt.id, before.outcome.in_(_IN_DOUBT)
    )
    rows = session.execute(
        sa.select(Attempt, Delivery, runs.c.times, runs.c.first_at, runs.c.newest, doubt.label("twice"))
        .join(runs, runs.c.id == Attempt.id)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(sa.true() if each else sa.or_(runs.c.times <= EACH, runs.c.back == 1))
        .order_by(Attempt.id)
    )
    return [_try(row, folded=row.times > EACH and not each) for row in rows]


@dataclass(frozen=True)
class WasHeld:
    """A letter that waited, because others to its address had come back, until the address was said to be right."""

    ref: str
    kind: str
    person: str
    since: datetime
    until: datetime
    why: str


def held_before(session: Session, refs: Collection[str]) -> list[WasHeld]:
    """Which of these letters waited for their address before they were tried at all. One statement: that a letter waits
    is kept nowhere once it went, but what came back and when the address was cleared is."""
    first = aliased(Attempt)
    earliest = sa.select(sa.func.min(Attempt.id)).where(Attempt.delivery_id == Delivery.id).scalar_subquery()
    cleared = (
        sa.select(sa.func.min(AddressCleared.at, type_=Bounce.at.type))
        .where(AddressCleared.address == Bounce.address, AddressCleared.at >= Bounce.sent_at)
        .correlate(Bounce)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Delivery, Bounce, cleared.label("until"))
        .select_from(Delivery)
        .join(first, first.id == earliest)
        .join(Bounce, sa.and_(Bounce.address == sa.func.lower(first.address), Bounce.flags, Bounce.at < first.at))
        .where(Delivery.ref.in_(refs), Bounce.delivery_id != Delivery.id)
        .where(cleared > Delivery.owed_since, cleared > Bounce.at, cleared <= first.at)
        .order_by(Bounce.at.desc(), Bounce.id.desc())
    )
    found: dict[str, WasHeld] = {}
    for letter, back, until in rows if refs else ():
        since, why = max(letter.owed_since, back.at), returned(back.status, back.reply)
        if known := found.get(letter.ref):
            since, until, why = min(since, known.since), max(until, known.until), known.why
        found[letter.ref] = WasHeld(letter.ref, letter.kind, letter.person, since, until, why)
    return list(found.values())


def waits_since(letter: Delivery) -> datetime | None:
    """Since when a letter has been owed that waits for nobody to do something; None of any other."""
    waits = letter.next_try_at is not None and letter.state is not State.HELD
    return letter.owed_since if waits else None


def _runs(*which: sa.ColumnElement[bool]) -> sa.Subquery:
    """Each try with its run: how many there are, since when, and which place it has in it, counted from the last."""
    number = sa.func.row_number().over(partition_by=Attempt.delivery_id, order_by=Attempt.id)
    alike = sa.func.row_number().over(partition_by=(Attempt.delivery_id, Attempt.outcome), order_by=Attempt.id)
    back = sa.func.row_number().over(partition_by=Attempt.delivery_id, order_by=Attempt.id.desc())
    found = (
        sa.select(Attempt.id, Attempt.delivery_id, Attempt.outcome, Attempt.at)
        .add_columns((number - alike).label("run"), (back == 1).label("newest"))
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(*which)
        .subquery()
    )
    run: dict[str, Any] = {"partition_by": (found.c.delivery_id, found.c.outcome, found.c.run)}
    first = sa.func.min(found.c.at, type_=Attempt.at.type).over(**run)
    return sa.select(
        found.c.id,
        found.c.newest,
        sa.func.count().over(**run).label("times"),
        first.label("first_at"),
        sa.func.row_number().over(**run, order_by=found.c.id.desc()).label("back"),
    ).subquery()


def _try(row: sa.Row[Any], *, folded: bool) -> Try:
    attempt: Attempt = row.Attempt
    letter: Delivery = row.Delivery
    return Try(
        ref=letter.ref,
        kind=letter.kind,
        about=letter.about,
        person=letter.person,
        address=attempt.address or letter.address,
        first_at=row.first_at if folded else attempt.at,
        at=attempt.at,
        times=row.times if folded else 1,
        outcome=attempt.outcome,
        why=why_of(attempt.outcome, attempt.phase, attempt.reply),
        said=own_words(attempt.outcome, attempt.reply),
        attached=attempt.attached,
        newest=bool(row.newest),
        goes_on=letter.next_try_at is not None,
        twice=bool(row.twice) and attempt.outcome in (Outcome.ACCEPTED, Outcome.MAYBE),
        waits_since=waits_since(letter),
    )
