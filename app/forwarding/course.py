"""What became of a version of minutes, as its page shows it: each thing read once, for the page and its list alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import clock
from app.discussions.models import Minutes
from app.discussions.queries import versions
from app.forwarding import queries
from app.forwarding.models import Acknowledgement, Question, Share, Withdrawal
from app.organisations.models import Address, Appointment
from app.organisations.queries import in_dates
from app.policy import Actor


@dataclass(frozen=True)
class Course:
    """What people decided about a version: which `versions` of its record there are, who has it, what of the record was
    given to partnerships (`shares` stand, `given` is all that this version gave, withdrawn or not), and what the team
    was asked about any version. All oldest first."""

    versions: Sequence[Minutes]
    said: Sequence[Acknowledgement]
    shares: Sequence[Share]
    given: Sequence[Share]
    questions: Sequence[Question]

    @property
    def acknowledged(self) -> Acknowledgement | None:
        """Who first said "I have this", if anybody has."""
        return self.said[0] if self.said else None

    @property
    def stopped(self) -> list[Share]:
        """What this version gave last to partnerships that have nothing of the record now."""
        last = {given.partnership_id: given for given in self.given}
        having = {given.partnership_id for given in self.shares}
        return [given for given in last.values() if given.withdrawal and given.partnership_id not in having]


def contacts(session: Session, minutes: Minutes, now: datetime) -> dict[int, str]:
    """Where those who hold a role in the organisation today are written to, by person: a team and its lead may answer
    one another by mail. The caller has checked who may read the minutes."""
    held = sa.select(Appointment.person_id, Address.email).join(Address, Address.id == Appointment.address_id)
    here = held.where(Appointment.organisation_id == minutes.organisation_id, in_dates(clock.today(now)))
    wanted = sa.or_(
        Appointment.person_id == minutes.recorded_by_id,
        Appointment.person_id.in_(sa.select(Question.by_id).where(Question.minutes_id == minutes.id)),
    )
    rows = session.execute(here.where(wanted).order_by(Appointment.id.desc()))
    return {row.person_id: row.email for row in rows}


def course(session: Session, actor: Actor, minutes: Minutes) -> Course:
    """All that the page of a version says of what became of it, each read once. The caller has checked that the actor
    may read it; of versions that she may not read nothing is said, because they may be about other teams."""
    readable = versions(session, actor, minutes)
    keys = {version.id for version in readable}
    said = sa.select(Acknowledgement).where(Acknowledgement.minutes_id == minutes.id).order_by(Acknowledgement.id)
    given = session.execute(
        sa.select(Share, Share.shared.label("stands"))
        .where(Share.thread == minutes.thread, Share.minutes_id.in_(keys))
        .options(*queries.GIVEN, joinedload(Share.withdrawal).joinedload(Withdrawal.by))
        .order_by(Share.id)
    ).all()
    return Course(
        versions=readable,
        said=session.scalars(said).all(),
        shares=[row.Share for row in given if row.stands],
        given=[row.Share for row in given if row.Share.minutes_id == minutes.id],
        questions=[asked for asked in queries.questions(session, minutes) if asked.minutes_id in keys],
    )
