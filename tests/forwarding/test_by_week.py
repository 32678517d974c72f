"""One letter a week instead of a letter for each set of minutes: when it is owed, what it says, and nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import london, opens, working_days_after
from app.discussions.models import Minutes
from app.errors import Denied
from app.forwarding import by_week, emails, owed
from app.forwarding.course import course
from app.forwarding.history import history
from app.forwarding.queries import OF_USE
from app.organisations.deciding import choose_letters
from app.organisations.hearing import Rhythm
from app.organisations.models import Appointment, Person
from app.policy import Role
from app.post.models import Delivery, Letter, Superseded
from tests import factories as make
from tests.forwarding.scene import DAY, Scene, counted
from tests.forwarding.sending import LATER, REFUSED, TOOK, Sending, Sent
from tests.forwarding.test_owed import explained

TUESDAY = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
MONDAY = datetime(2026, 6, 8, 7, 0, tzinfo=UTC)  # eight o'clock in London
ALL = frozenset({"minutes", "reminder", "weekly", "handover", "answered"})
SECRET = "Nobody may read this in a letter"


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    """A trust whose lead chose one letter a week on the Tuesday before."""
    made = Scene(session, noise=False, short_name="ESSCP", reply_name="ESSCP office", reply_to="office@esscp.gov.uk")
    made.circle.organisation.name = "Community Trust"
    made.asked.team_name, made.south.team_name = "North", "South"
    made.asked.organisation_name = made.south.organisation_name = "Community Trust"
    made.circle.edition.title = "Injuries to small children"
    made.lead.name, made.deputy.name = "Lead", "Deputy"
    session.flush()
    chooses(made, made.lead)
    return made


def chooses(scene: Scene, who: Person, weekly: bool = True, at: datetime = TUESDAY) -> None:
    for held in [held for held in who.appointments if held.role in (Role.LEAD, Role.DEPUTY)]:
        choose_letters(scene.session, scene.actor(who), held, weekly=weekly, now=at)


def sent(scene: Scene, at: datetime = TUESDAY, **values: Any) -> Minutes:
    made = scene.sent(at=at, answers={"point-0": SECRET}, **values)
    scene.documented(made, at=at)
    return made


def kinds(found: list[Sent], who: Person | None = None) -> list[str]:
    return [one.kind for one in found if who is None or one.person == who.ref]


def due(scene: Scene, at: datetime = MONDAY) -> list[str]:
    scene.session.flush()
    return [one.person for one in by_week.owed(scene.session, at)]


def test_nothing_goes_for_each_set_and_on_monday_at_eight_one_letter_tells_of_all(scene: Scene) -> None:
    sent(scene)
    sent(scene, TUESDAY + DAY, asked=scene.south, by=scene.leader)
    sending = Sending(scene.session, ALL)
    for hours in range(0, 24 * 5 + 18, 3):
        sending.look(TUESDAY + timedelta(hours=hours))
    sending.look(MONDAY - timedelta(minutes=1))
    assert sending.sent == [], "not for each, and not before eight"
    found = sending.look(MONDAY)
    assert kinds(found) == ["weekly"]
    letter = found[0].letter
    assert letter.to_address == scene.lead.addresses[0].email
    assert letter.subject == "Community Trust: 2 sets of minutes to read"
    assert (
        "- North: Injuries to small children\n  The team met on 18 November 2026 and sent them on 2 June 2026.\n"
        in letter.body
    )
    assert "- South: Injuries to small children\n" in letter.body
    assert SECRET not in letter.body and "\n\n\n" not in letter.body and letter.attachments == ()
    assert "\n  http://localhost/inbox\n" in letter.body and "http://localhost/emails-to-you" in letter.body
    assert sending.look(MONDAY + timedelta(hours=9)) == [], "once"
    assert kinds(sending.look(MONDAY + 7 * DAY), scene.lead) == ["weekly"], "and again the week after"


def test_where_monday_is_a_bank_holiday_it_comes_on_the_first_working_day(scene: Scene) -> None:
    easter, tuesday = datetime(2027, 3, 29, 7, 0, tzinfo=UTC), datetime(2027, 3, 30, 7, 0, tzinfo=UTC)
    sent(scene, easter - 5 * DAY)
    assert due(scene, easter + timedelta(hours=3)) == []
    assert due(scene, tuesday - timedelta(minutes=1)) == [] and due(scene, tuesday) == [scene.lead.ref]
    assert london(by_week.opens(easter.date())).hour == 8


def test_nothing_to_read_is_no_letter_and_what_came_on_monday_is_for_the_week_after(scene: Scene) -> None:
    scene.has(sent(scene), scene.deputy, at=TUESDAY)
    asked = sent(scene)
    scene.ask(asked, at=TUESDAY)
    own = sent(scene, by=scene.lead)
    sent(scene, MONDAY + timedelta(minutes=1))
    assert due(scene) == [] and due(scene, MONDAY + DAY) == []
    assert due(scene, MONDAY + 7 * DAY) == [scene.lead.ref]
    letter = next(iter(Sending(scene.session, frozenset({"weekly"})).look(MONDAY + 7 * DAY))).letter
    assert letter.subject == "Community Trust: 1 set of minutes to read"
    assert own.ref not in letter.body


def test_whoever_chose_it_on_a_monday_after_eight_gets_the_first_a_week_later(scene: Scene) -> None:
    chooses(scene, scene.lead, False, MONDAY - DAY)
    chooses(scene, scene.lead, True, MONDAY + timedelta(minutes=1))
    sent(scene, MONDAY - DAY)
    assert due(scene, MONDAY + timedelta(hours=1)) == []
    assert due(scene, MONDAY + 7 * DAY) == [scene.lead.ref]


@pytest.mark.parametrize("down", [timedelta(hours=3), timedelta(days=2), timedelta(days=4)])
def test_a_sender_that_was_down_on_monday_sends_it_later_in_the_week_and_once(scene: Scene, down: timedelta) -> None:
    sent(scene)
    sending = Sending(scene.session, frozenset({"weekly"}))
    assert kinds(sending.look(MONDAY + down)) == ["weekly"]
    assert kinds(sending.look(MONDAY + down + timedelta(hours=1))) == []


def test_a_letter_that_does_not_get_out_is_of_no_use_the_week_after(scene: Scene) -> None:
    sent(scene)
    sending = Sending(scene.session, frozenset({"weekly"}), lambda letter: LATER)
    sending.look(MONDAY)
    letter = scene.session.scalars(sa.select(Delivery)).one()
    assert letter.send_until == datetime(2026, 6, 14, 23, tzinfo=UTC), "until Sunday ends"
    sending.answers = lambda letter: TOOK
    assert sending.look(MONDAY + timedelta(hours=15)) == [], "nor at night"
    assert kinds(sending.look(opens((MONDAY + DAY).date()))) == ["weekly"]


def test_it_is_not_sent_where_nothing_waits_any_more(scene: Scene) -> None:
    minutes = sent(scene)
    sending = Sending(scene.session, frozenset({"weekly"}), lambda letter: LATER)
    sending.look(MONDAY)
    scene.has(minutes, at=MONDAY)
    sending.look(MONDAY + timedelta(hours=2))
    assert sending.not_sent == [(scene.lead.ref, by_week.NOTHING.reason)]


def test_two_roles_get_one_letter_and_nobody_gets_a_reminder_on_the_same_day(scene: Scene) -> None:
    administrator = scene.appointed(Role.ADMINISTRATOR, who=scene.lead)
    scene.appointed(Role.LEAD, scene.circle.teams[1], who=administrator)
    chooses(scene, scene.lead)
    sent(scene, working_day(-15))
    sending = Sending(scene.session, ALL)
    days = [MONDAY + number * DAY for number in range(3)]
    found = [kinds(sending.look(at + timedelta(hours=hour)), scene.lead) for at in days for hour in (0, 3)]
    assert found == [["weekly"], [], [], ["reminder"], [], []], "as administrator she is reminded the day after"


def test_one_that_was_held_up_waits_a_day_where_she_had_a_reminder_meanwhile(scene: Scene) -> None:
    scene.appointed(Role.ADMINISTRATOR, who=scene.lead)
    sent(scene, working_day(-15))
    sending = Sending(scene.session, ALL, lambda letter: LATER if "to read" in letter.subject else TOOK)
    assert kinds(sending.look(MONDAY + timedelta(hours=3)), scene.lead) == ["reminder"]
    sending.answers = lambda letter: TOOK
    assert kinds(sending.look(MONDAY + timedelta(hours=5)), scene.lead) == []
    assert kinds(sending.look(MONDAY + DAY + timedelta(hours=3)), scene.lead) == ["weekly"]


def working_day(count: int) -> datetime:
    """Ten o'clock on the day from which so many working days have gone by on the Monday."""
    day = MONDAY.date()
    while working_days_after(day, -count) > MONDAY.date() or day == MONDAY.date():
        day -= DAY
    return datetime(day.year, day.month, day.day, 10, tzinfo=UTC)


