"""Reads what was asked, and works out who would be.

`plan` takes the same few statements for one team as for a whole partnership: organisations with their teams, what was
asked before, who holds the roles, and for which teams. Teams that have gone over into another are no longer offered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager, defer, joinedload, selectinload

from app.circulation.audience import WRITTEN_TO, Addressee, Chosen, Heard, Holder, Line, Plan, heard
from app.circulation.closing import RecordingClosed
from app.circulation.models import AnswerBy, Asked, Circulation
from app.clock import today
from app.errors import Denied, NotFound
from app.organisations.models import (
    ROLE_WORDS,
    Address,
    Appointment,
    AppointmentTeam,
    Membership,
    Organisation,
    Partnership,
    Person,
    Team,
    TeamSuccession,
)
from app.organisations.queries import in_dates
from app.packs.models import Edition, Pack
from app.policy import Actor, Role, prepared, within
from app.post.unreached import addresses, moments

ASK = "ask"


def the(name: str) -> str:
    """A partnership's name as a sentence begins with it: “The East Sussex …”."""
    return name if name.lower().startswith("the ") else f"The {name}"


def askers(session: Session, actor: Actor) -> Sequence[Partnership]:
    """The partnerships for which the actor may circulate, by name. Raises `Denied` where there is none."""
    found = session.scalars(
        select(Partnership).where(within(actor, "circulate", Partnership)).order_by(Partnership.name, Partnership.id)
    ).all()
    if not found:
        raise Denied("Only a partnership officer can circulate a pack.")
    return found


def lines(session: Session, actor: Actor, partnership: Partnership, now: datetime) -> list[Line]:
    """Every organisation of the partnership with its teams today, by sector and name; one line for an organisation
    of which no team is known."""
    return _lines(session, actor, partnership, now)


def plan(session: Session, actor: Actor, partnership: Partnership, choice: Chosen, now: datetime) -> Plan:
    """Who would be asked and written to if this choice were circulated now. What is not the partnership's is not on it.

    Nothing is asked twice about an edition unless the choice says so: see `Plan.left_out`.
    """
    picked = or_(Organisation.ref.in_(choice.organisations), Team.ref.in_(choice.teams))
    found = _lines(session, actor, partnership, now, picked)
    before = asked_before(session, partnership.id, choice.edition.id)
    kept = [line for line in found if choice.again or line.key not in before]
    holders = holders_of(session, {line.organisation_id for line in kept}, today(now)) if kept else []
    return Plan(
        partnership_id=partnership.id,
        edition=choice.edition,
        heard=tuple(heard(kept, holders)),
        before={line.key: before[line.key] for line in kept if line.key in before},
        left_out=tuple((line, before[line.key]) for line in found if line.key in before and not choice.again),
    )


def unreached(session: Session, plan: Plan, now: datetime) -> list[Addressee]:
    """Who of those on a list would be written to at an address that letters do not reach. One statement."""
    wrong = set(session.scalars(addresses(), moments(now)))
    return [person for person in plan.people if person.email in wrong]


