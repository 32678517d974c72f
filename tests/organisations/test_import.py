"""Taking in who is who: added once, updated, never doubled, ended only by a date, and stopped whole by any bad row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.clock import start_of, today
from app.errors import Denied
from app.organisations import services
from app.organisations.files import FileFaults
from app.organisations.importing import Counts
from app.organisations.models import Address, Appointment, Membership, Organisation, Partnership, Person, Team
from app.organisations.people_file import Row, read_people
from app.organisations.queries import REACHES_BACK
from app.policy import CONSOLE, Role
from app.trail.models import Event
from tests import factories

EXAMPLE = (Path(__file__).parent / "people.csv").read_bytes()
COUNTED = (Organisation, Team, Person, Address, Appointment, Membership)
YEAR = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def esscp(session: Session) -> Partnership:
    """The partnership of the example, and other people's rows as noise."""
    factories.circle(session)
    name = "East Sussex Safeguarding Children Partnership"
    return factories.partnership(session, slug="esscp", short_name="ESSCP", name=name)


def take_in(session: Session, rows: Sequence[Row] | bytes, now: datetime) -> Counts:
    return services.import_rows(session, CONSOLE, read_people(rows) if isinstance(rows, bytes) else rows, now=now)


def row(**values: Any) -> Row:
    of_partnership = values.get("role") in (Role.OFFICER, Role.REVIEWER, Role.OPERATOR)
    place = {} if of_partnership else {"organisation": "Trust", "organisation_ref": "RX1", "sector": "Health"}
    person = {"role": Role.LEAD, "name": "Somebody", "emails": ("somebody@example.org",)}
    defaults: dict[str, Any] = {"line": 2, "partnership": "ESSCP", **place, **person}
    return Row(**{**defaults, **values})


def faults_of(session: Session, rows: Sequence[Row], now: datetime) -> list[str]:
    before = sizes(session)
    with pytest.raises(FileFaults) as refused:
        take_in(session, rows, now)
    assert sizes(session) == before, "something was kept of a file with faults"
    return list(refused.value.faults)


def sizes(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(model)) or 0 for model in (*COUNTED, Event)]


def held(session: Session, email: str = "somebody@example.org") -> list[Appointment]:
    found = select(Appointment).join(Address, Address.person_id == Appointment.person_id).where(Address.email == email)
    return list(session.scalars(found.order_by(Appointment.starts_on, Appointment.id)))


def test_the_example_becomes_organisations_teams_people_and_appointments(session: Session, now: datetime) -> None:
    counts = take_in(session, EXAMPLE, now)
    assert counts.rows == 12
    assert counts.added == {"organisation": 3, "team": 5, "person": 8, "address": 9, "appointment": 9}
    trust = session.scalars(select(Organisation).where(Organisation.code == "RX1")).one()
    assert (trust.name, trust.sector, len(trust.teams), len(trust.memberships)) == (
        "Coastal Health Trust",
        "Health",
        3,
        1,
    )
    midwife = held(session, "midwife@trust.example.nhs.net")[0]
    assert (midwife.role, midwife.title, midwife.ends_on) == (Role.LEAD, "Named Midwife", date(2026, 12, 31))
    assert [narrowed.team.name for narrowed in midwife.teams] == ["Midwifery"]
    leader = held(session, "leader@home.example.org")
    teams = sorted(narrowed.team.name for narrowed in leader[0].teams)
    assert teams == ["Hailsham health visiting", "Seaford health visiting"]
    assert {a.address.email for a in leader} == {"leader@trust.example.nhs.net"}
    head = held(session, "head@school.example.sch.uk")
    assert {(a.role, a.starts_on, len(a.teams)) for a in head} == {
        (Role.LEADER, today(now), 1),
        (Role.LEAD, today(now), 0),
    }
    operator = held(session, "it@council.example.gov.uk")[0]
    assert (operator.organisation_id, operator.partnership_id) == (None, None)


@pytest.mark.parametrize("days", [0, 1, 400])
def test_the_same_file_again_changes_nothing_on_any_later_day(session: Session, now: datetime, days: int) -> None:
    take_in(session, EXAMPLE, now)
    before = sizes(session)
    counts = take_in(session, EXAMPLE, now + timedelta(days=days))
    assert not any(counts.added.values())
    assert not any(counts.changed.values())
    assert sizes(session) == [*before[:-1], before[-1] + 1]


