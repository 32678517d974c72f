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
    lead = make.actor_of(session, circle.lead)
    answers = {"point-0": "We said zero.", "point-1": CANARY, "point-2": "=1+1 said a sheet"}
    shared = make.minutes(
        session, circle.asked, circle.leader, answers=answers, question_to_partnership="Who offers it?"
    )
    counted = next(response for response in shared.responses if response.words == "We said zero.")
    services.acknowledge(session, lead, shared, now=NOW)
    ticked = {r.id: r.id == counted.id for r in shared.responses if r.words != CANARY}
    services.share(session, lead, shared, circle.partnership.id, ticked, now=NOW)
    other = next(a for a in circle.circulation.asked if a.team_id == circle.teams[1].id)
    kept = make.minutes(session, other, circle.leader, answers={"point-0": UNSHARED})
    services.acknowledge(session, lead, kept, now=NOW)
    session.add(
        Reply(
            organisation_id=circle.noise.id,
            asked_id=circle.noise_asked.id,
            kind=ReplyKind.NOT_RELEVANT,
            words="no young children",
            at=NOW,
            by_id=circle.noise_leader.id,
        )
    )
    session.flush()
    officer = make.actor_of(session, circle.officer)
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
