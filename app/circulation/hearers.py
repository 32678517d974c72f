"""Who hears about what was asked, said in SQL: the rule of `audience.heard`, for whatever asks which letters are owed.

A test holds the two together (`tests/circulation/test_letters.py`). The asking letter and the reminders to answer both
read it here, so that nobody is ever reminded who would not have been asked.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.circulation.models import Asked
from app.organisations.models import Appointment, AppointmentTeam
from app.organisations.queries import in_dates
from app.policy import Role


def writes(day: date) -> ColumnElement[bool]:
    """Whether a row of `Appointment` to a team asked is of somebody who is to hold the discussion: a leader, or a
    minute taker where the team has no leader."""
    return or_(Appointment.role == Role.LEADER, and_(Appointment.role == Role.MINUTES, ~held(day, Role.LEADER)))


def in_time(on: SQLColumnExpression[date]) -> ColumnElement[bool]:
    """Whether the holder of an `Appointment` came to the role by the date to answer by; whoever is to hold the
    discussion also by when the team was asked, where its lead added it after that date."""
    # Both: the first day is a date in London, and `counts_from` (in UTC) may be the last hour of the day before it.
    by_the_date = and_(Appointment.starts_on <= on, func.date(Appointment.counts_from) <= on)
    holds = Appointment.role.in_((Role.LEADER, Role.MINUTES))
    return or_(by_the_date, and_(holds, Appointment.counts_from <= Asked.added_at))


def held(day: date, *roles: Role) -> ColumnElement[bool]:
    """Whether somebody holds one of these roles today for what was asked."""
    holding = select(Appointment).where(in_dates(day), Appointment.role.in_(roles)).subquery()
    return exists().where(holding.c.organisation_id == Asked.organisation_id, reaches_line(holding.c.id, *roles))


def reaches_line(appointment_id: SQLColumnExpression[int], *roles: Role) -> ColumnElement[bool]:
    """Whether an appointment reaches the line asked: its named teams, or for leads and administrators the whole."""
    any_, this = aliased(AppointmentTeam), aliased(AppointmentTeam)
    of_it = (this.appointment_id == appointment_id, this.team_id == Asked.team_id)
    named = exists().where(any_.appointment_id == appointment_id).correlate_except(any_)
    team = exists().where(*of_it).correlate_except(this)
    return team if set(roles) & {Role.LEADER, Role.MINUTES} else or_(~named, team)
