"""The pages from “Circulate” to done, through the HTTP client: what is asked, what is kept, what is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.circulation.models import Asked, Circulation
from app.clock import now, today
from app.database import db, new_ref
from app.organisations.models import Organisation, Partnership, Person, Team
from app.packs.models import Edition, Pack
from app.policy import Role
from app.post.models import Delivery, State
from tests import factories as make
from tests.circulation.worlds import big_world, statements
from tests.client import Client, filled, parse


class Office:
    """An officer's partnership with one organisation of two teams, one of a single team, and one of no known team."""

    def __init__(self, client: Client) -> None:
        self.client = client
        with db.writing() as session:
            circle = make.circle(session)
            text = make.edition(session, circle.partnership, short_title="NAI under 5")
            bare = make.organisation(session, circle.partnership, name="Bare place", sector="Voluntary")
            make.organisation(session, circle.noise_partnership, name="Foreign place")
            self.trust, self.school, self.bare = circle.organisation.ref, circle.noise.ref, bare.ref
            self.north, self.south = (team.ref for team in circle.teams)
            self.north_name, self.trust_id, self.partnership_id = (
                circle.teams[0].name,
                circle.organisation.id,
                circle.partnership.id,
            )
            self.officer, self.reviewer, self.leader, self.lead = (
                person.id for person in (circle.officer, circle.reviewer, circle.leader, circle.lead)
            )
            self.noise_officer, self.noise_partnership_id = circle.noise_officer.id, circle.noise_partnership.id
            self.edition_id, self.edition = text.id, text.ref
            self.url = f"/circulate/{session.get_one(Pack, text.pack_id).slug}"
            self.slug = circle.partnership.slug

    def sign_in(self, person: int | None = None) -> Client:
        return self.client.as_person(person or self.officer)

    def choose(self, **answers: Any) -> TestResponse:
        """Page 1, filled in and sent."""
        return self.client.post_form(self.url, {"organisations": [self.trust], **answers}, at="/check")

    def confirm(self, checked: TestResponse, **changed: Any) -> TestResponse:
        """Page 2, sent as it stands."""
        return self.client.post(f"{self.url}/confirm", data={**fields(checked), **changed})

    def circulated(self) -> list[Circulation]:
        with db.reading() as session:
            found = session.scalars(select(Circulation).where(Circulation.edition_id == self.edition_id)).all()
            return [found_one for found_one in found if found_one.asked]


@pytest.fixture
def office(app: Flask, client: Client) -> Office:
    made = Office(client)
    made.sign_in()
    return made


def form_of(response: TestResponse) -> Element:
    return next(f for f in parse(response).iter("form") if "/circulate/" in f.get("action", ""))


def fields(response: TestResponse) -> dict[str, Any]:
    return filled(form_of(response))


def words(response: TestResponse) -> str:
    main = next(e for e in parse(response).iter("main"))
    return re.sub(r"\s+", " ", "".join(main.itertext()))


def in_days(days: int) -> dict[str, str]:
    day = today(now()) + timedelta(days=days)
    return {"answer_by-day": str(day.day), "answer_by-month": str(day.month), "answer_by-year": str(day.year)}


def count(model: type) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_from_circulate_to_done_takes_three_pages(office: Office) -> None:
    checked = office.choose(cover_note="Please talk about this.")
    assert checked.status_code == 200
    said = words(checked)
    assert "2 teams" in said
    assert "Please talk about this." in said
    assert "1 team has no leader here" in said
    assert "Send 2 letters and ask 2 teams" in said
    assert office.circulated() == []
    sent = office.confirm(checked)
    assert sent.status_code == 303
    done = office.client.get(sent.location)
    assert "2 teams asked" in words(done)
    assert "2 letters wait to be sent" in words(done)
    (made,) = office.circulated()
    assert sent.location == f"/circulations/{made.ref}/done"


def test_a_date_six_weeks_on_is_filled_in(office: Office) -> None:
    shown = fields(office.client.get(office.url))
    day = date(*(int(shown[f"answer_by-{part}"]) for part in ("year", "month", "day")))
    assert timedelta(weeks=6) <= day - today(now()) <= timedelta(weeks=6, days=4)


