"""What is read by everybody, and what becomes of it: looking for a briefing, its editions and what changed between
them, one that was retired or withdrawn, and a new one as it will be. With scripts and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.clock import now
from app.database import db
from app.packs.content import PackContent
from app.packs.services import publish_edition
from app.policy import CONSOLE
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.journeys import town
from tests.packs.huge import real

pytestmark = [pytest.mark.browser, BOTH_WAYS]
PACK = f"/packs/{town.SLUG}"
MANY = 24
EVERYWHERE = (PACK, f"{PACK}/editions", f"{PACK}/editions/1", f"{PACK}/guide", f"{PACK}/slides", f"{PACK}/poster")


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Two editions of the town's pack, and more packs than one page of the library has."""
    with serves(sender=False) as made:
        content = real().as_dict()
        with made.app.app_context(), db.writing() as session:
            publish_edition(session, CONSOLE, PackContent.from_dict({**content, "title": "Another title"}), now=now())
            for number in range(MANY):
                other = {**content, "slug": f"falls-{number}", "title": f"Falls from windows, part {number}"}
                publish_edition(session, CONSOLE, PackContent.from_dict(other), now=now())
        yield made


def test_somebody_finds_a_briefing_and_gets_on_through_the_library(comes: Comes) -> None:
    reader = comes()
    reader.open("/packs")
    reader.follow("More briefings")
    reader.fill("Words to look for", "windows")
    reader.press("Find briefings")
    reader.reads(f"{MANY} briefings found")
    reader.fill("Words to look for", "zebra")
    reader.press("Find briefings")
    reader.reads("No briefing was found")
    reader.open("/packs?q=the")
    reader.follow("See all briefings")


def test_somebody_sees_what_changed_between_editions(comes: Comes) -> None:
    reader = comes()
    reader.open(f"{PACK}/editions")
    reader.open(f"{PACK}/editions/1")
    reader.open(f"{PACK}/editions/2/changes")
    reader.reads("What changed in edition 2", "Another title")


def test_a_new_one_is_looked_at_as_it_will_be(comes: Comes) -> None:
    officer = comes(town.OFFICER, let_in=True)
    officer.open("/publish/new")
    officer.choose("A blank page")
    officer.press("Begin")
    officer.open(f"{officer.page.url}/pictures")
    officer.open(officer.page.url.replace("/pictures", "/preview"))
    officer.open("/publish")
    officer.reads("Being made")


def test_one_is_retired_withdrawn_and_taken_up_again_and_every_old_link_says_so(comes: Comes) -> None:
    officer, reader = comes(town.OFFICER, let_in=True), comes()
    standing = f"/publish/{town.SLUG}/standing"
    officer.open(standing)
    officer.press("Confirm")
    assert officer.faults == ["Choose what is to become of it."]
    reader.eyes.forgives = "status of 410"  # what was withdrawn is gone, and the page says why
    for what, because in (("Retire it", "A newer audit is there."), ("Withdraw it", "A figure was wrong.")):
        officer.open(standing)
        officer.choose(what)
        officer.page.get_by_role("textbox").fill(because)
        officer.press("Confirm")
        officer.open(standing)
        officer.reads(because)
        officer.open("/publish")
        for path in EVERYWHERE:
            reader.open(path)
