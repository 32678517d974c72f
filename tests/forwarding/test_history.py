"""The plain dated list of what happened to a set of minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.clock import moment_words
from app.discussions.models import Action, Minutes
from app.forwarding import services
from app.forwarding.course import course
from app.forwarding.history import history
from app.forwarding.letters import Line
from app.organisations.models import Person
from app.policy import Role
from app.post.models import Attempt, Delivery, Outcome, State
from app.trail.services import note
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import EARLIER, Scene, counted

MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(session: Session) -> Scene:
    made = Scene(session, short_name="ESSCP")
    for person, name in [(made.leader, "Leader"), (made.lead, "Lead"), (made.deputy, "Deputy")]:
        person.name = name
    session.flush()
    return made


def read(scene: Scene, minutes: Minutes, person: Person, after: int, kind: str = "read") -> None:
    note(scene.session, scene.actor(person), kind, minutes.ref, now=NOW + after * MINUTE)


def posted(scene: Scene, kind: str, about: str, person: Person, outcome: Outcome, after: int) -> None:
    """A letter that was tried once, and is tried again where that is what follows."""
    over = outcome in (Outcome.ACCEPTED, Outcome.PERM)
    letter = Delivery(
        kind=kind,
        about=about,
        person=person.ref,
        owed_since=NOW,
        message_id=f"<{kind}-{about}-{after}@x>",
        next_try_at=None if over else NOW,
    )
    make.kept(scene.session, letter)
    tried = Attempt(delivery_id=letter.id, at=NOW + after * MINUTE, outcome=outcome, phase="confirmation")
    make.kept(scene.session, tried)


def listed(scene: Scene, minutes: Minutes, **wanted: bool) -> list[Line]:
    scene.session.flush()
    return history(scene.session, minutes, course(scene.session, scene.actor(scene.lead), minutes), **wanted)


def told(scene: Scene, minutes: Minutes) -> list[tuple[int, str]]:
    """The list: minutes after it was sent, and the sentence."""
    return [(round((line.at - NOW) / MINUTE), line.sentence) for line in listed(scene, minutes)]


def test_a_lead_who_has_minutes_that_were_shared_before_does_not_take_the_share_back(scene: Scene) -> None:
    minutes = scene.sent()
    scene.share(minutes, at=NOW + MINUTE)
    services.acknowledge(scene.session, scene.actor(scene.lead), minutes, now=NOW + 2 * MINUTE)
    assert [line for _, line in told(scene, minutes)][-1] == (
        "Lead, Named Nurse, said “I have this”; what was shared stays shared."
    )


def test_everything_that_happened_is_told_in_its_order_with_names_and_titles(scene: Scene) -> None:
    minutes = scene.sent()
    scene.documented(minutes, at=NOW + MINUTE)
    posted(scene, "minutes", minutes.ref, scene.lead, Outcome.ACCEPTED, 2)
    for after in (4, 3, 5):
        read(scene, minutes, scene.lead, after)
    read(scene, minutes, scene.deputy, 6)
    asked = scene.ask(minutes, at=NOW + 7 * MINUTE)
    posted(scene, "question", asked.ref, scene.leader, Outcome.ACCEPTED, 8)
    scene.has(minutes, at=NOW + 9 * MINUTE)
    given = scene.share(minutes, at=NOW + 9 * MINUTE, point_0=True)
    posted(scene, "heard", minutes.ref, scene.leader, Outcome.ACCEPTED, 10)
    services.withdraw(scene.session, scene.actor(scene.deputy), given, now=NOW + 11 * MINUTE)
    assert told(scene, minutes) == [
        (0, "These minutes were sent by Leader."),
        (1, "The Word document was made."),
        (2, "The mail system took the email to Lead."),
        (3, f"Lead opened these minutes 3 times, last on {moment_words(NOW + 5 * MINUTE)}."),
        (6, "Deputy opened these minutes."),
        (7, "Lead, Named Nurse, asked the team a question."),
        (8, "The mail system took the email about the question to Leader."),
        (9, "Lead, Named Nurse, said “I have this”."),
        (9, "Lead, Named Nurse, shared answer 1 with the ESSCP; answer 1 may be quoted."),
        (10, "The mail system took the email about this to Leader."),
        (11, "Deputy took back what was shared with the ESSCP."),
    ]


def test_each_version_has_a_list_of_its_own(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.has(first, at=EARLIER)
    scene.share(first, at=EARLIER)
    scene.ask(first, at=EARLIER)
    second = scene.corrected(first, scene.lead)
    before = round((EARLIER - NOW) / MINUTE)
    assert told(scene, second) == [
        (before, "Lead, Named Nurse, asked the team a question about version 1."),
        (0, "Version 2 was sent by Lead."),
    ], "a correction is no answer, so that the question stays"
    assert told(scene, first)[-1] == (0, "Version 2 took its place.")
    assert len(told(scene, first)) == 5


def test_that_a_later_version_took_the_place_of_what_was_shared_is_told_of_the_first(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.has(first, at=EARLIER)
    scene.share(first, at=EARLIER)
    second = scene.corrected(first, at=EARLIER + MINUTE)
    told_before = [sentence for _, sentence in told(scene, first)]
    assert not [sentence for sentence in told_before if "in place" in sentence or "it took the place" in sentence]
    scene.has(second, at=EARLIER + 2 * MINUTE)
    scene.share(second, at=EARLIER + 2 * MINUTE)
    about = (
        "Version 2 was shared with the ESSCP by Lead, Named Nurse: it took the place of what was shared of this one."
    )
    assert told(scene, first)[-1][1] == about
    assert not [sentence for _, sentence in told(scene, second) if "of this one" in sentence]


def test_what_was_taken_back_before_is_not_said_to_be_replaced(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    scene.has(first, at=EARLIER)
    given = scene.share(first, at=EARLIER)
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=EARLIER + MINUTE)
    second = scene.corrected(first, at=EARLIER + 2 * MINUTE)
    scene.has(second, at=EARLIER + 3 * MINUTE)
    scene.share(second, at=EARLIER + 3 * MINUTE)
    scene.session.expire_all()
    assert not [sentence for _, sentence in told(scene, first) if "of this one" in sentence]


def test_a_letter_that_became_needless_is_told_after_what_made_it_so(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    said = {"last_reason": "Somebody has these minutes by now, or is said to have them.", "state": State.SUPERSEDED}
    who = {"kind": "reminder", "about": minutes.ref, "person": scene.deputy.ref, "message_id": "<reminder@x>"}
    make.kept(scene.session, Delivery(**who, **said, owed_since=EARLIER + MINUTE))
    waits = {**who, "kind": "minutes", "message_id": "<minutes@x>"}
    make.kept(scene.session, Delivery(**waits, owed_since=EARLIER + MINUTE, next_try_at=EARLIER + MINUTE))
    scene.has(minutes, at=EARLIER + 3 * MINUTE)
    found = [sentence for _, sentence in told(scene, minutes)]
    at = [next(i for i, one in enumerate(found) if part in one) for part in ("waits to be", "I have this", "not sent:")]
    assert at == sorted(at), found


def test_opening_minutes_again_moves_no_line_of_the_list(scene: Scene) -> None:
    minutes = scene.sent()
    read(scene, minutes, scene.lead, 1)
    scene.has(minutes, at=NOW + 2 * MINUTE)
    before = [(after, line.partition(" opened")[0]) for after, line in told(scene, minutes)]
    for after in (3, 4):
        read(scene, minutes, scene.lead, after)
        assert [(at, line.partition(" opened")[0]) for at, line in told(scene, minutes)] == before
    assert told(scene, minutes)[1] == (
        1,
        f"Lead opened these minutes 3 times, last on {moment_words(NOW + 4 * MINUTE)}.",
    )


def test_what_is_shared_again_and_with_whom_is_told_each_time(scene: Scene) -> None:
    other, asked = scene.other_partnership(short_name="WSCP")
    minutes = scene.sent(scene.leader, scene.asked, asked)
    scene.share(minutes, at=NOW + MINUTE)
    scene.share(minutes, scene.deputy, to=other, at=NOW + 2 * MINUTE, point_0=False, point_1=False)
    scene.share(minutes, at=NOW + 3 * MINUTE, point_0=False)
    assert [sentence for _, sentence in told(scene, minutes)][1:] == [
        "Lead, Named Nurse, shared answers 1, 2 and 3 with the ESSCP; none may be quoted.",
        "Deputy, Deputy safeguarding lead, shared answers 1 and 2 with the WSCP; none may be quoted.",
        "Lead, Named Nurse, shared answer 1 with the ESSCP; none may be quoted.",
    ]


def test_what_went_with_the_answers_is_told_and_what_was_held_back_is_not(scene: Scene) -> None:
    minutes = scene.sent(question_to_partnership="Who offers it?", actions=[Action(position=0, what="Ring both.")])
    answers = {response.id: response.point.key == "point-0" for response in minutes.responses}
    for number, parts in enumerate(
        [{}, {"question": False}, {"actions": False}, {"actions": False, "question": False}]
    ):
        who, to, at = scene.actor(scene.lead), scene.circle.partnership.id, NOW + number * MINUTE
        services.share(scene.session, who, minutes, to, answers, now=at, **parts)
    numbers, quoting = "Lead, Named Nurse, shared answers 1, 2 and 3", "with the ESSCP; answer 1 may be quoted."
    assert [sentence for _, sentence in told(scene, minutes)][1:] == [
        f"{numbers}, what the team will do and its question to the partnership {quoting}",
        f"{numbers} and what the team will do {quoting}",
        f"{numbers} and its question to the partnership {quoting}",
        f"{numbers} {quoting}",
    ]


def test_whoever_acknowledges_and_shares_nothing_at_that_moment_is_told_to_share_nothing_for_now(scene: Scene) -> None:
    minutes = scene.sent()
    scene.has(minutes, at=NOW + MINUTE)
    scene.share(minutes, at=NOW + 2 * MINUTE)
    said = [sentence for _, sentence in told(scene, minutes)]
    assert said[1] == "Lead, Named Nurse, said “I have this”, and does not share it for now."
    assert said[2].startswith("Lead, Named Nurse, shared answers 1, 2 and 3")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Outcome.ACCEPTED, "The mail system took the email to Lead."),
        (
            Outcome.TEMP,
            (
                "The mail system could not take the email to Lead yet: the mail system asked us to try again later. "
                "It will be tried again."
            ),
        ),
        (
            Outcome.PERM,
            (
                "The email to Lead could not be sent: the mail system refused the letter. "
                "The minutes can still be read here."
            ),
        ),
        (Outcome.MAYBE, "The email to Lead may have been sent. It will be sent again, so it may arrive twice."),
        (Outcome.STOPPED, "Sending the email to Lead was interrupted. It will be tried again."),
        (Outcome.UNWRITTEN, "The email to Lead could not be written yet. It will be tried again."),
    ],
)
def test_what_mail_did_is_told_in_plain_words_and_never_as_arrived(scene: Scene, outcome: Outcome, words: str) -> None:
    minutes = scene.sent()
    posted(scene, "minutes", minutes.ref, scene.lead, outcome, 1)
    assert told(scene, minutes)[1:] == [(1, words)]
    assert not {"delivered", "received"} & set(words.lower().split())


def test_neither_the_teams_own_reading_nor_any_bodys_words_stand_there(scene: Scene) -> None:
    minutes = scene.sent(answers={"point-0": "Secret"})
    read(scene, minutes, scene.leader, 1, "reread")
    scene.ask(minutes, words="Secret?")
    given = scene.share(minutes)
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW + MINUTE)
    assert not [sentence for _, sentence in told(scene, minutes) if "ecret" in sentence or "Leader read" in sentence]


def test_the_list_takes_as_many_statements_however_long_it_is(scene: Scene) -> None:
    few, many = scene.sent(), scene.sent()
    scene.share(few)
    for number in range(12):
        posted(scene, "minutes", many.ref, make.person(scene.session), Outcome.ACCEPTED, number)
        read(scene, many, make.person(scene.session), number)
        scene.ask(many, words=f"{number}?")
        scene.share(many, point_0=bool(number % 2))
    scene.session.flush()
    lead = scene.actor(scene.lead)
    for minutes in (few, many):
        assert minutes.edition.points and not minutes.actions  # the page has them already
    with counted(scene.session) as first:
        history(scene.session, few, course(scene.session, lead, few))
    with counted(scene.session) as second:
        assert len(history(scene.session, many, course(scene.session, lead, many))) == 1 + 4 * 12
    assert len(first) <= len(second) <= 16


def test_nothing_is_said_of_a_version_that_the_reader_may_not_read(scene: Scene) -> None:
    first = scene.sent(None, None, scene.south)
    second = make.minutes(
        scene.session, scene.asked, scene.leader, sent_at=NOW + MINUTE, thread=first.thread, version=2
    )
    scene.session.flush()
    scene.ask(second, words="Secret?")
    scene.share(second)
    south = scene.actor(make.holder(scene.session, Role.LEADER, scene.circle.organisation, (scene.circle.teams[1],)))
    theirs = course(scene.session, south, first)
    assert (list(theirs.versions), theirs.questions, theirs.shares, theirs.given) == ([first], [], [], [])
    whole = course(scene.session, scene.actor(scene.lead), first)
    assert (len(whole.versions), len(whole.questions), len(whole.shares)) == (2, 1, 1)