def test_sent_twice_back_and_reload_are_one_launch(office: Office) -> None:
    checked = office.choose()
    first, second = office.confirm(checked), office.confirm(checked)
    assert first.location == second.location
    assert second.status_code == 303
    # Back to the first page, and on: everybody has been asked, so there is nothing to send a second time.
    again = office.client.post(
        f"{office.url}/check", data=fields(office.client.get(office.url)) | {"organisations": office.trust}
    )
    assert again.status_code == 422
    assert "was asked about this briefing before" in words(again)
    assert len(office.circulated()) == 1


def test_another_list_with_a_key_that_was_used_gets_a_key_of_its_own(office: Office) -> None:
    first_page = fields(office.client.get(office.url))
    checked = office.client.post(f"{office.url}/check", data={**first_page, "teams": office.north})
    office.confirm(checked)
    other = office.client.post(f"{office.url}/check", data={**first_page, "teams": office.south})
    assert "You sent a list from the page before already" in words(other)
    assert fields(other)["once"] != first_page["once"]
    assert office.confirm(other).status_code == 303
    assert [len(one) for one in sorted([a.team_id for a in c.asked] for c in office.circulated())] == [1, 1]


def test_a_list_that_changed_is_shown_again_saying_what_changed(office: Office) -> None:
    checked = office.choose()
    with db.writing() as session:
        trust = session.get_one(Organisation, office.trust_id)
        late = make.team(session, trust, name="Late team")
        make.appoint(session, make.person(session, name="Late leader"), Role.LEADER, trust, (late,))
        north = session.scalars(select(Team).where(Team.ref == office.north)).one()
        north.name = "Renamed team"
    shown = office.confirm(checked)
    assert shown.status_code == 409
    assert office.circulated() == []
    said = words(shown)
    assert "The list has changed" in said
    assert "Now on the list: Late team." in said
    assert "Called something else now, or asked before by somebody else: Renamed team." in said
    assert "Now gets a letter: Late leader." in said
    assert "Gets a letter about other teams or in another role" in said
    assert office.confirm(shown).status_code == 303
    (made,) = office.circulated()
    assert len(made.asked) == 3


def test_somebody_who_left_meanwhile_is_named_and_gets_no_letter(office: Office) -> None:
    checked = office.choose()
    with db.writing() as session:
        leader = session.get_one(Person, office.leader)
        leader.appointments[0].ends_on = today(now()) - timedelta(days=1)
        name = leader.name
    shown = office.confirm(checked)
    assert shown.status_code == 409
    assert f"No longer gets a letter: {name}." in words(shown)


def test_what_another_officer_asked_meanwhile_is_taken_off_the_list(office: Office) -> None:
    checked = office.choose()
    with db.writing() as session:
        asker, text = session.get_one(Partnership, office.partnership_id), session.get_one(Edition, office.edition_id)
        make.circulate(session, asker, text, [session.scalars(select(Team).where(Team.ref == office.north)).one()])
    shown = office.confirm(checked)
    assert shown.status_code == 409
    assert f"No longer on the list: {office.north_name}." in words(shown)
    assert "1 team or organisation is left out" in words(shown)


def test_a_newer_edition_is_said_before_it_is_sent(office: Office) -> None:
    checked = office.choose()
    with db.writing() as session:
        older = session.get_one(Edition, office.edition_id)
        make.edition(session, None, pack_id=older.pack_id, number=2, digest="e" * 64)
    shown = office.confirm(checked)
    assert shown.status_code == 409
    assert "edition 2 will be sent" in words(shown)


