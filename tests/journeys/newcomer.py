"""A library that is asked without its teams: its lead passes the letter on to somebody whom nobody knows."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.journeys import circle, town
from tests.journeys.visitor import Visitor

LEAD, NEW = "lead@library.example.org", "children@library.example.org"
SIGNED = "Library Lead, Safeguarding lead"
NAME, TEAM = "Children’s Librarian", "Children’s library"


def found(app: Flask, folder: Path) -> None:
    """The library, of which only the lead is known; everybody is asked."""
    place = {"organisation": "Town Library", "organisation_ref": "library", "sector": "Voluntary"}
    town.appoint(app, folder, **place, role="safeguarding lead", name="Library Lead", email=LEAD)
    town.circulate(app)


def arrive(somebody: Visitor) -> None:
    """The link in the letter that the lead passed on, and the code."""
    somebody.open(somebody.mail.newest(LEAD, "please pass on").link("/meeting"))
    somebody.sign_in()
    assert somebody.heading == "Which team do you lead?"


def says_so(somebody: Visitor) -> None:
    """First without anything, then rightly."""
    somebody.press("Go on to the meeting")
    somebody.reads("Give your name.", "Say which team you lead.")
    somebody.fill("Your name", NAME)
    somebody.fill("Which team do you lead?", TEAM)
    somebody.press("Go on to the meeting")
    somebody.reads(f"It is still to be confirmed that you lead {TEAM}.")


def sends(somebody: Visitor) -> None:
    """From the meeting to the receipt, which says what is still to come."""
    circle.record(somebody, "Send to Library Lead")
    assert somebody.heading == "Your minutes are with Library Lead, Safeguarding lead"
    somebody.reads(f"It is still to be confirmed that you lead {TEAM}.")
    somebody.follow("Who is asked to confirm it")
    somebody.reads("You said on", "Library Lead, Safeguarding lead is asked to confirm it.")


def reads_first(lead: Visitor) -> None:
    """The minutes can be read and not shared."""
    lead.open(lead.mail.newest(LEAD, "minutes to read").link("/minutes/"))
    lead.sign_in()
    lead.reads(*circle.ANSWERS[1:], f"It is not confirmed yet that {NAME} leads {TEAM}", NEW)
    assert "Share the answers" not in lead.text


def confirms(lead: Visitor) -> None:
    """With the name and the address before her eyes, by one press."""
    lead.open(lead.mail.newest(LEAD, "please confirm who leads it").link("/leaders/"))
    lead.reads(NAME, NEW, TEAM, "Nobody here knew her or the team before.")
    lead.press(f"Confirm: {NAME} leads this team")
    lead.reads(f"{NAME} leads this team.")
