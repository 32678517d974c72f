"""Who is away, and whose minutes stay out of the mail: noted by command, and what follows for letters."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import date_words, today
from app.clock import now as real_now
from app.database import db
from app.errors import Invalid
from app.organisations.leaving import record_leave
from app.organisations.models import Leave, Organisation
from app.organisations.queries import on_leave
from app.policy import CONSOLE
from app.trail.models import Event
from tests import factories as make

DAY = timedelta(days=1)


def test_leave_is_noted_once_and_counts_on_its_days(session: Session, now: datetime) -> None:
    lead = make.person(session, email="lead@trust.example.nhs.net")
    days = (today(now), today(now) + DAY)
    for new in (True, False):
        who, _, changes = record_leave(session, CONSOLE, "lead@trust.example.nhs.net", *days, now=now)
        assert (who, changes) == (lead, new)
        session.flush()
    away = [on_leave(session, [lead.id], days[0] + number * DAY) == {lead.id} for number in (-1, 0, 1, 2)]
    assert away == [False, True, True, False]
    assert [event.about for event in session.scalars(sa.select(Event).where(Event.kind == "leave recorded"))] == [
        lead.ref
    ]


@pytest.mark.parametrize(
    ("address", "last", "why"), [("nobody@example.org", 1, "Nobody"), ("lead@x.org", -1, "before")]
)
def test_leave_of_nobody_or_of_no_days_is_refused(
    session: Session, now: datetime, address: str, last: int, why: str
) -> None:
    make.person(session, email="lead@x.org")
    with pytest.raises(Invalid, match=why):
        record_leave(session, CONSOLE, address, today(now), today(now) + last * DAY, now=now)


def test_the_commands_say_what_they_did_and_what_they_could_not(app: Flask) -> None:
    with db.writing() as session:
        trust = make.organisation(session, make.partnership(session), code="trust-1")
        make.person(session, email="lead@trust.example.nhs.net", name="Named Nurse")
        name = trust.name
    run = app.test_cli_runner().invoke
    said = run(args=["organisations", "leave", "Lead@trust.example.nhs.net", "2026-12-21", "2027-01-03"])
    assert said.output == "Named Nurse is away from 21 December 2026 to 3 January 2027.\n"
    assert (
        "It was known"
        in run(args=["organisations", "leave", "lead@trust.example.nhs.net", "2026-12-21", "2027-01-03"]).output
    )
    assert run(args=["organisations", "leave", "nobody@example.org", "2026-12-21", "2027-01-03"]).exit_code == 1
    first, last = (today(real_now()) + number * DAY for number in (60, 70))
    noted = ["organisations", "leave", "lead@trust.example.nhs.net", first.isoformat()]
    assert "is away from" in run(args=[*noted, last.isoformat()]).output
    assert run(args=[*noted, "--called-off"]).output == f"Named Nurse is not away from {date_words(first)}.\n"
    for both_or_none in ([], [last.isoformat(), "--called-off"]):
        assert "Give LAST, or say --called-off." in run(args=[*noted, *both_or_none]).output
    assert run(args=["organisations", "attach", "trust-1", "off"]).output == f"{name}: minutes wait behind sign-in.\n"
    with db.reading() as session:
        assert session.scalars(sa.select(Organisation.attaches).where(Organisation.code == "trust-1")).one() is False
        assert session.scalar(sa.select(sa.func.count()).select_from(Leave)) == 2
    assert "No organisation has the reference" in run(args=["organisations", "attach", "no-such", "on"]).output
