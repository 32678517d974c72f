"""The world of the journeys, made as an operator makes it: with commands, from two files and a pack folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.circulation import queries, services
from app.circulation.audience import Chosen
from app.circulation.models import Asked
from app.clock import now
from app.database import db, new_ref
from app.organisations.models import Address, Organisation, Partnership
from app.organisations.queries import actor_for
from app.packs.queries import newest
from app.settings import ROOT
from tests import factories

HERE = Path(__file__).parent
SLUG = "nai-under-5-2021"
BRIEFING = "NAI under 5"
POINTS = (
    "What do you understand by a non-accidental injury?",
    "Could you explain what Video Interaction Guidance (VIG) is?",
    "How does your team reach and engage fathers and non-birthing partners?",
)
NUMBERED = tuple(f"{number}. {point}" for number, point in enumerate(POINTS, 1))
OFFICER = "officer@partnership.example.gov.uk"
REVIEWER = "reviewer@partnership.example.gov.uk"
NORTH, SOUTH = "north@trust.example.nhs.net", "south@trust.example.nhs.net"
NURSE, DEPUTY = "nurse@trust.example.nhs.net", "deputy@trust.example.nhs.net"
MINUTE_TAKER, ADMINISTRATOR = "minutes@trust.example.nhs.net", "admin@trust.example.nhs.net"
HEAD = "head@hill.example.sch.uk"
OPTIONS = "options@housing.example.gov.uk"
FORMER = "former@trust.example.nhs.net"
MANAGER, HARBOUR_LEAD = "manager@harbour.example.org", "lead@harbour.example.org"
COLUMNS = (HERE / "people.csv").read_text().splitlines()[0].split(",")


def told(app: Flask, *command: str) -> str:
    """Run a command to its good end; what it said."""
    result = app.test_cli_runner().invoke(args=list(command), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def found(app: Flask) -> None:
    """The partnership with its first officer, who is who, and the pack."""
    told(app, "organisations", "start", str(HERE / "partnership.yaml"), "--officer", OFFICER)
    told(app, "organisations", "import", str(HERE / "people.csv"))
    told(app, "packs", "publish", str(ROOT / "packs" / SLUG))


def circulate(app: Flask) -> None:
    """Ask every team, without the pages."""
    with app.app_context(), db.writing() as session:
        officer = session.scalars(select(Address).where(Address.email == OFFICER)).one()
        actor = actor_for(session, officer.person_id, now())
        partnership = session.scalars(select(Partnership)).one()
        everybody = frozenset(session.scalars(select(Organisation.ref)))
        chosen = Chosen(newest(session, SLUG), everybody, frozenset())
        plan = queries.plan(session, actor, partnership, chosen, now())
        wishes = {"answer_by": services.usual_date(now()), "cover_note": "", "once": new_ref()}
        services.circulate(session, actor, partnership, chosen.edition, plan, **wishes, now=now())


def asked(app: Flask, team: str) -> str:
    """The reference of what a team was asked."""
    with app.app_context(), db.reading() as session:
        return session.scalars(select(Asked.ref).where(Asked.team_name == team)).one()


def minutes(app: Flask, team: str, recorder: str, **values: Any) -> str:
    """Minutes of a team, without the pages: its name, the recorder's address; the reference."""
    with app.app_context(), db.writing() as session:
        asked = session.scalars(select(Asked).where(Asked.team_name == team)).one()
        person = session.scalars(select(Address).where(Address.email == recorder)).one().person
        return factories.minutes(session, asked, person, sent_at=now(), **values).ref


def appoint(app: Flask, folder: Path, **cells: str) -> None:
    """Load one more line of who is who: cells by the names of their columns."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, COLUMNS)
    writer.writeheader()
    writer.writerow({"partnership": "esscp", **cells})
    path = folder / f"{cells['email']}.csv"
    path.write_text(lines.getvalue())
    told(app, "organisations", "import", str(path))
