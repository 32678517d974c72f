"""`flask packs`: a briefing becomes a pack folder, a folder an edition; a pack is lent and borrowed as one file."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask.cli import AppGroup

from app import boxed
from app.clock import now, today
from app.console import at_console
from app.database import db
from app.errors import Invalid, NotFound, Refusal
from app.packs import queries
from app.packs.blocks import by_reason
from app.packs.content import PackContent, Section, SectionType
from app.packs.drafted import Drafted, facts_of
from app.packs.faults import BRIEFING, FACTS, IMAGES, PackFaults
from app.packs.folder import read_folder, read_whole
from app.packs.importing import pieces_of
from app.packs.lending import packed, unpacked
from app.packs.placing import Imported, imported
from app.packs.services import publish_edition
from app.packs.shelving import shelve_all
from app.packs.writing_out import briefing_md, yaml_of
from app.text import counted

packs = AppGroup("packs", help="Learning briefings with their points for discussion.")


@packs.command("publish")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def publish(folder: Path) -> None:
    """Publish the pack in FOLDER as an edition; the same text again changes nothing."""
    try:
        content, pictures = read_whole(folder)
    except PackFaults as wrong:
        raise click.ClickException(str(wrong)) from None
    with db.writing() as session:
        edition, fresh = publish_edition(session, at_console(), content, pictures, now=now())
        told = f"{content.slug}, edition {edition.number}"
    click.echo(f"Published: {told}." if fresh else f"Nothing to do: {told} has this very text already.")


@packs.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder of the pack.")
def import_(file: Path, into: Path) -> None:
    """Begin a pack folder from a briefing in Word (.docx), Markdown (.md) or text (.txt).

    Says what to look at, and lists every piece of the file that was put nowhere.
    """
    if taken := [name for name in (FACTS, BRIEFING, IMAGES) if (into / name).exists()]:
        raise click.ClickException(f"{into} holds {taken[0]} already. Give another folder.")
    if file.stat().st_size > boxed.LARGEST:
        raise click.ClickException(boxed.TOO_LARGE)
    try:
        pieces = pieces_of(file.name, file.read_bytes(), boxed.read)
        found = imported(pieces, today(now()))
    except Invalid as wrong:
        raise click.ClickException(wrong.message) from None
    into.mkdir(parents=True, exist_ok=True)
    dated: Drafted = {**found.drafted, "source_date": found.drafted["published"]}
    (into / FACTS).write_text(yaml_of(facts_of(dated)), encoding="utf-8")
    (into / BRIEFING).write_text(briefing_md(_sections(found.drafted)), encoding="utf-8")
    for name, picture in pieces.taken.items():
        (into / IMAGES).mkdir(exist_ok=True)
        (into / IMAGES / name).write_bytes(picture.body)
    click.echo("\n".join(_told(found, into)))


def _sections(drafted: Drafted) -> list[Section]:
    return [
        Section(type=SectionType(one["type"]), title=one["title"], markdown=one["markdown"], items=0)
        for one in drafted["sections"]
    ]


def _told(found: Imported, into: Path) -> list[str]:
    """What became of a file, line by line."""
    points, said = len(found.drafted["points"]), len(found.drafted["recommendations"])
    held = f"{counted(len(found.drafted['sections']), 'section')}, {counted(points, 'point')} for discussion"
    lines = [f"Written: {into / FACTS} and {into / BRIEFING}. {held}, {counted(said, 'recommendation')}."]
    doubts = [f"- {doubt.where}: {doubt.what}" if doubt.where else f"- {doubt.what}" for doubt in found.doubts]
    lines += ["", "To look at:", *doubts] if doubts else []
    left = [f"- {why}: {', '.join(texts)}" for why, texts in by_reason(found.left_over)]
    lines += ["", "Left over, put nowhere:", *left] if left else ["", "Nothing was left over."]
    try:
        read_folder(into)
    except PackFaults as wrong:
        return [*lines, "", "To write before it can be published:", *(f"- {fault}" for fault in wrong.faults)]
    return [*lines, "", "It can be published as it stands."]


@packs.command("export")
@click.argument("slug")
@click.option("--edition", "number", type=click.IntRange(1, 99999), help="Which edition; the newest unless you say.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Where to write it.")
def export(slug: str, number: int | None, output: Path) -> None:
    """Write a published pack as one file that another service can take in with `packs unpack`."""
    part = output.with_name(output.name + ".part")
    try:
        with db.reading() as session:
            found = queries.numbered(session, slug, number) if number else queries.newest(session, slug)
            told, content = f"{slug}, edition {found.number}", PackContent.from_dict(found.content)
            pictures = queries.pictures(session, found.id)
        part.write_bytes(packed(content, pictures))
        os.replace(part, output)
    except NotFound:
        which = f"edition {number} of a pack" if number else "pack"
        raise click.ClickException(f"There is no {which} called {slug}.") from None
    except OSError as fault:
        raise click.ClickException(f"The file could not be written: {fault.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"Written: {told}, to {output}")


@packs.command("unpack")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="The shelf: the folder in which the pack's own folder is made.",
)
def unpack(file: Path, into: Path) -> None:
    """Put the pack in FILE on a shelf, to be looked at and published from there."""
    try:
        content = unpacked(file, into)
    except PackFaults as wrong:
        raise click.ClickException(str(wrong)) from None
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from None
    except OSError as fault:
        raise click.ClickException(f"The pack could not be unpacked: {fault.strerror}.") from None
    click.echo(f"Unpacked: {into / content.slug}, from {content.source.name}.")
    click.echo(f"Publish it with: flask --app app packs publish {into / content.slug}")


@packs.command("index")
def index() -> None:
    """Make what the library shows and searches anew, from the newest edition of every pack."""
    with db.writing() as session:
        many = shelve_all(session)
    click.echo(f"The library holds {counted(many, 'pack')}.")
