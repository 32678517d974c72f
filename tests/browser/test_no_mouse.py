"""What was typed is not lost and forwarding is proved, with the keyboard alone: two texts of one draft, a Word sheet
beside a draft, an autosave that fails, the inbox, and what happened to minutes.

Whoever is only there so that something happens (the other writer, the team) goes about as she likes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree
from playwright.sync_api import expect

from app.clock import date_words, now, today
from tests.browser.conftest import Comes, Serves
from tests.browser.eyes import FOUR_TIMES, IN_SIGHT, Eyes
from tests.browser.keys import Keys
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.discussions.sheets import edited, fill
from tests.journeys import circle, town
from tests.journeys.files import docx_words

pytestmark = pytest.mark.browser
SAID = "What the team said about question {}"
STAYS = "What is to stay: the words under question {}"
THEIRS, BOTH = "What was saved here", "Both, one after the other"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool) -> Iterator[Service]:
    """Everybody has been asked."""
    with serves() as made:
        town.circulate(made.app)
        yield made


def at_said(comes: Comes, who: str, team: str) -> Window:
    """Somebody on the second page of a new draft of a team."""
    window = comes(who, let_in=True)
    window.open(f"/asked/{town.asked(window.service.app, team)}/meeting")
    circle.the_meeting(window)
    return window


def answers(window: Window) -> list[str]:
    """What stands in the boxes under the three questions."""
    window.open(window.page.url.rpartition("/")[0] + "/said")
    return [window.page.get_by_label(SAID.format(number)).input_value() for number in (1, 2, 3)]


def test_two_write_one_draft_and_the_second_chooses_for_each_answer(comes: Comes, eyes: Eyes) -> None:
    other = at_said(comes, town.SOUTH, "South Health Visiting")
    writer = comes(town.MINUTE_TAKER, let_in=True)
    writer.open(other.page.url)
    first, second = Keys(other, eyes), Keys(writer, eyes)
    for number in (1, 2):
        first.type(SAID.format(number), f"The leader on {number}.")
    for number in (1, 2, 3):
        second.type(SAID.format(number), f"The minute taker on {number}.")
    first.press("Save and come back later")
    second.press("Continue")
    assert "This was saved from somewhere else" in writer.page.content()
    expect(writer.page.locator(".govuk-error-summary")).to_be_focused()
    second.choose(BOTH, first=BOTH, group=STAYS.format(1))
    second.choose(THEIRS, first=BOTH, group=STAYS.format(2))
    second.press("Save what I chose")
    both = "The minute taker on 1.\n\nThe leader on 1."
    assert answers(writer) == [both, "The leader on 2.", "The minute taker on 3."]


def test_a_word_sheet_stands_beside_the_draft_and_each_answer_is_picked(comes: Comes, eyes: Eyes) -> None:
    leader = at_said(comes, town.NORTH, "North Health Visiting")
    for number in (1, 2):
        leader.fill(SAID.format(number), f"Typed on {number}.")
    leader.press("Save and come back later")
    keys = Keys(leader, eyes)
    keys.press("Change the meeting")
    sheet = edited(keys.download("Take the response sheet (Word)"), _written)
    keys.press("upload it")
    keys.give("The Word file that you filled in", "sheet.docx", sheet)
    keys.press("Upload and look at it")
    leader.reads("What your Word sheet says is in the boxes below, and is not in the draft yet.")
    leader.reads("choose which is to stay", "From the sheet on 1.", *(f"[added: Typed ] on {n}." for n in (1, 2)))
    keys.choose(BOTH, first=BOTH, group=STAYS.format(1))
    keys.choose(THEIRS, first=BOTH, group=STAYS.format(2))
    keys.press("Save what I chose")
    assert answers(leader) == ["From the sheet on 1.\n\nTyped on 1.", "Typed on 2.", "From the sheet on 3."]
    leader.open(f"/asked/{town.asked(leader.service.app, 'North Health Visiting')}/upload")
    keys.give("The Word file that you filled in", "again.docx", sheet)
    keys.press("Upload and look at it")
    leader.open(leader.page.url.rpartition("/")[0] + "/check")
    beside = leader.page.locator(".govuk-inset-text a").first.inner_text()
    assert beside.startswith("What the Word sheet says that")
    keys.press(beside)
    keys.press(f"Remove this text : {beside[0].lower()}{beside[1:]}")
    leader.reads("Remove this text?", "From the sheet on 1.")
    keys.press("Remove it")
    leader.reads("The text is removed. The draft is as it was.")
    assert answers(leader)[1] == "Typed on 2."


def _written(root: etree._Element) -> None:
    for number, key in enumerate(("what-is-nai", "what-is-vig", "engaging-fathers"), 1):
        fill(root, f"points-{key}-words", f"From the sheet on {number}.")


def test_a_save_that_fails_is_told_and_made_good(comes: Comes, eyes: Eyes) -> None:
    head = at_said(comes, town.HEAD, "Hill Road Primary School")
    head.eyes.forgives = "net::ERR_FAILED"
    head.page.route("**/said", lambda route: route.abort())
    keys = Keys(head, eyes)
    keys.type(SAID.format(1), "Nothing of this is lost.")
    head.page.keyboard.press("Tab")
    for place in ("[data-saving]", "[data-saving-said]"):
        expect(head.page.locator(place)).to_contain_text("Keep this page open")
    head.look()
    head.page.set_viewport_size(FOUR_TIMES)  # type: ignore[arg-type]
    for _ in range(15):
        head.page.keyboard.press("Tab")
        assert head.page.evaluate(IN_SIGHT) == "", "what stays in sight hides where the focus is"
    head.page.unroute_all()
    keys.press("Save and come back later")
    assert head.heading == "Your draft is saved"
    keys.press("Go on writing")
    assert answers(head)[0] == "Nothing of this is lost."


def test_a_lead_opens_minutes_and_confirms_several(comes: Comes, eyes: Eyes, service: Service) -> None:
    teams = {"North Health Visiting": town.NORTH, "South Health Visiting": town.SOUTH}
    for team, who in teams.items():
        town.minutes(service.app, team, who)
    lead = comes(town.NURSE, let_in=True)
    lead.open("/home")
    keys = Keys(lead, eyes)
    keys.press("Read minutes")
    for team in teams:
        keys.press(f"{team}: NAI under 5")
        lead.reads("What the team said")
        keys.press("Minutes from your teams")
    for team in reversed(teams):
        keys.tick(f"{team}: NAI under 5", group="Opened and not confirmed yet")
    keys.press("I have these")
    assert lead.heading == "You have 2 sets of minutes"
    keys.press("Minutes from your teams")
    lead.reads("To read (0)", "Read, not shared")


def test_a_lead_sees_what_happened_and_takes_the_certificate(comes: Comes, eyes: Eyes, service: Service) -> None:
    ref = town.minutes(service.app, "Harbour Centre", town.MANAGER)
    _corrects(comes(town.MANAGER, let_in=True), ref)
    lead = comes(town.HARBOUR_LEAD, let_in=True)
    lead.open(f"/minutes/{ref}")
    keys = Keys(lead, eyes)
    keys.press("Open the newest version")
    lead.reads("What happened to these minutes", "sent by Centre Manager")
    assert "Harbour Centre" in docx_words(keys.download("Certificate for an inspector (Word, one page)"))
    keys.press("version 1")
    lead.reads("version 1 (this page)", "version 2")


def _corrects(team: Window, ref: str) -> None:
    team.open(f"/minutes/{ref}")
    team.press("Correct these minutes")
    team.fill(SAID.format(1), "We had forgotten something.")
    team.press("Continue")
    circle.send(team, "Send to Harbour Lead")


def test_a_lead_notes_that_she_is_away_and_calls_it_off(comes: Comes, eyes: Eyes) -> None:
    lead = comes(town.NURSE, let_in=True)
    lead.open("/away")
    keys, day = Keys(lead, eyes), today(now())
    keys.press("Note days away")
    for group in ("First day away", "Last day away"):
        for label, text in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            keys.type(label, str(text), group=group)
    keys.press("Note these days")
    lead.reads("You are away from")
    keys.press(f"Change or call off what is noted from {date_words(day)}")
    keys.choose("It is called off", first="The last day away")
    keys.press("Confirm")
    lead.reads("Those days no longer count as days away.")
