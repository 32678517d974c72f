"""Where a team can be added: the organisations, the teams they have by name, and what they are asked and can still
answer or record; and why something is not asked any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.circulation.closing import is_closed
from app.circulation.colleagues import LASTS
from app.circulation.models import Added, AnswerBy, Asked, Circulation, LeaderSettled, OtherLeader
from app.errors import NotFound
from app.organisations.models import Organisation, Team
from app.packs.models import Edition
from app.packs.queries import is_current
from app.packs.standing import PackStanding, Standing
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
    """The team of an organisation with this name, capitals apart. Compared here, since databases differ about them. One
    that somebody proposed and that was declined does not take up its name."""
    wanted = single_line(called).casefold()
    declined = select(OtherLeader.team_id).join(LeaderSettled, LeaderSettled.other_leader_id == OtherLeader.id)
    there = or_(Team.confirmed, Team.id.not_in(declined))
    teams = session.scalars(select(Team).where(Team.organisation_id == organisation_id, there).order_by(Team.id))
    return next((team for team in teams if single_line(team.name).casefold() == wanted), None)


def still_open(session: Session, organisation_id: int, day: date, *, whole: bool = False) -> Sequence[Circulation]:
    """What partnerships have asked an organisation or its teams and can be answered in time: of each edition what was
    circulated last. `whole`: only what the organisation was asked without a team."""
    asked = select(Asked.circulation_id).where(Asked.organisation_id == organisation_id)
    asked = asked.where(Asked.team_id.is_(None)) if whole else asked
    last = select(func.max(Circulation.id)).where(Circulation.id.in_(asked))
    last = last.group_by(Circulation.partnership_id, Circulation.edition_id)
    found = select(Circulation).where(Circulation.id.in_(last), is_open(day))
    return session.scalars(found.order_by(Circulation.id)).all()


def recordable(session: Session, organisation_id: int, day: date, *, whole: bool = False) -> Sequence[Circulation]:
    """The same with what can still be recorded, though its date has passed: what a team is asked that comes later. For
    so long as whoever is named writes."""
    return still_open(session, organisation_id, day - LASTS, whole=whole)


def is_open(day: date) -> ColumnElement[bool]:
    """Whether a circulation can be answered by this day or later: recording is open and the briefing stands."""
    by = select(func.max(AnswerBy.id)).where(AnswerBy.circulation_id == Circulation.id).correlate(Circulation)
    in_time = exists().where(AnswerBy.id == by.scalar_subquery(), AnswerBy.on >= day).correlate(Circulation)
    stands = exists().where(Edition.id == Circulation.edition_id, is_current(Edition.pack_id)).correlate(Circulation)
    return and_(in_time, stands, ~is_closed(Circulation.id))


def passed_on() -> ColumnElement[bool]:
    """Whether a row of `Asked` is of an organisation as a whole that has added a team since: that team was asked, and
    answers in its place. A team that somebody proposed counts once it is confirmed."""
    later = aliased(Asked)
    of_it = (later.circulation_id == Asked.circulation_id, later.organisation_id == Asked.organisation_id)
    a_team = (later.team_id.is_not(None), later.added == Added.LATER, later.confirmed)
    return and_(Asked.team_id.is_(None), exists().where(*of_it, *a_team).correlate(Asked))


def withdrawn_because(circulation_id: Any) -> ScalarSelect[str]:
    """Why the briefing of a circulation was withdrawn, as SQL; null where it is not."""
    sent, edition, said, later = aliased(Circulation), aliased(Edition), aliased(PackStanding), aliased(PackStanding)
    last = select(func.max(later.id)).where(later.pack_id == said.pack_id).correlate(said).scalar_subquery()
    found = select(said.because).join(edition, edition.pack_id == said.pack_id)
    found = found.join(sent, sent.edition_id == edition.id).where(sent.id == circulation_id)
    found = found.where(said.id == last, said.standing == Standing.WITHDRAWN)
    return found.correlate_except(sent, edition, said).scalar_subquery()
