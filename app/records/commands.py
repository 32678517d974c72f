"""Commands of `records`: how long documents and attached files are kept, and letting those go whose time is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import click
from flask.cli import AppGroup

from app.clock import date_words, now
from app.console import at_console, in_plain_words
from app.database import db
from app.records import queries, services, wiping
from app.records.models import LONGEST
from app.records.queries import Due, mark_of
from app.text import counted

records = AppGroup("records", help="How long the Word documents of minutes and the files attached to them are kept.")


@records.command("keep")
@click.argument("organisation_ref")
@click.argument("years", type=click.IntRange(1, LONGEST))
def keep_command(organisation_ref: str, years: int) -> None:
    """Keep the Word documents of ORGANISATION_REF, and the files attached to its minutes, for so many whole YEARS after
    the minutes were sent."""
    with in_plain_words(), db.writing() as session:
        name = services.keep(session, at_console(), organisation_ref, years, now=now()).name
    click.echo(
        f"{name} keeps the Word documents of its minutes, and the files attached to them, for {counted(years, 'year')}."
    )


@records.command("hold")
@click.argument("organisation_ref")
@click.option("--because", required=True, help="Why, for whoever asks later: an inquiry, a claim.")
def hold_command(organisation_ref: str, because: str) -> None:
    """Keep every Word document and attached file of ORGANISATION_REF until `records keep` says for how long again."""
    with in_plain_words(), db.writing() as session:
        name = services.keep(session, at_console(), organisation_ref, None, because, now=now()).name
    kept = "all Word documents of its minutes, and files attached to them,"
    click.echo(f"{name} keeps {kept} until “records keep” says for how long again.")


@records.command("dispose")
@click.option("--as-listed", "mark", default="", help="The mark that the list ended with: what is on it goes.")
def dispose_command(mark: str) -> None:
    """List the Word documents and attached files that were kept for as long as was said; with the mark of that list,
    let them go.

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
        _show(found)
        return wiping.wipe(db.engine)  # where the last time was ended before it came to that
    with in_plain_words():
        gone = sum(_let_go(services.let_go, services.AT_ONCE, one, one.refs, at) for one in found)
        files = sum(_let_go(services.let_files_go, services.FILES_AT_ONCE, one, one.files, at) for one in found)
        wiping.wipe(db.engine)
    click.echo(f"{_both(gone, files)} let go. What is known of each stays.")


def _let_go(deed: Callable[..., int], at_once: int, due: Due, refs: Sequence[str], at: datetime) -> int:
    gone = 0
    for start in range(0, len(refs), at_once):
        with db.writing() as session:
            gone += deed(session, at_console(), due, refs[start : start + at_once], now=at)
    return gone


def _both(documents: int, files: int, *sizes: int) -> str:
    """So many of either kind, with their bytes where they are told."""
    large = [f" ({size / 1_000_000:.1f} MB)" for size in sizes] or ["", ""]
    return f"{counted(documents, 'Word document')}{large[0]} and {counted(files, 'attached file')}{large[1]}"


def _show(found: Sequence[Due]) -> None:
    for one in found:
        name, kept = one.keeping.organisation.name, one.keeping
        if one.before is None:
            click.echo(f"{name}: all are kept since {date_words(kept.at.date())}, because: {kept.because}")
            continue
        both = _both(len(one.refs), len(one.files), one.size, one.size_of_files)
        said = f"sent before {date_words(one.before)}, kept for {counted(kept.years or 0, 'year')}"
        click.echo(f"{name}: {both} of minutes {said}.")
    if any(one.refs or one.files for one in found):
        click.echo(f"To let them go: flask --app app records dispose --as-listed {mark_of(found)}")
    else:
        click.echo("Nothing is to go." if found else "No organisation has said how long it keeps them: nothing goes.")
