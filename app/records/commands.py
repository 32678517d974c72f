"""Commands of `records`: how long documents are kept, and letting those go whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click
from flask.cli import AppGroup

from app.clock import date_words, now
from app.console import at_console, in_plain_words
from app.database import db
from app.records import queries, services
from app.records.models import LONGEST
from app.records.queries import Due, mark_of
from app.text import counted

records = AppGroup("records", help="How long the Word documents of minutes are kept.")


@records.command("keep")
@click.argument("organisation_ref")
@click.argument("years", type=click.IntRange(1, LONGEST))
def keep_command(organisation_ref: str, years: int) -> None:
    """Keep the Word documents of ORGANISATION_REF for so many whole YEARS after their minutes were sent."""
    with in_plain_words(), db.writing() as session:
        name = services.keep(session, at_console(), organisation_ref, years, now=now()).name
    click.echo(f"{name} keeps the Word documents of its minutes for {counted(years, 'year')}.")


@records.command("hold")
@click.argument("organisation_ref")
@click.option("--because", required=True, help="Why, for whoever asks later: an inquiry, a claim.")
def hold_command(organisation_ref: str, because: str) -> None:
    """Keep every Word document of ORGANISATION_REF until `records keep` says for how long again."""
    with in_plain_words(), db.writing() as session:
        name = services.keep(session, at_console(), organisation_ref, None, because, now=now()).name
    click.echo(f"{name} keeps all Word documents of its minutes until “records keep” says for how long again.")


@records.command("dispose")
@click.option("--as-listed", "mark", default="", help="The mark that the list ended with: what is on it goes.")
def dispose_command(mark: str) -> None:
    """List the Word documents that were kept for as long as was said; with the mark of that list, let them go.

    Their digest, size and date stay, and so do the minutes. Killed on its way it has let some go and the others not:
    the next list has the rest.
    """
    at = now()
    with db.reading() as session:
        found = queries.due(session, at_console(), at)
    if mark and mark != mark_of(found):
        _show(found)
        raise click.ClickException("This is not the list that mark is of: nothing went. Look at the list above.")
    if not mark:
        return _show(found)
    with in_plain_words():
        gone = sum(_let_go(one, at) for one in found)
    click.echo(f"{counted(gone, 'Word document')} let go. What is known of each stays.")


def _let_go(due: Due, at: datetime) -> int:
    gone = 0
    for start in range(0, len(due.refs), services.AT_ONCE):
        with db.writing() as session:
            refs = due.refs[start : start + services.AT_ONCE]
            gone += services.let_go(session, at_console(), due, refs, now=at)
    return gone


def _show(found: Sequence[Due]) -> None:
    for one in found:
        name, kept = one.keeping.organisation.name, one.keeping
        if one.before is None:
            click.echo(f"{name}: all are kept since {date_words(kept.at.date())}, because: {kept.because}")
            continue
        documents = f"{counted(len(one.refs), 'Word document')} ({one.size / 1_000_000:.1f} MB)"
        said = f"sent before {date_words(one.before)}, kept for {counted(kept.years or 0, 'year')}"
        click.echo(f"{name}: {documents} of minutes {said}.")
    if any(one.refs for one in found):
        click.echo(f"To let them go: flask --app app records dispose --as-listed {mark_of(found)}")
    else:
        click.echo("Nothing is to go." if found else "No organisation has said how long it keeps them: nothing goes.")
