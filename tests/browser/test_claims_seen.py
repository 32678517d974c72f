"""Somebody whom nobody knew says which team she leads, in the states that the good way does not pass: several places of
one address, a name that is taken, recording that was closed meanwhile, and a lead who does not confirm it.

Gone through with scripts and without; each page that is passed is looked at (tests/browser/eyes.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.circulation.closing import RecordingClosed, RecordingReopened
from app.circulation.models import AnswerBy, Asked, Circulation
from app.clock import now
from app.database import db, new_ref
from app.organisations import newcomers
from app.organisations.models import Organisation
from app.policy import CONSOLE
from tests.browser.conftest import BOTH_WAYS, Comes, Serves
from tests.browser.serving import Service
from tests.browser.window import Window
from tests.factories import kept
from tests.journeys import newcomer, town

pytestmark = [pytest.mark.browser, BOTH_WAYS]
DOMAIN = "library.example.org"
WHERE = "Where do you work?"
GO_ON = "Go on to the meeting"
NO_ROLE = "You have no role here at the moment"


@pytest.fixture(scope="module")
def service(serves: Serves, scripts: bool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A library and a museum whose people write from one domain: of both only the lead is known, and both are asked."""
    with serves(sender=False) as made:
        folder = tmp_path_factory.mktemp("places")
        museum = {"organisation": "Town Museum", "organisation_ref": "museum", "sector": "Voluntary"}
        lead = {"role": "safeguarding lead", "name": "Museum Lead", "email": f"museum.lead@{DOMAIN}"}
        town.appoint(made.app, folder, **museum, **lead)
        newcomer.found(made.app, folder)
        yield made


def arrives(comes: Comes, service: Service, name: str) -> Window:
    """Somebody whom nobody knows signs in by an address of that domain, and is asked which team she leads."""
    email = f"{name}@{DOMAIN}"
    with service.app.app_context(), db.writing() as session:
        newcomers.take_in(session, CONSOLE, email, DOMAIN, now()).addresses[0].proved_at = now()
    window = comes(email, let_in=True)
    window.open("/home")
    window.follow("Which team do you lead?")
    return window


def says(somebody: Window, name: str, team: str, place: str = "Town Library") -> None:
    somebody.choose(place, group=WHERE)
    somebody.fill("Your name", name)
    somebody.fill("Which team do you lead?", team)
    somebody.press(GO_ON)


def test_where_one_address_may_belong_to_two_places_she_says_which(comes: Comes, service: Service) -> None:
    somebody = arrives(comes, service, "several")
    somebody.reads("Your organisation was asked to discuss a learning briefing")
    somebody.press(GO_ON)
    assert somebody.faults == ["Give your name.", "Choose where you work.", "Say which team you lead."]
    says(somebody, "Sunday Librarian", "Sunday library")
    somebody.reads("It is still to be confirmed that you lead Sunday library.")
    somebody.open("/your-team")
    somebody.reads("You said on", "Library Lead, Safeguarding lead is asked to confirm it.")
    says(somebody, "Sunday Librarian", "Another team of hers")
    assert somebody.faults == ["You have said that you lead Sunday library. Once that is confirmed, ask for more."]
    says(somebody, "Sunday Librarian", "Sunday guides", place="Town Museum")
    somebody.reads("It is still to be confirmed that you lead Sunday guides.")
    somebody.open("/your-team")
    somebody.reads("Record what Sunday library said", "Record what Sunday guides said")
    assert somebody.page.get_by_role("button", name=GO_ON).count() == 0
    somebody.open("/home")
    somebody.reads("What you said, and who is asked to confirm it.", "What you are asked to write up")


def test_a_name_that_is_taken_is_refused_and_what_was_typed_stays(comes: Comes, service: Service) -> None:
    says(arrives(comes, service, "first"), "First Librarian", "Reading room")
    second = arrives(comes, service, "second")
    says(second, "Second Librarian", "reading  ROOM")
    assert len(second.faults) == 1
    assert second.faults[0].startswith("A team of this name is known here")
    assert second.page.get_by_label("Your name").input_value() == "Second Librarian"
    assert second.page.get_by_label("Town Library").is_checked()
    second.misses("First Librarian")
    second.fill("Which team do you lead?", "Reading room, second floor")
    second.press(GO_ON)
    second.reads("It is still to be confirmed that you lead Reading room, second floor.")


