"""The letter with the code, more urgent than any other, written as it is sent, from the secret key and the row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import CodeAsked
from app.accounts.queries import KIND, MOST_TRIES, MOST_URGENT, code_for, is_crowd, owed_codes
from app.organisations.models import Person
from app.post.models import Delivery, Letter, Owed, Superseded, Written
from app.web.setup import SERVICE_NAME

KINDS = frozenset({KIND})


def owed(session: Session, now: datetime) -> Iterable[Owed]:
    """One letter for each time a code was asked for (`place` counts them), while the code can be used."""
    return [
        Owed(
            kind=KIND,
            about=row.ref,
            place=str(row.sendings),
            since=row.asked_at,
            until=row.expires_at,
            urgency=MOST_URGENT,
        )
        for row in owed_codes(session, now)
    ]


def letter(session: Session, delivery: Delivery, now: datetime) -> Written:
    """The letter with a code, or why there is none."""
    row = session.scalars(select(CodeAsked).where(CodeAsked.ref == delivery.about)).one()
    if row.used_at is not None:
        return Superseded("The code has been used.")
    if row.expires_at <= now or row.wrong >= MOST_TRIES:
        return Superseded("The code can no longer be used.")
    if delivery.place != str(row.sendings):
        return Superseded("The code was asked for again, and a newer letter has it.")
    if row.person_id is None and not _is_welcome(session, row.address, now):
        return Superseded("Nobody here has this address.")
    settings = current_app.config["SETTINGS"]
    code = code_for(row, settings.secret_key)
    body = render_template("accounts/email/code.txt", code=code, row=row, host=settings.service_host)
    name = session.get_one(Person, row.person_id).name if row.person_id is not None else ""
    subject = f"{code} is your code for {SERVICE_NAME}"
    return Letter(to_address=row.address, to_name=name, subject=subject, body=body)


def _is_welcome(session: Session, address: str, now: datetime) -> bool:
    """Whether somebody whom nobody knows is written to at this address, so that she can say which team she leads."""
    welcomes: str = current_app.extensions["grants"].welcomes(session, address, now)
    return bool(welcomes) and not is_crowd(session, address, now)
