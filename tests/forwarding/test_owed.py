"""Which letters about minutes are owed, to whom, from when and until when; and that asking costs little."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.forwarding import emails, owed, services
from app.forwarding.queries import OF_USE
from app.organisations.models import Appointment, Person
from app.policy import Role
from app.post import ledger
from app.post.models import Delivery, Owed
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, TODAY, Scene, counted

Line = tuple[str, str, str]


@pytest.fixture
def scene(session: Session) -> Scene:
    """The noise has had its letters."""
    made = Scene(session)
    ledger.note(session, list(owed.owed(session, NOW)), "service.test", NOW)
    return made


def found(scene: Scene, at: datetime = NOW) -> list[Owed]:
    scene.session.flush()
    return list(owed.owed(scene.session, at))


def lines(scene: Scene, at: datetime = NOW) -> set[Line]:
    """What is owed: kind, about, and the name of the person. Fails where one is owed twice."""
    names = dict(scene.session.execute(sa.select(Person.ref, Person.name)).all())
    told = [(letter.kind, letter.about, names[letter.person]) for letter in found(scene, at)]
    assert len(told) == len(set(told))
    return set(told)


def noted(scene: Scene, at: datetime = NOW) -> None:
    """A sender notes all that is owed."""
    ledger.note(scene.session, found(scene, at), "service.test", at)


def held_by(scene: Scene, person: Person) -> Appointment:
    hers = sa.select(Appointment).where(Appointment.person_id == person.id).order_by(Appointment.id)
    return scene.session.scalars(hers).all()[-1]


# To the lead


def test_what_was_sent_is_owed_to_the_lead_until_it_is_of_no_more_use(scene: Scene) -> None:
    minutes = scene.sent()
    assert found(scene) == [
        Owed(
            kind="minutes",
            about=minutes.ref,
            person=scene.lead.ref,
            role="lead",
            urgency=2,
            since=NOW,
            until=NOW + timedelta(days=30),
        )
    ]
    assert lines(scene, NOW + OF_USE - timedelta(minutes=1))
    assert not lines(scene, NOW + OF_USE + timedelta(minutes=1))
    noted(scene)
    assert not lines(scene), "once"


def test_two_leads_get_it_both_and_a_lead_for_another_team_does_not(scene: Scene) -> None:
    midwife = scene.appointed(Role.LEAD, scene.circle.teams[0])
    scene.appointed(Role.LEAD, scene.circle.teams[1])
    minutes = scene.sent()
    assert lines(scene) == {("minutes", minutes.ref, who.name) for who in (scene.lead, midwife)}


def test_a_lead_for_two_of_the_teams_gets_one_letter(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    midwife = scene.appointed(Role.LEAD, *scene.circle.teams)
    scene.appointed(Role.LEAD, scene.circle.teams[1], who=midwife, local_title="Again")
    minutes = scene.sent(scene.leader, scene.asked, scene.south)
    assert lines(scene) == {("minutes", minutes.ref, midwife.name)}


def test_whoever_recorded_them_gets_none_of_them_and_the_deputy_does(scene: Scene) -> None:
    minutes = scene.sent(scene.lead)
    assert lines(scene) == {("minutes", minutes.ref, scene.deputy.name)}
    scene.appointed(Role.LEAD, scene.circle.teams[0])
    assert ("minutes", minutes.ref, scene.deputy.name) not in lines(scene), "another lead is there"
    own = scene.sent(scene.deputy, at=EARLIER)
    assert {line for line in lines(scene) if line[1] == own.ref and line[2] == scene.deputy.name} == set()


def test_what_a_lead_recorded_with_nobody_beside_her_is_owed_to_nobody(scene: Scene) -> None:
    scene.ended(scene.deputy, Role.DEPUTY)
    scene.sent(scene.lead)
    assert not lines(scene)


def test_nothing_is_owed_once_somebody_has_them(scene: Scene) -> None:
    minutes = scene.sent(scene.leader)
    scene.has(minutes, scene.deputy)
    assert {line[0] for line in lines(scene)} == {"heard"}


def test_nothing_is_owed_for_what_is_older_than_the_letters_of_the_partnership(scene: Scene) -> None:
    scene.circle.partnership.letters_from = NOW
    old = scene.sent(at=NOW - timedelta(seconds=1))
    scene.has(old, at=NOW - timedelta(seconds=1))
    older = scene.sent(at=EARLIER)
    scene.ask(older, at=EARLIER)
    assert not lines(scene)
    scene.appointed(Role.LEAD, at=NOW)
    assert not lines(scene), "nor handed over"
    scene.has(older)
    assert {line[:2] for line in lines(scene)} == {("heard", older.ref)}, "what happened since is"


def test_where_two_partnerships_asked_one_that_owes_letters_is_enough(scene: Scene) -> None:
    _, asked = scene.other_partnership(letters_from=NOW + DAY)
    minutes = scene.sent(scene.leader, scene.asked, asked)
    assert lines(scene) == {("minutes", minutes.ref, scene.lead.name)}
    scene.circle.partnership.letters_from = NOW + DAY
    assert not lines(scene)


@pytest.mark.parametrize(("first", "last", "away"), [(0, 0, True), (-3, 2, True), (1, 5, False), (-5, -1, False)])
def test_the_deputy_gets_it_at_once_on_a_day_when_the_lead_is_away(
    scene: Scene, first: int, last: int, away: bool
) -> None:
    scene.away(scene.lead, NOW.date() + first * DAY, NOW.date() + last * DAY)
    minutes = scene.sent()
    people = {scene.lead, scene.deputy} if away else {scene.lead}
    assert lines(scene) == {("minutes", minutes.ref, who.name) for who in people}


def test_the_deputy_gets_it_when_every_lead_is_away_and_not_before(scene: Scene) -> None:
    other = scene.appointed(Role.LEAD, scene.circle.teams[0])
    minutes = scene.sent()
    scene.away(scene.lead)
    assert ("minutes", minutes.ref, scene.deputy.name) not in lines(scene)
    scene.away(other)
    assert ("minutes", minutes.ref, scene.deputy.name) in lines(scene)


def test_the_deputy_gets_it_where_one_of_the_teams_has_nobody_there(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    north = scene.appointed(Role.LEAD, scene.circle.teams[0])
    minutes = scene.sent(scene.leader, scene.asked, scene.south)
    assert lines(scene) == {("minutes", minutes.ref, who.name) for who in (north, scene.deputy)}


def test_where_there_is_no_lead_the_deputy_gets_it_at_once(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    minutes = scene.sent()
    assert lines(scene) == {("minutes", minutes.ref, scene.deputy.name)}


def test_a_correction_owes_a_letter_of_its_own_and_the_version_before_none(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    second = scene.corrected(first)
    assert lines(scene) == {("minutes", second.ref, scene.lead.name)}
    scene.has(second)
    third = scene.corrected(second)
    assert {line for line in lines(scene) if line[0] == "minutes"} == {("minutes", third.ref, scene.lead.name)}


def test_an_organisation_asked_without_a_team_is_read_by_those_who_lead_the_whole_of_it(scene: Scene) -> None:
    scene.appointed(Role.LEAD, scene.circle.teams[0])
    asked = make.circulate(
        scene.session, scene.circle.partnership, scene.circle.edition, [scene.circle.teams[0]]
    ).asked[0]
    asked.team_id, asked.team_name = None, ""
    minutes = scene.sent(scene.leader, asked)
    assert lines(scene) == {("minutes", minutes.ref, scene.lead.name)}


# To whoever comes later


def nobody(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)


def test_without_anybody_nothing_is_owed_and_a_lead_who_comes_gets_one_letter_about_a_hundred(scene: Scene) -> None:
    nobody(scene)
    for number in range(100):
        scene.sent(at=NOW - timedelta(days=100 - number, hours=1))
    assert not lines(scene)
    lead = scene.appointed(Role.LEAD, at=NOW)
    held = held_by(scene, lead)
    assert lines(scene) == {("handover", held.ref, lead.name)}
    assert len(owed.unread(scene.session, held, NOW)) == 100
    noted(scene)
    assert not lines(scene, NOW + DAY), "exactly one"
    fresh = scene.sent(at=NOW + DAY)
    assert lines(scene, NOW + DAY) == {("minutes", fresh.ref, lead.name)}, "from now on one by one"
    assert len(owed.unread(scene.session, held, NOW)) == 100, "and not in a handover letter that goes late"


def test_a_lead_who_takes_over_before_the_letter_went_gets_it_handed_over_and_the_old_one_gets_none(
    app_scene: Scene,
) -> None:
    scene = app_scene
    minutes = scene.sent(at=EARLIER)
    noted(scene)
    scene.ended(scene.lead, Role.LEAD)
    lead = scene.appointed(Role.LEAD, at=NOW)
    assert lines(scene) == {("handover", held_by(scene, lead).ref, lead.name)}
    delivery = scene.session.scalars(sa.select(Delivery).where(Delivery.about == minutes.ref)).one()
    assert delivery.person == scene.lead.ref
    assert emails.letter(scene.session, delivery, NOW) == emails.NO_LONGER


@pytest.fixture
def app_scene(app: object, session: Session) -> Scene:
    """The same with an app, for the text of letters."""
    made = Scene(session)
    ledger.note(session, list(owed.owed(session, NOW)), "service.test", NOW)
    return made


def test_a_second_lead_is_handed_over_only_what_nobody_has_and_what_is_his(scene: Scene) -> None:
    scene.has(scene.sent(at=EARLIER))
    noted(scene)
    other = scene.appointed(Role.LEAD, scene.circle.teams[1], at=NOW)
    scene.sent(at=EARLIER)
    noted(scene, EARLIER)
    assert not lines(scene), "nothing of his team waits"
    south = scene.sent(scene.leader, scene.south, at=EARLIER)
    assert ("handover", held_by(scene, other).ref, other.name) in lines(scene)
    assert owed.unread(scene.session, held_by(scene, other), NOW) == [south.ref]


def test_what_a_new_lead_recorded_as_leader_is_not_handed_over_to_her(scene: Scene) -> None:
    nobody(scene)
    scene.sent(at=EARLIER)
    scene.appointed(Role.LEAD, who=scene.leader, at=NOW)
    assert not lines(scene)


def test_who_had_the_letter_as_deputy_is_not_handed_it_over_as_lead(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.sent(at=EARLIER)
    noted(scene)
    scene.appointed(Role.LEAD, who=scene.deputy, at=NOW)
    assert not lines(scene)


def test_who_had_some_of_it_as_deputy_is_handed_over_the_rest(scene: Scene) -> None:
    nobody(scene)
    deputy = scene.appointed(Role.DEPUTY, scene.circle.teams[0])
    had = scene.sent(at=EARLIER)
    assert lines(scene) == {("minutes", had.ref, deputy.name)}
    noted(scene)
    south = scene.sent(scene.leader, scene.south, at=EARLIER)
    scene.appointed(Role.LEAD, who=deputy, at=NOW)
    held = held_by(scene, deputy)
    assert lines(scene) == {("handover", held.ref, deputy.name)}
    assert owed.unread(scene.session, held, NOW) == [south.ref]


def test_a_deputy_who_comes_is_handed_over_only_where_no_lead_is_there(scene: Scene) -> None:
    scene.ended(scene.deputy, Role.DEPUTY)
    scene.sent(at=EARLIER)
    noted(scene)
    deputy = scene.appointed(Role.DEPUTY, at=NOW)
    scene.away(scene.lead, TODAY + DAY, TODAY + DAY)
    handover = {("handover", held_by(scene, deputy).ref, deputy.name)}
    assert not lines(scene), "the lead is there"
    assert lines(scene, NOW + DAY) == handover, "she is away the next day"
    assert not lines(scene, NOW + 2 * DAY), "she is back"
    scene.ended(scene.lead, Role.LEAD)
    assert lines(scene, NOW + 2 * DAY) == handover


def test_an_appointment_that_is_yet_to_begin_or_is_long_past_hands_nothing_over(scene: Scene) -> None:
    nobody(scene)
    scene.sent(at=EARLIER)
    scene.appointed(Role.LEAD, at=NOW + DAY)
    assert not lines(scene)
    assert [line[0] for line in lines(scene, NOW + DAY)] == ["handover"]
    assert not lines(scene, NOW + DAY + OF_USE + timedelta(minutes=1))


# Back to the team


def test_the_recorder_hears_once_that_somebody_has_them(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    noted(scene)
    scene.has(minutes)
    scene.share(minutes, at=NOW + DAY)
    assert found(scene, NOW + DAY) == [
        Owed(kind="heard", about=minutes.ref, person=scene.leader.ref, urgency=5, since=NOW, until=NOW + OF_USE)
    ]
    noted(scene)
    given = scene.share(minutes, at=NOW + DAY, point_0=True)
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW + DAY)
    scene.share(minutes, at=NOW + DAY)
    assert not lines(scene, NOW + 2 * DAY), "once"


def test_nobody_hears_of_their_own_doing(scene: Scene) -> None:
    minutes = scene.sent(scene.lead, at=EARLIER)
    noted(scene)
    scene.share(minutes)
    assert not lines(scene)
    scene.has(minutes, scene.deputy)
    assert lines(scene) == {("heard", minutes.ref, scene.lead.name)}


def test_a_question_is_owed_to_the_recorder_and_to_whoever_leads_the_teams_once_each(scene: Scene) -> None:
    taker, south = make.person(scene.session), make.person(scene.session)
    make.appoint(scene.session, taker, Role.MINUTES, scene.circle.organisation, (scene.circle.teams[0],))
    make.appoint(scene.session, south, Role.LEADER, scene.circle.organisation, (scene.circle.teams[1],))
    minutes = scene.sent(taker, at=EARLIER)
    noted(scene)
    asked = scene.ask(minutes)
    assert lines(scene) == {("question", asked.ref, who.name) for who in (taker, scene.leader)}
    noted(scene)
    again = scene.ask(minutes, words="And when?")
    assert {line[1] for line in lines(scene)} == {again.ref}, "each question has its letter"


def test_who_recorded_and_leads_the_team_gets_one_and_who_asked_gets_none(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    noted(scene)
    scene.appointed(Role.LEADER, scene.circle.teams[0], who=scene.lead)
    asked = scene.ask(minutes)
    assert lines(scene) == {("question", asked.ref, scene.leader.name)}


@pytest.mark.parametrize("letter", ["heard", "question"])
def test_what_came_back_is_of_no_more_use_after_a_month(scene: Scene, letter: str) -> None:
    minutes = scene.sent(at=EARLIER)
    noted(scene)
    scene.has(minutes) if letter == "heard" else scene.ask(minutes)
    assert {line[0] for line in lines(scene, NOW + OF_USE - timedelta(minutes=1))} == {letter}
    assert not lines(scene, NOW + OF_USE + timedelta(minutes=1))


# What asking costs


def test_asking_takes_six_statements_and_no_more_than_some_hundreds_of_letters(scene: Scene) -> None:
    with counted(scene.session) as said:
        found(scene)
    assert len(said) == 6
    sent = [scene.sent(at=NOW - timedelta(seconds=n)).ref for n in range(owed.AT_ONCE + 3, 0, -1)]
    first = [letter.about for letter in found(scene)]
    assert first == sent[: owed.AT_ONCE], "the oldest first"
    noted(scene)
    assert [letter.about for letter in found(scene)] == sent[owed.AT_ONCE :]


STATEMENTS = {
    "minutes": (owed._minutes, "ix_minutes_sent_at"),
    "handover": (owed._handovers, "ix_appointment_counts_from"),
    "question": (owed._questions, "ix_question_at"),
    "answered": (owed._answers, "ix_answer_at"),
    "heard": (owed._heard, "ix_acknowledgement_at ix_share_at"),
}


@pytest.mark.parametrize("letter", STATEMENTS)
def test_each_statement_begins_at_what_happened_of_late(scene: Scene, letter: str) -> None:
    statement, indexes = STATEMENTS[letter]
    plan = explained(scene.session, statement)
    for index in indexes.split():
        assert index in plan, plan


def explained(session: Session, statement: object, moments: dict[str, datetime] | None = None) -> str:
    """The plan of a statement, on a planner that is not misled by the few rows of a test."""
    seen: list[tuple[str, object]] = []
    bind = session.get_bind()

    def note(_c: object, _k: object, text: str, parameters: object, *_: object) -> None:
        seen.append((text, parameters))

    sa.event.listen(bind, "before_cursor_execute", note)
    moments = moments or {"now": NOW, "of_late": NOW - OF_USE}
    session.execute(statement(NOW.date()), moments).all()  # type: ignore[operator]
    sa.event.remove(bind, "before_cursor_execute", note)
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    how = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    text, parameters = seen[-1]
    return "\n".join(str(tuple(row)) for row in connection.exec_driver_sql(how + text, parameters))  # type: ignore[arg-type]