def _lines(
    session: Session, actor: Actor, partnership: Partnership, now: datetime, *only: ColumnElement[bool]
) -> list[Line]:
    ended = select(TeamSuccession.from_team_id).where(TeamSuccession.on <= today(now))
    of_it = and_(Team.organisation_id == Organisation.id, Team.id.not_in(ended), Team.confirmed)
    rows = session.execute(
        select(*_ORGANISATION, Team.id, Team.ref, Team.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .join(Partnership, Partnership.id == Membership.partnership_id)
        .outerjoin(Team, of_it)
        .where(Partnership.id == partnership.id, within(actor, "circulate", Partnership), *only)
    )
    # Sorted here, because databases differ about capitals.
    return sorted((Line(*row[:5], row[5] or "", row[6] or "") for row in rows), key=_by_name)


def _by_name(line: Line) -> tuple[str, str, str, int, str, int]:
    sector, organisation, team = line.sector, line.organisation_name.casefold(), line.team_name.casefold()
    return sector.casefold(), sector, organisation, line.organisation_id, team, line.team_id or 0


_ORGANISATION = (Organisation.id, Organisation.ref, Organisation.name, Organisation.sector)


def asked_before(session: Session, partnership_id: int, edition_id: int) -> dict[str, date]:
    """What the partnership has asked about an edition already: the key of each line, and the day it was last asked."""
    rows = session.execute(
        select(Team.ref, Organisation.ref, func.max(Asked.added_at))
        .join(Circulation, Circulation.id == Asked.circulation_id)
        .join(Organisation, Organisation.id == Asked.organisation_id)
        .outerjoin(Team, Team.id == Asked.team_id)
        .where(Circulation.partnership_id == partnership_id, Circulation.edition_id == edition_id)
        .group_by(Team.ref, Organisation.ref)
    )
    return {f"t:{team}" if team else f"o:{organisation}": today(at) for team, organisation, at in rows}


def holders_of(session: Session, organisation_ids: Collection[int], day: date) -> list[Holder]:
    """Who holds the roles that asking letters go to in these organisations on a day, by name."""
    there = and_(Appointment.organisation_id.in_(organisation_ids), Appointment.role.in_(WRITTEN_TO), in_dates(day))
    teams: defaultdict[int, set[int]] = defaultdict(set)
    for appointment_id, team_id in session.execute(
        select(AppointmentTeam.appointment_id, AppointmentTeam.team_id)
        .join(Appointment, Appointment.id == AppointmentTeam.appointment_id)
        .where(there)
    ):
        teams[appointment_id].add(team_id)
    rows = session.execute(_holders(there))
    return [
        Holder(ref, name, email, role, title or ROLE_WORDS[role], organisation_id, frozenset(teams[key]))
        for key, ref, name, email, role, title, organisation_id in rows
        if organisation_id is not None
    ]


def _holders(there: ColumnElement[bool]) -> Select[int, str, str, str, Role, str, int | None]:
    return (
        select(
            Appointment.id,
            Person.ref,
            Person.name,
            Address.email,
            Appointment.role,
            Appointment.local_title,
            Appointment.organisation_id,
        )
        .join(Person, Person.id == Appointment.person_id)
        .join(Address, Address.id == Appointment.address_id)
        .where(there)
        .order_by(Person.name, Person.id, Appointment.id)
    )


def launch(session: Session, ref: str) -> Circulation:
    """A circulation with all that a letter about it says."""
    edition = joinedload(Circulation.edition).options(
        defer(Edition.content), joinedload(Edition.pack).joinedload(Pack.newest_standing)
    )
    found = select(Circulation).options(joinedload(Circulation.partnership), edition, selectinload(Circulation.dates))
    return session.scalars(found.where(Circulation.ref == ref)).one()


def places_of(session: Session, person: str, now: datetime) -> list[int]:
    """The organisations in which somebody holds a role today."""
    own = select(Appointment.organisation_id).join(Person).where(Person.ref == person, in_dates(today(now)))
    return [key for key in session.scalars(own) if key is not None]


def heard_of(
    session: Session, circulation_id: int, now: datetime, organisation_ids: Collection[int] | None = None
) -> list[Heard]:
    """Who hears now about everything a circulation asked, by the names of that day; or about what it asked of some
    organisations only."""
    asked = (
        select(
            Asked.organisation_id,
            Organisation.ref,
            Asked.organisation_name,
            Asked.sector,
            Asked.team_id,
            Team.ref,
            Asked.team_name,
            Asked.ref,
        )
        .join(Organisation, Organisation.id == Asked.organisation_id)
        .outerjoin(Team, Team.id == Asked.team_id)
        .where(Asked.circulation_id == circulation_id, Asked.confirmed)
    )
    if organisation_ids is not None:
        asked = asked.where(Asked.organisation_id.in_(organisation_ids))
    found = sorted((Line(*row[:5], row[5] or "", *row[6:]) for row in session.execute(asked)), key=_by_name)
    return heard(found, holders_of(session, {line.organisation_id for line in found}, today(now)))


def names_of(session: Session, actor: Actor, partnership: Partnership, refs: Iterable[str]) -> dict[str, str]:
    """The names behind references of teams, organisations and people of the partnership; what is not its own is left
    out. For saying who is no longer on a list."""
    wanted = list(refs)
    ours = (
        select(Membership.organisation_id)
        .join(Partnership, Partnership.id == Membership.partnership_id)
        .where(Partnership.id == partnership.id, within(actor, "circulate", Partnership))
    )
    appointed = select(Appointment.person_id).where(Appointment.organisation_id.in_(ours))
    found = [
        select(Team.ref, Team.name).where(Team.organisation_id.in_(ours), Team.ref.in_(wanted), Team.confirmed),
        select(Organisation.ref, Organisation.name).where(Organisation.id.in_(ours), Organisation.ref.in_(wanted)),
        select(Person.ref, Person.name).where(Person.id.in_(appointed), Person.ref.in_(wanted)),
    ]
    return {ref: name for one in found for ref, name in session.execute(one)}


def made_with(session: Session, partnership: Partnership, once: str) -> Circulation | None:
    """What was circulated with this one-time key, if anything."""
    return session.scalar(
        select(Circulation).where(Circulation.partnership_id == partnership.id, Circulation.once == once)
    )


def circulation(session: Session, actor: Actor, ref: str) -> Circulation:
    """One circulation with its partnership, edition, dates and closings. Raises `NotFound`."""
    found = session.scalar(
        select(Circulation)
        .where(Circulation.ref == ref, within(actor, "see_circulation", Circulation))
        .options(
            joinedload(Circulation.partnership),
            joinedload(Circulation.edition).options(
                defer(Edition.content), joinedload(Edition.pack).joinedload(Pack.newest_standing)
            ),
            selectinload(Circulation.dates).joinedload(AnswerBy.by),
            selectinload(Circulation.closings).joinedload(RecordingClosed.by),
        )
    )
    if found is None:
        raise NotFound
    return found


def asked(session: Session, actor: Actor, ref: str) -> Asked:
    """What one organisation or team was asked: with its circulation, dates, edition and names.
    Raises `NotFound` for what the actor may not see and for what is not there."""
    seen = prepared(actor, "see_asked", Asked)
    found = session.scalars(_seen(seen.condition), {"asked": ref, **seen.keys}).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


@lru_cache(maxsize=100)
def _seen(seen: ColumnElement[bool]) -> Select[Asked]:
    # Points are found where a page shows them: of one thing that is one statement either way.
    of_it = contains_eager(Asked.circulation)
    edition = of_it.joinedload(Circulation.edition)
    return (
        select(Asked)
        .join(Asked.circulation)
        .where(Asked.ref == bindparam("asked"), seen)
        .options(
            of_it.joinedload(Circulation.dates),
            of_it.joinedload(Circulation.closings),
            of_it.joinedload(Circulation.partnership),
            edition.options(defer(Edition.content), joinedload(Edition.pack).joinedload(Pack.newest_standing)),
            joinedload(Asked.organisation),
            joinedload(Asked.team),
        )
    )
