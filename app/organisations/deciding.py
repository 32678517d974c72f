"""A lead decides beforehand what happens with answers that teams will send; and how often she gets letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.errors import Conflict, Invalid
from app.organisations.ahead import standing
from app.organisations.decisions import StandingDecision
from app.organisations.hearing import Rhythm
from app.organisations.models import Appointment, Membership
from app.organisations.queries import weekly_of
from app.policy import Actor
from app.trail import services as trail

CHANGED = "{} changed this on another page after you opened this one. Look at it again, then decide."


def decide_ahead(
    session: Session,
    actor: Actor,
    held: Appointment,
    partnership_id: int,
    *,
    at_once: bool,
    quotable: bool = False,
    seen: str | None = None,
    now: datetime,
) -> StandingDecision | None:
    """Decide for an appointment of the actor's own and a partnership. What stands already is not decided again (None
    where that is to read first and nothing was ever decided); `seen` is the reference of what the page showed as
    standing, empty for nothing. Raises `Conflict` where another stands by now, or `Invalid`."""
    policy.require(actor, "decide_ahead", held)
    hold(session, [held.id])
    _asks_there(session, held, partnership_id)
    last = standing(session, [held.id]).get((held.id, partnership_id))
    wanted = (at_once, at_once and quotable)
    if wanted == ((last.at_once, last.quotable) if last else (False, False)):
        return last
    if seen is not None and seen != (last.ref if last else ""):
        raise Conflict(CHANGED.format(last.name if last else "Somebody"))
    return _keep(session, actor, _decision(actor, held, partnership_id, wanted, now))


def choose_letters(session: Session, actor: Actor, held: Appointment, *, weekly: bool, now: datetime) -> None:
    """Choose one letter a week, or one for each set of minutes, for an appointment of the actor's own. What stands
    already is not chosen again."""
    policy.require(actor, "choose_letters", held)
    hold(session, [held.id])
    if held.organisation_id is None or weekly is (held.id in weekly_of(session, [held.id])):
        return
    made = Rhythm(organisation_id=held.organisation_id, appointment_id=held.id, weekly=weekly, at=now)
    session.add(made)
    session.flush()
    where = {"organisation_id": held.organisation_id, "detail": {"weekly": weekly}}
    trail.note(session, actor, "chose letters", made.ref, now=now, **where)


def _asks_there(session: Session, held: Appointment, partnership_id: int) -> None:
    asks = select(Membership.partnership_id).where(Membership.organisation_id == held.organisation_id)
    if partnership_id not in session.scalars(asks).all():
        raise Invalid("That partnership does not ask this organisation.")


def _decision(
    actor: Actor, held: Appointment, partnership_id: int, wanted: tuple[bool, bool], now: datetime
) -> StandingDecision:
    if held.organisation_id is None:
        raise Invalid("Only a lead of an organisation decides this.")
    return StandingDecision(
        organisation_id=held.organisation_id,
        appointment_id=held.id,
        partnership_id=partnership_id,
        at_once=wanted[0],
        quotable=wanted[1],
        name=actor.name,
        title=held.title,
        at=now,
    )


def _keep(session: Session, actor: Actor, decision: StandingDecision) -> StandingDecision:
    session.add(decision)
    session.flush()
    where = {"organisation_id": decision.organisation_id, "partnership_id": decision.partnership_id}
    detail = {"at once": decision.at_once, "quotable": decision.quotable}
    trail.note(session, actor, "decided beforehand", decision.ref, now=decision.at, detail=detail, **where)
    return decision


def hold(session: Session, appointment_ids: list[int]) -> None:
    """Hold appointments until the end of the transaction, so that a decision and what is done by it come one after the
    other."""
    wanted = select(Appointment.id).where(Appointment.id.in_(appointment_ids)).order_by(Appointment.id)
    session.execute(wanted.with_for_update(key_share=True))
