"""`flask post`: sends what is owed, says how things stand, tries the mail system out."""

from __future__ import annotations

import itertools
import logging
import signal
import uuid
from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup

from app import clock
from app.database import db
from app.post import ledger, queries
from app.post.composing import Uncomposable, compose
from app.post.models import Letter, Outcome, Post, State
from app.post.queries import Standing
from app.post.results import Phase, reason
from app.post.sender import Sender, check_our_address
from app.post.transport import Transport
from app.settings import Settings
from app.text import counted
from app.upgrading import require_newest

REASONS_SHOWN = 5
STATES = {
    State.QUEUED: "Waiting to send",
    State.SENDING: "Being sent now",
    State.RETRY: "Waiting to be tried again",
    State.MAYBE_SENT: "Sent, but not confirmed by the mail system",
    State.HELD: "Held until they can be written",
    State.ACCEPTED: "Sent to mail system",
    State.FAILED: "Could not be sent",
    State.SUPERSEDED: "Not needed any more",
    State.QUARANTINED: "Set aside through a fault of ours (flask post release tries them again)",
    State.BOUNCED: "Sent back by the mail system",
}
STEPS = {
    Phase.CONNECTION: "Connected to {server} on port {port}",
    Phase.ENCRYPTION: "Encrypted, and the certificate verified",
    Phase.SIGN_IN: "Signed in",
    Phase.SENDER: "Our address was accepted",
    Phase.RECIPIENT: "The address of the letter was accepted",
    Phase.LETTER: "The letter was handed over",
    Phase.CONFIRMATION: "The mail system has the letter",
}

post = AppGroup("post", help="Letters: send them, see how they stand, try the mail system.")


@post.command("send")
@click.option("--once", is_flag=True, help="End when nothing is due. Ends with 1 if something went wrong.")
def send(once: bool) -> None:
    """Send what is owed, until stopped."""
    settings = _settings()
    require_newest(db.engine)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    sender = Sender(database=db, settings=settings, post=current_app.extensions["post"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sender.stop())
    well = sender.run(once=once)
    db.engine.dispose()
    if once and not well:
        raise click.ClickException(sender.trouble)


@post.command("status")
def status() -> None:
    """Say what is owed, how old, and what became of the rest."""
    letters: Post = current_app.extensions["post"]
    now = clock.now()
    with db.reading() as session:
        standings = queries.standings(session)
        fresh = queries.not_noted(session, now, letters.letters)
    if fresh:
        since = min(owed.since for owed in fresh)
        click.echo(_line("Owed, and not seen by the sender yet", len(fresh), since, now))
    for state, group in itertools.groupby(standings, key=lambda standing: standing.state):
        _show(STATES[state], list(group), now)
    if not fresh and not standings:
        click.echo("No letter is owed, and none was ever sent.")


@post.command("release")
def release() -> None:
    """Try the letters again that were set aside, once the fault is mended."""
    with db.writing() as session:
        count = ledger.release(session, clock.now())
    click.echo(f"{counted(count, 'letter')} will be tried again.")


@post.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send one test letter to ADDRESS and say how each step went."""
    settings = _settings()
    letter = Letter(
        to_address=address,
        subject="Test letter",
        body=f"This letter was sent from {settings.service_url} to see whether its letters arrive.\n",
    )
    message_id = f"<{uuid.uuid4()}@{settings.service_host}>"
    try:
        composed = compose(letter, message_id=message_id, sender=settings.mail_default_sender, now=clock.now())
    except Uncomposable as error:
        raise click.ClickException(f"That letter cannot be sent: {error}.") from error
    transport = Transport(settings)
    result = transport.carry(composed)
    transport.close()
    for phase, words in _steps(settings):
        if phase is result.phase and result.outcome is not Outcome.ACCEPTED:
            raise click.ClickException(f"{reason(result)} (step: {phase}; {result.said or 'no answer'})")
        click.echo(f"{words}.")
    click.echo(f"It answered: {result.said}")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    settings.require_complete()
    check_our_address(settings)
    return settings


def _steps(settings: Settings) -> list[tuple[Phase, str]]:
    left_out = set()
    if not (settings.mail_use_tls or settings.mail_use_ssl):
        left_out.add(Phase.ENCRYPTION)
    if not settings.mail_username:
        left_out.add(Phase.SIGN_IN)
    named = {"server": settings.mail_server, "port": settings.mail_port}
    return [(phase, words.format(**named)) for phase, words in STEPS.items() if phase not in left_out]


def _show(what: str, standings: list[Standing], now: datetime) -> None:
    letters = sum(standing.letters for standing in standings)
    click.echo(_line(what, letters, min(standing.oldest for standing in standings), now))
    for standing in [standing for standing in standings if standing.reason][:REASONS_SHOWN]:
        click.echo(f"  {counted(standing.letters, 'letter')}: {standing.reason}")


def _line(what: str, letters: int, oldest: datetime, now: datetime) -> str:
    return f"{what}: {counted(letters, 'letter')}, the oldest owed {_age(now, oldest)}."


def _age(now: datetime, since: datetime) -> str:
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{counted(minutes, 'minute')} ago"
    return f"since {clock.moment_words(since)}"
