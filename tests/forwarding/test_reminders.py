"""Reminding: who is written to after how many working days, one email a day, and never once it is needless."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.clock import is_working_day, opens, working_days_after
from app.discussions.models import Minutes
from app.forwarding import emails, reminders, services
from app.forwarding.reminding import silent
from app.organisations.leaving import record_leave
from app.organisations.models import Person
from app.policy import CONSOLE, Role
from app.post.models import Delivery, Held, Letter
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, Scene, counted
from tests.forwarding.sending import LATER, REFUSED, TOOK, Sending

MONDAY = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)  # no bank holiday in the four weeks after it
SECRET = "Nobody may read this in a letter"


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    """A trust with a lead, a deputy and an administrator."""
    made = Scene(session, noise=False, short_name="ESSCP", reply_name="ESSCP office", reply_to="office@esscp.gov.uk")
    made.circle.organisation.name = "Community Trust"
    made.asked.team_name, made.south.team_name = "North", "South"
    made.circle.edition.short_title, made.circle.edition.title = "NAI under 5", "Injuries to small children"
    made.lead.name, made.deputy.name = "Lead", "Deputy"
    session.flush()
    return made


@pytest.fixture
def administrator(scene: Scene) -> Person:
    return scene.appointed(Role.ADMINISTRATOR, who=make.person(scene.session, name="Administrator"))


def on(days: int, since: datetime = MONDAY, hour: int = 9) -> datetime:
    """An hour of the day so many working days later, in summer."""
    return opens(working_days_after(since.date(), days)) + timedelta(hours=hour - 9)


def sent_to(scene: Scene, sending: Sending, days: int = 30, since: datetime = MONDAY) -> dict[str, list[int]]:
    """Who gets a reminder on which working day, looked at twice every day."""
    refs: dict[str, list[int]] = {}
    for number in range(days + 1):
        for hour in (9, 16):
            for one in sending.look(on(number, since, hour)):
                refs.setdefault(one.person, []).append(number)
    names = {person.ref: person.name for person in scene.session.query(Person)}
    return {names[ref]: found for ref, found in refs.items()}


def sent(scene: Scene, at: datetime = MONDAY, **values: Any) -> Minutes:
    return scene.sent(at=at, **values)


def test_the_lead_is_reminded_after_five_working_days_the_deputy_after_ten_the_administrator_after_fifteen(
    scene: Scene, administrator: Person
) -> None:
    minutes = sent(scene)
    sending = Sending(scene.session)
    assert sent_to(scene, sending) == {"Lead": [5], "Deputy": [10], "Administrator": [15]}
    assert [(one.about, one.role) for one in sending.sent] == [
        (minutes.ref, "lead"),
        (minutes.ref, "deputy"),
        (minutes.ref, "administrator"),
    ]


def test_a_partnership_sets_its_own_days_and_may_set_fewer_or_none(scene: Scene, administrator: Person) -> None:
    scene.circle.partnership.reminder_days = [2, 3]
    sent(scene)
    assert sent_to(scene, Sending(scene.session), 12) == {"Lead": [2], "Deputy": [3]}
    scene.circle.partnership.reminder_days = []
    sent(scene, MONDAY + DAY)
    assert sent_to(scene, Sending(scene.session), 12) == {}


def test_nothing_goes_before_nine_in_london(scene: Scene) -> None:
    sent(scene)
    sending, day = Sending(scene.session), on(5)
    assert not sending.look(day - timedelta(seconds=1))
    assert [one.at for one in sending.look(day)] == [day]
    assert day.hour == 8, "nine in summer"


def test_nothing_goes_at_a_weekend_or_on_a_bank_holiday(scene: Scene) -> None:
    sent(scene, datetime(2026, 3, 27, 10, 0, tzinfo=UTC))
    good_friday = datetime(2026, 4, 3, 8, 0, tzinfo=UTC)
    assert not is_working_day(good_friday.date())
    sending = Sending(scene.session)
    found = [one.at for n in range(36) for one in sending.look(good_friday + n * timedelta(hours=4))]
    assert found == [datetime(2026, 4, 7, 8, 0, tzinfo=UTC)], "the Tuesday after Easter"


def test_two_sets_that_are_due_on_one_day_are_in_one_letter(scene: Scene) -> None:
    first, second = sent(scene, answers={"point-0": SECRET}), sent(scene, MONDAY + timedelta(hours=3))
    third = scene.sent(scene.leader, scene.south, at=MONDAY + DAY)
    sending = Sending(scene.session)
    [found] = sending.look(on(5))
    assert found.letter.subject == "Still open: 2 sets of minutes to read"
    for minutes in (first, second):
        assert f"http://localhost/minutes/{minutes.ref}" in found.letter.body
    assert third.ref not in found.letter.body and SECRET not in found.letter.body
    assert sending.not_sent == [(scene.lead.ref, reminders.SAID.reason)]
    [later] = sending.look(on(6))
    assert later.letter.subject == "Still open: South: minutes to read – NAI under 5"


def test_somebody_with_two_duties_gets_one_letter_that_says_both(scene: Scene) -> None:
    scene.appointed(Role.ADMINISTRATOR, who=scene.lead)
    sent(scene)
    later = scene.sent(scene.leader, scene.south, at=on(10))
    sending = Sending(scene.session)
    assert sent_to(scene, sending, 15)["Lead"] == [5, 15]
    both = [one.letter.body for one in sending.sent if one.person == scene.lead.ref][-1]
    assert later.ref in both and "Beside that, as you look after who is who at Community Trust" in both


def test_the_letter_to_the_lead_reads_like_this(scene: Scene) -> None:
    made = sent(scene, answers={"point-0": SECRET}, question_to_lead=SECRET)
    [found] = Sending(scene.session).look(on(5))
    assert found.letter.to_address == scene.lead.addresses[0].email
    assert found.letter.subject == "Still open: North: minutes to read – NAI under 5"
    assert found.letter.body.startswith(
        "Dear Lead\n\n"
        'This set of minutes is still to be read. Nobody has said here yet "I have this":\n\n'
        "- North: Injuries to small children\n"
        "  The team met on 18 November 2026 and sent them on 1 June 2026.\n"
        f"  http://localhost/minutes/{made.ref}\n\n"
        "What to do next: open it and say what should happen with the answers. It takes a minute, and there is nothing "
        "to write. All minutes that wait for you: http://localhost/inbox\n\n"
        "No password: we send a code to this address.\n\n"
        "You get at most one such email a day, about everything that is due."
    ), found.letter.body
    assert SECRET not in found.letter.body


def test_the_administrator_reads_how_it_stands_and_not_where_to_read_them(scene: Scene, administrator: Person) -> None:
    made = sent(scene)
    sending = Sending(scene.session)
    sent_to(scene, sending, 15)
    body, subject = sending.sent[-1].letter.body, sending.sent[-1].letter.subject
    assert subject == "Still open: North: minutes that nobody has confirmed – NAI under 5"
    assert "As you look after who is who at Community Trust: nobody has said yet" in body
    assert "Sent on 1 June 2026, with Lead, Named Nurse." in body
    assert made.ref not in body and "No password" not in body


# What makes it needless


def acknowledged(scene: Scene, minutes: Minutes, at: datetime) -> None:
    scene.has(minutes, scene.deputy, at=at)


def shared(scene: Scene, minutes: Minutes, at: datetime) -> None:
    scene.share(minutes, at=at)


def asked_back(scene: Scene, minutes: Minutes, at: datetime) -> None:
    scene.ask(minutes, at=at)


def corrected(scene: Scene, minutes: Minutes, at: datetime) -> None:
    scene.corrected(minutes, at=at)


def role_ended(scene: Scene, minutes: Minutes, at: datetime) -> None:
    scene.ended(scene.lead, Role.LEAD, on=(at - DAY).date())


ENDS = [acknowledged, shared, asked_back, corrected, role_ended]


@pytest.mark.parametrize("deed", ENDS)
def test_no_reminder_is_owed_once_it_is_needless(scene: Scene, deed: Any) -> None:
    minutes = sent(scene)
    deed(scene, minutes, on(4))
    scene.session.flush()
    found = {(one.about, one.person) for one in reminders.owed(scene.session, on(5))}
    assert (minutes.ref, scene.lead.ref) not in found


@pytest.mark.parametrize("deed", ENDS)
def test_none_is_sent_that_became_needless_after_it_was_noted(scene: Scene, deed: Any) -> None:
    minutes = sent(scene)
    sending = Sending(scene.session, answers=lambda letter: LATER)
    assert not sending.look(on(5))
    deed(scene, minutes, on(5, hour=10))
    sending.answers = lambda letter: TOOK
    assert [one for one in sending.look(on(5, hour=12)) if one.person == scene.lead.ref] == []
    wanted = {
        acknowledged: reminders.NEEDLESS,
        role_ended: emails.NO_LONGER,
    }.get(deed, reminders.SETTLED)
    assert (scene.lead.ref, wanted.reason) in sending.not_sent


def test_a_correction_begins_anew_and_an_answer_of_the_team_does_too(scene: Scene) -> None:
    minutes = sent(scene)
    scene.corrected(minutes, at=on(3))
    assert sent_to(scene, Sending(scene.session), 9) == {"Lead": [8]}
    other = scene.sent(scene.leader, scene.south, at=on(10))
    sending = Sending(scene.session)
    assert sending.look(on(15))
    question = scene.ask(other, at=on(16))
    scene.session.expire_all()
    services.answer_question(scene.session, scene.actor(scene.deputy), question, "Both parents.", now=on(20))
    found = [n for n in range(16, 30) for one in sending.look(on(n)) if one.person == scene.lead.ref]
    assert found == [25]


def test_whoever_recorded_them_herself_is_not_reminded_and_the_deputy_is(scene: Scene) -> None:
    scene.sent(scene.lead, at=MONDAY)
    assert sent_to(scene, Sending(scene.session), 12) == {"Deputy": [5, 10]}
    scene.ended(scene.deputy, Role.DEPUTY)
    scene.sent(scene.lead, scene.south, at=on(13))
    assert sent_to(scene, Sending(scene.session), 15, on(13)) == {}, "they stand as recorded by the lead"


def test_nobody_is_reminded_of_what_nobody_may_read(scene: Scene, administrator: Person) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    sent(scene)
    assert sent_to(scene, Sending(scene.session)) == {}


def test_a_lead_who_came_later_is_reminded_five_working_days_after_she_came(scene: Scene) -> None:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    sent(scene, MONDAY - 60 * DAY)
    new = scene.appointed(Role.LEAD, at=on(2), who=make.person(scene.session, name="New lead"))
    assert sent_to(scene, Sending(scene.session), 20) == {"New lead": [7]}
    assert new.name == "New lead"


def test_history_from_before_letters_are_owed_reminds_nobody(scene: Scene) -> None:
    scene.circle.partnership.letters_from = MONDAY + DAY
    sent(scene)
    assert sent_to(scene, Sending(scene.session)) == {}


# Days that do not count


def test_a_school_is_not_reminded_in_its_holidays_and_time_stands_still_there(scene: Scene) -> None:
    scene.circle.partnership.school_holidays = [["2026-06-03", "2026-06-12"]]
    scene.sent(scene.circle.noise_leader, scene.circle.noise_asked, at=MONDAY)
    sent(scene)
    found = sent_to(scene, Sending(scene.session), 14)
    assert found["Lead"] == [5]
    assert found[scene.circle.noise_lead.name] == [13], "eight working days later"


def test_leave_that_is_recorded_after_sending_brings_them_to_the_deputy_at_once(scene: Scene) -> None:
    minutes = sent(scene)
    sending = Sending(scene.session, kinds=frozenset({"minutes", "reminder"}))
    scene.documented(minutes)
    assert {one.person for one in sending.look(MONDAY)} == {scene.lead.ref}
    day = on(3).date()
    record_leave(scene.session, CONSOLE, scene.lead.addresses[0].email, day, day + 10 * DAY, now=on(3))
    assert {(one.kind, one.person) for one in sending.look(on(3))} == {("minutes", scene.deputy.ref)}
    assert {(one.kind, one.person) for one in sending.look(on(5))} == {
        ("reminder", scene.lead.ref),
        ("reminder", scene.deputy.ref),
    }


# When mail fails


def test_what_could_not_go_on_friday_goes_on_monday_and_only_once(scene: Scene) -> None:
    friday = datetime(2026, 6, 5, 9, 0, tzinfo=UTC)
    sent(scene, MONDAY - 3 * DAY)
    sent(scene, MONDAY)
    sending = Sending(scene.session, answers=lambda letter: LATER)
    assert not sending.look(friday)
    sending.answers = lambda letter: TOOK
    for hours in range(8, 70, 4):
        assert not sending.look(friday + timedelta(hours=hours)), "evening and weekend"
    found = [one for hour in (9, 10, 12) for one in sending.look(on(5, hour=hour))]
    assert [one.letter.subject for one in found] == ["Still open: 2 sets of minutes to read"]


@pytest.mark.parametrize("last", ["2026-06-19", "2026-07-20"])
def test_what_could_not_go_to_a_school_before_its_holidays_goes_after_them(scene: Scene, last: str) -> None:
    scene.circle.partnership.school_holidays = [["2026-06-09", last]]
    scene.sent(scene.circle.noise_leader, scene.circle.noise_asked, at=MONDAY)
    sending = Sending(scene.session, answers=lambda letter: LATER)
    assert not sending.look(on(5))
    sending.answers = lambda letter: TOOK
    found = [one.at for days in range(6, 60) for hour in (9, 12) for one in sending.look(on(days, hour=hour))]
    assert [at.date() for at in found] == [working_days_after(date.fromisoformat(last), 1)]


def test_an_address_that_is_refused_is_tried_once_for_all_that_was_due(scene: Scene) -> None:
    sent(scene)
    sent(scene)
    sending = Sending(scene.session, answers=lambda letter: REFUSED)
    sending.look(on(5))
    states = [one.state for one in scene.session.query(Delivery).order_by(Delivery.id)]
    assert sorted(states) == ["failed", "superseded"]


def test_what_fell_due_after_the_letter_of_the_day_waits_for_the_next_working_day(scene: Scene) -> None:
    sent(scene, MONDAY)
    sending = Sending(scene.session)
    assert sending.look(on(5))
    sent(scene, MONDAY)
    later = list(reminders.owed(scene.session, on(5, hour=11)))
    assert len(later) == 1
    scene.session.flush()
    late = Delivery(
        kind="reminder",
        about=later[0].about,
        role="lead",
        person=scene.lead.ref,
        owed_since=on(5, hour=11),
        message_id="<late@service.test>",
    )
    make.kept(scene.session, late)
    held = emails.letter(scene.session, late, on(5, hour=11))
    assert isinstance(held, Held)
    assert on(5, hour=11) + held.look_again == on(6)
    assert isinstance(emails.letter(scene.session, late, on(6)), Letter)


# The partnership, and what asking costs


def test_after_twenty_working_days_the_partnership_sees_it(scene: Scene) -> None:
    minutes = sent(scene)
    asked = sa.select(Asked.id).where(Asked.partnership_id == scene.circle.partnership.id)
    assert silent(scene.session, asked, on(19)) == []
    [found] = silent(scene.session, asked, on(20))
    assert (found.ref, found.since) == (minutes.ref, MONDAY)
    scene.has(minutes, at=on(20))
    assert silent(scene.session, asked, on(20)) == []


def test_asking_takes_four_statements_however_much_waits_and_none_when_nobody_is_at_work(scene: Scene) -> None:
    for number in range(20):
        sent(scene, MONDAY + timedelta(minutes=number))
    scene.session.flush()
    with counted(scene.session) as said:
        assert len(list(reminders.owed(scene.session, on(5)))) == 20
    assert len(said) == 4
    with counted(scene.session) as said:
        assert not list(reminders.owed(scene.session, on(5) - timedelta(hours=1)))
    assert not said


def test_the_rows_of_another_place_are_not_taken_for_ours(app: Flask, session: Session) -> None:
    scene = Scene(session)
    scene.sent(at=NOW)
    found = {one.person for one in reminders.owed(session, opens(working_days_after(NOW.date(), 5)))}
    assert found == {scene.lead.ref, scene.circle.noise_lead.ref}
