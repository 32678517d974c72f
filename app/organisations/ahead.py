"""What leads decided beforehand, and for whom it counts.

A decision is an appointment's: it ends with that, and stands while its holder is away, because it is hers, dated and
known to the team, and she can change it or take a share back from wherever she is; a deputy, who can take a share back
too, takes none. Where several leads receive the minutes of a team, all of them must have decided to share at once: one
who reads first, or has decided nothing, is enough to wait.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from app import policy
from app.clock import today
from app.organisations.decisions import StandingDecision
from app.organisations.models import Appointment, Membership, Partnership
from app.organisations.queries import covering, held_to, holders
from app.policy import Actor, Role

Decided = dict[int, tuple[StandingDecision, ...]]
"""By partnership, the decisions by which answers go to it at once: of every lead, whoever has led longest first."""


def ahead(session: Session, organisation_id: int, places: Collection[tuple[int | None, int]], now: datetime) -> Decided:
    """What leads in dates decided for these teams (or an organisation without one) and partnerships, as pairs of keys.
    Only where answers go at once. One statement where no lead of the organisation decided that, else four."""
    at_once_here = exists().where(StandingDecision.organisation_id == organisation_id, StandingDecision.at_once)
    if not session.scalar(select(at_once_here)):
        return {}
    leads = holders(session, organisation_id, (Role.LEAD,), today(now))
    last = standing(session, [lead.id for lead in leads])
    found: Decided = {}
    for partnership in sorted({partnership for _, partnership in places}):
        here = [covering(leads, team) for team, wanted in places if wanted == partnership]
        held = [lead for lead in leads if any(lead in those for those in here)]
        decided = [last.get((lead.id, partnership)) for lead in held]
        at_once = [one for one in decided if one is not None and one.at_once]
        if all(here) and len(at_once) == len(held):
            found[partnership] = tuple(at_once)
    return found


def standing(session: Session, appointment_ids: Collection[int]) -> dict[tuple[int, int], StandingDecision]:
    """The decision that stands, by appointment and partnership. One statement."""
    if not appointment_ids:
        return {}
    newest = (
        select(func.max(StandingDecision.id))
        .where(StandingDecision.appointment_id.in_(appointment_ids))
        .group_by(StandingDecision.appointment_id, StandingDecision.partnership_id)
    )
    rows = session.scalars(
        select(StandingDecision)
        .where(StandingDecision.id.in_(newest))
        .options(joinedload(StandingDecision.appointment))
        .order_by(StandingDecision.id)
    )
    return {(row.appointment_id, row.partnership_id): row for row in rows}


def mark(decided: Decided) -> str:
    """What a page carries of the decisions that it told of; empty where it told of none."""
    return "".join(f"-{one.ref}" for those in decided.values() for one in those)


def appointments(session: Session, actor: Actor, now: datetime) -> list[tuple[Appointment, list[Partnership]]]:
    """What the actor leads today, by organisation, each with the partnerships that may ask there. Raises `NotFound` for
    whoever leads nothing."""
    found = held_to(session, policy.within(actor, "decide_ahead", Appointment), now)
    askers = session.execute(
        select(Membership.organisation_id, Partnership)
        .join(Partnership, Partnership.id == Membership.partnership_id)
        .where(Membership.organisation_id.in_({held.organisation_id for held in found}))
        .order_by(Partnership.name, Partnership.id)
    ).all()
    return [(held, [asker for place, asker in askers if place == held.organisation_id]) for held in found]


def taken(session: Session, appointment_ids: Collection[int]) -> Sequence[StandingDecision]:
    """Every decision that was taken for these appointments, the last first."""
    return session.scalars(
        select(StandingDecision)
        .where(StandingDecision.appointment_id.in_(appointment_ids))
        .order_by(StandingDecision.id.desc())
        .limit(100)
    ).all()
