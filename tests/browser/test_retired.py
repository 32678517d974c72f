"""A briefing that is out of date is retired: by an officer who gives no reason at first, or gives it with the keyboard
alone; and what is seen of it afterwards by her, by everybody who follows an old link, and by a team that was asked.

Gone through with scripts and without; each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin
from xml.etree.ElementTree import fromstring

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app.clock import now
from app.database import db
from app.packs.content import PackContent
from app.packs.feed import ATOM, MEDIA_TYPE
from app.packs.models import Pack
from app.packs.services import publish_edition
from app.packs.standing import Standing
from app.packs.withdrawing import let_stand
from app.policy import CONSOLE
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.eyes import Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import circle, town
from tests.packs.huge import real

pytestmark = pytest.mark.browser
WITH_SCRIPTS = pytest.mark.parametrize("scripts", [True], ids=["scripts"], indirect=True, scope="module")
PACK, STANDING = f"/packs/{town.SLUG}", f"/publish/{town.SLUG}/standing"
TITLE, OTHER = "Injuries of the very young", "Falls from windows"
LINK = f"Withdraw or retire : {TITLE}"
WHY = "A newer audit is there: ask the office for it."
OUT = "This briefing is out of date."
NO_REASON = "Say why, in a sentence that everybody who opens an old link will read."
NORTH, SOUTH = "North Health Visiting", "South Health Visiting"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody was asked about a first edition, of which there is a second since; and there is another briefing. No
    sender runs."""
    with serves(sender=False) as made:
        town.circulate(made.app)
        with made.app.app_context(), db.writing() as session:
            for otherwise in ({"title": TITLE}, {"slug": "falls", "title": OTHER}):
                publish_edition(session, CONSOLE, PackContent.from_dict({**real().as_dict(), **otherwise}), now=now())
        yield made


def stands(service: Service, standing: Standing) -> None:
    """From now on the briefing stands so, if it does not yet."""
    with service.app.app_context(), db.writing() as session:
        pack = session.scalars(sa.select(Pack).where(Pack.slug == town.SLUG)).one()
        if pack.standing is not standing:
            let_stand(session, CONSOLE, pack, standing, WHY, now=now())


def in_feed(reader: Window) -> list[str]:
    """The titles in the feed that the page leads to."""
    leads = reader.page.locator(f'link[type="{MEDIA_TYPE}"]').get_attribute("href")
    answer = reader.page.request.get(urljoin(reader.page.url, leads))
    return [str(entry.findtext(f"{{{ATOM}}}title")) for entry in fromstring(answer.body()).iter(f"{{{ATOM}}}entry")]


@BOTH_WAYS
def test_an_officer_has_to_choose_and_to_say_why(comes: Comes, service: Service) -> None:
    stands(service, Standing.CURRENT)
    officer, late, reader = comes(town.OFFICER, let_in=True), comes(town.OFFICER, let_in=True), comes()
    late.open(STANDING)
    officer.open("/publish")
    officer.follow(LINK)
    officer.reads("Where it was circulated, reminders stop.", "It can still be read, and says so at its top.")
    officer.press("Confirm")
    assert officer.faults == ["Choose what is to become of it."]
    officer.choose("Retire it")
    officer.fill("Why?", "   ")
    officer.press("Confirm")
    assert officer.faults == [NO_REASON]
    assert officer.page.get_by_label("Retire it").is_checked()
    reader.open("/packs")
    reader.reads(TITLE)
    officer.fill("Why?", WHY)
    officer.press("Confirm")
    assert officer.heading == "Publish and circulate"
    officer.reads("edition 2 Retired")
    expect(officer.page.get_by_role("link", name="Circulate", exact=True)).to_have_count(1)
    officer.follow(LINK)
    officer.reads("It has been retired since", WHY, "Have it be current again")
    officer.misses("Retire it")
    _comes_too_late(late)


def _comes_too_late(late: Window) -> None:
    """Another tab of hers was opened before; what she types there is not lost, and she sees how it stands now."""
    late.choose("Retire it")
    late.fill("Why?", "Typed too late.")
    late.press("Confirm")
    assert late.faults == ["Choose one of the answers shown."]
    late.reads("It has been retired since", WHY)
    assert late.page.get_by_label("Why?").input_value() == "Typed too late."


