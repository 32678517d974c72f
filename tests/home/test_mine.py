"""A person's own page: what there is to do for each role, and what it says where there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.database import db
from app.discussions.models import Minutes, ReplyKind
from app.home import queries
from app.organisations.models import Membership, Organisation, Partnership
from app.policy import Role
from app.post.models import Delivery, State
from app.post.presence import SenderSeen
from tests import factories as make
from tests.client import parse
from tests.conftest import NOW
from tests.forwarding.scene import EARLIER, Scene
from tests.forwarding.visits import Visits, earlier, statements, words

LETTERS_SECRET = "person@somewhere.example.org"


def home(place: Visits, who: str | int) -> str:
    return words(place.browser(who).get("/home"))


def links(place: Visits, who: str) -> dict[str, str]:
    """What the links of the page say, and where they lead."""
    main = next(parse(place.page(who, "/home")).iter("main"))
    return {" ".join("".join(a.itertext()).split()): a.get("href") or "" for a in main.iter("a")}


def named(scene: Scene) -> None:
    scene.asked.team_name, scene.south.team_name = "North", "South"
    scene.circle.edition.short_title = "NAI under 5"
    scene.circle.noise_asked.team_name = "Noise"


def place_with(app: Flask, arrange: Callable[[Scene], Any] = lambda scene: None) -> Visits:
    def make_it(scene: Scene) -> dict[str, Any]:
        named(scene)
        return {"made": arrange(scene)}

    return Visits(app, make_it)


# A team leader


def test_a_leader_reads_what_the_team_is_asked_and_by_when(app: Flask) -> None:
    place = place_with(app)
    said = home(place, "leader")
    assert "What your team is asked to discuss North: NAI under 5 Asked for by 25 December 2026" in said
    assert "South" not in said and "Noise" not in said
    assert "/teams/" in links(place, "leader")["North: NAI under 5"]
    assert "Minutes to read" not in said and "Where your teams stand" not in said


def test_what_is_answered_stands_apart_from_what_is_open(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        again = make.circulate(
            scene.session,
            scene.circle.partnership,
            make.edition(scene.session, short_title="Second"),
            [scene.circle.teams[0]],
        )
        again.asked[0].team_name = "North"
        scene.sent(at=earlier())

    said = home(place_with(app, arrange), "leader")
    assert said.index("North: Second") < said.index("What your team has answered") < said.index("North: NAI under 5")
    assert said.partition(" Signed in somewhere else?")[0].endswith("With Lead")


def test_a_question_from_the_lead_is_open_for_the_team(app: Flask) -> None:
    def arrange(scene: Scene) -> str:
        minutes = scene.sent(at=earlier())
        scene.ask(minutes, at=earlier())
        return minutes.ref

    place = place_with(app, arrange)
    said = home(place, "leader")
    assert "Question from Lead" in said and "What your team has answered" not in said
    to_it = f'href="/minutes/{place.refs["made"]}#asked"'
    team = place.page("leader", "/home")
    assert to_it in team.text and "Everything that was asked and answered: " in words(team)
    assert to_it not in place.page("lead", "/home").text, "it waits for the team"


def test_a_leader_of_whom_nothing_is_asked_reads_what_will_come(app: Flask) -> None:
    def arrange(scene: Scene) -> int:
        return make.appoint(
            scene.session,
            make.person(scene.session),
            Role.LEADER,
            scene.circle.organisation,
            (make.team(scene.session, scene.circle.organisation),),
        ).person_id

    place = place_with(app, arrange)
    assert "Nothing at the moment. When a partnership asks your team" in home(place, place.refs["made"])


def test_after_many_years_the_newest_are_shown_and_the_rest_are_on_the_teams_page(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        for number in range(20):
            text = make.edition(scene.session, short_title=f"Briefing no {number:02d}")
            asked = make.circulate(scene.session, scene.circle.partnership, text, [scene.circle.teams[0]]).asked[0]
            if number < 7:
                scene.sent(scene.leader, asked, at=earlier())

    place = place_with(app, arrange)
    said = home(place, "leader")
    shown = [number for number in range(20) if f"Briefing no {number:02d}" in said]
    assert shown == [2, 3, 4, 5, 6, *range(8, 20)], "twelve that are open, five that are answered"
    assert "Everything that was asked and answered: Team" in said


# A lead, a deputy, an administrator


def test_a_lead_reads_how_many_minutes_wait_and_where_each_team_stands(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        scene.sent(at=earlier())
        scene.sent(scene.leader, scene.south, at=earlier())

    place = place_with(app, arrange)
    said = home(place, "lead")
    assert "Minutes to read 2 sets of minutes wait for you. Read minutes" in said
    assert "NAI under 5, to discuss by 25 December 2026" in said
    assert said.endswith("North To read South To read") or said.count("To read") == 2
    assert "Noise" not in said
    assert links(place, "lead")["Read minutes"] == "/inbox"


def counted_for(scene: Scene, person: Any) -> int:
    scene.session.flush()
    return queries.work(scene.session, make.actor_of(scene.session, person), (), NOW).to_read


def test_what_waits_is_the_newest_version_that_nobody_has_and_that_waits_for_no_answer(session: Session) -> None:
    scene = Scene(session)
    assert counted_for(scene, scene.lead) == 0
    first = scene.sent(at=EARLIER)
    scene.corrected(first)
    assert (counted_for(scene, scene.lead), counted_for(scene, scene.deputy)) == (1, 1)
    scene.has(scene.sent(at=EARLIER))
    scene.ask(scene.sent(at=EARLIER))
    assert counted_for(scene, scene.lead) == 1
    scene.sent(scene.lead, scene.south)
    assert (counted_for(scene, scene.lead), counted_for(scene, scene.deputy)) == (1, 2), "one's own wait for the other"


def test_one_set_waits_and_none_is_said_plainly(app: Flask) -> None:
    place = place_with(app, lambda s: s.sent(at=earlier()))
    assert "1 set of minutes waits for you." in home(place, "lead")
    assert "1 set of minutes waits for you or the lead you stand in for." in home(place, "deputy")
    place.does(
        lambda s: s.has(s.session.scalars(sa.select(Minutes).where(Minutes.recorded_by_id == s.leader.id)).one())
    )
    assert "Nothing waits for you. All minutes from your teams" in home(place, "lead")


def test_a_lead_reads_what_is_still_with_the_partnership_beside_what_is_to_read(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        scene.circle.partnership.short_name = "ESSCP"
        first = scene.sent(at=earlier())
        scene.share(first, at=earlier())
        scene.corrected(first, at=earlier())

    assert "North Version 1 is with the ESSCP To read" in home(place_with(app, arrange), "lead")


def office(scene: Scene) -> None:
    scene.circle.partnership.reply_name, scene.circle.partnership.reply_to = "the office", "office@esscp.gov.uk"
    scene.circle.organisation.name = "Community Trust"


def test_a_lead_reads_who_else_receives_minutes_and_where_to_note_that_she_is_away(app: Flask) -> None:
    said = home(place_with(app, office), "lead")
    assert "Other leads and deputies Deputy, Deputy safeguarding lead" in said
    assert "When you are away: note the days on which your deputy is written to" in said
    assert "no deputy" not in said


def test_without_a_deputy_a_lead_reads_whom_to_ask_for_one(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        office(scene)
        scene.ended(scene.deputy, Role.DEPUTY)

    place = place_with(app, arrange)
    ask = "Community Trust has no deputy here, so minutes wait while you are away. To have one named, ask"
    assert f"{ask} the office: office@esscp.gov.uk" in home(place, "lead")
    with db.writing() as session:
        trust = session.scalars(sa.select(Organisation).where(Organisation.name == "Community Trust")).one()
        person = make.holder(session, Role.ADMINISTRATOR, trust)
        person.name, person.addresses[0].email = "Ada", "ada@trust.nhs.uk"
    assert f"{ask} Ada, organisation administrator (ada@trust.nhs.uk)" in home(place, "lead")


def test_a_lead_for_one_team_sees_that_team_only_also_where_she_leads_another(app: Flask) -> None:
    def arrange(scene: Scene) -> int:
        both = scene.appointed(Role.LEAD, scene.circle.teams[0])
        make.appoint(scene.session, both, Role.LEADER, scene.circle.organisation, (scene.circle.teams[1],))
        return both.id

    said = home(place := place_with(app, arrange), place.refs["made"])
    mine, theirs = said.split("Where your teams stand")
    assert "South: NAI under 5" in mine and "North" not in mine
    assert "North" in theirs and "South" not in theirs


def test_a_head_who_leads_the_team_and_on_safeguarding_finds_both_on_one_page(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        make.appoint(scene.session, scene.lead, Role.LEADER, scene.circle.organisation, (scene.circle.teams[0],))

    said = home(place_with(app, arrange), "lead")
    order = ["Minutes to read", "What your team is asked to discuss", "Where your teams stand"]
    assert [said.find(part) for part in order] == sorted(said.find(part) for part in order) and order[2] in said


def test_her_own_minutes_are_not_hers_to_read_but_the_deputys(app: Flask) -> None:
    place = place_with(app, lambda s: s.sent(s.lead, at=earlier()))
    assert "To read" not in home(place, "lead") and "Read, not shared" in home(place, "lead")
    assert "To read" in home(place, "deputy")


def test_a_reply_is_read_with_its_reason(app: Flask) -> None:
    place = place_with(app, lambda s: s.replied(ReplyKind.NOT_RELEVANT, "no <b>small</b> children"))
    assert "Not relevant to us: no <b>small</b> children" in home(place, "lead")


def administrator(scene: Scene) -> int:
    scene.sent(at=earlier())
    return scene.appointed(Role.ADMINISTRATOR).id


def test_an_administrator_reads_where_teams_stand_and_no_minutes(app: Flask) -> None:
    place = place_with(app, administrator)
    page = place.browser(place.refs["made"]).get("/home")
    said = words(page)
    assert "Where your teams stand" in said and "North" in said and "South" in said and "Noise" not in said
    assert "Minutes to read" not in said and "/inbox" not in page.text and "/minutes/" not in page.text


def test_where_nobody_was_asked_yet_a_lead_reads_so(app: Flask) -> None:
    def arrange(scene: Scene) -> int:
        other = make.organisation(scene.session, scene.circle.partnership)
        return make.appoint(scene.session, make.person(scene.session), Role.LEAD, other).person_id

    place = place_with(app, arrange)
    assert "None of your teams has been asked to discuss a briefing yet." in home(place, place.refs["made"])


def asked_without_a_team(scene: Scene) -> dict[str, int]:
    other = make.organisation(scene.session, scene.circle.partnership, name="Hospice")
    team = make.team(scene.session, other)
    asked = make.circulate(scene.session, scene.circle.partnership, scene.circle.edition, [team]).asked[0]
    asked.team_id, asked.team_name = None, ""
    asked.organisation_name = "Hospice"
    people = {role: make.person(scene.session) for role in (Role.LEAD, Role.ADMINISTRATOR)}
    for role, person in people.items():
        make.appoint(scene.session, person, role, other)
    return {role.value: person.id for role, person in people.items()}


def test_an_organisation_asked_without_a_team_is_recorded_for_from_the_leads_page(app: Flask) -> None:
    place = place_with(app, asked_without_a_team)
    with db.reading() as session:
        ref = session.scalars(sa.select(Asked.ref).where(Asked.team_id.is_(None))).one()
    pages = {who: place.browser(key).get("/home") for who, key in place.refs["made"].items()}
    assert f"/asked/{ref}/meeting" in pages["lead"].text
    assert "Hospice" in words(pages["administrator"]) and "/meeting" not in pages["administrator"].text


# The partnership


def test_an_officer_reads_what_was_circulated_and_goes_on_from_there(app: Flask) -> None:
    place = place_with(app)
    said, found = home(place, "officer"), links(place, "officer")
    assert "What your partnership has asked NAI under 5 Last circulated" in said
    assert "to be answered by 25 December 2026" in said
    assert found["NAI under 5"].startswith("/collation/") and "partnership=" in found["NAI under 5"]
    assert {"Publish or circulate a briefing", "Everything that was circulated, and what teams said"} <= set(found)
    assert "Minutes to read" not in said and "Where your teams stand" not in said


def test_a_reviewer_reads_the_same_and_circulates_nothing(app: Flask) -> None:
    found = links(place_with(app), "reviewer")
    assert "NAI under 5" in found and "Publish or circulate a briefing" not in found


def test_where_nothing_was_circulated_an_officer_reads_what_comes_next(app: Flask) -> None:
    place = place_with(app)
    assert "Nothing has been circulated yet. Once it is" in home(place, "noise_officer")
    assert "NAI under 5" not in home(place, "noise_officer")


def test_an_officer_who_leads_a_team_too_finds_both(app: Flask) -> None:
    def arrange(scene: Scene) -> None:
        make.appoint(
            scene.session, scene.circle.officer, Role.LEADER, scene.circle.organisation, (scene.circle.teams[1],)
        )

    said = home(place_with(app, arrange), "officer")
    assert "South: NAI under 5" in said and "What your partnership has asked" in said and "North" not in said


# Whoever looks after the machine


def operator(scene: Scene) -> int:
    person = make.person(scene.session)
    make.appoint(scene.session, person, Role.OPERATOR)
    scene.sent(at=earlier())
    scene.sent(at=earlier(2))
    return person.id


def test_an_operator_reads_in_short_how_letters_stand_and_nobodys_affairs(app: Flask) -> None:
    place = place_with(app, operator)
    with db.writing() as session:
        values: dict[str, Any] = {"kind": "minutes", "owed_since": earlier(5)}
        for number, state in enumerate([State.FAILED, State.FAILED, State.ACCEPTED]):
            why = "The mailbox is full." if state is State.FAILED else ""
            about = {"about": f"a{number}", "message_id": f"<{number}@x>", "address": LETTERS_SECRET}
            session.add(Delivery(**values, **about, state=state, last_reason=why))
    page = place.browser(place.refs["made"]).get("/home")
    said = words(page)
    assert "letters wait to be sent, the oldest owed since" in said and "2 letters could not be sent." in said
    assert "No sender was ever seen." in said
    assert "/health" in page.text and LETTERS_SECRET not in page.text
    assert links(place, place.refs["made"])["Look after letters"] == "/post"
    assert not {"North", "South", "Noise"} & set(said.split()) and "Minutes to read" not in said


def test_an_operator_to_whom_nothing_is_owed_reads_that(app: Flask) -> None:
    place = place_with(app, operator)
    with db.writing() as session:
        session.execute(sa.text("UPDATE partnership SET letters_from = '2099-01-01 00:00:00'"))
    assert "No letter waits to be sent." in home(place, place.refs["made"])


def test_nobody_but_an_operator_reads_of_letters(app: Flask) -> None:
    place = place_with(app)
    for who in place.people:
        assert "Look after letters" not in home(place, who)


# What it costs


@pytest.mark.parametrize("who", ["leader", "lead", "officer"])
def test_the_page_takes_as_many_statements_however_much_there_is(app: Flask, who: str) -> None:
    place = place_with(app, lambda s: s.sent(at=earlier()))
    with db.writing() as session:
        session.merge(SenderSeen(at=earlier(0)))
    browser = place.browser(who)
    few = statements(app, browser, "/home")
    with db.writing() as session:
        ours = session.scalars(sa.select(Partnership).order_by(Partnership.id)).first()
        trust = session.scalars(sa.select(Organisation).join(Membership).order_by(Organisation.id)).first()
        for _ in range(5):
            make.circulate(session, ours, make.edition(session), [make.team(session, trust) for _ in range(3)])
    assert statements(app, browser, "/home") == few <= 12
