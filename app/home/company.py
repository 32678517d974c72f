"""Who else receives the minutes that a lead receives, and whom to ask where nobody stands in for her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import clock
from app.forwarding.receivers import LEADS, Receiver, receivers
from app.organisations.models import Organisation
from app.policy import Actor, Role


@dataclass(frozen=True)
class Company:
    """Of one organisation: the other leads and deputies, and who looks after its people there."""

    organisation: str
    others: list[Receiver]
    administrators: list[Receiver]

    @property
    def deputies(self) -> bool:
        """Whether somebody stands in."""
        return any(other.role is Role.DEPUTY for other in self.others)


def company(session: Session, actor: Actor, now: datetime) -> list[Company]:
    """For each organisation for which the actor receives minutes, by name. Two statements."""
    places = actor.organisations(*LEADS)
    found = receivers(session, places, clock.today(now), (*LEADS, Role.ADMINISTRATOR))
    names = session.execute(
        sa.select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(places))
        .order_by(Organisation.name, Organisation.id)
    )
    return [
        Company(
            name,
            others=[held for held in found[key] if held.role in LEADS and held.person_id != actor.person],
            administrators=[held for held in found[key] if held.role is Role.ADMINISTRATOR],
        )
        for key, name in names
    ]