def test_the_steps_to_the_others_go_on_by_their_own_days(scene: Scene) -> None:
    scene.appointed(Role.ADMINISTRATOR, who=make.person(scene.session, name="Administrator"))
    minutes = sent(scene)
    sending = Sending(scene.session, ALL)
    told = []
    for number in range(25):
        for one in sending.look(opens(working_days_after(TUESDAY.date(), number))):
            told += [(one.role, number)] if one.kind == "reminder" and one.about == minutes.ref else []
    assert told == [("deputy", 10), ("administrator", 15)]
    assert {one.kind for one in sending.sent if one.person == scene.lead.ref} == {"weekly"}


def test_a_deputy_who_chose_it_hears_by_week_of_what_comes_while_no_lead_is_there(scene: Scene) -> None:
    chooses(scene, scene.deputy)
    sent(scene)
    assert due(scene) == [scene.lead.ref]
    scene.away(scene.lead, MONDAY.date(), MONDAY.date())
    assert set(due(scene)) == {scene.lead.ref, scene.deputy.ref}
    sending = Sending(scene.session, ALL)
    sending.look(MONDAY)
    for number in range(12):
        sending.look(opens(working_days_after(TUESDAY.date(), number)))
    assert ("reminder", "deputy") in [(one.kind, one.role) for one in sending.sent], "that step is not hers to put off"


