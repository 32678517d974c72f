"""Who would be asked and written to, worked out of a database that holds other partnerships' rows too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.circulation import queries
from app.circulation.audience import Chosen, Plan
from app.errors import Denied
from app.organisations.models import Organisation, Succession, Team, TeamSuccession
from app.policy import CONSOLE, Actor, Role
from tests import factories as make
from tests.circulation.worlds import big_world, statements
from tests.conftest import NOW

TODAY = date(2026, 11, 23)


def planned(session: Session, circle: make.Circle, *places: Organisation | Team, **values: bool) -> Plan:
    chosen = Chosen(
        make.edition(session, circle.partnership) if not values else circle.edition,
        frozenset(p.ref for p in places if isinstance(p, Organisation)),
        frozenset(p.ref for p in places if isinstance(p, Team)),
        **values,
    )
    return queries.plan(session, make.actor_of(session, circle.officer), circle.partnership, chosen, NOW)


def names(plan: Plan) -> set[str]:
    return {line.name for line in plan.lines}


def written_to(plan: Plan) -> set[str]:
    return {person.ref for person in plan.people}


def test_an_organisation_stands_for_all_its_teams_and_for_itself_where_none_is_known(session: Session) -> None:
    circle = make.circle(session)
    bare = make.organisation(session, circle.partnership, name="Bare")
    plan = planned(session, circle, circle.organisation, bare)
    assert names(plan) == {circle.teams[0].name, circle.teams[1].name, "Bare"}
    assert [line.team_id for line in plan.wholes] == [None]
    assert plan.organisations == 2


def test_a_team_ticked_alone_and_with_its_organisation_is_asked_once(session: Session) -> None:
    circle = make.circle(session)
    assert len(planned(session, circle, circle.organisation, circle.teams[0]).lines) == 2
    assert names(planned(session, circle, circle.teams[1])) == {circle.teams[1].name}


def test_what_is_not_the_partnerships_is_not_on_the_list(session: Session) -> None:
    circle = make.circle(session)
    foreign = make.organisation(session, circle.noise_partnership)
    elsewhere = make.team(session, foreign)
    assert planned(session, circle, foreign, elsewhere).lines == []


def test_a_reviewer_and_a_foreign_officer_get_an_empty_list(session: Session) -> None:
    circle = make.circle(session)
    chosen = Chosen(make.edition(session), frozenset({circle.organisation.ref}))
    for who in (circle.reviewer, circle.noise_officer, circle.lead):
        actor = make.actor_of(session, who)
        assert queries.plan(session, actor, circle.partnership, chosen, NOW).lines == []
        assert queries.lines(session, actor, circle.partnership, NOW) == []
    assert len(queries.plan(session, CONSOLE, circle.partnership, chosen, NOW).lines) == 2


def test_letters_go_to_leaders_and_leads_and_not_to_deputies_or_other_organisations(session: Session) -> None:
    circle = make.circle(session)
    plan = planned(session, circle, circle.organisation)
    assert written_to(plan) == {circle.leader.ref, circle.lead.ref}
    assert plan.letters == 2
    assert [one.line.team_id for one in plan.no_leader] == [circle.teams[1].id]
    assert plan.no_lead == []
    assert plan.unheard == []


def test_a_minute_taker_is_written_to_only_where_there_is_no_leader(session: Session) -> None:
    circle = make.circle(session)
    taker = make.person(session)
    make.appoint(session, taker, Role.MINUTES, circle.organisation, circle.teams)
    one, other = planned(session, circle, circle.organisation).heard
    assert {h.ref for h in one.anybody} == {circle.leader.ref, circle.lead.ref}
    assert {h.ref for h in other.anybody} == {taker.ref, circle.lead.ref}


def test_an_administrator_is_written_to_only_where_nobody_else_would_hear(session: Session) -> None:
    circle = make.circle(session)
    bare = make.organisation(session, circle.partnership)
    headed, orphan = make.team(session, bare), make.team(session, bare)
    leader, administrator = make.person(session), make.person(session)
    make.appoint(session, leader, Role.LEADER, bare, (headed,))
    make.appoint(session, administrator, Role.ADMINISTRATOR, bare)
    make.appoint(session, administrator, Role.ADMINISTRATOR, circle.organisation)
    heard = {one.line.team_id: one for one in planned(session, circle, bare, circle.organisation).heard}
    assert {h.ref for h in heard[headed.id].anybody} == {leader.ref}
    assert {h.ref for h in heard[orphan.id].anybody} == {administrator.ref}
    assert {h.ref for h in heard[circle.teams[1].id].anybody} == {circle.lead.ref}


def test_a_lead_for_named_teams_hears_about_those_and_not_about_the_whole(session: Session) -> None:
    circle = make.circle(session)
    trust, empty = make.organisation(session, circle.partnership), make.organisation(session, circle.partnership)
    midwives, others = make.team(session, trust), make.team(session, trust)
    midwife = make.person(session)
    make.appoint(session, midwife, Role.LEAD, trust, (midwives,))
    heard = {one.line.team_id: one for one in planned(session, circle, trust, empty).heard}
    assert [h.ref for h in heard[midwives.id].leads] == [midwife.ref]
    assert heard[others.id].leads == heard[None].leads == ()


def test_only_those_in_dates_today_are_written_to(session: Session) -> None:
    circle = make.circle(session)
    gone, coming = make.person(session), make.person(session)
    south = (circle.teams[1],)
    make.appoint(session, gone, Role.LEADER, circle.organisation, south, ends_on=TODAY - timedelta(days=1))
    make.appoint(session, coming, Role.LEADER, circle.organisation, south, starts_on=TODAY + timedelta(days=1))
    assert not {gone.ref, coming.ref} & written_to(planned(session, circle, circle.organisation))
    make.appoint(session, gone, Role.LEADER, circle.organisation, south, ends_on=TODAY)
    assert gone.ref in written_to(planned(session, circle, circle.organisation))


def test_a_person_with_several_teams_and_roles_gets_one_letter_leading_first(session: Session) -> None:
    circle = make.circle(session)
    make.appoint(session, circle.lead, Role.LEADER, circle.organisation, circle.teams)
    plan = planned(session, circle, circle.organisation)
    (person,) = [p for p in plan.people if p.ref == circle.lead.ref]
    assert [holder.role for holder, _ in person.reasons] == [Role.LEADER, Role.LEADER, Role.LEAD, Role.LEAD]
    assert plan.letters == 2


def test_a_team_that_went_over_into_another_is_not_asked_any_more(session: Session) -> None:
    circle = make.circle(session)
    north, south = circle.teams
    ends = TeamSuccession(
        organisation_id=circle.organisation.id,
        from_team_id=north.id,
        to_team_id=south.id,
        kind=Succession.MERGED,
        on=TODAY + timedelta(days=1),
    )
    make.kept(session, ends)
    assert len(planned(session, circle, circle.organisation).lines) == 2
    ends.on = TODAY
    session.flush()
    assert names(planned(session, circle, circle.organisation, north)) == {south.name}


def test_who_was_asked_before_is_left_out_with_the_date_unless_asked_again(session: Session) -> None:
    circle = make.circle(session)
    plan = planned(session, circle, circle.organisation, again=False)
    assert plan.lines == []
    assert [(line.name, day) for line, day in plan.left_out] == [(t.name, date(2026, 11, 13)) for t in circle.teams]
    plan = planned(session, circle, circle.organisation, again=True)
    assert (len(plan.lines), plan.left_out) == (2, ())
    assert set(plan.before.values()) == {date(2026, 11, 13)}


def test_what_another_partnership_asked_leaves_nobody_out(session: Session) -> None:
    circle = make.circle(session)
    shared = make.team(session, circle.noise)
    make.circulate(session, circle.noise_partnership, circle.edition, [shared])
    plan = planned(session, circle, shared, again=False)
    assert (names(plan), plan.left_out) == ({shared.name}, ())


def test_what_was_asked_of_a_whole_organisation_leaves_its_teams_in(session: Session) -> None:
    circle = make.circle(session)
    bare = make.organisation(session, circle.partnership)
    sent = make.circulate(session, circle.partnership, circle.edition, [])
    sent.asked.append(
        make.Asked(
            partnership_id=circle.partnership.id,
            organisation_id=bare.id,
            team_id=None,
            organisation_name=bare.name,
            team_name="",
            sector="",
            added_at=NOW,
        )
    )
    session.flush()
    assert planned(session, circle, bare, again=False).lines == []
    team = make.team(session, bare)
    assert names(planned(session, circle, bare, again=False)) == {team.name}


def test_the_number_of_statements_is_the_same_for_a_few_and_for_a_whole_partnership(session: Session) -> None:
    counts = []
    for size in ((3, 6), (300, 600)):
        world = big_world(session, *size)
        actor = make.actor_of(session, world.officer)
        session.expire_all()
        world.partnership.id, world.edition.id, [o.ref for o in world.organisations]
        with statements(session) as sent:
            plan = queries.plan(session, actor, world.partnership, world.everybody(), NOW)
            queries.lines(session, actor, world.partnership, NOW)
        assert len(plan.teams) == size[1]
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 6


def test_only_an_officer_has_partnerships_to_circulate_for(session: Session) -> None:
    circle = make.circle(session)
    make.appoint(session, circle.officer, Role.OFFICER, circle.noise_partnership)
    both = queries.askers(session, make.actor_of(session, circle.officer))
    assert {p.id for p in both} == {circle.partnership.id, circle.noise_partnership.id}
    for who in (circle.reviewer, circle.lead, circle.leader):
        with pytest.raises(Denied):
            queries.askers(session, make.actor_of(session, who))
    with pytest.raises(Denied):
        queries.askers(session, Actor("Nobody", ()))


def test_names_of_what_is_gone_are_given_for_the_partnerships_own_only(session: Session) -> None:
    circle = make.circle(session)
    foreign = make.organisation(session, circle.noise_partnership)
    stranger = make.person(session)
    make.appoint(session, stranger, Role.LEAD, foreign)
    asked_for = [circle.teams[0].ref, circle.leader.ref, circle.noise.ref, foreign.ref, stranger.ref, "zzzzzzzzzzzz"]
    actor = make.actor_of(session, circle.officer)
    found = queries.names_of(session, actor, circle.partnership, asked_for)
    ours = [circle.teams[0], circle.leader, circle.noise]
    assert found == {thing.ref: thing.name for thing in ours}
    noise_officer = make.actor_of(session, circle.noise_officer)
    assert queries.names_of(session, noise_officer, circle.partnership, asked_for) == {}
