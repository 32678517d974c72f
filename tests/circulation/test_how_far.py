"""How far the letters of a launch are, on the page that a launch ends with."""

from __future__ import annotations

from sqlalchemy import select

from app.circulation.models import Circulation
from app.clock import now
from app.database import db
from app.post.models import Delivery, State
from tests.circulation.test_pages import Office, office, words
from tests.client import parse

__all__ = ["office"]


def test_how_far_the_letters_are_is_a_bar_with_the_same_in_words(office: Office) -> None:
    at = office.confirm(office.choose()).location
    with db.writing() as session:
        sent = session.scalars(select(Circulation).where(Circulation.edition_id == office.edition_id)).all()[-1]
        one = {"kind": "ask", "about": sent.ref, "person": "somebody", "owed_since": now(), "message_id": "<1@test>"}
        session.add(Delivery(**one, state=State.ACCEPTED))
    page = office.client.get(at)
    assert "1 of 3 letters dealt with." in words(page)
    (bar,) = (element for element in parse(page).iter("progress"))
    assert (bar.get("value"), bar.get("max"), bar.get("aria-labelledby")) == ("1", "3", "progress-words")
    (part,) = (element for element in parse(page).iter("section") if "data-progress" in element.attrib)
    assert part.get("data-progress") == "going"


def test_where_no_letter_waits_there_is_no_bar(office: Office) -> None:
    checked = office.choose(organisations=[office.bare])
    page = office.client.get(office.confirm(checked).location)
    assert not list(parse(page).iter("progress"))
    (part,) = (element for element in parse(page).iter("section") if "data-progress" in element.attrib)
    assert part.get("data-progress") == ""