def test_a_list_that_was_never_shown_is_not_sent(office: Office) -> None:
    checked = office.choose()
    for changed in ({"digest": ""}, {"digest": "0" * 64}, {"shown": ""}, {"once": ""}):
        answer = office.confirm(checked, **{"digest": "", **changed})
        assert answer.status_code == 409
    assert office.confirm(checked, once="").status_code == 409
    assert office.circulated() == []


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ({"answer_by-day": "31", "answer_by-month": "2"}, "there is no 31 February"),
        ({"answer_by-day": "", "answer_by-month": "", "answer_by-year": ""}, "Give the date to answer by."),
        ({"answer_by-year": "2020"}, "must be after today"),
        (in_days(500), "within a year"),
        ({"cover_note": "x" * 2_001}, "Keep it to 2,000"),
        ({"organisations": []}, "Tick at least one"),
    ],
)
def test_a_fault_loses_nothing_that_was_typed_or_ticked(office: Office, wrong: dict[str, Any], what: str) -> None:
    typed = {
        "cover_note": "First line\n\n  <b>second</b> line",
        "teams": [office.south],
        "organisations": [office.bare],
    }
    if "organisations" in wrong:
        typed["teams"] = []
    shown = office.client.post_form(office.url, {**typed, **wrong}, at="/check")
    assert shown.status_code == 422
    assert what in words(shown)
    kept = fields(shown)
    for name, value in {**typed, **wrong}.items():
        assert kept.get(name, []) == value, name


def test_every_fault_is_told_at_once(office: Office) -> None:
    wrong = {"answer_by-year": "2020", "cover_note": "x" * 2_001, "organisations": [], "teams": []}
    shown = words(office.client.post_form(office.url, wrong, at="/check"))
    assert "must be after today" in shown and "Keep it to 2,000" in shown and "Tick at least one" in shown


def test_change_something_brings_everything_back(office: Office) -> None:
    typed = {"cover_note": "  Two\nlines  ", "teams": [office.south], "organisations": [office.bare], **in_days(9)}
    checked = office.client.post_form(office.url, typed, at="/check")
    back = office.client.post(office.url, data=fields(checked))
    assert back.status_code == 200
    kept = fields(back)
    assert {name: kept[name] for name in typed} == typed
    again = office.client.post(f"{office.url}/check", data=kept)
    assert fields(again)["digest"] == fields(checked)["digest"]


def test_a_sector_or_everybody_is_ticked_by_one_button_and_keeps_what_was_typed(office: Office) -> None:
    first = fields(office.client.get(office.url)) | {"cover_note": "Kept"}
    schools = office.client.post(office.url, data={**first, "tick": "School"})
    assert fields(schools)["organisations"] == [office.school]
    everybody = office.client.post(office.url, data={**fields(schools), "tick": "*"})
    assert set(fields(everybody)["organisations"]) == {office.school, office.bare, office.trust}
    single = {**fields(everybody), "teams": [office.north], "untick": "Health"}
    fewer = office.client.post(office.url, data=single)
    assert set(fields(fewer)["organisations"]) == {office.school, office.bare}
    assert "teams" not in fields(fewer)
    assert fields(fewer)["cover_note"] == "Kept"
    assert office.circulated() == []


def test_an_organisation_without_teams_is_asked_as_a_whole_and_said_to_reach_nobody(office: Office) -> None:
    checked = office.choose(organisations=[office.bare])
    assert "1 organisation" in words(checked)
    assert "1 team or organisation has nobody we could write to" in words(checked)
    assert "Ask 1 organisation" in words(checked)
    done = office.client.get(office.confirm(checked).location)
    assert "no letter goes out" in words(done)


def test_those_asked_before_are_left_out_unless_the_box_is_ticked(office: Office) -> None:
    office.confirm(office.choose())
    asked = office.choose(organisations=[office.trust, office.school])
    assert "2 teams or organisations are left out" in words(asked)
    again = office.choose(organisations=[office.trust], again=["yes"])
    assert "2 teams or organisations are asked about this briefing again" in words(again)
    assert office.confirm(again).status_code == 303
    assert len(office.circulated()) == 2


def test_an_officer_of_two_partnerships_says_which_one_asks(office: Office) -> None:
    with db.writing() as session:
        officer, other = (
            session.get_one(Person, office.officer),
            session.get_one(Partnership, office.noise_partnership_id),
        )
        make.appoint(session, officer, Role.OFFICER, other)
        slug = other.slug
    page = office.client.get(office.url)
    assert "Who is asking?" in words(page)
    assert "Foreign place" not in words(page)
    theirs = office.client.get(f"{office.url}?partnership={slug}")
    assert "Foreign place" in words(theirs)
    assert fields(theirs)["partnership"] == slug
    ours = office.client.post_form(
        f"{office.url}?partnership={office.slug}", {"organisations": [office.trust]}, at="/check"
    )
    office.confirm(ours)
    assert [one.partnership_id for one in office.circulated()] == [office.partnership_id]


