"""Published packs: the newest edition, an older one, all of them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app import policy
from app.errors import NotFound
from app.organisations.models import Partnership
from app.packs.models import Edition, Pack
from app.policy import Actor


def newest(session: Session, slug: str) -> Edition:
    """The newest edition of a pack, with its pack. Raises `NotFound`."""
    return _one(session, _editions(slug).order_by(Edition.number.desc()).limit(1))


def numbered(session: Session, slug: str, number: int) -> Edition:
    """One edition of a pack. Raises `NotFound`."""
    return _one(session, _editions(slug).where(Edition.number == number))


def edition(session: Session, ref: str) -> Edition:
    """An edition by its reference, with its points. Raises `NotFound`."""
    return _one(session, _whole().where(Edition.ref == ref))


def newest_number(session: Session, pack_id: int) -> int:
    """The number of the newest edition of a pack."""
    return session.scalar(sa.select(sa.func.max(Edition.number)).where(Edition.pack_id == pack_id)) or 0


def published(session: Session) -> Sequence[Edition]:
    """The newest edition of every pack, the last published first, each with its pack."""
    last = sa.select(sa.func.max(Edition.id)).group_by(Edition.pack_id)
    found = sa.select(Edition).where(Edition.id.in_(last)).options(joinedload(Edition.pack))
    return session.scalars(found.order_by(Edition.made_at.desc(), Edition.id.desc())).all()


def publishers(session: Session, actor: Actor) -> dict[str, Partnership]:
    """The partnerships for which the actor may publish, by slug."""
    found = session.scalars(sa.select(Partnership).where(policy.within(actor, "publish_pack", Partnership)))
    return {partnership.slug: partnership for partnership in found}


def _editions(slug: str) -> sa.Select[Edition]:
    return _whole().where(Edition.pack.has(Pack.slug == slug))


def _whole() -> sa.Select[Edition]:
    return sa.select(Edition).options(joinedload(Edition.pack).joinedload(Pack.partnership))


def _one(session: Session, found: sa.Select[Edition]) -> Edition:
    edition = session.scalars(found).first()
    if edition is None:
        raise NotFound
    return edition
