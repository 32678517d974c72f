"""The front page, the same for everybody: what this is, what was published, and where to sign in."""

from __future__ import annotations

from flask import Flask

from app.database import db
from tests import factories as make
from tests.client import Client
from tests.forwarding.visits import Visits, words


def test_anybody_reads_what_this_is_and_where_to_sign_in(client: Client) -> None:
    page = client.get("/")
    said = words(page)
    assert "No briefing has been published yet." in said
    assert "You need no password: we send a code to your work email address." in said
    assert "/sign-in" in page.text
    assert page.headers["Cache-Control"] == "no-cache"


def test_the_newest_edition_of_each_pack_is_listed_newest_first(client: Client) -> None:
    with db.writing() as session:
        first = make.edition(session, title="First <b>title</b>")
        make.edition(session, title="Other pack")
        newer = make.edition(session, title="First, again")
        newer.pack_id, newer.number = first.pack_id, 2
        session.flush()
    said = words(client.get("/"))
    assert said.index("First, again") < said.index("Other pack")
    assert "First <b>title</b>" not in said


def test_it_is_the_same_for_whoever_is_signed_in(app: Flask, client: Client) -> None:
    place = Visits(app)
    assert words(place.page("lead", "/")) == words(client.get("/"))
