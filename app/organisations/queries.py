"""Who holds which role today, whom a letter about some teams goes to, and which partnership a person belongs to.

An appointment counts on its first day and on its last. Everything about leads goes through `covering`, so that pages,
letters and the policy agree on what an appointment to named teams reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app import policy
from app.clock import today
from app.errors import NotFound
from app.organisations.hearing import Rhythm, SharedMailbox
from app.organisations.models import (
    Address,
    Appointment,
    AppointmentTeam,
    Leave,
    Membership,
    Organisation,
    Partnership,
    Person,
)
from app.policy import Actor, Grant, Role

REACHES_BACK = timedelta(hours=3)
"""So long before an appointment is recorded letters count that are owed to its holder (`posts.counts_from`)."""


def in_dates(day: Any, held: Any = Appointment) -> ColumnElement[bool]:
    """Whether an `Appointment` (or an alias of it) is in force on a day (a date, or a parameter for one)."""
    return and_(held.starts_on <= day, or_(held.ends_on.is_(None), held.ends_on >= day))


def actor_for(session: Session, person_id: int, now: datetime) -> Actor:
    """A person as somebody who acts, with the roles in dates now; without any, an actor who may do nothing.

    One query. Raises `NotFound` if there is no such person.
    """
    rows = session.execute(roles_held().where(Person.id == person_id), {"today": today(now)}).all()
    if not rows:
        raise NotFound
    return actor_of(rows)


def held_to(session: Session, may: ColumnElement[bool], now: datetime) -> Sequence[Appointment]:
    """The appointments in dates for which somebody may do something, as the policy says of `Appointment`, by
    organisation; with person, organisation and teams, in two statements. Raises `NotFound` if there is none."""
    found = session.scalars(
        select(Appointment)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .where(may, in_dates(today(now)))
        .options(joinedload(Appointment.organisation), joinedload(Appointment.person))
        .options(selectinload(Appointment.teams).joinedload(AppointmentTeam.team))
        .order_by(Organisation.name, Appointment.id)
    ).all()
    if not found:
        raise NotFound
    return found


def rhythms_chosen(session: Session, appointment_ids: Collection[int]) -> Sequence[Rhythm]:
    """How often letters were to come, all that was ever chosen for these appointments, the last first."""
    chosen = select(Rhythm).where(Rhythm.appointment_id.in_(appointment_ids))
    return session.scalars(chosen.order_by(Rhythm.id.desc()).limit(100)).all()


@cache
def roles_held() -> Select[Any]:
    """People with the roles they hold `today`, a row for each role and team: narrowed to one person, it is read by
    `actor_of`. Somebody without a role is one row."""
    held = and_(Appointment.person_id == Person.id, in_dates(bindparam("today", type_=Date)))
    place = (Appointment.organisation_id, Appointment.partnership_id, AppointmentTeam.team_id)
    return (
        select(Person.id.label("person"), Person.name, Person.ref)
        .add_columns(Appointment.id, Appointment.role, *place)
        .outerjoin(Appointment, held)
        .outerjoin(AppointmentTeam, AppointmentTeam.appointment_id == Appointment.id)
        .order_by(Appointment.id, AppointmentTeam.team_id)
    )


def actor_of(rows: Sequence[Row[Any]]) -> Actor:
    """One person, of whom `roles_held` found these rows, as somebody who acts."""
    teams: dict[int, set[int]] = {}
    grants: dict[int, Grant] = {}
    for row in rows:
        if row.role:  # neither this nor the team is there without an appointment in dates
            narrowed = teams.setdefault(row.id, set())
            narrowed.update({row.team_id} if row.team_id else ())
            grants[row.id] = Grant(row.role, row.organisation_id, frozenset(narrowed), row.partnership_id)
    return Actor(rows[0].name, tuple(grants.values()), person=rows[0].person, ref=rows[0].ref)


def holders(session: Session, organisation_id: int, roles: Iterable[Role], day: date) -> list[Appointment]:
    """Who holds one of these roles in an organisation on a day, longest in the role first. Two queries.

    Person, address and teams are loaded. Somebody may be there several times, for several teams or titles.
    """
    found = (
        select(Appointment)
        .where(Appointment.organisation_id == organisation_id, Appointment.role.in_(list(roles)), in_dates(day))
        .options(joinedload(Appointment.person), joinedload(Appointment.address), selectinload(Appointment.teams))
        .order_by(Appointment.starts_on, Appointment.id)
    )
    return list(session.scalars(found))


def officer(session: Session, partnership_id: int, person: str, day: date) -> Appointment | None:
    """The appointment by which a person, by reference, works in the office of a partnership on a day; with person and
    address."""
    return session.scalars(
        select(Appointment)
        .join(Person)
        .where(Person.ref == person, Appointment.partnership_id == partnership_id)
        .where(Appointment.role == Role.OFFICER, in_dates(day))
        .options(joinedload(Appointment.person), joinedload(Appointment.address))
        .order_by(Appointment.id)
    ).first()


def covering(appointments: Iterable[Appointment], team_id: int | None) -> list[Appointment]:
    """Those of the appointments that reach a team; without a team, those to the whole organisation."""
    return [a for a in appointments if not a.teams or team_id in {narrowed.team_id for narrowed in a.teams}]


def reaches(appointment_id: Any, team_id: Any) -> ColumnElement[bool]:
    """The same as SQL: whether an appointment reaches a team, or without one the whole organisation."""
    any_, this = _narrowings()
    narrowed = exists().where(any_.appointment_id == appointment_id)
    named = exists().where(this.appointment_id == appointment_id, this.team_id == team_id)
    return or_(~narrowed.correlate_except(any_), named.correlate_except(this))


@cache
def _narrowings() -> tuple[Any, Any]:
    return aliased(AppointmentTeam), aliased(AppointmentTeam)


def weekly(appointment_id: Any) -> ColumnElement[bool]:
    """Whether one letter a week was chosen for an appointment, and that stands."""
    last = select(Rhythm.weekly).where(Rhythm.appointment_id == appointment_id).order_by(Rhythm.id.desc()).limit(1)
    return func.coalesce(last.correlate_except(Rhythm).scalar_subquery(), false())


def weekly_of(session: Session, appointment_ids: Iterable[int]) -> set[int]:
    """For which of these appointments that is so. One statement."""
    chosen = select(Appointment.id).where(Appointment.id.in_(list(appointment_ids)), weekly(Appointment.id))
    return set(session.scalars(chosen))


def is_mailbox(email: Any, day: date) -> ColumnElement[bool]:
    """Whether an address is a shared mailbox, or is to be one: then it is nobody's, and nobody signs in by it."""
    current = or_(SharedMailbox.ends_on.is_(None), SharedMailbox.ends_on >= day)
    return exists().where(SharedMailbox.email == email, current).correlate_except(SharedMailbox)