def test_a_row_left_out_ends_nothing(session: Session, now: datetime) -> None:
    take_in(session, EXAMPLE, now)
    take_in(session, read_people(EXAMPLE)[:1], now + timedelta(days=1))
    assert [a.ends_on for a in held(session, "deputy@trust.example.nhs.net")] == [None]


def test_names_sectors_and_titles_follow_the_file(session: Session, now: datetime) -> None:
    team = {"team": "North", "team_ref": "N"}
    take_in(session, [row(**team)], now)
    changed = {"organisation": "New Trust", "sector": "Care", "name": "New Name", "local_title": "DSL", "team": "South"}
    counts = take_in(session, [row(**team | changed)], now)
    assert dict(counts.changed) == {"organisation": 1, "team": 1, "person": 1, "appointment": 1}
    (appointment,) = held(session)
    assert appointment.organisation is not None
    assert (appointment.organisation.name, appointment.organisation.sector) == ("New Trust", "Care")
    assert (appointment.person.name, appointment.title, appointment.teams[0].team.name) == ("New Name", "DSL", "South")


def test_a_sector_alone_may_change(session: Session, now: datetime) -> None:
    take_in(session, [row()], now)
    assert +take_in(session, [row(sector="Care")], now).changed == {"organisation": 1}


def test_references_and_partnerships_are_known_in_any_capitals(session: Session, now: datetime) -> None:
    team = {"team": "North", "team_ref": "n1"}
    take_in(session, [row(**team, partnership="esscp")], now)
    name = "EAST SUSSEX safeguarding children partnership"
    counts = take_in(session, [row(**team | {"team_ref": "N1"}, organisation_ref="rx1", partnership=name)], now)
    assert not any(counts.added.values())


def test_an_organisation_asked_by_two_partnerships_is_one_organisation(session: Session, now: datetime) -> None:
    other = factories.partnership(session)
    rows = [row(), row(line=3, partnership=other.slug)]
    take_in(session, [rows[0]], now)
    take_in(session, rows[1:], now)
    trust = session.scalars(select(Organisation).where(Organisation.code == "RX1")).one()
    assert len(trust.memberships) == 2


def test_a_new_end_or_start_changes_the_appointment(session: Session, now: datetime) -> None:
    take_in(session, [row(starts_on=YEAR)], now)
    take_in(session, [row(starts_on=YEAR, ends_on=date(2026, 12, 31))], now)
    take_in(session, [row(starts_on=date(2025, 9, 1), ends_on=date(2027, 1, 31))], now)
    (appointment,) = held(session)
    assert (appointment.starts_on, appointment.ends_on) == (date(2025, 9, 1), date(2027, 1, 31))
    take_in(session, [row(starts_on=date(2025, 9, 1))], now)
    assert [a.ends_on for a in held(session)] == [None]


def test_days_apart_from_the_first_are_another_appointment(session: Session, now: datetime) -> None:
    rows = [row(starts_on=YEAR, ends_on=date(2026, 3, 31)), row(line=3, starts_on=date(2026, 9, 1))]
    for _ in range(2):
        take_in(session, rows, now)
        assert [(a.starts_on, a.ends_on) for a in held(session)] == [
            (YEAR, date(2026, 3, 31)),
            (date(2026, 9, 1), None),
        ]


def test_without_a_from_a_row_means_the_appointment_that_runs_and_else_one_from_today(
    session: Session, now: datetime
) -> None:
    take_in(session, [row(starts_on=YEAR)], now)
    take_in(session, [row(ends_on=date(2026, 11, 30))], now)
    assert [(a.starts_on, a.ends_on) for a in held(session)] == [(YEAR, date(2026, 11, 30))]
    later = now + timedelta(days=60)
    take_in(session, [row(ends_on=date(2026, 11, 30))], later)
    take_in(session, [row()], later)
    take_in(session, [row()], later + timedelta(days=1))
    assert [(a.starts_on, a.ends_on) for a in held(session)] == [(YEAR, date(2026, 11, 30)), (today(later), None)]


