"""Rows held until the end of the transaction, so that what two people do at once is done in turn.

A save holds the row of what was asked, sending holds the draft, a correction holds the first version of its record.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app.circulation.models import Asked
from app.discussions import queries
from app.discussions.drafts import Draft
from app.discussions.models import Minutes
from app.errors import Invalid, NotFound
from app.policy import Actor

_CHANGES = ["content", "version", "changed_at", "changed_by_id", "sent_at"]


def hold(session: Session, asked: Asked) -> None:
    """Hold the row of what was asked."""
    session.execute(select(Asked.id).where(Asked.id == asked.id).with_for_update(key_share=True))


def open_draft(session: Session, asked: Asked) -> Draft | None:
    """The open draft for what was asked, held, as is the right to begin one."""
    hold(session, asked)
    return session.scalars(
        select(Draft)
        .where(Draft.asked_id == asked.id, Draft.sent_at.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def held(session: Session, draft: Draft) -> Draft:
    """The draft as it is now, held. Raises `NotFound` where it was thrown away."""
    try:
        session.refresh(draft, _CHANGES, with_for_update={"key_share": True})
    except InvalidRequestError as gone:
        raise NotFound from gone
    return draft


def held_thread(session: Session, thread: str) -> Minutes:
    """The newest version of a record whose first version is held."""
    session.execute(
        select(Minutes.id).where(Minutes.thread == thread, Minutes.version == 1).with_for_update(key_share=True)
    )
    return queries.newest(session, thread)


def person(actor: Actor) -> int:
    """The key of the person who acts. Raises `Invalid` for the command line."""
    if actor.person is None:
        raise Invalid("Only a person can do this.")
    return actor.person
