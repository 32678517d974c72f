"""Who gets a team's minutes: nobody yet, a deputy, a lead who comes later, a lead who wrote them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from app.circulation.models import Asked
from app.clock import now, today
from app.database import db
from app.organisations.models import Address, Appointment, Leave, Partnership
from tests import factories
from tests.journeys import circle, town
from tests.journeys.conftest import Comes
from tests.journeys.mailroom import Mailroom

FIRST_LEAD = "first.lead@housing.example.gov.uk"
NEW_DEPUTY = "deputy@harbour.example.org"
SIGNED = "Trust Named Nurse, Named Nurse"


def appoint_lead(app: Flask, folder: Path) -> None:
    town.appoint(
        app,
        folder,
        organisation="District Housing",
        organisation_ref="housing",
        sector="Housing",
        role="safeguarding lead",
        name="First Lead",
        email=FIRST_LEAD,
    )


def test_minutes_without_a_lead_are_kept_and_go_to_the_first_one_once(
    app: Flask, comes: Comes, mail: Mailroom, tmp_path: Path
) -> None:
    circle.circulate(comes(town.OFFICER))
    leader = comes(town.OPTIONS)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send")
    assert leader.heading == "Your minutes are kept"
    leader.reads("District Housing has no safeguarding lead here at the moment. Your minutes are safe.")
    leader.follow("Your team’s page")
    leader.reads("Kept until there is a safeguarding lead")
    mail.bring()
    assert not [copy for copy in mail.stub.received if "minutes to read" in str(copy.message["Subject"])]

    appoint_lead(app, tmp_path)
    lead = comes(FIRST_LEAD)
    letter = mail.newest(FIRST_LEAD, "to read")
    assert "Housing Options: minutes to read" in letter.subject, "sent shortly before she came"
    assert len(mail.to(FIRST_LEAD, "to read")) == 1
    lead.open(letter.link("/minutes/"))
    lead.sign_in()
    lead.reads(*circle.ANSWERS[1:])
    lead.choose("I have this. Do not share for now", group=circle.DECISION)
    lead.press("Confirm as First Lead, Safeguarding lead")
    leader.follow("Your page")
    leader.reads("First Lead has this")


def test_a_deputy_is_written_to_at_once_where_the_lead_is_on_leave(app: Flask, comes: Comes, mail: Mailroom) -> None:
    circle.circulate(comes(town.OFFICER))
    with app.app_context(), db.writing() as session:
        nurse = session.scalars(sa.select(Address.person_id).where(Address.email == town.NURSE)).one()
        day = today(now())
        session.add(Leave(person_id=nurse, starts_on=day, ends_on=day + timedelta(days=7)))
    leader = comes(town.NORTH)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse and Trust Deputy")

    deputy = comes(town.DEPUTY)
    circle.arrive(deputy, "minutes to read", "/minutes/")
    circle.share(deputy, "Trust Deputy, Deputy safeguarding lead", keep_back=3, quotable=1)
    deputy.reads("Trust Deputy, Deputy safeguarding lead, said “I have this”")
    leader.open(mail.newest(town.NORTH, "Trust Deputy has your minutes").link("/minutes/"))
    leader.reads("Shared with the ESSCP")


def test_a_deputy_appointed_while_the_lead_is_on_leave_is_written_to_at_once(
    app: Flask, comes: Comes, mail: Mailroom, tmp_path: Path
) -> None:
    circle.circulate(comes(town.OFFICER))
    with app.app_context(), db.writing() as session:
        # All of them have been here for two months, and the team has sent its minutes yesterday.
        session.execute(sa.update(Partnership).values(letters_from=now() - timedelta(days=60)))
        session.execute(sa.update(Appointment).values(counts_from=now() - timedelta(days=60)))
        lead = session.scalars(sa.select(Address.person_id).where(Address.email == town.HARBOUR_LEAD)).one()
        session.add(Leave(person_id=lead, starts_on=today(now()) - timedelta(days=7), ends_on=today(now())))
        asked = session.scalars(sa.select(Asked).where(Asked.team_name == "Harbour Centre")).one()
        recorder = session.scalars(sa.select(Address).where(Address.email == town.MANAGER)).one().person
        factories.minutes(session, asked, recorder, sent_at=now() - timedelta(days=1))
    mail.bring()
    assert len(mail.to(town.HARBOUR_LEAD, "minutes to read")) == 1, "for when she is back"

    where = {"organisation": "Harbour Early Years", "organisation_ref": "harbour", "sector": "Early years"}
    town.appoint(app, tmp_path, **where, role="deputy", name="New Deputy", email=NEW_DEPUTY)
    letter = mail.newest(NEW_DEPUTY, "1 set of minutes to read")
    deputy = comes(NEW_DEPUTY)
    deputy.open(letter.link("/inbox"))
    deputy.sign_in()
    deputy.reads("To read (1)")
    mail.bring()
    assert len(mail.to(NEW_DEPUTY, "to read")) == 1


def test_a_deputy_is_not_written_to_while_the_lead_is_there(comes: Comes, mail: Mailroom) -> None:
    circle.circulate(comes(town.OFFICER))
    leader = comes(town.NORTH)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    assert len(mail.to(town.NURSE, "minutes to read")) == 1
    assert mail.to(town.DEPUTY) == []


def test_a_lead_appointed_over_a_hundred_old_minutes_gets_one_letter(
    app: Flask, comes: Comes, mail: Mailroom, tmp_path: Path
) -> None:
    circle.circulate(comes(town.OFFICER))
    with app.app_context(), db.writing() as session:
        # The service has been in use for two months, so that these are minutes of its own and not loaded history.
        session.execute(sa.update(Partnership).values(letters_from=now() - timedelta(days=60)))
        asked = session.scalars(sa.select(Asked).where(Asked.organisation_name == "District Housing")).one()
        recorder = session.scalars(sa.select(Address).where(Address.email == town.OPTIONS)).one().person
        for number in range(100):
            factories.minutes(session, asked, recorder, sent_at=now() - timedelta(days=40, minutes=-number))
    mail.bring()
    appoint_lead(app, tmp_path)
    letter = mail.newest(FIRST_LEAD, "to read")
    assert letter.subject == "District Housing: 100 sets of minutes to read"
    assert len(mail.to(FIRST_LEAD, "to read")) == 1
    lead = comes(FIRST_LEAD)
    lead.open(letter.link("/inbox"))
    lead.sign_in()
    lead.reads("To read (100)")
    lead.follow("More to read")
    lead.reads("Housing Options: NAI under 5")


def test_a_lead_who_leads_the_team_shares_her_own_minutes(comes: Comes, mail: Mailroom) -> None:
    officer, head = comes(town.OFFICER), comes(town.HEAD)
    circle.circulate(officer)
    circle.arrive(head, "to discuss", "/meeting")
    circle.record(head, "Send")
    assert head.heading == "Your minutes are kept"
    head.reads("You are the safeguarding lead yourself", "recorded by the safeguarding lead")
    head.follow("Decide whether to share the answers")
    head.misses("I have this", "Ask the team")
    head.reads("Share the answers with the ESSCP")
    head.press("Share as School Head, Designated Safeguarding Lead")
    head.reads("Shared with the ESSCP")
    officer.follow("See who has discussed it")
    officer.follow(town.POINTS[1])
    officer.reads("Hill Road Primary School, School", circle.ANSWERS[1])
    assert mail.to(town.HEAD, "has your minutes") == []


def test_a_question_goes_to_the_team_and_its_correction_comes_back(comes: Comes, mail: Mailroom) -> None:
    circle.circulate(comes(town.OFFICER))
    leader, lead = comes(town.NORTH), comes(town.NURSE)
    circle.arrive(leader, "to discuss", "/meeting")
    circle.record(leader, "Send to Trust Named Nurse")
    circle.arrive(lead, "minutes to read", "/minutes/")
    lead.choose("Ask the team a question first", group=circle.DECISION)
    lead.fill("Your question to the team", "Do you mean both parents, always?")
    lead.press(f"Confirm as {SIGNED}")
    lead.reads(f"{SIGNED}, asked the team", "Do you mean both parents, always?")

    letter = mail.newest(town.NORTH, "a question about your minutes")
    assert "both parents" not in letter.text
    leader.open(letter.link("/questions/"))
    leader.reads("A question about your minutes", "Do you mean both parents, always?")
    leader.fill("Your answer", "Both, always.")
    leader.press("Send to Trust Named Nurse")
    leader.reads("Your answer is sent.")
    lead.open(mail.newest(town.NURSE, "an answer to your question").link("/minutes/"))
    lead.reads("answered", "Both, always.")
    leader.press("Correct these minutes")
    leader.fill("What", "Write to both parents, always", group="Action 1")
    leader.press("Continue")
    circle.send(leader, "Send to Trust Named Nurse")
    lead.open(mail.newest(town.NURSE, "minutes to read", more_than=1).link("/minutes/"))
    lead.reads("This is version 2", "Write to both parents, always")
