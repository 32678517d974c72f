"""While recording is closed nothing new is sent, nothing typed is lost, and what was sent can be put right."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.circulation import dating
from app.circulation.models import Asked, Circulation
from app.clock import now
from app.database import db
from app.discussions import companions, drafting, entering, services
from app.discussions.drafts import Draft
from app.discussions.models import Minutes, Received, Reply, ReplyKind, Setting
from app.discussions.outside import Entry
from app.discussions.record import Answer
from app.errors import Conflict
from app.organisations.models import Person
from tests import factories as make
from tests.client import Client
from tests.conftest import NOW
from tests.discussions import worlds
from tests.discussions.typing_in import content
from tests.discussions.worlds import World, form_at, words

CLOSED = "closed recording on"


class Team:
    """A team that was asked, and an officer who closes recording."""

    def __init__(self, session: Session) -> None:
        self.session, self.circle = session, make.circle(session)
        self.leader = make.actor_of(session, self.circle.leader)
        self.officer = make.actor_of(session, self.circle.officer)

    def drafted(self, asked: Asked | None = None, **changes: Any) -> Draft:
        return drafting.save_draft(
            self.session, self.leader, asked or self.circle.asked, content(**changes), version=0, now=NOW
        )

    def send(self, draft: Draft) -> Minutes:
        return services.send_minutes(self.session, self.leader, draft, now=NOW)

    def close(self, circulation: Circulation | None = None) -> None:
        by = make.actor_of(self.session, self.circle.officer)
        dating.close_recording(self.session, by, circulation or self.circle.circulation, now=NOW)

    def again(self) -> Asked:
        """The same team is asked about the same edition once more."""
        circle = self.circle
        sent = make.circulate(self.session, circle.partnership, circle.edition, [circle.teams[0]])
        return sent.asked[0]


@pytest.fixture
def team(session: Session) -> Team:
    return Team(session)


def test_no_minutes_are_sent_and_the_draft_stays_until_it_is_open_again(team: Team) -> None:
    draft = team.drafted()
    team.close()
    with pytest.raises(Conflict, match="Recording is closed"):
        team.send(draft)
    assert draft.sent_at is None
    dating.reopen_recording(team.session, team.officer, team.circle.circulation, now=NOW)
    assert team.send(draft).version == 1


def test_a_draft_may_be_begun_and_written_on(team: Team) -> None:
    team.close()
    draft = team.drafted()
    after = {**draft.content, "chaired_by": "Team manager"}
    saved = drafting.save_draft(team.session, team.leader, draft.asked, after, version=draft.version, now=NOW)
    assert saved.content["chaired_by"] == "Team manager"


def test_whoever_sends_again_what_was_sent_before_gets_the_same_minutes(team: Team) -> None:
    draft = team.drafted()
    sent = team.send(draft)
    team.close()
    assert team.send(draft) is sent


def test_what_was_sent_can_be_corrected(team: Team) -> None:
    sent = team.send(team.drafted())
    team.close()
    draft = services.correct(team.session, team.leader, sent, now=NOW)
    changed = {**draft.content, "present": "9"}
    drafting.save_draft(team.session, team.leader, draft.asked, changed, version=draft.version, now=NOW)
    made = team.send(draft)
    assert (made.version, [cover.asked_id for cover in made.covers]) == (2, [team.circle.asked.id])


def test_a_record_answers_another_request_of_the_same_team_only_where_that_is_open(team: Team) -> None:
    other = team.again()
    team.close(other.circulation)
    made = team.send(team.drafted())
    assert [cover.asked_id for cover in made.covers] == [team.circle.asked.id]


def test_a_correction_keeps_answering_what_it_answered_though_that_was_closed_since(team: Team) -> None:
    other = team.again()
    sent = team.send(team.drafted())
    assert len(sent.covers) == 2
    team.close(other.circulation)
    draft = services.correct(team.session, team.leader, sent, now=NOW)
    changed = {**draft.content, "present": "9"}
    drafting.save_draft(team.session, team.leader, draft.asked, changed, version=draft.version, now=NOW)
    assert len(team.send(draft).covers) == 2


def test_no_other_reply_is_given_and_the_one_that_stands_stays(team: Team) -> None:
    asked, kind = team.circle.asked, ReplyKind.NOT_RELEVANT
    first = services.reply_otherwise(team.session, team.leader, asked, kind, "No children.", now=NOW)
    team.close()
    assert services.reply_otherwise(team.session, team.leader, asked, kind, "No children.", now=NOW) is first
    with pytest.raises(Conflict, match="Recording is closed"):
        services.reply_otherwise(team.session, team.leader, asked, kind, "Something else.", now=NOW)


def test_answers_from_outside_are_not_entered_but_put_right_and_taken_back(team: Team) -> None:
    key = team.circle.edition.points[0].key
    how: dict[str, Any] = {"month": NOW.date().replace(day=1), "setting": Setting.TEAM_MEETING, "present": 5}
    first = Entry(**how, received=Received.MAIL, answers=(Answer(key=key, words="One."),))
    other = Entry(**how, received=Received.MAIL, answers=(Answer(key=key, words="Two."),))
    south = next(one for one in team.circle.circulation.asked if one.team_id == team.circle.teams[1].id)
    entering.enter(team.session, team.officer, team.circle.asked, first, now=NOW)
    team.close()
    made = entering.enter(team.session, team.officer, team.circle.asked, other, now=NOW)
    assert made.version == 2
    assert entering.take_back(team.session, team.officer, made, now=NOW)
    with pytest.raises(Conflict, match="Recording is closed"):
        entering.enter(team.session, team.officer, south, first, now=NOW)


def test_what_is_closed_is_not_offered_after_sending_something_else(team: Team) -> None:
    circle = team.circle
    other = make.edition(team.session, circle.partnership)
    sent = make.circulate(team.session, circle.partnership, other, [circle.teams[0]])
    minutes = team.send(team.drafted())
    assert [one.id for one in companions.still_open(team.session, team.leader, minutes)] == [sent.asked[0].id]
    team.close(sent)
    assert not companions.still_open(team.session, team.leader, minutes)


# The pages


def closed(place: World) -> None:
    with db.writing() as session:
        officer = make.actor_of(session, session.get_one(Person, place.officer), now())
        asked = session.scalars(select(Asked).where(Asked.ref == place.asked)).one()
        dating.close_recording(session, officer, asked.circulation, now=now())


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_writer_reads_it_on_every_page_and_goes_on_writing(leader: Client, place: World) -> None:
    check = worlds.write(leader, place)
    closed(place)
    said = check.replace("/check", "/said")
    for page in (place.meeting, said, check, check.replace("/check", "/saved"), f"/asked/{place.asked}/upload"):
        assert CLOSED in words(leader.get(page)), page
        assert "is kept" in words(leader.get(page)), page
    assert "Send to" not in leader.get(check).text
    answer = leader.post_form(said, {"question_to_lead": "Typed since", "do": "later"}, at="/said")
    assert answer.status_code == 303
    assert "Typed since" in leader.get(said).text
    script = {**form_at(leader.get(said), "/said"), "question_to_lead": "By itself", "do": "autosave"}
    assert leader.post(said, data=script).get_json()["saved"]
    assert "By itself" in leader.get(said).text


def test_a_check_page_that_was_open_is_shown_again_and_sends_nothing(leader: Client, place: World) -> None:
    check = worlds.write(leader, place)
    form = worlds.to_send(leader, check)
    closed(place)
    answer = leader.post(check, data=form)
    assert answer.status_code == 409
    assert "Recording is closed for this briefing, so nothing new can be sent." in words(answer)
    assert count(Minutes) == 0 and count(Draft) == 1


def test_a_reply_typed_on_a_page_that_was_open_is_given_back(leader: Client, place: World) -> None:
    other = f"/asked/{place.asked}/other"
    form = {**form_at(leader.get(other), "/other"), "kind": "not_relevant", "because": "We see adults only"}
    closed(place)
    answer = leader.post(other, data=form)
    assert answer.status_code == 422
    assert "We see adults only" in answer.text and CLOSED in words(answer)
    assert count(Reply) == 0
    again = words(leader.get(other))
    assert CLOSED in again and "Give this answer" not in again


def test_the_teams_page_says_so_and_leads_to_the_draft(leader: Client, place: World) -> None:
    team = f"/teams/{place.team}"
    assert "Record your discussion" in words(leader.get(team))
    closed(place)
    said = words(leader.get(team))
    assert CLOSED in said and "Record your discussion" not in said and "Not relevant to you" not in said
    assert "To discuss by" in said, "the statuses stay what they are"
    leader.post_form(place.meeting, {**worlds.MEETING, "do": "continue"}, at="/meeting")
    said = words(leader.get(team))
    assert "What your team has begun to write is kept" in said and "Read your draft, or go on writing" in said
    home = words(leader.get("/home"))
    assert "Recording closed on" in home


def test_a_team_that_answered_reads_that_it_can_still_correct(leader: Client, place: World) -> None:
    worlds.send(leader, place)
    closed(place)
    said = words(leader.get(f"/teams/{place.team}"))
    assert "What was sent can still be corrected." in said and "Record another meeting" not in said


def test_an_officer_reads_it_where_she_would_enter_answers(app: Flask, place: World) -> None:
    officer = worlds.browser_of(app, place.officer)
    outside = f"/asked/{place.asked}/outside"
    assert "Enter these answers" in officer.get(outside).text
    closed(place)
    said = officer.get(outside)
    assert "nothing new can be entered" in words(said) and "Enter these answers" not in said.text
    assert "/recording" in said.text


def test_a_lead_reads_on_her_page_that_it_is_closed(app: Flask, place: World) -> None:
    lead = worlds.browser_of(app, place.lead)
    assert "to discuss by" in words(lead.get("/home"))
    closed(place)
    assert "closed on" in words(lead.get("/home"))
