"""A shared mailbox is told that minutes came in, and that is all it is: no reader, no receiver, no reason to stop."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import opens, working_days_after
from app.discussions.models import Minutes
from app.forwarding import emails, mailboxes
from app.forwarding.course import course
from app.forwarding.gaps import gaps
from app.forwarding.history import history
from app.forwarding.letters import posted
from app.forwarding.not_arrived import missed
from app.forwarding.queries import OF_USE
from app.forwarding.receivers import receivers
from app.organisations.hearing import SharedMailbox
from app.policy import Role
from app.post.models import Delivery, Letter, Superseded
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import DAY, EARLIER, Scene, counted
from tests.forwarding.sending import REFUSED, TOOK, Sending
from tests.forwarding.test_owed import explained

SAFE = "safeguarding@trust.example.nhs.net"
ALL = frozenset({"minutes", "mailbox", "reminder", "no_lead", "handover"})


@pytest.fixture
def scene(app: Flask, session: Session) -> Scene:
    """A trust with a lead, a deputy and a shared mailbox; a school beside it has one too."""
    made = Scene(session, short_name="ESSCP", reply_name="ESSCP office", reply_to="office@esscp.gov.uk")
    made.circle.organisation.name, made.asked.team_name = "Community Trust", "North"
    made.lead.name, made.deputy.name, made.leader.name = "Lead", "Deputy", "Leader"
    mailbox(made)
    school = made.circle.noise_asked.organisation_id
    mailbox(made, organisation_id=school, email="office@school.example.sch.uk", counts_from=NOW)
    return made


def mailbox(scene: Scene, **values: Any) -> SharedMailbox:
    values = {
        "organisation_id": scene.circle.organisation.id,
        "email": SAFE,
        "name": "Safeguarding team",
        "starts_on": date(2026, 1, 1),
        "counts_from": EARLIER - DAY,
        **values,
    }
    return make.kept(scene.session, SharedMailbox(**values))


def ours(scene: Scene) -> SharedMailbox:
    return scene.session.scalars(sa.select(SharedMailbox).where(SharedMailbox.email == SAFE)).one()


def owed(scene: Scene, at: datetime = NOW) -> list[str]:
    scene.session.flush()
    return [one.about for one in mailboxes.owed(scene.session, at)]


def written(scene: Scene, minutes: Minutes, at: datetime = NOW) -> Any:
    values = {"owed_since": NOW, "message_id": f"<{minutes.ref}@x>"}
    letter = Delivery(kind="mailbox", about=minutes.ref, person=ours(scene).ref, role="mailbox", **values)
    scene.session.flush()
    return emails.letter(scene.session, letter, at)


def sentences(scene: Scene, minutes: Minutes, *, whole: bool = False) -> list[Any]:
    found = course(scene.session, scene.actor(scene.lead), minutes)
    return history(scene.session, minutes, found, whole=whole)


def test_it_is_written_to_on_the_day_beside_the_lead_and_says_who_has_to_read(scene: Scene) -> None:
    minutes = scene.sent(answers={"point-0": "Nobody may read this in a letter"})
    scene.documented(minutes)
    found = Sending(scene.session, ALL).look(NOW)
    assert sorted(one.kind for one in found if one.about == minutes.ref) == ["mailbox", "minutes"]
    letter = next(one.letter for one in found if one.kind == "mailbox" and one.about == minutes.ref)
    assert (letter.to_address, letter.to_name, letter.attachments) == (SAFE, "Safeguarding team", ())
    assert letter.subject.startswith("North: minutes to read – ")
    assert letter.body.startswith(
        "To everybody who reads this mailbox (Safeguarding team)\n\nLeader has sent the minutes"
    )
    assert "They are with Lead.\n" in letter.body and "counts for nobody as having them" in letter.body
    assert "Nobody can sign in with the address of this mailbox" in letter.body
    assert "may read this" not in letter.body and "\n\n\n" not in letter.body
    assert f"  http://localhost/minutes/{minutes.ref}\n" in letter.body


def test_a_mailbox_elsewhere_one_that_ended_and_one_that_is_to_come_get_nothing(scene: Scene) -> None:
    minutes = scene.sent()
    assert owed(scene) == [minutes.ref]
    ours(scene).ends_on = NOW.date() - DAY
    assert owed(scene) == []
    ours(scene).ends_on, ours(scene).counts_from = None, NOW + timedelta(seconds=1)
    assert owed(scene) == [], "what was sent before it was known is not told of"


def test_a_correction_is_told_of_and_what_somebody_has_is_not(scene: Scene) -> None:
    first = scene.sent(at=EARLIER)
    second = scene.corrected(first)
    assert owed(scene) == [second.ref]
    assert written(scene, first) == mailboxes.CORRECTED
    assert "This is version 2, in place of the one before." in written(scene, second).body
    scene.has(second)
    assert owed(scene) == []
    assert written(scene, second) == mailboxes.NEEDLESS
    assert owed(scene, NOW + OF_USE + DAY) == []


def test_it_stands_in_for_nobody_where_there_is_no_lead(scene: Scene) -> None:
    scene.appointed(Role.ADMINISTRATOR)
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    minutes = scene.sent()
    assert owed(scene) == []
    sent = Sending(scene.session, ALL).look(NOW)
    assert {one.kind for one in sent if one.kind != "minutes"} == {"no_lead"}, "who can name a lead is told"
    assert owed(scene) == [] and written(scene, minutes) == mailboxes.NOBODY
    administrator = scene.actor(scene.appointed(Role.ADMINISTRATOR))
    assert len(gaps(scene.session, administrator, NOW)) == 1
    scene.appointed(Role.LEAD, at=NOW + DAY)
    assert owed(scene, NOW + DAY) == [], "and not a hundred of them when one comes"


def test_it_receives_nothing_and_stops_no_reminder(scene: Scene) -> None:
    place = scene.circle.organisation.id
    assert {one.name for one in receivers(scene.session, [place], NOW.date())[place]} == {"Lead", "Deputy"}
    minutes = scene.sent()
    sending = Sending(scene.session, ALL)
    sending.look(NOW)
    assert scene.read() == ("With Lead", "To read", "Discussed")
    for days in range(1, 20):
        sending.look(opens(working_days_after(NOW.date(), days)))
    told = [(one.kind, one.role) for one in sending.sent if one.about == minutes.ref]
    assert told.count(("mailbox", "mailbox")) == 1
    assert [role for kind, role in told if kind == "reminder"] == ["lead", "deputy"], "to people, as ever"
    assert {one.letter.to_address for one in sending.sent if one.kind == "reminder"}.isdisjoint({SAFE})


def test_one_whose_days_are_over_and_one_that_is_corrected_are_not_written_to(scene: Scene) -> None:
    minutes = scene.sent()
    assert isinstance(written(scene, minutes), Letter)
    ours(scene).ends_on = NOW.date() - DAY
    assert isinstance(written(scene, minutes), Superseded)
    ours(scene).ends_on = None
    scene.away(scene.lead)
    assert "They are with Lead and Deputy." in written(scene, minutes).body


def test_the_history_says_that_the_email_to_the_mailbox_was_taken(scene: Scene) -> None:
    minutes = scene.sent()
    scene.documented(minutes)
    Sending(scene.session, ALL).look(NOW)
    taken = "The mail system took the email to the shared mailbox Safeguarding team."
    assert taken in [line.sentence for line in sentences(scene, minutes)]
    whole = next(line for line in sentences(scene, minutes, whole=True) if line.sentence == taken)
    assert f"To {SAFE}." in whole.said
    assert any(whom.startswith("Safeguarding team\n") for whom, *_ in posted(scene.session, minutes))


def test_one_that_could_not_be_sent_is_shown_to_whoever_looks_after_the_people(scene: Scene) -> None:
    minutes = scene.sent()
    who = scene.actor(scene.appointed(Role.ADMINISTRATOR))
    sending = Sending(scene.session, ALL, lambda letter: REFUSED if letter.to_address == SAFE else TOOK)
    sending.look(NOW)
    found = missed(scene.session, who, NOW)
    assert [(one.name, one.title, one.organisation, one.email) for one in found] == [
        ("Safeguarding team", "Shared mailbox", "Community Trust", SAFE)
    ]
    assert any("could not be sent" in line.sentence for line in sentences(scene, minutes))
    ours(scene).ends_on = NOW.date() - DAY
    assert missed(scene.session, who, NOW) == []


def test_asking_is_one_statement_that_begins_at_what_was_sent_of_late(scene: Scene) -> None:
    with counted(scene.session) as said:
        owed(scene)
    assert len(said) == 1
    assert "ix_minutes_sent_at" in explained(scene.session, mailboxes._statement)
