"""`flask collation export`: the report, the workbook or the answers, as a file."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.clock import now
from app.collation import queries, tables
from app.collation.coverage import Scope, scope
from app.collation.document import report_document
from app.collation.files import csv_rows, write_workbook
from app.console import at_console
from app.database import db
from app.errors import NotFound

collation = AppGroup("collation", help="What teams said, as files.")


@collation.command("export")
@click.argument("slug")
@click.option("--format", "kind", type=click.Choice(["docx", "xlsx", "csv"]), required=True, help="Which file.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where to write it.")
@click.option(
    "--partnership", default="", help="The partnership's short name in addresses, if several have circulated it."
)
def export(slug: str, kind: str, output: Path, partnership: str) -> None:
    """Write the collation of the newest circulated edition of the pack SLUG."""
    part = output.with_name(output.name + ".part")
    try:
        with db.reading() as session:
            _write(session, scope(session, at_console(), slug=slug, partnership=partnership), kind, part)
        os.replace(part, output)
    except NotFound:
        raise click.ClickException(f"No partnership has circulated a pack called {slug}.") from None
    except OSError as fault:
        raise click.ClickException(f"The file could not be written: {fault.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"Written: {output}")


def _write(session: Session, about: Scope, kind: str, path: Path) -> None:
    """Write to a file beside the one asked for, so that an interrupted export leaves no half file."""
    if kind == "docx":
        path.write_bytes(report_document(queries.report_facts(session, at_console(), about, now())))
    elif kind == "xlsx":
        write_workbook(session, at_console(), about, path, now())
    else:
        with path.open("wb") as file:
            file.writelines(tables.csv_lines(csv_rows(session, at_console(), about)))
