"""Word documents go when their organisation has kept them for as long as it says, and nothing else goes with them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app import clock
from app.clock import start_of, today
from app.database import db
from app.errors import Conflict, Denied, Invalid
from app.forwarding.models import LET_GO, Document
from app.organisations.models import Organisation
from app.policy import CONSOLE
from app.records import queries, services
from app.records.queries import years_before
from app.trail.models import Event
from tests import factories as make
from tests.conftest import NOW
from tests.forwarding.scene import Scene
from tests.forwarding.visits import Visits, words

DAY = timedelta(days=1)
THREE = start_of(years_before(today(clock.now()), 3))
"""The moment from which on minutes are kept that are kept for three years."""


@pytest.fixture
def place(app: Flask) -> Visits:
    """The trust (TR) with documents of four years, of three years to the second and less, of yesterday; and the
    school's, as old."""

    def arrange(scene: Scene) -> dict[str, str]:
        scene.circle.organisation.code, scene.circle.organisation.name = "TR", "Trust"
        scene.circle.partnership.letters_from = THREE - 1000 * DAY
        moments = {
            "old": THREE - 365 * DAY,
            "just": THREE - timedelta(seconds=1),
            "not": THREE,
            "new": THREE + 999 * DAY,
        }
        made = {name: scene.sent(at=at) for name, at in moments.items()}
        made["noise"] = scene.sent(scene.circle.noise_leader, scene.circle.noise_asked, at=moments["old"])
        for name, minutes in made.items():
            scene.documented(minutes, f"the bytes of {name}".encode(), minutes.sent_at)
        return {name: minutes.ref for name, minutes in made.items()}

    return Visits(app, arrange)


def told(place: Visits, *command: str) -> Result:
    return place.app.test_cli_runner().invoke(args=["records", *command])


def listed(place: Visits) -> str:
    """The mark of the list as it is now."""
    found = re.search(r"--as-listed (\w+)", told(place, "dispose").output)
    assert found
    return found[1]


def kept(place: Visits) -> set[str]:
    """Which documents are still here, of those that were arranged."""
    bodies = sa.select(Document.body).where(Document.body.is_not(None))
    with db.reading() as session:
        here = set(session.scalars(bodies))
    return {name for name in ("old", "just", "not", "new", "noise") if f"the bytes of {name}".encode() in here}


ALL = {"old", "just", "not", "new", "noise"}


def test_nothing_goes_before_an_organisation_says_for_how_long(place: Visits) -> None:
    said = told(place, "dispose")
    assert (said.exit_code, said.output) == (0, "No organisation has said how long it keeps them: nothing goes.\n")
    assert kept(place) == ALL


def test_what_was_kept_for_as_long_as_was_said_goes_once_the_list_was_seen(place: Visits) -> None:
    kept_ = "Trust keeps the Word documents of its minutes, and the files attached to them, for 3 years.\n"
    assert told(place, "keep", "TR", "3").output == kept_
    shown = told(place, "dispose").output
    day = clock.date_words(today(THREE))
    both = "2 Word documents (0.0 MB) and 0 attached files (0.0 MB)"
    assert f"Trust: {both} of minutes sent before {day}, kept for 3 years." in shown
    assert kept(place) == ALL, "a list takes nothing away"
    went = told(place, "dispose", "--as-listed", listed(place))
    assert went.output == "2 Word documents and 0 attached files let go. What is known of each stays.\n"
    assert kept(place) == {"not", "new", "noise"}
    assert "Nothing is to go." in told(place, "dispose").output


