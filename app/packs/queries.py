"""Published packs: the newest edition, an older one, all of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, defer, joinedload, undefer

from app import policy
from app.errors import NotFound
from app.organisations.models import Partnership
from app.packs.content import KEY_LENGTH, slugged
from app.packs.drafts import PackDraft, PackDraftPicture, PackDraftRevision
from app.packs.models import Edition, EditionPicture, Pack
from app.packs.standing import PackStanding, Standing
from app.policy import Actor

MOST_DRAFTS = 100


def newest(session: Session, slug: str) -> Edition:
    """The newest edition of a pack, with its pack. Raises `NotFound`."""
    return _one(session, _editions(slug).order_by(Edition.number.desc()).limit(1))


def numbered(session: Session, slug: str, number: int) -> Edition:
    """One edition of a pack. Raises `NotFound`."""
    return _one(session, _editions(slug).where(Edition.number == number))


def edition(session: Session, ref: str) -> Edition:
    """An edition by its reference, with its points. Raises `NotFound`."""
    return _one(session, _whole().where(Edition.ref == ref))


def picture(session: Session, slug: str, number: int, name: str) -> EditionPicture:
    """A picture of an edition, without its bytes, with the edition and its pack. Raises `NotFound`."""
    of_edition = contains_eager(EditionPicture.edition)
    of_pack = of_edition.contains_eager(Edition.pack)
    found = session.scalars(
        sa.select(EditionPicture)
        .join(EditionPicture.edition)
        .join(Edition.pack)
        .where(Pack.slug == slug, Edition.number == number, EditionPicture.name == name)
        .options(of_edition.defer(Edition.content), of_pack.joinedload(Pack.newest_standing))
        .options(of_pack.joinedload(Pack.partnership))
    ).first()
    if found is None:
        raise NotFound
    return found


def pictures(session: Session, edition_id: int) -> dict[str, bytes]:
    """The bytes of the pictures of an edition, by their names."""
    found = (
        sa.select(EditionPicture).where(EditionPicture.edition_id == edition_id).options(undefer(EditionPicture.body))
    )
    return {one.name: one.body for one in session.scalars(found.order_by(EditionPicture.name))}


def draft_pictures(session: Session, draft: PackDraft) -> Sequence[PackDraftPicture]:
    """The pictures of a pack in the making, without their bytes, as they came."""
    found = sa.select(PackDraftPicture).where(PackDraftPicture.draft_id == draft.id)
    return session.scalars(found.order_by(PackDraftPicture.id)).all()


def draft_picture(session: Session, draft: PackDraft, name: str) -> PackDraftPicture:
    """One of them. Raises `NotFound`."""
    found = next((one for one in draft_pictures(session, draft) if one.name == name), None)
    if found is None:
        raise NotFound
    return found


def newest_number(session: Session, pack_id: int) -> int:
    """The number of the newest edition of a pack."""
    return session.scalar(sa.select(sa.func.max(Edition.number)).where(Edition.pack_id == pack_id)) or 0


def published(session: Session) -> Sequence[Edition]:
    """The newest edition of every pack, the last published first, each with its pack and how that stands."""
    last = sa.select(sa.func.max(Edition.id)).group_by(Edition.pack_id)
    found = sa.select(Edition).where(Edition.id.in_(last))
    found = found.options(joinedload(Edition.pack).joinedload(Pack.newest_standing))
    return session.scalars(found.order_by(Edition.made_at.desc(), Edition.id.desc())).all()


def editions(session: Session, slug: str) -> Sequence[Edition]:
    """All editions of a pack, the newest first, with the pack and nothing of their text. Raises `NotFound`."""
    frozen = (Edition.content, Edition.review_on)
    found = session.scalars(_editions(slug).options(*map(defer, frozen)).order_by(Edition.number.desc())).all()
    if not found:
        raise NotFound
    return found


def publishers(session: Session, actor: Actor) -> dict[str, Partnership]:
    """The partnerships for which the actor may publish, by slug."""
    found = session.scalars(sa.select(Partnership).where(policy.within(actor, "publish_pack", Partnership)))
    return {partnership.slug: partnership for partnership in found}


def is_current(pack_id: Any) -> sa.ColumnElement[bool]:
    """Whether the pack of this key is neither withdrawn nor retired now."""
    later = aliased(PackStanding)
    last = sa.select(sa.func.max(later.id)).where(later.pack_id == PackStanding.pack_id)
    newest = PackStanding.id == last.correlate(PackStanding).scalar_subquery()
    otherwise = sa.select(PackStanding.id).where(PackStanding.pack_id == pack_id, newest)
    return ~otherwise.where(PackStanding.standing != Standing.CURRENT).exists()


def draft(session: Session, actor: Actor, ref: str) -> PackDraft:
    """A pack in the making, or what became an edition, by its reference. Raises `NotFound`."""
    found = session.scalars(
        sa.select(PackDraft)
        .where(PackDraft.ref == ref, policy.within(actor, "publish_pack", PackDraft))
        .options(joinedload(PackDraft.partnership), joinedload(PackDraft.changed_by))
    ).first()
    if found is None:
        raise NotFound
    return found


def drafts(session: Session, actor: Actor) -> Sequence[PackDraft]:
    """The packs that the actor's partnerships are making, the last changed first: at most `MOST_DRAFTS`."""
    found = sa.select(PackDraft).where(policy.within(actor, "make_pack", PackDraft))
    found = found.options(joinedload(PackDraft.changed_by), joinedload(PackDraft.partnership))
    return session.scalars(found.order_by(PackDraft.changed_at.desc(), PackDraft.id.desc()).limit(MOST_DRAFTS)).all()


