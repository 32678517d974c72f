"""Says that a pack stands otherwise than before: withdrawn, retired, or current again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import policy
from app.errors import Conflict, Invalid
from app.packs.content import PackContent
from app.packs.models import Edition, Pack
from app.packs.shelving import shelve, take_down
from app.packs.standing import PackStanding, Standing
from app.policy import Actor
from app.text import is_blank
from app.trail.services import note

LONGEST_REASON = 1_000


def let_stand(
    session: Session, actor: Actor, pack: Pack, standing: Standing, because: str, *, now: datetime
) -> PackStanding:
    """From now on a pack stands so. Raises `Invalid` without a reason, `Conflict` where it stands so already."""
    policy.require(actor, "publish_pack", pack)
    if is_blank(because):
        raise Invalid("Say why, in a sentence that everybody who opens an old link will read.", "because")
    session.execute(select(Pack.id).where(Pack.id == pack.id).with_for_update(key_share=True))
    newest = select(PackStanding).where(PackStanding.pack_id == pack.id).order_by(PackStanding.id.desc()).limit(1)
    last = session.scalars(newest).first()
    if standing is (last.standing if last else Standing.CURRENT):
        raise Conflict("It stands so already. Somebody else may have said so at the same time.")
    made = PackStanding(pack_id=pack.id, standing=standing, because=because.strip(), at=now, by=actor.name)
    session.add(made)
    session.flush()
    session.refresh(pack, ["newest_standing"])
    newest_text = select(Edition).where(Edition.pack_id == pack.id).order_by(Edition.number.desc()).limit(1)
    edition = session.scalars(newest_text).first()
    if standing is Standing.CURRENT and edition is not None:
        shelve(session, edition, PackContent.from_dict(edition.content))
    else:
        take_down(session, pack.id)
    owner = pack.partnership.id if pack.partnership else None
    note(session, actor, standing.value, pack.slug, now=now, partnership_id=owner)
    return made
