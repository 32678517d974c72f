"""A team's page: what it is asked, where that stands in the words of whoever reads, or why nothing is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import clock
from app.database import db
from app.discussions.models import ReplyKind
from app.home.team import A_PAGE
from app.organisations.models import Partnership, Person, Succession, Team, TeamSuccession
from app.policy import Role
from app.post.models import Delivery, State
from tests import factories as make
from tests.client import Client, parse
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, earlier, statements, words

FAR = date(2999, 1, 31)


def place_with(app: Flask, arrange: Callable[[Scene], Any] = lambda scene: None) -> Visits:
    def make_it(scene: Scene) -> dict[str, Any]:
        scene.asked.team_name = "North"
        scene.circle.teams[0].name = "North"
        scene.circle.edition.short_title = "NAI under 5"
        scene.circle.partnership.short_name = "ESSCP"
        scene.circle.circulation.dates[0].on = FAR
        made = arrange(scene)
        return {
            "made": made,
            "team": scene.circle.teams[0].ref,
            "south": scene.circle.teams[1].ref,
            "foreign": scene.session.get_one(Team, scene.circle.noise_asked.team_id).ref,
        }

    return Visits(app, make_it)


def page(place: Visits, who: str | int = "leader", team: str = "team") -> str:
    return words(place.browser(who).get(f"/teams/{place.refs[team]}"))


def actions(place: Visits, who: str = "leader") -> list[str]:
    """What links there are in the part about what was asked."""
    section = next(e for e in parse(place.page(who, f"/teams/{place.refs['team']}")).iter("section"))
    return [" ".join("".join(a.itertext()).split()) for a in section.iter("a")]


def shared(scene: Scene) -> None:
    minutes = scene.sent(at=earlier())
    scene.has(minutes, at=earlier())
    scene.share(minutes, at=earlier())


READ, RECORD, OTHER, NAME = (
    "Read the briefing",
    "Record your discussion",
    "Not relevant to you, or discussed with another team?",
    "Somebody else will write it up",
)
FOR_THE_MEETING = (
    "Put 31 January 2999 in your calendar",
    "meeting pack (Word)",
    "Response sheet (Word) to write on",
    "upload it",
    "Slides to show",
    "Guide for whoever leads the discussion",
)
MINUTES, ANOTHER = "Read your minutes of 18 November 2026 and what happened to them", "Record another meeting"
STATES: dict[str, tuple[Callable[[Scene], Any], dict[str, str], list[str]]] = {
    "asked": (
        lambda s: None,
        {"leader": "To discuss by 31 January 2999", "lead": "No response yet", "officer": "No response yet"},
        [READ, *FOR_THE_MEETING, RECORD, OTHER, NAME],
    ),
    "started": (
        lambda s: s.began(),
        dict.fromkeys(["leader", "lead", "officer"], "Started"),
        [READ, *FOR_THE_MEETING, "Go on writing", OTHER, NAME],
    ),
    "sent": (
        lambda s: s.sent(at=earlier()),
        {"leader": "With Lead", "lead": "To read", "officer": "Discussed"},
        [READ, MINUTES, ANOTHER],
    ),
    "question": (
        lambda s: s.ask(s.sent(at=earlier()), at=earlier()),
        {"leader": "Question from Lead", "lead": "Waiting for the team", "officer": "Discussed"},
        [READ, "Read the question and answer it", MINUTES, ANOTHER],
    ),
    "shared": (
        shared,
        {"leader": "Shared with the ESSCP", "lead": "Shared", "officer": "Shared"},
        [READ, MINUTES, ANOTHER],
    ),
    "replied": (
        lambda s: s.replied(ReplyKind.NOT_RELEVANT, "none here"),
        {
            "leader": "Not relevant to us",
            "lead": "Not relevant to us: none here",
            "officer": "Not relevant to us: none here",
        },
        [READ, RECORD, "Read your answer, or give another", NAME],
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_each_reads_where_it_stands_in_their_own_words_and_the_team_can_go_on(app: Flask, state: str) -> None:
    arrange, said, links = STATES[state]
    place = place_with(app, arrange)
    for who, status in said.items():
        assert f"NAI under 5 {status}" in page(place, who), who
    assert actions(place) == links


def test_an_officer_reads_the_status_and_finds_no_way_to_what_was_written(app: Flask) -> None:
    place = place_with(app, shared)
    assert actions(place, "officer") == [READ]
    assert "What this team has recorded" not in page(place, "officer")
    assert "/minutes/" not in place.page("officer", f"/teams/{place.refs['team']}").text


def test_an_officer_who_only_looks_on_is_offered_nothing_for_the_meeting(app: Flask) -> None:
    assert actions(place_with(app), "officer")[0] == READ
    assert not set(FOR_THE_MEETING) & set(actions(place_with(app), "officer"))


def test_a_lead_finds_the_teams_minutes_and_may_record_for_it(app: Flask) -> None:
    place = place_with(app, shared)
    assert actions(place, "lead") == [READ, "Read the minutes of 18 November 2026 and what happened to them", ANOTHER]
    assert actions(place_with(app), "lead")[1:] == [
        *FOR_THE_MEETING,
        "Record the discussion",
        "Not relevant to this team, or discussed with another team?",
        NAME,
    ]


def test_an_administrator_reads_the_status_only(app: Flask) -> None:
    def arrange(scene: Scene) -> int:
        shared(scene)
        return scene.appointed(Role.ADMINISTRATOR).id

    place = place_with(app, arrange)
    answer = place.browser(place.refs["made"]).get(f"/teams/{place.refs['team']}")
    assert "Shared" in words(answer) and "/minutes/" not in answer.text and "/meeting" not in answer.text


def mailed(place: Visits, *states: State, reason: str = "", since: datetime | None = None) -> str:
    owed = {"owed_since": since or clock.now(), "last_reason": reason}
    with db.writing() as session:
        for number, state in enumerate(states):
            about = {"about": place.refs["made"], "person": f"{number}", "message_id": f"<{number}@x>"}
            session.add(Delivery(kind="minutes", state=state, **owed, **about))
    said = page(place)
    return said[said.index("The email:") : said.index("Read the briefing")].strip() if "The email:" in said else ""


@pytest.mark.parametrize(
    ("states", "words_of_it"),
    [
        ([], "The email: waiting to send, delayed"),
        ([State.RETRY], "The email: waiting to send"),
        ([State.ACCEPTED], "The email: sent to mail system"),
        ([State.MAYBE_SENT], "The email: sent, but not confirmed by the mail system"),
        ([State.FAILED], "The email: could not be sent: the mailbox is full"),
        ([State.ACCEPTED, State.QUEUED], "The email: sent to mail system; Waiting to send"),
        ([State.ACCEPTED, State.ACCEPTED], "The email: sent to mail system"),
    ],
)
def test_what_mail_did_is_a_second_line(app: Flask, states: list[State], words_of_it: str) -> None:
    place = place_with(app, lambda s: s.sent(at=earlier()).ref)
    assert mailed(place, *states, reason="The mailbox is full." if State.FAILED in states else "") == words_of_it


def test_an_email_that_has_waited_for_a_quarter_of_an_hour_is_delayed(app: Flask) -> None:
    place = place_with(app, lambda s: s.sent(at=earlier()).ref)
    before = clock.now() - timedelta(minutes=16)
    assert mailed(place, State.RETRY, since=before) == "The email: waiting to send, delayed"


def test_an_email_that_no_sender_has_seen_is_delayed_where_it_is_owed(app: Flask) -> None:
    quarter = timedelta(minutes=15)
    assert mailed(place_with(app, lambda s: s.sent(at=clock.now()).ref)) == "The email: waiting to send"

    def came_later(scene: Scene) -> str:
        scene.ended(scene.lead, Role.LEAD)
        scene.ended(scene.deputy, Role.DEPUTY)
        scene.appointed(Role.LEAD, at=clock.now() - quarter)
        return scene.sent(at=clock.now() - 2 * quarter).ref

    assert mailed(place_with(app, came_later)) == "The email: waiting to send", "she gets another letter"


def nobody(scene: Scene) -> str:
    scene.ended(scene.lead, Role.LEAD)
    scene.ended(scene.deputy, Role.DEPUTY)
    return scene.sent(at=earlier()).ref


def history(scene: Scene) -> str:
    scene.circle.partnership.letters_from = earlier(0)
    return scene.sent(at=earlier()).ref


@pytest.mark.parametrize("arrange", [nobody, history])
def test_where_no_letter_is_owed_nothing_is_said_of_mail(app: Flask, arrange: Callable[[Scene], Any]) -> None:
    assert mailed(place_with(app, arrange)) == ""


def test_what_was_shared_before_a_correction_is_said_to_stay(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        first = scene.sent(at=earlier())
        scene.share(first, at=earlier())
        scene.corrected(first, at=earlier())

    said = page(place_with(app, arrange))
    assert "With Lead" in said and "What was shared from an earlier version stays shared until this one is." in said


def test_everything_a_team_recorded_is_listed_once_the_latest_meeting_first(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        _, asked = scene.other_partnership()
        scene.sent(scene.leader, scene.asked, asked, at=earlier(), held_on=date(2026, 11, 2))
        first = scene.sent(at=earlier(), held_on=date(2026, 11, 9))
        scene.corrected(first, at=earlier(), held_on=date(2026, 11, 8))

    place = place_with(app, arrange)
    said = page(place)
    listed = said[said.index("What this team has recorded") :]
    assert listed == (
        "What this team has recorded NAI under 5, 8 November 2026 With Lead NAI under 5, 2 November 2026 With Lead"
    )


def test_a_lead_opens_the_minutes_that_wait_to_be_read_and_sees_where_each_stands(app: Flask) -> None:
    def arrange(scene: Scene) -> str:
        unread = scene.sent(at=earlier(3), held_on=date(2026, 11, 2))
        known = scene.sent(at=earlier(2), held_on=date(2026, 11, 9))
        scene.has(known, at=earlier())
        scene.share(known, at=earlier())
        return unread.ref

    place = place_with(app, arrange)
    answer = place.page("lead", f"/teams/{place.refs['team']}")
    opens = [a.get("href") for a in parse(answer).iter("a") if "Read the minutes" in "".join(a.itertext())]
    assert opens == [f"/minutes/{place.refs['made']}"]
    said = words(answer)
    assert "NAI under 5 To read" in said and "Answers of 1 of 2 meetings are with the ESSCP" in said
    assert "NAI under 5, 9 November 2026 Shared NAI under 5, 2 November 2026 To read" in said


def test_a_lead_reads_who_leads_the_team_and_writes_to_them(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        taker = scene.appointed(Role.MINUTES, scene.circle.teams[0])
        taker.name, taker.addresses[0].email = "Taker", "taker@example.gov.uk"
        scene.appointed(Role.LEADER, scene.circle.teams[1]).name = "Leader next door"

    place = place_with(app, arrange)
    answer = place.page("lead", f"/teams/{place.refs['team']}")
    said = words(answer)
    assert "Who leads this team Leader, team leader: " in said and "Taker, minute taker: taker@example.gov.uk" in said
    assert 'href="mailto:taker@example.gov.uk"' in answer.text and "Leader next door" not in said
    assert "Who leads this team" not in page(place) and "Who leads this team" not in page(place, "officer")


def test_where_nobody_leads_the_team_a_lead_reads_whom_to_tell(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        scene.circle.partnership.reply_name, scene.circle.partnership.reply_to = "the office", "office@esscp.gov.uk"

    place = place_with(app, arrange)
    said = page(place, "lead", "south")
    assert "Nobody is known here to lead this team or to write for it. Tell the office who does: office@esscp" in said


# Why nothing is asked


def seen_by(app: Flask, person: int, team: str) -> str:
    """A team's page as somebody reads it."""
    return words(Client(app, app.response_class).as_person(person).get(f"/teams/{team}"))


