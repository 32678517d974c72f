"""What was said of who leads a team, and what came of it. Of a team only what was said last is still open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.circulation.models import Asked, Circulation, LeaderSettled, OtherLeader
from app.clock import today
from app.errors import NotFound
from app.organisations import proposed
from app.organisations.models import Appointment, AppointmentTeam, Team
from app.organisations.queries import covering, holders, in_dates
from app.packs.models import Edition
from app.policy import Actor, Role, within

SETTLES = (Role.LEAD, Role.ADMINISTRATOR)


@cache
def is_open() -> ColumnElement[bool]:
    """Whether a row of `OtherLeader` is the last said of its team, and nobody has settled it."""
    later = aliased(OtherLeader)
    newer = exists().where(later.team_id == OtherLeader.team_id, later.id > OtherLeader.id)
    settled = exists().where(LeaderSettled.other_leader_id == OtherLeader.id)
    return and_(~newer.correlate(OtherLeader), ~settled.correlate(OtherLeader))


@cache
def is_turned_down() -> ColumnElement[bool]:
    """Whether a row of `Asked` is of a team that somebody said she leads, and that was declined: it is the
    organisation's own only if somebody is appointed to it after all."""
    declined = exists().where(
        OtherLeader.team_id == Asked.team_id,
        LeaderSettled.other_leader_id == OtherLeader.id,
        LeaderSettled.leader_id.is_(None),
    )
    return and_(Asked.team_id.in_(proposed.unconfirmed()), declined.correlate(Asked))


def to_settle(session: Session, actor: Actor) -> Sequence[OtherLeader]:
    """What the actor can settle, said first comes first; one statement."""
    found = _whole().where(within(actor, "settle_leader", OtherLeader), is_open())
    return session.scalars(found.order_by(OtherLeader.id).limit(60)).all()


@cache
def is_any_said() -> ColumnElement[bool]:
    """Whether anything was said of who leads the team of a row of `Asked`, as SQL."""
    return exists().where(OtherLeader.team_id == Asked.team_id)


def last_said(session: Session, team_id: int) -> OtherLeader | None:
    """What was said last of who leads a team. The caller has checked who may see it."""
    found = _whole().where(OtherLeader.team_id == team_id).order_by(OtherLeader.id.desc()).limit(1)
    return session.scalars(found).first()


def unconfirmed(session: Session, team_ids: Collection[int | None]) -> OtherLeader | None:
    """Who says that she leads one of these teams, where nobody has confirmed it. The caller has checked who may see
    it."""
    found = _whole().join(OtherLeader.claim).where(OtherLeader.team_id.in_(team_ids), ~Team.confirmed)
    return session.scalars(found.join(Team, Team.id == OtherLeader.team_id).limit(1)).first()


def other_leader(session: Session, actor: Actor, ref: str) -> OtherLeader:
    """What was said of who leads a team, for whoever may settle it. Raises `NotFound`."""
    found = session.scalar(
        whole_with_circulation().where(OtherLeader.ref == ref, within(actor, "settle_leader", OtherLeader))
    )
    if found is None:
        raise NotFound
    return found


def team_to_lead(session: Session, actor: Actor, ref: str) -> Team:
    """A team of which the actor can name the leader, with its organisation. Raises `NotFound`."""
    found = select(Team).where(Team.ref == ref, within(actor, "name_leader", Team))
    team = session.scalar(found.options(joinedload(Team.organisation)))
    if team is None:
        raise NotFound
    return team


def _whole() -> Select[OtherLeader]:
    return select(OtherLeader).options(
        joinedload(OtherLeader.by),
        joinedload(OtherLeader.claim),
        joinedload(OtherLeader.team).joinedload(Team.organisation),
        joinedload(OtherLeader.settled).joinedload(LeaderSettled.leader),
    )


def whole_with_circulation() -> Select[OtherLeader]:
    """What was said, with all that a page or a letter about it shows."""
    circulation = joinedload(OtherLeader.asked).joinedload(Asked.circulation)
    return _whole().options(
        circulation.joinedload(Circulation.partnership),
        circulation.selectinload(Circulation.dates),
        circulation.joinedload(Circulation.edition).defer(Edition.content),
    )


def leading(session: Session, team_id: int, day: date) -> Sequence[Appointment]:
    """Who leads a team on a day, longest in the role first."""
    return (
        session.scalars(
            select(Appointment)
            .join(AppointmentTeam, AppointmentTeam.appointment_id == Appointment.id)
            .where(AppointmentTeam.team_id == team_id, Appointment.role == Role.LEADER, in_dates(day))
            .options(joinedload(Appointment.person), joinedload(Appointment.address), joinedload(Appointment.teams))
            .order_by(Appointment.starts_on, Appointment.id)
        )
        .unique()
        .all()
    )


def stopping(session: Session, said: OtherLeader, day: date) -> list[Appointment]:
    """Who stops leading the team when what was said is confirmed: whoever said so, or, where a minute taker did, those
    who lead it today."""
    held = leading(session, said.team_id, day)
    own = [appointment for appointment in held if appointment.person_id == said.by_id]
    return own or list(held)


def settlers(session: Session, organisation_id: int, team_id: int, now: datetime) -> list[Appointment]:
    """Who in an organisation can settle who leads a team: its leads and administrators today."""
    return covering(holders(session, organisation_id, SETTLES, today(now)), team_id)


def title_in(session: Session, actor: Actor, organisation_id: int, team_id: int | None, now: datetime) -> str:
    """The title under which the actor says who leads a team of an organisation."""
    roles: Collection[Role] = (Role.LEAD, Role.DEPUTY, Role.ADMINISTRATOR)
    held = covering(holders(session, organisation_id, roles, today(now)), team_id)
    mine = [appointment for appointment in held if appointment.person_id == actor.person]
    return mine[0].title if mine else "Partnership officer"
