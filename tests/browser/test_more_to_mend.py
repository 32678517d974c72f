"""More addresses than one page holds that letters do not reach: an officer and an administrator go to the next page and
mend one there, with and without scripts and with the keyboard alone; and a lead without a mouse does not confirm who
says that she leads a team.

Each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.clock import now
from app.database import db
from app.organisations.mending import AT_ONCE
from app.organisations.models import Organisation, Team
from app.policy import Role
from app.post.models import Delivery, State
from tests import factories
from tests.browser.conftest import BOTH_WAYS, LONGEST, Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.test_claims_seen import DOMAIN, GO_ON, NO_ROLE, arrives
from tests.browser.window import Window
from tests.journeys import newcomer, town

pytestmark = pytest.mark.browser
WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], ids=["scripts"], indirect=True, scope="module")
GONE = "There is no such address."
TO_MEND = "addresses that letters do not reach, and 1 organisation in which somebody is missing"
MORE, FIRST = "More addresses", "The first addresses"
AGAIN = "Put it right and send again"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Letters reach nobody of as many team leaders as one page holds. A library was asked of which only the lead is
    known. No sender runs."""
    with serves(sender=False) as made:
        newcomer.found(made.app, tmp_path_factory.mktemp("places"))
        for number in range(1, AT_ONCE + 1):
            unreached(made, f"Leader {number:02}")
        yield made


def unreached(service: Service, name: str) -> None:
    """Somebody more who leads a team of the trust, and to whom a letter could not be sent."""
    with service.app.app_context(), db.writing() as session:
        trust = session.scalars(sa.select(Organisation).where(Organisation.code == "trust")).one()
        team = session.scalars(sa.select(Team).where(Team.code == "north")).one()
        email = f"{name.replace(' ', '.').lower()}@trust.example.nhs.net"
        who = factories.person(session, name=name, email=email)
        factories.appoint(session, who, Role.LEADER, trust, (team,))
        told = {"kind": "ask", "about": who.ref, "person": who.ref, "message_id": f"<{who.ref}@test>"}
        wrong = {"state": State.FAILED, "owed_since": now() - timedelta(hours=30), "last_reason": GONE}
        factories.kept(session, Delivery(**told, **wrong, address=email))


def to_mend(window: Window) -> list[str]:
    """The links on this page by which an address is mended."""
    return window.page.locator("main a[href^='/mend/']").all_inner_texts()


@BOTH_WAYS
def test_those_on_the_second_page_are_mended_by_the_officer_and_the_administrator(
    comes: Comes, service: Service
) -> None:
    for name in ("Yvonne Late", "Zoe Last"):
        unreached(service, name)
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/home")
    officer.follow(f"{AT_ONCE + 2} {TO_MEND}")
    assert len(to_mend(officer)) == AT_ONCE
    officer.misses("Yvonne Late", "Zoe Last", FIRST)
    officer.follow(MORE)
    assert to_mend(officer) == ["have letters to Yvonne Late sent again", "have letters to Zoe Last sent again"]
    officer.reads(GONE)
    second = officer.page.url
    officer.follow("have letters to Yvonne Late sent again")
    officer.choose("The address is right")
    officer.press(AGAIN)
    officer.reads("Yvonne Late is written to at yvonne.late@trust.example.nhs.net", f"{AT_ONCE + 1} addresses that")
    _mends_the_last(comes(town.ADMINISTRATOR, let_in=True))
    officer.open(second)
    officer.reads("There are no more.", f"{AT_ONCE} addresses that")
    officer.follow(FIRST)
    assert len(to_mend(officer)) == AT_ONCE
    officer.misses(MORE)


def _mends_the_last(administrator: Window) -> None:
    administrator.open("/mend")
    administrator.follow(MORE)
    assert to_mend(administrator) == ["put the address of Zoe Last right"]
    administrator.follow("put the address of Zoe Last right")
    administrator.choose("It is another address")
    administrator.fill("Work email address", "zoe@trust.example.nhs.net")
    administrator.press(AGAIN)
    administrator.reads(
        "Zoe Last is written to at zoe@trust.example.nhs.net", "1 letter that could not be sent is tried"
    )
    administrator.misses(MORE)


@WITH_SCRIPTS
def test_an_administrator_without_a_mouse_mends_one_on_the_second_page(
    comes: Comes, eyes: Eyes, service: Service
) -> None:
    unreached(service, "Zuleika By Keys")
    administrator = comes(town.ADMINISTRATOR, let_in=True)
    administrator.open("/mend")
    keys = Keys(administrator, eyes)
    keys.press(MORE)
    keys.press("put the address of Zuleika By Keys right")
    keys.choose("It is another address", first="It is another address")
    keys.type("Work email address", "zuleika@trust.example.nhs.net")
    keys.press(AGAIN)
    administrator.reads("Zuleika By Keys is written to at zuleika@trust.example.nhs.net")
    administrator.misses(MORE)


def claims(comes: Comes, service: Service, name: str) -> Window:
    """Somebody whom nobody knew has said which team she leads, and is on the page of the meeting."""
    somebody = arrives(comes, service, name)
    somebody.fill("Your name", f"Some {name}")
    somebody.fill("Which team do you lead?", f"Team of {name}")
    somebody.press(GO_ON)
    somebody.reads(f"It is still to be confirmed that you lead Team of {name}.")
    return somebody


def declines(comes: Comes, eyes: Eyes, name: str, key: str) -> tuple[Window, Keys]:
    """The lead goes from her page to what was said, and does not confirm it, by this key."""
    lead = comes(newcomer.LEAD, let_in=True)
    lead.open("/home")
    keys = Keys(lead, eyes)
    keys.press(f"Team of {name}: Some {name} ({name}@{DOMAIN}) says she leads it")
    lead.reads("If you do not, she can no longer write or read here.")
    keys.to("Do not confirm")
    with lead.page.expect_navigation(wait_until="load"):
        lead.page.keyboard.press(key)
    lead.look()
    lead.reads("This was not confirmed.", "Library Lead, Safeguarding lead, looked at this on")
    assert lead.page.get_by_role("button", name="onfirm").count() == 0
    return lead, keys


@WITH_SCRIPTS
def test_a_lead_without_a_mouse_declines_by_enter_who_reads_it_where_she_writes(
    comes: Comes, eyes: Eyes, service: Service
) -> None:
    somebody = claims(comes, service, "writing")
    lead, keys = declines(comes, eyes, "writing", "Enter")
    keys.press("Your page")
    lead.misses("says she leads it")
    hers = Keys(somebody, eyes)
    hers.type("How many people were there?", "7")
    hers.to("Which role chaired? (optional)")
    expect(somebody.page.locator("main")).to_contain_text("No role of yours is recorded here", timeout=LONGEST)
    somebody.look()
    somebody.reads("What you had typed by")
    hers.press("Continue")
    assert somebody.heading == NO_ROLE
    somebody.reads("What you typed is kept.")


@WITH_SCRIPTS
def test_a_lead_without_a_mouse_declines_by_space_who_has_no_page_any_more(
    comes: Comes, eyes: Eyes, service: Service
) -> None:
    somebody = claims(comes, service, "waiting")
    lead, keys = declines(comes, eyes, "waiting", "Space")
    keys.press("The team’s page")
    assert lead.heading == "Team of waiting"
    hers = Keys(somebody, eyes)
    hers.press("Who is asked to confirm it")
    assert somebody.heading == NO_ROLE
    somebody.reads("no role of yours is recorded for today", "If that is wrong, ask:", "Partnership office")
    somebody.open("/home")
    assert somebody.heading == NO_ROLE