def person_at(email: str, day: date) -> Select[int]:
    """Whose address it is: none of a shared mailbox."""
    return select(Address.person_id).where(Address.email == email, ~is_mailbox(email, day))


def on_leave(session: Session, person_ids: Iterable[int], day: date) -> set[int]:
    """Which of these people are away on a day."""
    away = select(Leave.person_id).where(Leave.starts_on <= day, Leave.ends_on >= day)
    return set(session.scalars(away.where(Leave.person_id.in_(list(person_ids)))))


def partnerships(session: Session, actor: Actor) -> list[Partnership]:
    """The partnerships whose affairs the actor sees, by name."""
    seen = select(Partnership).where(policy.within(actor, "see_partnership", Partnership))
    return list(session.scalars(seen.order_by(Partnership.name, Partnership.id)))


def partnership_for(session: Session, actor: Actor | None) -> Partnership | None:
    """The partnership that a page speaks for: one of the actor's own, or of the actor's organisations, first by name.

    For nobody in particular, and for an actor who has none, the only partnership there is, if there is one only.
    One query.
    """
    grants = actor.grants if actor else ()
    named = {grant.partnership for grant in grants} - {None}
    places = {grant.organisation for grant in grants} - {None}
    rows = session.execute(_spoken_for(), {"named": list(named), "places": list(places)}).all()
    return rows[0][0] if rows and (rows[0][1] or len(rows) == 1) else None


@cache
def _spoken_for() -> Select[Any]:
    """The first two partnerships, and whether they are one's own: `named`, or of the organisations `places`."""
    named: Any = bindparam("named", expanding=True)
    places: Any = bindparam("places", expanding=True)
    belong = select(Membership.partnership_id).where(Membership.organisation_id.in_(places))
    own = or_(Partnership.id.in_(named), Partnership.id.in_(belong))
    order = (own.desc(), Partnership.name, Partnership.id)
    return select(Partnership).add_columns(own).order_by(*order).limit(2)


def spoken_for() -> ColumnElement[int]:
    """The key of the partnership that a page speaks for to a `Person` with the roles held `today`, as SQL: that of
    `partnership_for`."""
    held, each = aliased(Appointment), aliased(Partnership)
    belong = select(Membership.organisation_id).where(Membership.partnership_id == each.id).correlate(each)
    of_it = or_(held.partnership_id == each.id, held.organisation_id.in_(belong))
    today = in_dates(bindparam("today", type_=Date), held)
    own = exists().where(held.person_id == Person.id, today, of_it).correlate(Person, each)
    first = select(each.id).where(own).order_by(each.name, each.id).limit(1).correlate(Person).scalar_subquery()
    return func.coalesce(first, only_partnership())


def only_partnership() -> ScalarSelect[int]:
    """The key of the only partnership there is, if there is one only, as SQL."""
    every = aliased(Partnership)
    return select(func.min(every.id)).having(func.count() == 1).scalar_subquery()