def test_a_team_that_was_never_asked_reads_so_and_when_others_were(app: Flask) -> None:
    with db.writing() as session:
        scene = Scene(session, short_name="ESSCP", reply_name="the office", reply_to="office@esscp.gov.uk")
        scene.circle.edition.short_title = "NAI under 5"
        lead, ref = scene.lead.id, make.team(session, scene.circle.organisation).ref
    said = seen_by(app, lead, ref)
    assert "Nobody has asked this team to discuss a briefing yet." in said
    assert "The ESSCP last asked other teams on 13 November 2026 at 10:00: NAI under 5." in said
    assert "write to the office: office@esscp.gov.uk" in said


def test_where_nothing_was_circulated_at_all_nothing_is_said_of_others(app: Flask) -> None:
    with db.writing() as session:
        Scene(session)
        apart = make.organisation(session, make.partnership(session))
        team, person = make.team(session, apart), make.person(session)
        make.appoint(session, person, Role.LEADER, apart, (team,))
        leader, ref = person.id, team.ref
    said = seen_by(app, leader, ref)
    assert "Nobody has asked this team" in said and "last asked other teams" not in said


def test_a_team_that_went_over_into_another_says_into_which(app: Flask) -> None:
    with db.writing() as session:
        scene = Scene(session)
        old, new = (make.team(session, scene.circle.organisation, name=name) for name in ("Old", "New"))
        values = {"from_team_id": old.id, "to_team_id": new.id, "kind": Succession.MERGED}
        make.kept(session, TeamSuccession(organisation_id=old.organisation_id, on=date(2026, 3, 1), **values))
        lead, ref = scene.lead.id, old.ref
    said = seen_by(app, lead, ref)
    assert "This team went over into New on 1 March 2026. What a partnership asks goes there now." in said
    assert "Nobody has asked this team" not in said


