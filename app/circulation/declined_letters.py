"""The letter to somebody who said that she leads a team, where that was not confirmed: once, so that she need not find
it out by being turned away. Whoever is confirmed gets the letter that asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import render_template
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.circulation import leaders
from app.circulation.models import LeaderSettled, OtherLeader
from app.circulation.owed import AT_ONCE, OWED_FOR
from app.organisations.models import Person
from app.post.models import Delivery, Letter, Owed, Written
from app.text import single_line

DECLINED = "declined"
URGENCY = 4


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """To whoever said it of herself and was declined of late. One statement."""
    written = exists().where(Delivery.kind == DECLINED, Delivery.about == OtherLeader.ref)
    rows = session.execute(
        select(OtherLeader.ref, Person.ref, LeaderSettled.at)
        .join(OtherLeader.claim)
        .join(LeaderSettled, LeaderSettled.other_leader_id == OtherLeader.id)
        .join(Person, Person.id == OtherLeader.by_id)
        .where(LeaderSettled.leader_id.is_(None), LeaderSettled.at.between(now - OWED_FOR, now), ~written)
        .order_by(LeaderSettled.at, OtherLeader.id)
        .limit(AT_ONCE)
    )
    return [
        Owed(kind=DECLINED, about=about, person=person, since=at, urgency=URGENCY, until=at + OWED_FOR)
        for about, person, at in rows
    ]


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """Who did not confirm it, and what becomes of what she wrote."""
    said = session.scalars(leaders.whole_with_circulation().where(OtherLeader.ref == delivery.about)).one()
    circulation = said.asked.circulation
    return Letter(
        to_address=said.email,
        to_name=single_line(said.name),
        subject=single_line(f"{said.team.name}: not confirmed – {circulation.edition.short_title}"),
        body=render_template("circulation/email/declined.txt", said=said, partnership=circulation.partnership),
        reply_to=circulation.partnership.reply_to,
    )
