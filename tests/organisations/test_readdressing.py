"""An address that letters do not reach is put right by whoever looks after the person: by the service and its pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, url_for
from sqlalchemy.orm import Session

from app.circulation import leading
from app.circulation.emails import owed
from app.clock import now
from app.database import db
from app.errors import Conflict, Denied, Invalid
from app.home import queries
from app.organisations import mending, readdressing
from app.organisations.hearing import SharedMailbox
from app.organisations.mended import PutRight
from app.organisations.models import Address, Appointment, Named, Person
from app.organisations.queries import person_at
from app.policy import Role
from app.post.models import Delivery, State
from app.trail.models import Event
from tests import factories as make
from tests.client import Client, parse
from tests.conftest import NOW
from tests.organisations.test_mending import came_back, letter

NEW = "right.address@example.gov.uk"
LATER = NOW + timedelta(hours=2)


def administrator(session: Session, world: make.Circle) -> Person:
    who = make.person(session)
    make.appoint(session, who, Role.ADMINISTRATOR, world.organisation)
    return who


def mend(session: Session, by: Person, whose: Person, email: str = NEW, at: Any = LATER) -> int:
    held = session.get_one(Appointment, whose.appointments[0].id)
    assert held.organisation is not None
    return readdressing.readdress(session, make.actor_of(session, by), held.organisation, held, email, now=at)


def say_right(session: Session, by: Person, whose: Person, at: Any = LATER) -> int:
    held = session.get_one(Appointment, whose.appointments[0].id)
    assert held.organisation is not None
    return readdressing.say_right(session, make.actor_of(session, by), held.organisation, held, now=at)


def states(session: Session) -> list[State]:
    session.expire_all()
    return list(session.scalars(sa.select(Delivery.state).order_by(Delivery.id)))


def events(session: Session, kind: str) -> int:
    return session.scalar(sa.select(sa.func.count()).where(Event.kind == kind)) or 0


def test_another_address_is_written_to_from_now_on_and_what_failed_is_tried_again(session: Session) -> None:
    world = make.circle(session)
    by = administrator(session, world)
    lead, also = world.lead, make.appoint(session, world.lead, Role.ADMINISTRATOR, world.organisation)
    elsewhere = make.organisation(session, world.noise_partnership)
    foreign = make.appoint(session, lead, Role.LEAD, elsewhere)
    letter(session, lead)
    letter(session, lead, State.BOUNCED, kind="ask", send_until=LATER + timedelta(days=9))
    letter(session, lead, kind="weekly", send_until=LATER - timedelta(minutes=1))
    letter(session, world.noise_lead)
    old = lead.addresses[0].id
    assert mend(session, by, lead) == 2
    assert states(session) == [State.QUEUED, State.QUEUED, State.FAILED, State.FAILED], "not what is of no more use"
    held = session.get_one(Appointment, also.id)
    assert held.address.email == lead.appointments[0].address.email == NEW
    assert session.get_one(Appointment, foreign.id).address_id == old, "she does not look after that place"
    assert session.scalar(person_at(NEW, NOW.date())) == lead.id
    facts = session.scalars(sa.select(PutRight)).all()
    assert [(fact.from_id, fact.by_id) for fact in facts] == [(old, by.id)] * 2
    assert not any(fact.is_right_again for fact in facts)
    assert events(session, "address put right") == 2
    assert [one.name for one in _listed(session, world.officer)] == [world.noise_lead.name]
    assert [one.name for one in _listed(session, world.noise_officer)] == sorted([lead.name, world.noise_lead.name])


def _listed(session: Session, who: Person) -> list[mending.Unreached]:
    return sorted(mending.unreached(session, make.actor_of(session, who), LATER).lines, key=lambda one: one.name)


def test_an_address_that_is_right_again_gets_its_letters(session: Session) -> None:
    world = make.circle(session)
    back = letter(session, world.lead, State.BOUNCED)
    came_back(session, back)
    held = "Letters to this address come back: the mailbox is closed."
    letter(session, world.lead, State.HELD, why=held, address="", next_try_at=LATER + timedelta(hours=1), kind="ask")
    letter(session, world.leader, State.HELD, why=held, address="", next_try_at=LATER, kind="ask")
    assert say_right(session, world.lead, world.lead) == 2, "a lead may say it of herself"
    assert states(session) == [State.QUEUED, State.QUEUED, State.HELD], "not what waits for somebody else"
    (fact,) = session.scalars(sa.select(PutRight)).all()
    assert fact.is_right_again and events(session, "address is right again") == 1
    assert _listed(session, world.officer) == []


def test_one_that_works_is_nobodys_to_change(session: Session) -> None:
    world = make.circle(session)
    for deed in (mend, say_right):
        with pytest.raises(Conflict, match="put right since"):
            deed(session, world.lead, world.lead)
    letter(session, world.lead)
    by = administrator(session, world)
    mend(session, by, world.lead)
    with pytest.raises(Conflict):
        mend(session, by, world.lead, "another@example.gov.uk")


def test_an_officer_gives_nobody_another_address_since_it_would_open_what_was_not_shared(session: Session) -> None:
    world = make.circle(session)
    letter(session, world.lead)
    letter(session, world.leader)
    for whose in (world.lead, world.leader):
        with pytest.raises(Denied):
            mend(session, world.officer, whose)
        assert say_right(session, world.officer, whose) == 1


@pytest.mark.parametrize("who", ["deputy", "reviewer", "leader", "noise_officer", "noise_lead"])
def test_nobody_else_puts_it_right(who: str, session: Session) -> None:
    world = make.circle(session)
    letter(session, world.lead)
    for deed in (mend, say_right):
        with pytest.raises(Denied):
            deed(session, getattr(world, who), world.lead)
    assert states(session) == [State.FAILED]


def test_an_address_that_cannot_be_hers_is_refused_with_what_to_do(session: Session) -> None:
    world = make.circle(session)
    letter(session, world.lead)
    letter(session, world.leader)
    by = administrator(session, world)
    place = {"organisation_id": world.organisation.id, "starts_on": NOW.date(), "counts_from": NOW}
    make.kept(session, SharedMailbox(email="box@example.gov.uk", name="Box", **place))
    make.person(session, email="taken@example.gov.uk")
    refused = {
        world.lead.addresses[0].email: "If it is right after all",
        world.leader.addresses[0].email: "Letters do not reach this address either",
        "taken@example.gov.uk": "Somebody else here has this address",
        "box@example.gov.uk": "That is a shared mailbox",
        "lead@elsewhere.example.com": "is not an email domain that",
    }
    for email, why in refused.items():
        with pytest.raises(Invalid, match=why) as refusal:
            mend(session, by, world.lead, email)
        assert refusal.value.field == "email", email
    assert states(session) == [State.FAILED, State.FAILED]


def test_an_address_of_her_own_is_taken_again(session: Session) -> None:
    world = make.circle(session)
    world.lead.addresses.append(Address(email=NEW))
    letter(session, world.lead)
    assert mend(session, administrator(session, world), world.lead) == 1
    assert session.scalar(sa.select(sa.func.count()).where(Address.email == NEW)) == 1


# The leader of a team that has none


def test_a_lead_names_who_leads_a_team_and_that_person_gets_the_letter(session: Session) -> None:
    world = make.circle(session)
    south, nurse = world.teams[1], Named("Community nurse", "community.nurse@example.gov.uk")
    lead = make.actor_of(session, world.lead)
    leading.name_leader(session, lead, south, nurse, now=NOW)
    leading.name_leader(session, lead, south, nurse, now=NOW)
    new = session.scalars(sa.select(Person).where(Person.name == nurse.name)).one()
    assert [(grant.role, grant.teams) for grant in make.actor_of(session, new).grants] == [(Role.LEADER, {south.id})]
    assert new.ref in {one.person for one in owed(session, LATER) if one.kind == "ask"}
    with pytest.raises(Conflict, match="Community nurse leads this team by now"):
        leading.name_leader(session, lead, south, Named("Other", "other@example.gov.uk"), now=NOW)
    for who in (world.officer, world.deputy, world.leader, world.noise_lead):
        with pytest.raises(Denied):
            leading.name_leader(session, make.actor_of(session, who), south, nurse, now=NOW)


# Pages


class Office:
    """An officer, whose trust has a lead whom letters do not reach, and a team without a leader."""

    def __init__(self, client: Client) -> None:
        self.client = client
        with db.writing() as session:
            world = make.circle(session)
            world.lead.name = "Named Nurse of the trust"
            letter(session, world.lead, owed_since=now() - timedelta(hours=3))
            self.appointment = world.lead.appointments[0].ref
            self.officer, self.lead, self.south = world.officer.id, world.lead.id, world.teams[1].ref
            self.reviewer, self.leader = world.reviewer.id, world.leader.id
            self.administrator = administrator(session, world).id
            self.slug, self.edition = f"/circulate/{world.edition.pack.slug}", world.edition.ref
            self.done = f"/circulations/{world.circulation.ref}/done"
        client.as_person(self.officer)

    def read(self, url: str) -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200
        main = next(element for element in parse(answer).iter("main"))
        return re.sub(r"\s+", " ", "".join(main.itertext()))


@pytest.fixture
def office(app: Flask, client: Client) -> Office:
    return Office(client)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1, 0), "1 address that letters do not reach"),
        ((0, 2), "2 organisations in which somebody is missing"),
        ((2, 1), "2 addresses that letters do not reach, and 1 organisation in which somebody is missing"),
    ],
)
def test_what_is_none_is_not_counted_on_the_home_page(
    office: Office, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, int], said: str
) -> None:
    monkeypatch.setattr(queries, "number", lambda *_: mending.Numbers(*numbers))
    assert f"Addresses and places to mend {said} " in office.read("/home")


def test_the_officer_finds_the_list_and_the_administrator_puts_an_address_right(office: Office) -> None:
    assert "1 address that letters do not reach, and 1 organisation in which somebody is missing" in office.read(
        "/home"
    )
    said = office.read("/mend")
    for words in (
        "There is no such address. Since",
        "Minutes to read (1 letter not sent)",
        "1 team without a leader",
    ):
        assert words in said
    url = f"/mend/{office.appointment}"
    assert url in office.client.get("/mend").get_data(as_text=True)
    assert "It is another address" not in office.read(url)
    odd = office.client.post_form(url, at=url, answers={"decision": "other", "email": "mine@example.gov.uk"})
    assert odd.status_code == 422 and "1 letter not sent" in office.read("/mend")
    office.client.as_person(office.administrator)
    empty = office.client.post_form(url, at=url)
    assert empty.status_code == 422 and "Choose what is right." in empty.get_data(as_text=True)
    wrong = office.client.post_form(
        url, at=url, answers={"decision": "other", "email": "somebody@elsewhere.example.com"}
    )
    assert wrong.status_code == 422 and "somebody@elsewhere.example.com" in wrong.get_data(as_text=True)
    sent = office.client.post_form(url, at=url, answers={"decision": "other", "email": "Right.Address@example.gov.uk"})
    assert sent.status_code == 303
    said = office.read(sent.location)
    assert "Named Nurse of the trust is written to at right.address@example.gov.uk" in said
    assert "1 letter that could not be sent is tried again now." in said
    assert "There is none: no letter has come back of late" in said and "Put right lately" in said


def test_what_was_put_right_since_is_said(office: Office) -> None:
    url = f"/mend/{office.appointment}"
    token = {"csrf_token": _token(office.client, url)}
    sent = office.client.post(url, data={**token, "decision": "same", "email": "not an address"})
    assert sent.status_code == 303 and "is right again" in office.read(sent.location)
    late = office.client.post(url, data={**token, "decision": "same"})
    assert late.status_code == 409 and "This was put right since." in late.get_data(as_text=True)
    assert "Nothing is wrong with this address as far as we know." in office.read(url)


def _token(client: Client, url: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(url).get_data(as_text=True))
    assert found
    return found[1]


def test_the_list_is_told_of_where_it_is_wanted_and_only_to_those_who_have_it(office: Office) -> None:
    with office.client.application.test_request_context():
        coverage = url_for("collation.coverage", edition=office.edition)
    for url in ("/home", office.done, coverage):
        assert 'href="/mend"' in office.client.get(url).get_data(as_text=True), url
    office.client.as_person(office.reviewer)
    for url in ("/home", office.done, coverage):
        assert 'href="/mend"' not in office.client.get(url).get_data(as_text=True), url
    office.client.as_person(office.leader)
    assert 'href="/mend"' not in office.client.get("/home").get_data(as_text=True)


def test_before_sending_the_officer_reads_whom_letters_do_not_reach(office: Office) -> None:
    checked = office.client.post_form(office.slug, {"organisations": _trust(), "again": "yes"}, at="/check")
    said = checked.get_data(as_text=True)
    assert checked.status_code == 200
    assert "1 person written to at an address that letters do not reach" in said and "Named Nurse of the trust" in said
    assert 'href="/mend"' in said


def _trust() -> str:
    from app.organisations.models import Organisation

    with db.reading() as session:
        return session.scalars(sa.select(Organisation.ref).order_by(Organisation.id)).all()[0]


def test_a_lead_names_the_leader_of_a_team_on_the_page(office: Office) -> None:
    office.client.as_person(office.lead)
    url = f"/teams/{office.south}/leader"
    assert url in office.client.get("/mend").get_data(as_text=True)
    empty = office.client.post_form(url, at=url)
    assert empty.status_code == 422
    answers = {"name": "Community nurse", "email": "community.nurse@example.gov.uk"}
    sent = office.client.post_form(url, answers, at=url)
    assert sent.status_code == 303
    said = office.read(sent.location)
    assert "The team has a leader from today" in said and "There is none: every team has a leader" in said
    assert "Community nurse leads this team here." in office.read(url)
