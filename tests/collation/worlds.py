"""A circle with minutes at every stage, for collation: who shared what, and canary words that must never be seen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.collation.coverage import Scope, scope
from app.discussions.models import Minutes, Reply, ReplyKind
from app.forwarding import services
from app.policy import Actor
from tests import factories as make
from tests.conftest import NOW

CANARY = "canary-not-ticked"
UNSHARED = "canary-unshared"


@dataclass(frozen=True)
class Collated:
    """The circle; one set of minutes shared in part, one only acknowledged, one other reply; who reads."""

    circle: make.Circle
    officer: Actor
    reviewer: Actor
    foreign: Actor
    lead: Actor
    shared: Minutes
    kept: Minutes
    about: Scope


def collated(session: Session) -> Collated:
    circle = make.circle(session)
    lead, officer = make.actor_of(session, circle.lead), make.actor_of(session, circle.officer)
    shared = _shared_in_part(session, circle, lead)
    other = next(a for a in circle.circulation.asked if a.team_id == circle.teams[1].id)
    kept = make.minutes(session, other, circle.leader, answers={"point-0": UNSHARED})
    services.acknowledge(session, lead, kept, now=NOW)
    _not_relevant(session, circle)
    return Collated(
        circle=circle,
        officer=officer,
        reviewer=make.actor_of(session, circle.reviewer),
        foreign=make.actor_of(session, circle.noise_officer),
        lead=lead,
        shared=shared,
        kept=kept,
        about=scope(session, officer, ref=circle.edition.ref),
    )


def _shared_in_part(session: Session, circle: make.Circle, lead: Actor) -> Minutes:
    """Three answers: one ticked and quotable, one ticked, one not ticked."""
    answers = {"point-0": "We said zero.", "point-1": CANARY, "point-2": "=1+1 said a sheet"}
    made = make.minutes(session, circle.asked, circle.leader, answers=answers, question_to_partnership="Who offers it?")
    ticked = {r.id: r.words == "We said zero." for r in made.responses if r.words != CANARY}
    services.acknowledge(session, lead, made, now=NOW)
    services.share(session, lead, made, circle.partnership.id, ticked, now=NOW)
    return made


def _not_relevant(session: Session, circle: make.Circle) -> None:
    reply = Reply(
        organisation_id=circle.noise.id,
        asked_id=circle.noise_asked.id,
        kind=ReplyKind.NOT_RELEVANT,
        words="no young children",
        at=NOW,
        by_id=circle.noise_leader.id,
    )
    make.kept(session, reply)