@BOTH_WAYS
def test_it_leaves_the_library_and_every_old_link_says_why(comes: Comes, service: Service) -> None:
    stands(service, Standing.CURRENT)
    reader = comes()
    reader.open("/packs")
    assert sorted(in_feed(reader)) == [OTHER, TITLE]
    stands(service, Standing.RETIRED)
    reader.open("/packs")
    reader.reads("1 briefing", OTHER)
    reader.misses(TITLE)
    assert in_feed(reader) == [OTHER]
    reader.open(f"{PACK}/editions")
    reader.reads(OUT, WHY)
    reader.follow("Edition 1")
    reader.reads("This is edition 1.", OUT, WHY)
    reader.follow("Read edition 2, the newest")
    reader.reads(OUT, WHY, TITLE)
    assert in_feed(reader) == [OTHER]
    reader.open("/packs/falls")
    reader.misses(OUT, WHY)


@BOTH_WAYS
def test_a_poster_that_hangs_there_leads_to_the_word_that_it_is_out_of_date(comes: Comes, service: Service) -> None:
    stands(service, Standing.RETIRED)
    reader = comes()
    reader.open(f"{PACK}/poster")
    reader.reads(OUT, WHY, "Hold a telephone’s camera to the code")
    code = reader.page.get_by_alt_text("Code that a telephone reads: it leads to this briefing")
    assert code.evaluate("one => one.complete && one.naturalWidth > 0")
    where = reader.page.locator(".app-poster__address").inner_text()
    drawn = reader.page.request.get(urljoin(reader.page.url, code.get_attribute("src"))).text()
    assert f"<title>{where}</title>" in drawn
    reader.open(where)
    reader.reads(OUT, WHY)


@BOTH_WAYS
def test_a_team_and_the_officer_who_asked_it_read_it_where_the_briefing_is(comes: Comes, service: Service) -> None:
    stands(service, Standing.RETIRED)
    leader, officer = comes(town.NORTH, let_in=True), comes(town.OFFICER, let_in=True)
    leader.open("/home")
    leader.follow(f"{NORTH}: NAI under 5")
    leader.follow("Read the briefing")
    leader.reads("This is edition 1.", OUT, WHY)
    officer.open("/home")
    officer.follow(town.BRIEFING)
    officer.misses("Circulate it to more teams")
    officer.follow("Read the briefing")
    officer.reads(OUT, WHY)
    officer.open(f"/circulate/{town.SLUG}")
    assert officer.heading == "This has changed"
    officer.reads("This briefing was retired on", WHY, "It can be circulated once it is current again.")


@WITH_SCRIPTS
def test_a_team_that_was_asked_can_still_send_its_minutes(comes: Comes, service: Service) -> None:
    stands(service, Standing.RETIRED)
    leader = comes(town.SOUTH, let_in=True)
    leader.open("/home")
    leader.follow(f"{SOUTH}: NAI under 5")
    leader.follow("Record your discussion")
    circle.record(leader, "Send to Trust Named Nurse")
    assert leader.heading.startswith("Your minutes are with Trust Named Nurse")


@WITH_SCRIPTS
def test_it_is_retired_and_made_current_again_by_an_officer_without_a_mouse(
    comes: Comes, eyes: Eyes, service: Service
) -> None:
    stands(service, Standing.CURRENT)
    officer, reader = comes(town.OFFICER, let_in=True), comes()
    officer.open("/publish")
    keys = Keys(officer, eyes)
    keys.press(LINK)
    keys.choose("Retire it", first="Withdraw it")
    keys.press("Confirm")
    assert officer.faults == [NO_REASON]
    expect(officer.page.locator(".govuk-error-summary")).to_be_focused()
    keys.to(NO_REASON)
    officer.page.keyboard.press("Enter")
    officer.page.keyboard.type(WHY)
    keys.press("Confirm")
    officer.reads("edition 2 Retired")
    reader.open(PACK)
    reader.reads(OUT, WHY)
    keys.press(LINK)
    keys.choose("Have it be current again", first="Withdraw it")
    keys.type("Why?", "It was looked at and still holds.")
    keys.press("Confirm")
    officer.misses("Retired")
    reader.open(PACK)
    reader.misses(OUT, WHY)
