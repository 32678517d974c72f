"""Minutes that nobody may read: who is told, once for each gap, and that it ends by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import moment_words
from app.discussions.models import Minutes
from app.discussions.unled import Told, told
from app.forwarding import emails, no_lead
from app.forwarding.course import course
from app.forwarding.gaps import gaps
from app.forwarding.history import history
from app.forwarding.no_reader import KEPT
from app.forwarding.queries import OF_USE
from app.organisations.models import Person
from app.organisations.posts import counts_from
from app.policy import Role
from app.post import ledger
from app.post.models import Delivery, Letter, Owed, State, Superseded
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene, counted
from tests.forwarding.sending import Sending
from tests.forwarding.test_owed import explained
from tests.forwarding.visits import HOUR

SECRET = "Nobody may read this in a letter"


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    """A trust with an administrator, whose lead and deputy are gone."""
    made = Scene(session, short_name="ESSCP", reply_name="ESSCP office", reply_to="office@esscp.gov.uk")
    made.circle.organisation.name = made.asked.organisation_name = made.south.organisation_name = "Community Trust"
    made.asked.team_name, made.south.team_name = "North", "South"
    made.circle.edition.short_title, made.circle.edition.title = "NAI under 5", "Injuries to small children"
    nobody(made)
    return made


def nobody(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)


def administrator(scene: Scene, *teams: Any) -> Person:
    return scene.appointed(Role.ADMINISTRATOR, *teams)


def found(scene: Scene, at: Any = NOW) -> list[Owed]:
    scene.session.flush()
    return list(no_lead.owed(scene.session, at))


def to(scene: Scene, at: Any = NOW) -> set[str]:
    letters = found(scene, at)
    assert len({(one.about, one.place, one.person) for one in letters}) == len(letters)
    return {one.person for one in letters}


def noted(scene: Scene, at: Any = NOW) -> None:
    ledger.note(scene.session, found(scene, at), "service.test", at)
    scene.session.expire_all()


def letter(scene: Scene, who: Person, at: Any = NOW) -> Any:
    delivery = scene.session.scalars(
        sa.select(Delivery).where(Delivery.kind == "no_lead", Delivery.person == who.ref).order_by(Delivery.id.desc())
    ).first()
    assert delivery is not None
    return emails.letter(scene.session, delivery, at)


def test_the_administrator_and_the_officers_are_told_once_however_many_minutes_come_in(scene: Scene) -> None:
    who, second = administrator(scene), make.holder(scene.session, Role.OFFICER, scene.circle.partnership)
    scene.sent()
    people = {who.ref, scene.circle.officer.ref, second.ref}
    assert to(scene) == people
    assert {(one.about, one.place, one.since, one.until) for one in found(scene)} == {
        (scene.circle.organisation.ref, found(scene)[0].place, NOW, NOW + OF_USE)
    }
    noted(scene)
    scene.sent(scene.leader, scene.south, at=NOW + DAY)
    assert not to(scene, NOW + DAY), "once for the gap"


def test_nobody_is_told_while_somebody_may_read_them(scene: Scene) -> None:
    administrator(scene)
    scene.appointed(Role.DEPUTY, scene.circle.teams[0])
    scene.sent()
    assert not to(scene), "a deputy of the team"
    scene.sent(scene.leader, scene.asked, scene.south)
    assert not to(scene), "a deputy of one of the teams"
    scene.sent(scene.leader, scene.south)
    assert to(scene), "nobody for the other team"


def test_what_the_lead_recorded_herself_waits_for_nobody_and_what_the_only_deputy_did_waits_for_a_lead(
    scene: Scene,
) -> None:
    lead = scene.appointed(Role.LEAD)
    scene.sent(lead)
    assert not to(scene)
    scene.ended(lead, Role.LEAD)
    deputy = scene.appointed(Role.DEPUTY)
    scene.sent(deputy)
    assert scene.circle.officer.ref in to(scene)


def test_nobody_is_told_of_what_somebody_has_or_what_was_corrected_or_of_history(scene: Scene) -> None:
    lead = scene.appointed(Role.LEAD)
    scene.has(scene.sent(at=EARLIER), lead)
    scene.ended(lead, Role.LEAD)
    assert not to(scene)
    first = scene.sent(at=EARLIER)
    scene.circle.partnership.letters_from = NOW
    assert not to(scene)
    scene.corrected(first)
    assert to(scene)


def test_minutes_that_lost_their_reader_owe_it_from_the_day_after(scene: Scene) -> None:
    lead = scene.appointed(Role.LEAD)
    scene.sent(at=NOW - 10 * DAY)
    assert not to(scene)
    scene.ended(lead, Role.LEAD, on=(NOW - 2 * DAY).date())
    assert {one.since for one in found(scene)} == {(NOW - DAY).replace(hour=0)}


def test_a_second_gap_is_told_of_again(scene: Scene) -> None:
    who = administrator(scene)
    scene.sent(at=EARLIER)
    noted(scene)
    lead = scene.appointed(Role.LEAD)
    assert letter(scene, who) == no_lead.NEEDLESS
    scene.ended(lead, Role.LEAD, on=(NOW - DAY).date())
    assert who.ref in to(scene)


def test_another_gap_of_another_team_is_told_of_and_the_first_not_again(scene: Scene) -> None:
    lead = scene.appointed(Role.LEAD, scene.circle.teams[1])
    scene.sent(at=EARLIER)
    noted(scene)
    scene.ended(lead, Role.LEAD, on=(NOW - DAY).date())
    assert not to(scene)
    scene.sent(scene.leader, scene.south)
    places = {one.place for one in found(scene)}
    assert places == {lead.appointments[0].ref}


def test_two_partnerships_are_told_both_and_each_only_of_what_it_asked(scene: Scene) -> None:
    second, asked = scene.other_partnership()
    officer = make.holder(scene.session, Role.OFFICER, second)
    scene.sent()
    assert to(scene) == {scene.circle.officer.ref}
    scene.sent(scene.leader, asked)
    assert to(scene) == {scene.circle.officer.ref, officer.ref}


def test_the_letter_to_the_administrator_says_what_waits_and_what_to_do_and_nothing_that_was_said(scene: Scene) -> None:
    who = administrator(scene)
    scene.sent(answers={"point-0": SECRET}, question_to_lead=SECRET)
    scene.sent(scene.leader, scene.asked, scene.south)
    noted(scene)
    made = letter(scene, who)
    assert isinstance(made, Letter)
    assert made.to_address == who.addresses[0].email
    assert made.subject == "Community Trust: no safeguarding lead to read minutes – NAI under 5"
    assert (
        "Community Trust has no safeguarding lead here at the moment, so 2 sets of minutes that came in can be read by "
        "nobody there:\n\n- North: Injuries to small children\n- North: Injuries to small children\n"
        "- South: Injuries to small children\n"
    ) in made.body
    assert "What to do: write to ESSCP office (office@esscp.gov.uk) who the safeguarding lead is" in made.body
    assert "This is the only letter about it, also when more minutes come in." in made.body
    assert SECRET not in made.body
    assert "ask Community Trust who its safeguarding lead is" in letter(scene, scene.circle.officer).body


def test_whoever_looks_after_people_no_longer_is_not_written_to(scene: Scene) -> None:
    who = administrator(scene)
    scene.sent()
    noted(scene)
    scene.ended(who, Role.ADMINISTRATOR)
    assert letter(scene, who) == emails.NO_LONGER


def test_once_a_lead_is_appointed_one_letter_goes_to_her_and_none_about_her_absence(scene: Scene) -> None:
    who = administrator(scene)
    scene.sent(at=EARLIER)
    noted(scene)
    lead = scene.appointed(Role.LEAD, at=NOW)
    assert isinstance(letter(scene, who), Superseded)
    assert [(one.kind, one.person) for one in emails.owed(scene.session, NOW) if one.person == lead.ref] == [
        ("handover", lead.ref)
    ]
    assert not to(scene)


# What pages say of it


def test_the_receipt_says_who_was_told_by_what_mail_has_done(scene: Scene) -> None:
    who = administrator(scene)
    scene.sent()
    office = f"{who.name}, Organisation administrator and the ESSCP"
    assert told(scene.session, [scene.asked], NOW) == Told(waiting=office)
    noted(scene)
    letters = {one.person: one for one in scene.session.scalars(sa.select(Delivery).where(Delivery.kind == "no_lead"))}
    letters[who.ref].state = State.ACCEPTED
    scene.session.flush()
    assert told(scene.session, [scene.asked], NOW) == Told(sent=office.partition(" and ")[0], waiting="the ESSCP")
    letters[scene.circle.officer.ref].state, letters[scene.circle.officer.ref].next_try_at = State.MAYBE_SENT, None
    scene.session.flush()
    assert told(scene.session, [scene.asked], NOW).unconfirmed == "the ESSCP"
    letters[scene.circle.officer.ref].state = State.FAILED
    scene.session.flush()
    assert told(scene.session, [scene.asked], NOW).unsent == "the ESSCP"


def test_a_letter_of_an_earlier_gap_is_not_taken_for_one_of_this(scene: Scene) -> None:
    scene.sent(at=EARLIER)
    noted(scene)
    for one in scene.session.scalars(sa.select(Delivery).where(Delivery.kind == "no_lead")):
        one.state = State.ACCEPTED
    lead = scene.appointed(Role.LEAD)
    scene.ended(lead, Role.LEAD, on=(NOW - DAY).date())
    assert told(scene.session, [scene.asked], NOW) == Told(waiting="the ESSCP")


def test_administrator_and_officer_see_what_waits_and_nobody_else_does(scene: Scene) -> None:
    who = administrator(scene)
    scene.sent(at=EARLIER)
    [mine] = gaps(scene.session, scene.actor(who), NOW)
    assert (mine.organisation, mine.ours, mine.waiting) == (
        "Community Trust",
        True,
        [("North", "NAI under 5", EARLIER)],
    )
    [theirs] = gaps(scene.session, scene.actor(scene.circle.officer), NOW)
    assert not theirs.ours
    for other in (scene.leader, scene.circle.reviewer, scene.circle.noise_officer, scene.circle.noise_lead):
        assert gaps(scene.session, scene.actor(other), NOW) == []
    scene.appointed(Role.LEAD, scene.circle.teams[0])
    assert gaps(scene.session, scene.actor(who), NOW) == []


def test_seeing_what_waits_takes_two_statements_however_much_there_is(scene: Scene) -> None:
    for number in range(12):
        scene.sent(at=EARLIER - timedelta(minutes=number))
    officer = scene.actor(scene.circle.officer)
    scene.session.flush()
    scene.session.expire_all()
    with counted(scene.session) as said:
        [gap] = gaps(scene.session, officer, NOW)
    assert len(said) == 2
    assert len(gap.waiting) == 12


def test_asking_begins_at_what_was_sent_of_late(scene: Scene) -> None:
    scene.sent()
    assert "ix_minutes_sent_at" in explained(scene.session, no_lead._statement)
    with counted(scene.session) as said:
        found(scene)
    assert len(said) == 1


def test_the_list_of_what_happened_says_that_they_are_kept_and_who_was_told(scene: Scene) -> None:
    who = administrator(scene)
    first, read = scene.sent(at=NOW), scene.sent(at=datetime(2026, 1, 20, 12, tzinfo=UTC))
    sending = Sending(scene.session, frozenset({"no_lead", "handover", "minutes"}))
    sending.look(NOW + HOUR)
    second = scene.sent(at=NOW + 2 * HOUR)
    new = scene.appointed(Role.LEAD, at=NOW + 3 * HOUR)
    sending.look(NOW + 4 * HOUR)

    def said(minutes: Minutes) -> list[tuple[datetime, str]]:
        told_ = course(scene.session, scene.actor(new), minutes)
        return [line[:2] for line in history(scene.session, minutes, told_)][1:]

    about = "that there is no safeguarding lead to read what teams send"
    whom = f"{who.name}, {who.appointments[0].title}"
    went = (NOW + 4 * HOUR, f"The mail system took the email to {new.name} about minutes that waited.")
    assert said(first) == [
        (NOW, KEPT),
        (NOW + HOUR, f"The mail system took the email to {whom} {about}."),
        (NOW + HOUR, f"The mail system took the email to the ESSCP {about}."),
        went,
    ]
    assert [sentence for _, sentence in said(second)][:2] == [
        KEPT,
        f"The mail system had taken the email to {whom} {about}, on {moment_words(NOW + HOUR)}.",
    ]
    assert KEPT not in [sentence for _, sentence in said(read)], "there was a lead"


@pytest.mark.parametrize(("later", "was_kept"), [(timedelta(minutes=40), True), (-timedelta(minutes=1), False)])
def test_a_lead_who_is_named_soon_after_does_not_undo_that_they_were_kept(
    later: timedelta, was_kept: bool, scene: Scene
) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    minutes = scene.sent(at=NOW)
    new = scene.appointed(Role.LEAD, at=counts_from(NOW + later, scene.lead.appointments[0].starts_on))
    told_ = history(scene.session, minutes, course(scene.session, scene.actor(new), minutes))
    assert (KEPT in [line.sentence for line in told_]) is was_kept
