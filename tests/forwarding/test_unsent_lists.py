"""Whoever sent minutes hears of it where a letter that was to tell of several could not be sent: once, and not where it
is needless."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.discussions.models import Minutes
from app.forwarding import unsent
from app.forwarding.not_arrived import readers_missed
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Person
from app.policy import Role
from app.post.models import Delivery, Letter, State
from app.post.results import Result
from tests import factories as make
from tests.forwarding.scene import DAY, Scene, counted
from tests.forwarding.sending import LATER, REFUSED, TOOK, Sending, Sent
from tests.forwarding.test_by_week import MONDAY, TUESDAY, chooses, scene, sent
from tests.forwarding.test_owed import explained
from tests.forwarding.test_unsent import letter_to

__all__ = ["scene"]
HOUR = timedelta(hours=1)
KINDS = frozenset({"weekly", "handover", "unsent", "minutes"})


def refusing(scene: Scene, *people: Person, kinds: frozenset[str] = KINDS) -> Sending:
    """A sender to a mail system that refuses what goes to these people."""
    to = {person.addresses[0].email for person in people}

    def answer(letter: Letter) -> Result:
        return REFUSED if letter.to_address in to else TOOK

    return Sending(scene.session, kinds, answer)


def told(found: list[Sent]) -> list[str]:
    """To whom the letters about a letter that did not arrive went, by name and in their order."""
    return [one.letter.to_name for one in found if one.kind == "unsent"]


def looks(sending: Sending, *moments: timedelta) -> list[Sent]:
    return [one for after in moments for one in sending.look(MONDAY + after)]


def of(scene: Scene, kind: str) -> tuple[Person, Person]:
    """Who reads by a letter of this kind, and who sends a second set of minutes."""
    colleague = scene.appointed(Role.LEADER, scene.circle.teams[0], at=TUESDAY - DAY)
    colleague.name = "Colleague"
    if kind == "weekly":
        return scene.lead, colleague
    return scene.appointed(Role.LEAD, at=TUESDAY + DAY, who=make.person(scene.session, name="New")), colleague


@pytest.mark.parametrize("which", ["weekly", "handover"])
def test_each_sender_hears_once_with_all_that_the_letter_was_to_bring(which: str, scene: Scene) -> None:
    scene.leader.name = "Leader"
    reader, colleague = of(scene, which)
    first, second, theirs = sent(scene), sent(scene, by=scene.leader), sent(scene, by=colleague)
    sending = refusing(scene, reader, kinds=frozenset({which, "unsent"}))
    found = looks(sending, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR)
    assert sorted(told(found)) == ["Colleague", "Leader"]
    letter = next(one.letter for one in found if one.letter.to_name == "Leader")
    assert f"The email to {reader.name}, " in letter.body and "could not be sent: " in letter.body
    assert letter.subject.endswith(" and 1 more") and "\n\n\n" not in letter.body
    assert all(f"http://localhost/minutes/{one.ref}\n" in letter.body for one in (first, second))
    assert theirs.ref not in letter.body
    assert "This is the only letter about all of these." in letter.body
    other = next(one.letter for one in found if one.letter.to_name == "Colleague")
    assert "This is the only letter about it." in other.body and theirs.ref in other.body
    assert told(looks(sending, 7 * DAY + HOUR, 7 * DAY + 2 * HOUR, 14 * DAY + HOUR)) == [], "nor the week after"
    assert readers_missed(scene.session, theirs, MONDAY + 3 * HOUR) == [reader.name]


def test_what_comes_after_and_fails_too_is_told_then(scene: Scene) -> None:
    sent(scene)
    sending = refusing(scene, scene.lead)
    assert len(told(looks(sending, HOUR, 2 * HOUR))) == 1
    new = sent(scene, MONDAY + DAY)
    found = [one for one in looks(sending, 7 * DAY + HOUR, 7 * DAY + 2 * HOUR) if one.kind == "unsent"]
    assert [one.about for one in found] == [new.ref] and found[0].letter.body.count("/minutes/") == 1


def test_a_letter_that_went_out_before_makes_no_later_failure_needless(scene: Scene) -> None:
    sent(scene)
    sending = Sending(scene.session, KINDS)
    assert [one.kind for one in looks(sending, HOUR)] == ["weekly"]
    sending.answers = refusing(scene, scene.lead).answers
    assert len(told(looks(sending, 7 * DAY + HOUR, 7 * DAY + 2 * HOUR))) == 1


def acknowledged(scene: Scene, minutes: Minutes) -> None:
    scene.has(minutes, scene.deputy, at=MONDAY + HOUR)


def corrected(scene: Scene, minutes: Minutes) -> None:
    scene.corrected(minutes, at=MONDAY + HOUR)


def left(scene: Scene, minutes: Minutes) -> None:
    scene.ended(scene.lead, Role.LEAD, on=TUESDAY.date())


def brought_by_another(scene: Scene, minutes: Minutes) -> None:
    chooses(scene, scene.lead, False, MONDAY + HOUR)
    assert [one.kind for one in Sending(scene.session, frozenset({"handover"})).look(MONDAY + HOUR)] == ["handover"]


def tried_again(scene: Scene, minutes: Minutes) -> None:
    again = sa.update(Delivery).where(Delivery.kind == "weekly")
    scene.session.execute(again.values(state=State.QUEUED, next_try_at=MONDAY + 9 * DAY))


@pytest.mark.parametrize("deed", [acknowledged, corrected, left, brought_by_another, tried_again])
@pytest.mark.parametrize("noted", [False, True])
def test_nobody_hears_where_it_is_needless(noted: bool, deed: object, scene: Scene) -> None:
    minutes = sent(scene)
    sending = refusing(scene, scene.lead, kinds=frozenset({"weekly", "unsent"}))
    sending.look(MONDAY)
    if noted:  # a letter about it waits while the mail system is away
        sending.answers = lambda letter: LATER
        sending.look(MONDAY + HOUR / 2)
        sending.answers = lambda letter: TOOK
    deed(scene, minutes)  # type: ignore[operator]
    assert told(looks(sending, 2 * HOUR, 3 * HOUR)) == []
    states = scene.session.scalars(sa.select(Delivery.state).where(Delivery.kind == "unsent")).all()
    assert states == ([State.SUPERSEDED] if noted else [])
    assert readers_missed(scene.session, minutes, MONDAY + 2 * HOUR) == (
        ["Lead"] if deed in (acknowledged, corrected) else []
    )


def test_a_weekly_letter_that_failed_stays_of_that_week(scene: Scene) -> None:
    sent(scene)
    sending = refusing(scene, scene.lead)
    looks(sending, HOUR, 2 * HOUR)
    of_it = sa.select(Delivery.place).where(Delivery.kind == "weekly")
    assert list(scene.session.scalars(of_it)) == ["2026-06-08"]
    looks(sending, 7 * DAY + HOUR)
    assert sorted(scene.session.scalars(of_it)) == ["2026-06-08", "2026-06-15"]


def test_more_than_are_named_have_a_letter_of_their_own_and_each_is_told_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsent, "NAMED", 3)
    refs = {sent(scene, TUESDAY + number * HOUR).ref for number in range(7)}
    sending = refusing(scene, scene.lead)
    found = [one for one in looks(sending, *(number * HOUR for number in range(9))) if one.kind == "unsent"]
    named = [[ref for ref in refs if ref in one.letter.body] for one in found]
    assert [len(one) for one in named] == [3, 3, 1] and {ref for one in named for ref in one} == refs
    assert {why for _, why in sending.not_sent} == {unsent.SAID.reason}


def test_what_failed_for_another_reason_has_a_letter_of_its_own(scene: Scene) -> None:
    for number in range(4):
        why = {"last_reason": f"Reason {number // 2}."}
        letter_to(scene, sent(scene, TUESDAY + number * HOUR), scene.lead, **why)
    found = looks(Sending(scene.session, frozenset({"unsent"})), HOUR, 2 * HOUR)
    assert [one.letter.body.count("/minutes/") for one in found] == [2, 2]
    reasons = [[why for why in ("reason 0", "reason 1") if why in one.letter.body] for one in found]
    assert sorted(reasons) == [["reason 0"], ["reason 1"]]


def test_nobody_is_told_of_minutes_of_a_team_that_she_writes_for_no_more(scene: Scene) -> None:
    mine, gone = sent(scene), sent(scene, asked=scene.south, by=scene.leader)
    sending = refusing(scene, scene.lead)
    found = [one for one in looks(sending, HOUR, 2 * HOUR) if one.kind == "unsent"]
    assert [(mine.ref in one.letter.body, gone.ref in one.letter.body) for one in found] == [(True, False)]


def test_what_only_a_refused_try_told_of_is_told_all_the_same(scene: Scene) -> None:
    both = [sent(scene, TUESDAY + number * HOUR) for number in range(2)]
    for minutes in both:
        letter_to(scene, minutes, scene.lead)
    sending = Sending(scene.session, frozenset({"unsent"}), lambda letter: LATER)
    sending.look(MONDAY)
    first = scene.session.scalars(sa.select(Delivery.about).where(Delivery.state == State.RETRY)).one()
    other = sa.update(Delivery).where(Delivery.kind == "minutes", Delivery.about != first)
    scene.session.execute(other.values(last_reason="Another reason."))
    sending.answers = lambda letter: TOOK
    found = looks(sending, HOUR, 2 * HOUR, 3 * HOUR)
    named = [[minutes.ref for minutes in both if minutes.ref in one.letter.body] for one in found]
    assert [len(refs) for refs in named] == [1, 1] and named[0] == [first] != named[1]


def test_two_senders_at_once_send_one_letter(scene: Scene) -> None:
    for number in range(2):
        letter_to(scene, sent(scene, TUESDAY + number * HOUR), scene.lead)
    sending = Sending(scene.session, frozenset({"unsent"}), lambda letter: LATER)
    sending.look(MONDAY)
    states = sa.select(Delivery.state).where(Delivery.kind == "unsent").order_by(Delivery.id)
    assert list(scene.session.scalars(states)) == [State.RETRY, State.HELD], "the second waits for the first"
    sending.answers = lambda letter: TOOK
    assert len(looks(sending, HOUR, 2 * HOUR)) == 1
    assert list(scene.session.scalars(states)) == [State.ACCEPTED, State.SUPERSEDED]


def test_a_shared_mailbox_is_nobody_of_whom_a_sender_hears(scene: Scene) -> None:
    minutes = sent(scene)
    box = SharedMailbox(
        organisation_id=scene.circle.organisation.id,
        email="box@trust.test",
        name="Box",
        starts_on=TUESDAY.date(),
        counts_from=TUESDAY - DAY,
    )
    make.kept(scene.session, box)
    sending = Sending(scene.session, frozenset({"mailbox", "unsent"}), lambda letter: REFUSED)
    sending.look(TUESDAY + HOUR)
    failed = scene.session.scalars(sa.select(Delivery)).one()
    assert (failed.kind, failed.state, failed.about) == ("mailbox", State.FAILED, minutes.ref)
    assert sending.look(TUESDAY + 2 * HOUR) == []


def test_letters_of_another_organisation_of_the_same_reader_are_told_to_its_own_senders(scene: Scene) -> None:
    other = make.circle(scene.session)
    make.appoint(scene.session, scene.lead, Role.LEAD, other.organisation, (), counts_from=TUESDAY - DAY)
    scene.session.expire_all()
    chooses(scene, scene.lead, at=TUESDAY + timedelta(minutes=1))
    other.leader.name, scene.leader.name = "Elsewhere", "Leader"
    sent(scene)
    scene.sent(other.leader, other.asked, at=TUESDAY)
    found = [one for one in looks(refusing(scene, scene.lead), HOUR, 2 * HOUR) if one.kind == "unsent"]
    assert sorted(told(found)) == ["Elsewhere", "Leader"]
    assert all(one.letter.body.count("/minutes/") == 1 for one in found)


def test_asking_takes_as_many_statements_and_begins_at_what_failed(scene: Scene) -> None:
    for number in range(6):
        sent(scene, TUESDAY + number * HOUR)
    refusing(scene, scene.lead, kinds=frozenset({"weekly"})).look(MONDAY)
    moments = {"now": MONDAY + HOUR, "back": MONDAY - 60 * DAY}
    assert "ix_delivery_not_arrived" in explained(scene.session, unsent._to_senders, moments)
    with counted(scene.session) as said:
        assert len(list(unsent.owed(scene.session, MONDAY + HOUR))) == 6
    assert len(said) == 2


def test_a_page_asks_only_of_the_letters_of_its_minutes(scene: Scene, session: Session) -> None:
    minutes = sent(scene)
    refusing(scene, scene.lead, kinds=frozenset({"weekly"})).look(MONDAY)
    with counted(session) as said:
        assert readers_missed(session, minutes, MONDAY + HOUR) == ["Lead"]
    assert len(said) == 1
