"""Which organisations have no safeguarding lead to read what their teams sent, for those who can have one named."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from app import policy
from app.circulation.models import Asked, Circulation
from app.clock import today
from app.discussions.models import Minutes, MinutesFor
from app.forwarding.queries import nobody_has, nobody_may_read
from app.organisations.models import Appointment, AppointmentTeam, Organisation
from app.packs.models import Edition
from app.policy import Actor, Role

MOST = 200


@dataclass
class Gap:
    """An organisation without a safeguarding lead, and what waits for one: the team, the briefing, the moment of
    sending. `ours`: the actor looks after its people herself."""

    organisation: str
    ours: bool
    waiting: list[tuple[str, str, datetime]] = field(default_factory=list)


def gaps(session: Session, actor: Actor, now: datetime) -> list[Gap]:
    """Where nobody may read what was sent, by the name of the organisation, and under it oldest first. Two statements
    at most."""
    day = today(now)
    unled = sa.select(Organisation.id).where(policy.within(actor, "see_unread", Organisation), ~_led(day))
    places = session.scalars(unled).all()
    if not places:
        return []
    rows = session.execute(
        sa.select(Asked, Minutes.sent_at)
        .join(MinutesFor, MinutesFor.asked_id == Asked.id)
        .join(Minutes, Minutes.id == MinutesFor.minutes_id)
        .where(
            Minutes.organisation_id.in_(places),
            Minutes.newest,
            nobody_has(),
            nobody_may_read(day),
            policy.within(actor, "see_unread", Asked),
            sa.or_(Asked.confirmed, Asked.organisation_id.in_(actor.organisations(Role.ADMINISTRATOR))),
        )
        .options(joinedload(Asked.circulation).joinedload(Circulation.edition).defer(Edition.content))
        .order_by(Asked.organisation_name, Asked.organisation_id, Minutes.id, Asked.id)
        .limit(MOST)
    )
    ours, found = actor.organisations(Role.ADMINISTRATOR), dict[int, Gap]()
    for asked, sent_at in rows:
        key = asked.organisation_id
        gap = found.setdefault(key, Gap(asked.organisation_name, key in ours))
        gap.waiting.append((asked.name, asked.circulation.edition.short_title, sent_at))
    return list(found.values())


def _led(day: date) -> sa.ColumnElement[bool]:
    """Whether a row of `Organisation` has a lead for the whole of it."""
    held, narrowed = aliased(Appointment), aliased(AppointmentTeam)
    current = (held.starts_on <= day, sa.or_(held.ends_on.is_(None), held.ends_on >= day))
    whole = ~sa.exists().where(narrowed.appointment_id == held.id).correlate_except(narrowed)
    led = sa.exists().where(held.organisation_id == Organisation.id, held.role == Role.LEAD, whole, *current)
    return led.correlate_except(held)
