"""A lead decided beforehand: answers go at once when nothing is found, and only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.discussions.models import Action, LeftIn, Minutes, Setting
from app.errors import Conflict, Denied, Invalid
from app.forwarding import services
from app.forwarding.inbox import inbox
from app.forwarding.models import Acknowledgement, Document, Share
from app.forwarding.owed import owed
from app.forwarding.standings import standings
from app.identifying import Mark, Why
from app.organisations.ahead import ahead
from app.organisations.deciding import decide_ahead
from app.organisations.decisions import StandingDecision
from app.policy import Role
from app.trail.models import Event
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.ahead import carried_out, corrected, decides, sent
from tests.forwarding.scene import DAY, EARLIER, Scene, counted

MINUTE = timedelta(minutes=1)
PHONE = "Ring 01323 555778."


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session, short_name="ESSCP")


def line(scene: Scene, who: Any = None) -> tuple[str, str]:
    found = inbox(scene.session, scene.actor(who or scene.lead))
    (one,) = found.to_read + found.lines
    return one.word, "; ".join(one.notes)


def test_everything_is_shared_by_her_name_and_still_to_be_read(scene: Scene) -> None:
    scene.lead.name = "Lead"
    decision = decides(scene)
    minutes = sent(scene)
    (given,) = carried_out(scene, minutes)
    assert (given.under_id, given.by_id, given.name, given.title) == (decision.id, scene.lead.id, "Lead", "Named Nurse")
    assert {a.response_id: a.quotable for a in given.answers} == {r.id: False for r in minutes.responses}
    assert (given.lets_actions, given.lets_question) == (True, True)
    assert scene.read() == ("Shared with the ESSCP", "To read", "Shared")
    assert scene.standing().lead_note() == "Answers are with the ESSCP"
    assert line(scene) == ("To read", "Answers are with the ESSCP")
    kinds = {one.kind for one in owed(scene.session, NOW) if one.about == minutes.ref}
    assert kinds == {"minutes"}, "she gets the letter, and the team none that somebody has them"
    event = scene.session.scalars(sa.select(Event).where(Event.kind == "shared", Event.about == minutes.ref)).one()
    assert event.detail == {"answers": 3, "under": decision.ref}


def test_once_she_has_them_everybody_reads_shared(scene: Scene) -> None:
    decides(scene)
    minutes = sent(scene)
    carried_out(scene, minutes)
    scene.has(minutes)
    assert scene.read() == ("Shared with the ESSCP", "Shared", "Shared")
    assert line(scene) == ("Shared", "")
    assert {one.kind for one in owed(scene.session, NOW) if one.about == minutes.ref} == {"heard"}


def test_what_she_takes_back_unread_is_with_her(scene: Scene) -> None:
    scene.lead.name = "Lead"
    decides(scene)
    (given,) = carried_out(scene, sent(scene))
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW)
    assert scene.read() == ("With Lead", "To read", "Discussed")
    assert line(scene) == ("To read", "")


def watched(scene: Scene) -> Minutes:
    scene.circle.edition.content = {**scene.circle.edition.content, "watch": ["Hailsham"]}
    return sent(scene, answers={"point-0": "We met in hailsham."})


def left_in(scene: Scene) -> Minutes:
    """Left in, though no pattern finds it any more."""
    return sent(scene, left_in=[LeftIn(mark=Mark.PHONE, field="points-point-0-words", why=Why.PUBLIC)])


def another_lead(scene: Scene, **decision: Any) -> Minutes:
    other = scene.appointed(Role.LEAD)
    if decision:
        decides(scene, other, **decision)
    return sent(scene)


def of_two_teams_one_without_a_lead(scene: Scene) -> Minutes:
    scene.ended(scene.lead, Role.LEAD)
    narrow = scene.appointed(Role.LEAD, scene.circle.teams[0])
    decides(scene, narrow)
    return sent(scene, scene.south)


READ_FIRST: dict[str, Callable[[Scene], Minutes]] = {
    "group supervision": lambda scene: sent(scene, setting=Setting.GROUP_SUPERVISION),
    "reflective supervision": lambda scene: sent(scene, setting=Setting.REFLECTIVE_SUPERVISION),
    "no statement": lambda scene: sent(scene, nobody_known=False),
    "left in": left_in,
    "found in an answer": lambda scene: sent(scene, answers={"point-1": PHONE}),
    "found in an action": lambda scene: sent(scene, actions=[Action(position=0, what=PHONE)]),
    "found in who does it": lambda scene: sent(
        scene, actions=[Action(position=0, what="Ring.", who="Mrs Thistlewood")]
    ),
    "found in a question": lambda scene: sent(scene, question_to_partnership=PHONE),
    "found in a question to her": lambda scene: sent(scene, question_to_lead=PHONE),
    "a word to watch": watched,
    "the team was not told": lambda scene: sent(scene, sent_under=[]),
    "another lead decided nothing": another_lead,
    "of two teams one has no lead": of_two_teams_one_without_a_lead,
}


@pytest.mark.parametrize("why", READ_FIRST)
def test_nothing_goes_unread_where(scene: Scene, why: str) -> None:
    decides(scene)
    assert carried_out(scene, READ_FIRST[why](scene)) == []
    assert scene.session.scalars(sa.select(Document).where(Document.made_at == NOW)).first(), "the document is made"


def test_where_two_leads_differ_the_one_who_reads_first_counts(scene: Scene) -> None:
    decides(scene)
    other = scene.appointed(Role.LEAD)
    decides(scene, other, quotable=True)
    (given,) = carried_out(scene, sent(scene))
    assert (given.by_id, {a.quotable for a in given.answers}) == (scene.lead.id, {False}), "to be quoted only by both"
    decides(scene, other, once=False)
    assert carried_out(scene, sent(scene)) == []


SINCE: dict[str, Callable[[Scene, Minutes], Any]] = {
    "she reads first again": lambda scene, _: decides(scene, once=False),
    "she decided anew": lambda scene, _: decides(scene, quotable=True),
    "her appointment ended": lambda scene, _: scene.ended(scene.lead, Role.LEAD),
    "another lead came": lambda scene, _: decides(scene, scene.appointed(Role.LEAD)),
    "she has them": lambda scene, minutes: scene.has(minutes),
    "she asked the team": lambda scene, minutes: scene.ask(minutes),
    "she shared one": lambda scene, minutes: scene.share(minutes, point_0=False),
    "it was corrected": lambda scene, minutes: scene.corrected(minutes),
}


@pytest.mark.parametrize("what", SINCE)
def test_nothing_goes_by_a_decision_after_it_was_sent(scene: Scene, what: str) -> None:
    decides(scene)
    minutes = sent(scene)
    SINCE[what](scene, minutes)
    assert all(given.under_id is None for given in carried_out(scene, minutes))


def test_a_decision_taken_after_sending_counts_for_nothing_that_was_sent_before(scene: Scene) -> None:
    minutes = sent(scene)
    decides(scene, at=NOW - DAY)
    assert carried_out(scene, minutes) == []
    assert len(carried_out(scene, sent(scene))) == 1


def test_her_decision_stands_while_she_is_away_and_for_her_own_minutes(scene: Scene) -> None:
    decides(scene, quotable=True)
    scene.away(scene.lead)
    (given,) = carried_out(scene, sent(scene))
    assert {a.quotable for a in given.answers} == {True}
    (own,) = carried_out(scene, sent(scene, by=scene.lead))
    assert own.by_id == scene.lead.id
    found = inbox(scene.session, scene.actor(scene.deputy))
    assert [one.word for one in found.to_read] == ["To read", "To read"], "her deputy reads what she recorded"


def test_it_goes_only_to_the_partnership_for_which_it_was_decided(scene: Scene) -> None:
    second, asked = scene.other_partnership()
    decides(scene)
    (given,) = carried_out(scene, sent(scene, asked))
    assert given.partnership_id == scene.circle.partnership.id
    decides(scene, to=second)
    assert len(carried_out(scene, sent(scene, asked))) == 2


def test_an_appointment_to_another_team_has_no_say(scene: Scene) -> None:
    decides(scene)
    scene.appointed(Role.LEAD, scene.circle.teams[1])
    assert len(carried_out(scene, sent(scene))) == 1
    assert carried_out(scene, sent(scene, asked=scene.south)) == []


# Corrections


def test_a_correction_goes_through_the_same_anew(scene: Scene) -> None:
    decides(scene)
    first = sent(scene, at=EARLIER)
    carried_out(scene, first)
    scene.has(first)
    second = corrected(scene, first, at=NOW - MINUTE, answers={"point-0": PHONE})
    assert carried_out(scene, second) == []
    assert scene.standing().lead_note() == "Version 1 is with the ESSCP"
    third = corrected(scene, second, at=NOW)
    assert len(carried_out(scene, third)) == 1, "that she has what went at once keeps nothing back"


BY_HAND: dict[str, Callable[[Scene, Minutes, Share], Any]] = {
    "unticked an answer": lambda scene, minutes, _: scene.share(minutes, point_0=False),
    "took it back": lambda scene, _, given: services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW),
    "asked the team": lambda scene, minutes, _: scene.ask(minutes),
}


@pytest.mark.parametrize("deed", BY_HAND)
def test_what_she_decided_by_hand_is_not_undone_by_a_correction(scene: Scene, deed: str) -> None:
    decides(scene)
    first = sent(scene, at=EARLIER)
    BY_HAND[deed](scene, first, carried_out(scene, first)[0])
    assert carried_out(scene, corrected(scene, first)) == []


def test_what_she_kept_is_not_shared_by_a_correction(scene: Scene) -> None:
    decides(scene)
    first = sent(scene, at=EARLIER, setting=Setting.TEAM_MEETING, answers={"point-0": PHONE})
    carried_out(scene, first)
    scene.has(first)
    assert carried_out(scene, corrected(scene, first)) == []


def test_it_is_done_once_whoever_asks_again(scene: Scene) -> None:
    decides(scene)
    minutes = sent(scene)
    (given,) = carried_out(scene, minutes)
    services.withdraw(scene.session, scene.actor(scene.lead), given, now=NOW)
    assert carried_out(scene, minutes) == [given], "and what was taken back stays so"


# Deciding


def held(scene: Scene, who: Any = None) -> Any:
    return (who or scene.lead).appointments[0]


def test_the_same_again_is_one_and_the_default_is_no_decision(scene: Scene) -> None:
    partnership, lead = scene.circle.partnership.id, scene.actor(scene.lead)
    say = lambda **what: decide_ahead(scene.session, lead, held(scene), partnership, now=NOW, **what)  # noqa: E731
    assert say(at_once=False) is None
    one = say(at_once=True)
    assert say(at_once=True) is one
    assert say(at_once=True, quotable=True) is not one
    assert say(at_once=False, quotable=True).quotable is False
    kinds = scene.session.scalars(sa.select(Event.kind).where(Event.kind == "decided beforehand")).all()
    assert len(kinds) == 3


def test_an_old_page_does_not_decide_over_another(scene: Scene) -> None:
    decision = decides(scene)
    where = (scene.session, scene.actor(scene.lead), held(scene), scene.circle.partnership.id)
    with pytest.raises(Conflict, match="changed this on another page"):
        decide_ahead(*where, at_once=False, seen="", now=NOW)
    assert decide_ahead(*where, at_once=True, seen="", now=NOW) is decision, "what stands already is no conflict"
    assert decide_ahead(*where, at_once=False, seen=decision.ref, now=NOW) is not decision


def test_nobody_decides_for_another_nor_for_a_partnership_that_does_not_ask(scene: Scene) -> None:
    other = scene.appointed(Role.LEAD)
    for who, whose in ((other, scene.lead), (scene.deputy, scene.deputy), (scene.leader, scene.lead)):
        with pytest.raises(Denied):
            decide_ahead(
                scene.session, scene.actor(who), held(scene, whose), scene.circle.partnership.id, at_once=True, now=NOW
            )
    foreign = make.partnership(scene.session)
    with pytest.raises(Invalid):
        decide_ahead(scene.session, scene.actor(scene.lead), held(scene), foreign.id, at_once=True, now=NOW)
    assert scene.session.scalars(sa.select(StandingDecision)).all() == []


def test_a_decision_is_read_in_three_statements_however_many_there_are(scene: Scene) -> None:
    places = {(asked.team_id, asked.partnership_id) for asked in (scene.asked, scene.south)}
    counts = []
    for _ in range(3):
        decides(scene, scene.appointed(Role.LEAD))
        scene.session.expire_all()
        with counted(scene.session) as said:
            ahead(scene.session, scene.circle.organisation.id, places, NOW)
        counts.append(len([one for one in said if one.startswith(("SELECT", "WITH"))]))
    assert len(set(counts)) == 1


def test_the_status_of_what_went_at_once_takes_no_more_statements(scene: Scene) -> None:
    decides(scene)
    carried_out(scene, sent(scene))
    scene.session.expire_all()
    with counted(scene.session) as said:
        standings(scene.session, [scene.asked.id, scene.south.id], NOW)
    assert len(said) <= 6
    assert scene.session.scalars(sa.select(Acknowledgement).where(Acknowledgement.at == NOW)).all() == []
