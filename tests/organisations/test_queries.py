"""Who holds which role today, and whom a letter goes to."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.clock import today
from app.errors import NotFound
from app.organisations import queries
from app.organisations.models import Appointment, Membership, Partnership, Person
from app.policy import CONSOLE, Grant, Role
from tests import factories
from tests.conftest import NOW

FIRST, LAST = date(2026, 11, 10), date(2026, 11, 23)


def names(appointments: list[Appointment]) -> list[str]:
    return [a.person.name for a in appointments]


@pytest.mark.parametrize(
    ("day", "counts"),
    [(FIRST - timedelta(days=1), False), (FIRST, True), (LAST, True), (LAST + timedelta(days=1), False)],
)
def test_an_appointment_counts_on_its_first_and_on_its_last_day(session: Session, day: date, counts: bool) -> None:
    world = factories.circle(session)
    who = factories.person(session)
    factories.appoint(session, who, Role.LEAD, world.organisation, starts_on=FIRST, ends_on=LAST)
    assert (who.name in names(queries.holders(session, world.organisation.id, [Role.LEAD], day))) is counts


def test_an_actor_has_a_grant_for_each_appointment_in_dates(session: Session, now: datetime) -> None:
    world = factories.circle(session)
    who = factories.person(session)
    north, south = world.teams
    factories.appoint(session, who, Role.LEADER, world.organisation, (north, south))
    factories.appoint(session, who, Role.LEAD, world.organisation, (north,))
    factories.appoint(session, who, Role.DEPUTY, world.noise)
    factories.appoint(session, who, Role.OFFICER, world.partnership)
    factories.appoint(session, who, Role.OPERATOR)
    factories.appoint(session, who, Role.REVIEWER, world.partnership, starts_on=today(now) + timedelta(days=1))
    factories.appoint(session, who, Role.MINUTES, world.organisation, (south,), ends_on=today(now) - timedelta(days=1))
    actor = queries.actor_for(session, who.id, now)
    assert (actor.name, actor.ref, actor.person) == (who.name, who.ref, who.id)
    assert set(actor.grants) == {
        Grant(Role.LEADER, world.organisation.id, frozenset({north.id, south.id})),
        Grant(Role.LEAD, world.organisation.id, frozenset({north.id})),
        Grant(Role.DEPUTY, world.noise.id),
        Grant(Role.OFFICER, partnership=world.partnership.id),
        Grant(Role.OPERATOR),
    }


def test_somebody_without_an_appointment_in_dates_may_do_nothing(session: Session, now: datetime) -> None:
    who = factories.person(session)
    world = factories.circle(session)
    factories.appoint(session, who, Role.LEAD, world.organisation, ends_on=date(2026, 6, 1))
    assert queries.actor_for(session, who.id, now).grants == ()


def test_a_day_begins_and_ends_in_london(session: Session) -> None:
    world = factories.circle(session)
    who = factories.person(session)
    factories.appoint(session, who, Role.LEAD, world.organisation, ends_on=date(2026, 7, 1))
    before = datetime.fromisoformat("2026-07-01T22:59:00+00:00")
    assert queries.actor_for(session, who.id, before).grants
    assert not queries.actor_for(session, who.id, before + timedelta(minutes=1)).grants


def test_an_actor_takes_one_query_and_nobody_is_not_found(session: Session, now: datetime) -> None:
    world = factories.circle(session)
    seen: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", listener := lambda *args: seen.append(args[2]))
    queries.actor_for(session, world.leader.id, now)
    event.remove(connection, "before_cursor_execute", listener)
    assert len(seen) == 1
    with pytest.raises(NotFound):
        queries.actor_for(session, 10_000_000, now)


def test_an_appointment_without_teams_covers_all_and_a_narrowed_one_only_its_teams(session: Session) -> None:
    world = factories.circle(session)
    north, south = world.teams
    midwife = factories.person(session)
    factories.appoint(session, midwife, Role.LEAD, world.organisation, (south,))
    leads = queries.holders(session, world.organisation.id, [Role.LEAD], FIRST)
    assert names(queries.covering(leads, north.id)) == [world.lead.name]
    assert names(queries.covering(leads, south.id)) == [world.lead.name, midwife.name]
    assert names(queries.covering(leads, None)) == [world.lead.name]


def test_partnerships_are_those_whose_affairs_the_actor_sees(session: Session) -> None:
    world = factories.circle(session)
    assert queries.partnerships(session, factories.actor_of(session, world.officer)) == [world.partnership]
    assert queries.partnerships(session, factories.actor_of(session, world.lead)) == []
    assert {world.partnership, world.noise_partnership} <= set(queries.partnerships(session, CONSOLE))


def spoken_for(session: Session, who: Person) -> Partnership | None:
    """As `partnership_for` finds it; the guard finds it together with who asks."""
    found = queries.partnership_for(session, factories.actor_of(session, who))
    beside = sa.select(queries.spoken_for()).select_from(Person).where(Person.id == who.id)
    assert session.scalar(beside, {"today": today(NOW)}) == (found and found.id)
    return found


def test_a_page_speaks_for_a_partnership_of_the_actors_own(session: Session) -> None:
    world = factories.circle(session)
    expected = {
        world.officer: world.partnership,
        world.noise_officer: world.noise_partnership,
        world.leader: world.partnership,
        world.noise_lead: min((world.partnership, world.noise_partnership), key=lambda p: p.name),
        factories.person(session): None,
    }
    for who, partnership in expected.items():
        assert spoken_for(session, who) is partnership
    assert queries.partnership_for(session, None) is None


def test_where_there_is_one_partnership_every_page_speaks_for_it(session: Session) -> None:
    only: Partnership = factories.partnership(session)
    operator = factories.person(session)
    factories.appoint(session, operator, Role.OPERATOR)
    assert queries.partnership_for(session, None) is only
    assert spoken_for(session, operator) is only


def test_an_organisation_of_another_partnership_lends_no_name(session: Session) -> None:
    ours, theirs = factories.partnership(session, name="B"), factories.partnership(session, name="A")
    trust = factories.organisation(session, ours)
    factories.kept(session, Membership(partnership_id=theirs.id, organisation_id=factories.organisation(session).id))
    lead = factories.person(session)
    factories.appoint(session, lead, Role.LEAD, trust)
    assert spoken_for(session, lead) is ours
