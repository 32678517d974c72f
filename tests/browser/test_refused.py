"""Somebody types on after a save was refused, or came to nothing: the next change is saved again where it can be, the
line is true of the newest text, and no button leads away from a page whose text nobody has."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from app.clock import now, today
from app.database import db
from app.discussions.drafts import Draft, DraftRevision
from app.organisations.models import Address, Appointment
from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import IN_SIGHT, NARROW
from tests.browser.serving import Service
from tests.browser.test_autosave import FIRST, content, eventually, shows, types, words_kept, writes
from tests.browser.test_no_mouse import at_said
from tests.browser.window import Window
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
KEPT, NOT_SAVED, AWAY = "What you had typed by ", "Not saved since ", "The service cannot be reached just now"
LEAVES = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
LONGEST = 6.5  # seconds that a button holds at most, with some for the machine


@pytest.fixture(scope="module", autouse=True)
def asked(service: Service) -> None:
    town.circulate(service.app)


@pytest.fixture
def writer(comes: Comes, service: Service) -> Window:
    """The leader of a team on the second page of a draft that she has just begun."""
    calm = 0
    while calm < 5:  # what a page saves while it is closed, after the test before, comes in a moment later
        with service.app.app_context(), db.writing() as session:
            session.execute(sa.delete(DraftRevision))
            calm = calm + 1 if session.execute(sa.delete(Draft)).rowcount == 0 else 0
        time.sleep(0.1)
    return writes(comes, service, town.NORTH)


def asks(page: Page) -> bool:
    """Whether the browser would ask before the page is left."""
    return bool(page.evaluate(LEAVES))


def adds(window: Window, words: str) -> None:
    """Type on in the first box, without leaving it."""
    window.page.get_by_label(FIRST).press("End")
    window.page.get_by_label(FIRST).press_sequentially(words)


def set_aside(service: Service) -> list[str]:
    """What stands beside the draft under the first question."""
    asides = content(service).get("set_aside", [])
    return [next(point["words"] for point in aside["typed"]["points"].values() if point["words"]) for aside in asides]


def test_what_is_typed_after_signing_out_is_kept_too(writer: Window, service: Service) -> None:
    page = writer.page
    page.context.clear_cookies(name="signed-in")
    types(writer, "Before.")
    shows(page, "is kept. You have been signed out.")
    expect(page.locator("[data-saving]")).to_contain_text(KEPT)
    assert not asks(page)
    link = page.locator("[data-saving] a")
    expect(link).to_have_text("Sign in (opens in a new tab)")
    with page.context.expect_page() as opening:
        link.click()
    opening.value.close()
    adds(writer, " And after.")
    assert asks(page), "nobody has it yet"
    page.get_by_label(FIRST).press("Tab")
    eventually(lambda: set_aside(service)[-1:], ["Before. And after."], page)
    eventually(lambda: asks(page), False, page)
    writer.look()
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(IN_SIGHT) == "", "a line of several rows hides where the focus is"


def test_after_signing_in_again_in_another_tab_the_page_goes_on_saving(writer: Window, service: Service) -> None:
    page = writer.page
    page.context.clear_cookies()
    types(writer, "Signed out.")
    shows(page, "is kept. You have been signed out.")
    writer.let_in()
    other = page.context.new_page()
    other.goto(page.url)  # which brings another token for forms
    writer.eyes.forgives = "status of 400"
    adds(writer, " In again.")
    page.get_by_label(FIRST).press("Tab")
    shows(page, "Saved at")
    assert words_kept(service) == "Signed out. In again."
    assert not set_aside(service), "it stands in the draft now"
    writer.press("Continue")
    writer.reads("Check and send", "Signed out. In again.")


@pytest.mark.parametrize("own", [True, False])
def test_a_token_of_somebody_else_is_not_taken_over(comes: Comes, service: Service, writer: Window, own: bool) -> None:
    leader = at_said(comes, town.SOUTH, "South Health Visiting")
    page, url = leader.page, leader.page.url
    leader.eyes.forgives = "status of 40"
    page.context.clear_cookies()
    types(leader, "The leader's.")
    shows(page, "is kept. You have been signed out.")
    leader.address = town.SOUTH if own else town.MINUTE_TAKER
    leader.let_in()
    other = page.context.new_page()
    other.goto(url)
    adds(leader, " And more.")
    page.get_by_label(FIRST).press("Tab")
    shows(page, "Saved at" if own else "It is offered back to you on its page.")
    if not own:
        leader.look()
        assert (words_kept(service), set_aside(service)[-1]) == ("", "The leader's. And more.")


def test_what_was_too_much_is_saved_once_it_is_shorter(writer: Window, service: Service) -> None:
    page = writer.page
    writer.eyes.forgives = "status of 413"
    page.get_by_label(FIRST).evaluate("(box, size) => { box.value = 'x'.repeat(size) }", 4 * 1024 * 1024)
    page.get_by_label(FIRST).press("y")
    page.get_by_label(FIRST).press("Tab")
    shows(page, "larger than the service can take in one go")
    expect(page.locator("[data-saving]")).to_contain_text(NOT_SAVED)
    assert asks(page)
    page.get_by_label(FIRST).evaluate("box => { box.value = '' }")
    writer.look()
    types(writer, "Shorter.")
    shows(page, "Saved at")
    assert words_kept(service) == "Shorter."
    assert not asks(page)


def test_what_is_typed_after_somebody_elses_text_came_first_is_kept(
    comes: Comes, writer: Window, service: Service
) -> None:
    other = comes(town.NORTH, let_in=True)
    other.open(writer.page.url)
    types(other, "Theirs.")
    shows(other.page, "Saved at")
    for words in ("Mine.", " More.", " Still more.", " And the last."):
        adds(writer, words)
        writer.page.get_by_label(FIRST).press("Tab")
        eventually(lambda: asks(writer.page), False, writer.page)
        expect(writer.page.locator("[data-saving]")).to_contain_text("Press Continue to see both texts.")
    texts = ["Mine. More.", "Mine. More. Still more.", "Mine. More. Still more. And the last."]
    assert (words_kept(service), set_aside(service)) == ("Theirs.", texts), "the newest few of hers push nobody's out"
    writer.press("Continue")
    assert writer.page.get_by_label(FIRST).input_value() == texts[-1]
    writer.press("Save what I chose")
    both = f"{texts[-1]}\n\nTheirs."
    assert (words_kept(service), set_aside(service)) == (both, []), "where nobody chose, no words go"


def test_whoever_lost_her_last_role_is_told_that_her_text_is_kept(writer: Window, service: Service) -> None:
    page = writer.page
    with service.app.app_context(), db.writing() as session:
        person = session.scalars(sa.select(Address.person_id).where(Address.email == town.NORTH)).one()
        roles = sa.update(Appointment).where(Appointment.person_id == person)
        session.execute(
            roles.values(starts_on=today(now()) - timedelta(days=9), ends_on=today(now()) - timedelta(days=1))
        )
    try:
        types(writer, "My last one.")
        shows(page, "is kept. No role of yours is recorded here for today. Your team finds it beside its draft.")
        writer.look()
        adds(writer, " Truly.")
        page.get_by_label(FIRST).press("Tab")
        eventually(lambda: set_aside(service)[-1:], ["My last one. Truly."], page)
    finally:
        with service.app.app_context(), db.writing() as session:
            session.execute(roles.values(ends_on=None))


@pytest.mark.parametrize("saves_first", [True, False], ids=["the last save failed", "a save fails meanwhile"])
def test_a_button_stays_where_the_service_is_down(comes: Comes, serves: Serves, saves_first: bool) -> None:
    with serves(sender=False) as service:
        town.circulate(service.app)
        window = comes(town.NORTH, service, let_in=True)
        window.open(f"/asked/{town.asked(service.app, 'North Health Visiting')}/meeting")
        circle.the_meeting(window)
    page, at = window.page, window.page.url
    window.eyes.forgives = "net::ERR_CONNECTION_REFUSED"
    adds(window, "An hour's work.")
    if saves_first:
        page.get_by_label(FIRST).press("Tab")
        shows(page, NOT_SAVED)
        shows(page, "Keep this page open")
    page.get_by_role("button", name="Continue").click()
    shows(page, AWAY)
    expect(page.locator("[data-saving]")).to_contain_text(NOT_SAVED)
    assert (page.url, page.get_by_label(FIRST).input_value()) == (at, "An hour's work.")
    assert asks(page)
    if saves_first:
        window.look()


def test_a_button_held_down_stays_under_the_pointer(writer: Window) -> None:
    """Pressing it leaves the box, which saves; what is said of that must not move the button away from the press."""
    page = writer.page
    writer.eyes.forgives = "status of 50"
    page.route("**/said", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.route("**/autosave.js*", lambda route: route.fulfill(status=502, body=""))
    adds(writer, "Held down.")
    button = page.get_by_role("button", name="Continue")
    button.hover()
    page.mouse.down()
    at = button.bounding_box()
    page.wait_for_timeout(1_000)
    assert at == button.bounding_box(), "it moved"
    page.mouse.up()
    shows(page, AWAY)
    page.unroute_all()


@pytest.mark.parametrize("how", ["nobody answers", "a gateway answers"])
def test_a_button_holds_nobody_for_long(writer: Window, how: str) -> None:
    """What asks whether the service is there gets no answer, or that of a gateway whose service is down."""
    page, at = writer.page, writer.page.url
    writer.eyes.forgives = "net::ERR_FAILED" if how == "nobody answers" else "status of 50"
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def gateway(route: Route) -> None:
        route.fulfill(status=502, body="<h1>Bad gateway</h1>")

    page.route("**/said", hold if how == "nobody answers" else gateway)
    page.route("**/autosave.js*", hold if how == "nobody answers" else gateway)
    adds(writer, "Held.")
    began = time.monotonic()
    page.get_by_role("button", name="Continue").click()
    if how == "nobody answers":
        expect(page.locator("[data-saving]")).to_contain_text("One moment", timeout=3_000)
    expect(page.locator("[data-saving]")).to_contain_text(AWAY, timeout=9_000)
    assert time.monotonic() - began < LONGEST
    assert page.url == at
    for route in held:
        route.abort()
    page.unroute_all()
    page.wait_for_timeout(1_100)  # a button takes two presses within a second for one
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/check")
