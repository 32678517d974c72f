"""Makes a frozen edition of a pack."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import policy
from app.organisations.models import Partnership
from app.packs.content import PackContent
from app.packs.models import DiscussionPoint, Edition, Pack, Recommendation
from app.policy import Actor
from app.trail.services import note


def publish_edition(session: Session, actor: Actor, content: PackContent, *, now: datetime) -> tuple[Edition, bool]:
    """Publish what a pack folder holds. Returns the edition, and False where the newest one has the very same text.

    A pack belongs to its source: an officer of that partnership publishes it, or the command line. Raises `Denied`.
    """
    pack = _pack(session, actor, content)
    last = session.scalars(
        sa.select(Edition).where(Edition.pack_id == pack.id).order_by(Edition.number.desc()).limit(1)
    ).first()
    if last is not None and last.digest == content.digest:
        return last, False
    edition = Edition(
        pack_id=pack.id,
        number=last.number + 1 if last else 1,
        title=content.title,
        short_title=content.short_title,
        review_on=content.review_on,
        content=content.as_dict(),
        digest=content.digest,
        made_at=now,
        made_by=actor.name,
        points=_points(content),
        recommendations=_recommendations(content),
    )
    session.add(edition)
    session.flush()
    detail = {"pack": pack.slug, "edition": edition.number, "digest": edition.digest}
    owner = pack.partnership.id if pack.partnership else None
    note(session, actor, "published", edition.ref, now=now, partnership_id=owner, detail=detail)
    return edition, True


def _pack(session: Session, actor: Actor, content: PackContent) -> Pack:
    """The pack, made if it is new and locked until the transaction ends, so that numbers follow each other."""
    owner = session.scalars(sa.select(Partnership).where(Partnership.slug == content.source.partnership)).first()
    policy.require(actor, "publish_pack", owner or _new(content))
    pack = session.scalars(sa.select(Pack).where(Pack.slug == content.slug).with_for_update()).first()
    if pack is None:
        pack = _new(content)
        session.add(pack)
        session.flush()
    policy.require(actor, "publish_pack", pack)
    return pack


def _new(content: PackContent) -> Pack:
    return Pack(slug=content.slug, source=content.source.name, owner=content.source.partnership)


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