def test_what_is_known_of_each_stays_and_the_minutes_tell_of_it(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    mark = listed(place)
    told(place, "dispose", "--as-listed", mark)
    with db.reading() as session:
        gone = session.scalars(sa.select(Event).where(Event.kind == LET_GO)).all()
        digest, size = session.execute(
            sa.select(Document.digest, Document.size).where(Document.body.is_(None)).order_by(Document.made_at)
        ).all()[0]
    assert {event.about for event in gone} == {place.refs["old"], place.refs["just"]}
    assert gone[0].detail == {"digest": digest, "size": size, "sent": str(today(THREE - 365 * DAY)), "years": 3}
    page = place.page("lead", f"/minutes/{place.refs['old']}")
    assert "The Word document was let go: Trust keeps them for 3 years." in words(page)
    assert "We talked about point-0." in words(page), "what the team said is not what went"
    assert place.page("lead", f"/minutes/{place.refs['old']}/word").status_code == 410
    assert place.page("lead", f"/minutes/{place.refs['not']}/word").status_code == 200
    assert "let go" not in words(place.page("lead", f"/minutes/{place.refs['not']}"))


def test_a_hold_keeps_everything_until_something_else_is_said(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    mark = listed(place)
    held = told(place, "hold", "TR", "--because", "The inquiry\r\nof 2026")
    assert held.output.startswith("Trust keeps all Word documents of its minutes, and files attached to them, until")
    refused = told(place, "dispose", "--as-listed", mark)
    assert refused.exit_code == 1 and "nothing went" in refused.output and kept(place) == ALL
    assert "Trust: all are kept since" in refused.output and "because: The inquiry of 2026" in refused.output
    told(place, "keep", "TR", "3")
    assert told(place, "dispose", "--as-listed", listed(place)).exit_code == 0 and kept(place) == ALL - {"old", "just"}


def test_a_hold_that_comes_between_the_list_and_the_deed_wins(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    with db.reading() as session:
        (due,) = queries.due(session, CONSOLE, clock.now())
    told(place, "hold", "TR", "--because", "A claim")
    with pytest.raises(Conflict, match="something else by now"), db.writing() as session:
        services.let_go(session, CONSOLE, due, due.refs, now=clock.now())
    assert kept(place) == ALL


def test_more_than_one_transaction_holds_go_and_none_twice(place: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 1)
    told(place, "keep", "TR", "3")
    with db.reading() as session:
        (due,) = queries.due(session, CONSOLE, clock.now())
    assert told(place, "dispose", "--as-listed", listed(place)).output.startswith("2 Word documents")
    with db.writing() as session:
        assert services.let_go(session, CONSOLE, due, due.refs, now=clock.now()) == 0
        assert session.scalar(sa.select(sa.func.count()).where(Event.kind == LET_GO)) == 2


def test_only_what_is_on_the_list_goes(place: Visits) -> None:
    told(place, "keep", "TR", "3")
    with db.reading() as session:
        (due,) = queries.due(session, CONSOLE, clock.now())
    with db.writing() as session:
        assert services.let_go(session, CONSOLE, due, list(place.refs.values()), now=clock.now()) == 2
    assert kept(place) == {"not", "new", "noise"}


def test_a_day_of_a_list_is_that_of_the_same_date_years_before() -> None:
    assert years_before(date(2026, 11, 29), 3) == date(2023, 11, 29)
    assert years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)
    assert years_before(date(2028, 2, 29), 4) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("keep", "XX", "3"), "No organisation has the reference XX."),
        (("keep", "TR", "0"), "not in the range"),
        (("keep", "TR", "101"), "not in the range"),
        (("hold", "TR", "--because", " "), "Say why everything is kept"),
        (("hold", "TR"), "--because"),
        (("dispose", "--as-listed", "made up"), "nothing went"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(place: Visits, command: tuple[str, ...], why: str) -> None:
    refused = told(place, *command)
    assert refused.exit_code in (1, 2) and why in refused.output and kept(place) == ALL


def test_the_same_said_twice_is_one_row_and_only_the_command_line_says_it(place: Visits) -> None:
    for _ in range(2):
        told(place, "keep", "TR", "3")
    with db.reading() as session:
        place_ = session.scalars(sa.select(Organisation).where(Organisation.code == "TR")).one()
        assert session.scalar(sa.select(sa.func.count()).where(Event.kind == "keeping set")) == 1
        assert session.scalars(sa.select(Event.organisation_id).where(Event.kind == "keeping set")).all() == [place_.id]


def test_no_person_keeps_records(place: Visits) -> None:
    with db.writing() as session:
        for key in place.people.values():
            actor = make.people.actor_for(session, key, clock.now())
            with pytest.raises(Denied):
                services.keep(session, actor, "TR", 3, now=NOW)
            with pytest.raises(Denied):
                queries.due(session, actor, NOW)
        with pytest.raises(Invalid):
            services.keep(session, CONSOLE, "TR", 0, now=datetime(2026, 1, 1, tzinfo=UTC))