def test_a_lead_who_does_not_confirm_it_shuts_her_out(comes: Comes, service: Service) -> None:
    somebody = arrives(comes, service, "declined")
    says(somebody, "Some Body", "No such team")
    meeting = somebody.page.url
    lead = comes(newcomer.LEAD, let_in=True)
    lead.open("/home")
    lead.follow(f"No such team: Some Body (declined@{DOMAIN}) says she leads it")
    lead.reads("Nobody here knew her or the team before.")
    lead.press("Do not confirm")
    lead.reads("This was not confirmed.", "Library Lead, Safeguarding lead, looked at this on")
    assert lead.page.get_by_role("button", name="Do not confirm").count() == 0
    somebody.open("/your-team")
    somebody.misses("No such team")
    for gone in (meeting, f"{meeting[: meeting.rindex('/')]}/colleague"):
        somebody.open(gone)
        somebody.misses("No such team")


def test_one_of_a_single_place_who_is_declined_reads_that_she_has_no_role(comes: Comes, service: Service) -> None:
    somebody = arrives(comes, service, "twice")
    says(somebody, "Twice Declined", "One of two")
    somebody.open("/your-team")
    says(somebody, "Twice Declined", "Two of two", place="Town Museum")
    meeting = somebody.page.url
    for who, team in ((newcomer.LEAD, "One of two"), (f"museum.lead@{DOMAIN}", "Two of two")):
        lead = comes(who, let_in=True)
        lead.open("/home")
        lead.follow(f"{team}: Twice Declined (twice@{DOMAIN}) says she leads it")
        lead.press("Do not confirm")
    for gone in (meeting, "/your-team", "/home"):
        somebody.open(gone)
        assert somebody.heading == NO_ROLE


def test_where_recording_is_closed_meanwhile_she_reads_why_and_keeps_what_she_typed(
    comes: Comes, service: Service
) -> None:
    """Asked twice about one briefing: the later one is closed, which counts, while the earlier is still open."""
    somebody = arrives(comes, service, "late")
    with service.app.app_context(), db.writing() as session:
        kept(session, RecordingClosed(circulation_id=_asked_again(session).id, by_id=None, at=now()))
    try:
        says(somebody, "Late Librarian", "Mobile library")
        assert somebody.faults == ["Nothing that your organisation was asked can be recorded any more."]
        assert somebody.page.get_by_label("Which team do you lead?").input_value() == "Mobile library"
    finally:
        _opens_all(service)


def test_where_everything_is_closed_meanwhile_she_has_no_role(comes: Comes, service: Service) -> None:
    somebody = arrives(comes, service, "later")
    with service.app.app_context(), db.writing() as session:
        for sent in session.scalars(sa.select(Circulation.id)).all():
            kept(session, RecordingClosed(circulation_id=sent, by_id=None, at=now()))
    try:
        says(somebody, "Later Librarian", "Mobile library")
        assert somebody.heading == NO_ROLE
        somebody.reads("If that is wrong, ask:", "Partnership office")
    finally:
        _opens_all(service)


def _asked_again(session: sa.orm.Session) -> Circulation:
    """The library is asked about the same briefing once more, as a whole."""
    first = session.scalars(sa.select(Circulation).order_by(Circulation.id)).first()
    place = session.scalars(sa.select(Organisation).where(Organisation.code == "library")).one()
    assert first is not None
    what = {"partnership_id": first.partnership_id, "edition_id": first.edition_id, "by_id": first.by_id}
    whole = {"partnership_id": first.partnership_id, "organisation_id": place.id, "team_id": None, "added_at": now()}
    asked = Asked(**whole, organisation_name=place.name, team_name="", sector=place.sector)
    dates = [AnswerBy(on=first.answer_by, set_at=now(), by_id=None)]
    when = {"circulated_at": now(), "digest": "0" * 64, "once": new_ref(), "cover_note": ""}
    return kept(session, Circulation(**what, **when, asked=[asked], dates=dates))


def _opens_all(service: Service) -> None:
    with service.app.app_context(), db.writing() as session:
        for closed in session.scalars(sa.select(RecordingClosed)).all():
            if closed.reopened is None:
                kept(session, RecordingReopened(closed_id=closed.id, by_id=None, at=now()))
