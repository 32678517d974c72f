"""What the asking letter says to a leader, a minute taker, a lead and an administrator."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import policy
from app.circulation import emails
from app.organisations.models import Person, Team
from app.policy import Role
from app.post.composing import compose
from app.post.models import Delivery, Letter
from tests import factories as make
from tests.conftest import NOW

BY = date(2027, 1, 11)


class Launch:
    """A launch of one pack to the teams of a trust that nobody has been appointed to yet."""

    def __init__(self, session: Session, *teams: str, **values: Any) -> None:
        self.session = session
        self.partnership = make.partnership(
            session, name="East Sussex Safeguarding Children Partnership", short_name="ESSCP", reply_name="ESSCP office"
        )
        self.trust = make.organisation(session, self.partnership, name="Sussex Community Trust")
        self.teams = [make.team(session, self.trust, name=name) for name in teams]
        text = make.edition(session, title="Injuries to small children", short_title="NAI under 5", number=3)
        self.slug = text.pack.slug
        values = {"at": NOW, "answer_by": BY, "cover_note": "", **values}
        self.sent = make.circulate(session, self.partnership, text, self.teams, **values)
        self.person = make.person(session, name="Reader")

    def appoint(self, role: Role, *teams: Team, who: Person | None = None, title: str = "") -> None:
        make.appoint(self.session, who or self.person, role, self.trust, teams, local_title=title)

    def letter(self, since: datetime = NOW) -> Letter:
        values = {"owed_since": since, "message_id": "<x@test>"}
        delivery = Delivery(kind="ask", about=self.sent.ref, person=self.person.ref, **values)
        written = emails.letter(self.session, delivery, NOW)
        assert isinstance(written, Letter)
        return written

    def link(self, page: str, team: int = 0) -> str:
        asked = {one.team_id: one.ref for one in self.sent.asked}
        return f"http://localhost/asked/{asked[self.teams[team].id]}/{page}"


def test_a_leader_reads_what_why_by_when_how_long_and_how(app: Flask, session: Session) -> None:
    launch = Launch(session, "Hailsham health visiting", cover_note="Dear all,\n\n{{ 7 * 7 }} <b>matters</b> & more.")
    launch.appoint(Role.LEADER, launch.teams[0])
    launch.appoint(Role.LEAD, who=make.person(session, name="Lead"), title="Named Nurse")
    letter = launch.letter()
    assert letter.subject == "Hailsham health visiting: to discuss by 11 January 2027 – NAI under 5"
    assert (letter.to_address, letter.to_name) == (launch.person.addresses[0].email, "Reader")
    assert letter.reply_to == launch.partnership.reply_to
    for words in (
        "The East Sussex Safeguarding Children Partnership asks",
        "by 11 January 2027",
        "Injuries to small children",
        f"http://localhost/packs/{launch.slug}/editions/3",
        "Allow 20 minutes to discuss it",
        "10 to write it up",
        launch.link("meeting"),
        launch.link("other"),
        "No password",
        "we send you a code",
        "Hailsham health visiting: Lead, Named Nurse.",
        "The ESSCP sees that you met, and when. It sees answers only if",
        launch.link("leader"),
        launch.link("colleague"),
        f"write to ESSCP office: {launch.partnership.reply_to}",
        "This is not a way to report a concern about a child.",
        "Single point of advice: 01234 567890",
        "Dear all,\n\n{{ 7 * 7 }} <b>matters</b> & more.",
    ):
        assert words in letter.body, words
    assert "safeguarding lead: to know" not in letter.body


def test_the_letter_has_one_line_for_the_meeting_pack_and_the_date_of_each_team(app: Flask, session: Session) -> None:
    launch = Launch(session, "A north", "B south")
    launch.appoint(Role.LEADER, *launch.teams)
    lines = launch.letter().body.splitlines()
    pack = f"For the meeting, to print (Word): http://localhost/packs/{launch.slug}/editions/3/meeting.docx"
    assert lines.count(pack) == 1
    assert [line.strip() for line in lines if line.endswith(".ics")] == [
        launch.link("date.ics", 0),
        launch.link("date.ics", 1),
    ]


def test_without_a_cover_note_nobody_writes_one(app: Flask, session: Session) -> None:
    launch = Launch(session, "One")
    launch.appoint(Role.LEADER, launch.teams[0])
    assert "ESSCP office writes" not in launch.letter().body


def test_a_leader_of_several_teams_gets_them_all_in_one_letter(app: Flask, session: Session) -> None:
    launch = Launch(session, "A north", "B south", "C west")
    launch.appoint(Role.LEADER, *launch.teams[:2])
    letter = launch.letter()
    assert letter.subject.startswith("A north and 1 more: to discuss by")
    assert launch.link("meeting", 0) in letter.body
    assert launch.link("meeting", 1) in letter.body
    assert launch.link("meeting", 2) not in letter.body
    assert "C west" not in letter.body


def test_a_leader_without_a_lead_is_told_that_what_is_written_is_kept(app: Flask, session: Session) -> None:
    launch = Launch(session, "One")
    launch.appoint(Role.LEADER, launch.teams[0])
    assert "One: there is no safeguarding lead here at the moment. What you write is kept" in launch.letter().body


def test_a_leader_who_is_the_lead_too_is_asked_once_and_told_that_she_reads_it(app: Flask, session: Session) -> None:
    launch = Launch(session, "Seaside School")
    launch.appoint(Role.LEADER, launch.teams[0])
    launch.appoint(Role.LEAD, title="Designated Safeguarding Lead")
    body = launch.letter().body
    assert "Seaside School: you, as its safeguarding lead." in body
    assert "There is nothing you need to do now" not in body


def test_what_a_leader_has_to_do_stands_before_what_a_lead_is_told(app: Flask, session: Session) -> None:
    launch = Launch(session, "A own", "B other")
    launch.appoint(Role.LEADER, launch.teams[0])
    launch.appoint(Role.LEAD)
    launch.appoint(Role.LEADER, launch.teams[1], who=make.person(session))
    body = launch.letter().body
    assert (
        0
        < body.index(launch.link("meeting"))
        < body.index("There is nothing you need to do now")
        < body.index("- B other")
    )
    assert launch.link("meeting", 1) not in body


def test_a_minute_taker_is_told_why_it_comes_to_her(app: Flask, session: Session) -> None:
    launch = Launch(session, "Rother school nursing")
    launch.appoint(Role.MINUTES, launch.teams[0])
    letter = launch.letter()
    assert letter.subject.startswith("Rother school nursing: to discuss by")
    assert "You take the minutes of a team that has no leader here" in letter.body
    assert launch.link("meeting") in letter.body


def test_a_lead_is_told_what_her_teams_were_asked_and_that_there_is_nothing_to_do(app: Flask, session: Session) -> None:
    launch = Launch(session, "A north", "B south")
    launch.appoint(Role.LEAD)
    for team in launch.teams:
        launch.appoint(Role.LEADER, team, who=make.person(session))
    letter = launch.letter()
    assert letter.subject == "Sussex Community Trust: 2 teams asked to discuss by 11 January 2027 – NAI under 5"
    assert "There is nothing you need to do now. These teams of yours have been asked." in letter.body
    assert "- A north (Sussex Community Trust)\n- B south (Sussex Community Trust)" in letter.body
    assert "/asked/" not in letter.body


def test_a_lead_of_a_team_without_a_leader_is_asked_to_pass_it_on(app: Flask, session: Session) -> None:
    launch = Launch(session, "A north", "B south")
    launch.appoint(Role.LEAD)
    launch.appoint(Role.LEADER, launch.teams[0], who=make.person(session))
    letter = launch.letter()
    assert letter.subject == "Sussex Community Trust: please pass on, to discuss by 11 January 2027 – NAI under 5"
    assert "Nobody is known here who leads this team" in letter.body
    passed_on = letter.body.index("- B south")
    assert letter.body.index("Or pass this letter on") < passed_on < letter.body.index("- A north")
    here = f"http://localhost/teams/{launch.teams[1].ref}/leader"
    assert f"- B south (Sussex Community Trust)\n  Name who leads it:\n  {here}\n" in letter.body
    assert "Please name whoever leads it on the page below: that person then gets a letter" in letter.body
    assert "\n\n\n" not in letter.body


def test_a_lead_of_named_teams_gets_the_link_to_a_page_that_is_open_to_her(app: Flask, session: Session) -> None:
    launch = Launch(session, "A north", "B south")
    launch.appoint(Role.LEAD, launch.teams[1])
    body = launch.letter().body
    assert f"http://localhost/teams/{launch.teams[1].ref}/leader" in body
    assert policy.allows(make.actor_of(session, launch.person), "name_leader", launch.teams[1])


def test_a_lead_of_an_organisation_without_known_teams_is_asked_which_they_are(app: Flask, session: Session) -> None:
    launch = Launch(session)
    launch.sent.asked.append(
        make.Asked(
            partnership_id=launch.partnership.id,
            organisation_id=launch.trust.id,
            team_id=None,
            organisation_name=launch.trust.name,
            team_name="",
            sector="Health",
            added_at=NOW,
        )
    )
    session.flush()
    launch.appoint(Role.LEAD)
    letter = launch.letter()
    assert "please pass on, to discuss by" in letter.subject
    assert "we do not know its teams" in letter.body
    assert f"http://localhost/asked/{launch.sent.asked[-1].ref}/meeting" in letter.body
    add = f"  Add a team, with who leads it:\n  http://localhost/organisations/{launch.trust.ref}/teams/add\n"
    assert add in letter.body and "Please add them on the page below" in letter.body
    assert "answer it with the names of those teams" in letter.body, "the second way"
    assert "\n\n\n" not in letter.body


def test_an_administrator_is_asked_to_pass_it_on_and_gets_no_link_that_is_closed_to_her(
    app: Flask, session: Session
) -> None:
    launch = Launch(session, "One")
    launch.appoint(Role.ADMINISTRATOR)
    letter = launch.letter()
    assert "There is no safeguarding lead or team leader here" in letter.body
    assert "- One (Sussex Community Trust)" in letter.body
    assert "/asked/" not in letter.body


def test_somebody_who_came_later_is_told_when_it_was_asked(app: Flask, session: Session) -> None:
    launch = Launch(session, "One")
    launch.appoint(Role.LEADER, launch.teams[0])
    assert "The partnership asked on" not in launch.letter().body
    later = launch.letter(NOW + timedelta(days=3)).body
    assert "The partnership asked on 23 November 2026" in later
    assert "\n\n\n" not in later


@pytest.mark.parametrize(("by", "said"), [(date(2026, 12, 14), "by 14 December –"), (BY, "by 11 January 2027 –")])
def test_a_subject_names_the_year_only_where_it_is_another(app: Flask, session: Session, by: date, said: str) -> None:
    launch = Launch(session, "One", answer_by=by)
    launch.appoint(Role.LEADER, launch.teams[0])
    assert said in launch.letter().subject


def test_long_names_and_long_notes_still_make_a_message(app: Flask, session: Session) -> None:
    launch = Launch(session, "Équipe " + "of many words " * 30, cover_note="y" * 2_000)
    launch.appoint(Role.LEADER, launch.teams[0])
    letter = launch.letter()
    assert len(letter.subject) < 130
    made = compose(letter, message_id="<x@test>", sender="circulation@service.test", now=NOW)
    assert max(len(line) for line in made.content.splitlines()) < 998
