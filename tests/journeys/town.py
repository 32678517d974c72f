"""The world of the journeys, made as an operator makes it: with commands, from two files and a pack folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from flask import Flask

from app.settings import ROOT

HERE = Path(__file__).parent
SLUG = "nai-under-5-2021"
BRIEFING = "NAI under 5"
POINTS = (
    "What do you understand by a non-accidental injury?",
    "Could you explain what Video Interaction Guidance (VIG) is?",
    "How does your team reach and engage fathers and non-birthing partners?",
)
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


def appoint(app: Flask, folder: Path, **cells: str) -> None:
    """Load one more line of who is who: cells by the names of their columns."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, COLUMNS)
    writer.writeheader()
    writer.writerow({"partnership": "esscp", **cells})
    path = folder / f"{cells['email']}.csv"
    path.write_text(lines.getvalue())
    told(app, "organisations", "import", str(path))
