"""A lead who said elsewhere that she has minutes: noted by the team or the deputy, it stops reminders, no more."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.collation.coverage import coverage, scope
from app.errors import Conflict, Denied, Invalid
from app.forwarding import emails, owed, queries, reminders, services
from app.forwarding.course import course
from app.forwarding.history import history
from app.forwarding.inbox import inbox, number_to_read
from app.forwarding.models import Acknowledgement, How
from app.organisations.models import Person
from app.policy import Role
from app.post.models import Delivery
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene
from tests.forwarding.sending import Sending
from tests.forwarding.test_reminders import MONDAY, on, sent_to
from tests.forwarding.visits import Visits, change, earlier, form_at, tables, words


@pytest.fixture
def scene(session: Session) -> Scene:
    made = Scene(session)
    made.lead.name, made.leader.name, made.deputy.name = "Lead", "Leader", "Deputy"
    return made


def told(
    scene: Scene, minutes: Any, by: Person | None = None, on: date | None = None, at: Any = NOW
) -> Acknowledgement:
    actor = scene.actor(by or scene.leader)
    made = services.note_told(scene.session, actor, minutes, scene.lead.ref, on or at.date(), now=at)
    scene.session.flush()
    return made


def test_it_is_kept_who_said_so_on_which_day_and_who_noted_it(scene: Scene) -> None:
    said = told(scene, scene.sent(at=EARLIER), on=EARLIER.date())
    assert (said.how, said.name, said.title, said.told_on, said.noted_by) == (
        How.TOLD,
        "Lead",
        "Named Nurse",
        EARLIER.date(),
        "Leader",
    )
    assert (said.person_id, said.noted_by_id, said.at) == (scene.lead.id, scene.leader.id, NOW)


def test_it_stops_reminders_and_every_other_letter_to_a_reader(scene: Scene, app: Flask) -> None:
    minutes = scene.sent(at=MONDAY)
    sending = Sending(scene.session)
    told(scene, minutes, at=on(7))
    assert "Lead" not in sent_to(scene, sending, 20)
    late = scene.sent(at=NOW)
    told(scene, late)
    assert not [one for one in owed.owed(scene.session, NOW) if one.about == late.ref]
    noted = Delivery(kind="minutes", about=late.ref, person=scene.lead.ref, owed_since=NOW, message_id="<x@y>")
    assert emails.letter(scene.session, noted, NOW) == reminders.NEEDLESS


def test_it_counts_nowhere_as_acknowledged(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    before = number_to_read(scene.session, scene.actor(scene.lead)), scene.read()
    told(scene, minutes)
    scene.session.expire_all()
    assert (number_to_read(scene.session, scene.actor(scene.lead)), scene.read()) == before
    assert scene.read() == ("With Lead", "To read", "Discussed")
    officer = scene.actor(scene.circle.officer)
    about = scope(scene.session, officer, ref=scene.circle.edition.ref)
    ours = [row for row in coverage(scene.session, officer, about, NOW) if row.sector == "Health"]
    assert [(row.discussed, row.acknowledged) for row in ours] == [(1, 0)]
    assert not [one for one in owed.owed(scene.session, NOW) if one.kind == "heard" and one.about == minutes.ref]
    assert queries.acknowledgement(scene.session, minutes) is None


def test_a_question_still_waits_for_the_team(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    scene.ask(minutes, at=EARLIER)
    told(scene, minutes)
    assert scene.read()[0] == "Question from Lead"


def test_the_lead_can_acknowledge_and_share_all_the_same_and_her_own_word_counts(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    told(scene, minutes)
    before = course(scene.session, scene.actor(scene.lead), minutes)
    assert before.told and before.acknowledged is None and before.seen == "", "no decision"
    scene.has(minutes)
    scene.session.expire_all()
    assert scene.read()[0] == "Lead has this"
    assert [one.kind for one in owed.owed(scene.session, NOW) if one.about == minutes.ref] == ["heard"]


def test_what_happened_says_who_noted_it(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    told(scene, minutes, scene.deputy)
    found = history(scene.session, minutes, course(scene.session, scene.actor(scene.lead), minutes))
    assert [line.sentence for line in found if line.at == NOW] == [
        "Deputy noted that Lead, Named Nurse, said on 23 November 2026 to have them."
    ]


def test_the_inbox_says_who_is_said_to_have_them_until_somebody_has(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    told(scene, minutes)
    (line,) = inbox(scene.session, scene.actor(scene.lead)).to_read
    assert line.notes == ("Lead is said to have these. Nobody has confirmed it here yet",)
    scene.has(minutes)
    (line,) = inbox(scene.session, scene.actor(scene.lead)).lines
    assert line.notes == ()


def test_noted_twice_the_first_stands(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    first = told(scene, minutes)
    assert told(scene, minutes, scene.deputy, at=NOW + DAY) is first


def test_a_correction_begins_anew(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    told(scene, minutes)
    second = scene.corrected(minutes)
    scene.session.expire_all()
    assert [one.about for one in owed.owed(scene.session, NOW) if one.person == scene.lead.ref] == [second.ref]
    scene.corrected(second)
    scene.session.expire_all()
    with pytest.raises(Conflict):
        told(scene, second)


@pytest.mark.parametrize("day", [EARLIER.date() - DAY, NOW.date() + DAY])
def test_a_day_before_the_sending_or_ahead_is_refused_in_a_sentence(scene: Scene, day: date) -> None:
    with pytest.raises(Invalid, match="Give a day from 21 November 2026, when the minutes were sent, to today"):
        told(scene, scene.sent(at=EARLIER), on=day)


def test_who_receives_nothing_cannot_be_said_to_have_them(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    for who in (scene.leader, scene.circle.officer, scene.circle.noise_lead):
        with pytest.raises(Invalid, match="Choose who told you"):
            services.note_told(scene.session, scene.actor(scene.deputy), minutes, who.ref, NOW.date(), now=NOW)
    deputy = scene.actor(scene.deputy)
    with pytest.raises(Invalid):
        services.note_told(scene.session, deputy, minutes, scene.deputy.ref, NOW.date(), now=NOW)


def test_what_somebody_has_cannot_be_noted_any_more(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    scene.has(minutes)
    with pytest.raises(Conflict):
        told(scene, minutes)


def test_only_the_team_s_leader_and_the_deputy_note_it(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    taker = make.person(scene.session)
    make.appoint(scene.session, taker, Role.MINUTES, scene.circle.organisation, (scene.circle.teams[0],))
    for who in (taker, scene.lead, scene.circle.officer, scene.circle.noise_leader):
        with pytest.raises(Denied):
            told(scene, minutes, who)


def test_the_database_keeps_no_note_without_a_day_and_somebody_who_noted_it(scene: Scene) -> None:
    minutes = scene.sent(at=EARLIER)
    where = {"minutes_id": minutes.id, "organisation_id": minutes.organisation_id, "person_id": scene.lead.id}
    scene.session.add(Acknowledgement(**where, name="Lead", title="Named Nurse", at=NOW, how=How.TOLD))
    with pytest.raises(IntegrityError):
        scene.session.flush()


# On the page


def test_a_leader_notes_it_on_the_page_of_the_minutes_and_everybody_reads_so(app: Flask) -> None:
    place = Visits(app, lambda scene: {"minutes": scene.sent(at=earlier()).ref})
    url = f"/minutes/{place.refs['minutes']}"
    leader = place.browser("leader")
    assert "Did somebody tell you that they have them? Note it here" in words(leader.get(url))
    shown = leader.get(f"{url}/told")
    fields = form_at(shown, "/told")
    refused = leader.post(f"{url}/told", data=fields)
    assert refused.status_code == 422 and "Choose who told you." in words(refused)
    day, lead = earlier(), place.refs_of_people()["lead"]
    when = {"on-day": str(day.day), "on-month": str(day.month), "on-year": str(day.year)}
    before = tables()
    assert leader.post(f"{url}/told", data={**fields, **when, "who": lead}).status_code == 303
    assert change(before)["acknowledgement"] == 1
    said = words(leader.get(url))
    assert "Lead, Named Nurse, is said to have these minutes: Leader noted on" in said
    assert "Answers can be shared only once it is confirmed here." in said and "Did somebody tell you" not in said
    assert "acknowledged" not in said.lower()
    theirs = words(place.page("lead", url))
    assert "Nobody has confirmed it here yet: say below that you have them" in theirs
    assert "I have this. Share the answers" in theirs


def test_the_lead_is_not_offered_to_note_it_herself(app: Flask) -> None:
    place = Visits(app, lambda scene: {"minutes": scene.sent(at=earlier()).ref})
    url = f"/minutes/{place.refs['minutes']}"
    assert "Did somebody tell you" not in words(place.page("lead", url))
    assert place.page("lead", f"{url}/told").status_code == 404
