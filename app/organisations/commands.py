"""Commands of `organisations`: the first partnership with its officer, and who is who, from files."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from app.clock import date_words, now
from app.console import at_console, in_plain_words
from app.database import db
from app.organisations import services
from app.organisations.files import LARGEST, email_address
from app.organisations.leaving import record_leave
from app.organisations.people_file import read_people
from app.organisations.settings_file import read_settings
from app.text import counted, words_joined

organisations = AppGroup("organisations", help="Who is who: partnerships, organisations, teams and people.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MANY = {"person": "people", "address": "addresses", "shared mailbox": "shared mailboxes"}


@organisations.command("start")
@click.argument("file", type=_FILE)
@click.option("--officer", required=True, metavar="ADDRESS", help="The email address of a partnership officer.")
def start_command(file: Path, officer: str) -> None:
    """Start a partnership with the settings in FILE (YAML), or update its settings."""
    with in_plain_words():
        settings = read_settings(_content(file))
        address = email_address(officer)
        with db.writing() as session:
            partnership, person = services.start(session, at_console(), settings, address, now=now())
            name, called = partnership.name, person.name
    click.echo(f"{name} is set up. {called} ({address}) is a partnership officer and can sign in with that address.")


@organisations.command("import")
@click.argument("file", type=_FILE)
def import_command(file: Path) -> None:
    """Take in organisations, teams and people from FILE (CSV). Loading it again updates and never doubles."""
    with in_plain_words():
        rows = read_people(_content(file))
        with db.writing() as session:
            counts = services.import_rows(session, at_console(), rows, now=now())
    click.echo(f"{counted(counts.rows, 'row')} read. Added: {_told(counts.added)}. Changed: {_told(counts.changed)}.")


@organisations.command("leave")
@click.argument("address")
@click.argument("first", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("last", type=click.DateTime(["%Y-%m-%d"]), required=False)
@click.option("--called-off", is_flag=True, help="She is not away; or no longer, where these days have begun.")
def leave_command(address: str, first: datetime, last: datetime | None, called_off: bool) -> None:
    """Note that whoever has ADDRESS is away from FIRST to LAST (such as 2026-12-21): her deputy gets the letters, and
    she one that says so. With a FIRST that is noted already, LAST becomes the last day."""
    if called_off is (last is not None):
        raise click.UsageError("Give LAST, or say --called-off.")
    until = last.date() if last else None
    with in_plain_words(), db.writing() as session:
        who, leave, changes = record_leave(
            session, at_console(), email_address(address), first.date(), until, now=now()
        )
        called, off, ends_on = who.name, leave.called_off, leave.ends_on
    days = f"from {date_words(first.date())} to {date_words(ends_on)}"
    said = f"is away {days}" if not off else f"is not away from {date_words(first.date())}"
    click.echo(f"{called} {said}." if changes else f"It was known that {called} {said}.")


@organisations.command("attach")
@click.argument("organisation_ref")
@click.argument("switch", type=click.Choice(["on", "off"]))
def attach_command(organisation_ref: str, switch: str) -> None:
    """Whether minutes of ORGANISATION_REF go with letters to its leads as a Word document, or wait behind sign-in."""
    with in_plain_words(), db.writing() as session:
        name = services.set_attaching(session, at_console(), organisation_ref, switch == "on", now=now()).name
    click.echo(f"{name}: minutes {'go with letters' if switch == 'on' else 'wait behind sign-in'}.")


def _content(file: Path) -> bytes:
    """The bytes of a file, never many more than may be used."""
    with file.open("rb") as opened:
        return opened.read(LARGEST + 1)


def _told(counts: Counter[str]) -> str:
    parts = [counted(number, noun, _MANY.get(noun, "")) for noun, number in counts.items() if number]
    return words_joined(parts) if parts else "nothing"
