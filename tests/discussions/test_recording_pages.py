"""The four pages as a browser without JavaScript uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import db
from app.discussions import pages
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.organisations.models import Appointment
from app.policy import Role
from app.post.models import State
from app.post.queries import SENT, UNCONFIRMED, WAITING, Progress
from tests import factories as make
from tests.client import Client, parse
from tests.conftest import NOW
from tests.discussions import worlds
from tests.discussions.worlds import MEETING, SAID, World, faults, form_at, form_of, words


@pytest.fixture
def leader(client: Client, place: World) -> Client:
    return client.as_person(place.leader)


def draft_now() -> Draft:
    with db.reading() as session:
        return session.scalars(select(Draft).order_by(Draft.id.desc())).first()  # type: ignore[return-value]


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_leader_records_a_discussion_on_four_pages(leader: Client, place: World) -> None:
    receipt = worlds.send(leader, place)
    page = leader.get(receipt)
    said = words(page)
    assert f"Your minutes are with {place.lead_name}, Named Nurse" in said
    assert f"The email to {place.lead_name} is waiting to send." in said
    assert "can see that your team met and when. It sees answers only if they are shared, and never who chaired" in said
    with db.reading() as session:
        minutes = session.scalars(select(Minutes)).one()
        assert receipt == f"/minutes/{minutes.ref}/sent" and minutes.ref in said
        assert minutes.responses[0].words == "We talked about it.\n\n  Twice."
        assert str(minutes.actions[0].by) == "2026-12-18" and minutes.discussion.present == 8
    again = leader.get(receipt)
    assert words(again) == said


def test_the_check_page_shows_everything_and_says_who_reads_it(leader: Client, place: World) -> None:
    said = words(leader.get(worlds.write(leader, place)))
    for part in (
        "18 November 2026",
        "Team meeting",
        "Team manager",
        "We talked about it.",
        "By show of hands: 3 yes, 5 not yet",
    ):
        assert part in said
    for part in ("Not discussed", "Duty worker", "by 18 December 2026", "Who can train us?"):
        assert part in said
    assert f"{place.lead_name}, Named Nurse can read all of it here as soon as you send it" in said
    assert f"Send to {place.lead_name}" in said
    assert "never: who chaired or your question for the lead" in said


def test_nothing_given_is_said_beside_each_answer_and_kept_in_the_draft(leader: Client, place: World) -> None:
    answer = leader.post_form(
        place.meeting, {"held_on-day": "31", "held_on-month": "2", "do": "continue"}, at="/meeting"
    )
    assert answer.status_code == 422
    assert set(faults(answer)) == {"held_on-year", "setting", "present"}
    assert draft_now().content["held_on"] == {"day": "31", "month": "2", "year": ""}
    assert form_at(answer, "/meeting")["held_on-day"] == "31"


def test_what_is_amiss_is_mended_on_the_page_that_says_so(leader: Client, place: World) -> None:
    refused = leader.post_form(place.meeting, {**MEETING, "present": "0", "do": "continue"}, at="/meeting")
    mended = {**form_at(refused, "/meeting"), "present": "8", "do": "continue"}
    assert leader.post(place.meeting, data=mended).status_code == 303
    assert draft_now().content["present"] == "8"


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"held_on-day": "31"}, "held_on-day", "there is no 31 November in 2026"),
        ({"held_on-year": "2199"}, "held_on-day", "18 November 2199 is still to come"),
        ({"held_on-year": "26"}, "held_on-year", "all four figures"),
        ({"setting": "party"}, "setting", "Choose one"),
        ({"present": "eight"}, "present", "whole number in figures"),
        ({"chaired_by": "x" * 301}, "chaired_by", "301 characters"),
    ],
)
def test_the_meeting_says_what_to_change(
    leader: Client, place: World, given: dict[str, str], field: str, said: str
) -> None:
    answer = leader.post_form(place.meeting, {**MEETING, **given, "do": "continue"}, at="/meeting")
    assert answer.status_code == 422
    assert said in faults(answer)[field] and len(faults(answer)) == 1


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"points-point-1-yes": "9"}, "points-point-1-yes", "the counts add up to 14, and 8 were there"),
        ({"points-point-1-partly": "a few"}, "points-point-1-partly", "Question 2, partly: write a whole number"),
        ({"points-point-1-not_counted": "yes"}, "points-point-1-not_counted", "Take one of them away"),
        ({"actions-1-who": "Duty worker"}, "actions-1-what", "Action 2: say what"),
        ({"actions-0-by": "soon"}, "actions-0-by", "such as 12 June 2027"),
        ({"points-point-0-words": "x" * 100_001}, "points-point-0-words", "100,001 characters"),
        ({"actions-0-what": "x" * 2_001}, "actions-0-what", "2,001 characters"),
    ],
)
def test_what_was_said_says_what_to_change_and_is_kept(
    leader: Client, place: World, given: dict[str, str], field: str, said: str
) -> None:
    answer = leader.post_form(worlds.begin(leader, place), {**SAID, **given, "do": "continue"}, at="/said")
    assert answer.status_code == 422
    assert said in faults(answer)[field] and len(faults(answer)) == 1
    shown = form_at(answer, "/said")
    name, typed = next(iter(given.items()))
    assert shown[name] in (typed, [typed])
    assert shown["points-point-0-words"] == given.get("points-point-0-words", SAID["points-point-0-words"])
    assert draft_now().content["question_to_lead"] == "Who can train us?"


def test_a_fault_of_the_whole_page_stands_in_its_summary(leader: Client, place: World) -> None:
    much = {f"points-point-{n}-words": "x" * 100_000 for n in range(3)}
    answer = leader.post_form(worlds.begin(leader, place), {**SAID, **much, "do": "continue"}, at="/said")
    assert answer.status_code == 422
    assert "The most that can be kept at once is 300,000" in answer.text
    assert form_at(answer, "/said")["points-point-2-words"] == much["points-point-2-words"]


def test_save_and_come_back_later_keeps_what_cannot_be_used_yet(leader: Client, place: World) -> None:
    half = {"held_on-day": "the 18th", "present": "about 8", "do": "later"}
    answer = leader.post_form(place.meeting, half, at="/meeting", follow_redirects=True)
    assert answer.status_code == 200
    assert "Everything you typed is kept" in words(answer) and f"/teams/{place.team}" in answer.text
    shown = form_at(leader.get(place.meeting), "/meeting")
    assert (shown["held_on-day"], shown["present"]) == ("the 18th", "about 8")
    assert "/said" in answer.text, "the way on is on the page"


def test_earlier_texts_are_offered_once_there_are_some(leader: Client, place: World) -> None:
    page2 = worlds.begin(leader, place)
    assert leader.post_form(page2, {**SAID, "do": "later"}, at="/said").status_code == 303
    assert "Look at earlier texts" not in leader.get(page2).text, "both pages were written for the first time"
    leader.post_form(page2, {**SAID, "question_to_lead": "", "do": "later"}, at="/said")
    assert "Look at earlier texts" in leader.get(page2).text


def test_another_action_is_added_without_losing_anything(leader: Client, place: World) -> None:
    page2 = worlds.begin(leader, place)
    answer = leader.post_form(page2, {**SAID, "actions-0-by": "soon", "do": "more"}, at="/said")
    assert answer.location == f"{page2}#actions-1-what"
    shown = form_at(leader.get(page2), "/said")
    assert [name for name in shown if name.endswith("-what")] == [f"actions-{n}-what" for n in range(2)]
    assert {name: shown[name] for name in SAID if name != "actions-0-by"} == {
        name: text for name, text in SAID.items() if name != "actions-0-by"
    }
    assert shown["actions-0-by"] == "soon"


def test_enter_in_a_line_goes_on_and_does_not_add_a_row(leader: Client, place: World) -> None:
    for page, at in ((leader.get(place.meeting), "/meeting"), (leader.get(worlds.begin(leader, place)), "/said")):
        whole = parse(page)
        form = next(form for form in whole.iter("form") if form.get("action", "").endswith(at))
        inside, named = {*form.iter("button")}, form.get("id", "none")
        first = next(e for e in whole.iter("button") if e in inside or e.get("form") == named)
        assert first.get("value") == "continue"


def test_the_way_back_to_the_meeting_keeps_what_was_typed_as_it_stands(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    answer = leader.post_form(said, {**SAID, "points-point-1-yes": "many", "do": "back"}, at="/said")
    assert (answer.status_code, answer.location) == (303, place.meeting)
    assert draft_now().content["points"]["point-1"]["yes"] == "many"
    assert draft_now().content["points"]["point-0"]["words"] == SAID["points-point-0-words"]


def test_a_draft_that_cannot_be_sent_says_why_on_the_last_page_and_has_no_button(leader: Client, place: World) -> None:
    later = leader.post_form(place.meeting, {**MEETING, "present": "", "do": "later"}, at="/meeting")
    page = leader.get(later.location.replace("saved", "check"))
    assert page.status_code == 200
    assert faults(page) == {"present": "Say how many people were there."}
    assert not [form for form in parse(page).iter("form") if form.get("action", "").endswith("/check")]


def test_a_draft_that_a_colleague_changed_meanwhile_is_not_sent_unseen(
    leader: Client, place: World, app: Flask
) -> None:
    check = worlds.write(leader, place)
    stale = worlds.to_send(leader, check)
    colleague = worlds.browser_of(app, place.colleague)
    colleague.post_form(place.meeting, {"present": "9", "do": "continue"}, at="/meeting")
    answer = leader.post(check, data=stale)
    assert answer.status_code == 409 and "changed after you opened it" in answer.text
    assert count(Minutes) == 0
    assert leader.post(check, data={**form_at(answer, "/check"), "nobody_known": "yes"}).status_code == 303


def test_back_reload_and_a_second_click_lead_to_the_same_receipt(leader: Client, place: World) -> None:
    check = worlds.write(leader, place)
    sending = worlds.to_send(leader, check)
    said = check.replace("check", "said")
    typed = form_at(leader.get(said), "/said")
    receipts = {leader.post(check, data=sending).location for _ in range(3)}
    receipts |= {leader.get(url).location for url in (check, said, check.replace("check", "saved"))}
    receipts.add(leader.post(said, data={**typed, "do": "continue"}).location)
    assert len(receipts) == 1 and count(Minutes) == 1


def test_an_old_page_may_be_saved_again_from_the_browsers_memory(leader: Client, place: World) -> None:
    said = worlds.begin(leader, place)
    page = form_at(leader.get(said), "/said")
    assert leader.post(said, data={**page, **SAID, "do": "continue"}).status_code == 303
    again = leader.post(said, data={**page, **SAID, "question_to_lead": "Another one?", "do": "continue"})
    assert again.status_code == 303 and draft_now().content["question_to_lead"] == "Another one?"


def test_an_organisation_without_a_lead_is_told_so(app: Flask, client: Client) -> None:
    def nobody(session: Session, circle: make.Circle) -> None:
        for held in session.scalars(select(Appointment).where(Appointment.role.in_([Role.LEAD, Role.DEPUTY]))):
            held.ends_on = held.starts_on

    place = worlds.world(nobody)
    leader = client.as_person(place.leader)
    check = worlds.write(leader, place)
    assert "has no safeguarding lead here at the moment" in words(leader.get(check))
    button = next(e for e in form_of(leader.get(check), "/check").iter("button"))
    assert "".join(button.itertext()).strip() == "Send"
    receipt = leader.post_form(check, {"nobody_known": "yes"}, at="/check", follow_redirects=True)
    assert "Your minutes are kept" in words(receipt) and "they go to the lead as soon as there is one" in words(receipt)


def test_a_lead_records_for_a_team_and_it_goes_to_the_deputy(client: Client, place: World) -> None:
    lead = client.as_person(place.lead)
    page = words(lead.get(worlds.write(lead, place)))
    assert "You are the safeguarding lead yourself, so the minutes go to your deputy" in page


def test_pages_hold_their_text_whatever_it_is(leader: Client, place: World) -> None:
    page = leader.get(worlds.write(leader, place, question_to_lead="<script>alert(1)</script>{{7*7}}{% x %}"))
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}{% x %}" in page.text


@pytest.mark.parametrize(
    ("words_of_it", "sentence"),
    [
        (WAITING, "The email to Lead is waiting to send."),
        (SENT, "The email to Lead was sent to the mail system."),
        (
            UNCONFIRMED,
            "The email to Lead was sent, but the mail system did not confirm it. The minutes can be read here.",
        ),
        (
            "Could not be sent: the mailbox is full",
            "The email to Lead: could not be sent: the mailbox is full. The minutes can still be read here.",
        ),
    ],
)
def test_the_receipt_makes_a_sentence_of_what_mail_did(words_of_it: str, sentence: str) -> None:
    assert pages._mail("Lead", Progress(words=words_of_it, owed_since=NOW), NOW, weekly=False) == sentence


def test_the_receipt_says_that_an_email_is_delayed() -> None:
    waits = Progress(words=WAITING, state=State.RETRY, owed_since=NOW)
    assert pages._mail("Lead", waits, NOW + timedelta(minutes=15), weekly=False) == (
        "The email to Lead is delayed: it is still waiting to send. The minutes can be read here."
    )
