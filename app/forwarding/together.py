"""Several sets of minutes that a lead says together that she has: of each what came of it, read from what is so now, so
that the page which says it may be opened again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app import clock
from app.discussions.models import Minutes
from app.errors import NotFound
from app.forwarding.inbox import Waiting, line_of, received_by
from app.forwarding.models import Acknowledgement, How
from app.policy import Actor

AT_ONCE = 50
"""As many as stand on a page of an inbox."""


@dataclass(frozen=True)
class Together:
    """One of the minutes: its line; whether she has said that she has it (`had`) or can say so (`open`); and why it was
    left out, as a sentence, where neither."""

    minutes: Minutes
    line: Waiting
    had: bool
    why_not: str

    @property
    def open(self) -> bool:
        """Whether she can say now that she has it."""
        return not self.had and not self.why_not


def together(session: Session, actor: Actor, refs: Iterable[str]) -> list[Together]:
    """Those of these minutes that the actor receives, newest first, at most as many as a page of an inbox has. Two
    statements. Raises `NotFound` where she receives none of them."""
    said = sa.select(sa.func.min(Acknowledgement.id)).where(
        Acknowledgement.minutes_id == Minutes.id, Acknowledgement.how == How.HERE
    )
    first = aliased(Acknowledgement)
    rows = session.execute(
        received_by(actor)
        .add_columns(Minutes.newest.label("newest"), first.name, first.at, first.person_id)
        .outerjoin(first, first.id == said.correlate(Minutes).scalar_subquery())
        .where(Minutes.ref.in_(list(refs)[:AT_ONCE]))
        .order_by(Minutes.id.desc())
    ).all()
    if not rows:
        raise NotFound
    return [_one(row, actor) for row in rows]


def _one(row: sa.Row[Any], actor: Actor) -> Together:
    had = row.person_id is not None and row.person_id == actor.person
    return Together(row[0], line_of(row, actor), had, "" if had else _why_not(row, actor))


def _why_not(row: sa.Row[Any], actor: Actor) -> str:
    if row[0].recorded_by_id == actor.person:
        return "You recorded these yourself, so there is nothing to confirm."
    if not row.newest:
        return "The team has corrected these since. Open them to find the newest version, and read that first."
    if row.name:
        return f"{row.name} said “I have this” on {clock.moment_words(row.at)} already."
    if row.asked_back:
        return "The team was asked a question about these since. Open them to decide."
    return "" if row.opened else "You have not opened these yet. Read them first."
