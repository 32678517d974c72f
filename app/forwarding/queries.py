"""What a lead has to read and what has become of a set of minutes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload, undefer

from app import clock, policy
from app.circulation.models import Asked
from app.discussions.models import Minutes, MinutesFor
from app.errors import NotFound
from app.forwarding.models import Acknowledgement, Document, Question, Share
from app.organisations.models import Membership, Partnership
from app.organisations.queries import covering, holders
from app.policy import Actor, Role
from app.text import words_joined


@dataclass(frozen=True)
class Waiting:
    """A line of a lead's inbox."""

    ref: str
    teams: str
    organisation: str
    briefing: str
    sent_at: datetime
    version: int
    word: str


def inbox(session: Session, actor: Actor, *, before: str = "", limit: int = 50) -> list[Waiting]:
    """The newest version of every set of minutes that the actor receives, newest first, paged by reference."""
    asked_back = sa.exists().where(Question.minutes_id == Minutes.id)
    found = (
        sa.select(Minutes, _known().label("known"), asked_back.label("asked_back"), _shared_at_all().label("shared"))
        .where(policy.within(actor, "receive_minutes", Minutes), Minutes.newest)
        .options(
            selectinload(Minutes.covers).joinedload(MinutesFor.asked),
            joinedload(Minutes.edition),
            joinedload(Minutes.organisation),
        )
        .order_by(Minutes.id.desc())
        .limit(limit)
    )
    if before:
        found = found.where(Minutes.id < sa.select(Minutes.id).where(Minutes.ref == before).scalar_subquery())
    return [_waiting(row) for row in session.execute(found)]


def _known() -> sa.ColumnElement[bool]:
    return sa.exists().where(Acknowledgement.minutes_id == Minutes.id)


def _shared_at_all() -> sa.ColumnElement[bool]:
    return sa.exists().where(Share.thread == Minutes.thread, Share.shared)


def _waiting(row: sa.Row[tuple[Minutes, bool, bool, bool]]) -> Waiting:
    minutes = row[0]
    if row.shared:
        word = "Shared"
    else:
        word = "Read, not shared" if row.known else "Waiting for the team" if row.asked_back else "To read"
    return Waiting(
        ref=minutes.ref,
        teams=words_joined([cover.asked.name for cover in minutes.covers]),
        organisation=minutes.organisation.name,
        briefing=minutes.edition.short_title,
        sent_at=minutes.sent_at,
        version=minutes.version,
        word=word,
    )


def acknowledgement(session: Session, minutes: Minutes) -> Acknowledgement | None:
    """Who said "I have this" of this version, if anybody has."""
    return session.scalars(
        sa.select(Acknowledgement).where(Acknowledgement.minutes_id == minutes.id).order_by(Acknowledgement.id)
    ).first()


def standing_shares(session: Session, minutes: Minutes) -> Sequence[Share]:
    """The shares of the minutes' thread that stand, with what they let go; one for each partnership at most."""
    return session.scalars(
        sa.select(Share)
        .where(Share.thread == minutes.thread, Share.shared)
        .options(selectinload(Share.answers), joinedload(Share.partnership), joinedload(Share.minutes))
        .order_by(Share.id)
    ).all()


def questions(session: Session, minutes: Minutes) -> Sequence[Question]:
    """What leads asked the team about any version of these minutes, oldest first."""
    versions = aliased(Minutes)
    thread = sa.select(versions.id).where(versions.thread == minutes.thread)
    return session.scalars(sa.select(Question).where(Question.minutes_id.in_(thread)).order_by(Question.id)).all()


def share(session: Session, actor: Actor, ref: str) -> Share:
    """A share that the actor's organisation gave. Raises `NotFound`."""
    found = session.scalars(
        sa.select(Share)
        .where(Share.ref == ref, policy.within(actor, "share", Share))
        .options(joinedload(Share.minutes))
    ).first()
    if found is None:
        raise NotFound
    return found


def document(session: Session, minutes: Minutes) -> Document | None:
    """The Word document of a version, with its bytes; None while it is being made."""
    return session.scalars(
        sa.select(Document).where(Document.minutes_id == minutes.id).options(undefer(Document.body))
    ).first()


def partnerships_of(session: Session, minutes: Minutes) -> Sequence[Partnership]:
    """The partnerships that asked for these minutes, in order of name."""
    asked = sa.select(Asked.partnership_id).join(MinutesFor, MinutesFor.asked_id == Asked.id)
    return session.scalars(
        sa.select(Partnership)
        .where(Partnership.id.in_(asked.where(MinutesFor.minutes_id == minutes.id)))
        .order_by(Partnership.name)
    ).all()


def waiting_for_document(session: Session, limit: int) -> Sequence[str]:
    """References of minutes that have no Word document yet, oldest first."""
    made = sa.exists().where(Document.minutes_id == Minutes.id)
    partner = (
        sa.select(sa.func.min(Partnership.letters_from))
        .join(Membership, Membership.partnership_id == Partnership.id)
        .where(Membership.organisation_id == Minutes.organisation_id)
        .scalar_subquery()
    )
    return session.scalars(
        sa.select(Minutes.ref).where(~made, Minutes.sent_at >= partner).order_by(Minutes.id).limit(limit)
    ).all()


def file_name(minutes: Minutes) -> str:
    """What the Word document is called: the briefing, the teams, the date and the version, in plain ASCII words."""
    teams = words_joined([cover.asked.name for cover in minutes.covers])
    told = f"{minutes.edition.short_title} {teams} {minutes.discussion.held_on:%Y-%m-%d} v{minutes.version}"
    plain = unicodedata.normalize("NFKD", told).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:120] + ".docx"


def signature(session: Session, actor: Actor, minutes: Minutes, now: datetime) -> tuple[str, str]:
    """The actor's name and the title under which she acts for these minutes' teams."""
    held = holders(session, minutes.organisation_id, (Role.LEAD, Role.DEPUTY), clock.today(now))
    teams = {cover.asked.team_id for cover in minutes.covers}
    mine = [a for a in held if a.person_id == actor.person and any(covering([a], team) for team in teams)]
    return actor.name, mine[0].title if mine else "Safeguarding lead"
