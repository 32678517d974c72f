"""`flask packs publish`: a pack folder becomes an edition."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from app.clock import now
from app.console import at_console
from app.database import db
from app.packs.faults import PackFaults
from app.packs.folder import read_folder
from app.packs.services import publish_edition

packs = AppGroup("packs", help="Learning briefings with their points for discussion.")


@packs.command("publish")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def publish(folder: Path) -> None:
    """Publish the pack in FOLDER as an edition; the same text again changes nothing."""
    try:
        content = read_folder(folder)
    except PackFaults as wrong:
        raise click.ClickException(str(wrong)) from None
    with db.writing() as session:
        edition, fresh = publish_edition(session, at_console(), content, now=now())
        told = f"{content.slug}, edition {edition.number}"
    click.echo(f"Published: {told}." if fresh else f"Nothing to do: {told} has this very text already.")
