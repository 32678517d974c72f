"""Keeps what was typed on a page without a draft for whoever was signed out meanwhile, and lets it go again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.unsent import KEPT, MOST_OF_A_PAGE, MOST_OF_A_PERSON, Unsent
from app.organisations.models import Person


def keep(
    session: Session, person: str, page: str, opening: str, typed: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Keep what a page brought although whoever sent it could not be let in: for her, and for nothing but to be offered
    back. The caller has proved that the page had been this person's, who is known by reference."""
    # She is locked (on PostgreSQL), so that a page that comes twice at once is not kept twice.
    who = session.scalar(select(Person.id).where(Person.ref == person).with_for_update())
    if who is None or not typed:
        return
    forget(session, who, page, opening)
    wipe(session, now=now)
    pairs = [list(pair) for pair in typed]
    session.add(Unsent(person_id=who, page=page, opening=opening, typed=pairs, at=now))
    session.flush()
    hers = session.execute(
        select(Unsent.id, Unsent.page).where(Unsent.person_id == who).order_by(Unsent.at.desc(), Unsent.id.desc())
    ).all()
    of_page = [row.id for row in hers if row.page == page]
    over = {*of_page[MOST_OF_A_PAGE:], *(row.id for row in hers[MOST_OF_A_PERSON:])}
    session.execute(delete(Unsent).where(Unsent.id.in_(over)))


def newest(session: Session, person: int, page: str, *, now: datetime) -> Unsent | None:
    """The newest of what a person typed on a page and could not send, if any of it is left."""
    hers = select(Unsent).where(Unsent.person_id == person, Unsent.page == page, Unsent.at > now - KEPT)
    return session.scalars(hers.order_by(Unsent.at.desc(), Unsent.id.desc()).limit(1)).first()


def forget(session: Session, person: int, page: str, opening: str) -> None:
    """Let go of what one opening of a page brought: it was sent, or whose it is does not want it any more."""
    session.execute(delete(Unsent).where(Unsent.person_id == person, Unsent.page == page, Unsent.opening == opening))


def forget_page(session: Session, page: str) -> None:
    """Let go of what anybody typed on a page that can be sent no more."""
    session.execute(delete(Unsent).where(Unsent.page == page))


def wipe(session: Session, *, now: datetime) -> None:
    """Let everything go that has been kept for as long as anything is. Done with every sign-in."""
    session.execute(delete(Unsent).where(Unsent.at <= now - KEPT))
