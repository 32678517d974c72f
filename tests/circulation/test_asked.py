"""What a team was asked, as the pages of later steps load it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.circulation import queries
from app.circulation.models import AnswerBy, Asked
from app.database import new_ref
from app.errors import NotFound
from app.policy import CONSOLE, Actor, Role
from tests import factories as make
from tests.circulation.worlds import statements
from tests.conftest import NOW


def test_what_was_asked_comes_with_all_that_a_page_shows_in_few_statements(session: Session) -> None:
    circle = make.circle(session)
    make.kept(session, circle.circulation).dates.append(AnswerBy(on=NOW.date(), set_at=NOW, by_id=None))
    session.flush()
    actor, ref = make.actor_of(session, circle.leader), circle.asked.ref
    session.expunge_all()
    with statements(session) as sent:
        found = queries.asked(session, actor, ref)
    with statements(session) as more:
        assert found.circulation.answer_by == NOW.date()
        assert len(found.circulation.edition.points) == 3
        assert found.circulation.edition.pack.slug
        assert found.circulation.partnership.short_name
        assert found.organisation.name == found.organisation_name
        assert found.team is not None
    assert len(more) <= 1 and len(more) + len(sent) <= 3


def test_only_those_whom_it_concerns_see_what_was_asked(session: Session) -> None:
    circle = make.circle(session)
    sees = (circle.leader, circle.lead, circle.deputy, circle.officer, circle.reviewer)
    for who in sees:
        assert queries.asked(session, make.actor_of(session, who), circle.asked.ref) is circle.asked
    assert queries.asked(session, CONSOLE, circle.asked.ref) is circle.asked
    other = make.person(session)
    make.appoint(session, other, Role.LEADER, circle.organisation, (circle.teams[1],))
    for who in (circle.noise_leader, circle.noise_lead, circle.noise_officer, other):
        with pytest.raises(NotFound):
            queries.asked(session, make.actor_of(session, who), circle.asked.ref)
    with pytest.raises(NotFound):
        queries.asked(session, Actor("Nobody", ()), circle.asked.ref)
    with pytest.raises(NotFound):
        queries.asked(session, make.actor_of(session, circle.leader), new_ref())


def test_a_lead_for_named_teams_sees_those_and_not_what_was_asked_of_the_whole(session: Session) -> None:
    circle = make.circle(session)
    midwife = make.person(session)
    make.appoint(session, midwife, Role.LEAD, circle.organisation, (circle.teams[1],))
    whole = Asked(
        partnership_id=circle.partnership.id,
        organisation_id=circle.organisation.id,
        team_id=None,
        organisation_name=circle.organisation.name,
        team_name="",
        sector="Health",
        added_at=NOW,
    )
    circle.circulation.asked.append(whole)
    session.flush()
    actor = make.actor_of(session, midwife)
    seen = {one.team_id for one in circle.circulation.asked if _sees(session, actor, one)}
    assert seen == {circle.teams[1].id}
    assert _sees(session, make.actor_of(session, circle.lead), whole)
    assert queries.asked(session, make.actor_of(session, circle.lead), whole.ref).name == circle.organisation.name


def _sees(session: Session, actor: Actor, asked: Asked) -> bool:
    try:
        return queries.asked(session, actor, asked.ref) is asked
    except NotFound:
        return False


def test_a_launch_is_seen_by_its_partnership_and_nobody_else(session: Session) -> None:
    circle = make.circle(session)
    ref = circle.circulation.ref
    for who in (circle.officer, circle.reviewer):
        found = queries.circulation(session, make.actor_of(session, who), ref)
        assert {one.id for one in found.asked} == set(
            session.scalars(select(Asked.id).where(Asked.circulation_id == found.id))
        )
    for who in (circle.noise_officer, circle.lead, circle.leader):
        with pytest.raises(NotFound):
            queries.circulation(session, make.actor_of(session, who), ref)