def test_letters_count_from_shortly_before_the_recording_or_the_first_day_whichever_is_later(
    session: Session, now: datetime
) -> None:
    to_come = date(2027, 1, 4)
    take_in(session, [row(starts_on=YEAR), row(line=3, role=Role.DEPUTY, starts_on=to_come)], now)
    assert [a.counts_from for a in held(session)] == [now - REACHES_BACK, start_of(to_come) - REACHES_BACK]
    take_in(session, [row(starts_on=YEAR, ends_on=to_come)], now + timedelta(days=3))
    assert held(session)[0].counts_from == now - REACHES_BACK


def test_a_person_is_known_by_any_of_their_addresses(session: Session, now: datetime) -> None:
    both = ("work@example.org", "home@example.org")
    take_in(session, [row(emails=both)], now)
    take_in(session, [row(emails=("home@example.org", "third@example.org"))], now)
    (appointment,) = held(session, "third@example.org")
    assert [a.email for a in appointment.person.addresses] == [*both, "third@example.org"]
    assert appointment.address.email == "home@example.org"


def test_rows_of_one_person_are_put_together_whatever_their_order(session: Session, now: datetime) -> None:
    a, b = "a@example.org", "b@example.org"
    first = row(emails=(a, "c@example.org"))
    rows = [
        first,
        row(line=3, emails=(b,), role=Role.DEPUTY),
        row(line=4, emails=("c@example.org",), role=Role.ADMINISTRATOR),
    ]
    both = row(line=5, emails=(b, a), role=Role.DEPUTY, team="A", team_ref="A")
    assert take_in(session, [*rows[:2], both, rows[2]], now).added["person"] == 1
    assert not any(take_in(session, rows, now).added.values())


def test_the_same_row_twice_in_a_file_is_one_appointment(session: Session, now: datetime) -> None:
    assert take_in(session, [row(), row(line=3)], now).added["appointment"] == 1


BOTH = {"name": "Both", "emails": ("both@example.org",), "starts_on": YEAR}


def two_teams(role: Role, first: dict[str, Any], second: dict[str, Any]) -> list[Row]:
    here = [{"team": name, "team_ref": name, "role": role, **BOTH} for name in ("A", "B")]
    return [row(**here[0] | first), row(line=3, **here[1] | second)]


def told(session: Session) -> list[tuple[list[str], date | None]]:
    session.expire_all()
    return [(sorted(t.team.name for t in a.teams), a.ends_on) for a in held(session, "both@example.org")]


@pytest.mark.parametrize("role", [Role.LEADER, Role.LEAD])
def test_a_role_for_several_teams_is_one_appointment_while_all_is_told_alike(
    session: Session, now: datetime, role: Role
) -> None:
    end = {"ends_on": date(2027, 1, 31)}
    for changes in ({}, end, end, {}):
        take_in(session, two_teams(role, changes, changes), now)
        assert told(session) == [(["A", "B"], changes.get("ends_on"))]


def test_a_team_told_otherwise_gets_an_appointment_of_its_own(session: Session, now: datetime) -> None:
    rows = two_teams(Role.LEAD, {}, {})
    take_in(session, rows, now)
    take_in(session, two_teams(Role.LEAD, {"ends_on": today(now)}, {})[:1], now + timedelta(days=1))
    assert told(session) == [(["B"], None), (["A"], today(now))]
    assert {a.counts_from for a in held(session, "both@example.org")} == {now - REACHES_BACK}


def test_no_change_leaves_an_appointment_without_its_teams_for_then_it_would_reach_all(
    session: Session, now: datetime
) -> None:
    end, other = {"ends_on": date(2027, 1, 31)}, {"ends_on": date(2027, 2, 28)}
    take_in(session, two_teams(Role.LEAD, {}, {}), now)
    take_in(session, two_teams(Role.LEAD, end, other), now)
    assert told(session) == [(["A"], end["ends_on"]), (["B"], other["ends_on"])]
    parted = [
        two_teams(Role.LEAD, {"ends_on": YEAR}, {})[0],
        two_teams(Role.LEAD, {"starts_on": date(2026, 5, 1)}, {})[0],
    ]
    take_in(session, parted, now)
    assert told(session) == [(["A"], YEAR), (["B"], other["ends_on"]), (["A"], None)]