# Whose it is


@pytest.mark.parametrize("who", ["leader", "lead", "deputy", "noise_officer", "reviewer"])
def test_a_foreign_team_is_answered_like_a_made_up_one(app: Flask, who: str) -> None:
    place = place_with(app)
    foreign = "team" if who in ("noise_officer", "reviewer") else "foreign"
    browser = place.browser(who)
    theirs, made_up = (browser.get(f"/teams/{ref}") for ref in (place.refs[foreign], "0" * 12))
    assert (theirs.status_code, made_up.status_code) == (404, 404)
    assert theirs.text == made_up.text


def test_a_leader_does_not_see_the_page_of_the_team_next_door(app: Flask) -> None:
    place = place_with(app)
    assert place.page("leader", f"/teams/{place.refs['south']}").status_code == 404
    assert place.page("lead", f"/teams/{place.refs['south']}").status_code == 200


@pytest.mark.parametrize("ago", [0, 2], ids=["just sent", "unseen by a sender for days"])
def test_the_page_takes_six_statements_however_much_there_is(app: Flask, ago: int) -> None:
    place = place_with(app, lambda s: s.sent(at=earlier(ago)).ref)
    browser, path = place.browser("leader"), f"/teams/{place.refs['team']}"
    assert statements(app, browser, path) == 6
    with db.writing() as session:
        team = session.scalars(sa.select(Team).where(Team.ref == place.refs["team"])).one()
        partnership = session.scalars(sa.select(Partnership).where(Partnership.id == place.partnership)).one()
        leader = session.get_one(Person, place.people["leader"])
        for _ in range(6):
            asked = make.circulate(session, partnership, make.edition(session), [team]).asked[0]
            make.minutes(session, asked, leader, sent_at=earlier(ago))
            make.minutes(session, asked, leader, sent_at=earlier(ago))
    assert statements(app, browser, path) == 6


