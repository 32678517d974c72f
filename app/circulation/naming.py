"""Names a colleague who writes up one discussion, and takes that back. What was typed stays in the team's draft."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.circulation.colleagues import named_for
from app.circulation.models import Asked, Colleague, ColleagueEnded
from app.errors import Conflict, Invalid
from app.organisations.models import Named, Organisation
from app.organisations.newcomers import address_at, check_address
from app.policy import Actor
from app.trail.services import note


def name_colleague(session: Session, actor: Actor, asked: Asked, named: Named, *, now: datetime) -> Colleague:
    """Let somebody else write up the discussion of one `Asked`. Whoever is named twice is named once.

    Raises `Invalid`, with the field, where the address is nobody's to be written to at work or is the actor's own, and
    `Conflict` where the briefing was withdrawn: what is begun is sent by those who could write it already.
    """
    policy.require(actor, "name_colleague", asked)
    if asked.circulation.edition.pack.withdrawn is not None:
        raise Conflict("This briefing was withdrawn, so nobody needs to be named to write it up.")
    check_address(session, session.get_one(Organisation, asked.organisation_id), named.email)
    hold(session, asked)
    address = address_at(session, named)
    if address.person_id == actor.person:
        raise Invalid("This is your own address: you can write it up yourself.", "email")
    for before in named_for(session, [asked.id], now)[asked.id]:
        if before.person_id == address.person_id:
            return before
    made = Colleague(
        organisation_id=asked.organisation_id,
        asked_id=asked.id,
        person_id=address.person_id,
        address_id=address.id,
        by_id=_person(actor),
        at=now,
    )
    session.add(made)
    session.flush()
    detail = {"asked": asked.ref, "person": address.person.ref}
    note(session, actor, "colleague named", made.ref, now=now, organisation_id=asked.organisation_id, detail=detail)
    return made


def end_colleague(session: Session, actor: Actor, colleague: Colleague, *, now: datetime) -> ColleagueEnded:
    """Take back what somebody was named for. Done twice, the first stands."""
    policy.require(actor, "name_colleague", colleague)
    hold(session, colleague.asked)
    taken = session.get(ColleagueEnded, colleague.id)
    if taken is None:
        taken = ColleagueEnded(colleague_id=colleague.id, by_id=_person(actor), at=now)
        session.add(taken)
        session.flush()
        where = {"organisation_id": colleague.organisation_id, "detail": {"asked": colleague.asked.ref}}
        note(session, actor, "colleague taken back", colleague.ref, now=now, **where)
    return taken


def hold(session: Session, asked: Asked) -> None:
    """Hold the row of what was asked until the end of the transaction, so that what two do at once is done in turn."""
    session.execute(select(Asked.id).where(Asked.id == asked.id).with_for_update(key_share=True))


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
