"""A launch that waits, in Chromium, with scripts and without: what is wrong with the day, the page that waits, what
cancelling says to two who do it, and what stands there once it went out or could not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.circulation.launching import launch_scheduled
from app.circulation.scheduled import ScheduledLaunch
from app.clock import now, today
from app.database import db
from app.packs.models import Pack
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
GO_OUT = "Day on which they go out"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Nobody was asked, and no sender runs: what is due is carried out where a test says so."""
    with serves(sender=False) as made:
        yield made


def gives_day(officer: Window, day: date) -> None:
    for label in ("Day", "Month", "Year"):
        officer.fill(label, str(getattr(day, label.lower())), group=GO_OUT)


def schedules(officer: Window) -> None:
    """From the list of briefings to the page of a launch that waits."""
    officer.open("/publish")
    officer.follow("Circulate")
    officer.press("Tick everybody")
    officer.choose("Later, on a day that I choose")
    officer.look()
    gives_day(officer, today(now()) + timedelta(days=3))
    officer.press("Continue")
    officer.go(officer.page.get_by_role("button", name="Schedule"))


def carries_out(service: Service, later: timedelta) -> None:
    with service.app.app_context():
        launch_scheduled(db, now() + later)


def test_a_day_that_is_no_good_is_named_and_everything_else_stays(comes: Comes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish")
    officer.follow("Circulate")
    officer.press("Tick everybody")
    officer.fill("Cover note (optional)", "Please talk about this.")
    officer.choose("Later, on a day that I choose")
    for label in ("Day", "Month", "Year"):
        officer.fill(label, "", group=GO_OUT)
    officer.press("Continue")
    assert officer.faults == ["Give the day on which the letters go out."]
    gives_day(officer, today(now()) - timedelta(days=1))
    officer.press("Continue")
    assert len(officer.faults) == 1
    assert officer.page.get_by_label("Cover note (optional)").input_value() == "Please talk about this."


def test_it_waits_and_two_who_cancel_it_are_both_told(comes: Comes) -> None:
    one, two = comes(town.OFFICER, let_in=True), comes(town.OFFICER, let_in=True)
    schedules(one)
    one.reads("will be asked", "The letters go out by themselves")
    two.open("/home")
    two.reads("Goes out on")
    two.open(one.page.url)
    one.press("Cancel: ask nobody")
    assert one.heading == "It was cancelled"
    two.press("Cancel: ask nobody")
    two.reads("It was cancelled")


def test_one_that_could_not_go_out_says_why(comes: Comes, service: Service) -> None:
    officer = comes(town.OFFICER, let_in=True)
    schedules(officer)
    with service.app.app_context(), db.writing() as session:
        pack = session.scalars(sa.select(Pack)).one()
        let_stand(session, CONSOLE, pack, Standing.WITHDRAWN, "A figure was wrong.", now=now())
    carries_out(service, timedelta(days=4))
    address = officer.page.url
    officer.open(address)
    assert officer.heading == "It could not be circulated"
    officer.open("/home")
    with service.app.app_context(), db.writing() as session:
        pack = session.scalars(sa.select(Pack)).one()
        let_stand(session, CONSOLE, pack, Standing.CURRENT, "It is right now.", now=now())


def test_one_that_went_out_leads_to_its_letters(comes: Comes, service: Service) -> None:
    officer, late = comes(town.OFFICER, let_in=True), comes(town.OFFICER, let_in=True)
    schedules(officer)
    late.open(officer.page.url)
    carries_out(service, timedelta(days=4))
    late.press("Cancel: ask nobody")
    late.reads("It went out", "before you could cancel it")
    late.follow("Open the page again")
    assert late.heading == "It was circulated"
    officer.open(officer.page.url)
    assert officer.heading == "It was circulated"
    officer.follow("See how far they are")
    with service.app.app_context(), db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(ScheduledLaunch)) == 3