@pytest.mark.parametrize("further", [0, 1])
def test_a_long_list_goes_on_over_pages_and_no_briefing_is_missing(app: Flask, further: int) -> None:
    place = place_with(app, lambda s: s.sent(at=earlier()).ref)
    with db.writing() as session:
        team = session.scalars(sa.select(Team).where(Team.ref == place.refs["team"])).one()
        partnership = session.get_one(Partnership, place.partnership)
        for number in range(2 * A_PAGE - 1 + further):
            edition = make.edition(session, partnership, short_title=f"Briefing no. {number:02}")
            make.circulate(session, partnership, edition, [team])
    at, read = f"/teams/{place.refs['team']}", []
    while at:
        said = place.page("leader", at)
        read.append([one.findtext("h2") for one in parse(said).iter("section") if one.get("class") == "app-ask"])
        at = next((a.get("href") for a in parse(said).iter("a") if a.text == "Earlier briefings"), "")
        assert ("What this team has recorded" in words(said)) == (len(read) == 2 + further)
    names = [f"Briefing no. {number:02}" for number in reversed(range(2 * A_PAGE - 1 + further))]
    assert list(chain(*read)) == [*names, "NAI under 5"]
    assert [len(one) for one in read] == [A_PAGE, A_PAGE, *[1] * further]


@pytest.mark.parametrize("before", ["0" * 12, "no reference"])
def test_a_page_that_begins_nowhere_is_not_there(app: Flask, before: str) -> None:
    place = place_with(app)
    assert place.page("leader", f"/teams/{place.refs['team']}?before={before}").status_code == 404


def test_an_officer_reads_nothing_of_what_another_partnership_asked(app: Flask) -> None:
    with db.writing() as session:
        ours, theirs = make.partnership(session), make.partnership(session, short_name="Other SCP")
        force = make.organisation(session, ours, theirs)
        asked, quiet = make.team(session, force), make.team(session, force)
        make.circulate(session, theirs, make.edition(session, theirs, short_title="Their launch"), [asked])
        ref = quiet.ref
        officer, leader = (
            make.holder(session, *held).id for held in ((Role.OFFICER, ours), (Role.LEADER, force, [quiet]))
        )
    read = [words(Client(app, app.response_class).as_person(who).get(f"/teams/{ref}")) for who in (officer, leader)]
    assert ["Their launch" in text for text in read] == [False, True]
