"""Who records for a team without being of it: its lead or deputy, or whoever was named to write it up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import today
from app.organisations.models import ROLE_WORDS
from app.organisations.queries import covering, holders
from app.policy import Actor, Role

OWN = (Role.LEADER, Role.MINUTES)
LEADS = (Role.LEAD, Role.DEPUTY)


def is_for_team(actor: Actor, asked: Asked) -> bool:
    """Whether the actor, who may record, does so as lead or deputy for a team that is not her own: then the record may
    have come to her in any way."""
    return actor.has(*LEADS) and not _is_of(actor, asked)


def _is_of(actor: Actor, asked: Asked) -> bool:
    return any(grant.role in OWN and asked.team_id in grant.teams for grant in actor.grants)


def recorded_as(session: Session, actor: Actor, asked: Asked, now: datetime) -> str:
    """What the actor is for the team today, such as its Named Nurse; empty for the team's own people."""
    if _is_of(actor, asked):
        return ""
    held = holders(session, asked.organisation_id, LEADS, today(now))
    mine = [a for a in covering(held, asked.team_id) if a.person_id == actor.person]
    mine.sort(key=lambda a: a.role is not Role.LEAD)
    if mine:
        return mine[0].title
    return ROLE_WORDS[Role.COLLEAGUE].lower() if asked.confirmed else "not confirmed yet as its leader"