def test_every_bad_row_is_named_in_order_and_nothing_is_kept(session: Session, now: datetime) -> None:
    rows = [
        row(line=2, partnership="Nowhere"),
        row(line=3, faults=("fill in team",)),
        row(line=4, organisation="Other", sector="School", emails=("b@example.org",)),
        row(line=5, name="Else"),
        row(line=6, organisation_ref="RX2", sector="", emails=("c@example.org",)),
        row(line=7, emails=("c@example.org",), ends_on=date(2026, 1, 31)),
        row(line=8, emails=("d@example.org",), team="A", team_ref="T"),
        row(line=9, emails=("d@example.org",), team="B", team_ref="T"),
    ]
    told = faults_of(session, rows, now)
    assert [fault.partition(":")[0] for fault in told] == [f"Line {n}" for n in (2, 3, 4, 4, 5, 5, 6, 7, 9, 9)]
    assert "there is no partnership “Nowhere” here. Start it first with `organisations start`" in told[0]
    assert "organisation is “Other” here and “Trust” for organisation_ref RX1 on line 2" in told[2]
    assert "“Else” here and “Somebody” on line 2 share an address" in told[4]
    assert "line 2 says the same role for the same days" in told[5]
    assert "fill in sector: nobody has said which sector Trust belongs to" in told[6]
    assert "“to” is before the appointment begins (it would begin today): fill in “from”" in told[7]


def test_an_address_of_somebody_else_is_refused(session: Session, now: datetime) -> None:
    take_in(session, [row(), row(line=3, emails=("other@example.org",), name="Other", role=Role.DEPUTY)], now)
    (told,) = faults_of(session, [row(emails=("somebody@example.org", "other@example.org"))], now)
    assert told.startswith("Line 2: other@example.org and another address here belong to two different people")


def test_one_person_under_two_names_is_refused_though_the_rows_share_no_address(
    session: Session, now: datetime
) -> None:
    take_in(session, [row(emails=("a@example.org", "b@example.org"))], now)
    rows = [row(emails=("a@example.org",)), row(line=3, emails=("b@example.org",), name="Else", role=Role.DEPUTY)]
    (told,) = faults_of(session, rows, now)
    assert told.startswith(
        "Line 3: “Else” here and “Somebody” on line 2 are known as one person with several addresses"
    )


def test_a_sector_said_once_or_known_already_is_enough(session: Session, now: datetime) -> None:
    take_in(session, [row(), row(line=3, sector="", role=Role.DEPUTY)], now)
    assert not any(take_in(session, [row(sector="")], now).changed.values())


def test_only_the_command_line_takes_people_in(session: Session, now: datetime) -> None:
    world = factories.circle(session)
    for who in (world.officer, world.lead):
        with pytest.raises(Denied):
            services.import_rows(session, factories.actor_of(session, who), [row()], now=now)


def test_the_trail_tells_each_appointment_and_the_import_without_names(session: Session, now: datetime) -> None:
    take_in(session, [row(starts_on=YEAR)], now)
    take_in(session, [row(starts_on=YEAR, ends_on=date(2027, 1, 1), name="New Name")], now)
    (appointment,) = held(session)
    told = select(Event).where(Event.about.in_([appointment.ref, appointment.person.ref, "import"])).order_by(Event.id)
    events = session.scalars(told).all()
    assert [e.kind for e in events] == ["appointed", "imported", "renamed", "appointment changed", "imported"]
    assert events[0].organisation_id == appointment.organisation_id
    assert events[3].detail == {"role": "lead", "person": appointment.person.ref, "changed": ["ends_on"]}
    assert events[4].detail["changed"] == {"organisation": 0, "team": 0, "person": 1, "appointment": 1}
    assert "omebody" not in str([e.detail for e in events])


def test_the_number_of_statements_does_not_grow_with_the_rows(session: Session, now: datetime) -> None:
    def statements(rows: list[Row]) -> int:
        seen: list[str] = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", listener := lambda *args: seen.append(args[2]))
        take_in(session, rows, now)
        event.remove(connection, "before_cursor_execute", listener)
        return len(seen)

    def many(count: int, name: str = "Somebody") -> list[Row]:
        return [
            row(line=n, emails=(f"p{n}@example.org",), name=name, team=f"T{n}", team_ref=f"{n}") for n in range(count)
        ]

    few_new, many_new = statements(many(5)), statements(many(300))
    few_changed, many_changed = statements(many(5, "A")), statements(many(300, "B"))
    assert many_new <= few_new + 2
    assert many_changed <= few_changed + 2
