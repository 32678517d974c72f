"""Starting a partnership, and the two commands from the command line."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import today
from app.console import user
from app.database import db
from app.errors import Denied, Invalid
from app.organisations import services
from app.organisations.models import Address, Appointment, Organisation, Partnership, Person
from app.organisations.queries import REACHES_BACK
from app.organisations.settings_file import PartnershipSettings, read_settings
from app.policy import CONSOLE, Role
from app.trail.models import Event
from tests import factories

HERE = Path(__file__).parent
OFFICER = "first.o'neill-smith@partnership.example.gov.uk"


@pytest.fixture
def settings() -> PartnershipSettings:
    return read_settings((HERE / "esscp.yaml").read_bytes())


def test_a_partnership_begins_with_its_settings_and_an_officer_from_today(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    partnership, officer = services.start(session, CONSOLE, settings, OFFICER, now=now)
    assert (partnership.slug, partnership.short_name, partnership.letters_from) == ("esscp", "ESSCP", now)
    assert partnership.numbers_to_call[2] == ["Emergency", "999"]
    assert (officer.name, [a.email for a in officer.addresses]) == ("First Officer", [OFFICER])
    (appointment,) = officer.appointments
    assert (appointment.role, appointment.partnership_id) == (Role.OFFICER, partnership.id)
    assert (appointment.starts_on, appointment.ends_on) == (today(now), None)
    assert appointment.counts_from == now - REACHES_BACK
    kinds = session.scalars(select(Event.kind).where(Event.partnership_id == partnership.id).order_by(Event.id)).all()
    assert kinds == ["partnership started", "appointed"]


def test_the_same_file_again_updates_settings_and_doubles_nothing(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    first, officer = services.start(session, CONSOLE, settings, OFFICER, now=now)
    changed = settings.model_copy(update={"reply_name": "The office", "officer_name": "New Name"})
    later = now + timedelta(days=40)
    again, same = services.start(session, CONSOLE, changed, OFFICER, now=later)
    services.start(session, CONSOLE, changed, OFFICER, now=later)
    assert (again, same) == (first, officer)
    assert (again.reply_name, again.letters_from, same.name) == ("The office", now, "New Name")
    assert session.scalar(select(func.count()).where(Appointment.person_id == officer.id)) == 1
    told = select(Event).where(Event.partnership_id == first.id).order_by(Event.id)
    assert [(e.kind, e.detail.get("changed")) for e in session.scalars(told)][2:] == [
        ("settings changed", ["reply_name"])
    ]


def test_another_officer_is_appointed_beside_the_first(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    partnership, first = services.start(session, CONSOLE, settings, OFFICER, now=now)
    _, second = services.start(
        session, CONSOLE, settings.model_copy(update={"officer_name": ""}), "Jo.bloggs2@x.gov.uk".lower(), now=now
    )
    assert second is not first
    assert second.name == "Jo Bloggs"
    assert session.scalar(select(func.count()).where(Appointment.partnership_id == partnership.id)) == 2


def test_an_officer_to_come_is_not_appointed_twice_and_a_reviewer_is_no_officer(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    partnership, officer = services.start(session, CONSOLE, settings, OFFICER, now=now)
    officer.appointments[0].starts_on = today(now) + timedelta(days=7)
    services.start(session, CONSOLE, settings, OFFICER, now=now)
    session.expire_all()
    assert len(officer.appointments) == 1
    officer.appointments[0].role = Role.REVIEWER
    services.start(session, CONSOLE, settings, OFFICER, now=now)
    session.expire_all()
    assert [a.role for a in officer.appointments if a.partnership_id == partnership.id] == [Role.REVIEWER, Role.OFFICER]


def test_an_officer_whose_time_was_over_is_appointed_anew(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    _, officer = services.start(session, CONSOLE, settings, OFFICER, now=now)
    officer.appointments[0].ends_on = today(now)
    services.start(session, CONSOLE, settings, OFFICER, now=now + timedelta(days=5))
    session.expire_all()
    assert sorted(a.starts_on for a in officer.appointments) == [today(now), today(now) + timedelta(days=5)]


def test_somebody_known_already_becomes_officer_and_keeps_their_name(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    world = factories.circle(session)
    nameless = settings.model_copy(update={"officer_name": ""})
    _, officer = services.start(session, CONSOLE, nameless, world.lead.addresses[0].email, now=now)
    assert officer is world.lead
    assert officer.name == world.lead.name


@pytest.mark.parametrize(
    ("email", "name"),
    [
        ("jane.o'neill-smith@x.gov.uk", "Jane O'neill Smith"),
        ("safeguarding_office@x.gov.uk", "Safeguarding Office"),
        ("12345@x.gov.uk", "12345@x.gov.uk"),
    ],
)
def test_a_name_is_made_of_the_address_where_none_is_given(
    session: Session, settings: PartnershipSettings, now: datetime, email: str, name: str
) -> None:
    _, officer = services.start(session, CONSOLE, settings.model_copy(update={"officer_name": ""}), email, now=now)
    assert officer.name == name


def test_a_second_partnership_needs_names_of_its_own(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    services.start(session, CONSOLE, settings, OFFICER, now=now)
    other = settings.model_copy(update={"slug": "north", "name": "North Partnership", "short_name": "NP"})
    services.start(session, CONSOLE, other, OFFICER, now=now)
    for clash in ({"short_name": "esscp"}, {"name": "ESSCP"}, {"slug": "np", "name": "x", "short_name": "y"}):
        with pytest.raises(Invalid, match="has one of these names already"):
            services.start(session, CONSOLE, settings.model_copy(update={"slug": "third", **clash}), OFFICER, now=now)


def test_only_the_command_line_starts_partnerships(
    session: Session, settings: PartnershipSettings, now: datetime
) -> None:
    officer = factories.actor_of(session, factories.circle(session).officer)
    with pytest.raises(Denied):
        services.start(session, officer, settings, OFFICER, now=now)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def start(runner: FlaskCliRunner, *args: str) -> str:
    return runner.invoke(
        args=["organisations", "start", *(args or (str(HERE / "esscp.yaml"), "--officer", OFFICER))]
    ).output


def test_the_commands_set_up_a_partnership_from_its_two_files(runner: FlaskCliRunner) -> None:
    assert start(runner) == (
        "East Sussex Safeguarding Children Partnership is set up. "
        f"First Officer ({OFFICER}) is a partnership officer and can sign in with that address.\n"
    )
    load = ["organisations", "import", str(HERE / "people.csv")]
    first, second = runner.invoke(args=load), runner.invoke(args=load)
    assert first.output == (
        "12 rows read. Added: 3 organisations, 5 teams, 8 people, 9 addresses and 9 appointments. Changed: nothing.\n"
    )
    assert second.output == "12 rows read. Added: nothing. Changed: nothing.\n"
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 3
        assert session.scalar(select(Appointment.starts_on).where(Appointment.role == Role.REVIEWER)) == date(
            2026, 1, 1
        )
        assert set(session.scalars(select(Event.by))) == {f"{user()} at the command line"}, "each by name"


def test_a_bad_row_stops_the_whole_import_and_is_named(runner: FlaskCliRunner, tmp_path: Path) -> None:
    start(runner)
    file = tmp_path / "people.csv"
    text = (HERE / "people.csv").read_text()
    file.write_text(text.replace("01/02/2026", "31/02/2026", 1).replace("lead,Named", "boss,Named"))
    result = runner.invoke(args=["organisations", "import", str(file)])
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "Error: Nothing was taken from this file. Put this right first:"
    assert [line.split(":")[0] for line in result.output.splitlines()[1:]] == ["- Line 2", "- Line 4", "- Line 5"]
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 0


def test_a_bad_settings_file_or_address_starts_nothing(runner: FlaskCliRunner, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("slug: X\n")
    result = runner.invoke(args=["organisations", "start", str(file), "--officer", OFFICER])
    assert (result.exit_code, "- name: this is missing. Add the partnership's full name." in result.output) == (1, True)
    assert "“officer” is not an email address." in start(runner, str(HERE / "esscp.yaml"), "--officer", "officer")
    assert "Missing option '--officer'" in start(runner, str(HERE / "esscp.yaml"))
    assert "does not exist" in start(runner, str(tmp_path / "none.yaml"), "--officer", OFFICER)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Partnership)) == 0
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_an_address_is_kept_in_small_letters(runner: FlaskCliRunner) -> None:
    start(runner, str(HERE / "esscp.yaml"), "--officer", "First.Officer@X.Gov.UK")
    with db.reading() as session:
        assert session.scalars(select(Address.email)).all() == ["first.officer@x.gov.uk"]
