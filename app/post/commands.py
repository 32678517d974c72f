"""`flask post`: sends what is owed, looks for what came back, says how things stand, tries the mail system out."""

from __future__ import annotations

import logging
import signal
import uuid
from contextlib import nullcontext

import click
from flask import current_app
from flask.cli import AppGroup

from app import clock
from app.database import db, new_ref
from app.post import operating, progress
from app.post.collecting import Collector
from app.post.composing import Uncomposable, check_our_address, compose
from app.post.models import Letter, Outcome
from app.post.results import Phase, reason
from app.post.return_address import return_address
from app.post.sender import Sender
from app.post.status import status
from app.post.transport import Transport, unwitnessed
from app.settings import Settings, SettingsFault
from app.text import counted
from app.upgrading import require_newest

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
    """Send what is owed, until stopped. With --once in a terminal a bar shows how far it is."""
    settings = _settings()
    require_newest(db.engine)
    level = logging.WARNING if once and progress.is_watched() else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    with progress.shown(db, clock.now) if once else nullcontext(unwitnessed) as witness:
        sender = Sender(database=db, settings=settings, post=current_app.extensions["post"], witness=witness)
        _ends_by_signal(sender)
        well = sender.run(once=once)
    db.engine.dispose()
    if once and not well:
        raise click.ClickException(sender.trouble)


@post.command("mailbox")
@click.option("--once", is_flag=True, help="Look once. Ends with 1 if that did not go well.")
def mailbox(once: bool) -> None:
    """Look each minute into the mailbox for what came back, until stopped."""
    settings: Settings = current_app.config["SETTINGS"]
    settings.require_complete()
    if not settings.bounce_imap_server:
        raise SettingsFault(["BOUNCE_IMAP_SERVER must name the server of the mailbox to look into."])
    require_newest(db.engine)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    collector = Collector(database=db, settings=settings)
    _ends_by_signal(collector)
    well = collector.run(once=once)
    db.engine.dispose()
    if once:
        noted, left = counted(collector.noted, "message"), counted(collector.left, "message")
        click.echo(f"{noted} noted and removed; {left} left for people to look at.")
    if once and not well:
        raise click.ClickException(collector.trouble)


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
        ref = new_ref()  # of no letter: what comes back of a test goes nowhere, but its address is tried out
        names = {"sender": settings.mail_default_sender, "returns_to": return_address(settings, ref), "ref": ref}
        composed = compose(letter, message_id=message_id, now=clock.now(), **names)
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


def _ends_by_signal(worker: Sender | Collector) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())


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


for command in (status, *operating.COMMANDS):
    post.add_command(command)
