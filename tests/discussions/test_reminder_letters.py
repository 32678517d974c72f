"""What the reminder to answer says; one letter for all that is due to a person, with minutes to read in it too."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Circulation
from app.discussions import emails
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.discussions.one_a_day import SAY_WHAT_WAITS
from app.organisations.models import Person
from app.policy import Role
from app.post.composing import compose
from app.post.models import Delivery, Held, State
from tests import factories as make
from tests.discussions.reminded import AFTER, BEFORE, BY, DAY, LAST, LAUNCH, TO_ANSWER, launched, moved, on
from tests.forwarding.scene import Scene
from tests.forwarding.sending import LATER, TOOK, Sending, Sent

BOTH = TO_ANSWER | {"reminder"}
SECRET = "Nobody may read this in a letter"
MEETING = {"held_on": {"day": "2", "month": "6", "year": "2026"}}


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    return launched(session)


def to(sent: list[Sent], who: Person) -> list[Sent]:
    return [one for one in sent if one.person == who.ref]


def begun(scene: Scene, content: dict[str, object], at: date = BEFORE - 3 * DAY) -> Draft:
    asked, when = scene.asked, on(at)
    where = {"organisation_id": asked.organisation_id, "asked_id": asked.id, "changed_by_id": scene.leader.id}
    return make.kept(scene.session, Draft(**where, begun_at=when, changed_at=when, content=content))


def another(scene: Scene, *, by: date = BY, asker: str = "") -> Circulation:
    """The first team is asked about another briefing too, by the same partnership or another."""
    session, circle = scene.session, scene.circle
    partnership = make.partnership(session, short_name=asker) if asker else circle.partnership
    text = make.edition(session, partnership, title="Leaving hospital", short_title="Hospital")
    made = make.circulate(session, partnership, text, [circle.teams[0]], at=LAUNCH, answer_by=by)
    made.asked[0].team_name = "North"
    session.flush()
    return made


def test_the_letter_before_the_date_reads_like_this(scene: Scene) -> None:
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(BEFORE)), scene.leader)
    link = f"http://localhost/asked/{scene.asked.ref}"
    assert found.letter.to_address == scene.leader.addresses[0].email
    assert found.letter.reply_to == "office@esscp.gov.uk"
    assert found.letter.subject == "Still open: North: to discuss by 26 June – NAI under 5"
    assert found.letter.body == (
        "Dear Leader\n\n"
        "The ESSCP asked for an answer about this learning briefing, and it is still open:\n\n"
        "- North (Community Trust): Injuries to small children\n"
        "  Asked for by 26 June 2026.\n"
        "  Nothing is written yet. Write up what was said here:\n"
        f"  {link}/meeting\n"
        "  Not relevant to you, or discussed with another team? Say so here:\n"
        f"  {link}/other\n\n"
        "Talking about a briefing takes 20 minutes, at a meeting that you hold anyway, and writing it up about 10.\n\n"
        "No password: the link asks for your work email address, and we send you a code.\n\n"
        "You get at most one such email a day, about everything that is due. None comes once the answer is here: if "
        "somebody is about to send it, there is nothing you need to do.\n\n"
        "Questions: answer this letter, or write to ESSCP office: office@esscp.gov.uk\n\n"
        "--\n"
        "This is not a way to report a concern about a child.\n"
        "Single point of advice: 01234 567890\n"
        "Emergency: 999\n"
    ), found.letter.body


def test_after_the_date_it_is_still_open_and_nothing_is_called_late(scene: Scene) -> None:
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(AFTER)), scene.leader)
    assert found.letter.subject == "Still open: North: to discuss – NAI under 5"
    assert "  Asked for by 26 June 2026, and still open.\n" in found.letter.body
    for word in ("late", "overdue", "failed", "missed", "chase"):
        assert word not in found.letter.body.split("No password")[0].replace("translate", "")


def test_a_team_that_has_started_is_led_back_to_its_draft_and_nothing_of_it_is_read_out(scene: Scene) -> None:
    begun(scene, {**MEETING, "points": {"point-0": {"words": SECRET}}})
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(BEFORE)), scene.leader)
    assert found.letter.subject == "Still open: North: minutes to finish – NAI under 5"
    assert "  Started: Leader wrote last on 16 June 2026. Go on writing here:\n" in found.letter.body
    assert "takes 20 minutes" not in found.letter.body and SECRET not in found.letter.body


def test_a_draft_with_nothing_in_it_is_not_started(scene: Scene) -> None:
    begun(scene, {"saved": {}})
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(BEFORE)), scene.leader)
    assert "Nothing is written yet." in found.letter.body


def test_a_date_that_was_changed_is_told_with_the_day_of_the_change(scene: Scene) -> None:
    moved(scene, date(2026, 7, 31), on(date(2026, 6, 10)))
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(date(2026, 7, 24))), scene.leader)
    assert "Asked for by 31 July 2026 (the date was changed on 10 June 2026)." in found.letter.body


def test_a_name_of_a_team_breaks_no_line_and_no_letter(scene: Scene) -> None:
    scene.asked.team_name = "A" * 200
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(BEFORE)), scene.leader)
    assert "…" in found.letter.subject and len(found.letter.subject) < 140


def test_all_that_is_due_to_a_person_stands_in_one_letter_by_whichever_partnership(scene: Scene) -> None:
    other = another(scene, asker="Westshire SCP")
    begun(scene, MEETING)
    sending = Sending(scene.session, TO_ANSWER)
    [found] = to(sending.look(on(BEFORE)), scene.leader)
    assert found.letter.subject == "Still open: 1 briefing to discuss and 1 set of minutes to finish"
    assert "The ESSCP and the Westshire SCP asked for answers about these learning briefings" in found.letter.body
    for ref in (scene.asked.ref, other.asked[0].ref):
        assert f"http://localhost/asked/{ref}/meeting" in found.letter.body
    assert (scene.leader.ref, emails.SAID.reason) in sending.not_sent
    assert set(found.letter.tells_of) == {scene.asked.ref, other.asked[0].ref}
    assert not sending.look(on(BEFORE, 15)) and not to(sending.look(on(BEFORE + 3 * DAY)), scene.leader)


def test_what_falls_due_on_the_next_day_has_a_letter_of_its_own(scene: Scene) -> None:
    another(scene, by=date(2026, 6, 29))
    sending = Sending(scene.session, TO_ANSWER)
    assert [one.letter.subject for one in to(sending.look(on(BEFORE)), scene.leader)] == [
        "Still open: North: to discuss by 26 June – NAI under 5"
    ]
    assert [one.letter.subject for one in to(sending.look(on(BEFORE + 3 * DAY)), scene.leader)] == [
        "Still open: North: to discuss by 29 June – Hospital"
    ]


# With minutes to read


@pytest.fixture
def both(scene: Scene) -> Scene:
    """The leader of the first team is its deputy lead too, and minutes of the second are due to be read."""
    scene.appointed(Role.DEPUTY, who=scene.leader)
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    recorder = make.person(scene.session)
    scene.sent(recorder, scene.south, at=on(BEFORE - 7 * DAY))
    return scene


def test_whoever_leads_a_team_and_receives_minutes_gets_one_letter_about_both(both: Scene) -> None:
    sending = Sending(both.session, BOTH)
    [found] = to(sending.look(on(BEFORE)), both.leader)
    assert found.kind == "reminder"
    assert found.letter.subject == "Still open: 1 set of minutes to read, and 1 briefing to discuss"
    assert "This set of minutes is still to be read." in found.letter.body
    assert "Still to answer\n\nThis was asked of teams that you write for, and is still open:\n" in found.letter.body
    assert f"http://localhost/asked/{both.asked.ref}/meeting" in found.letter.body
    for minute in range(0, 400, 7):
        assert not to(sending.look(on(BEFORE) + timedelta(minutes=minute)), both.leader)
    assert (both.leader.ref, emails.SAID.reason) in sending.not_sent


def test_the_reminder_to_answer_goes_alone_where_there_is_nothing_to_read_any_more(both: Scene) -> None:
    sending = Sending(both.session, BOTH, answers=lambda letter: LATER)
    assert not sending.look(on(BEFORE))
    both.has(both.session.query(Minutes).one(), both.leader, at=on(BEFORE, 10))
    sending.answers = lambda letter: TOOK
    found = [one for hour in (11, 12, 13) for one in to(sending.look(on(BEFORE, hour)), both.leader)]
    assert [one.kind for one in found] == ["to_answer"]


def test_one_that_went_out_makes_the_other_kind_wait_for_the_next_working_day(both: Scene) -> None:
    alone = Sending(both.session, TO_ANSWER)
    assert to(alone.look(on(BEFORE)), both.leader)
    sending = Sending(both.session, BOTH)
    for hour in (9, 10, 15):
        assert not to(sending.look(on(BEFORE, hour)), both.leader), "a Friday"
    [found] = to(sending.look(on(BEFORE + 3 * DAY)), both.leader)
    assert found.kind == "reminder" and "Still to answer" not in found.letter.body


def test_while_one_is_being_sent_by_another_sender_the_other_kind_waits(both: Scene) -> None:
    owed = next(one for one in emails.owed(both.session, on(BEFORE)) if one.person == both.leader.ref)
    key = {"about": owed.about, "role": owed.role, "place": owed.place, "person": owed.person}
    going = {"state": State.SENDING, "lease_until": on(BEFORE, 10), "next_try_at": on(BEFORE, 10)}
    mine = make.kept(
        both.session, Delivery(kind="to_answer", **key, owed_since=owed.since, message_id="<a@test>", **going)
    )
    for kind in set(SAY_WHAT_WAITS) - {"to_answer"}:
        other = {"kind": kind, "about": kind, "person": owed.person, "owed_since": owed.since}
        row = make.kept(both.session, Delivery(**other, message_id=f"<{kind}@test>", **going))
        held = emails.letter(both.session, mine, on(BEFORE))
        assert isinstance(held, Held) and held.look_again == timedelta(minutes=1)
        both.session.delete(row)
        both.session.flush()
    assert not isinstance(emails.letter(both.session, mine, on(BEFORE)), Held)


def test_one_whose_turn_comes_at_a_weekend_waits_for_monday_and_is_not_given_up(scene: Scene) -> None:
    sending = Sending(scene.session, TO_ANSWER, answers=lambda letter: LATER)
    sending.look(on(BEFORE, 16))
    for one in scene.session.query(Delivery):
        held = emails.letter(scene.session, one, on(BEFORE + DAY, 11))
        assert isinstance(held, Held) and on(BEFORE + DAY, 11) + held.look_again == on(BEFORE + 3 * DAY)


def test_every_kind_that_says_what_waits_is_a_letter_of_the_service(app: Flask) -> None:
    written = {kind for letters in app.extensions["post"].letters for kind in letters.KINDS}
    assert set(SAY_WHAT_WAITS) <= written


def test_it_goes_out_as_plain_text_with_lines_that_any_mail_system_takes(app: Flask, scene: Scene) -> None:
    [found] = to(Sending(scene.session, TO_ANSWER).look(on(LAST)), scene.leader)
    made = compose(found.letter, message_id="<x@test>", sender="circulation@service.test", now=on(LAST))
    assert max(map(len, made.content.splitlines())) < 998
