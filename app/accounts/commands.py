"""Commands of `accounts`: signing somebody out who cannot do so herself."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.accounts import services
from app.clock import now
from app.console import at_console, in_plain_words
from app.database import db
from app.text import counted

accounts = AppGroup("accounts", help="Who is signed in.")


@accounts.command("sign-out")
@click.argument("address")
def sign_out_command(address: str) -> None:
    """Sign whoever has ADDRESS out on every computer and phone, such as one that was lost. She can sign in again: to
    shut her out, end her appointments first."""
    with in_plain_words(), db.writing() as session:
        person, ended = services.end_all_of(session, at_console(), address, now=now())
        name = person.name
    click.echo(f"{name} was signed in on {counted(ended, 'browser')} and is signed out on all of them.")
