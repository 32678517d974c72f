"""`flask post status`: how letters stand, in words for an operator."""

from __future__ import annotations

import itertools
from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from app import clock
from app.database import db
from app.post import flow, queries
from app.post.flow import Flagged, MailboxLook
from app.post.models import Hold, Post, State
from app.post.queries import Standing
from app.settings import Settings
from app.text import counted

REASONS_SHOWN = 5
STATES = {
    State.QUEUED: "Waiting to send",
    State.SENDING: "Being sent now",
    State.RETRY: "Waiting to be tried again",
    State.MAYBE_SENT: queries.UNCONFIRMED,
    State.HELD: "Held back for now",
    State.ACCEPTED: "Sent to mail system",
    State.FAILED: "Could not be sent",
    State.SUPERSEDED: "Not needed any more",
    State.QUARANTINED: "Set aside through a fault of ours (flask post retry tries them again)",
    State.BOUNCED: "Sent back by the mail system",
}


@click.command("status")
@with_appcontext
def status() -> None:
    """Say what is owed, how old, and what became of the rest."""
    letters: Post = current_app.extensions["post"]
    settings: Settings = current_app.config["SETTINGS"]
    now = clock.now()
    with db.reading() as session:
        standings = queries.standings(session)
        fresh = queries.not_noted(session, now, letters.letters)
        hold, slow = queries.hold(session), flow.slow(session, now)
        there = flow.sender_seen(session)
        out = flow.may_be_out(session, hold, fresh) if hold else []
        flagged = flow.flagged(session)
        look = flow.mailbox(session, now) if settings.bounce_imap_server else None
    if hold:
        _show_hold(hold, out)
    if fresh:
        since = min(owed.since for owed in fresh)
        click.echo(_line("Owed, and not seen by the sender yet", len(fresh), since, now))
    for state, group in itertools.groupby(standings, key=lambda standing: standing.state):
        _show(STATES[state], list(group), now)
    if slow.delayed:
        late = f"late by more than 1 hour: {slow.late}"
        click.echo(f"Delayed by more than 15 minutes: {counted(slow.delayed, 'letter')}; {late}.")
    _show_flagged(*flagged)
    if there:
        click.echo(f"A sender was last there {_age(now, there)}.")
    if look:
        _show_mailbox(look, now)
    if not fresh and not standings:
        click.echo("No letter is owed, and none was ever sent.")


def _show_hold(hold: Hold, out: list[tuple[str, int, datetime]]) -> None:
    click.echo(f"Nothing is sent since {clock.moment_words(hold.at)} (flask post release ends that): {hold.because}")
    for kind, letters, oldest in out:
        owed = f"{counted(letters, 'letter')} of the kind “{kind}”, owed since {clock.moment_words(oldest)}"
        click.echo(f"  May have gone out already: {owed}.")


def _show_flagged(some: list[Flagged], number: int) -> None:
    if number:
        click.echo(f"No letter goes to {counted(number, 'address', 'addresses')} (flask post clear ADDRESS ends that):")
    for one in some[:REASONS_SHOWN]:
        click.echo(f"  {one.address}, since {clock.moment_words(one.since)}: {one.why}")


def _show_mailbox(look: MailboxLook, now: datetime) -> None:
    """When the mailbox for what comes back was last looked into, and what went wrong since."""
    if look.looked_at:
        click.echo(f"The mailbox for what comes back was last looked into {_age(now, look.looked_at)}.")
    else:
        click.echo("Nobody has looked into the mailbox for what comes back yet (flask post mailbox does).")
    if look.trouble and look.tried_at:
        click.echo(f"  Tried {_age(now, look.tried_at)}: {look.trouble}")


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
