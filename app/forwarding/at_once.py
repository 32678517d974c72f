"""Shares answers at once, where a lead decided so beforehand and nothing is found in them.

It is done when the Word document of the minutes is kept, in the same transaction: every version that is sent is owed
one document, which the sender makes before any letter goes, so that what is owed here is owed by that query too, is
done once whoever dies in between, and is done before a letter could say that nothing is shared. (Sending itself cannot
do it: it belongs to the package before, and a team should not wait for it.)

What a team was told before it sent (`SentUnder`) is all that may be done by it: every decision that stands now must
have been among those. So a decision that is changed at any moment counts only for what is sent afterwards, and one that
was taken back is not carried out even for what was sent under it. The appointments are held while that is looked at;
whoever decides holds them too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.discussions.models import Minutes
from app.forwarding import queries, services
from app.forwarding.beforehand import in_the_way, taken_in_hand, told_of
from app.forwarding.models import Document
from app.organisations.ahead import ahead
from app.organisations.deciding import hold
from app.organisations.queries import actor_for


def open_to(session: Session, ref: str) -> frozenset[int]:
    """The keys of the partnerships to which the answers of the minutes of a reference may go unread, as far as the
    minutes themselves are concerned: found before anything is held, because it takes as long as the text is long."""
    minutes = queries.whole(session, ref)
    if not told_of(session, minutes):
        return frozenset()
    asked_by = queries.partnerships_of(minutes)
    return frozenset(one.id for one in asked_by if not in_the_way(session, minutes, one))


def keep_document(session: Session, ref: str, body: bytes, may_go_to: Collection[int], *, now: datetime) -> Document:
    """Keep the document of the minutes of a reference and, if none was kept before, share their answers with those of
    these partnerships for which it was decided beforehand."""
    minutes = session.scalars(sa.select(Minutes).where(Minutes.ref == ref)).one()
    services.hold_record(session, minutes)
    before = session.get(Document, minutes.id)
    if before is not None:
        return before
    kept = services.keep_document(session, ref, body, now=now)
    if may_go_to:
        share_at_once(session, ref, may_go_to, now=now)
    return kept


def share_at_once(session: Session, ref: str, may_go_to: Collection[int], *, now: datetime) -> None:
    """Share every answer, and what goes with them, with these partnerships where every lead of the teams has decided
    so and the team was told. By name of whoever has led longest; to be quoted only where all of them let it be."""
    minutes = queries.whole(session, ref)
    if not minutes.newest or taken_in_hand(session, minutes):
        return
    told = told_of(session, minutes)
    hold(session, [decision.appointment_id for decision in told])
    places = {(cover.asked.team_id, cover.asked.partnership_id) for cover in minutes.covers}
    for partnership_id, decisions in ahead(session, minutes.organisation_id, places, now).items():
        if partnership_id in may_go_to and {one.id for one in decisions} <= {one.id for one in told}:
            actor = actor_for(session, decisions[0].appointment.person_id, now)
            answers = dict.fromkeys((r.id for r in minutes.responses), all(one.quotable for one in decisions))
            services.share(session, actor, minutes, partnership_id, answers, now=now, under=decisions[0])
