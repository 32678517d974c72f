"""Which team do you lead: the way of somebody whom nobody knew, her lead and the partnership, through pages."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask

from app.clock import now
from app.database import db
from app.organisations import newcomers
from app.organisations.models import Person
from app.policy import CONSOLE
from tests.circulation.claimed import Unknown
from tests.client import Client
from tests.discussions.worlds import MEETING, SAID, faults, words

HERS = {"name": "Night manager", "team": "Nights <b>"}


@dataclass
class There:
    """Keys of people and references."""

    who: int
    lead: int
    officer: int
    edition: str
    whole: str


@pytest.fixture
def there(app: Flask) -> There:
    with db.writing() as session:
        made = Unknown(session)
        whole = made.sent.asked[0].ref
        return There(made.who.id, made.lead.id, made.circle.officer.id, made.sent.edition.ref, whole)


def sends(client: Client, at: str) -> str:
    """Records from the page of the meeting on, and sends; returns the address of the receipt."""
    said = client.post_form(at, MEETING, at="/meeting").headers["Location"]
    check = client.post_form(said, {**SAID, "do": None}, at="/said").headers["Location"]
    answer = client.post_form(check, {"nobody_known": "yes"}, at="/check")
    assert answer.status_code == 303, words(answer)
    return answer.headers["Location"]


def claims(client: Client, who: int, **changes: str) -> str:
    client.as_person(who)
    return client.post_form("/your-team", {**HERS, **changes}, at="/your-team").headers["Location"]


def sent(client: Client, there: There) -> tuple[str, str]:
    """She has said so and sent minutes; the addresses of the meeting and of the minutes."""
    meeting = claims(client, there.who)
    minutes = re.search(r"/minutes/\w+", client.get(sends(client, meeting)).text)
    assert minutes
    return meeting, minutes[0]


def to_settle(client: Client, lead: int) -> str:
    """Where the lead settles it, from her own page."""
    home = client.as_person(lead).get("/home")
    assert "says she leads it" in words(home)
    link = re.search(r'href="(/leaders/\w+)"', home.text)
    assert link
    return link[1]


def test_she_writes_and_sends_and_is_told_that_it_is_to_be_confirmed(app: Flask, client: Client, there: There) -> None:
    client.as_person(there.who)
    assert faults(client.post_form("/your-team", {}, at="/your-team")).keys() == {"name", "team"}
    meeting = claims(client, there.who)
    assert "It is still to be confirmed that you lead Nights <b>." in words(client.get(meeting))
    receipt = client.get(sends(client, meeting))
    assert "It is still to be confirmed" in words(receipt)
    assert "can see that your team met" not in words(receipt)
    for other in ("/inbox", "/circulate/x", f"/asked/{there.whole}/meeting", f"/asked/{there.whole}/other"):
        assert client.get(other).status_code in (403, 404), other


def test_the_partnership_sees_nothing_of_it_before(app: Flask, client: Client, there: There) -> None:
    meeting, page = sent(client, there)
    client.as_person(there.officer)
    for seen in ("", "/teams", "/points/point-0"):
        answer = client.get(f"/collation/{there.edition}{seen}")
        assert "Nights" not in answer.text
        assert "Night manager" not in answer.text
    assert client.get(page).status_code == 404
    assert client.get(meeting).status_code == 404


def test_the_lead_shares_nothing_before_she_has_confirmed_it_by_one_press(
    app: Flask, client: Client, there: There
) -> None:
    _, page = sent(client, there)
    link = to_settle(client, there.lead)
    read = client.get(page)
    assert "not confirmed yet as its leader" in words(read)
    assert "It is not confirmed yet that Night manager leads Nights <b>, so nothing of these minutes" in words(read)
    assert 'value="share"' not in read.text
    settle = words(client.get(link))
    assert [
        told for told in ("Night manager", "night.manager@hostel.example.org", "Nights <b>") if told not in settle
    ] == []
    assert client.post_form(page, {"decision": "share"}, at="/decision").status_code == 422
    assert client.post_form(link, {}, at=link).status_code == 303
    assert "Night manager leads this team." in words(client.get(link))
    shared = client.post_form(page, {"decision": "share"}, at="/decision")
    assert shared.status_code == 303, words(shared)
    client.as_person(there.officer)
    assert "Nights" in client.get(f"/collation/{there.edition}/teams").text
    client.as_person(there.who)
    assert "What your team is asked to discuss" in words(client.get("/home"))


def test_declined_she_is_turned_away_and_her_minutes_stay_with_the_lead(
    app: Flask, client: Client, there: There
) -> None:
    meeting, page = sent(client, there)
    link = to_settle(client, there.lead)
    assert client.post_form(link, {}, at="/decline").status_code == 303
    assert "This was not confirmed." in words(client.get(link))
    assert "It was not confirmed that Night manager leads" in words(client.get(page))
    assert client.post_form(page, {"decision": "share"}, at="/decision").status_code == 422
    client.as_person(there.who)
    for gone in (meeting, page, "/your-team", "/home"):
        assert client.get(gone).status_code == 403
        assert "You have no role here at the moment" in words(client.get(gone))


def test_several_at_once_are_acknowledged_and_nothing_is_shared_by_it(app: Flask, client: Client, there: There) -> None:
    _, page = sent(client, there)
    client.as_person(there.lead).get(page)
    have = {"minutes": page.rpartition("/")[2]}
    assert client.post_form("/inbox", have, at="/have").status_code == 303
    client.as_person(there.officer)
    assert "Nights" not in client.get(f"/collation/{there.edition}/teams").text


def test_a_replayed_form_and_the_back_button_make_one_team(app: Flask, client: Client, there: There) -> None:
    first = claims(client, there.who)
    again = client.get("/your-team")
    assert "You said on" in words(again)
    assert "Which team do you lead?" in words(again)
    assert first in again.text
    data = {**HERS, "organisation": ""}
    assert client.post("/your-team", data=data).headers.get("Location", first) == first


def test_the_name_of_a_team_that_is_there_is_refused_and_what_was_typed_stays(
    app: Flask, client: Client, there: There
) -> None:
    claims(client, there.who)
    with db.writing() as session:
        other = session.get_one(Person, there.lead).addresses[0].email.partition("@")[2]
        second = newcomers.take_in(session, CONSOLE, f"second@{other}", other, now())
        second.addresses[0].proved_at = now()
        key = second.id
    client.as_person(key)
    refused = client.post_form("/your-team", {**HERS, "name": "Second"}, at="/your-team")
    assert refused.status_code == 422
    assert faults(refused).keys() == {"team"}
    assert 'value="Second"' in refused.text
    assert "Night manager" not in refused.text
