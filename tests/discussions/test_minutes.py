"""Sending: once, whole, for the right teams; corrections, further meetings, two packs in one meeting; other replies."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.discussions import companions, drafting, queries, services
from app.discussions.drafts import Draft
from app.discussions.models import Discussion, Minutes, ReplyKind
from app.errors import Conflict, Denied, Invalid, NotFound
from app.policy import Actor, Role
from app.trail.models import Event
from tests import factories as make
from tests.conftest import NOW
from tests.discussions.typing_in import content, point

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def circle(session: Session) -> make.Circle:
    return make.circle(session)


@pytest.fixture
def leader(session: Session, circle: make.Circle) -> Actor:
    return make.actor_of(session, circle.leader)


def send(session: Session, actor: Actor, asked: Asked, **changes: Any) -> Minutes:
    draft = drafting.save_draft(session, actor, asked, content(**changes), version=0, now=NOW)
    return services.send_minutes(session, actor, draft, now=NOW)


def drafted(session: Session, actor: Actor, draft: Draft, **changes: Any) -> Draft:
    kept = {**draft.content, **changes}
    return drafting.save_draft(session, actor, draft.asked, kept, version=draft.version, now=LATER)


def asked_of(session: Session, circle: make.Circle, team: int) -> Asked:
    return next(a for a in circle.circulation.asked if a.team_id == circle.teams[team].id)


def refs(minutes: Minutes) -> set[str]:
    return {cover.asked.ref for cover in minutes.covers}


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_draft_becomes_minutes_with_everything_that_was_typed(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    sent = send(session, leader, circle.asked)
    session.expire_all()
    minutes = queries.minutes(session, leader, sent.ref)
    assert (minutes.version, minutes.thread, minutes.recorded_by_id) == (1, minutes.ref, circle.leader.id)
    held = minutes.discussion
    assert (held.held_on, held.setting.value, held.present) == (date(2026, 11, 18), "team_meeting", 8)
    assert (held.chaired_by, held.received.value) == ("Team manager", "typed")
    assert [(r.point.key, r.words, r.yes, r.not_yet) for r in minutes.responses] == [
        ("point-0", "We talked about it.", None, None),
        ("point-1", "", 3, 5),
    ]
    assert [(a.position, a.what, a.by) for a in minutes.actions] == [
        (0, "Ask fathers to the first visit", date(2026, 12, 18))
    ]
    assert minutes.question_to_lead == "Who can train us?"
    assert refs(minutes) == {circle.asked.ref}


def test_the_same_draft_sent_again_is_the_same_minutes_and_one_event(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    draft = drafting.save_draft(session, leader, circle.asked, content(), version=0, now=NOW)
    first = services.send_minutes(session, leader, draft, seen="1-0", now=NOW)
    again = services.send_minutes(session, leader, draft, seen="9-9", now=LATER)
    assert again.ref == first.ref and again.sent_at == NOW
    assert count(session, Minutes) == count(session, Discussion) == 1
    assert session.scalars(select(Event.detail).where(Event.kind == "sent")).all() == [{"version": 1}]


def test_sending_reads_the_draft_again_and_refuses_what_is_amiss(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    draft = drafting.save_draft(session, leader, circle.asked, content(present="0"), version=0, now=NOW)
    with pytest.raises(Invalid) as refusal:
        services.send_minutes(session, leader, draft, now=NOW)
    assert refusal.value.field == "present"
    assert draft.sent_at is None and count(session, Minutes) == 0


def test_a_draft_that_moved_on_since_it_was_looked_at_is_not_sent(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    draft = drafting.save_draft(session, leader, circle.asked, content(), version=0, now=NOW)
    seen = services.state(draft, None)
    drafted(session, leader, draft, present="9")
    with pytest.raises(Conflict):
        services.send_minutes(session, leader, draft, seen=seen, now=NOW)
    assert services.send_minutes(session, leader, draft, seen="2-0", now=NOW).discussion.present == 9


def test_a_meeting_before_the_briefing_was_published_is_not_possible(session: Session, circle: make.Circle) -> None:
    circle.edition.content = {**circle.edition.content, "published": "2026-11-19"}
    with pytest.raises(Invalid, match="first published on 19 November 2026"):
        send(session, make.actor_of(session, circle.leader), circle.asked)


def test_only_the_team_and_its_leads_send(session: Session, circle: make.Circle, leader: Actor) -> None:
    draft = drafting.save_draft(session, leader, circle.asked, content(), version=0, now=NOW)
    for person in (circle.officer, circle.reviewer, circle.noise_leader, circle.noise_lead):
        with pytest.raises(Denied):
            services.send_minutes(session, make.actor_of(session, person), draft, now=NOW)
    sent = services.send_minutes(session, make.actor_of(session, circle.deputy), draft, now=NOW)
    assert sent.recorded_by_id == circle.deputy.id
    with pytest.raises(NotFound):
        queries.minutes(session, make.actor_of(session, circle.officer), sent.ref)


def test_another_meeting_on_the_same_pack_is_another_record(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    first = send(session, leader, circle.asked)
    second = send(session, leader, circle.asked, held_on={"day": "20", "month": "11", "year": "2026"})
    assert second.thread != first.thread and second.version == 1
    assert [m.ref for m in queries.records_of(session, circle.asked)] == [second.ref, first.ref]


def test_a_correction_begins_from_what_was_sent_and_makes_the_next_version(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    first = send(session, leader, circle.asked)
    draft = services.correct(session, leader, first, now=LATER)
    assert draft.corrects == first.thread and draft.content["points"]["point-0"]["words"] == "We talked about it."
    assert services.correct(session, leader, first, now=LATER).id == draft.id
    with pytest.raises(Invalid, match="Nothing here differs"):
        services.send_minutes(session, leader, draft, now=LATER)
    drafted(session, leader, draft, points={"point-0": point("We talked about it twice.")})
    second = services.send_minutes(session, leader, draft, now=LATER)
    assert (second.version, second.thread, second.discussion_id) == (2, first.thread, first.discussion_id)
    assert [m.version for m in queries.versions(session, leader, first)] == [1, 2]
    assert first.responses[0].words == "We talked about it."
    assert [m.ref for m in queries.records_of(session, circle.asked)] == [second.ref]


def test_a_corrected_meeting_is_a_new_meeting_row(session: Session, circle: make.Circle, leader: Actor) -> None:
    first = send(session, leader, circle.asked)
    draft = drafted(session, leader, services.correct(session, leader, first, now=LATER), present="9")
    second = services.send_minutes(session, leader, draft, now=LATER)
    assert (second.discussion.present, first.discussion.present) == (9, 8)


def test_a_correction_is_not_mixed_with_another_open_draft(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    first = send(session, leader, circle.asked)
    drafting.save_draft(session, leader, circle.asked, content(present="4"), version=0, now=NOW)
    with pytest.raises(Conflict, match="another draft open"):
        services.correct(session, leader, first, now=LATER)


def test_two_corrections_of_one_record_follow_each_other_and_the_later_is_told(
    session: Session, circle: make.Circle
) -> None:
    lead = make.actor_of(session, circle.lead)
    south = asked_of(session, circle, 1)
    first = send(session, lead, circle.asked, also=[south.ref])
    mine = services.correct(session, make.actor_of(session, circle.leader), first, now=LATER)
    hers = Draft(
        organisation_id=south.organisation_id, asked_id=south.id, begun_at=NOW, changed_at=NOW,
        changed_by_id=circle.lead.id, content=content(present="10", also=[circle.asked.ref]), corrects=first.thread,
    )  # fmt: skip
    make.kept(session, hers)
    seen = services.state(mine, first)
    second = services.send_minutes(session, lead, hers, now=LATER)
    drafted(session, lead, mine, present="11")
    with pytest.raises(Conflict):
        services.send_minutes(session, lead, mine, seen=seen, now=LATER)
    third = services.send_minutes(session, lead, mine, seen=services.state(mine, second), now=LATER)
    assert [second.version, third.version] == [2, 3]


def test_other_teams_are_covered_by_a_tick_and_only_where_the_recorder_may_record(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    south = asked_of(session, circle, 1)
    lead = make.actor_of(session, circle.lead)
    assert [a.ref for a in companions.companions(session, lead, circle.asked).teams] == [south.ref]
    assert companions.companions(session, leader, circle.asked).teams == []
    assert refs(send(session, leader, circle.asked, also=[south.ref, circle.noise_asked.ref])) == {circle.asked.ref}
    both = send(session, lead, south, also=[circle.asked.ref])
    assert refs(both) == {south.ref}, "the north team has its own record by now"


def test_a_request_by_a_second_partnership_is_answered_by_the_same_record(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    other = make.partnership(session)
    again = make.circulate(session, other, circle.edition, list(circle.teams)).asked
    mine = next(a for a in again if a.team_id == circle.teams[0].id)
    assert refs(send(session, leader, circle.asked)) == {circle.asked.ref, mine.ref}


def test_a_ticked_team_is_covered_for_every_partnership_that_asked_it(session: Session, circle: make.Circle) -> None:
    other = make.partnership(session)
    again = make.circulate(session, other, circle.edition, list(circle.teams)).asked
    lead, south = make.actor_of(session, circle.lead), asked_of(session, circle, 1)
    assert len(companions.companions(session, lead, circle.asked).teams) == 1
    sent = send(session, lead, circle.asked, also=[south.ref])
    assert refs(sent) == {circle.asked.ref, south.ref, *(a.ref for a in again)}


def test_a_correction_by_one_teams_leader_keeps_the_other_teams(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    south = asked_of(session, circle, 1)
    first = send(session, make.actor_of(session, circle.lead), circle.asked, also=[south.ref])
    draft = drafted(session, leader, services.correct(session, leader, first, now=LATER), present="9")
    assert [a.ref for a in companions.answered_by(session, leader, draft, first)] == [circle.asked.ref, south.ref]
    assert refs(services.send_minutes(session, leader, draft, now=LATER)) == {circle.asked.ref, south.ref}


def test_a_team_that_a_correction_left_out_corrects_no_more(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    lead, south = make.actor_of(session, circle.lead), asked_of(session, circle, 1)
    other = make.person(session)
    make.appoint(session, other, Role.LEADER, circle.organisation, (circle.teams[1],))
    first = send(session, lead, circle.asked, also=[south.ref])
    draft = drafted(session, lead, services.correct(session, lead, first, now=LATER), also=[])
    kept = services.send_minutes(session, lead, draft, now=LATER)
    assert refs(kept) == {draft.asked.ref}
    left_out = make.actor_of(session, other) if draft.asked_id == circle.asked.id else leader
    with pytest.raises(Denied, match="no longer about your team"):
        services.correct(session, left_out, first, now=LATER)


def test_one_meeting_about_two_packs_is_one_discussion(session: Session, circle: make.Circle, leader: Actor) -> None:
    second_pack = make.edition(session, circle.partnership)
    [other] = make.circulate(session, circle.partnership, second_pack, [circle.teams[0]]).asked
    first = send(session, leader, circle.asked)
    assert [a.ref for a in companions.still_open(session, leader, first)] == [other.ref]
    second = send(session, leader, other, meeting_of=first.ref)
    assert second.discussion_id == first.discussion_id and second.thread != first.thread
    assert companions.still_open(session, leader, first) == []


@pytest.mark.parametrize("given", [{"present": "9"}, {"meeting_of": "0" * 12}])
def test_other_facts_or_a_made_up_reference_are_a_meeting_of_its_own(
    session: Session, circle: make.Circle, leader: Actor, given: dict[str, str]
) -> None:
    [other] = make.circulate(session, circle.partnership, make.edition(session), [circle.teams[0]]).asked
    first = send(session, leader, circle.asked)
    second = send(session, leader, other, **{"meeting_of": first.ref, **given})
    assert second.discussion_id != first.discussion_id


def test_who_receives_minutes_is_the_lead_or_somebody_else_where_she_recorded_them(
    session: Session, circle: make.Circle
) -> None:
    def names(recorder: int) -> tuple[str, bool]:
        found = queries.readers(session, [circle.asked], recorder, NOW)
        return found.names, found.own

    assert names(circle.leader.id) == (circle.lead.name, False)
    assert names(circle.lead.id) == (circle.deputy.name, True)
    second = make.person(session)
    make.appoint(session, second, Role.LEAD, circle.organisation, (circle.teams[0],))
    assert names(circle.lead.id) == (second.name, False)
    assert queries.readers(session, [circle.noise_asked], circle.noise_lead.id, NOW) == queries.Readers((), own=True)
    assert queries.readers(session, [circle.noise_asked], None, NOW + timedelta(days=-400)) == queries.Readers(())


def test_a_reply_without_minutes_needs_words_and_the_last_one_stands(
    session: Session, circle: make.Circle, leader: Actor
) -> None:
    def reply(kind: ReplyKind, words: str) -> Any:
        return services.reply_otherwise(session, leader, circle.asked, kind, words, now=NOW)

    for words in ("", " \u200b\n", "x" * 2_001):
        with pytest.raises(Invalid):
            reply(ReplyKind.NOT_RELEVANT, words)
    first = reply(ReplyKind.NOT_RELEVANT, "We see adults only.")
    assert reply(ReplyKind.NOT_RELEVANT, "We see adults only.").id == first.id
    second = reply(ReplyKind.DISCUSSED_ELSEWHERE, "the duty team")
    assert queries.latest_reply(session, circle.asked) is second
    assert send(session, leader, circle.asked).version == 1, "minutes may still follow"
    with pytest.raises(Denied):
        services.reply_otherwise(
            session, make.actor_of(session, circle.officer), circle.asked, ReplyKind.NOT_RELEVANT, "No.", now=NOW
        )
