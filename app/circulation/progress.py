"""How far a circulation has come: how many were asked, and where the letters stand that ask them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.circulation.models import Asked, Circulation
from app.circulation.queries import ASK
from app.post.models import Delivery, State


@dataclass(frozen=True)
class Letters:
    """How far the letters of a circulation have come, in numbers. Those not noted yet by a sender wait as well."""

    waiting: int
    sent: int
    unsure: int
    failed: int

    @property
    def all(self) -> int:
        """How many there are to be."""
        return self.waiting + self.sent + self.unsure + self.failed


def letters_of(session: Session, circulation: Circulation, not_noted: int) -> Letters:
    """How many letters wait, went to the mail system, may have, or could not be sent. The database counts: there may
    be twenty thousand."""
    over = Delivery.next_try_at.is_(None)
    ours = select(Delivery.state, over, func.count()).where(Delivery.kind == ASK, Delivery.about == circulation.ref)
    rows = session.execute(ours.group_by(Delivery.state, over).order_by(Delivery.state, over)).all()
    settled = Counter({state: number for state, is_over, number in rows if is_over})
    return Letters(
        waiting=not_noted + sum(number for _, is_over, number in rows if not is_over),
        sent=settled[State.ACCEPTED],
        unsure=settled[State.MAYBE_SENT],
        failed=settled[State.FAILED] + settled[State.QUARANTINED] + settled[State.BOUNCED],
    )


def number_asked(session: Session, circulation: Circulation) -> tuple[int, int]:
    """How many teams were asked, and how many organisations as a whole."""
    counts = select(func.count(Asked.team_id), func.count()).where(Asked.circulation_id == circulation.id)
    counts = counts.where(Asked.confirmed)
    teams, every = session.execute(counts).one()
    return teams, every - teams