def test_handover_and_answers_are_not_held_up(scene: Scene) -> None:
    asked = scene.ask(sent(scene), at=TUESDAY)
    make_answer(scene, asked)
    new = scene.appointed(Role.LEAD, at=TUESDAY + timedelta(hours=2))
    sent(scene, TUESDAY + timedelta(hours=1))
    scene.session.expire_all()
    chooses(scene, new, at=TUESDAY + timedelta(hours=2))
    found = Sending(scene.session, ALL).look(TUESDAY + timedelta(hours=3))
    assert kinds(found, new) == ["handover"] and kinds(found, scene.lead) == ["answered"]


def make_answer(scene: Scene, asked: Any) -> None:
    from app.forwarding.services import answer_question

    answer_question(scene.session, scene.actor(scene.leader), asked, "So.", now=TUESDAY + timedelta(hours=1))


# Changing back


def back(scene: Scene, at: datetime) -> Callable[[datetime], list[Sent]]:
    chooses(scene, scene.lead, False, at)
    return Sending(scene.session, ALL).look


@pytest.mark.parametrize("weeks", [1, 4, 9, 30])
def test_changing_back_loses_nothing_however_long_it_was(scene: Scene, weeks: int) -> None:
    for number in range(weeks):
        sent(scene, TUESDAY + number * 7 * DAY)
    at = TUESDAY + (weeks - 1) * 7 * DAY + timedelta(hours=4)
    look = back(scene, at)
    mine = [one for one in look(at) if one.person == scene.lead.ref]
    assert kinds(mine) == ["handover"], "one letter about all, and no reminder on the same day"
    assert f"{weeks} set{'s' if weeks > 1 else ''} of minutes to read" in mine[0].letter.subject
    assert mine[0].letter.body.startswith("Dear Lead\n\nYou chose to get a letter for each set of minutes of Community")
    assert "\n\n\n" not in mine[0].letter.body
    fresh = sent(scene, at + timedelta(hours=1))
    assert [(one.kind, one.about) for one in look(at + timedelta(hours=1))] == [("minutes", fresh.ref)]


def test_changing_back_with_nothing_new_is_no_letter(scene: Scene) -> None:
    chooses(scene, scene.lead, False, TUESDAY + timedelta(minutes=1))
    minutes = sent(scene, TUESDAY + timedelta(hours=1))
    sending = Sending(scene.session, ALL)
    assert [(one.kind, one.about) for one in sending.look(TUESDAY + timedelta(hours=1))] == [("minutes", minutes.ref)]
    chooses(scene, scene.lead, True, TUESDAY + timedelta(hours=2))
    chooses(scene, scene.lead, False, TUESDAY + timedelta(hours=3))
    assert sending.look(TUESDAY + timedelta(hours=4)) == []


def test_a_letter_under_way_when_she_chooses_is_dropped_and_told_of_later(scene: Scene) -> None:
    chooses(scene, scene.lead, False, TUESDAY + timedelta(minutes=1))
    minutes = sent(scene, TUESDAY + timedelta(hours=1))
    sending = Sending(scene.session, ALL, lambda letter: LATER)
    sending.look(TUESDAY + timedelta(hours=1))
    chooses(scene, scene.lead, True, TUESDAY + timedelta(hours=2))
    sending.answers = lambda letter: TOOK
    sending.look(TUESDAY + timedelta(hours=3))
    assert (scene.lead.ref, emails.BY_WEEK.reason) in sending.not_sent and sending.sent == []
    chooses(scene, scene.lead, False, TUESDAY + timedelta(hours=4))
    assert kinds(sending.look(TUESDAY + timedelta(hours=5))) == ["handover"]
    scene.has(minutes, at=TUESDAY + timedelta(hours=6))


