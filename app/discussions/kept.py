"""Reads what is kept of a draft beside what stands in it: earlier texts, and for whom a refused text is to be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session, joinedload

from app.circulation.models import Asked, Circulation
from app.discussions.beside import Aside, everything
from app.discussions.drafts import Draft, DraftRevision
from app.discussions.models import Minutes
from app.errors import NotFound
from app.organisations.models import Person
from app.packs.models import Edition
from app.policy import Actor, within

SHOWN = 20
"""Earlier texts on one page."""


@dataclass(frozen=True)
class ToKeepFor:
    """What text is kept for although its page was refused: what was asked, whether the draft that the page was of is
    still open, and the thread of the minutes that it became, if it was sent."""

    asked: Asked
    is_open: bool
    corrects: str


def to_keep_for(session: Session, asked: str, person: str, draft_ref: str) -> ToKeepFor | None:
    """By references; None where what was asked or the person is not there. The caller has proved whose page it was."""
    ask = session.scalar(
        select(Asked)
        .where(Asked.ref == asked, exists().where(Person.ref == person))
        .options(joinedload(Asked.circulation).joinedload(Circulation.edition).selectinload(Edition.points))
    )
    if ask is None:
        return None
    became = select(Draft.sent_at, Minutes.thread).outerjoin(Minutes, Minutes.draft_id == Draft.id)
    row = session.execute(became.where(Draft.ref == draft_ref, Draft.asked_id == ask.id)).first()
    return ToKeepFor(ask, row is not None and row.sent_at is None, (row.thread or "") if row else "")


def asked_to_write(session: Session, actor: Actor, asked: str, draft_ref: str) -> str:
    """The reference of what a page is about on which the actor may write, by its own or its draft's; empty where she
    may not."""
    found = select(Asked.ref).where(within(actor, "record", Asked))
    by_draft = select(Draft.asked_id).where(Draft.ref == draft_ref)
    return session.scalar(found.where(Asked.ref == asked if asked else Asked.id.in_(by_draft))) or ""


def may_enter(session: Session, actor: Actor, asked: str) -> bool:
    """Whether the actor may enter what was sent outside the service for what was asked, by its reference."""
    found = exists().where(Asked.ref == asked, within(actor, "enter_outside", Asked))
    return bool(session.scalar(select(found)))


def may_record(session: Session, actor: Actor, asked: str) -> bool:
    """Whether the actor may record an answer to what was asked."""
    return bool(asked_to_write(session, actor, asked, ""))


def may_send(session: Session, actor: Actor, draft_ref: str) -> bool:
    """Whether the actor may send a draft, by its reference."""
    return bool(asked_to_write(session, actor, "", draft_ref))


def is_open(session: Session, draft_ref: str) -> bool:
    """Whether there is a draft of this reference that was not sent. Told to nobody: by it a text is kept or not."""
    return bool(session.scalar(select(exists().where(Draft.ref == draft_ref, Draft.sent_at.is_(None)))))


def left_beside(session: Session, minutes: Minutes) -> list[Aside]:
    """The texts that were set aside in the draft of the newest version when it was sent, so that they stand in no
    minutes. The caller has checked who may correct them."""
    of_it = select(Draft.content["set_aside"]).join(Minutes, Minutes.draft_id == Draft.id)
    texts = session.scalar(of_it.where(Minutes.id == minutes.id, Minutes.newest))
    return everything({"set_aside": texts or []})


@dataclass(frozen=True)
class Stood:
    """A page of what stood in a draft before, newest first. `older` is the key before which the next page begins, empty
    on the last."""

    rows: Sequence[DraftRevision]
    older: str


def revisions(session: Session, draft: Draft, before: str = "") -> Stood:
    """What stood in a draft before the text of a key, from the newest on where there is none of that key any more. The
    caller has checked who may read it."""
    part, version = part_and_version(before)
    of_it = DraftRevision.draft_id == draft.id
    last = select(DraftRevision.id).where(of_it, DraftRevision.part == part, DraftRevision.version == version)
    found = select(DraftRevision).where(of_it).options(joinedload(DraftRevision.by))
    if number := session.scalar(last) if before else None:
        found = found.where(DraftRevision.id < number)
    rows = session.scalars(found.order_by(DraftRevision.id.desc()).limit(SHOWN + 1)).all()
    return Stood(rows[:SHOWN], key_of(rows[SHOWN - 1]) if len(rows) > SHOWN else "")


def key_of(row: DraftRevision) -> str:
    """What an earlier text is called in an address: its page and its version."""
    return f"{row.part}-{row.version}"


def part_and_version(key: str) -> tuple[str, int]:
    """What a key names, as far as it names anything."""
    part, _, version = key.partition("-")
    return part, int(version) if version.isdecimal() and len(version) < 9 else 0


def is_any_revision(session: Session, draft: Draft) -> bool:
    """Whether something stood in a draft before. The caller has checked who may read it."""
    return bool(session.scalar(_is_any_revision(), {"draft": draft.id}))


@cache
def _is_any_revision() -> Select[bool]:
    return select(exists().where(DraftRevision.draft_id == bindparam("draft")))


def revision(session: Session, draft: Draft, part: str, version: int) -> DraftRevision:
    """What stood on a page of a draft up to a version. Raises `NotFound`."""
    of_it = (DraftRevision.draft_id == draft.id, DraftRevision.part == part, DraftRevision.version == version)
    found = session.scalar(select(DraftRevision).where(*of_it))
    if found is None:
        raise NotFound
    return found
