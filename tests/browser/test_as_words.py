"""Markup, templates and rich text that somebody types or pastes: words on every page that shows them, in Chromium.

Each of them would call `told` if it ran, and the browser is asked for what its content policy had to hold back:
nothing, since nothing of it is ever more than text.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.database import db
from app.discussions.models import Minutes
from tests.browser.conftest import Comes
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.journeys import circle, town

pytestmark = pytest.mark.browser
SIGNED = "Trust Named Nurse, Named Nurse"
FIRST = "What the team said about question 1"
LINES = (
    '<script>told("ran")</script>',
    """<img src=x onerror="told('ran')">""",
    """"><svg onload="told('ran')">""",
    """</textarea></main><script>told('ran')</script>""",
    """<iframe srcdoc="<script>parent.told('ran')</script>"></iframe>""",
    """<a href="javascript:told('ran')">press</a> [press](javascript:told('ran'))""",
    """<style>@import "https://example.org/x.css"; body { display: none }</style>""",
    """<form action="https://example.org/"><input name="csrf_token" autofocus onfocus="told('ran')">""",
    "{{ 7*7 }} {% include 'x' %} ${7*7} <%= 7*7 %> #{7*7} &lt;b&gt; &amp;amp; <!-- -->",
    "**bold** _slanted_ `code` # heading | =1+1",
)
ONE_LINE = """<b onclick="told('ran')">Duty</b> {{ 7*7 }}"""
SPOKEN = circle.Spoken(
    answers=("\n".join(LINES), "Nothing.", "Nothing."),
    to_do=LINES[1],
    to_lead="\n".join(LINES[:4]),
    to_partnership="\n".join(LINES[4:]),
)
LISTENING = """
document.addEventListener("securitypolicyviolation", (held) => told(`held back: ${held.violatedDirective}`));
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => told(name);
"""
MADE = "main :is(script, iframe, style, img, b, [action*='example'], [href^='javascript'], [onerror], [onload])"
RICH = """<h2>Heading</h2><ul><li>first, in <b style="color: red">bold</b></li><li>second</li></ul>
<p><a href="https://example.org/" onclick="alert(1)">a link</a> “quoted” – it’s</p><script>1</script>"""


@pytest.fixture(scope="module", autouse=True)
def asked(service: Service) -> None:
    town.circulate(service.app)


@pytest.fixture
def heard() -> list[str]:
    """What ran, and what was held back."""
    return []


def listening(comes: Comes, who: str, heard: list[str]) -> Window:
    window = comes(who, let_in=True)
    window.page.expose_function("told", lambda what: heard.append(what))
    window.page.add_init_script(LISTENING)
    return window


def stands_as_typed(window: Window, *texts: str) -> None:
    window.reads(*(line for text in texts for line in text.split("\n")))
    expect(window.page.locator(MADE)).to_have_count(0)


def newest() -> str:
    with db.reading() as session:
        return str(session.scalars(select(Minutes.ref).order_by(Minutes.id.desc())).first())


def test_what_looks_like_code_is_only_words_on_every_page(comes: Comes, service: Service, heard: list[str]) -> None:
    leader = listening(comes, town.NORTH, heard)
    leader.open(f"/asked/{town.asked(service.app, 'North Health Visiting')}/meeting")
    leader.fill("Which role chaired? (optional)", ONE_LINE)
    circle.the_meeting(leader)
    circle.what_was_said(leader, SPOKEN)
    assert leader.heading == "Check and send"
    everything = (*SPOKEN.answers, SPOKEN.to_do, SPOKEN.to_lead, SPOKEN.to_partnership)
    stands_as_typed(leader, ONE_LINE, *everything)
    check = leader.page.url
    leader.open(check.replace("/check", "/said"))
    assert leader.page.get_by_label(FIRST).input_value() == SPOKEN.answers[0]
    leader.open(check)
    circle.send(leader, "Send to Trust Named Nurse")
    with service.app.app_context():
        ref = newest()
    lead = listening(comes, town.NURSE, heard)
    lead.open(f"/minutes/{ref}")
    stands_as_typed(lead, ONE_LINE, *everything)
    circle.share(lead, SIGNED, keep_back=3, quotable=1)
    officer = listening(comes, town.OFFICER, heard)
    officer.open("/home")
    officer.follow(town.BRIEFING)
    officer.follow(town.POINTS[0])
    stands_as_typed(officer, SPOKEN.answers[0])
    officer.follow(town.BRIEFING)
    officer.follow("What teams will do, what they ask you, and who has not responded")
    stands_as_typed(officer, SPOKEN.to_do, SPOKEN.to_partnership)
    assert heard == []


def test_rich_text_that_is_pasted_keeps_its_words_alone(comes: Comes, service: Service, heard: list[str]) -> None:
    leader = listening(comes, town.SOUTH, heard)
    page, other = leader.page, leader.page.context.new_page()
    leader.open(f"/asked/{town.asked(service.app, 'South Health Visiting')}/meeting")
    circle.the_meeting(leader)
    other.set_content(RICH)
    other.bring_to_front()
    other.keyboard.press("Control+A")
    other.keyboard.press("Control+C")
    other.close()
    box = page.get_by_label(FIRST)
    box.press("Control+V")
    pasted = box.input_value()
    assert [line.strip(" \t•") for line in pasted.split("\n") if line.strip()] == [
        "Heading",
        "first, in bold",
        "second",
        "a link “quoted” – it’s",
    ]
    leader.press("Save and come back later")
    leader.open(page.url.replace("/saved", "/said"))
    assert page.get_by_label(FIRST).input_value() == pasted
    expect(page.locator(MADE)).to_have_count(0)
    assert heard == []
