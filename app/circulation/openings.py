"""Where a team can be added: the organisations, the teams they have by name, and what they are asked and can still
answer in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.circulation.models import AnswerBy, Asked, Circulation
from app.errors import NotFound
from app.organisations.models import Organisation, Team
from app.policy import Actor, within
from app.text import single_line


def places(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The organisations to which the actor may add teams, by name."""
    found = select(Organisation).where(within(actor, "add_team", Organisation))
    return session.scalars(found.order_by(Organisation.name, Organisation.id)).all()


def place(session: Session, actor: Actor, ref: str) -> Organisation:
    """One of them. Raises `NotFound`."""
    found = session.scalar(select(Organisation).where(Organisation.ref == ref, within(actor, "add_team", Organisation)))
    if found is None:
        raise NotFound
    return found


def team_called(session: Session, organisation_id: int, called: str) -> Team | None:
    """The team of an organisation with this name, capitals apart. Compared here, since databases differ about them."""
    wanted = single_line(called).casefold()
    teams = session.scalars(select(Team).where(Team.organisation_id == organisation_id).order_by(Team.id))
    return next((team for team in teams if single_line(team.name).casefold() == wanted), None)


def still_open(session: Session, organisation_id: int, day: date) -> Sequence[Circulation]:
    """What partnerships have asked an organisation or its teams and can be answered in time: of each edition what was
    circulated last."""
    asked = select(Asked.circulation_id).where(Asked.organisation_id == organisation_id)
    last = select(func.max(Circulation.id)).where(Circulation.id.in_(asked))
    last = last.group_by(Circulation.partnership_id, Circulation.edition_id)
    by = select(func.max(AnswerBy.id)).where(AnswerBy.circulation_id == Circulation.id).correlate(Circulation)
    return session.scalars(
        select(Circulation)
        .join(AnswerBy, AnswerBy.id == by.scalar_subquery())
        .where(Circulation.id.in_(last), AnswerBy.on >= day)
        .order_by(Circulation.id)
    ).all()
