"""What the partnership sees: figures of everybody asked, words only of what was shared."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.circulation.models import Added, Asked
from app.collation import coverage as reach
from app.collation import queries
from app.collation.files import csv_rows
from app.discussions.models import Action, Minutes
from app.errors import NotFound
from app.forwarding import services
from app.policy import CONSOLE, Role
from tests import factories as make
from tests.collation.worlds import CANARY, UNSHARED, Collated, collated
from tests.conftest import NOW


@pytest.fixture
def world(session: Session) -> Collated:
    return collated(session)


def all_words(session: Session, world: Collated) -> str:
    facts = queries.report_facts(session, world.officer, world.about, NOW)
    return repr(facts)


def test_coverage_counts_each_step_apart_by_organisation(session: Session, world: Collated) -> None:
    rows = {row.organisation: row for row in reach.coverage(session, world.officer, world.about, NOW)}
    trust, school = rows[world.circle.organisation.name], rows[world.circle.noise.name]
    assert (trust.asked, trust.discussed, trust.acknowledged, trust.shared, trust.other_reply) == (2, 2, 2, 1, 0)
    assert (school.asked, school.discussed, school.other_reply, school.no_response) == (1, 0, 1, 0)


def test_a_team_added_later_stands_apart_from_the_launch(session: Session, world: Collated) -> None:
    late = make.team(session, world.circle.organisation)
    asked = Asked(
        partnership_id=world.circle.partnership.id,
        organisation_id=late.organisation_id,
        team_id=late.id,
        organisation_name=world.circle.organisation.name,
        team_name=late.name,
        sector="Health",
        added_at=NOW,
        added=Added.LATER,
    )
    world.circle.circulation.asked.append(asked)
    session.flush()
    assert sum(row.asked for row in reach.coverage(session, world.officer, world.about, NOW)) == 3
    assert sum(row.asked for row in reach.coverage(session, world.officer, world.about, NOW, added=Added.LATER)) == 1
    assert queries.report_facts(session, world.officer, world.about, NOW).added_later == 1


def test_only_ticked_answers_of_a_standing_share_are_read(session: Session, world: Collated) -> None:
    points = world.about.edition.points
    said = [[k.answer.words for k in queries.answers(session, world.officer, world.about, p)] for p in points]
    assert said == [["We said zero."], [], ["=1+1 said a sheet"]]
    assert queries.shared_counts(session, world.officer, world.about) == {points[0].id: 1, points[2].id: 1}


def test_what_was_not_ticked_or_not_shared_is_nowhere_in_the_report(session: Session, world: Collated) -> None:
    told = all_words(session, world)
    assert "We said zero." in told
    assert CANARY not in told
    assert UNSHARED not in told


def test_the_question_to_the_partnership_goes_along_and_the_one_to_the_lead_never(
    session: Session, world: Collated
) -> None:
    assert [said.words for said in queries.questions(session, world.officer, world.about)] == ["Who offers it?"]


def test_a_withdrawn_share_is_gone_at_once(session: Session, world: Collated) -> None:
    share = session.scalars(sa.select(services.Share)).one()
    services.withdraw(session, world.lead, share, now=NOW)
    session.flush()
    assert "We said zero." not in all_words(session, world)
    assert queries.shared_counts(session, world.officer, world.about) == {}


def test_an_older_share_stands_until_the_newer_version_is_shared(session: Session, world: Collated) -> None:
    newer = make.minutes(
        session,
        world.circle.asked,
        world.circle.leader,
        answers={"point-0": "We say one now."},
        thread=world.shared.thread,
        version=2,
    )
    assert "We said zero." in all_words(session, world)
    services.share(
        session, world.lead, newer, world.circle.partnership.id, {r.id: False for r in newer.responses}, now=NOW
    )
    told = all_words(session, world)
    assert "We say one now." in told
    assert "We said zero." not in told


def test_a_reviewer_reads_the_same_and_another_partnership_finds_nothing(session: Session, world: Collated) -> None:
    assert reach.scope(session, world.reviewer, ref=world.circle.edition.ref).edition is world.circle.edition
    for nobody in (world.foreign, world.lead, make.actor_of(session, world.circle.leader)):
        with pytest.raises(NotFound):
            reach.scope(session, nobody, ref=world.circle.edition.ref)
        assert (
            queries.answers(session, nobody, world.about, world.about.edition.points[0]) == [] or nobody is world.lead
        )


def test_the_command_line_finds_the_newest_circulated_edition_by_slug(session: Session, world: Collated) -> None:
    slug = world.circle.edition.pack.slug
    assert reach.scope(session, CONSOLE, slug=slug).circulation is world.circle.circulation
    with pytest.raises(NotFound):
        reach.scope(session, CONSOLE, slug=slug, partnership=world.circle.noise_partnership.slug)


def test_knowledge_adds_up_people_and_teams_of_shared_counts_only(session: Session, world: Collated) -> None:
    circle = world.circle
    point = circle.edition.points[1]
    minutes = make.minutes(session, circle.asked, circle.leader, answers={"point-1": "By hands."})
    response = minutes.responses[0]
    session.execute(
        sa.update(type(response)).where(type(response).id == response.id).values(yes=2, partly=3, not_yet=None)
    )
    assert queries.knowledge(session, world.officer, world.about) == {}
    services.share(session, world.lead, minutes, circle.partnership.id, {response.id: False}, now=NOW)
    assert queries.knowledge(session, world.officer, world.about) == {
        point.id: queries.Knowledge(meetings=1, teams=1, present=7, yes=2, partly=3, not_yet=0)
    }


def test_answers_are_paged_by_key_without_loss_or_repeat(session: Session, world: Collated) -> None:
    circle, point = world.circle, world.circle.edition.points[0]
    for number in range(queries.ON_A_PAGE + 7):
        minutes = make.minutes(session, circle.asked, circle.leader, answers={"point-0": f"Answer {number}"})
        services.share(session, world.lead, minutes, circle.partnership.id, {minutes.responses[0].id: False}, now=NOW)
    first = queries.answers(session, world.officer, world.about, point)
    second = queries.answers(session, world.officer, world.about, point, after=first[-1].key)
    assert len(first) == queries.ON_A_PAGE
    words = [keyed.answer.words for keyed in first + second]
    assert len(words) == len(set(words)) == queries.ON_A_PAGE + 8
    assert words == [k.answer.words for k in queries.every_answer(session, world.officer, world.about, point)]


def test_the_statements_do_not_grow_with_the_data(session: Session, world: Collated) -> None:
    def counted() -> int:
        said: list[str] = []
        listener = lambda *a: said.append(a[2])  # noqa: E731 - removed again below
        engine = session.get_bind()
        sa.event.listen(engine, "before_cursor_execute", listener)
        reach.coverage(session, world.officer, world.about, NOW)
        queries.answers(session, world.officer, world.about, world.about.edition.points[0])
        queries.knowledge(session, world.officer, world.about)
        sa.event.remove(engine, "before_cursor_execute", listener)
        return len(said)

    counted()
    before = counted()
    for _ in range(10):
        minutes = make.minutes(session, world.circle.asked, world.circle.leader)
        ticked = {r.id: True for r in minutes.responses}
        services.share(session, world.lead, minutes, world.circle.partnership.id, ticked, now=NOW)
    session.flush()
    assert counted() == before


def test_a_reference_that_was_not_shared_pages_as_one_that_is_made_up(session: Session, world: Collated) -> None:
    at = world.about.edition.points[0]
    shared = [keyed.key for keyed in queries.answers(session, world.officer, world.about, at)]
    others = [ref for ref in session.scalars(sa.select(Minutes.ref)) if ref not in shared]
    assert others and queries.answers(session, world.officer, world.about, at, after="z" * 12) == []
    for ref in others:
        assert queries.answers(session, world.officer, world.about, at, after=ref) == [], ref


def test_a_team_counts_once_however_often_it_was_asked_met_and_shared(session: Session, world: Collated) -> None:
    circle, at = world.circle, world.about.edition.points[0]
    team = circle.teams[0]
    again = make.circulate(session, circle.partnership, circle.edition, [team, circle.teams[1]]).asked
    for asked in (circle.asked, again[0]):
        more = make.minutes(session, asked, circle.leader, answers={"point-0": "Once more."})
        answer = more.responses[0]
        answer.yes = 4
        session.flush()
        services.share(session, world.lead, more, circle.partnership.id, {answer.id: False}, now=NOW)
    session.flush()
    rows = {row.organisation: row for row in reach.coverage(session, world.officer, world.about, NOW)}
    trust = rows[circle.organisation.name]
    assert (trust.asked, trust.discussed, trust.acknowledged, trust.shared) == (2, 2, 2, 1)
    facts = queries.report_facts(session, world.officer, world.about, NOW)
    said = facts.points[0]
    assert (said.met, said.teams, said.counted_in, len(said.answers), said.people()) == (2, 1, 1, 3, (8, 0, 0))
    hands = queries.knowledge(session, world.officer, world.about)[at.id]
    assert (hands.meetings, hands.teams, hands.present) == (2, 1, 14), "people are counted at each meeting they came to"
    assert said.meetings() == (2, 14)
    assert [launch.teams for launch in facts.launches] == [3, 2]
    assert reach.waiting(session, world.officer, world.about) == []


@pytest.mark.parametrize(("actions", "question"), [(True, False), (False, True), (False, False)])
def test_what_was_held_back_is_in_no_list_and_no_file(
    session: Session, world: Collated, actions: bool, question: bool
) -> None:
    doing, asking = "canary: ring both parents", "canary: who offers it?"
    step = {"actions": [Action(position=0, what=doing)], "question_to_partnership": asking}
    made = make.minutes(session, world.circle.noise_asked, world.circle.noise_leader, **step)
    lead = make.actor_of(session, world.circle.noise_lead)
    answers = {response.id: True for response in made.responses}
    parts = {"actions": actions, "question": question}
    services.share(session, lead, made, world.circle.partnership.id, answers, now=NOW, **parts)
    read = all_words(session, world) + repr(list(csv_rows(session, world.officer, world.about)))
    assert (read.count(doing), read.count(asking)) == (2 * actions, 2 * question), "in the report and in the CSV"


def test_a_team_that_replied_and_then_met_has_discussed_it_and_nothing_else(session: Session, world: Collated) -> None:
    make.minutes(session, world.circle.noise_asked, world.circle.noise_leader)
    school = {r.organisation: r for r in reach.coverage(session, world.officer, world.about, NOW)}[
        world.circle.noise.name
    ]
    assert (school.asked, school.discussed, school.other_reply, school.no_response) == (1, 1, 0, 0)
    assert reach.other_replies(session, world.officer, world.about) == []


def test_what_is_shared_without_an_acknowledgement_was_read_all_the_same(session: Session, world: Collated) -> None:
    recorded = make.minutes(session, world.circle.noise_asked, world.circle.noise_lead)
    lead = make.actor_of(session, world.circle.noise_lead)
    answers = {response.id: False for response in recorded.responses}
    services.share(session, lead, recorded, world.circle.partnership.id, answers, now=NOW)
    school = {r.organisation: r for r in reach.coverage(session, world.officer, world.about, NOW)}[
        world.circle.noise.name
    ]
    assert (school.discussed, school.acknowledged, school.shared) == (1, 1, 1)


def test_what_a_lead_recorded_herself_for_nobody_else_counts_as_acknowledged(session: Session, world: Collated) -> None:
    make.minutes(session, world.circle.noise_asked, world.circle.noise_lead)

    def read() -> int:
        rows = reach.coverage(session, world.officer, world.about, NOW)
        return {row.organisation: row for row in rows}[world.circle.noise.name].acknowledged

    assert read() == 1
    deputy = make.holder(session, Role.DEPUTY, world.circle.noise)
    assert read() == 0, "it waits for the deputy"
    for held in deputy.appointments:
        held.ends_on = NOW.date() - timedelta(days=1)
    session.flush()
    assert read() == 1