def test_a_letter_about_changing_back_is_dropped_where_she_chose_by_week_again(scene: Scene) -> None:
    sent(scene, TUESDAY + timedelta(hours=1))
    chooses(scene, scene.lead, False, TUESDAY + timedelta(hours=2))
    sending = Sending(scene.session, ALL, lambda letter: LATER)
    sending.look(TUESDAY + timedelta(hours=2))
    chooses(scene, scene.lead, True, TUESDAY + timedelta(hours=3))
    sending.look(TUESDAY + timedelta(hours=4))
    assert sending.not_sent == [(scene.lead.ref, emails.BY_WEEK.reason)]
    assert due(scene) == [scene.lead.ref]


# What is kept, and what asking costs


def test_only_whoever_holds_the_role_chooses_and_what_stands_is_not_chosen_again(scene: Scene) -> None:
    held = scene.lead.appointments[0]
    chooses(scene, scene.lead)
    assert scene.session.scalar(sa.select(sa.func.count()).select_from(Rhythm)) == 1
    for other in (scene.deputy, scene.leader):
        with pytest.raises(Denied):
            choose_letters(scene.session, scene.actor(other), held, weekly=False, now=TUESDAY)


def test_the_history_says_that_a_weekly_email_told_of_them_and_not_of_what_came_later(scene: Scene) -> None:
    early = sent(scene)
    Sending(scene.session, ALL).look(MONDAY)
    late = sent(scene, MONDAY + DAY)
    taken = "The mail system took the weekly email to Lead (about these minutes too)."
    for minutes, wanted in ((early, True), (late, False)):
        found = history(scene.session, minutes, course(scene.session, scene.actor(scene.lead), minutes))
        assert (taken in [line.sentence for line in found]) is wanted


def test_an_address_that_refuses_it_is_told_to_the_administrator(scene: Scene) -> None:
    from app.forwarding.not_arrived import missed

    who = scene.actor(scene.appointed(Role.ADMINISTRATOR))
    sent(scene)
    Sending(scene.session, ALL, lambda letter: REFUSED).look(MONDAY)
    assert [one.name for one in missed(scene.session, who, MONDAY)] == ["Lead"]


def test_asking_is_one_statement_that_begins_at_who_chose_it_and_none_at_night(scene: Scene) -> None:
    scene.session.flush()
    with counted(scene.session) as said:
        due(scene)
    assert len(said) == 1
    with counted(scene.session) as said:
        due(scene, MONDAY - timedelta(hours=2))
        due(scene, MONDAY - 2 * DAY)
    assert said == []
    moments: Any = {"since": MONDAY, "low": MONDAY - by_week.LOOKED_BACK, "week": "2026-06-08"}
    plan = explained(scene.session, by_week._statement, moments)
    again = explained(scene.session, owed._for_each_again, {"now": MONDAY, "of_late": MONDAY - OF_USE})
    if scene.session.get_bind().dialect.name == "sqlite":
        assert "ix_rhythm_weekly" in plan and "ix_minutes_organisation" in plan, plan
        assert "ix_rhythm_weekly (weekly=? AND at>? AND at<?)" in again, again
    for found in (plan, again):  # PostgreSQL begins where there is less, and a test has little of everything
        assert "ix_rhythm_" in found and "ix_minutes_" in found, found


def test_writing_it_takes_as_many_statements_however_much_waits(scene: Scene) -> None:
    sizes = []
    for number in (1, 20):
        for one in range(number):
            sent(scene, TUESDAY + one * timedelta(minutes=1))
        values = {"role": "lead", "place": "2026-06-08", "person": scene.lead.ref, "owed_since": MONDAY}
        letter = Delivery(kind="weekly", about=scene.lead.ref, message_id=f"<{number}@x>", **values)
        scene.session.flush()
        scene.session.expire_all()
        with counted(scene.session) as said:
            made = emails.letter(scene.session, letter, MONDAY)
        assert isinstance(made, Letter)
        sizes.append(len(said))
    assert sizes[0] == sizes[1], sizes


def test_who_no_longer_leads_gets_none(scene: Scene) -> None:
    sent(scene)
    values = {"role": "lead", "place": "2026-06-08", "person": scene.lead.ref, "owed_since": MONDAY}
    letter = Delivery(kind="weekly", about=scene.lead.ref, message_id="<x@x>", **values)
    scene.ended(scene.lead, Role.LEAD)
    assert isinstance(emails.letter(scene.session, letter, MONDAY), Superseded)
    assert due(scene) == []
    assert scene.session.scalars(sa.select(Appointment)).first() is not None
