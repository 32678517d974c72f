"""`flask demo load` and `flask demo run`."""

from __future__ import annotations

import os
from contextlib import ExitStack

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DatabaseError

from app.clock import now
from app.console import in_plain_words
from app.database import db
from app.demo import running
from app.demo.queries import is_demonstration
from app.demo.services import load, refuse_anybody_real
from app.demo.sizes import SIZES
from app.errors import Refusal
from app.settings import Settings, SettingsFault
from app.upgrading import upgrade

demo = AppGroup("demo", help="A demonstration: data sets of stated sizes, and the service around one.")


@demo.command("load")
@click.option("--size", type=click.Choice(list(SIZES)), required=True, help="How much.")
def load_command(size: str) -> None:
    """Load a data set into an empty database and mark it as a demonstration."""
    bar = click.progressbar(length=SIZES[size].partnerships, label=f"Loading {size}")
    with bar, in_plain_words(), db.writing() as session:
        load(session, size, now=now(), progress=lambda done, of: bar.update(done - bar.pos))
    click.echo("Loaded. No letters are owed for what is history in it.")


@demo.command("run")
def run() -> None:
    """Set everything up, serve the demonstration on this machine and send its letters to the local mailbox."""
    try:
        with ExitStack() as stack:
            given = Settings.from_environment(os.environ)
            running.claim(stack, given.data_dir, given.port)
            environ = running.settings_for(os.environ, running.free_port())
            _set_up(environ["DATABASE_URL"])
            running.serve(environ, click.echo)
    except Refusal as refusal:
        raise SettingsFault([refusal.message]) from None
    except DatabaseError as fault:
        raise SettingsFault([f"The database cannot be used: {str(fault.orig).strip()}."]) from None
    except OSError as fault:
        raise SettingsFault([running.told(fault, given.data_dir)]) from None


def _set_up(url: str) -> None:
    """Bring the database up to date and load the small data set, if it is not there. Refuses a database of somebody."""
    with db.reading() as session:
        refuse_anybody_real(session)
    upgrade(url)
    with db.writing() as session:
        if not is_demonstration(session):
            click.echo("Making the demonstration partnership.")
            load(session, "small", now=now())
