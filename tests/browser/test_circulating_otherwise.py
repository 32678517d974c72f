"""Circulating in the states that the usual way does not pass: an officer of two partnerships, a partnership without
organisations, some left out beside others, a briefing that is withdrawn meanwhile, a launch that is due and waits, and
one that went out but not to everybody.

Gone through with scripts and without; each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.circulation.scheduled import ScheduledLaunch
from app.clock import now
from app.database import db
from app.organisations.models import Address
from app.packs.models import Pack
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE, Role
from tests import factories
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.test_scheduled import carries_out, schedules
from tests.browser.window import Window
from tests.journeys import town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
HILL = "Hill Road Primary School"
SCHOOLS = "School: 1 organisation, 1 team"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Nobody was asked, and no sender runs."""
    with serves(sender=False) as made:
        yield made


def chooses(comes: Comes, service: Service) -> Window:
    """An officer where she chooses whom to ask."""
    officer = comes(town.OFFICER, service, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    return officer


def asks_the_school(comes: Comes, service: Service) -> None:
    officer = chooses(comes, service)
    officer.unfold(SCHOOLS)
    officer.choose(HILL)
    officer.press("Continue")
    officer.press("Send 1 letter and ask 1 team")
    officer.reads("1 team asked")


def test_a_launch_that_is_due_waits_and_says_so(comes: Comes, service: Service) -> None:
    officer = comes(town.OFFICER, let_in=True)
    schedules(officer)
    address = officer.page.url
    with service.app.app_context(), db.writing() as session:
        session.execute(sa.update(ScheduledLaunch).values(at=now() - timedelta(minutes=10)))
    officer.open("/home")
    officer.reads("It was due on", "and waits")
    officer.open(address)
    assert officer.heading.startswith("It was due on")
    officer.reads("Nobody has been asked yet", "letters are held, or nothing sends them.")
    officer.press("Cancel: ask nobody")
    assert officer.heading == "It was cancelled"


def test_while_one_chooses_the_briefing_is_withdrawn(comes: Comes, service: Service) -> None:
    choosing, checking = chooses(comes, service), chooses(comes, service)
    checking.press("Tick everybody")
    checking.press("Continue")
    _stands(service, Standing.WITHDRAWN)
    try:
        choosing.press("Tick everybody")
        choosing.reads("This briefing was withdrawn on", "A figure was wrong.")
        checking.press("Send 7 letters and ask 5 teams")
        checking.reads("This briefing was withdrawn on", "A figure was wrong.")
    finally:
        _stands(service, Standing.CURRENT)


def test_some_are_left_out_beside_others_and_one_that_was_scheduled_did_not_go_to_everybody(
    comes: Comes, service: Service
) -> None:
    officer = comes(town.OFFICER, let_in=True)
    schedules(officer)
    address = officer.page.url
    asks_the_school(comes, service)
    other = chooses(comes, service)
    other.press("Tick everybody")
    other.press("Continue")
    other.reads("1 team or organisation is left out, having been asked about this briefing before", HILL)
    carries_out(service, timedelta(days=4))
    officer.open(address)
    assert officer.heading == "It was circulated"
    officer.reads("Not everybody was asked as it was scheduled.", HILL)
    officer.open("/home")
    officer.reads("not to everybody as it was scheduled")


def test_an_officer_of_two_partnerships_says_who_asks(comes: Comes, serves: Serves) -> None:
    with serves(sender=False) as two:
        with two.app.app_context(), db.writing() as session:
            officer = session.scalars(sa.select(Address).where(Address.email == town.OFFICER)).one().person
            other = factories.partnership(session, slug="other", name="Other Safeguarding Children Partnership")
            factories.appoint(session, officer, Role.OFFICER, other)
        asker = chooses(comes, two)
        assert asker.heading == "Who is asking?"
        asker.follow("Circulate it for Other Safeguarding Children Partnership")
        asker.reads("has no organisations here yet, so there is nobody to ask.")
        asker.open("/publish")
        asker.follow("Circulate")
        asker.follow("Circulate it for East Sussex Safeguarding Children Partnership")
        asker.unfold(SCHOOLS)
        asker.choose(HILL)
        asker.press("Continue")
        asker.reads("Check before you send", "East Sussex Safeguarding Children Partnership")
        asker.press("Send 1 letter and ask 1 team")
        asker.reads("Circulated by East Sussex Safeguarding Children Partnership")


def _stands(service: Service, standing: Standing) -> None:
    with service.app.app_context(), db.writing() as session:
        pack = session.scalars(sa.select(Pack)).one()
        let_stand(session, CONSOLE, pack, standing, "A figure was wrong.", now=now())