def revisions(session: Session, draft: PackDraft) -> Sequence[PackDraftRevision]:
    """What stood in a pack in the making before, the latest first: all that is kept."""
    found = sa.select(PackDraftRevision).where(PackDraftRevision.draft_id == draft.id)
    return session.scalars(found.options(joinedload(PackDraftRevision.by)).order_by(PackDraftRevision.id.desc())).all()


def edition_of(session: Session, draft: PackDraft) -> Edition:
    """What a draft became. Raises `NotFound` where it is still being made."""
    return _one(session, _whole().where(Edition.id == draft.edition_id))


def next_number(session: Session, slug: str) -> int:
    """The number that the next edition of the pack at an address will have."""
    newest = sa.select(sa.func.max(Edition.number)).join(Pack, Pack.id == Edition.pack_id).where(Pack.slug == slug)
    return (session.scalar(newest) or 0) + 1


def slug_for(session: Session, draft: PackDraft) -> str:
    """The address that a pack in the making will have: that of the pack of which it is an edition, else a free one of
    its short title."""
    if draft.content.get("edition_of"):
        return draft.slug
    return free_slug(session, str(draft.content.get("short_title") or "briefing"), but=draft.id)


def free_slug(session: Session, words: str, but: int = 0) -> str:
    """An address of these words that no pack has and no other draft will have."""
    wanted = slugged(words)[:KEY_LENGTH].strip("-") or "briefing"
    wanted = wanted if wanted[0].isalpha() else f"briefing-{wanted}"[:KEY_LENGTH].strip("-")
    like = f"{wanted[: KEY_LENGTH - 6]}%"
    taken = set(session.scalars(sa.select(Pack.slug).where(Pack.slug.like(like))))
    others = sa.select(PackDraft.slug).where(PackDraft.slug.like(like), PackDraft.id != but, PackDraft.draft)
    taken |= set(session.scalars(others))
    more = (f"{wanted[: KEY_LENGTH - 6].rstrip('-')}-{number}" for number in itertools.count(2))
    return next(slug for slug in itertools.chain([wanted], more) if slug not in taken)


def _editions(slug: str) -> sa.Select[Edition]:
    return _whole().where(Edition.pack.has(Pack.slug == slug))


def _whole() -> sa.Select[Edition]:
    pack = joinedload(Edition.pack)
    return sa.select(Edition).options(pack.joinedload(Pack.partnership), pack.joinedload(Pack.newest_standing))


def _one(session: Session, found: sa.Select[Edition]) -> Edition:
    edition = session.scalars(found).first()
    if edition is None:
        raise NotFound
    return edition
