"""What is to be mended, and lists that are saved, as an officer and a lead go through them in Chromium, with scripts
and without; and the states of the pages on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.clock import now
from app.database import db
from app.organisations.hearing import SharedMailbox
from app.organisations.models import Address, Organisation, Team
from app.post.models import Delivery, State
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.factories import kept
from tests.journeys import town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
SAVE = "Save what is ticked as a list, to tick it again another time"
TO_MEND = "2 addresses that letters do not reach, and 3 organisations in which somebody is missing"


@pytest.fixture
def service(serves: Serves, scripts: bool) -> object:
    """A partnership in which letters to the Named Nurse and to a shared mailbox came to nothing, a team has no leader,
    and of one place nobody is known. Its sender does not run, so that letters stay as they are."""
    with serves(sender=False) as made:
        with made.app.app_context(), db.writing() as session:
            make_amiss(session)
        yield made


def make_amiss(session: sa.orm.Session) -> None:
    held = session.scalars(sa.select(Address).where(Address.email == town.NURSE)).one()
    trust = session.scalars(sa.select(Organisation).where(Organisation.code == "trust")).one()
    begun = {"starts_on": now().date(), "counts_from": now()}
    box = SharedMailbox(organisation_id=trust.id, email="box@trust.example.nhs.net", name="Mailbox", **begun)
    kept(session, box)
    wrong = {"state": State.FAILED, "owed_since": now() - timedelta(hours=30)}
    for number, (kind, person, email, why) in enumerate(
        (
            ("minutes", held.person.ref, held.email, "There is no such address."),
            ("ask", held.person.ref, held.email, "The mailbox is closed."),
            ("mailbox", box.ref, box.email, "The mailbox is full."),
        )
    ):
        made = Delivery(kind=kind, about="abc", person=person, message_id=f"<{number}@test>", last_reason=why, **wrong)
        kept(session, made).address = email
    kept(session, Team(organisation_id=trust.id, code="nights", name="Night nursing – Hailsham, Seaford and Newhaven"))
    alone = Organisation(code="bare", name="Harbour Lights Voluntary Association for Families", sector="Voluntary")
    alone.memberships.extend(type(one)(partnership_id=one.partnership_id) for one in trust.memberships)
    kept(session, alone)


def test_what_is_to_be_mended_is_found_and_mended(comes: Comes, service: Service) -> None:
    officer = comes(town.OFFICER, service, let_in=True)
    officer.open("/home")
    officer.follow(TO_MEND)
    assert officer.heading == "Addresses and places to mend"
    officer.reads("The mailbox is closed. Since")
    officer.reads("Nobody is known here.")
    officer.reads("No safeguarding lead.")
    officer.reads("1 team without a leader.")
    officer.follow("have letters to Trust Named Nurse sent again")
    officer.reads("another one is put in by the organisation itself")
    officer.press("Put it right and send again")
    assert officer.faults == ["Choose what is right."]
    nurse = comes(town.NURSE, service, let_in=True)
    nurse.open("/mend")
    nurse.follow("put the address of Trust Named Nurse right")
    nurse.choose("It is another address")
    nurse.fill("Work email address", "nurse@elsewhere.example.com")
    nurse.press("Put it right and send again")
    assert "is not an email domain" in nurse.faults[0]
    nurse.fill("Work email address", "named.nurse@trust.example.nhs.net")
    nurse.press("Put it right and send again")
    nurse.reads("Trust Named Nurse is written to at named.nurse@trust.example.nhs.net")
    nurse.reads("2 letters that could not be sent are tried again now.")
    nurse.reads("Put right lately")
    _names_who_leads(comes("named.nurse@trust.example.nhs.net", service, let_in=True))


def _names_who_leads(lead: Window) -> None:
    lead.open("/mend")
    lead.follow("Night nursing – Hailsham, Seaford and Newhaven")
    lead.press("This person leads the team from today")
    assert len(lead.faults) == 2
    lead.fill("Name", "Night nurse")
    lead.fill("Work email address", "night.nurse@trust.example.nhs.net")
    lead.press("This person leads the team from today")
    lead.reads("The team has a leader from today")


def test_before_sending_the_officer_sees_what_is_to_be_mended(comes: Comes, service: Service) -> None:
    officer = comes(town.OFFICER, service, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    officer.press("Tick everybody")
    officer.press("Continue")
    officer.reads("1 person written to at an address that letters do not reach")
    officer.reads("How to mend these (opens in a new tab)")


def test_a_list_is_saved_ticked_replaced_and_deleted(comes: Comes, service: Service) -> None:
    officer = comes(town.OFFICER, service, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    officer.page.locator("#answer_by-day").fill("31")
    officer.page.get_by_label("Cover note (optional)").fill("Please talk about this.")
    officer.unfold("School: 1 organisation, 1 team")
    officer.choose("Hill Road Primary School")
    officer.unfold(SAVE)
    officer.press("Save this list")
    assert officer.faults == ["Give the list a name, then save it."]
    name = "Every school and nursery of the county where somebody works with under-fives"
    officer.fill("Name of the list", name)
    officer.press("Save this list")
    officer.reads(f"Saved as “{name}”. Nothing was sent.")
    assert officer.page.get_by_label("Cover note (optional)").input_value() == "Please talk about this."
    assert officer.page.locator("#answer_by-day").input_value() == "31"
    _replaces_and_deletes(officer, name)
    officer.press("Continue")
    assert officer.heading == "Check before you send"


def _replaces_and_deletes(officer: Window, name: str) -> None:
    officer.press("Tick everybody")
    officer.unfold(SAVE)
    officer.fill("Name of the list", name)
    officer.press("Save this list")
    assert "It has 1 organisation; ticked now: 5 organisations." in officer.faults[0]
    officer.press("Replace the list of this name")
    officer.reads(f"{name}: 5 organisations")
    officer.press("Untick everybody")
    officer.press(f"Tick all of “{name}”")
    officer.reads(f"Ticked from “{name}”: 5 organisations.")
    officer.press(f"Delete “{name}”")
    officer.reads(f"Delete “{name}”?")
    officer.press("Keep it")
    officer.press(f"Delete “{name}”")
    officer.press("Delete it for everybody")
    officer.reads(f"“{name}” was deleted. What is ticked stays ticked.")
    assert officer.page.get_by_label("Cover note (optional)").input_value() == "Please talk about this."
