"""Only in a demonstration: who to be, at one click, and the mailbox to which every letter goes."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from app.accounts import guard, services
from app.clock import now
from app.database import db
from app.demo import mailbox as letters_kept
from app.demo.queries import is_demonstration, person, roles
from app.errors import NotFound
from app.web import back_to, page, public

demo = Blueprint("demo", __name__, url_prefix="/demonstration")


@demo.get("")
@public
def people() -> ResponseReturnValue:
    """Who can be played here."""
    return page("demo/people.html", roles=roles(db.session, now()))


@demo.post("/sign-in/<ref:person_ref>")
@public
def sign_in(person_ref: str) -> ResponseReturnValue:
    """Be this person. The database has to be marked as a demonstration."""
    who = person(db.session, person_ref)
    token = services.begin(db.session, who, now=now())
    return guard.keep(back_to("home.mine"), token)


@demo.get("/mailbox")
@public
def mailbox() -> ResponseReturnValue:
    """Every letter, newest first."""
    return page("demo/mailbox.html", letters=letters_kept.letters(folder()))


@demo.get("/mailbox/<name>")
@public
def letter(name: str) -> ResponseReturnValue:
    """One letter."""
    return page("demo/letter.html", letter=letters_kept.letter(folder(), name))


@demo.get("/mailbox/<name>/<int:number>")
@public
def attachment(name: str, number: int) -> ResponseReturnValue:
    """A file that came with a letter."""
    attached = letters_kept.letter(folder(), name).attachments
    if number >= len(attached):
        raise NotFound
    held = attached[number]
    plain = "".join(c for c in held.name if c.isascii() and (c.isalnum() or c in "-_. "))
    headers = {"Content-Disposition": f'attachment; filename="{plain}"', "Cache-Control": "no-store"}
    return Response(held.content, content_type=held.kind, headers=headers)


def folder() -> Path:
    """Where the local mailbox keeps its letters. Raises `NotFound` where the database is no demonstration."""
    if not is_demonstration(db.session):
        raise NotFound
    kept: Path = current_app.config["SETTINGS"].data_dir / "mailbox"
    kept.mkdir(parents=True, exist_ok=True)
    return kept
