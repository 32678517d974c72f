"""Keeps the pictures of a pack in the making. None is changed, and none goes while its draft is there: a text that is
put back may show it again. Which of them are published is said by the text alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app import policy
from app.database import new_ref
from app.errors import Invalid
from app.packs import drafting, queries
from app.packs.drafted import shaped
from app.packs.drafts import PackDraft, PackDraftPicture
from app.packs.models import Edition
from app.packs.pictures import Taken, free_name, line
from app.policy import Actor
from app.saving import Save
from app.trail.services import note

MOST = 60
TOO_MANY = f"{MOST} pictures were brought for this briefing, which is the most that it keeps. Use one of those."


def add(
    session: Session, actor: Actor, draft: PackDraft, taken: Taken, words: str, section: str, *, now: datetime
) -> PackDraftPicture:
    """Keep a picture, and show it with these words at the end of the section of this number, if there is one. The same
    picture again is the same. Raises `Invalid` where there are too many, `Conflict` where the pack was published."""
    policy.require(actor, "make_pack", draft)
    held = drafting.held(session, actor, draft)
    known = queries.draft_pictures(session, held)
    kept = next((one for one in known if one.digest == taken.digest), None)
    if kept is None:
        if len(known) >= MOST:
            raise Invalid(TOO_MANY)
        name = free_name(words, taken.media_type, [one.name for one in known])
        kept = _keep(session, actor, held, name, taken, now)
        drafting.count_writer(held, kept.by_id)
        note(session, actor, "picture added", held.ref, now=now, partnership_id=held.partnership_id)
    sections = shaped(held.content)["sections"]
    if section.isdecimal() and int(section) < len(sections):
        where = sections[int(section)]
        text = "\n\n".join(filter(None, (where["markdown"].rstrip(), line(words, kept.name))))
        sections[int(section)] = {**where, "markdown": text}
        drafting.save(session, actor, held, {"sections": sections}, Save(held.version, new_ref()), now=now)
    return kept


def keep_all(
    session: Session, actor: Actor, draft: PackDraft, pictures: Iterable[tuple[str, Taken]], *, now: datetime
) -> None:
    """Keep the pictures that a draft was begun with, under the names by which its text shows them."""
    policy.require(actor, "make_pack", draft)
    for name, taken in pictures:
        _keep(session, actor, draft, name, taken, now)


def of_edition(session: Session, edition: Edition) -> list[tuple[str, Taken]]:
    """The pictures of an edition, for a draft that is begun from it."""
    bodies = queries.pictures(session, edition.id)
    return [(one.name, Taken(one.media_type, one.wide, one.high, bodies[one.name])) for one in edition.pictures]


def _keep(session: Session, actor: Actor, draft: PackDraft, name: str, taken: Taken, now: datetime) -> PackDraftPicture:
    made = PackDraftPicture(
        partnership_id=draft.partnership_id,
        draft_id=draft.id,
        name=name,
        media_type=taken.media_type,
        wide=taken.width,
        high=taken.height,
        digest=taken.digest,
        body=taken.body,
        at=now,
        by_id=drafting.person(actor),
    )
    session.add(made)
    session.flush()
    return made
