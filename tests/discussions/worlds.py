"""A small world that is committed, known by references: for tests that go through pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.database import db
from app.policy import Role
from tests import factories as make
from tests.client import Client, filled, parse

DAY = {"held_on-day": "18", "held_on-month": "Nov", "held_on-year": "2026"}
MEETING = {**DAY, "setting": "team_meeting", "present": " 8 ", "chaired_by": "Team manager"}
SAID = {
    "points-point-0-words": "We talked about it.\n\n  Twice.",
    "points-point-1-yes": "3",
    "points-point-1-not_yet": "5",
    "actions-0-what": "Ask fathers to the first visit",
    "actions-0-who": "Duty worker",
    "actions-0-by": "18 December 2026",
    "question_to_lead": "Who can train us?",
}


@dataclass(frozen=True)
class World:
    """Keys of people and references of what was asked. `colleague` takes minutes for the same team as `leader`."""

    leader: int
    colleague: int
    lead: int
    deputy: int
    officer: int
    stranger: int
    asked: str
    south: str
    foreign: str
    lead_name: str
    team: str

    @property
    def meeting(self) -> str:
        return f"/asked/{self.asked}/meeting"


def world(more: Callable[[Session, make.Circle], Any] | None = None) -> World:
    """Make it, with whatever `more` adds."""
    with db.writing() as session:
        circle = make.circle(session)
        colleague = make.person(session, name="Minute taker <b>")
        make.appoint(session, colleague, Role.MINUTES, circle.organisation, (circle.teams[0],))
        if more:
            more(session, circle)
        south = next(a for a in circle.circulation.asked if a.team_id == circle.teams[1].id)
        return World(
            leader=circle.leader.id,
            colleague=colleague.id,
            lead=circle.lead.id,
            deputy=circle.deputy.id,
            officer=circle.officer.id,
            stranger=circle.noise_leader.id,
            asked=circle.asked.ref,
            south=south.ref,
            foreign=circle.noise_asked.ref,
            lead_name=circle.lead.name,
            team=circle.teams[0].ref,
        )


class Apart(Client):
    """A second browser: nothing of the first one's requests is in reach of its own."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def browser_of(app: Flask, person: int) -> Client:
    """Another browser, signed in as a person."""
    return Apart(app, TestResponse).as_person(person)


def begin(client: Client, place: World) -> str:
    """Fill in page 1 and go on; the address of page 2."""
    answer = client.post_form(place.meeting, {**MEETING, "do": "continue"}, at="/meeting")
    assert answer.status_code == 303, answer.text
    return answer.location


def write(client: Client, place: World, **said: str) -> str:
    """Fill in pages 1 and 2; the address of page 3."""
    answer = client.post_form(begin(client, place), {**SAID, **said, "do": "continue"}, at="/said")
    assert answer.status_code == 303, answer.text
    return answer.location


def to_send(client: Client, check: str) -> dict[str, Any]:
    """The last page filled in: the statement, and every piece that is to be looked at left in as a public one."""
    page = client.get(check)
    names = [part.partition('"')[0] for part in page.text.split('name="')[1:]]
    whys = {name: "public" for name in names if name.startswith("look-") and name.endswith("-why")}
    return {**form_at(page, "/check"), **whys, "nobody_known": "yes"}


def send(client: Client, place: World, **said: str) -> str:
    """Go through all pages; the address of the receipt."""
    answer = client.post_form(write(client, place, **said), {"nobody_known": "yes"}, at="/check")
    assert answer.status_code == 303, answer.text
    return answer.location


def correct_away(client: Client, place: World) -> str:
    """The address at which the draft that is open for the team is thrown away."""
    said = client.post_form(place.meeting, {"do": "later"}, at="/meeting").location
    return said.replace("saved", "throw-away")


def form_at(response: TestResponse, at: str) -> dict[str, Any]:
    """What a browser would send of the form on a page whose action ends so."""
    form = form_of(response, at)
    # The parser has dropped the line end that HTML drops at the beginning of a box: what is left is the text.
    return {**filled(form), **{box.get("name", ""): box.text or "" for box in form.iter("textarea")}}


def form_of(response: TestResponse, at: str) -> Element:
    """The form on a page whose action ends so."""
    return next(form for form in parse(response).iter("form") if form.get("action", "").endswith(at))


def faults(response: TestResponse) -> dict[str, str]:
    """The lines of the error summary: where each leads, and what it says."""
    summary = next(e for e in parse(response).iter("ul") if "govuk-error-summary__list" in e.get("class", ""))
    return {(a.get("href") or "").partition("#")[2]: "".join(a.itertext()) for a in summary.iter("a")}


def words(response: TestResponse) -> str:
    """What a page says, without its markup, on one line."""
    body = next(parse(response).iter("main"))
    return " ".join("".join(body.itertext()).split())