def test_a_check_that_names_no_partnership_where_there_are_two_is_not_guessed(office: Office) -> None:
    checked = office.choose()
    with db.writing() as session:
        officer, other = (
            session.get_one(Person, office.officer),
            session.get_one(Partnership, office.noise_partnership_id),
        )
        make.appoint(session, officer, Role.OFFICER, other)
    for step in ("check", "confirm"):
        answer = office.client.post(f"{office.url}/{step}", data={**fields(checked), "partnership": ""})
        assert answer.status_code == 404
    assert office.circulated() == []


def test_another_partnership_cannot_be_named(office: Office) -> None:
    with db.reading() as session:
        foreign = session.get_one(Partnership, office.noise_partnership_id).slug
    checked = office.choose()
    for name in (foreign, "made-up"):
        assert office.client.get(f"{office.url}?partnership={name}").status_code == 404
        assert office.confirm(checked, partnership=name).status_code == 404
    assert office.circulated() == []


def test_everybody_but_an_officer_is_refused_on_every_page(office: Office) -> None:
    checked = office.choose()
    done = office.confirm(checked).location
    rows = count(Circulation), count(Asked)
    for person in (office.reviewer, office.leader, office.lead):
        office.sign_in(person)
        assert office.client.get(office.url).status_code == 403
        for step in ("", "/check", "/confirm"):
            assert office.client.post(office.url + step, data={**fields(checked), "once": new_ref()}).status_code == 403
    assert (count(Circulation), count(Asked)) == rows
    office.sign_in(office.noise_officer)
    assert (
        office.client.get(done).status_code == office.client.get(f"/circulations/{new_ref()}/done").status_code == 404
    )
    office.sign_in(office.reviewer)
    assert office.client.get(done).status_code == 200


def test_a_foreign_and_a_made_up_reference_add_nothing_to_the_list(office: Office) -> None:
    with db.reading() as session:
        foreign = session.scalars(select(Organisation).where(Organisation.name == "Foreign place")).one().ref
    checked = office.choose(organisations=[office.trust, foreign, new_ref(), "nonsense", "'"], teams=["x" * 12])
    assert "2 teams" in words(checked)
    assert "Foreign place" not in words(checked)


def test_a_pack_that_was_never_published_is_not_there(office: Office) -> None:
    assert office.client.get("/circulate/made-up").status_code == 404


def test_the_done_page_says_how_far_the_letters_are(office: Office) -> None:
    location = office.confirm(office.choose()).location
    (made,) = office.circulated()
    states = {office.leader: State.ACCEPTED, office.lead: State.FAILED}
    with db.writing() as session:
        for key, state in states.items():
            ref = session.get_one(Person, key).ref
            session.add(Delivery(kind="ask", about=made.ref, person=ref, owed_since=now(), message_id=ref, state=state))
    said = words(office.client.get(location))
    assert "1 letter was sent to the mail system" in said
    assert "1 letter could not be sent" in said
    assert "wait to be sent" not in said


def test_the_pages_take_as_few_statements_for_a_whole_partnership_as_for_a_handful(office: Office) -> None:
    counts = []
    for size in ((3, 6), (300, 600)):
        with db.writing() as session:
            world = big_world(session, *size)
            url = f"/circulate/{session.get_one(Pack, world.edition.pack_id).slug}"
            officer, everybody = world.officer.id, [o.ref for o in world.organisations]
        office.sign_in(officer).get(url)
        with statements(db.engine) as sent:
            checked = office.client.post_form(url, {"organisations": everybody}, at="/check")
            assert f"ask {size[1]} teams" in words(checked)
            again = office.client.post(f"{url}/confirm", data={**fields(checked), "digest": "0" * 64})
            assert again.status_code == 409
        counts.append(len(sent))
    assert 10 < counts[0] == counts[1] < 60
