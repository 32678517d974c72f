"""From a letter that was passed on to answers that are shared: somebody whom nobody knew, with real letters."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.journeys import circle, newcomer, town
from tests.journeys.conftest import Comes
from tests.journeys.mailroom import Mailroom


def test_a_letter_that_was_passed_on_brings_a_team_that_nobody_knew(
    app: Flask, comes: Comes, mail: Mailroom, tmp_path: Path
) -> None:
    newcomer.found(app, tmp_path)
    somebody, lead, officer = comes(newcomer.NEW), comes(newcomer.LEAD), comes(town.OFFICER)
    newcomer.arrive(somebody)
    newcomer.says_so(somebody)
    newcomer.sends(somebody)
    assert somebody.loads <= 9, "letter to confirmation, one page with faults and one afterwards among them"
    newcomer.reads_first(lead)
    circle.sign_in(officer)
    officer.follow(town.BRIEFING)
    officer.follow("What teams will do, what they ask you, and who has not responded")
    assert newcomer.TEAM not in officer.text
    newcomer.confirms(lead)
    assert len(mail.to(newcomer.LEAD, "please confirm")) == 1
    lead.open(mail.newest(newcomer.LEAD, "minutes to read").link("/minutes/"))
    circle.share(lead, newcomer.SIGNED, keep_back=3, quotable=1)
    lead.reads("Shared. May be quoted")
    officer.open("/home")
    officer.follow(town.BRIEFING)
    officer.follow("What teams will do, what they ask you, and who has not responded")
    assert newcomer.TEAM in officer.text
    assert mail.newest(newcomer.NEW, "to discuss"), "she gets the letter as everybody who leads a team"


def test_nobody_is_written_to_who_only_says_that_she_is_of_the_library(
    app: Flask, comes: Comes, mail: Mailroom, tmp_path: Path
) -> None:
    newcomer.found(app, tmp_path)
    for address in (f"{newcomer.NEW}.evil.example", "x@sub.library.example.org", "children+1@library.example.org"):
        stranger = comes(address)
        stranger.open("/sign-in")
        stranger.fill("Your work email address", address)
        stranger.press("Send me a code")
        assert stranger.heading == "Check your email"
    mail.bring()
    assert not [copy for copy in mail.stub.received if "is your code" in str(copy.message["Subject"])]
