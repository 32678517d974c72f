"""What the dated list says of letters: every try and what came back, in plain words, and for the lead the mail system's
own; and that it stays as short as its story."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import now
from app.discussions.models import Minutes
from app.forwarding.course import course
from app.forwarding.history import history
from app.forwarding.letters import LONGEST_SAID, Line
from app.organisations.models import Person
from app.post.models import AddressCleared, Attempt, Bounce, BounceKind, Delivery, Outcome, State
from tests import factories as make
from tests.client import parse
from tests.conftest import NOW
from tests.forwarding.scene import Scene, counted
from tests.forwarding.visits import Visits, earlier, words

MINUTE = timedelta(minutes=1)
TAKEN = (Outcome.ACCEPTED, "confirmation", "250 2.0.0 Ok: queued as 4F2")
LATER = (Outcome.TEMP, "recipient", "451 4.7.1 Greylisted, come back later")
AWAY = (Outcome.TEMP, "connection", "The mail system could not be reached.")
NOBODY = (Outcome.PERM, "recipient", "550 5.1.1 <lead@trust.test>: no such mailbox")
DOUBT = (Outcome.MAYBE, "confirmation", "The mail system did not answer in time.")
CUT = (Outcome.STOPPED, "", "")
UNWRITTEN = (Outcome.UNWRITTEN, "", "KeyError at forwarding/emails.py:12")


@pytest.fixture
def scene(session: Session) -> Scene:
    made = Scene(session, short_name="ESSCP")
    made.leader.name, made.lead.name = "Leader", "Lead"
    session.flush()
    return made


def letter(scene: Scene, about: str, to: Person, *tries: tuple[Outcome, str, str], **values: Any) -> Delivery:
    """A letter tried once a minute, from the minute after it was owed."""
    defaults: dict[str, Any] = {"kind": "minutes", "owed_since": NOW, "message_id": f"<{about}-{to.ref}@x>"}
    row = make.kept(scene.session, Delivery(about=about, person=to.ref, **{**defaults, **values}))
    for number, (outcome, phase, reply) in enumerate(tries, 1):
        tried = {"delivery_id": row.id, "at": row.owed_since + number * MINUTE, "address": "lead@trust.test"}
        make.kept(scene.session, Attempt(**tried, outcome=outcome, phase=phase, reply=reply))
    return row


def came_back(scene: Scene, row: Delivery, after: int, kind: BounceKind = BounceKind.FAILED) -> None:
    said = {"status": "5.1.1", "reply": "smtp; 550 no such mailbox", "address": "lead@trust.test", "flags": True}
    where = {"delivery_id": row.id, "at": NOW + after * MINUTE, "sent_at": NOW, "digest": f"{after}"}
    make.kept(scene.session, Bounce(**where, **said, kind=kind))


def lines(scene: Scene, minutes: Minutes, *, whole: bool = True, each: bool = False) -> list[Line]:
    """The list without its first line, which says that the minutes were sent."""
    scene.session.flush()
    found = course(scene.session, scene.actor(scene.lead), minutes)
    return history(scene.session, minutes, found, whole=whole, each=each)[1:]


def sentences(scene: Scene, minutes: Minutes) -> list[str]:
    return [line.sentence for line in lines(scene, minutes)]


def test_a_lead_reads_where_a_letter_went_and_the_mail_systems_own_words(scene: Scene) -> None:
    minutes = scene.sent()
    letter(scene, minutes.ref, scene.lead, LATER, TAKEN, state=State.ACCEPTED)
    later, taken = lines(scene, minutes)
    assert later.sentence == (
        "The mail system could not take the email to Lead yet: the mail system asked us to try again later."
    ), "what follows is said by the next line"
    assert later.said == ("To lead@trust.test. The mail system’s own words: “451 4.7.1 Greylisted, come back later”")
    assert taken.sentence == "The mail system took the email to Lead."
    assert "“250 2.0.0 Ok: queued as 4F2”" in taken.said


def test_the_team_reads_names_and_plain_words_and_neither_addresses_nor_the_mail_systems(scene: Scene) -> None:
    minutes = scene.sent()
    row = letter(scene, minutes.ref, scene.lead, NOBODY, TAKEN, state=State.BOUNCED)
    came_back(scene, row, 5)
    found = lines(scene, minutes, whole=False)
    assert len(found) == 3 and not any(line.said or "@" in line.sentence for line in found)


def test_what_came_back_stands_in_its_place_with_why(scene: Scene) -> None:
    minutes = scene.sent()
    row = letter(scene, minutes.ref, scene.lead, TAKEN, state=State.BOUNCED)
    came_back(scene, row, 3, BounceKind.DELAYED)
    came_back(scene, row, 9)
    scene.has(minutes, at=NOW + 5 * MINUTE)
    noise = letter(scene, scene.sent().ref, scene.lead, TAKEN, state=State.BOUNCED)
    came_back(scene, noise, 9)
    assert sentences(scene, minutes) == [
        "The mail system took the email to Lead.",
        "The mail system is still trying to pass the email to Lead on.",
        "Lead, Named Nurse, said “I have this”, and does not share it for now.",
        "The email to Lead came back: there is no such address. The minutes can still be read here.",
    ]
    assert "“smtp; 550 no such mailbox”" in lines(scene, minutes)[-1].said


@pytest.mark.parametrize("before", [DOUBT, CUT])
def test_a_letter_that_may_have_arrived_twice_says_so(scene: Scene, before: tuple[Outcome, str, str]) -> None:
    minutes = scene.sent()
    letter(scene, minutes.ref, scene.lead, before, TAKEN, state=State.ACCEPTED)
    assert sentences(scene, minutes)[-1] == (
        "The mail system took the email to Lead. It may have arrived twice, because an earlier try was not confirmed."
    )


def test_a_letter_that_is_in_doubt_to_the_end_is_not_promised_to_be_sent_again(scene: Scene) -> None:
    minutes = scene.sent()
    letter(scene, minutes.ref, scene.lead, DOUBT, DOUBT, state=State.MAYBE_SENT)
    assert sentences(scene, minutes) == [
        "The email to Lead may have been sent.",
        "The email to Lead may have been sent. It may have arrived twice or not at all. It is not sent again.",
    ]


def test_a_letter_that_was_given_up_says_so(scene: Scene) -> None:
    minutes = scene.sent()
    letter(scene, minutes.ref, scene.lead, LATER, AWAY, state=State.FAILED)
    assert sentences(scene, minutes)[-1] == (
        "The mail system could not take the email to Lead yet: the mail system could not be reached. "
        "It is not tried again."
    )


def test_hundreds_of_tries_are_one_line_with_the_last_answer(scene: Scene) -> None:
    minutes = scene.sent()
    tries = [LATER] * 3 + [UNWRITTEN] + [LATER] * 60 + [AWAY] * 60 + [TAKEN]
    letter(scene, minutes.ref, scene.lead, *tries, state=State.ACCEPTED)
    found = lines(scene, minutes)
    assert len(found) == 3 + 1 + 1 + 1
    assert found[3].sentence == "The email to Lead could not be written yet."
    assert "KeyError" not in found[3].said, "a fault of ours is no word of the mail system's"
    assert found[4].sentence == (
        "The mail system could not take the email to Lead yet. It was tried 120 times between 23 November 2026 at "
        "10:05 and 23 November 2026 at 12:04; the last time: the mail system could not be reached."
    )
    assert found[4].at == NOW + 124 * MINUTE
    assert "own words" not in found[4].said, "the last try had no answer"
    assert [line.times for line in found] == [1, 1, 1, 1, 120, 1]


def test_whoever_asks_for_each_try_reads_each_with_what_the_mail_system_said(scene: Scene) -> None:
    minutes = scene.sent()
    letter(scene, minutes.ref, scene.lead, *[LATER] * 60, *[AWAY] * 60, TAKEN, state=State.ACCEPTED)
    found = lines(scene, minutes, each=True)
    assert len(found) == 121 and {line.times for line in found} == {1}
    assert len({line.at for line in found}) == 121
    assert [("own words" in line.said) for line in found] == [True] * 60 + [False] * 60 + [True]
    assert not [line for line in found if "It was tried" in line.sentence]


def test_a_letter_that_waits_or_is_not_wanted_any_more_is_told_before_any_try(scene: Scene) -> None:
    minutes = scene.sent()
    reason = "Letters to this address come back: the mailbox is full."
    letter(scene, minutes.ref, scene.lead, state=State.HELD, last_reason=reason, next_try_at=NOW)
    gone = {"state": State.SUPERSEDED, "last_reason": "Somebody has these minutes by now."}
    letter(scene, minutes.ref, scene.deputy, owed_since=NOW + MINUTE, **gone)
    scene.deputy.name = "Deputy"
    assert sentences(scene, minutes) == [
        "The email to Lead waits to be sent: letters to this address come back: the mailbox is full.",
        "The email to Deputy was not sent: somebody has these minutes by now.",
    ]


def test_a_letter_that_waits_is_said_to_be_delayed_after_a_quarter_of_an_hour(scene: Scene) -> None:
    minutes = scene.sent()
    letter(scene, minutes.ref, scene.lead, TAKEN, LATER, state=State.RETRY, next_try_at=NOW)
    letter(scene, minutes.ref, scene.deputy, state=State.QUEUED, next_try_at=NOW)
    held = {"state": State.HELD, "last_reason": "Letters to this address come back.", "next_try_at": NOW}
    letter(scene, minutes.ref, scene.leader, AWAY, kind="heard", **held)
    scene.deputy.name = "Deputy"

    def slow(after: int) -> list[tuple[str, str]]:
        scene.session.flush()
        found = course(scene.session, scene.actor(scene.lead), minutes)
        told = history(scene.session, minutes, found, now=NOW + after * MINUTE)
        assert len(told) == 5
        return [(line.sentence, line.delayed) for line in told if "delayed" in line.sentence or line.delayed]

    away = "The mail system could not take the email to Lead yet: the mail system asked us to try again later."
    assert slow(14) == []
    assert slow(15) == [
        ("The email to Deputy waits to be sent. It is delayed by more than 15 minutes.", "Deputy"),
        (f"{away} It will be tried again. It is delayed by more than 15 minutes.", "Lead"),
    ], "the newest try at each alone, and nothing that is held"


def test_an_answer_to_a_question_is_told_with_its_letter(scene: Scene) -> None:
    from app.forwarding import services

    minutes = scene.sent()
    asked = scene.ask(minutes, at=NOW + MINUTE)
    answer = services.answer_question(
        scene.session, scene.actor(scene.leader), asked, "All of us.", now=NOW + 2 * MINUTE
    )
    scene.session.flush()
    letter(scene, asked.ref, scene.leader, TAKEN, kind="question", owed_since=NOW + MINUTE)
    letter(scene, answer.ref, scene.lead, TAKEN, kind="answered", owed_since=NOW + 2 * MINUTE)
    found = sentences(scene, minutes)
    assert found[0] == "Lead, Named Nurse, asked the team a question."
    assert sorted(found[1:3]) == [
        "Leader answered the question.",
        "The mail system took the email about the question to Leader.",
    ]
    assert found[3] == "The mail system took the email about the answer to Lead."


def test_the_words_of_a_mail_system_are_cut_short_and_never_markup(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        minutes = scene.sent(at=earlier())
        row = letter(scene, minutes.ref, scene.lead, (Outcome.TEMP, "recipient", f"451 <b>{'x' * 290}"))
        row.next_try_at = NOW
        return {"minutes": minutes.ref}

    place = Visits(app, arrange)
    page = place.page("lead", f"/minutes/{place.refs['minutes']}")
    assert "<b>x" not in page.text and "&lt;b&gt;x" in page.text
    assert f"“451 <b>{'x' * (LONGEST_SAID - 7)}…”" in words(page)
    assert "451" not in words(place.page("leader", f"/minutes/{place.refs['minutes']}"))


def test_the_page_offers_each_of_many_tries_and_a_team_reads_no_word_of_the_mail_system(app: Flask) -> None:
    def arrange(scene: Scene) -> dict[str, Any]:
        minutes, other = scene.sent(at=earlier()), scene.sent(at=earlier())
        letter(scene, minutes.ref, scene.lead, *[LATER] * 7, next_try_at=NOW)
        letter(scene, other.ref, scene.lead, *[LATER] * 3, next_try_at=NOW)
        return {"minutes": minutes.ref, "other": other.ref}

    place = Visits(app, arrange)
    url = f"/minutes/{place.refs['minutes']}"
    for who, own_words in ("lead", 7), ("leader", 0):
        page = place.page(who, url)
        link = next(a.get("href", "") for a in parse(page).iter("a") if a.text == "List each of these 7 tries")
        assert words(page).count("could not take the email to Lead yet") == 1
        each = place.page(who, link)
        assert words(each).count("could not take the email to Lead yet") == 7
        assert words(each).count("Greylisted") == own_words
        assert "List each" not in words(each)
    assert "List each" not in words(place.page("lead", f"/minutes/{place.refs['other']}"))


def test_the_list_takes_as_many_statements_and_lines_for_any_number_of_tries(scene: Scene) -> None:
    few, many = scene.sent(), scene.sent()
    for minutes, number in (few, 5), (many, 400):
        row = letter(scene, minutes.ref, scene.lead, *[LATER] * number, next_try_at=NOW)
        came_back(scene, row, 3)
        assert minutes.edition.points and not minutes.actions
    lead = scene.actor(scene.lead)
    found = []
    for minutes in (few, many):
        scene.session.flush()
        with counted(scene.session) as said:
            lines_ = history(scene.session, minutes, course(scene.session, lead, minutes), whole=True)
        found.append((len(said), len(lines_)))
    assert found[0] == found[1]


def test_the_digest_of_the_document_is_told_to_everybody_who_reads_the_list(scene: Scene) -> None:
    minutes = scene.sent()
    document = scene.documented(minutes)
    made = lines(scene, minutes, whole=False)[0]
    assert made.sentence == "The Word document was made." and made.said.endswith(f": {document.digest}")


@pytest.mark.parametrize("who", ["leader", "lead"])
@pytest.mark.parametrize(("waited", "state"), [(14, State.RETRY), (16, State.RETRY), (16, State.ACCEPTED)])
def test_the_page_says_above_its_list_that_an_email_is_delayed(app: Flask, who: str, waited: int, state: State) -> None:
    def arrange(scene: Scene) -> dict[str, str]:
        scene.lead.name = "Lead"
        minutes = scene.sent(at=earlier())
        values = {"state": state, "owed_since": now() - waited * MINUTE}
        waits = {"next_try_at": now()} if state is State.RETRY else {}
        letter(scene, minutes.ref, scene.lead, TAKEN if state is State.ACCEPTED else LATER, **values, **waits)
        return {"made": minutes.ref}

    place = Visits(app, arrange)
    said = words(place.page(who, f"/minutes/{place.refs['made']}"))
    slow = "The email to Lead is delayed: it is still waiting to send. Lead can read these minutes here."
    is_delayed = waited > 15 and state is State.RETRY
    assert (slow in said, "It is delayed by more than 15 minutes." in said) == (is_delayed, is_delayed)


def test_that_a_letter_was_held_back_is_told_once_it_went(scene: Scene) -> None:
    earlier_, minutes = scene.sent(), scene.sent()
    came_back(scene, letter(scene, earlier_.ref, scene.lead, TAKEN, state=State.BOUNCED), 3)
    cleared = AddressCleared(address="lead@trust.test", at=NOW + 20 * MINUTE, by="operator")
    make.kept(scene.session, cleared)
    letter(scene, minutes.ref, scene.lead, TAKEN, owed_since=NOW + 20 * MINUTE, kind="reminder")
    row = make.kept(
        scene.session,
        Delivery(kind="minutes", about=minutes.ref, person=scene.lead.ref, owed_since=NOW + 5 * MINUTE, message_id="h"),
    )
    tried = {"delivery_id": row.id, "at": NOW + 21 * MINUTE, "address": "lead@trust.test"}
    make.kept(scene.session, Attempt(**tried, outcome=TAKEN[0], phase=TAKEN[1], reply=TAKEN[2]))
    why = "letters to this address came back: there is no such address"
    assert [(line.at, line.sentence) for line in lines(scene, minutes) if "reminds" not in line.sentence] == [
        (
            NOW + 5 * MINUTE,
            f"The email to Lead was held back: {why}. The minutes can still be read here.",
        ),
        (
            NOW + 20 * MINUTE,
            "The address was said to be right again, so the email to Lead was held back no longer.",
        ),
        (NOW + 21 * MINUTE, "The mail system took the email to Lead."),
    ]
    assert not any("held back" in said for said in sentences(scene, earlier_)), "it came back itself"
