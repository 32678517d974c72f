"""What an operator or a mail server does to letters: `flask post bounce`, `clear`, `hold`, `release` and `retry`."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import clock
from app.console import at_console, user
from app.database import db
from app.post import bounces, holding, ledger
from app.post.composing import BadAddress, address_of
from app.post.incoming import ComeAgain, take_in
from app.post.reports import LARGEST
from app.settings import Settings
from app.text import counted

COME_AGAIN = 75  # EX_TEMPFAIL of sysexits: a mail server keeps the message and tries again
_PIECE = 65_536


@click.command("bounce")
@click.option("--recipient", default="", metavar="ADDRESS", help="The address the message came to.")
@with_appcontext
def bounce(recipient: str) -> None:
    """Take in a message that came back, from standard input.

    A mail server runs this for whatever arrives at MAIL_BOUNCE_ADDRESS. It ends well whatever the message is, since a
    report must not be answered by another; only where nothing can be proved or written down just now, it is to come
    again: mail servers run their pipes without the environment that the service has.
    """
    if not _settings().secret_key:
        click.echo("SECRET_KEY is missing here, and proves what letter this is about: try again later.", err=True)
        sys.exit(COME_AGAIN)
    try:
        taken = take_in(db, _settings(), _piped(), clock.now(), recipient=recipient)
    except ComeAgain as busy:
        click.echo(f"Letter {busy.ref} is being sent: try again later.", err=True)
        sys.exit(COME_AGAIN)
    except DBAPIError as fault:
        click.echo(f"The database could not be used ({type(fault).__name__}): try again later.", err=True)
        sys.exit(COME_AGAIN)
    click.echo(taken.words)


def _piped() -> bytes:
    """The beginning of what is on standard input. All of it is read: a mail server must not see the pipe break."""
    pipe = sys.stdin.buffer
    kept = pipe.read(LARGEST)
    while pipe.read(_PIECE):
        pass
    return kept


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@click.command("clear")
@click.argument("address")
@with_appcontext
def clear(address: str) -> None:
    """Say that ADDRESS is right again, so that letters go there although some came back."""
    wire = _checked(address)
    with db.writing() as session:
        bounces.clear(session, wire, user(), clock.now())
        _note(session, "cleared an address")
    click.echo("Letters go to this address again. flask post retry --to sends those again that came back.")


@click.command("hold")
@click.option("--because", required=True, help="Why, for whoever looks at the status.")
@with_appcontext
def hold(because: str) -> None:
    """Send nothing, sign-in codes neither, until flask post release. What is being sent at this moment still goes."""
    with db.writing() as session:
        if put := holding.put(session, because, clock.now()):
            _note(session, "held all letters")
    click.echo("Letters are held." if put else "Letters were held already: see flask post status.")


@click.command("release")
@with_appcontext
def release() -> None:
    """Lift the hold on letters: those that are due go now."""
    with db.writing() as session:
        if lifted := holding.lift(session, clock.now()):
            _note(session, "let letters go again")
    click.echo("Letters go out again." if lifted else "Letters were not held.")


@click.command("retry")
@click.option("--to", "address", default="", metavar="ADDRESS", help="Those to it that failed or came back.")
@with_appcontext
def retry(address: str) -> None:
    """Try the letters again that were set aside, once the fault is mended."""
    wire = _checked(address) if address else ""
    with db.writing() as session:
        now = clock.now()
        count = ledger.retry_to(session, wire, now) if wire else ledger.retry(session, now)
        if count:
            _note(session, "had letters tried again", letters=count)
    click.echo(f"{counted(count, 'letter')} will be tried again.")


def _note(session: Session, what: str, **detail: int) -> None:
    """Leave in the trail what was done, by whom."""
    current_app.extensions["post"].trail(session, at_console(), what, detail, now=clock.now())


def _checked(address: str) -> str:
    try:
        return address_of(address)
    except BadAddress as error:
        raise click.ClickException(f"{error}.".capitalize()) from error


COMMANDS = (bounce, clear, hold, release, retry)
