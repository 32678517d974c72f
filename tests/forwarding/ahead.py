"""What tests of standing decisions do: decide, send as told of it, and carry out what is owed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.discussions.models import Minutes, SentUnder
from app.forwarding import at_once
from app.forwarding.models import Share
from app.organisations.ahead import ahead
from app.organisations.deciding import decide_ahead
from app.organisations.decisions import StandingDecision
from app.organisations.models import Partnership, Person
from app.policy import Role
from tests.conftest import NOW
from tests.forwarding.scene import EARLIER, Scene


def decides(
    scene: Scene,
    who: Person | None = None,
    to: Partnership | None = None,
    *,
    once: bool = True,
    quotable: bool = False,
    at: Any = EARLIER,
) -> StandingDecision:
    """A lead decides for all her appointments; the last decision."""
    who, to = who or scene.lead, to or scene.circle.partnership
    scene.session.flush()
    for held in (one for one in who.appointments if one.role is Role.LEAD):
        made = decide_ahead(scene.session, scene.actor(who), held, to.id, at_once=once, quotable=quotable, now=at)
    assert made is not None
    return made


def told(scene: Scene, *asks: Any) -> list[SentUnder]:
    """What a team is told before it sends."""
    places = {(asked.team_id, asked.partnership_id) for asked in asks or [scene.asked]}
    decided = ahead(scene.session, scene.asked.organisation_id, places, NOW)
    return [SentUnder(decision_id=one.id) for those in decided.values() for one in those]


def sent(scene: Scene, *also: Any, **values: Any) -> Minutes:
    """Minutes in which nothing is found, sent by a team that was told."""
    values = {"nobody_known": True, "sent_under": told(scene, values.get("asked") or scene.asked, *also), **values}
    return scene.sent(values.pop("by", None), values.pop("asked", None), *also, **values)


def corrected(scene: Scene, minutes: Minutes, **values: Any) -> Minutes:
    return scene.corrected(minutes, **{"nobody_known": True, "sent_under": told(scene), **values})


def carried_out(scene: Scene, minutes: Minutes, at: Any = NOW) -> list[Share]:
    """The sender keeps the document; what this version gives by then."""
    scene.session.flush()
    may_go_to = at_once.open_to(scene.session, minutes.ref)
    at_once.keep_document(scene.session, minutes.ref, b"PK document", may_go_to, now=at)
    scene.session.flush()
    return list(scene.session.scalars(sa.select(Share).where(Share.minutes_id == minutes.id).order_by(Share.id)))
