"""Makes a frozen edition of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.errors import Conflict, Invalid
from app.organisations.models import Partnership
from app.packs import drafting, queries
from app.packs.content import PackContent, Picture
from app.packs.drafted import of_partnership
from app.packs.drafts import PackDraft, PackDraftPicture
from app.packs.judging import judged
from app.packs.models import DiscussionPoint, Edition, EditionPicture, Pack, Recommendation
from app.packs.shelving import shelve
from app.policy import Actor
from app.trail.services import note

NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


def publish_edition(
    session: Session, actor: Actor, content: PackContent, pictures: Mapping[str, bytes] = NO_PICTURES, *, now: datetime
) -> tuple[Edition, bool]:
    """Publish what a pack folder holds; `pictures` are the bytes of those of its content, by name. Returns the edition,
    and False where the newest one has the very same text and pictures.

    A pack belongs to its source: an officer of that partnership publishes it, or the command line. Raises `Denied`.
    """
    pack = _pack(session, actor, content)
    last = session.scalars(
        sa.select(Edition).where(Edition.pack_id == pack.id).order_by(Edition.number.desc()).limit(1)
    ).first()
    if last is not None and last.digest == content.digest:
        return last, False
    edition = _edition(content, pictures, pack.id, last.number + 1 if last else 1, actor.name, now)
    session.add(edition)
    shelve(session, edition, content)
    detail = {"pack": pack.slug, "edition": edition.number, "digest": edition.digest}
    owner = pack.partnership.id if pack.partnership else None
    note(session, actor, "published", edition.ref, now=now, partnership_id=owner, detail=detail)
    return edition, True


def publish_folder(
    session: Session, actor: Actor, content: PackContent, pictures: Mapping[str, bytes], *, now: datetime
) -> tuple[Edition, bool]:
    """As `publish_edition`, by an officer on her page. Raises `Invalid` where the partnership has set that nobody
    publishes alone: a folder does not say who wrote it."""
    policy.require(actor, "publish_pack", _owner(session, content) or _new(content))
    owner = _owner(session, content)
    if owner is not None and owner.two_publish:
        raise Invalid("Your partnership has set that nobody publishes alone, and a folder does not say who wrote it.")
    return publish_edition(session, actor, content, pictures, now=now)


def publish_draft(session: Session, actor: Actor, draft: PackDraft, *, seen: str, now: datetime) -> Edition:
    """Publish what was made. `seen` is the version that was looked at.

    Raises `Invalid` where something is still to do or where somebody else has to publish it, `Conflict` where it was
    changed or published since, or says what the newest edition says.
    """
    policy.require(actor, "make_pack", draft)
    held = drafting.held(session, actor, draft)
    if seen != str(held.version):
        raise Conflict(f"{held.changed_by.name} changed this after you opened this page. Look at it once more.")
    if held.partnership.two_publish and actor.person in held.wrote:
        raise Invalid(
            "You wrote some of this. Your partnership has set that somebody who wrote none of it publishes it."
        )
    _check_base(session, held)
    slug = queries.slug_for(session, held)
    known = {one.name: one for one in queries.draft_pictures(session, held)}
    pictures = [picture_of(one) for one in known.values()]
    content = judged(of_partnership(held.content, held.partnership.slug), slug, pictures)
    if isinstance(content, list):
        raise Invalid("Something is still to do before this can be published. It is listed on its page.")
    bodies = {one.name: known[one.name].body for one in content.pictures}
    edition, fresh = publish_edition(session, actor, content, bodies, now=now)
    if not fresh:
        raise Conflict(f"Edition {edition.number} says the very same. There is nothing to publish.")
    held.edition_id = edition.id
    session.flush()
    return edition


def picture_of(kept: PackDraftPicture) -> Picture:
    """A picture of a pack in the making, as the pack will know it."""
    size = {"width": kept.wide, "height": kept.high}
    return Picture(name=kept.name, media_type=kept.media_type, digest=kept.digest, **size)


def _check_base(session: Session, draft: PackDraft) -> None:
    """Raises `Conflict` where an edition came that whoever made this did not have before her."""
    begun_from = int(draft.content.get("edition_of") or 0)
    newest = queries.next_number(session, draft.slug) - 1
    if begun_from and newest != begun_from:
        raise Conflict(
            f"Edition {newest} was published after this was begun from edition {begun_from}, so publishing this would "
            "undo what it changed. Begin again from the newest edition, and take over what you need from here."
        )


def _pack(session: Session, actor: Actor, content: PackContent) -> Pack:
    """The pack, made if it is new and locked until the transaction ends, so that numbers follow each other."""
    policy.require(actor, "publish_pack", _owner(session, content) or _new(content))
    pack = session.scalars(sa.select(Pack).where(Pack.slug == content.slug).with_for_update()).first()
    if pack is None:
        pack = _new(content)
        session.add(pack)
        session.flush()
    policy.require(actor, "publish_pack", pack)
    return pack


def _owner(session: Session, content: PackContent) -> Partnership | None:
    return session.scalars(sa.select(Partnership).where(Partnership.slug == content.source.partnership)).first()


def _new(content: PackContent) -> Pack:
    return Pack(slug=content.slug, source=content.source.name, owner=content.source.partnership)


def _edition(
    content: PackContent, pictures: Mapping[str, bytes], pack_id: int, number: int, by: str, now: datetime
) -> Edition:
    return Edition(
        pack_id=pack_id,
        number=number,
        title=content.title,
        short_title=content.short_title,
        review_on=content.review_on,
        content=content.as_dict(),
        digest=content.digest,
        made_at=now,
        made_by=by,
        points=_points(content),
        recommendations=_recommendations(content),
        pictures=_pictures(content, pictures),
    )


def _points(content: PackContent) -> list[DiscussionPoint]:
    return [
        DiscussionPoint(position=position, key=point.key, kind=point.kind, question=point.question, note=point.note)
        for position, point in enumerate(content.points, 1)
    ]


def _recommendations(content: PackContent) -> list[Recommendation]:
    return [
        Recommendation(position=position, key=said.key, audience=said.audience, text=said.text)
        for position, said in enumerate(content.recommendations, 1)
    ]


def _pictures(content: PackContent, bodies: Mapping[str, bytes]) -> list[EditionPicture]:
    return [
        EditionPicture(
            name=one.name,
            media_type=one.media_type,
            wide=one.width,
            high=one.height,
            digest=one.digest,
            body=bodies[one.name],
        )
        for one in content.pictures
    ]
